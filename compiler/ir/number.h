// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exact constants: rationals of any size plus ±inf and NaN. Arithmetic on constants is exact, so
// that 1/3 is a third; what is irrational (π, exp(1)) stays a node.
#pragma once

#include <boost/multiprecision/gmp.hpp>
#include <compare>
#include <optional>
#include <string>

namespace lossc::ir {

using Rational = boost::multiprecision::mpq_rational;

class Number {
 public:
  enum class Kind { finite, infinity, minus_infinity, nan };

  Number() = default;
  Number(long value) : value_(value) {}                      // NOLINT: implicit
  Number(Rational value) : value_(std::move(value)) {}       // NOLINT: implicit
  static Number of_double(double value);                     ///< exactly that double
  static Number infinity(bool negative = false);
  static Number nan();

  Kind kind() const { return kind_; }
  bool finite() const { return kind_ == Kind::finite; }
  const Rational& rational() const { return value_; }
  bool is(long value) const { return finite() && value_ == value; }
  bool is_integer() const;
  std::optional<long> to_long() const;  ///< if a whole number that fits
  double to_double() const;             ///< nearest, ties to even
  int sign() const;                     ///< −1, 0, 1; 0 for NaN
  /// Bits of numerator and denominator: folding stops at 4096, so that constants cannot blow up.
  std::size_t bits() const;
  /// Shortest text that reads back: `1/3`, `-0.5`, `inf`.
  std::string text() const;

  friend Number operator+(const Number& a, const Number& b);
  friend Number operator-(const Number& a, const Number& b);
  friend Number operator*(const Number& a, const Number& b);  ///< 0 · inf is 0
  friend Number operator/(const Number& a, const Number& b);  ///< a/0 is ±inf, 0/0 NaN
  Number operator-() const { return Number(0) - *this; }
  friend bool operator==(const Number& a, const Number& b);   ///< NaN equals NaN: identity
  friend bool operator<(const Number& a, const Number& b);    ///< a total order, NaN last
  std::size_t hash() const;

 private:
  Kind kind_ = Kind::finite;
  Rational value_ = 0;
};

/// a^n for a whole n of reasonable size; nothing if the result would be irrational or too large.
std::optional<Number> power(const Number& base, const Number& exponent);

}  // namespace lossc::ir
