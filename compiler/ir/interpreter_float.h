// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's number: an MPFR float made at this thread's working precision. Boost's wrapper
// keeps its precision in one variable for all threads and changes it in every operation, so it
// stands only at the interface (`Real`).
#pragma once

#include <mpfr.h>

#include <cstdint>
#include <utility>

namespace lossc::ir {

/// The working precision of this thread, in bits.
mpfr_prec_t& working_precision();

/// Not 0: whatever is rounded gets noise in its last twelve bits, made of this number and of the
/// operands. Evaluations with different noise differ wherever digits were lost, which two
/// precisions alone do not (1 + exp(-1000) is 1 in both); what is exact stays so, and equal
/// operands give equal results, so that ties stay ties.
inline thread_local constinit std::uint64_t working_noise = 0;

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
    settle(mpfr_set(value_, value, MPFR_RNDN), fingerprint(value_));
  }
  Float(const Float& other) : Float(static_cast<mpfr_srcptr>(other.value_)) {}
  Float(Float&& other) noexcept {
    value_[0] = other.value_[0];
    other.value_[0]._mpfr_d = nullptr;
  }
  Float& operator=(const Float& other) {
    if (this == &other) return *this;
    if (value_[0]._mpfr_d == nullptr) mpfr_init2(value_, working_precision());
    settle(mpfr_set(value_, other.value_, MPFR_RNDN), fingerprint(value_));
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

  Float& operator+=(const Float& b) {
    const std::uint64_t operands = of_operands(*this, b);
    return settle(mpfr_add(value_, value_, b.value_, MPFR_RNDN), operands);
  }
  Float& operator-=(const Float& b) {
    const std::uint64_t operands = of_operands(*this, b);
    return settle(mpfr_sub(value_, value_, b.value_, MPFR_RNDN), operands);
  }
  Float& operator*=(const Float& b) {
    const std::uint64_t operands = of_operands(*this, b);
    return settle(mpfr_mul(value_, value_, b.value_, MPFR_RNDN), operands);
  }
  Float& operator/=(const Float& b) {
    const std::uint64_t operands = of_operands(*this, b);
    return settle(mpfr_div(value_, value_, b.value_, MPFR_RNDN), operands);
  }
  friend Float operator+(const Float& a, const Float& b) {
    Float result;
    result.settle(mpfr_add(result.value_, a.value_, b.value_, MPFR_RNDN), of_operands(a, b));
    return result;
  }
  friend Float operator-(const Float& a, const Float& b) {
    Float result;
    result.settle(mpfr_sub(result.value_, a.value_, b.value_, MPFR_RNDN), of_operands(a, b));
    return result;
  }
  friend Float operator*(const Float& a, const Float& b) {
    Float result;
    result.settle(mpfr_mul(result.value_, a.value_, b.value_, MPFR_RNDN), of_operands(a, b));
    return result;
  }
  friend Float operator/(const Float& a, const Float& b) {
    Float result;
    result.settle(mpfr_div(result.value_, a.value_, b.value_, MPFR_RNDN), of_operands(a, b));
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

  /// To be called on the result of every MPFR function, with what it returned.
  Float& settle(int inexact, const Float& a, const Float& b) {
    return settle(inexact, of_operands(a, b));
  }

  Float mapped(Function* function) const {
    Float result;
    result.settle(function(result.value_, value_, MPFR_RNDN), of_operands(*this, *this));
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
  static std::uint64_t mixed(std::uint64_t x) {
    x *= 0x9e3779b97f4a7c15u;
    return x ^ x >> 29;
  }
  static std::uint64_t fingerprint(mpfr_srcptr x) {
    if (working_noise == 0 || mpfr_regular_p(x) == 0) return 0;
    const auto top = static_cast<std::size_t>((mpfr_get_prec(x) - 1) / GMP_NUMB_BITS);
    const auto scale = static_cast<std::uint64_t>(mpfr_get_exp(x)) * 2 + (mpfr_sgn(x) < 0 ? 1 : 0);
    return mixed(mixed(x->_mpfr_d[top]) ^ x->_mpfr_d[0]) ^ mixed(scale);
  }
  static std::uint64_t of_operands(const Float& a, const Float& b) {
    if (working_noise == 0) return 0;
    return mixed(fingerprint(a.value_)) + 3 * fingerprint(b.value_);
  }
  Float& settle(int inexact, std::uint64_t operands) {
    if (inexact != 0 && working_noise != 0 && mpfr_regular_p(value_) != 0) add_noise(operands);
    return *this;
  }
  void add_noise(std::uint64_t operands) {
    constexpr unsigned bits = 12;
    const auto used = static_cast<unsigned>(mpfr_get_prec(value_) % GMP_NUMB_BITS);
    unsigned shift = used == 0 ? 0 : GMP_NUMB_BITS - used;  // the place of the last bit
    mp_limb_t* limb = value_->_mpfr_d;
    if (shift + bits > GMP_NUMB_BITS) {
      if (mpfr_get_prec(value_) <= GMP_NUMB_BITS) return;
      ++limb;
      shift = 0;
    }
    const mp_limb_t mask = mp_limb_t{(1u << bits) - 1} << shift;
    // Never 0: what was rounded to a whole number must not stay one.
    const mp_limb_t noise = (mixed(operands ^ working_noise) >> 40 | 1) << shift;
    *limb = (*limb & ~mask) | (noise & mask);
  }

  mpfr_t value_;
};

/// a · b, and 0 where one of them is 0 and the other not a NaN.
inline Float product(const Float& a, const Float& b) {
  if ((a.is_zero() && !b.is_nan()) || (b.is_zero() && !a.is_nan())) return Float();
  return a * b;
}

}  // namespace lossc::ir
