// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What compiling one function took, and how much there was of it: for measurements only. Times are
// CPU times of the process, so that they mean something on a busy machine too.
#pragma once

#include <ctime>

#include <chrono>
#include <cstddef>

namespace lossc::codegen {

struct CompileProfile {
  std::chrono::nanoseconds emission{};    ///< schedule and LLVM IR
  std::chrono::nanoseconds passes{};      ///< over LLVM IR
  std::chrono::nanoseconds generation{};  ///< LLVM IR to an object
  std::chrono::nanoseconds linking{};
  std::size_t instructions = 0;  ///< of LLVM IR, before the passes
  std::size_t code_bytes = 0;    ///< of instructions and their constants
};

class CpuStopwatch {
 public:
  /// Time since the last lap.
  std::chrono::nanoseconds lap() {
    const std::chrono::nanoseconds before = last_;
    last_ = now();
    return last_ - before;
  }

 private:
  static std::chrono::nanoseconds now() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  std::chrono::nanoseconds last_ = now();
};

}  // namespace lossc::codegen
