// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/thread_pool.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "runtime/float_environment.h"

namespace lossc::runtime {

struct ThreadPool::Job {
  const std::function<void(std::size_t)>* task = nullptr;
  std::size_t count = 0;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> finished{0};
  std::mutex mutex;
  std::condition_variable done;
};

ThreadPool::~ThreadPool() {
  if (owner_.load() != 0 && owner_.load() != ::getpid()) {
    // A forked child: the threads are not here, and cannot be joined.
    for (std::thread& thread : threads_) thread.detach();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::take_tasks(Job& job) {
  std::size_t taken = 0;
  for (;;) {
    const std::size_t index = job.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= job.count) break;
    (*job.task)(index);
    ++taken;
  }
  if (taken == 0) return;
  if (job.finished.fetch_add(taken, std::memory_order_acq_rel) + taken == job.count) {
    const std::lock_guard lock(job.mutex);
    job.done.notify_all();
  }
}

void ThreadPool::work() {
  const FloatEnvironment environment;
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (ending_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    take_tasks(*job);
  }
}

void ThreadPool::ensure_threads(unsigned wanted) {
  try {
    while (threads_.size() < wanted) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // As many as the system grants; the caller works in any case.
  }
}

void ThreadPool::run(std::size_t count, unsigned threads,
                     const std::function<void(std::size_t)>& task) {
  std::int64_t nobody = 0;
  const std::int64_t self = ::getpid();
  const bool ours = owner_.compare_exchange_strong(nobody, self) || nobody == self;
  if (threads <= 1 || count <= 1 || !ours) {
    for (std::size_t i = 0; i < count; ++i) task(i);
    return;
  }
  const auto job = std::make_shared<Job>();
  job->task = &task;
  job->count = count;
  const std::size_t helpers = std::min<std::size_t>(threads - 1, count - 1);
  {
    const std::lock_guard lock(mutex_);
    ensure_threads(static_cast<unsigned>(helpers));
    jobs_.insert(jobs_.end(), helpers, job);
  }
  changed_.notify_all();
  take_tasks(*job);
  std::unique_lock lock(job->mutex);
  job->done.wait(lock, [&] { return job->finished.load(std::memory_order_acquire) == count; });
}

}  // namespace lossc::runtime
