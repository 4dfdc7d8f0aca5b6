// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// pthreads and not std::thread: only they let us choose the size of the stack.
#include "compiler/support/large_stack.h"

#include <pthread.h>

#include <exception>

namespace lossc {

namespace {

struct Run {
  const std::function<void()>& task;
  std::exception_ptr error;
};

void* run(void* argument) {
  auto& state = *static_cast<Run*>(argument);
  try {
    state.task();
  } catch (...) {
    state.error = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void run_on_large_stack(std::size_t bytes, const std::function<void()>& task) {
  Run state{task, nullptr};
  pthread_attr_t attributes;
  pthread_t thread{};
  pthread_attr_init(&attributes);
  const bool started = pthread_attr_setstacksize(&attributes, bytes) == 0 &&
                       pthread_create(&thread, &attributes, run, &state) == 0;
  pthread_attr_destroy(&attributes);
  if (started) {
    pthread_join(thread, nullptr);
  } else {
    run(&state);
  }
  if (state.error != nullptr) std::rethrow_exception(state.error);
}

}  // namespace lossc
