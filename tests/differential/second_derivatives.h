// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every derivative of a loss that the command line can be asked for, compiled, against the
// interpreter's dual numbers on the author's text, in f32 and f64: gradients by every pred and
// param of real numbers, Hessian diagonals and products by every pred. How exact they are is the
// subject of `lossc verify`; here it is whether they are right.
#pragma once

#include "compiler/ir/function.h"
#include "compiler/lossc/evaluation.h"
//
#include "tests/differential/comparison.h"

namespace lossc::testing {

/// Expects them to agree on these data, in which the options are chosen; if wanted, also Hessian
/// products by params.
void expect_derivatives_of_dual_numbers(const ir::Function& core, const BatchData& data,
                                        std::mt19937_64& random, bool products_by_params = true);

/// The Hessian products in f64; empty if they agree to within 1e-7 of the largest number, or of 1.
std::string compare_products(const ir::Function& core, const BatchData& data,
                             std::mt19937_64& random);

/// What is asked for, of the sum of the batch.
cli::EvaluationRequest request_of(const ir::Function& core, const BatchData& data,
                                  std::mt19937_64& random);
/// To within `tolerance` of the largest number of each tensor, or of 1.
void expect_close(const cli::NamedTensors& got, const cli::NamedTensors& exact, double tolerance,
                  const char* what);

}  // namespace lossc::testing
