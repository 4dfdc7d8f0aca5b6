// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Binding parameters and sizes to values. What is bound is checked here, once, so that a kernel
// need not: the value lies in its domain, there are as many as the shape has elements, and every
// `require` that the values decide holds.
#include <algorithm>
#include <optional>
#include <utility>

#include "compiler/ir/builtins.h"
#include "compiler/simplify/simplify.h"

namespace lossc::simplify {
namespace {

using ir::Array;
using ir::ArrayId;
using ir::Domain;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;

/// Arrays up to this many elements that differ become a choice by position; longer ones keep their
/// loads, and the values become the default.
constexpr std::size_t longest_choice = 16;

std::string described(const Array& array) {
  if (array.domain != Domain::one_of) return std::string(ir::info(array.domain).name);
  std::string words;
  for (const std::string& option : array.options) words += (words.empty() ? "" : ", ") + option;
  return "one_of(" + words + ")";
}

bool in_domain(const Array& array, const Number& value) {
  const ir::DomainInfo& domain = ir::info(array.domain);
  if (value.kind() == Number::Kind::nan) return false;
  if (!value.finite() && !domain.may_be_infinite) return false;
  if ((domain.integer || array.domain == Domain::one_of) && !value.is_integer()) return false;
  if (array.domain == Domain::one_of) {
    return value.sign() >= 0 && value < Number(static_cast<long>(array.options.size()));
  }
  if (array.domain == Domain::sign && value.is(0)) return false;
  if (array.domain == Domain::class_) {
    const bool ignored = array.ignore && value.is(*array.ignore);
    return ignored || value.sign() >= 0;
  }
  const Number low = Number::of_double(domain.bounds.low);
  const Number high = Number::of_double(domain.bounds.high);
  if (value < low || high < value) return false;
  return !(domain.open_low && value == low);
}

/// The extent of a size where it is a literal or bound.
std::optional<std::int64_t> extent(const Function& function, const Binding& binding,
                                   ir::SizeId id) {
  const ir::Size& size = function.sizes[id.index];
  if (size.symbol.empty()) return size.offset;
  const auto bound = binding.sizes.find(size.symbol);
  if (bound == binding.sizes.end()) return std::nullopt;
  return std::max<std::int64_t>(0, bound->second + size.offset);
}

Result<void> check_values(const Function& function, const Binding& binding, ArrayId id,
                          const std::vector<Number>& values) {
  const Array& array = function.arrays[id.index];
  if (values.empty()) return Error{"parameter `" + array.name + "` is bound to no value"};
  std::size_t expected = 1;
  bool known = true;
  for (const ir::SizeId size : array.shape) {
    const auto count = extent(function, binding, size);
    known = known && count.has_value();
    if (count) expected *= static_cast<std::size_t>(std::max<std::int64_t>(*count, 0));
  }
  const bool fits =
      values.size() == 1 || (!array.shape.empty() && (!known || values.size() == expected));
  if (!fits) {
    return Error{"parameter `" + array.name + "` has " + std::to_string(expected) +
                 (expected == 1 ? " element" : " elements") + ", but is bound to " +
                 std::to_string(values.size()) + " values"};
  }
  for (const Number& value : values) {
    if (in_domain(array, value)) continue;
    return Error{"parameter `" + array.name + "` is " + described(array) + ", and " + value.text() +
                 " is not in that domain"};
  }
  return {};
}

Result<void> check_sizes(const Function& function, const Binding& binding) {
  for (const auto& [symbol, value] : binding.sizes) {
    const bool known = std::any_of(function.sizes.begin(), function.sizes.end(),
                                   [&](const ir::Size& size) { return size.symbol == symbol; });
    if (!known) return Error{"`" + function.name + "` has no size called `" + symbol + "`"};
    for (std::size_t i = 0; i < function.sizes.size(); ++i) {
      const ir::Size& size = function.sizes[i];
      if (size.symbol != symbol || value + size.offset >= 0) continue;
      if (!function.is_of_array({static_cast<std::uint16_t>(i)})) continue;
      return Error{"size `" + size.text() + "` is negative where `" + symbol + "` is " +
                   std::to_string(value)};
    }
  }
  return {};
}

/// Row-major position of a load's subscripts, as an expression; nothing if an extent is unknown.
std::optional<ExprId> position(Function& function, const Binding& binding, const Array& array,
                               const std::vector<ExprId>& subscripts) {
  ExprId place = function.graph.constant(0);
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    const auto count = extent(function, binding, array.shape[i]);
    if (i != 0 && !count) return std::nullopt;
    if (i != 0) place = function.graph.scaled(Number(static_cast<long>(*count)), place);
    place = i == 0 ? subscripts[0] : function.graph.plus(place, subscripts[i]);
  }
  return place;
}

/// What a load of a bound parameter becomes, or the load itself.
ExprId bound_load(Function& function, const Binding& binding, ExprId load,
                  const std::vector<Number>& values) {
  Graph& graph = function.graph;
  if (std::all_of(values.begin(), values.end(),
                  [&](const Number& value) { return value == values[0]; })) {
    return graph.constant(values[0]);
  }
  const Array& array = function.arrays[graph.array(load).index];
  const auto span = graph.operands(load);
  const auto place = position(function, binding, array, {span.begin(), span.end()});
  if (!place) return load;
  if (graph.op(*place) == Op::constant) {
    const auto index = graph.constant_of(*place).to_long();
    if (!index || *index < 0 || static_cast<std::size_t>(*index) >= values.size()) return load;
    return graph.constant(values[static_cast<std::size_t>(*index)]);
  }
  if (values.size() > longest_choice) return load;
  ExprId choice = graph.constant(values.back());
  for (std::size_t i = values.size() - 1; i-- > 0;) {
    const ExprId here =
        graph.compare(ir::Relation::equal, *place, graph.constant(Number(static_cast<long>(i))));
    choice = graph.select(here, graph.constant(values[i]), choice);
  }
  return choice;
}

using BoundArrays = std::vector<const std::vector<Number>*>;  ///< by ArrayId; null: free

ExprId bound_node(Function& function, const Binding& binding, const BoundArrays& arrays,
                  ExprId node, const std::vector<ExprId>& operands) {
  Graph& graph = function.graph;
  if (graph.op(node) == Op::size) {
    const auto count = extent(function, binding, graph.size_of(node));
    return count ? graph.constant(Number(static_cast<long>(*count))) : node;
  }
  const ExprId built = operands.empty() ? node : graph.rebuilt(node, operands);
  if (graph.op(built) != Op::load) return built;
  const std::vector<Number>* values = arrays[graph.array(built).index];
  return values == nullptr ? built : bound_load(function, binding, built, *values);
}

void bind_graph(Function& function, const Binding& binding, const BoundArrays& arrays) {
  Graph& graph = function.graph;
  ir::NodeMap<ExprId> image;
  std::vector<ExprId> operands;
  for (const ExprId node : graph.reachable(function.roots())) {
    operands.clear();
    for (const ExprId operand : graph.operands(node)) operands.push_back(image[operand]);
    const ExprId result = bound_node(function, binding, arrays, node, operands);
    if (result != node) graph.set_origin(result, graph.origin(node));
    image.at(node) = result;
  }
  for (ir::Output& output : function.outputs) output.root = image[output.root];
  for (ir::Requirement& requirement : function.requirements) {
    requirement.condition = image[requirement.condition];
  }
}

/// The requirements that the values decide: an error if one fails; those that hold are dropped.
Result<void> settle_requirements(Function& function) {
  if (function.requirements.empty()) return {};
  const Function decided = ir::normalised(function);
  std::vector<ir::Requirement> open;
  for (std::size_t i = 0; i < function.requirements.size(); ++i) {
    const ExprId condition = decided.requirements[i].condition;
    if (decided.graph.op(condition) != Op::truth) {
      open.push_back(function.requirements[i]);
    } else if (decided.graph.node(condition).attribute == 0) {
      return Error{"`" + function.name + "` requires: " + function.requirements[i].message};
    }
  }
  function.requirements = std::move(open);
  return {};
}

}  // namespace

Result<Function> bound(const Function& function, const Binding& binding) {
  if (auto checked = check_sizes(function, binding); !checked) return checked.error();
  Function result = function;
  BoundArrays arrays(function.arrays.size(), nullptr);
  for (const auto& [name, values] : binding.params) {
    const auto id = function.find_array(name);
    if (!id) return Error{"`" + function.name + "` has no parameter called `" + name + "`"};
    if (function.per_example(*id)) {
      return Error{"`" + name + "` is given per example and cannot be bound; only a param can"};
    }
    if (auto checked = check_values(function, binding, *id, values); !checked) {
      return checked.error();
    }
    arrays[id->index] = &values;
    result.arrays[id->index].default_values = values;
    result.arrays[id->index].has_default = true;
  }
  bind_graph(result, binding, arrays);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i] == nullptr) continue;
    const auto nodes = result.graph.reachable(result.roots());
    const bool loaded = std::any_of(nodes.begin(), nodes.end(), [&](ExprId node) {
      return result.graph.op(node) == Op::load && result.graph.array(node).index == i;
    });
    if (loaded) continue;
    result.arrays[i].default_values.clear();
    result.arrays[i].has_default = false;
  }
  if (auto settled = settle_requirements(result); !settled) return settled.error();
  return result;
}

}  // namespace lossc::simplify
