// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that share the tasks of a call. Which thread takes which task is left to chance; results
// do not depend on it, because tasks are fixed and combined in a fixed order. The caller always
// works too, so a call ends even if no thread is free, and many callers may share one pool.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace lossc::runtime {

class ThreadPool {
 public:
  ThreadPool() = default;
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Calls task(i) for every i below count, on at most `threads` threads, the caller's included.
  /// Tasks must not throw. Threads are started when first wanted; in a forked child, which has
  /// none of them, and where none can be started, the caller does all.
  void run(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& task);

 private:
  struct Job;
  void ensure_threads(unsigned wanted);
  void work();
  static void take_tasks(Job& job);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  ///< one entry per helper wanted
  std::vector<std::thread> threads_;
  std::atomic<std::int64_t> owner_{0};  ///< process that started the threads
  bool ending_ = false;
};

}  // namespace lossc::runtime
