// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One loss on one batch, two ways: compiled, through the public interface, and interpreted at high
// precision. What differs by more than the rounding bound comes back in words.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "compiler/driver/pipeline.h"
#include "compiler/ir/function.h"
#include "runtime/compiler_result.h"

// After the compiler's Result has its other name.
#include "lossc/lossc.h"

namespace lossc::testing {

/// Values of every array: per-example arrays with the batch first, row-major, as doubles that are
/// exact in f32 as well.
struct BatchData {
  std::int64_t batch = 0;
  std::map<std::string, std::int64_t> sizes;
  std::vector<std::vector<double>> arrays;  ///< by ArrayId
};

/// Random values in the domains of the arrays. A `batch loss` is a batch of one example.
BatchData random_data(const ir::Function& function, std::int64_t batch, std::int64_t extent,
                      std::mt19937_64& random);
BatchData random_data(const ir::Function& function, std::int64_t batch,
                      const std::map<std::string, std::int64_t>& sizes, std::mt19937_64& random);

/// Whether the sizes are possible and the `require`s of the loss hold.
bool is_possible(const ir::Function& function, const BatchData& data);

/// Checked source with everything that is compared.
struct Subject {
  std::string name;
  ir::Function core;                            ///< as the checker made it: the oracle
  ir::Function lowered;                         ///< with gradients, simplified: what is compiled
  std::vector<ir::ArrayId> gradients;           ///< by which arrays
  std::vector<ir::ArrayId> hessians;            ///< diagonals, by which arrays
  std::map<std::string, std::int64_t> options;  ///< which word of each one_of, 0 or 1 of a bool
};

/// Gradients by every pred, and by every param of real numbers; diagonals of the Hessian, if
/// wanted, by every pred. Fails (an error in words) if the pipeline does.
runtime::CompilerResult<Subject> subject(const ir::Function& core, bool hessians = false,
                                         const std::map<std::string, std::int64_t>& options = {});

struct Tally {
  std::size_t compared = 0;   ///< numbers
  std::size_t undecided = 0;  ///< of these, with an infinite bound: a comparison at a tie
  double worst = 0;           ///< error / bound
};

/// Compiled against interpreted: the values of all examples, their sum, and every derivative, with
/// reduction `sum`; empty if all is within `slack` times the bound.
std::string compare_compiled(const Subject& subject, const lossc::Kernel& kernel,
                             const BatchData& data, double slack, Tally& tally);

/// Symbolic derivatives of the first example against dual numbers on the author's text, both at 384
/// bits: equal to 1e-40 of the largest, or a description. What the author gave is compared with it.
std::string compare_derivatives(const Subject& subject, const BatchData& data,
                                std::size_t elements_per_array);

/// The kernel with the subject's derivatives.
api::Result<api::Kernel> kernel(const lossc::Module& module, const Subject& subject,
                                lossc::DataType dtype, unsigned width = 0);

}  // namespace lossc::testing
