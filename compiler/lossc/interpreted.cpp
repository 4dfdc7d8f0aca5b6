// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `eval --interpret`: the author's formula by the reference interpreter at 2048 bits. The call is
// checked and laid out as a native one is; then every example is read, evaluated and reduced here.
// Numbers are those that native code would read (rounded to the dtype), save what -D binds, which
// is exact.
#include "compiler/ir/interpreter.h"
#include "compiler/ir/rational.h"
#include "compiler/lossc/call_arguments.h"
//
#include <cstring>
#include <limits>

#include "runtime/compilation.h"
#include "runtime/messages.h"
#include "runtime/plan.h"

namespace lossc::cli {
namespace {

using ir::Real;
using runtime::CompilerError;
using runtime::CompilerResult;
using runtime::Operand;
using runtime::Plan;

// 1 - sigmoid(x), as an author writes it, needs 1.44 x bits before it is not 0: enough for every x
// whose exponential is a double.
constexpr unsigned precision_bits = 2048;

Real real_of(const ir::Number& number) {
  switch (number.kind()) {
    case ir::Number::Kind::infinity:
      return std::numeric_limits<double>::infinity();
    case ir::Number::Kind::minus_infinity:
      return -std::numeric_limits<double>::infinity();
    case ir::Number::Kind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case ir::Number::Kind::finite:
      break;
  }
  const boost::multiprecision::mpq_rational value = number.rational().value();
  return Real(boost::multiprecision::numerator(value).str()) /
         Real(boost::multiprecision::denominator(value).str());
}

NamedTensors& tensors_of(EvaluationResult& result, runtime::DerivativeKind kind) {
  return kind == runtime::DerivativeKind::gradient  ? result.gradients
         : kind == runtime::DerivativeKind::hessian ? result.hessians
                                                    : result.products;
}

class Interpretation {
 public:
  Interpretation(const EvaluationRequest& request, const Plan& plan)
      : function_(*request.core), request_(request), plan_(plan) {}

  CompilerResult<EvaluationResult> run() {
    prepare();
    for (std::int64_t example = 0; example < plan_.examples; ++example) {
      read(example);
      if (auto problem = bad_label(example)) return CompilerError{*problem};
      if (auto done = add(example); !done) return done.error();
    }
    return reduced();
  }

 private:
  struct Derivative {
    ir::ArrayId array;
    runtime::DerivativeKind kind{};
    std::vector<Real> values;  ///< per element of the output, batch first
  };

  void prepare() {
    example_.sizes = plan_.extents;
    example_.arrays.resize(function_.arrays.size());
    directions_.resize(function_.arrays.size());
    for (const auto& [name, values] : request_.binding.params) bind(name, values);
    for (const runtime::Derivative& derivative : plan_.program->derivatives) {
      const ir::ArrayId array{static_cast<std::uint16_t>(derivative.parameter)};
      derivatives_.push_back({array, derivative.kind, {}});
      if (!function_.per_example(array))
        derivatives_.back().values.resize(elements(array), Real(0));
    }
    for (std::size_t i = 0; i < function_.arrays.size(); ++i) {
      const ir::Array& array = function_.arrays[i];
      const bool unbound = example_.arrays[i].empty() && !plan_.inputs[i].present;
      if (unbound && array.has_default) bind(array.name, array.default_values);  // options
    }
  }

  void bind(const std::string& name, const std::vector<ir::Number>& values) {
    const ir::ArrayId id = *function_.find_array(name);
    std::vector<Real>& target = example_.arrays[id.index];
    target.clear();
    for (const ir::Number& value : values) target.push_back(real_of(value));
    if (target.size() == 1) target.resize(elements(id), target[0]);
  }

  std::size_t elements(ir::ArrayId array) const {
    std::size_t count = 1;
    for (const ir::SizeId id : function_.arrays[array.index].shape) {
      count *= static_cast<std::size_t>(plan_.extents[id.index]);
    }
    return count;
  }

  double element(const Operand& operand, std::int64_t offset, bool label) const {
    const char* place = operand.data + offset * operand.element_bytes;
    if (label) {
      std::int64_t value = 0;
      std::memcpy(&value, place, sizeof value);
      return static_cast<double>(value);
    }
    if (operand.element_bytes == 4) {
      float value = 0;
      std::memcpy(&value, place, sizeof value);
      return static_cast<double>(value);
    }
    double value = 0;
    std::memcpy(&value, place, sizeof value);
    return value;
  }

  std::int64_t start(const Operand& operand, std::int64_t example) const {
    if (!operand.per_example) return 0;
    std::int64_t offset = 0;
    for (std::size_t axis = plan_.batch.size(); axis-- > 0;) {
      offset += example % plan_.batch[axis] * operand.batch_strides[axis];
      example /= plan_.batch[axis];
    }
    return offset;
  }

  void read(std::int64_t example) {
    for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
      const Operand& operand = plan_.inputs[i];
      if (!operand.present) continue;
      const bool label = plan_.program->parameters[i].is_label;
      const bool own = i < function_.arrays.size();
      const ir::ArrayId array =
          own ? ir::ArrayId{static_cast<std::uint16_t>(i)}
              : *function_.find_array(plan_.program->parameters[i].direction_of);
      std::vector<Real>& values = own ? example_.arrays[i] : directions_[array.index];
      const std::size_t count = elements(array);
      values.resize(count);
      for (std::size_t k = 0; k < count; ++k) {
        std::int64_t offset = start(operand, example);
        auto rest = static_cast<std::int64_t>(k);
        for (std::size_t axis = operand.sizes.size(); axis-- > 0;) {
          offset += rest % operand.sizes[axis] * operand.strides[axis];
          rest /= operand.sizes[axis];
        }
        values[k] = element(operand, offset, label);
      }
    }
  }

  std::optional<std::string> bad_label(std::int64_t example) const {
    for (std::size_t i = 0; i < function_.arrays.size(); ++i) {
      const ir::Array& array = function_.arrays[i];
      if (array.domain != ir::Domain::class_ || !plan_.inputs[i].present) continue;
      const std::int64_t classes = plan_.extents[array.classes.index];
      for (const Real& value : example_.arrays[i]) {
        const auto label = value.convert_to<double>();
        const bool ignored = array.ignore && label == static_cast<double>(*array.ignore);
        if (ignored || (label >= 0 && label < static_cast<double>(classes))) continue;
        return "label " + runtime::text_of(label) + " of \"" + array.name + "\" in example " +
               std::to_string(example) + " is out of range: " +
               (classes > 0 ? "its classes are 0 to " + std::to_string(classes - 1)
                            : std::string("there are no classes"));
      }
    }
    return std::nullopt;
  }

  CompilerResult<Real> scalar(ir::OutputKind kind, const Real& otherwise) const {
    const ir::Output* output = function_.find(kind);
    if (output == nullptr) return otherwise;
    auto values = ir::interpret(function_, *output, example_);
    if (!values) return values.error();
    return (*values)[0];
  }

  CompilerResult<std::vector<Real>> derivative(const Derivative& wanted) const {
    using ir::OutputKind;
    const ir::Output& value = *function_.find(OutputKind::value);
    switch (wanted.kind) {
      case runtime::DerivativeKind::gradient:
        if (const auto* clause = function_.find(OutputKind::given_gradient, wanted.array)) {
          return ir::interpret(function_, *clause, example_);
        }
        return ir::derivatives(function_, value, example_, wanted.array);
      case runtime::DerivativeKind::hessian:
        return curvature(wanted, value);
      case runtime::DerivativeKind::product:
        break;
    }
    const std::vector<Real>& direction = directions_[wanted.array.index];
    if (const auto* clause = function_.find(OutputKind::given_gradient, wanted.array)) {
      return ir::slope(function_, *clause, example_, wanted.array, direction);
    }
    return ir::hessian_product(function_, value, example_, wanted.array, direction);
  }

  /// The diagonal of the Hessian: a clause, the slope of a gradient that is given, or derived.
  CompilerResult<std::vector<Real>> diagonal(ir::ArrayId array, const ir::Output& value) const {
    if (const auto* clause = function_.find(ir::OutputKind::given_hessian, array)) {
      return ir::interpret(function_, *clause, example_);
    }
    const ir::Output* gradient = function_.find(ir::OutputKind::given_gradient, array);
    if (gradient == nullptr) return ir::second_derivatives(function_, value, example_, array);
    std::vector<Real> result(elements(array), Real(0));
    for (std::size_t i = 0; i < result.size(); ++i) {
      std::vector<Real> unit(result.size(), Real(0));
      unit[i] = 1;
      auto column = ir::slope(function_, *gradient, example_, array, unit);
      if (!column) return column;
      result[i] = (*column)[i];
    }
    return result;
  }

  CompilerResult<std::vector<Real>> curvature(const Derivative& wanted,
                                              const ir::Output& value) const {
    auto found = diagonal(wanted.array, value);
    if (!found) return found;
    const autodiff::Curvature& how = request_.curvature;
    for (Real& number : *found) {
      if (how.kind == autodiff::Curvature::Kind::absolute) number = abs(number);
      number *= how.scale;
      if (how.floor && number < *how.floor) number = *how.floor;
      if (how.ceiling && number > *how.ceiling) number = *how.ceiling;
    }
    return found;
  }

  CompilerResult<bool> add(std::int64_t example) {
    const auto weight = scalar(ir::OutputKind::weight, Real(1));
    if (!weight) return weight.error();
    const auto divisor = scalar(ir::OutputKind::divisor, *weight);
    if (!divisor) return divisor.error();
    Real host = 1;
    if (plan_.weights.present) host = element(plan_.weights, start(plan_.weights, example), false);
    const Real factor = *weight * host;
    divisor_ += *divisor * host;
    Real value = 0;
    if (factor != 0) {
      const auto own = scalar(ir::OutputKind::value, Real(0));
      if (!own) return own.error();
      value = factor * *own;
    }
    values_.push_back(value);
    sum_ += value;
    for (Derivative& wanted : derivatives_) {
      std::vector<Real> terms(elements(wanted.array), Real(0));
      if (factor != 0) {
        auto found = derivative(wanted);
        if (!found) return found.error();
        terms = std::move(*found);
        for (Real& term : terms) term *= factor;
      }
      if (function_.per_example(wanted.array)) {
        wanted.values.insert(wanted.values.end(), terms.begin(), terms.end());
      } else {
        for (std::size_t i = 0; i < terms.size(); ++i) wanted.values[i] += terms[i];
      }
    }
    return true;
  }

  EvaluationResult reduced() const {
    EvaluationResult result;
    const bool mean = request_.reduction == Reduction::mean;
    const bool empty = mean && divisor_ == 0;
    const Real scale = mean && !empty ? Real(1 / divisor_) : Real(1);
    result.divisor = divisor_.convert_to<double>();
    result.value = empty ? 0.0 : Real(mean ? Real(sum_ / divisor_) : sum_).convert_to<double>();
    for (const Real& value : values_) result.values.values.push_back(value.convert_to<double>());
    for (const Derivative& wanted : derivatives_) {
      Tensor tensor;
      for (const Real& value : wanted.values) {
        tensor.values.push_back(empty ? 0.0 : Real(value * scale).convert_to<double>());
      }
      const std::string& name = function_.arrays[wanted.array.index].name;
      tensors_of(result, wanted.kind).emplace_back(name, std::move(tensor));
    }
    return result;
  }

  const ir::Function& function_;
  const EvaluationRequest& request_;
  const Plan& plan_;
  ir::Example example_;
  std::vector<std::vector<Real>> directions_;  ///< by ArrayId: of Hessian products
  std::vector<Derivative> derivatives_;
  std::vector<Real> values_;
  Real sum_ = 0;
  Real divisor_ = 0;
};

}  // namespace

CompilerResult<EvaluationResult> interpreted(const EvaluationRequest& request) {
  if (request.curvature.kind == autodiff::Curvature::Kind::gauss_newton) {
    return CompilerError{"--interpret knows exact and abs curvature, not gauss-newton"};
  }
  const ir::Precision precision(precision_bits);
  const CallArguments arguments(request);
  const auto program = runtime::interpreted_program(*request.core, arguments.kernel_options());
  if (!program) return CompilerError{program.error().message};
  const auto plan = runtime::planned(*program, arguments.inputs(), arguments.options(), 1);
  if (!plan) return CompilerError{plan.error().message};
  auto result = Interpretation(request, *plan).run();
  if (!result) return result;
  // Shapes as the native call would give them; the numbers are the interpreter's.
  EvaluationResult shapes;
  arguments.collect(shapes);
  result->values.shape = shapes.values.shape;
  for (const runtime::DerivativeRow& row : runtime::derivative_kinds) {
    NamedTensors& tensors = tensors_of(*result, row.kind);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      tensors[i].second.shape = tensors_of(shapes, row.kind)[i].second.shape;
    }
  }
  return result;
}

}  // namespace lossc::cli
