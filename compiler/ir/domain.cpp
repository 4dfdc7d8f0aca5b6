// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of domains.def as data.
#include "compiler/ir/domain.h"

#include <limits>

#include "compiler/support/assert.h"

namespace lossc::ir {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

const DomainInfo table[] = {
#define DOMAIN(domain, ...) DomainInfo{__VA_ARGS__},
#include "compiler/ir/domains.def"
#undef DOMAIN
};

}  // namespace

const DomainInfo& info(Domain domain) {
  const auto index = static_cast<std::size_t>(domain);
  LOSSC_ASSERT(index < std::size(table), "no such domain");
  return table[index];
}

std::optional<Domain> find_domain(std::string_view name) {
  for (std::size_t i = 0; i < std::size(table); ++i) {
    if (table[i].name == name) return static_cast<Domain>(i);
  }
  return std::nullopt;
}

std::span<const DomainInfo> all_domains() { return table; }

}  // namespace lossc::ir
