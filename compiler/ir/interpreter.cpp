// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's interface: checks an example, evaluates, and hands Reals back. Derivatives are
// taken one element at a time. Where a kink was met, the two one-sided derivatives decide whether
// there is a kink at all: max(x, 0) + log(1 + exp(−|x|)) is smooth, so its derivative at 0 is 1/2.
#include "compiler/ir/interpreter.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_evaluator.h"

namespace lossc::ir {
namespace {

thread_local unsigned real_bits = 256;

Real to_real(const Float& value) {
  Real result;
  mpfr_set_prec(result.backend().data(), mpfr_get_prec(value.get()));
  mpfr_set(result.backend().data(), value.get(), MPFR_RNDN);
  return result;
}

std::optional<Error> mismatch(const Function& function, const Example& example) {
  if (example.sizes.size() != function.sizes.size()) {
    return Error{fmt::format("the example has {} sizes, not {}", example.sizes.size(),
                             function.sizes.size())};
  }
  if (example.arrays.size() != function.arrays.size()) {
    return Error{fmt::format("the example has {} arrays, not {}", example.arrays.size(),
                             function.arrays.size())};
  }
  for (std::size_t i = 0; i < function.arrays.size(); ++i) {
    std::size_t expected = 1;
    for (const SizeId size : function.arrays[i].shape) {
      expected *= static_cast<std::size_t>(example.sizes[size.index]);
    }
    if (example.arrays[i].size() != expected) {
      return Error{fmt::format("`{}` has {} elements, not {}", function.arrays[i].name,
                               example.arrays[i].size(), expected)};
    }
  }
  return std::nullopt;
}

/// An example as the evaluator reads it.
struct Inputs {
  explicit Inputs(const Example& example) {
    for (const std::vector<Real>& array : example.arrays) values.push_back(floats(array));
  }
  static std::vector<Float> floats(const std::vector<Real>& array) {
    std::vector<Float> result;
    result.reserve(array.size());
    for (const Real& element : array) result.emplace_back(element.backend().data());
    return result;
  }
  std::vector<std::vector<Float>> values;
};

const Error too_large{"an intermediate array is too large for the interpreter"};

/// The one element of a root without axes, to this order.
template <int Order>
Result<Jet<Order>> scalar(const Setting& setting, ExprId root, std::optional<Seed> seed,
                          TieRule ties, bool* tied = nullptr) {
  Evaluator<Order> evaluator(setting, seed, ties);
  auto values = evaluator.evaluate(root);
  if (!values) return too_large;
  if (values->size() != 1) return Error{"the output has axes"};
  if ((*values)[0].fault != 0) return Error{evaluator.fault((*values)[0].fault)};
  if (tied != nullptr) *tied = evaluator.tied();
  return std::move((*values)[0]);
}

/// Equal up to half the working precision, relative to the larger.
bool agree(const Float& a, const Float& b) {
  if (a == b) return true;
  if (a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite()) return false;
  const Float difference = a - b;
  return difference.is_zero() ||
         difference.exponent() < std::max(a.exponent(), b.exponent()) - working_precision() / 2;
}

/// The derivatives up to Order along one element.
template <int Order>
Result<Jet<Order>> derivative(const Setting& setting, ExprId root, Seed seed) {
  bool tied = false;
  Result<Jet<Order>> by_convention = scalar<Order>(setting, root, seed, TieRule::convention, &tied);
  if (!by_convention || !tied) return by_convention;
  Result<Jet<Order>> above = scalar<Order>(setting, root, seed, TieRule::one_sided);
  seed.sign = -1;
  Result<Jet<Order>> below = scalar<Order>(setting, root, seed, TieRule::one_sided);
  if (!above || !below || !agree(above->part[1], -below->part[1])) return by_convention;
  if constexpr (Order >= 2) {
    if (!agree(above->part[Order], below->part[Order])) return by_convention;
  }
  return above;
}

/// The expansion along each of the elements (all of them, if none is named), as `part` makes it.
template <int Order, class Part>
auto along(const Function& function, const Output& output, const Example& example, ArrayId array,
           const std::vector<std::size_t>& elements, const Part& part)
    -> Result<std::vector<decltype(part(std::declval<Jet<Order>>()))>> {
  if (auto error = mismatch(function, example)) return *error;
  const WorkingPrecision precision(real_bits);
  const Inputs inputs(example);
  const Setting setting{function.graph, example.sizes, function.arrays, inputs.values};
  std::vector<std::size_t> wanted = elements;
  if (wanted.empty()) {
    for (std::size_t i = 0; i < example.arrays[array.index].size(); ++i) wanted.push_back(i);
  }
  std::vector<decltype(part(std::declval<Jet<Order>>()))> results;
  for (const std::size_t element : wanted) {
    Result<Jet<Order>> jet = derivative<Order>(setting, output.root, Seed{array, element, 1});
    if (!jet) return jet.error();
    results.push_back(part(*jet));
  }
  return results;
}

template <int Order>
Result<std::vector<Real>> all_derivatives(const Function& function, const Output& output,
                                          const Example& example, ArrayId array,
                                          const std::vector<std::size_t>& elements) {
  return along<Order>(function, output, example, array, elements,
                      [](const Jet<Order>& jet) { return to_real(jet.part[Order]); });
}

/// One part of every element of an output; it repeats the root along the axes that the root lacks.
template <int Order>
Result<std::vector<Real>> elements(const Setting& setting, const Output& output,
                                   std::optional<Seed> seed, std::size_t part) {
  Evaluator<Order> evaluator(setting, seed, TieRule::convention);
  auto values = evaluator.evaluate(output.root);
  if (!values) return too_large;
  Walk walk(output.axes, setting.extents);
  walk.add(setting.graph.free_axes(output.root));
  std::vector<Real> results;
  for (std::int64_t i = 0; i < walk.count(); ++i) {
    const Jet<Order>& element = (*values)[walk.offset(0)];
    if (element.fault != 0) return Error{evaluator.fault(element.fault)};
    results.push_back(to_real(element.part[part]));
    walk.next();
  }
  return results;
}

/// Whether a loss that is called gives a derivative of its own: then only hyper-dual numbers tell
/// the second differentiation from the first.
bool gives_derivatives(const Function& function, ExprId root) {
  const Graph& graph = function.graph;
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{root});
  return std::any_of(nodes.begin(), nodes.end(), [&](ExprId node) {
    return graph.op(node) == Op::call && is_given(graph.builtin(node));
  });
}

}  // namespace

Precision::Precision(unsigned bits, std::uint64_t noise)
    : previous_(real_bits), previous_noise_(working_noise) {
  real_bits = bits;
  working_noise = noise;
  Real::default_precision(static_cast<unsigned>(bits * 0.30103) + 1);
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
}

Precision::~Precision() {
  real_bits = previous_;
  working_noise = previous_noise_;
  Real::default_precision(static_cast<unsigned>(previous_ * 0.30103) + 1);
}

Result<std::vector<std::int64_t>> extents(const Function& function,
                                          const std::map<std::string, std::int64_t>& symbols) {
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < function.sizes.size(); ++i) {
    const Size& size = function.sizes[i];
    std::int64_t extent = size.offset;
    if (!size.symbol.empty()) {
      const auto found = symbols.find(size.symbol);
      if (found == symbols.end()) {
        return Error{fmt::format("the size {} is not given", size.symbol)};
      }
      if (found->second < 0) {
        return Error{fmt::format("the size {} is {}", size.symbol, found->second)};
      }
      if (__builtin_add_overflow(found->second, size.offset, &extent)) {
        return Error{fmt::format("the size {} is too large", size.text())};
      }
    }
    if (extent < 0 && function.is_of_array({static_cast<std::uint16_t>(i)})) {
      return Error{fmt::format("the size {} is {}", size.text(), extent)};
    }
    result.push_back(std::max<std::int64_t>(extent, 0));
  }
  return result;
}

Result<std::vector<Real>> interpret(const Function& function, const Output& output,
                                    const Example& example) {
  if (auto error = mismatch(function, example)) return *error;
  const WorkingPrecision precision(real_bits);
  const Inputs inputs(example);
  const Setting setting{function.graph, example.sizes, function.arrays, inputs.values};
  return elements<0>(setting, output, std::nullopt, 0);
}

Result<std::vector<Real>> slope(const Function& function, const Output& output,
                                const Example& example, ArrayId array,
                                const std::vector<Real>& direction) {
  if (auto error = mismatch(function, example)) return *error;
  const WorkingPrecision precision(real_bits);
  const Inputs inputs(example);
  const Setting setting{function.graph, example.sizes, function.arrays, inputs.values, false};
  const std::vector<Float> along = Inputs::floats(direction);
  return elements<hyper_dual>(setting, output, Seed{array, 0, 1, &along}, 2);
}

Result<bool> interpret_condition(const Function& function, ExprId condition,
                                 const Example& example) {
  if (auto error = mismatch(function, example)) return *error;
  const WorkingPrecision precision(real_bits);
  const Inputs inputs(example);
  const Setting setting{function.graph, example.sizes, function.arrays, inputs.values};
  Result<Jet<0>> value = scalar<0>(setting, condition, std::nullopt, TieRule::convention);
  if (!value) return value.error();
  return !value->value().is_zero();
}

Result<std::vector<Real>> derivatives(const Function& function, const Output& output,
                                      const Example& example, ArrayId array,
                                      const std::vector<std::size_t>& elements) {
  return all_derivatives<1>(function, output, example, array, elements);
}

Result<std::vector<Real>> second_derivatives(const Function& function, const Output& output,
                                             const Example& example, ArrayId array,
                                             const std::vector<std::size_t>& elements) {
  if (gives_derivatives(function, output.root)) {
    return all_derivatives<hyper_dual>(function, output, example, array, elements);
  }
  return all_derivatives<2>(function, output, example, array, elements);
}

Result<std::vector<Real>> hessian_product(const Function& function, const Output& output,
                                          const Example& example, ArrayId array,
                                          const std::vector<Real>& direction) {
  if (auto error = mismatch(function, example)) return *error;
  const WorkingPrecision precision(real_bits);
  const Inputs inputs(example);
  const Setting setting{function.graph, example.sizes, function.arrays, inputs.values, false};
  const std::vector<Float> along = Inputs::floats(direction);
  std::vector<Real> results;
  for (std::size_t i = 0; i < along.size(); ++i) {
    const auto jet =
        derivative<hyper_dual>(setting, output.root, Seed{array, i, 1, nullptr, &along});
    if (!jet) return jet.error();
    results.push_back(to_real(jet->part[hyper_dual]));
  }
  return results;
}

Result<std::vector<Expansion2>> expansions(const Function& function, const Output& output,
                                           const Example& example, ArrayId array,
                                           const std::vector<std::size_t>& elements) {
  const auto part = []<int Order>(const Jet<Order>& jet) {
    return Expansion2{to_real(jet.part[0]), to_real(jet.part[1]), to_real(jet.part[Order])};
  };
  if (gives_derivatives(function, output.root)) {
    return along<hyper_dual>(function, output, example, array, elements, part);
  }
  return along<2>(function, output, example, array, elements, part);
}

double constant_value(const Graph& graph, ExprId id, unsigned bits) {
  const WorkingPrecision precision(bits);
  const Setting setting{graph, {}, {}, {}};
  Result<Jet<0>> value = scalar<0>(setting, id, std::nullopt, TieRule::convention);
  return value ? value->value().to_double() : Float::nan().to_double();
}

}  // namespace lossc::ir
