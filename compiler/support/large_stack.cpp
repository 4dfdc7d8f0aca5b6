// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The caller's thread on another stack, by ucontext: a thread of its own would allocate from
// another arena of malloc, whose memory goes back to the system whenever such a thread ends, and
// that costs a compilation a tenth of its time. Stacks are kept for the next task.
#include "compiler/support/large_stack.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace lossc {

namespace {

std::size_t page() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

/// Mapped memory of which the lowest page cannot be used: what runs past the end stops there.
class Stack {
 public:
  static std::unique_ptr<Stack> made(std::size_t bytes) {
    const std::size_t size = (bytes / page() + 2) * page();
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    mprotect(memory, page(), PROT_NONE);
    return std::unique_ptr<Stack>(new Stack(static_cast<std::byte*>(memory), size));
  }

  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() { munmap(memory_, size_); }

  std::byte* lowest() const { return memory_ + page(); }
  std::size_t size() const { return size_ - page(); }

  /// The memory of a deep recursion goes back to the system.
  void forget() {
    constexpr std::size_t kept = std::size_t{1} << 20;
    if (size() > kept) madvise(lowest(), (size() - kept) / page() * page(), MADV_DONTNEED);
  }

 private:
  Stack(std::byte* memory, std::size_t size) : memory_(memory), size_(size) {}

  std::byte* memory_;
  std::size_t size_;
};

/// A task on the way: what switches to it and back.
struct Run {
  const std::function<void()>& task;
  std::exception_ptr error;
  ucontext_t caller{};
  ucontext_t callee{};
};

/// This thread's stacks that nobody uses (tasks may start tasks), and the run that is starting.
thread_local std::vector<std::unique_ptr<Stack>> idle;
thread_local Run* starting = nullptr;

std::unique_ptr<Stack> taken(std::size_t bytes) {
  const auto found = std::ranges::find_if(
      idle, [&](const std::unique_ptr<Stack>& stack) { return stack->size() >= bytes; });
  if (found == idle.end()) return Stack::made(bytes);
  std::unique_ptr<Stack> stack = std::move(*found);
  idle.erase(found);
  return stack;
}

/// What the address sanitizer is told of a switch to another stack.
#if defined(__SANITIZE_ADDRESS__)
void leave(void** frames, const void* lowest, std::size_t size) {
  __sanitizer_start_switch_fiber(frames, lowest, size);
}
void arrive(void* frames, const void** lowest, std::size_t* size) {
  __sanitizer_finish_switch_fiber(frames, lowest, size);
}
#else
void leave(void**, const void*, std::size_t) {}
void arrive(void*, const void**, std::size_t*) {}
#endif

void enter() {
  Run& run = *starting;
  const void* lowest = nullptr;
  std::size_t size = 0;
  arrive(nullptr, &lowest, &size);
  try {
    run.task();
  } catch (...) {
    run.error = std::current_exception();
  }
  leave(nullptr, lowest, size);
  swapcontext(&run.callee, &run.caller);
}

}  // namespace

void run_on_large_stack(std::size_t bytes, const std::function<void()>& task) {
  std::unique_ptr<Stack> stack = taken(bytes);
  auto run = std::make_unique<Run>(Run{task, nullptr});
  if (stack == nullptr || getcontext(&run->callee) != 0) return task();
  run->callee.uc_stack.ss_sp = stack->lowest();
  run->callee.uc_stack.ss_size = stack->size();
  run->callee.uc_link = nullptr;
  makecontext(&run->callee, enter, 0);
  starting = run.get();
  void* frames = nullptr;
  leave(&frames, stack->lowest(), stack->size());
  swapcontext(&run->caller, &run->callee);
  arrive(frames, nullptr, nullptr);
  stack->forget();
  idle.push_back(std::move(stack));
  if (run->error != nullptr) std::rethrow_exception(run->error);
}

}  // namespace lossc
