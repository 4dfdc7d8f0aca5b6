// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc eval`: options to a request, the request to native code or to the interpreter, the result
// to text, JSON and files.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/request.h"
#include "compiler/driver/suggest.h"
#include "compiler/lossc/command.h"
#include "compiler/lossc/eval_output.h"
#include "compiler/lossc/evaluation.h"
#include "compiler/lossc/numbers.h"
#include "compiler/lossc/output.h"
#include "compiler/lossc/session.h"

namespace lossc::cli {
namespace {

Error unknown_argument(const ir::Function& core, const std::string& name) {
  std::vector<std::string> names = driver::array_names(core);
  const std::vector<std::string> symbols = driver::size_symbols(core);
  names.insert(names.end(), symbols.begin(), symbols.end());
  const std::string near = driver::did_you_mean(name, names);
  return Error{core.name + " has no argument \"" + name + "\"" +
               (near.empty() ? "; it has " + driver::enumerated(names) : near)};
}

Result<void> check_tensor(const ir::Function& core, const std::string& name, const Tensor& tensor) {
  const auto id = core.find_array(name);
  if (!id) return unknown_argument(core, name);
  const ir::Array& array = core.arrays[id->index];
  if (driver::is_option(array)) {
    return Error{"\"" + name + "\" is an option of " + core.name + ": give it by --set or -D"};
  }
  if (!driver::is_class(array)) return {};
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    if (tensor.values[i] == std::floor(tensor.values[i])) continue;
    return Error{"\"" + name + "\" holds labels, but element " + std::to_string(i) + " is " +
                 number_text(tensor.values[i], FloatType::f64)};
  }
  return {};
}

/// `--inputs` and `--input`.
Result<void> read_inputs(const Options& options, EvaluationRequest& request) {
  const auto add = [&](const std::string& name, Tensor tensor) -> Result<void> {
    if (auto valid = check_tensor(*request.core, name, tensor); !valid) return valid;
    for (const auto& [known, unused] : request.inputs) {
      if (known == name) return Error{"\"" + name + "\" is given twice"};
    }
    request.inputs.emplace_back(name, std::move(tensor));
    return {};
  };
  for (const std::string& path : options.all("--inputs")) {
    const auto text = data_text(path);
    if (!text) return text.error();
    auto tensors = tensors_from_json(*text, path);
    if (!tensors) return tensors.error();
    for (auto& [name, tensor] : *tensors) {
      if (auto done = add(name, std::move(tensor)); !done) return done;
    }
  }
  for (const std::string& text : options.all("--input")) {
    const auto pair = assignment(text, "--input");
    if (!pair) return pair.error();
    auto tensor = tensor_from_source(pair->second, "--input " + pair->first);
    if (!tensor) return tensor.error();
    if (auto done = add(pair->first, std::move(*tensor)); !done) return done;
  }
  return {};
}

/// `--hvp z=V`: the vectors that the Hessian is multiplied by.
Result<void> read_directions(const Options& options, EvaluationRequest& request) {
  for (const std::string& text : options.all("--hvp")) {
    const auto pair = assignment(text, "--hvp");
    if (!pair) return pair.error();
    const auto& [name, source] = *pair;
    if (const auto id = driver::differentiated(*request.core, name); !id) return id.error();
    auto tensor = tensor_from_source(source, "--hvp " + name);
    if (!tensor) return tensor.error();
    for (const auto& [given, other] : request.directions) {
      if (given == name) return Error{"--hvp " + name + " is given twice"};
    }
    request.directions.emplace_back(name, std::move(*tensor));
  }
  return {};
}

/// `--set`: sizes and params of the call; options are bound, since only one branch is compiled.
Result<void> read_settings(const Options& options, EvaluationRequest& request) {
  const std::vector<std::string> symbols = driver::size_symbols(*request.core);
  std::vector<std::string> bound;
  for (const std::string& text : options.all("--set")) {
    const auto pair = assignment(text, "--set");
    if (!pair) return pair.error();
    const auto& [name, value] = *pair;
    const auto id = request.core->find_array(name);
    if (!id && std::find(symbols.begin(), symbols.end(), name) != symbols.end()) {
      const auto extent = parsed_integer(value);
      if (!extent) return Error{"size " + name + " is a whole number, not \"" + value + "\""};
      request.sizes.emplace_back(name, *extent);
      continue;
    }
    if (!id) return unknown_argument(*request.core, name);
    const ir::Array& array = request.core->arrays[id->index];
    if (driver::is_option(array)) {
      bound.push_back(text);
      continue;
    }
    if (array.role != ir::Role::param) {
      return Error{"\"" + name + "\" is a " + (array.role == ir::Role::pred ? "pred" : "target") +
                   " of " + request.core->name + ": give it by --input"};
    }
    auto tensor = tensor_from_source(value, "--set " + name);
    if (!tensor) return tensor.error();
    if (auto valid = check_tensor(*request.core, name, *tensor); !valid) return valid;
    std::erase_if(request.inputs, [&](const auto& entry) { return entry.first == name; });
    request.inputs.emplace_back(name, std::move(*tensor));
  }
  std::vector<std::string> definitions = options.all("-D");
  definitions.insert(definitions.end(), bound.begin(), bound.end());
  auto binding = binding_from(*request.core, definitions, "-D");
  if (!binding) return binding.error();
  request.binding = std::move(*binding);
  for (const auto& [name, tensor] : request.inputs) {
    if (request.binding.params.contains(name)) {
      return Error{"\"" + name + "\" is bound by -D and given again"};
    }
  }
  return {};
}

/// An empty list says nothing of the sizes behind the batch: those of --set, or 0.
void complete_empty(EvaluationRequest& request) {
  for (auto& [name, tensor] : request.inputs) {
    const ir::Array& array = request.core->arrays[request.core->find_array(name)->index];
    const bool batch_only = tensor.shape == std::vector<std::int64_t>{0} &&
                            array.role != ir::Role::param && !driver::is_batch(*request.core);
    if (!batch_only) continue;
    for (const ir::SizeId id : array.shape) {
      const ir::Size& size = request.core->sizes[id.index];
      std::int64_t extent =
          size.symbol.empty() ? size.offset : std::max<std::int64_t>(size.offset, 0);
      for (const auto& [symbol, value] : request.sizes) {
        if (symbol == size.symbol) extent = value + size.offset;
      }
      tensor.shape.push_back(extent);
    }
  }
}

/// `--hessian…`: what Hessian diagonals are reported as.
Result<void> read_curvature(const Options& options, autodiff::Curvature& curvature) {
  const std::string kind = options.value_or("--hessian", "exact");
  curvature.kind = kind == "abs"            ? autodiff::Curvature::Kind::absolute
                   : kind == "gauss-newton" ? autodiff::Curvature::Kind::gauss_newton
                                            : autodiff::Curvature::Kind::exact;
  const auto number = [&](const char* option) -> Result<std::optional<double>> {
    if (!options.has(option)) return std::optional<double>();
    const auto value = parsed_number(options.value_or(option, ""));
    if (!value || std::isnan(*value)) return Error{std::string(option) + " is a number"};
    return value;
  };
  const auto scale = number("--hessian-scale");
  const auto floor = number("--hessian-floor");
  const auto ceiling = number("--hessian-ceiling");
  for (const auto* read : {&scale, &floor, &ceiling}) {
    if (!*read) return read->error();
  }
  if (*scale && std::isinf(**scale)) return Error{"--hessian-scale is a finite number"};
  curvature.scale = scale->value_or(1);
  curvature.floor = *floor;
  curvature.ceiling = *ceiling;
  return {};
}

/// The words of the command line that need no loss: mistakes here are mistakes of usage.
Result<void> read_settings_of_output(const Options& options, EvaluationRequest& request) {
  request.reduction = options.value_or("--reduction", "mean") == "mean"  ? Reduction::mean
                      : options.value_or("--reduction", "mean") == "sum" ? Reduction::sum
                                                                         : Reduction::none;
  request.dtype = options.value_or("--dtype", "f32") == "f64" ? FloatType::f64 : FloatType::f32;
  request.gradients = comma_list(options.value_or("--wrt", ""));
  request.hessians = comma_list(options.value_or("--hess", ""));
  request.cpu = options.value_or("--cpu", "native");
  const auto threads = parsed_integer(options.value_or("--threads", "0"));
  constexpr std::int64_t most_threads = 1024;
  if (!threads || *threads < 0 || *threads > most_threads) {
    return Error{"--threads is a number from 1 to 1024"};
  }
  request.threads = static_cast<unsigned>(*threads);
  const auto width = vector_width(options);
  if (!width) return width.error();
  request.width = *width;
  request.optimisation = optimisation_level(options);
  if (auto done = read_curvature(options, request.curvature); !done) return done;
  for (const std::string& text : options.all("--out")) {
    if (auto pair = assignment(text, "--out"); !pair) return pair.error();
  }
  return {};
}

Result<void> write_files(const Options& options, const EvaluationRequest& request,
                         const EvaluationResult& result) {
  for (const std::string& text : options.all("--out")) {
    const auto pair = assignment(text, "--out");
    const std::string& name = pair->first;
    const Tensor* tensor = nullptr;
    if (name == "values" && request.reduction == Reduction::none) tensor = &result.values;
    for (const auto& [given, gradient] : result.gradients) {
      if (given == name) tensor = &gradient;
    }
    for (const auto& [given, hessian] : result.hessians) {
      if ("hess:" + given == name) tensor = &hessian;
    }
    for (const auto& [given, product] : result.products) {
      if ("hvp:" + given == name) tensor = &product;
    }
    if (tensor == nullptr) {
      return Error{"--out " + name + ": nothing of that name was computed; --wrt " + name +
                   ", --hess with hess:NAME, --hvp with hvp:NAME, or --reduction none with values"};
    }
    if (auto done = write_output(pair->second, npy_bytes(*tensor, request.dtype)); !done)
      return done;
  }
  return {};
}

/// The passes again, for what they print: native code comes from the engine's own run of them.
Result<void> show_passes(const Options& options, Session& session,
                         const EvaluationRequest& request) {
  const bool wanted = options.has("--print-after") || options.has("--trace-rewrites") ||
                      options.has("--time-passes") || options.has("--verify-passes");
  if (!wanted) return {};
  const auto passes = session.pipeline_options();
  if (!passes) return passes.error();
  driver::KernelRequest again{true, request.gradients, request.hessians, request.binding,
                              request.curvature};
  for (const auto& [name, tensor] : request.directions) again.products.push_back(name);
  const auto function = driver::lowered(*request.core, again, *passes);
  session.report_pipeline();
  return function ? Result<void>() : function.error();
}

int misuse_of_batch(const Options& options, const ir::Function& core) {
  for (const char* option : {"--reduction", "--weights"}) {
    if (driver::is_batch(core) && options.has(option)) {
      return misuse(core.name + " is a " +
                        std::string(driver::is_metric(core) ? "metric" : "loss") +
                        " of a whole batch: " + option + " has no meaning",
                    "eval");
    }
  }
  return success;
}

}  // namespace

int run_eval(const Options& options) {
  if (options.targets().size() != 1) return misuse("eval takes one target", "eval");
  EvaluationRequest request;
  const auto settings = read_settings_of_output(options, request);
  if (!settings) return misuse(settings.error().message, "eval");
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "eval");
  if (const auto passes = session.pipeline_options(); !passes) {
    return misuse(passes.error().message, "eval");
  }
  const auto target = driver::parsed_target(options.targets().front());
  if (!target) return fail(target.error().message);
  auto module = session.load(*target);
  if (!module) return fail(module.error().message);
  if (!session.report()) return failed;
  const auto core = driver::selected_one(*module, target->loss);
  if (!core) return fail(core.error().message);
  request.core = std::make_shared<const ir::Function>(**core);
  if (const int status = misuse_of_batch(options, *request.core)) return status;
  if (driver::is_batch(*request.core)) request.reduction = Reduction::sum;

  if (auto done = read_inputs(options, request); !done) return fail(done.error().message);
  if (auto done = read_settings(options, request); !done) return fail(done.error().message);
  if (auto done = read_directions(options, request); !done) return fail(done.error().message);
  if (options.has("--weights")) {
    auto weights = tensor_from_source(options.value_or("--weights", ""), "--weights");
    if (!weights) return fail(weights.error().message);
    request.weights = std::move(*weights);
  }
  complete_empty(request);
  if (auto done = show_passes(options, session, request); !done) return fail(done.error().message);
  const bool interpret = options.has("--interpret");
  auto result = interpret ? interpreted(request) : evaluated_natively(request);
  if (!result) return fail(result.error().message);
  if (auto done = write_files(options, request, *result); !done) return fail(done.error().message);
  const FloatType printed = interpret ? FloatType::f64 : request.dtype;
  const bool json = options.value_or("--format", "text") == "json";
  return write_standard_output(json ? evaluation_json(request, *result, printed)
                                    : evaluation_text(request, *result, printed));
}

}  // namespace lossc::cli
