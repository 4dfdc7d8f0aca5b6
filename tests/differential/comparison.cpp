// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/driver/request.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter.h"
#include "tests/differential/error_bound.h"

// The public interface comes after every header of the compiler (see compiler_result.h).
#include "tests/differential/comparison.h"

namespace lossc::testing {
namespace {

using ir::Array;
using ir::ArrayId;
using ir::Domain;
using ir::Example;
using ir::OutputKind;
using ir::Real;

double uniform(std::mt19937_64& random, double low, double high) {
  const double value = low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  return static_cast<double>(static_cast<float>(value));
}

double random_element(const Array& array, std::int64_t classes, std::mt19937_64& random) {
  switch (array.domain) {
    case Domain::real:
      return uniform(random, -3, 3);
    case Domain::logit:
      return uniform(random, -6, 6);
    case Domain::positive:
    case Domain::nonnegative:
      return uniform(random, 0.1, 3);
    case Domain::probability:
    case Domain::simplex:
      return uniform(random, 0.02, 0.98);
    case Domain::log_probability:
      return uniform(random, -5, 0);
    case Domain::binary:
    case Domain::bool_:
      return static_cast<double>(random() % 2);
    case Domain::sign:
      return random() % 2 == 0 ? -1 : 1;
    case Domain::count:
      return static_cast<double>(random() % 6);
    case Domain::class_:
      if (array.ignore && random() % 4 == 0) return static_cast<double>(*array.ignore);
      return static_cast<double>(random() % static_cast<std::uint64_t>(classes));
    case Domain::one_of:
      return 0;
  }
  return 0;
}

/// Rows of a simplex sum to 1 up to rounding.
void normalise_rows(std::vector<double>& values, std::size_t row) {
  for (std::size_t begin = 0; begin + row <= values.size() && row > 0; begin += row) {
    double sum = 0;
    for (std::size_t i = 0; i < row; ++i) sum += values[begin + i];
    for (std::size_t i = 0; i < row; ++i) {
      values[begin + i] = static_cast<double>(static_cast<float>(values[begin + i] / sum));
    }
  }
}

/// Whether the host gives one for each example of its batch.
bool is_per_example(const ir::Function& function, const Array& array) {
  return array.role != ir::Role::param && !driver::is_batch(function);
}

std::size_t elements(const Array& array, const std::vector<std::int64_t>& extents) {
  std::size_t count = 1;
  for (const ir::SizeId size : array.shape) {
    count *= static_cast<std::size_t>(extents[size.index]);
  }
  return count;
}

std::vector<std::int64_t> extents_of(const ir::Function& function, const BatchData& data) {
  auto extents = ir::extents(function, data.sizes);
  return extents ? *extents : std::vector<std::int64_t>(function.sizes.size(), 1);
}

Example example(const ir::Function& function, const BatchData& data, std::int64_t position) {
  Example result;
  result.sizes = extents_of(function, data);
  for (std::size_t i = 0; i < function.arrays.size(); ++i) {
    const Array& array = function.arrays[i];
    const std::size_t count = elements(array, result.sizes);
    const std::size_t begin =
        !is_per_example(function, array) ? 0 : count * static_cast<std::size_t>(position);
    std::vector<Real>& values = result.arrays.emplace_back();
    for (std::size_t k = 0; k < count; ++k) values.emplace_back(data.arrays[i][begin + k]);
  }
  return result;
}

/// Storage of one array in the kernel's type.
struct Stored {
  std::vector<float> f32;
  std::vector<double> f64;
  std::vector<std::int32_t> i32;
  std::vector<std::int64_t> sizes;
  lossc::DataType type{};

  template <class T>
  static void fill(std::vector<T>& to, const std::vector<double>& from) {
    for (const double v : from) to.push_back(static_cast<T>(v));
  }
  lossc::View view() const {
    if (type == lossc::DataType::i32) return {i32.data(), type, sizes};
    if (type == lossc::DataType::f64) return {f64.data(), type, sizes};
    return {f32.data(), type, sizes};
  }
  lossc::MutableView target() {
    void* data = type == lossc::DataType::f64 ? static_cast<void*>(f64.data()) : f32.data();
    return {data, type, sizes};
  }
};

Stored stored(const ir::Function& function, ArrayId id, const BatchData& data,
              const std::vector<double>& values, const std::vector<std::int64_t>& extents,
              lossc::DataType dtype) {
  const Array& array = function.arrays[id.index];
  Stored result;
  result.type = array.domain == Domain::class_ ? lossc::DataType::i32 : dtype;
  if (is_per_example(function, array)) result.sizes.push_back(data.batch);
  for (const ir::SizeId size : array.shape) result.sizes.push_back(extents[size.index]);
  if (array.domain == Domain::class_) {
    Stored::fill(result.i32, values);
  } else if (dtype == lossc::DataType::f64) {
    Stored::fill(result.f64, values);
  } else {
    Stored::fill(result.f32, values);
  }
  return result;
}

struct Check {
  double slack;
  double tiny;  ///< least subnormal: rounding of what underflows
  double largest;
  Tally& tally;

  /// Empty if fine.
  std::string operator()(const std::string& what, double got, const Real& exact, double error) {
    ++tally.compared;
    const auto want = static_cast<double>(exact);
    if (std::isinf(error)) {
      ++tally.undecided;
      return {};
    }
    if (std::isnan(want) && std::isnan(got)) return {};
    if (want == got || std::fabs(want) > largest) return {};
    const double off = std::fabs(static_cast<double>(Real(got) - exact));
    const double allowed = slack * error + 2 * tiny;
    tally.worst = std::max(tally.worst, off / allowed);
    if (off <= allowed) return {};
    return fmt::format("{}: compiled {:.17g}, exact {:.17g}, off by {:.3g}, bound {:.3g}\n", what,
                       got, want, off, allowed);
  }
};

/// One of the derivatives that are compared.
struct Derivative {
  ArrayId array;
  bool hessian;

  OutputKind given() const {
    return hessian ? OutputKind::given_hessian : OutputKind::given_gradient;
  }
  const ir::Output& output(const ir::Function& lowered) const {
    const ir::Output* found =
        lowered.find(hessian ? OutputKind::hessian : OutputKind::gradient, array);
    return found != nullptr ? *found : *lowered.find(given(), array);
  }
  std::string text(const ir::Function& function, std::size_t element) const {
    return fmt::format("{} {}[{}]", hessian ? "hess" : "grad", function.arrays[array.index].name,
                       element);
  }
};

std::vector<Derivative> derivatives(const Subject& subject) {
  std::vector<Derivative> result;
  for (const ArrayId array : subject.gradients) result.push_back({array, false});
  for (const ArrayId array : subject.hessians) result.push_back({array, true});
  return result;
}

/// Everything expected of a batch under reduction `sum`.
struct Expected {
  std::vector<Bounded> values;
  Bounded sum;
  std::vector<std::vector<Bounded>> derivatives;  ///< by position in derivatives(subject)
};

void accumulate(Bounded& total, const Real& value, double error) {
  total.value += value;
  total.error += error;
}

Expected expected(const Subject& subject, const BatchData& data, double roundoff) {
  Expected result;
  result.sum.value = 0;
  const std::vector<Derivative> wanted = derivatives(subject);
  result.derivatives.resize(wanted.size());
  const ir::Function& f = subject.lowered;
  const auto extents = extents_of(f, data);
  for (std::size_t g = 0; g < wanted.size(); ++g) {
    const Array& array = f.arrays[wanted[g].array.index];
    if (array.role == ir::Role::param) {
      result.derivatives[g].assign(elements(array, extents), Bounded{Real(0), 0});
    }
  }
  for (std::int64_t i = 0; i < data.batch; ++i) {
    const Example one = example(f, data, i);
    Real weight = 1;
    double weight_error = 0;
    if (const ir::Output* output = f.find(OutputKind::weight)) {
      const Bounded w = bounded(f, *output, one, roundoff)[0];
      weight = w.value;
      weight_error = w.error;
    }
    // An example of weight 0 is skipped, whatever it holds.
    const auto weighted = [&](const Bounded& x) {
      if (weight == 0) return Bounded{Real(0), 0};
      const double w = std::fabs(static_cast<double>(weight));
      const double v = std::fabs(static_cast<double>(x.value));
      return Bounded{weight * x.value, w * x.error + weight_error * v + 4 * roundoff * w * v};
    };
    const Bounded value = weighted(bounded(f, *f.find(OutputKind::value), one, roundoff)[0]);
    accumulate(result.sum, value.value, value.error);
    result.values.push_back(value);
    for (std::size_t g = 0; g < wanted.size(); ++g) {
      const auto derivative = bounded(f, wanted[g].output(f), one, roundoff);
      for (std::size_t k = 0; k < derivative.size(); ++k) {
        const Bounded element = weighted(derivative[k]);
        if (f.arrays[wanted[g].array.index].role == ir::Role::param) {
          accumulate(result.derivatives[g][k], element.value, element.error);
        } else {
          result.derivatives[g].push_back(element);
        }
      }
    }
  }
  return result;
}

/// Of a gradient that was given, how each of these elements moves with its own element of the
/// array.
runtime::CompilerResult<std::vector<Real>> diagonal_of_given(
    const ir::Function& core, const ir::Output& gradient, const Example& one, ArrayId array,
    const std::vector<std::size_t>& chosen) {
  std::vector<Real> result;
  for (const std::size_t element : chosen) {
    std::vector<Real> unit(one.arrays[array.index].size(), Real(0));
    unit[element] = 1;
    auto column = ir::slope(core, gradient, one, array, unit);
    if (!column) return column.error();
    result.push_back((*column)[element]);
  }
  return result;
}

}  // namespace

BatchData random_data(const ir::Function& function, std::int64_t batch, std::int64_t extent,
                      std::mt19937_64& random) {
  std::map<std::string, std::int64_t> sizes;
  for (const std::string& symbol : driver::size_symbols(function)) sizes[symbol] = extent;
  return random_data(function, batch, sizes, random);
}

BatchData random_data(const ir::Function& function, std::int64_t batch,
                      const std::map<std::string, std::int64_t>& sizes, std::mt19937_64& random) {
  BatchData data;
  data.batch = batch;
  data.sizes = sizes;
  const auto extents = extents_of(function, data);
  for (const Array& array : function.arrays) {
    std::size_t count = elements(array, extents);
    if (is_per_example(function, array)) count *= static_cast<std::size_t>(batch);
    std::vector<double>& values = data.arrays.emplace_back();
    const std::int64_t classes = array.domain == Domain::class_ ? extents[array.classes.index] : 1;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(random_element(array, classes, random));
    }
    if (array.domain == Domain::simplex && !array.shape.empty()) {
      normalise_rows(values, static_cast<std::size_t>(extents[array.shape.back().index]));
    }
  }
  return data;
}

bool is_possible(const ir::Function& function, const BatchData& data) {
  if (!ir::extents(function, data.sizes)) return false;
  if (data.batch == 0) return true;
  const Example one = example(function, data, 0);
  return std::all_of(function.requirements.begin(), function.requirements.end(),
                     [&](const ir::Requirement& requirement) {
                       const auto holds =
                           ir::interpret_condition(function, requirement.condition, one);
                       return holds.ok() && *holds;
                     });
}

runtime::CompilerResult<Subject> subject(const ir::Function& core, bool hessians,
                                         const std::map<std::string, std::int64_t>& options) {
  Subject result;
  result.name = core.module + "." + core.name;
  result.core = core;
  result.options = options;
  driver::KernelRequest request;
  for (const auto& [name, word] : options) {
    request.binding.params[name] = {ir::Number(static_cast<long>(word))};
  }
  for (std::size_t i = 0; i < core.arrays.size() && !driver::is_metric(core); ++i) {
    const Array& array = core.arrays[i];
    if (array.role == ir::Role::target || ir::info(array.domain).integer) continue;
    const ArrayId id{static_cast<std::uint16_t>(i)};
    request.gradients.push_back(array.name);
    result.gradients.push_back(id);
    if (!hessians || array.role != ir::Role::pred) continue;
    request.hessians.push_back(array.name);
    result.hessians.push_back(id);
  }
  driver::PipelineOptions pipeline;
  pipeline.verify = true;
  auto lowered = driver::lowered(core, request, pipeline);
  if (!lowered) return lowered.error();
  result.lowered = std::move(*lowered);
  return result;
}

std::string compare_compiled(const Subject& subject, const lossc::Kernel& kernel,
                             const BatchData& data, double slack, Tally& tally) {
  const bool f64 = kernel.dtype() == lossc::DataType::f64;
  const double roundoff = f64 ? 0x1p-53 : 0x1p-24;
  const ir::Precision precision(256);
  const Expected want = expected(subject, data, roundoff);
  const ir::Function& f = subject.lowered;
  const auto extents = extents_of(f, data);

  std::vector<Stored> arrays, outputs;
  for (std::size_t i = 0; i < f.arrays.size(); ++i) {
    const ArrayId id{static_cast<std::uint16_t>(i)};
    arrays.push_back(stored(f, id, data, data.arrays[i], extents, kernel.dtype()));
  }
  const std::vector<Derivative> wanted = derivatives(subject);
  for (const Derivative& derivative : wanted) {
    const std::vector<double> unset(data.arrays[derivative.array.index].size(), -77);
    outputs.push_back(stored(f, derivative.array, data, unset, extents, kernel.dtype()));
  }
  std::vector<lossc::Input> inputs;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (subject.options.contains(f.arrays[i].name)) continue;
    inputs.push_back({f.arrays[i].name, arrays[i].view()});
  }
  Stored values;
  values.type = kernel.dtype();
  values.sizes = {data.batch};
  (f64 ? void(values.f64.resize(static_cast<std::size_t>(data.batch)))
       : void(values.f32.resize(static_cast<std::size_t>(data.batch))));
  lossc::CallOptions options;
  options.reduction = lossc::Reduction::sum;
  for (const auto& [symbol, extent] : data.sizes) options.sizes.emplace_back(symbol, extent);
  for (std::size_t g = 0; g < outputs.size(); ++g) {
    const std::string& name = f.arrays[wanted[g].array.index].name;
    (wanted[g].hessian ? options.hessians : options.gradients)
        .push_back({name, outputs[g].target()});
  }
  if (!driver::is_batch(f)) options.values = values.target();
  auto result = kernel.call(inputs, options);
  if (!result) return "call failed: " + result.error().message + "\n";

  Check check{slack, f64 ? 0x1p-1074 : 0x1p-149, f64 ? 1.7e308 : 3.4e38, tally};
  std::string problems = check("sum", result->value, want.sum.value, want.sum.error);
  for (std::size_t i = 0; i < want.values.size() && !driver::is_batch(f); ++i) {
    const double got = f64 ? values.f64[i] : static_cast<double>(values.f32[i]);
    problems += check(fmt::format("value[{}]", i), got, want.values[i].value, want.values[i].error);
  }
  for (std::size_t g = 0; g < outputs.size(); ++g) {
    for (std::size_t k = 0; k < want.derivatives[g].size(); ++k) {
      const double got = f64 ? outputs[g].f64[k] : static_cast<double>(outputs[g].f32[k]);
      problems += check(wanted[g].text(f, k), got, want.derivatives[g][k].value,
                        want.derivatives[g][k].error);
      if (problems.size() > 2000) return problems + "…\n";
    }
  }
  return problems;
}

std::string compare_derivatives(const Subject& subject, const BatchData& data,
                                std::size_t elements_per_array) {
  if (data.batch == 0) return {};
  const ir::Precision precision(384);
  const ir::Function& core = subject.core;
  const Example one = example(core, data, 0);
  std::string problems;
  const auto compare = [&](const std::string& what, const Real& got, const Real& want,
                           const Real& scale) {
    if (got == want || abs(got - want) <= scale * Real(1e-40)) return;
    problems += fmt::format("{}: symbolic {:.17g}, dual {:.17g}\n", what, static_cast<double>(got),
                            static_cast<double>(want));
  };
  // The lowered function may have more sizes; its arrays are the same.
  Example lowered = one;
  lowered.sizes = extents_of(subject.lowered, data);
  const ir::Output& of_value = *core.find(OutputKind::value);
  const auto value = ir::interpret(core, of_value, one);
  const auto stable =
      ir::interpret(subject.lowered, *subject.lowered.find(OutputKind::value), lowered);
  if (!value || !stable) return "the interpreter failed\n";
  compare("value", (*stable)[0], (*value)[0], abs((*value)[0]) + Real(1e-30));
  for (const Derivative& derivative : derivatives(subject)) {
    const ArrayId array = derivative.array;
    const auto symbolic =
        ir::interpret(subject.lowered, derivative.output(subject.lowered), lowered);
    if (!symbolic) return symbolic.error().message + "\n";
    std::vector<std::size_t> chosen;
    const ir::Output* given = core.find(derivative.given(), array);
    const ir::Output* slope = core.find(OutputKind::given_gradient, array);
    const bool of_given = derivative.hessian && given == nullptr && slope != nullptr;
    const std::size_t step =
        given != nullptr ? 1 : std::max<std::size_t>(1, symbolic->size() / elements_per_array);
    for (std::size_t k = 0; k < symbolic->size(); k += step) chosen.push_back(k);
    if (chosen.empty()) continue;
    const auto dual = given != nullptr ? ir::interpret(core, *given, one)
                      : of_given       ? diagonal_of_given(core, *slope, one, array, chosen)
                      : derivative.hessian
                          ? ir::second_derivatives(core, of_value, one, array, chosen)
                          : ir::derivatives(core, of_value, one, array, chosen);
    if (!dual) return dual.error().message + "\n";
    Real scale = 1e-30;
    for (const Real& d : *dual) scale = std::max<Real>(scale, abs(d));
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      // A pole times 0, of which dual numbers of second order do not know what it is.
      if (derivative.hessian && isnan((*dual)[k])) continue;
      compare(derivative.text(core, chosen[k]), (*symbolic)[chosen[k]], (*dual)[k], scale);
    }
  }
  return problems;
}

api::Result<api::Kernel> kernel(const lossc::Module& module, const Subject& subject,
                                lossc::DataType dtype, unsigned width) {
  lossc::KernelOptions options;
  for (const ArrayId array : subject.gradients) {
    options.gradients.push_back(subject.core.arrays[array.index].name);
  }
  for (const ArrayId array : subject.hessians) {
    options.hessians.push_back(subject.core.arrays[array.index].name);
  }
  for (const auto& [name, word] : subject.options) {
    const Array& array = subject.core.arrays[subject.core.find_array(name)->index];
    const bool is_word = array.domain == Domain::one_of;
    options.bind.push_back(
        {name, is_word ? lossc::ParamValue(array.options[static_cast<std::size_t>(word)])
                       : lossc::ParamValue(word)});
  }
  options.dtype = dtype;
  options.width = width;
  return module.kernel(subject.core.name, options);
}

}  // namespace lossc::testing
