// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled code runs in one floating-point environment, whatever the caller's: rounding to nearest,
// subnormals kept, no traps. The caller's own, flags included, is put back afterwards.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace lossc::runtime {

class FloatEnvironment {
 public:
#if defined(__x86_64__)
  // SSE and AVX look at MXCSR only; 0x1f80 is its state at program start.
  FloatEnvironment() : saved_(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~FloatEnvironment() { _mm_setcsr(saved_); }
#else
  FloatEnvironment() {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~FloatEnvironment() { std::fesetenv(&saved_); }
#endif
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(__x86_64__)
  unsigned saved_;
#else
  std::fenv_t saved_;
#endif
};

}  // namespace lossc::runtime
