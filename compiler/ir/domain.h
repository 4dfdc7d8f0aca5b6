// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The domains of the language, one row of domains.def each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/ir/bounds.h"

namespace lossc::ir {

enum class Domain : std::uint8_t {
#define DOMAIN(name, ...) name,
#include "compiler/ir/domains.def"
#undef DOMAIN
};

struct DomainInfo {
  std::string_view name;  ///< as written in the source
  Bounds bounds = {};
  bool open_low = false;  ///< `positive`: 0 itself is not in it
  bool integer = false;
  bool may_be_infinite = false;  ///< ±inf are legal values of an array (−inf of a logit)
  std::string_view doc = {};
};

const DomainInfo& info(Domain domain);
std::optional<Domain> find_domain(std::string_view name);
std::span<const DomainInfo> all_domains();

}  // namespace lossc::ir
