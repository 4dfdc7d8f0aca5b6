// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/driver/suggest.h"
#include "compiler/ir/builtins.h"

namespace lossc::driver {
namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// Losses that train what a metric measures, told by its target.
std::string surrogates(const ir::Function& function) {
  for (const ir::Array& array : function.arrays) {
    if (array.role != ir::Role::target) continue;
    switch (array.domain) {
      case ir::Domain::class_:
      case ir::Domain::simplex:
        return "cross_entropy or focal";
      case ir::Domain::binary:
      case ir::Domain::probability:
        return "binary_cross_entropy, focal or soft_dice";
      case ir::Domain::sign:
        return "hinge, squared_hinge or the logistic loss";
      case ir::Domain::count:
        return "poisson or squared_error";
      default:
        break;
    }
  }
  return "squared_error, absolute_error or huber";
}

std::string in_words(const ir::DomainInfo& domain) { return fmt::format("must be {}", domain.doc); }

Result<void> check_values(const ir::Function& function, const std::string& name,
                          const std::vector<ir::Number>& values) {
  const auto id = function.find_array(name);
  if (!id) {
    return Error{fmt::format("{} has no parameter {}{}", function.name, quoted(name),
                             did_you_mean(name, array_names(function)))};
  }
  const ir::Array& array = function.arrays[id->index];
  if (array.role != ir::Role::param) {
    return Error{fmt::format("{} is a {} of {}, not a param: only params can be bound",
                             quoted(name), array.role == ir::Role::pred ? "pred" : "target",
                             function.name)};
  }
  if (values.empty() || (array.shape.empty() && values.size() != 1)) {
    return Error{
        fmt::format("param {} is one number, but {} were given", quoted(name), values.size())};
  }
  std::size_t count = 1;
  for (const ir::SizeId axis : array.shape) {
    const ir::Size& size = function.sizes[axis.index];
    if (size.symbol.empty()) count *= static_cast<std::size_t>(size.offset);
  }
  // Sizes with a symbol may be anything: then a multiple is all that can be told here.
  const bool fits = values.size() == 1 || (count != 0 && values.size() % count == 0);
  if (!fits) {
    return Error{fmt::format("param {} takes {} numbers, but {} were given", quoted(name), count,
                             values.size())};
  }
  for (const ir::Number& value : values) {
    if (const auto why = outside_domain(array, value.to_double())) {
      return Error{fmt::format("param {} {}", quoted(name), *why)};
    }
  }
  return {};
}

}  // namespace

bool is_metric(const ir::Function& function) {
  return function.kind == ir::FunctionKind::metric ||
         function.kind == ir::FunctionKind::batch_metric;
}
bool is_batch(const ir::Function& function) {
  return function.kind == ir::FunctionKind::batch_loss ||
         function.kind == ir::FunctionKind::batch_metric;
}
bool is_option(const ir::Array& array) {
  return array.domain == ir::Domain::bool_ || array.domain == ir::Domain::one_of;
}
bool is_class(const ir::Array& array) { return array.domain == ir::Domain::class_; }

std::vector<std::string> array_names(const ir::Function& function) {
  std::vector<std::string> names;
  for (const ir::Array& array : function.arrays) names.push_back(array.name);
  return names;
}

std::vector<std::string> size_symbols(const ir::Function& function) {
  std::vector<std::string> symbols;
  for (const ir::Size& size : function.sizes) {
    const bool known = std::find(symbols.begin(), symbols.end(), size.symbol) != symbols.end();
    if (!size.symbol.empty() && !known) symbols.push_back(size.symbol);
  }
  return symbols;
}

Result<ir::ArrayId> differentiated(const ir::Function& function, const std::string& name) {
  const auto id = function.find_array(name);
  if (!id) {
    return Error{fmt::format("{} has no argument {} to differentiate by{}", function.name,
                             quoted(name), did_you_mean(name, array_names(function)))};
  }
  if (is_metric(function)) {
    return Error{
        fmt::format("{} is a metric and has no gradient; train with a loss instead, such as {}",
                    function.name, surrogates(function))};
  }
  const ir::Array& array = function.arrays[id->index];
  if (is_option(array)) {
    return Error{
        fmt::format("{} is an option of {} and has no gradient", quoted(name), function.name)};
  }
  if (is_class(array)) {
    return Error{fmt::format("{} is a class label of {}: there is no gradient by a label",
                             quoted(name), function.name)};
  }
  return *id;
}

std::optional<std::string> outside_domain(const ir::Array& array, double value) {
  const ir::DomainInfo& domain = ir::info(array.domain);
  const std::string found = fmt::format("is {}", value);
  if (array.domain == ir::Domain::one_of) {
    const double count = static_cast<double>(array.options.size());
    if (value >= 0 && value < count && value == std::floor(value)) return std::nullopt;
    return found + ", but it is one of " + enumerated(array.options);
  }
  if (std::isnan(value)) {
    if (!domain.integer) return std::nullopt;
    return found + ", but " + in_words(domain);
  }
  const bool low = value < domain.bounds.low || (domain.open_low && value == domain.bounds.low);
  const bool fraction = domain.integer && value != std::floor(value);
  const bool zero_sign = array.domain == ir::Domain::sign && value == 0;
  const bool infinite = array.domain == ir::Domain::class_ && std::isinf(value);
  if (!low && !(value > domain.bounds.high) && !fraction && !zero_sign && !infinite) {
    return std::nullopt;
  }
  return found + ", but " + in_words(domain);
}

Result<ir::Number> option_value(const ir::Array& array, const std::string& word) {
  if (array.domain == ir::Domain::bool_) {
    if (word == "true" || word == "1") return ir::Number(1);
    if (word == "false" || word == "0") return ir::Number(0);
    return Error{
        fmt::format("param {} is {}, but it is true or false", quoted(array.name), quoted(word))};
  }
  for (std::size_t i = 0; i < array.options.size(); ++i) {
    if (array.options[i] == word) return ir::Number(static_cast<long>(i));
  }
  return Error{fmt::format("param {} is {}, but it is one of {}{}", quoted(array.name),
                           quoted(word), enumerated(array.options),
                           did_you_mean(word, array.options))};
}

Result<simplify::Binding> complete_binding(const ir::Function& function,
                                           const simplify::Binding& binding) {
  for (const auto& [name, values] : binding.params) {
    if (const auto valid = check_values(function, name, values); !valid) return valid.error();
  }
  const std::vector<std::string> symbols = size_symbols(function);
  for (const auto& [symbol, extent] : binding.sizes) {
    if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end()) {
      return Error{fmt::format("{} has no size {}{}", function.name, quoted(symbol),
                               did_you_mean(symbol, symbols))};
    }
    if (extent < 0)
      return Error{fmt::format("size {} is {}, but sizes are 0 or more", symbol, extent)};
  }
  simplify::Binding complete = binding;
  for (const ir::Array& array : function.arrays) {
    if (!is_option(array) || complete.params.contains(array.name)) continue;
    if (!array.has_default) {
      return Error{
          fmt::format("{} is an option of {} without a default: bind it when the kernel is made",
                      quoted(array.name), function.name)};
    }
    complete.params[array.name] = array.default_values;
  }
  return complete;
}

}  // namespace lossc::driver
