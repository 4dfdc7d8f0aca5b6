// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An append-only array of runs whose elements never move: a span into it stays valid while the pool
// grows, so a pass may hold a node's operands while it builds new nodes. Blocks double in size, and
// a run that does not fit in the rest of its block starts the next one that is large enough.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace lossc::ir {

template <class T>
class StablePool {
 public:
  /// The place of the run's first element.
  std::uint32_t append(std::span<const T> run) {
    if (run.empty()) return 0;
    while (block_of(next_) != block_of(next_ + static_cast<std::uint32_t>(run.size()) - 1)) {
      next_ = start_of(block_of(next_) + 1);
    }
    const std::uint32_t first = next_;
    const std::uint32_t block = block_of(first);
    while (blocks_.size() <= block) blocks_.emplace_back();
    if (blocks_[block].empty()) blocks_[block].resize(std::size_t{first_block} << block);
    std::uint32_t place = first - start_of(block);
    for (const T& element : run) blocks_[block][place++] = element;
    next_ += static_cast<std::uint32_t>(run.size());
    return first;
  }
  std::uint32_t append(const T& element) { return append(std::span<const T>(&element, 1)); }

  const T& operator[](std::uint32_t place) const {
    const std::uint32_t block = block_of(place);
    return blocks_[block][place - start_of(block)];
  }
  T& operator[](std::uint32_t place) {
    const std::uint32_t block = block_of(place);
    return blocks_[block][place - start_of(block)];
  }
  std::span<const T> run(std::uint32_t first, std::uint32_t count) const {
    if (count == 0) return {};
    return std::span<const T>(&(*this)[first], count);
  }
  /// One past the last place; with runs of one element, their number.
  std::uint32_t end() const { return next_; }

 private:
  static constexpr std::uint32_t first_block = 256;
  static std::uint32_t block_of(std::uint32_t place) {
    return static_cast<std::uint32_t>(std::bit_width(place / first_block + 1)) - 1;
  }
  static std::uint32_t start_of(std::uint32_t block) {
    return first_block * ((std::uint32_t{1} << block) - 1);
  }

  std::vector<std::vector<T>> blocks_;
  std::uint32_t next_ = 0;
};

}  // namespace lossc::ir
