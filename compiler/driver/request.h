// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a request makes sense for a loss: names that exist, values in their domains, derivatives
// by what can be differentiated. Shared by the pipeline, the runtime and the command line, so that
// the same mistake gets the same sentence everywhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/pipeline.h"

namespace lossc::driver {

bool is_metric(const ir::Function& function);
bool is_batch(const ir::Function& function);
/// `bool` and `one_of` params: known when a kernel is made, never read from the host's arrays.
bool is_option(const ir::Array& array);
bool is_class(const ir::Array& array);

std::vector<std::string> array_names(const ir::Function& function);
/// Symbols of the sizes, each once, in order.
std::vector<std::string> size_symbols(const ir::Function& function);

/// The array that a derivative is asked by; Error: an unknown name, an option, a label, a metric.
Result<ir::ArrayId> differentiated(const ir::Function& function, const std::string& name);

/// Why a value is not in the domain of a param, as `is 1.5, but a probability is in [0, 1]`. A NaN
/// is in every domain of real numbers: it goes the way the formula says.
std::optional<std::string> outside_domain(const ir::Array& array, double value);

/// The value of an option from its word or number (`logistic`, `true`, `1`).
Result<ir::Number> option_value(const ir::Array& array, const std::string& word);

/// The binding with the defaults of unbound options added, names, domains and counts checked.
Result<simplify::Binding> complete_binding(const ir::Function& function,
                                           const simplify::Binding& binding);

}  // namespace lossc::driver
