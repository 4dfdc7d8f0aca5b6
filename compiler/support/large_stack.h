// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a task on a large stack. What recurses over source text is limited in depth, but needs more
// than the 256 KiB that a caller's thread may have.
#pragma once

#include <cstddef>
#include <functional>

namespace lossc {

/// An exception of the task is thrown again here. Where there is no memory for a stack, the task
/// runs on the caller's.
void run_on_large_stack(std::size_t bytes, const std::function<void()>& task);

}  // namespace lossc
