// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes and axes. A size is a symbol ± a literal (`K`, `K - 1`) or a literal (`4`); two sizes are
// the same iff they are spelled the same. An axis is a size and a number that tells several axes of
// one size apart. Numbers below `first_temporary` are canonical names; temporaries come from a
// counter and never survive a constructor of the graph.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace lossc::ir {

/// Index into Signature::sizes (also held by the graph).
struct SizeId {
  std::uint16_t index = 0;
  auto operator<=>(const SizeId&) const = default;
};

struct Size {
  std::string symbol;       ///< empty for a literal
  std::int64_t offset = 0;  ///< the literal, or what is added to the symbol
  auto operator<=>(const Size&) const = default;
  std::string text() const;  ///< `K`, `K - 1`, `4`
};

struct Axis {
  SizeId size;
  std::uint16_t number = 0;
  static constexpr std::uint16_t first_temporary = 0x4000;

  auto operator<=>(const Axis&) const = default;
  bool temporary() const { return number >= first_temporary; }
  std::uint32_t packed() const { return std::uint32_t{size.index} << 16 | number; }
  static Axis unpack(std::uint32_t bits) {
    return {{static_cast<std::uint16_t>(bits >> 16)}, static_cast<std::uint16_t>(bits & 0xffffu)};
  }
};

/// Sorted, without repetition.
using AxisSet = std::vector<Axis>;

}  // namespace lossc::ir
