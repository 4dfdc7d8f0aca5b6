// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What leaves the exact numbers: the nearest double, and text.
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "compiler/ir/rational.h"

namespace lossc::ir {

namespace {

using Whole = boost::multiprecision::mpz_int;
using Mpq = boost::multiprecision::mpq_rational;

/// a/b for positive a and b, to nearest, ties to even: 64 or more bits of the quotient as a whole
/// number with a sticky last bit, rounded once to the precision the exponent leaves.
double nearest(const Whole& above, const Whole& below) {
  const long shift = 66 - (static_cast<long>(msb(above)) - static_cast<long>(msb(below)));
  Whole scaled_above = above;
  Whole scaled_below = below;
  if (shift > 0) {
    scaled_above <<= static_cast<unsigned long>(shift);
  } else {
    scaled_below <<= static_cast<unsigned long>(-shift);
  }
  Whole quotient = scaled_above / scaled_below;
  const bool sticky = quotient * scaled_below != scaled_above;
  const long top = static_cast<long>(msb(quotient));  // 65 or 66
  const long exponent = top - shift;                  // of the leading bit
  if (exponent > 1023) return std::numeric_limits<double>::infinity();
  long kept = 53;
  if (exponent < -1022) kept = 53 - (-1022 - exponent);
  if (kept < 0) return 0.0;
  const long dropped = top + 1 - kept;
  Whole mantissa = quotient >> static_cast<unsigned long>(dropped);
  const Whole rest = quotient - (mantissa << static_cast<unsigned long>(dropped));
  const Whole half = Whole(1) << static_cast<unsigned long>(dropped - 1);
  if (rest > half || (rest == half && (sticky || bit_test(mantissa, 0)))) ++mantissa;
  return std::ldexp(mantissa.convert_to<double>(), static_cast<int>(dropped - shift));
}

bool is_whole_text(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() && text.size() <= 4096 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Decimal, also with leading zeros (Boost would read those as octal).
Whole whole_of(std::string_view text) {
  Whole result;
  mpz_set_str(result.backend().data(), std::string(text).c_str(), 10);
  return result;
}

}  // namespace

double Number::to_double() const {
  switch (kind_) {
    case Kind::infinity:
      return std::numeric_limits<double>::infinity();
    case Kind::minus_infinity:
      return -std::numeric_limits<double>::infinity();
    case Kind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::finite:
      break;
  }
  if (sign() == 0) return 0.0;
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (!big_ && numerator_ <= exact && numerator_ >= -exact && denominator_ <= exact) {
    return static_cast<double>(numerator_) / static_cast<double>(denominator_);
  }
  const Rational value = rational();
  const double magnitude = nearest(abs(numerator(value.value())), denominator(value.value()));
  return sign() < 0 ? -magnitude : magnitude;
}

std::string Number::text() const {
  switch (kind_) {
    case Kind::infinity:
      return "inf";
    case Kind::minus_infinity:
      return "-inf";
    case Kind::nan:
      return "nan";
    case Kind::finite:
      break;
  }
  if (!big_ && denominator_ == 1) return std::to_string(numerator_);
  const double nearest_double = to_double();
  if (std::isfinite(nearest_double) && of_double(nearest_double) == *this) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.begin(), buffer.end(), nearest_double).ptr;
    return std::string(buffer.begin(), end);
  }
  const Rational value = rational();
  const Whole below = denominator(value.value());
  const std::string above = numerator(value.value()).str();
  return below == 1 ? above : above + "/" + below.str();
}

std::optional<Number> Number::parse(std::string_view text) {
  if (text == "inf") return infinity();
  if (text == "-inf") return infinity(true);
  if (text == "nan") return nan();
  if (is_whole_text(text)) return Number(Rational(Mpq(whole_of(text))));
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view above = text.substr(0, slash);
    const std::string_view below = text.substr(slash + 1);
    if (!is_whole_text(above) || !is_whole_text(below)) return std::nullopt;
    const Whole divisor = whole_of(below);
    if (divisor <= 0) return std::nullopt;
    return Number(Rational(Mpq(Mpq(whole_of(above)) / Mpq(divisor))));
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return of_double(value);
}

}  // namespace lossc::ir
