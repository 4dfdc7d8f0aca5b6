// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arrays of the command line, from JSON, .npy files, columns of .csv files and literals, and to
// .npy.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compiler/support/float_type.h"
#include "compiler/support/result.h"

namespace lossc::cli {

/// Row-major. Whole numbers up to 2⁵³ are exact, so labels are numbers here too.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

/// `[[1, 2.5], [-3, "inf"]]`: nested lists of one shape. `what` is named in messages.
Result<Tensor> tensor_from_json(const std::string& text, const std::string& what);

/// The members of a JSON object, in order.
Result<std::vector<std::pair<std::string, Tensor>>> tensors_from_json(const std::string& text,
                                                                      const std::string& what);

/// `FILE.npy`, `FILE.csv:COLUMN`, `FILE.json` or a literal.
Result<Tensor> tensor_from_source(const std::string& source, const std::string& what);

Result<Tensor> tensor_from_npy(const std::string& bytes, const std::string& what);
std::string npy_bytes(const Tensor& tensor, FloatType type);

/// A column by the name in the first line, or by its number from 0.
Result<Tensor> tensor_from_csv(const std::string& text, const std::string& column,
                               const std::string& what);

/// The text of a file of data (up to 4 GiB).
Result<std::string> data_text(const std::string& path);

}  // namespace lossc::cli
