// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Look-ups in a function's signature, and what its graph is told of it.
#include "compiler/ir/function.h"

#include <algorithm>

namespace lossc::ir {

std::string Size::text() const {
  if (symbol.empty()) return std::to_string(offset);
  if (offset == 0) return symbol;
  const std::string distance = std::to_string(offset < 0 ? -static_cast<std::uint64_t>(offset)
                                                         : static_cast<std::uint64_t>(offset));
  return symbol + (offset < 0 ? " - " : " + ") + distance;
}

SizeId Function::size_id(const Size& size) {
  const auto it = std::find(sizes.begin(), sizes.end(), size);
  const SizeId id{static_cast<std::uint16_t>(it - sizes.begin())};
  if (it == sizes.end()) sizes.push_back(size);
  graph.describe_size(id, size.symbol.empty() ? std::optional(size.offset) : std::nullopt);
  return id;
}

bool Function::is_of_array(SizeId size) const {
  return std::any_of(arrays.begin(), arrays.end(), [&](const Array& array) {
    const bool axis = std::find(array.shape.begin(), array.shape.end(), size) != array.shape.end();
    return axis || (array.domain == Domain::class_ && array.classes == size);
  });
}

const Output* Function::find(OutputKind wanted, ArrayId array) const {
  const bool by_array =
      wanted != OutputKind::value && wanted != OutputKind::weight && wanted != OutputKind::divisor;
  for (const Output& output : outputs) {
    if (output.kind == wanted && (!by_array || output.array == array)) return &output;
  }
  return nullptr;
}

std::optional<ArrayId> Function::find_array(std::string_view wanted) const {
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].name == wanted) return ArrayId{static_cast<std::uint16_t>(i)};
  }
  return std::nullopt;
}

std::vector<ExprId> Function::roots() const {
  std::vector<ExprId> result;
  for (const Output& output : outputs) result.push_back(output.root);
  for (const Requirement& requirement : requirements) result.push_back(requirement.condition);
  return result;
}

void describe(Graph& graph, const Function& function) {
  for (std::size_t i = 0; i < function.sizes.size(); ++i) {
    const Size& size = function.sizes[i];
    graph.describe_size({static_cast<std::uint16_t>(i)},
                        size.symbol.empty() ? std::optional(size.offset) : std::nullopt);
  }
  for (std::size_t i = 0; i < function.arrays.size(); ++i) {
    const Array& array = function.arrays[i];
    const DomainInfo& domain = info(array.domain);
    Graph::ArrayFacts facts;
    facts.whole = domain.integer;
    facts.nonnegative = domain.bounds.low >= 0;
    facts.positive = domain.bounds.low >= 0 && domain.open_low;
    if (array.domain == Domain::class_) {
      facts.nonnegative = false;
      facts.classes = array.classes;
      facts.ignore = array.ignore;
    }
    graph.describe_array({static_cast<std::uint16_t>(i)}, facts);
  }
}

}  // namespace lossc::ir
