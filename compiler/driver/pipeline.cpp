// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "compiler/autodiff/given.h"
#include "compiler/autodiff/gradient.h"
#include "compiler/driver/request.h"
#include "compiler/support/assert.h"

namespace lossc::driver {
namespace {

constexpr std::size_t node_limit = 400'000;

struct Work {
  const KernelRequest& request;
  simplify::Binding binding;
  std::vector<ir::ArrayId> gradients;
  std::vector<ir::ArrayId> hessians;
  std::vector<ir::ArrayId> products;
  std::vector<stabilise::Rewrite>* trace;
};

/// A pass from function to function. Those before and after (text to core, schedule to code) have
/// another type and only a row in the table.
using Transformation = Result<ir::Function> (*)(const ir::Function&, Work&);
struct Pass {
  PassInfo info;
  Transformation run;  ///< null: listed only
};

/// The outputs that were asked for, in the order of the request.
void keep_wanted_outputs(ir::Function& function, const Work& work) {
  std::vector<ir::Output> kept;
  const auto keep = [&](ir::OutputKind kind, ir::ArrayId array) {
    if (const ir::Output* output = function.find(kind, array)) kept.push_back(*output);
  };
  if (work.request.value) keep(ir::OutputKind::value, {});
  keep(ir::OutputKind::weight, {});
  keep(ir::OutputKind::divisor, {});
  for (const ir::ArrayId array : work.gradients) keep(ir::OutputKind::gradient, array);
  for (const ir::ArrayId array : work.hessians) keep(ir::OutputKind::hessian, array);
  for (const ir::ArrayId array : work.products) keep(ir::OutputKind::hessian_product, array);
  function.outputs = std::move(kept);
}

Result<ir::Function> normalise(const ir::Function& function, Work&) {
  if (function.graph.mode() == ir::Graph::Mode::normalising) return function;
  return ir::normalised(function);
}
Result<ir::Function> bind(const ir::Function& function, Work& work) {
  if (work.binding.params.empty() && work.binding.sizes.empty()) return function;
  return simplify::bound(function, work.binding);
}
Result<ir::Function> stabilise_pass(const ir::Function& function, Work& work) {
  return stabilise::stabilised(function, work.trace);
}
Result<ir::Function> restabilise_pass(const ir::Function& function, Work& work) {
  return stabilise::stabilised(function, work.trace, stabilise::Stage::derivatives);
}
Result<ir::Function> gradients(const ir::Function& function, Work& work) {
  ir::Function result = function;
  if (!work.gradients.empty()) result = autodiff::with_gradients(result, work.gradients);
  std::vector<ir::ArrayId> twice = work.hessians;
  twice.insert(twice.end(), work.products.begin(), work.products.end());
  if (!twice.empty()) {
    // What is differentiated again is made stable first, like what the author wrote.
    result = autodiff::with_gradients(result, twice);
    result = autodiff::past_first(result, !work.hessians.empty());
    result = stabilise::stabilised(simplify::simplified(result), work.trace);
    result = autodiff::with_hessian_diagonals(result, work.hessians, work.request.curvature);
    result = autodiff::past_second(result);
    result = autodiff::with_hessian_products(result, work.products);
  }
  result = autodiff::past_second(result);
  keep_wanted_outputs(result, work);
  return result;
}
Result<ir::Function> tidy_pass(const ir::Function& function, Work&) {
  return simplify::simplified(function);
}
Result<ir::Function> simplify_pass(const ir::Function& function, Work&) {
  return simplify::simplified(function, simplify::Purpose::code);
}
Result<ir::Function> join_pass(const ir::Function& function, Work&) {
  const auto joined = stabilise::joined(function);
  return joined ? simplify::simplified(*joined, simplify::Purpose::code) : function;
}

const std::vector<Pass>& pass_table() {
  static const std::vector<Pass> table = {
      {{"scan", "tokens", "text to tokens"}, nullptr},
      {{"parse", "ast", "tokens to the syntax tree"}, nullptr},
      {{"check", "core", "names, domains, shapes and axes; the syntax tree to the core IR"},
       nullptr},
      {{"normalise", "normal", "constructor rules: constants fold, guards float, sums are sorted"},
       normalise},
      {{"bind", "bound", "parameters, options and sizes that are known become constants"}, bind},
      {{"stabilise", "stable", "naive formulas to stable primitives"}, stabilise_pass},
      {{"gradients", "grad", "reverse mode, and forward over reverse for Hessian diagonals"},
       gradients},
      {{"tidy", "tidy",
        "the algebra of simplify, so that the sums of derivatives are in one piece"},
       tidy_pass},
      {{"restabilise", "restable", "what differentiating made that cancels or overflows"},
       restabilise_pass},
      {{"simplify", "simplified", "algebra that lowers cost"}, simplify_pass},
      {{"join", "joined", "softmaxes of single classes as parts of the whole softmax"}, join_pass},
      {{"schedule", "schedule", "the graph to loop nests"}, nullptr},
      {{"codegen", "llvm", "loop nests to SIMD LLVM IR, optimised"}, nullptr},
      {{"assemble", "asm", "LLVM IR to machine code for one CPU"}, nullptr},
  };
  return table;
}

/// A label that is differentiated by leaves its whole numbers: what holds of 0 and 1 alone, such as
/// y softplus(−x) + (1 − y) softplus(x) = softplus((1 − 2y) x), has another slope by y. Its domain
/// becomes the first with the same bounds that has all numbers between.
void free_labels(ir::Function& function, const Work& work) {
  for (const auto* arrays : {&work.gradients, &work.hessians, &work.products}) {
    for (const ir::ArrayId id : *arrays) {
      ir::Domain& domain = function.arrays[id.index].domain;
      const ir::DomainInfo& own = ir::info(domain);
      if (!own.integer) continue;
      ir::Domain wider = ir::Domain::real;
      const auto all = ir::all_domains();
      for (std::size_t i = all.size(); i-- > 0;) {
        const bool same = all[i].bounds.low == own.bounds.low &&
                          all[i].bounds.high == own.bounds.high && !all[i].open_low;
        if (same && !all[i].integer) wider = static_cast<ir::Domain>(i);
      }
      domain = wider;
    }
  }
}

/// Why a Hessian diagonal that is asked for cannot be made of what called losses give.
std::optional<std::string> misplaced(const ir::Function& core, ir::ArrayId array,
                                     const autodiff::Curvature& curvature) {
  if (core.find(ir::OutputKind::given_hessian, array) != nullptr) return std::nullopt;
  const bool gauss_newton = curvature.kind == autodiff::Curvature::Kind::gauss_newton;
  const char* why = autodiff::misplaced_curvature(core, array, gauss_newton);
  return why != nullptr ? std::optional<std::string>(why) : std::nullopt;
}

Result<Work> planned(const ir::Function& core, const KernelRequest& request,
                     const PipelineOptions& options) {
  auto binding = complete_binding(core, request.binding);
  if (!binding) return binding.error();
  Work work{request, std::move(*binding), {}, {}, {}, options.trace};
  const auto resolve = [&](const std::vector<std::string>& names,
                           std::vector<ir::ArrayId>& ids) -> Result<void> {
    for (const std::string& name : names) {
      const auto id = differentiated(core, name);
      if (!id) return id.error();
      const bool bound = work.binding.params.contains(name);
      if (bound) {
        return Error{
            fmt::format("\"{}\" is bound to a value: it is a constant, without a gradient", name)};
      }
      if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
    }
    return {};
  };
  if (const auto done = resolve(request.gradients, work.gradients); !done) return done.error();
  if (const auto done = resolve(request.hessians, work.hessians); !done) return done.error();
  if (const auto done = resolve(request.products, work.products); !done) return done.error();
  for (const ir::ArrayId id : work.hessians) {
    if (const auto why = misplaced(core, id, request.curvature)) {
      return Error{fmt::format(
          "the hess clause of a loss that {} calls does not give the Hessian by \"{}\": {}",
          core.name, core.arrays[id.index].name, *why)};
    }
    if (core.arrays[id.index].role == ir::Role::param) {
      return Error{fmt::format("\"{}\" is a param: Hessian diagonals are by a pred (or target)",
                               core.arrays[id.index].name)};
    }
  }
  return work;
}

}  // namespace

const std::vector<std::string>& stages() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Pass& pass : pass_table()) result.push_back(pass.info.stage);
    result.insert(result.end(), {"json", "latex"});
    return result;
  }();
  return names;
}

const std::vector<PassInfo>& passes() {
  static const std::vector<PassInfo> infos = [] {
    std::vector<PassInfo> result;
    for (const Pass& pass : pass_table()) result.push_back(pass.info);
    return result;
  }();
  return infos;
}

Result<ir::Function> lowered(const ir::Function& core, const KernelRequest& request,
                             const PipelineOptions& options) {
  auto work = planned(core, request, options);
  if (!work) return work.error();
  ir::Function function = autodiff::with_directions(core, work->products);
  free_labels(function, *work);
  for (const Pass& pass : pass_table()) {
    if (pass.run == nullptr) continue;
    const auto start = std::chrono::steady_clock::now();
    Result<ir::Function> result = pass.run(function, *work);
    if (!result) return result.error();
    if (options.times != nullptr) {
      (*options.times)[pass.info.name] += std::chrono::steady_clock::now() - start;
    }
    function = std::move(*result);
    if (function.graph.exhausted()) {
      return Error{
          fmt::format("{} grew past {} nodes in pass {}", core.name, node_limit, pass.info.name)};
    }
    if (options.verify) {
      const auto problem = ir::violation(function);
      LOSSC_ASSERT(!problem, fmt::format("pass {} of {}: {}", pass.info.name, core.name, *problem));
    }
    if (options.after) options.after(pass.info, function);
    if (options.stop_after == pass.info.name) break;
  }
  return function;
}

}  // namespace lossc::driver
