// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's number: an MPFR float made at this thread's working precision. Boost's wrapper
// keeps its precision in one variable for all threads and changes it in every operation, so it
// stands only at the interface (`Real`).
#pragma once

#include <mpfr.h>

#include <utility>

namespace lossc::ir {

/// The working precision of this thread, in bits.
mpfr_prec_t& working_precision();

/// Sets the working precision while it lives, and the widest range of exponents.
class WorkingPrecision {
 public:
  explicit WorkingPrecision(mpfr_prec_t bits);
  ~WorkingPrecision() { working_precision() = previous_; }
  WorkingPrecision(const WorkingPrecision&) = delete;
  WorkingPrecision& operator=(const WorkingPrecision&) = delete;

 private:
  mpfr_prec_t previous_;
};

class Float {
 public:
  using Function = int(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

  Float() {
    mpfr_init2(value_, working_precision());
    mpfr_set_zero(value_, 1);
  }
  Float(long value) {  // NOLINT: implicit
    mpfr_init2(value_, working_precision());
    mpfr_set_si(value_, value, MPFR_RNDN);
  }
  Float(int value) : Float(static_cast<long>(value)) {}  // NOLINT: implicit
  explicit Float(double value) {
    mpfr_init2(value_, working_precision());
    mpfr_set_d(value_, value, MPFR_RNDN);
  }
  explicit Float(mpfr_srcptr value) {
    mpfr_init2(value_, working_precision());
    mpfr_set(value_, value, MPFR_RNDN);
  }
  Float(const Float& other) : Float(static_cast<mpfr_srcptr>(other.value_)) {}
  Float(Float&& other) noexcept {
    value_[0] = other.value_[0];
    other.value_[0]._mpfr_d = nullptr;
  }
  Float& operator=(const Float& other) {
    if (this == &other) return *this;
    if (value_[0]._mpfr_d == nullptr) mpfr_init2(value_, working_precision());
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  Float& operator=(Float&& other) noexcept {
    std::swap(value_[0], other.value_[0]);
    return *this;
  }
  ~Float() {
    if (value_[0]._mpfr_d != nullptr) mpfr_clear(value_);
  }

  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }
  bool is_zero() const { return mpfr_zero_p(value_) != 0; }
  bool is_nan() const { return mpfr_nan_p(value_) != 0; }
  bool is_infinite() const { return mpfr_inf_p(value_) != 0; }
  bool is_integer() const { return mpfr_integer_p(value_) != 0; }
  int sign() const { return is_nan() ? 0 : mpfr_sgn(value_); }
  /// The binary exponent of an ordinary number, else 0.
  long exponent() const {
    return mpfr_regular_p(value_) != 0 ? static_cast<long>(mpfr_get_exp(value_)) : 0;
  }
  double to_double() const { return mpfr_get_d(value_, MPFR_RNDN); }

  Float& operator+=(const Float& b) { return mpfr_add(value_, value_, b.value_, rounding), *this; }
  Float& operator-=(const Float& b) { return mpfr_sub(value_, value_, b.value_, rounding), *this; }
  Float& operator*=(const Float& b) { return mpfr_mul(value_, value_, b.value_, rounding), *this; }
  Float& operator/=(const Float& b) { return mpfr_div(value_, value_, b.value_, rounding), *this; }
  friend Float operator+(const Float& a, const Float& b) {
    Float result;
    mpfr_add(result.value_, a.value_, b.value_, rounding);
    return result;
  }
  friend Float operator-(const Float& a, const Float& b) {
    Float result;
    mpfr_sub(result.value_, a.value_, b.value_, rounding);
    return result;
  }
  friend Float operator*(const Float& a, const Float& b) {
    Float result;
    mpfr_mul(result.value_, a.value_, b.value_, rounding);
    return result;
  }
  friend Float operator/(const Float& a, const Float& b) {
    Float result;
    mpfr_div(result.value_, a.value_, b.value_, rounding);
    return result;
  }
  friend Float operator-(const Float& a) { return a.mapped(mpfr_neg); }
  friend bool operator<(const Float& a, const Float& b) {
    return mpfr_less_p(a.value_, b.value_) != 0;
  }
  friend bool operator>(const Float& a, const Float& b) { return b < a; }
  friend bool operator<=(const Float& a, const Float& b) {
    return mpfr_lessequal_p(a.value_, b.value_) != 0;
  }
  friend bool operator==(const Float& a, const Float& b) {
    return mpfr_equal_p(a.value_, b.value_) != 0;
  }

  Float mapped(Function* function) const {
    Float result;
    function(result.value_, value_, rounding);
    return result;
  }
  static Float infinity(int sign = 1) {
    Float result;
    mpfr_set_inf(result.value_, sign);
    return result;
  }
  static Float nan() {
    Float result;
    mpfr_set_nan(result.value_);
    return result;
  }

 private:
  static constexpr mpfr_rnd_t rounding = MPFR_RNDN;
  mpfr_t value_;
};

/// a · b, and 0 where one of them is 0 and the other not a NaN.
inline Float product(const Float& a, const Float& b) {
  if ((a.is_zero() && !b.is_nan()) || (b.is_zero() && !a.is_nan())) return Float();
  return a * b;
}

}  // namespace lossc::ir
