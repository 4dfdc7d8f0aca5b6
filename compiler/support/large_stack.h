// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a task on a thread of its own with a large stack, and waits for it. What recurses over
// source text is limited in depth, but needs more than the 256 KiB that a caller's thread may have.
#pragma once

#include <cstddef>
#include <functional>

namespace lossc {

/// An exception of the task is thrown again here. Without a thread (none left to start), the task
/// runs on the caller's stack.
void run_on_large_stack(std::size_t bytes, const std::function<void()>& task);

}  // namespace lossc
