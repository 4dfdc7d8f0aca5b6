// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exact arithmetic on constants. Each operation tries 64-bit fractions first and falls back to GMP
// when one overflows.
#include "compiler/ir/number.h"

#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <numeric>

#include "compiler/ir/rational.h"

namespace lossc::ir {

namespace {

using Whole = boost::multiprecision::mpz_int;
using Mpq = boost::multiprecision::mpq_rational;

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

/// A fraction of machine words in lowest terms, if both parts fit.
std::optional<std::pair<std::int64_t, std::int64_t>> small_parts(const Mpq& value) {
  const __mpq_struct* q = value.backend().data();
  if (!mpz_fits_slong_p(mpq_numref(q)) || !mpz_fits_slong_p(mpq_denref(q))) return std::nullopt;
  return std::pair<std::int64_t, std::int64_t>(mpz_get_si(mpq_numref(q)),
                                               mpz_get_si(mpq_denref(q)));
}

}  // namespace

Number::Number(const Rational& value) {
  if (auto parts = small_parts(value)) {
    numerator_ = parts->first;
    denominator_ = parts->second;
  } else {
    big_ = std::make_shared<const Rational>(value);
  }
}

Number Number::fraction(std::int64_t numerator, std::int64_t denominator) {
  if (numerator == smallest || denominator == smallest || denominator == 0) {
    if (denominator == 0) return Number(numerator) / Number(0);
    return Number(Rational(Mpq(numerator) / Mpq(denominator)));
  }
  const std::int64_t divisor = std::gcd(numerator, denominator);
  const std::int64_t sign = denominator < 0 ? -1 : 1;
  Number result;
  result.numerator_ = sign * (numerator / divisor);
  result.denominator_ = sign * (denominator / divisor);
  return result;
}

Number Number::of_double(double value) {
  if (std::isnan(value)) return nan();
  if (std::isinf(value)) return infinity(value < 0);
  if (value == std::trunc(value) && std::fabs(value) < 0x1p62) {
    return Number(static_cast<long>(value));
  }
  return Number(Rational(Mpq(value)));
}

Number Number::infinity(bool negative) {
  Number result;
  result.kind_ = negative ? Kind::minus_infinity : Kind::infinity;
  return result;
}

Number Number::nan() {
  Number result;
  result.kind_ = Kind::nan;
  return result;
}

Rational Number::rational() const {
  if (big_) return *big_;
  return Rational(Mpq(numerator_) / Mpq(denominator_));
}

bool Number::is_integer() const {
  if (!finite()) return false;
  return big_ ? denominator(big_->value()) == 1 : denominator_ == 1;
}

std::optional<long> Number::to_long() const {
  if (!finite() || big_ || denominator_ != 1) return std::nullopt;
  return numerator_;
}

int Number::sign() const {
  switch (kind_) {
    case Kind::infinity:
      return 1;
    case Kind::minus_infinity:
      return -1;
    case Kind::nan:
      return 0;
    case Kind::finite:
      break;
  }
  if (big_) return big_->sign();
  return (numerator_ > 0) - (numerator_ < 0);
}

std::size_t Number::bits() const {
  if (!finite()) return 0;
  const auto length = [](const Whole& n) {
    return n.is_zero() ? std::size_t{0} : mpz_sizeinbase(n.backend().data(), 2);
  };
  if (big_) {
    const Mpq& value = big_->value();
    return length(numerator(value)) + length(denominator(value));
  }
  const auto width = [](std::uint64_t n) {
    return n == 0 ? 0 : 64 - static_cast<std::size_t>(__builtin_clzll(n));
  };
  const auto magnitude = static_cast<std::uint64_t>(numerator_);
  return width(numerator_ < 0 ? 0 - magnitude : magnitude) +
         width(static_cast<std::uint64_t>(denominator_));
}

Number Number::operator-() const {
  if (kind_ == Kind::infinity || kind_ == Kind::minus_infinity) {
    return infinity(kind_ == Kind::infinity);
  }
  if (big_) return Number(Rational(Mpq(-big_->value())));
  Number result = *this;
  if (numerator_ == smallest) return Number(Rational(Mpq(-Mpq(numerator_))));
  result.numerator_ = -numerator_;
  return result;
}

Number operator+(const Number& a, const Number& b) {
  if (a.finite() && b.finite()) {
    if (!a.big_ && !b.big_) {
      std::int64_t left = 0;
      std::int64_t right = 0;
      std::int64_t sum = 0;
      std::int64_t divisor = 0;
      if (!__builtin_mul_overflow(a.numerator_, b.denominator_, &left) &&
          !__builtin_mul_overflow(b.numerator_, a.denominator_, &right) &&
          !__builtin_add_overflow(left, right, &sum) &&
          !__builtin_mul_overflow(a.denominator_, b.denominator_, &divisor)) {
        return Number::fraction(sum, divisor);
      }
    }
    return Number(Rational(Mpq(a.rational().value() + b.rational().value())));
  }
  if (a.kind_ == Number::Kind::nan || b.kind_ == Number::Kind::nan) return Number::nan();
  if (a.finite()) return b;
  if (b.finite() || a.kind_ == b.kind_) return a;
  return Number::nan();
}

Number operator-(const Number& a, const Number& b) { return a + -b; }

Number operator*(const Number& a, const Number& b) {
  if (a.finite() && b.finite()) {
    if (!a.big_ && !b.big_) {
      std::int64_t above = 0;
      std::int64_t below = 0;
      if (!__builtin_mul_overflow(a.numerator_, b.numerator_, &above) &&
          !__builtin_mul_overflow(a.denominator_, b.denominator_, &below)) {
        return Number::fraction(above, below);
      }
    }
    return Number(Rational(Mpq(a.rational().value() * b.rational().value())));
  }
  if (a.kind_ == Number::Kind::nan || b.kind_ == Number::Kind::nan) return Number::nan();
  const int sign = a.sign() * b.sign();
  return sign == 0 ? Number(0) : Number::infinity(sign < 0);
}

Number operator/(const Number& a, const Number& b) {
  if (a.kind_ == Number::Kind::nan || b.kind_ == Number::Kind::nan) return Number::nan();
  if (!b.finite()) return a.finite() ? Number(0) : Number::nan();
  if (b.sign() == 0) return a.sign() == 0 ? Number::nan() : Number::infinity(a.sign() < 0);
  if (!a.finite()) return Number::infinity(a.sign() * b.sign() < 0);
  if (!b.big_ && b.numerator_ != smallest) {
    return a * Number::fraction(b.denominator_, b.numerator_);
  }
  return Number(Rational(Mpq(a.rational().value() / b.rational().value())));
}

bool operator==(const Number& a, const Number& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.kind_ != Number::Kind::finite) return true;
  if (!a.big_ || !b.big_) {
    return !a.big_ && !b.big_ && a.numerator_ == b.numerator_ && a.denominator_ == b.denominator_;
  }
  return a.big_->value() == b.big_->value();
}

bool operator<(const Number& a, const Number& b) {
  const auto rank = [](const Number& n) {
    switch (n.kind_) {
      case Number::Kind::minus_infinity:
        return 0;
      case Number::Kind::finite:
        return 1;
      case Number::Kind::infinity:
        return 2;
      case Number::Kind::nan:
        return 3;
    }
    return 3;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (!a.finite()) return false;
  return (a - b).sign() < 0;
}

std::size_t Number::hash() const {
  std::size_t result = static_cast<std::size_t>(kind_) * 0x9e3779b97f4a7c15ull;
  const auto mix = [&result](std::size_t value) {
    result = (result ^ value) * 0xff51afd7ed558ccdull;
    result ^= result >> 32;
  };
  if (big_) {
    const __mpq_struct* q = big_->backend().data();
    mix(mpz_get_ui(mpq_numref(q)));
    mix(mpz_get_ui(mpq_denref(q)));
    mix(static_cast<std::size_t>(big_->sign()));
  } else {
    mix(static_cast<std::size_t>(numerator_));
    mix(static_cast<std::size_t>(denominator_));
  }
  return result;
}

}  // namespace lossc::ir
