// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/verify/subject.h"

#include <algorithm>

#include "compiler/driver/request.h"
#include "compiler/ir/builtins.h"

namespace lossc::verify {
namespace {

bool jumps(const ir::Graph& graph, ir::ExprId id) {
  switch (graph.op(id)) {
    case ir::Op::compare:
    case ir::Op::select:
      return true;
    case ir::Op::reduce: {
      const ir::ReduceOp op = graph.reduce_op(id);
      return op != ir::ReduceOp::sum && op != ir::ReduceOp::prod && op != ir::ReduceOp::lse;
    }
    case ir::Op::call:
      switch (graph.builtin(id)) {
        case ir::Builtin::abs:
        case ir::Builtin::min:
        case ir::Builtin::max:
        case ir::Builtin::floor:
        case ir::Builtin::ceil:
        case ir::Builtin::round:
        case ir::Builtin::sign:
        case ir::Builtin::step:
          return true;
        default:
          return false;
      }
    default:
      return false;
  }
}

bool of_gamma_family(const ir::Graph& graph, ir::ExprId id) {
  if (graph.op(id) != ir::Op::call) return false;
  switch (graph.builtin(id)) {
    case ir::Builtin::gamma:
    case ir::Builtin::lgamma:
    case ir::Builtin::digamma:
    case ir::Builtin::trigamma:
    case ir::Builtin::tetragamma:
    case ir::Builtin::pentagamma:
    case ir::Builtin::lbeta:
    case ir::Builtin::lgamma_diff:
    case ir::Builtin::digamma_diff:
    case ir::Builtin::trigamma_diff:
    case ir::Builtin::tetragamma_diff:
    case ir::Builtin::pentagamma_diff:
    case ir::Builtin::log_binomial:
    case ir::Builtin::lgamma_rise:
    case ir::Builtin::digamma_rise:
    case ir::Builtin::trigamma_rise:
      return true;
    default:
      return false;
  }
}

std::vector<Quantity> quantities_of(const ir::Function& core, const Subject& subject) {
  std::vector<Quantity> result{{ir::OutputKind::value, {}, "value"}};
  if (driver::is_metric(core)) return result;
  for (const auto kind : {ir::OutputKind::gradient, ir::OutputKind::hessian}) {
    for (std::size_t i = 0; i < core.arrays.size(); ++i) {
      const ir::Array& array = core.arrays[i];
      const bool second = kind == ir::OutputKind::hessian;
      const bool wanted = array.role == ir::Role::pred ||
                          (array.role == ir::Role::param && !second && !is_bound(subject, i));
      if (!wanted || !subject.real[i]) continue;
      const ir::ArrayId id{static_cast<std::uint16_t>(i)};
      result.push_back({kind, id, (second ? "hess[" : "grad[") + array.name + "]"});
    }
  }
  return result;
}

ir::Function with_params_as_preds(const ir::Function& core, const simplify::Binding& binding) {
  ir::Function result = core;
  for (ir::Array& array : result.arrays) {
    if (array.role != ir::Role::param || binding.params.contains(array.name)) continue;
    array.role = ir::Role::pred;
    array.has_default = false;
    array.default_values.clear();
  }
  result.requirements.clear();
  return result;
}

}  // namespace

bool is_bound(const Subject& subject, std::size_t array) {
  return subject.binding.params.contains(subject.literal->arrays[array].name);
}

std::size_t elements(const ir::Function& function, std::size_t array,
                     const std::vector<std::int64_t>& extents) {
  std::size_t count = 1;
  for (const ir::SizeId size : function.arrays[array].shape) {
    count *= static_cast<std::size_t>(extents[size.index]);
  }
  return count;
}

std::vector<simplify::Binding> option_bindings(const ir::Function& core,
                                               const simplify::Binding& binding) {
  constexpr std::size_t most = 16;
  std::vector<simplify::Binding> result{binding};
  for (const ir::Array& array : core.arrays) {
    if (!driver::is_option(array) || binding.params.contains(array.name)) continue;
    const bool flag = array.domain == ir::Domain::bool_;
    const std::size_t values = flag ? 2 : array.options.size();
    std::vector<simplify::Binding> combined;
    for (const simplify::Binding& partial : result) {
      for (std::size_t value = 0; value < values && combined.size() < most; ++value) {
        combined.push_back(partial);
        combined.back().params[array.name] = {ir::Number(static_cast<long>(value))};
      }
    }
    result = std::move(combined);
  }
  return result;
}

Result<Subject> subject(const ir::Function& core, const simplify::Binding& binding) {
  auto complete = driver::complete_binding(core, binding);
  if (!complete) return complete.error();
  Subject result;
  result.name = core.module + "." + core.name;
  result.literal = std::make_shared<const ir::Function>(core);
  result.binding = std::move(*complete);
  result.is_batch = driver::is_batch(core);
  bool has_arguments = false;
  for (const ir::Array& array : core.arrays) {
    const auto bound = result.binding.params.find(array.name);
    has_arguments = has_arguments || bound == result.binding.params.end();
    if (!driver::is_option(array)) continue;
    const auto value = static_cast<std::size_t>(bound->second.at(0).to_double());
    const std::string word = array.domain != ir::Domain::bool_ ? array.options[value]
                             : value != 0                      ? "true"
                                                               : "false";
    result.name += " " + array.name + "=" + word;
  }
  result.is_batch = result.is_batch || !has_arguments;
  for (const ir::Array& array : core.arrays) {
    result.real.push_back(!ir::info(array.domain).integer);
  }
  const std::vector<ir::ExprId> roots = core.roots();
  for (const ir::ExprId id : core.graph.reachable(roots)) {
    result.has_jumps = result.has_jumps || jumps(core.graph, id);
    result.has_gamma = result.has_gamma || of_gamma_family(core.graph, id);
  }
  result.quantities = quantities_of(core, result);
  result.compiled =
      std::make_shared<const ir::Function>(with_params_as_preds(core, result.binding));
  driver::KernelRequest request;
  request.binding = result.binding;
  driver::PipelineOptions options;
  options.stop_after = "stabilise";
  auto stable = driver::lowered(*result.compiled, request, options);
  if (!stable) return stable.error();
  result.stable = std::make_shared<const ir::Function>(std::move(*stable));
  return result;
}

}  // namespace lossc::verify
