// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is verified: one loss with its options bound, and the numbers that are asked of it.
//
// Params become preds: the points of one batch may then differ in them, and the gradient by a param
// comes back for each point. The formula, its passes and its code are the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/pipeline.h"
#include "compiler/ir/function.h"
#include "compiler/support/result.h"

namespace lossc::verify {

/// The value, a gradient or a Hessian diagonal: an array of numbers for each point.
struct Quantity {
  ir::OutputKind kind = ir::OutputKind::value;
  ir::ArrayId array;
  std::string name;  ///< `value`, `grad[z]`, `hess[z]`
  bool operator==(const Quantity&) const = default;
};

struct Subject {
  std::string name;                              ///< `std.regression.huber`
  std::shared_ptr<const ir::Function> literal;   ///< as the author wrote it
  std::shared_ptr<const ir::Function> stable;    ///< after the first `stabilise`
  std::shared_ptr<const ir::Function> compiled;  ///< params are preds, requirements gone
  simplify::Binding binding;                     ///< options, and what -D binds
  std::vector<Quantity> quantities;
  bool is_batch = false;   ///< one example a call: a batch loss, or one without arguments
  bool has_jumps = false;  ///< comparisons or kinks: derivatives may jump
  bool has_gamma = false;  ///< of the gamma family, which has a wider bound
  std::vector<bool> real;  ///< by ArrayId: real numbers, which have an error of their own
};

/// The binding with every combination of the options that it leaves open (the first 16).
std::vector<simplify::Binding> option_bindings(const ir::Function& core,
                                               const simplify::Binding& binding);

/// Errors: what the pipeline says of the loss.
Result<Subject> subject(const ir::Function& core, const simplify::Binding& binding);

/// An array of the subject that is no argument of a point: an option, or bound by -D.
bool is_bound(const Subject& subject, std::size_t array);

std::size_t elements(const ir::Function& function, std::size_t array,
                     const std::vector<std::int64_t>& extents);

}  // namespace lossc::verify
