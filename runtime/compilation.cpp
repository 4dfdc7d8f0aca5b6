// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/pipeline.h"
#include "compiler/driver/request.h"
#include "compiler/driver/suggest.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter.h"
#include "compiler/jit/jit.h"
#include "compiler/schedule/schedule.h"
#include "compiler/support/large_stack.h"
//
#include <algorithm>
#include <cmath>
#include <map>
#include <new>

#include "runtime/compilation.h"

namespace lossc::runtime {
namespace {

/// Parsing, LLVM and the checker recurse to a limited depth that may be more than a caller's stack.
constexpr std::size_t compiler_stack = std::size_t{64} << 20;

api::Argument::Role role_of(ir::Role role) {
  switch (role) {
    case ir::Role::pred:
      return api::Argument::Role::pred;
    case ir::Role::target:
      return api::Argument::Role::target;
    case ir::Role::param:
      break;
  }
  return api::Argument::Role::param;
}

/// All arrays 0: conditions read params only, but every array has its elements.
ir::Example blank_example(const ir::Function& function, const std::vector<std::int64_t>& extents) {
  ir::Example example;
  example.sizes = extents;
  for (const ir::Array& array : function.arrays) {
    std::size_t count = 1;
    for (const ir::SizeId size : array.shape) {
      count *= static_cast<std::size_t>(extents[size.index]);
    }
    example.arrays.emplace_back(count, ir::Real(0));
  }
  return example;
}

class FunctionProgram : public Program {
 public:
  explicit FunctionProgram(ir::Function function) : function_(std::move(function)) {}

  const ir::Function& function() const { return function_; }

  api::Result<std::optional<std::string>> failed_requirement(
      const std::vector<std::int64_t>& extents,
      const std::vector<std::vector<double>>& params) const override {
    const ir::Precision precision(128);
    ir::Example example = blank_example(function_, extents);
    for (std::size_t i = 0; i < params.size(); ++i) {
      if (!params[i].empty()) example.arrays[i].assign(params[i].begin(), params[i].end());
    }
    for (const ir::Requirement& requirement : function_.requirements) {
      const auto holds = ir::interpret_condition(function_, requirement.condition, example);
      if (!holds) return failure(api::ErrorCode::requirement, name + ": " + holds.error().message);
      if (!*holds) return std::optional<std::string>(requirement.message);
    }
    return std::optional<std::string>();
  }

 private:
  ir::Function function_;
};

class JitProgram final : public FunctionProgram {
 public:
  JitProgram(ir::Function function, CompileOptions target)
      : FunctionProgram(std::move(function)), target_(std::move(target)) {}

  api::Result<Code> code(const Variant& variant) const override {
    const std::lock_guard lock(mutex_);
    if (const auto known = variants_.find(variant); known != variants_.end()) return known->second;
    codegen::TargetOptions options;
    options.cpu = target_.cpu;
    options.width = target_.width;
    options.optimisation = target_.optimisation;
    options.float_type = is_f32 ? FloatType::f32 : FloatType::f64;
    options.contiguous = variant.contiguous;
    options.whole_vectors = true;
    for (std::size_t i = 0; i < function().arrays.size(); ++i) {
      options.wide_labels.push_back((variant.wide_labels >> i & 1) != 0);
    }
    std::optional<api::Result<Code>> result;
    try {
      run_on_large_stack(compiler_stack, [&] { result = compiled(options); });
    } catch (const std::bad_alloc&) {
      return failure(api::ErrorCode::failed, name + ": not enough memory to compile it");
    }
    if (*result) variants_[variant] = **result;
    return *result;
  }

 private:
  api::Result<Code> compiled(const codegen::TargetOptions& options) const {
    const auto kernel = jit::compiled(function(), options);
    if (!kernel) return failure(api::ErrorCode::unsupported, name + ": " + kernel.error().message);
    return Code{(*kernel)->kernel,    (*kernel)->divisor,
                (*kernel)->labels,    (*kernel)->examples_at_a_time,
                (*kernel)->workspace, *kernel};
  }

  CompileOptions target_;
  mutable std::mutex mutex_;
  mutable std::map<Variant, Code> variants_;
};

class InterpretedProgram final : public FunctionProgram {
 public:
  using FunctionProgram::FunctionProgram;
  api::Result<Code> code(const Variant&) const override { return Code{}; }
};

struct Symbols {
  std::vector<Symbol>& list;

  Extent extent(const ir::Size& size) {
    if (size.symbol.empty()) return {-1, size.offset};
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].name == size.symbol) return {static_cast<int>(i), size.offset};
    }
    list.push_back({size.symbol, std::nullopt});
    return {static_cast<int>(list.size() - 1), size.offset};
  }
};

Parameter parameter_of(const ir::Function& function, const ir::Array& array, Symbols& symbols) {
  Parameter parameter;
  parameter.name = array.name;
  parameter.role = role_of(array.role);
  parameter.is_label = driver::is_class(array);
  parameter.is_option = driver::is_option(array);
  parameter.has_default = array.has_default;
  for (const ir::Number& value : array.default_values) {
    parameter.default_values.push_back(value.to_double());
  }
  for (const ir::SizeId id : array.shape) {
    parameter.shape.push_back(symbols.extent(function.sizes[id.index]));
  }
  if (parameter.is_label) parameter.classes = symbols.extent(function.sizes[array.classes.index]);
  parameter.ignore = array.ignore;
  parameter.direction_of = autodiff::along(array).value_or("");
  parameter.unrestricted = array.domain == ir::Domain::real || array.domain == ir::Domain::logit;
  parameter.outside = [array](double value) { return driver::outside_domain(array, value); };
  return parameter;
}

/// Options and values of KernelOptions::bind as the pipeline takes them.
api::Result<simplify::Binding> binding_of(const ir::Function& core,
                                          const std::vector<api::Binding>& bind) {
  simplify::Binding binding;
  const std::vector<std::string> symbols = driver::size_symbols(core);
  for (const api::Binding& entry : bind) {
    const auto id = core.find_array(entry.name);
    const bool is_size = std::find(symbols.begin(), symbols.end(), entry.name) != symbols.end();
    if (!id && is_size) {
      const bool whole = entry.value.is_scalar() &&
                         entry.value.numbers()[0] == std::floor(entry.value.numbers()[0]) &&
                         std::abs(entry.value.numbers()[0]) < 9e18;
      if (!whole) {
        return failure(api::ErrorCode::outside_domain,
                       "size " + entry.name + " is not a whole number");
      }
      binding.sizes[entry.name] = static_cast<std::int64_t>(entry.value.numbers()[0]);
      continue;
    }
    if (!id) {
      std::vector<std::string> names = driver::array_names(core);
      names.insert(names.end(), symbols.begin(), symbols.end());
      api::Error error =
          failure(api::ErrorCode::unknown_name, core.name + " has no parameter \"" + entry.name +
                                                    "\"" + driver::did_you_mean(entry.name, names));
      error.argument = entry.name;
      return error;
    }
    std::vector<ir::Number>& values = binding.params[entry.name];
    values.clear();
    if (entry.value.is_word()) {
      const ir::Array& array = core.arrays[id->index];
      if (!driver::is_option(array)) {
        return failure(
            api::ErrorCode::outside_domain,
            "param \"" + entry.name + "\" takes numbers, not \"" + entry.value.word() + "\"");
      }
      const auto value = driver::option_value(array, entry.value.word());
      if (!value) return failure(api::ErrorCode::outside_domain, value.error().message);
      values.push_back(*value);
    }
    for (const double number : entry.value.numbers())
      values.push_back(ir::Number::of_double(number));
  }
  return binding;
}

/// Conditions that nothing in a call can change are judged when the kernel is made.
std::optional<std::string> broken_already(const ir::Function& function) {
  const ir::Precision precision(128);
  for (const ir::Requirement& requirement : function.requirements) {
    const std::vector<ir::ExprId> roots{requirement.condition};
    bool fixed = true;
    for (const ir::ExprId id : function.graph.reachable(roots)) {
      const ir::Op op = function.graph.op(id);
      fixed = fixed && op != ir::Op::load && op != ir::Op::size && op != ir::Op::reduce;
    }
    if (!fixed) continue;
    // Sizes play no part; literal ones are themselves, the others 0.
    std::vector<std::int64_t> extents;
    for (const ir::Size& size : function.sizes) {
      extents.push_back(size.symbol.empty() ? size.offset : 0);
    }
    const ir::Example example = blank_example(function, extents);
    const auto holds = ir::interpret_condition(function, requirement.condition, example);
    if (holds && !*holds) return requirement.message;
  }
  return std::nullopt;
}

void describe(Program& program, const ir::Function& function, const simplify::Binding& binding,
              const api::KernelOptions& options) {
  program.name = function.name;
  program.is_batch = driver::is_batch(function);
  program.is_f32 = options.dtype == api::DataType::f32;
  Symbols symbols{program.symbols};
  for (std::size_t i = 0; i < function.sizes.size(); ++i) {
    program.sizes.push_back(symbols.extent(function.sizes[i]));
    program.sizes.back().of_array = function.is_of_array({static_cast<std::uint16_t>(i)});
  }
  for (const ir::Array& array : function.arrays) {
    program.parameters.push_back(parameter_of(function, array, symbols));
    program.parameters.back().bound = binding.params.contains(array.name);
  }
  for (const auto& [name, values] : binding.params) {
    // A list fixes the size of its axis, as a host's array does.
    const Parameter& parameter = program.parameters[function.find_array(name)->index];
    if (values.size() < 2 || parameter.shape.size() != 1 || parameter.shape[0].symbol < 0) continue;
    program.symbols[static_cast<std::size_t>(parameter.shape[0].symbol)].bound =
        static_cast<std::int64_t>(values.size()) - parameter.shape[0].offset;
  }
  for (Symbol& symbol : program.symbols) {
    const auto bound = binding.sizes.find(symbol.name);
    if (bound != binding.sizes.end()) symbol.bound = bound->second;
  }
  program.has_requirements = !function.requirements.empty();
}

DerivativeKind kind_of(ir::OutputKind kind) {
  return kind == ir::OutputKind::hessian           ? DerivativeKind::hessian
         : kind == ir::OutputKind::hessian_product ? DerivativeKind::product
                                                   : DerivativeKind::gradient;
}

autodiff::Curvature curvature_of(const api::Curvature& curvature) {
  return {static_cast<autodiff::Curvature::Kind>(curvature.kind), curvature.scale, curvature.floor,
          curvature.ceiling};
}

void describe_code(Program& program, const ir::Function& function) {
  program.pointwise = schedule::scheduled(function).batch().vectorised;
  const codegen::CompiledLayout layout = codegen::layout(function);
  program.wants_value = layout.wants_value;
  program.has_divisor = layout.has_divisor;
  for (const std::size_t position : layout.outputs) {
    const ir::Output& output = function.outputs[position];
    program.derivatives.push_back({kind_of(output.kind), std::size_t{output.array.index}});
  }
}

/// The pipeline answers in words; the kind of failure is told from the request.
api::ErrorCode code_of(const ir::Function& core, const api::KernelOptions& options,
                       const std::string& message) {
  for (const ir::Requirement& requirement : core.requirements) {
    const bool said = !requirement.message.empty() && message.ends_with(requirement.message);
    if (said) return api::ErrorCode::requirement;
  }
  for (const DerivativeRow& row : derivative_kinds) {
    for (const std::string& name : options.*row.names) {
      if (!core.find_array(name)) return api::ErrorCode::unknown_name;
      if (!driver::differentiated(core, name)) return api::ErrorCode::not_differentiable;
    }
  }
  for (const api::Binding& entry : options.bind) {
    const auto id = core.find_array(entry.name);
    if (!id) continue;
    for (const double value : entry.value.numbers()) {
      if (driver::outside_domain(core.arrays[id->index], value)) {
        return api::ErrorCode::outside_domain;
      }
    }
  }
  return api::ErrorCode::unsupported;
}

api::Error failed_request(const ir::Function& core, const api::KernelOptions& options,
                          const std::string& message) {
  return failure(code_of(core, options, message), message);
}

api::Result<std::shared_ptr<const Program>> built(const ir::Function& core,
                                                  const api::KernelOptions& options,
                                                  const CompileOptions& target) {
  auto binding = binding_of(core, options.bind);
  if (!binding) return binding.error();
  const api::Curvature& curvature = options.curvature;
  if (!std::isfinite(curvature.scale) || std::isnan(curvature.floor.value_or(0)) ||
      std::isnan(curvature.ceiling.value_or(0))) {
    return failure(api::ErrorCode::outside_domain,
                   core.name +
                       ": the scale of a curvature is a finite number, its floor and "
                       "ceiling are numbers");
  }
  const driver::KernelRequest request{options.value,
                                      options.gradients,
                                      options.hessians,
                                      *binding,
                                      curvature_of(options.curvature),
                                      options.products};
  auto function = driver::lowered(core, request);
  if (!function) return failed_request(core, options, function.error().message);
  const auto complete = driver::complete_binding(core, *binding);
  if (const auto message = broken_already(*function)) {
    return failure(api::ErrorCode::requirement, core.name + ": " + *message);
  }
  auto program = std::make_shared<JitProgram>(std::move(*function), target);
  describe(*program, program->function(), *complete, options);
  program->signature = signature_of(core);
  describe_code(*program, program->function());
  // The usual variant at once, so that what cannot be compiled is said here and not at a call.
  const auto code = program->code({});
  if (!code) return code.error();
  return std::shared_ptr<const Program>(std::move(program));
}

}  // namespace

api::Signature signature_of(const ir::Function& core) {
  api::Signature signature;
  signature.name = core.name;
  signature.documentation = core.documentation;
  signature.is_metric = driver::is_metric(core);
  signature.is_batch = driver::is_batch(core);
  signature.sizes = driver::size_symbols(core);
  for (const ir::Array& array : core.arrays) {
    api::Argument argument;
    argument.name = array.name;
    argument.role = role_of(array.role);
    argument.domain = std::string(ir::info(array.domain).name);
    for (const ir::SizeId id : array.shape) argument.shape.push_back(core.sizes[id.index].text());
    argument.has_default = array.has_default;
    argument.is_label = driver::is_class(array);
    argument.is_option = driver::is_option(array);
    signature.arguments.push_back(std::move(argument));
  }
  return signature;
}

api::Result<std::shared_ptr<const Program>> compiled_program(const ir::Function& core,
                                                             const api::KernelOptions& options,
                                                             const CompileOptions& target) {
  std::optional<api::Result<std::shared_ptr<const Program>>> result;
  try {
    run_on_large_stack(compiler_stack, [&] { result = built(core, options, target); });
  } catch (const std::bad_alloc&) {
    return failure(api::ErrorCode::failed, core.name + ": not enough memory to compile it");
  }
  return *result;
}

api::Result<std::shared_ptr<const Program>> interpreted_program(const ir::Function& core,
                                                                const api::KernelOptions& options) {
  const auto binding = binding_of(core, options.bind);
  if (!binding) return binding.error();
  const auto complete = driver::complete_binding(core, *binding);
  if (!complete) return failed_request(core, options, complete.error().message);
  const auto bound = simplify::bound(core, *complete);
  if (!bound) return failed_request(core, options, bound.error().message);
  if (const auto message = broken_already(*bound)) {
    return failure(api::ErrorCode::requirement, core.name + ": " + *message);
  }
  std::vector<Derivative> derivatives;
  std::vector<ir::ArrayId> products;
  for (const DerivativeRow& row : derivative_kinds) {
    for (const std::string& name : options.*row.names) {
      const auto id = driver::differentiated(core, name);
      if (!id) return failed_request(core, options, id.error().message);
      derivatives.push_back({row.kind, std::size_t{id->index}});
      if (row.kind == DerivativeKind::product) products.push_back(*id);
    }
  }
  auto program = std::make_shared<InterpretedProgram>(autodiff::with_directions(*bound, products));
  describe(*program, program->function(), *complete, options);
  program->signature = signature_of(core);
  program->derivatives = std::move(derivatives);
  return std::shared_ptr<const Program>(std::move(program));
}

api::Error failure(api::ErrorCode code, std::string message) {
  api::Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

}  // namespace lossc::runtime
