// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exact constants: rationals of any size plus ±inf and NaN. Arithmetic on constants is exact, so
// that 1/3 is a third; what is irrational (π, exp(1)) stays a node. Nearly all constants are small
// fractions, so these are two machine words; what does not fit is a GMP rational behind a pointer.
// Invariant: lowest terms, denominator positive, and never big if small would do, so that equal
// numbers have one form. GMP's headers are slow to compile: rational.h has them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lossc::ir {

struct Rational;  // rational.h: a Boost.Multiprecision number over GMP

class Number {
 public:
  enum class Kind { finite, infinity, minus_infinity, nan };

  Number() = default;
  Number(long value) : numerator_(value) {}                                  // NOLINT: implicit
  Number(const Rational& value);                                             // NOLINT: implicit
  static Number fraction(std::int64_t numerator, std::int64_t denominator);  ///< denominator ≠ 0
  static Number of_double(double value);  ///< exactly that double
  static Number infinity(bool negative = false);
  static Number nan();

  Kind kind() const { return kind_; }
  bool finite() const { return kind_ == Kind::finite; }
  Rational rational() const;  ///< of a finite number; include rational.h
  bool is(long value) const {
    return kind_ == Kind::finite && !big_ && denominator_ == 1 && numerator_ == value;
  }
  bool is_integer() const;
  std::optional<long> to_long() const;  ///< if a whole number that fits
  double to_double() const;             ///< nearest, ties to even
  int sign() const;                     ///< −1, 0, 1; 0 for NaN
  /// Bits of numerator and denominator: folding stops at 4096, so that constants cannot blow up.
  std::size_t bits() const;
  /// Shortest text that reads back: `1/3`, `-0.5`, `inf`. As in the language, a decimal stands for
  /// the nearest double, so a tenth is `1/10` and the double next to it `0.1`.
  std::string text() const;
  static std::optional<Number> parse(std::string_view text);  ///< inverse of text()

  friend Number operator+(const Number& a, const Number& b);
  friend Number operator-(const Number& a, const Number& b);
  friend Number operator*(const Number& a, const Number& b);  ///< 0 · inf is 0
  friend Number operator/(const Number& a, const Number& b);  ///< a/0 is ±inf, 0/0 NaN
  Number operator-() const;
  friend bool operator==(const Number& a, const Number& b);  ///< NaN equals NaN: identity
  friend bool operator<(const Number& a, const Number& b);   ///< a total order, NaN last
  std::size_t hash() const;

 private:
  Kind kind_ = Kind::finite;
  std::int64_t numerator_ = 0;
  std::int64_t denominator_ = 1;
  std::shared_ptr<const Rational> big_;
};

/// a^b where that is rational and not too large: whole exponents of reasonable size, exact roots.
/// 0^0 is 1, 0 to a negative power inf.
std::optional<Number> power(const Number& base, const Number& exponent);

}  // namespace lossc::ir
