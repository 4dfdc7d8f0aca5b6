// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference interpreter: a function's expressions at any precision, one example at a time, on
// the graph as it stands. On the checker's literal graph it is the oracle of every test, of
// `lossc verify` and of `eval --interpret`. It is written to be obviously right: every node becomes
// a dense array over its free axes, bottom up; untaken branches are evaluated and ignored.
//
// Derivatives for the oracle come from dual numbers (`derivatives`), never from our own autodiff.
#pragma once

#include <boost/multiprecision/mpfr.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/support/result.h"

namespace lossc::ir {

using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<0>,
                                           boost::multiprecision::et_off>;

/// The values of one example: per array, row-major over its shape; sizes by SizeId (derived sizes
/// such as K − 1 included).
struct Example {
  std::vector<std::int64_t> sizes;
  std::vector<std::vector<Real>> arrays;
};

/// Sets the working precision, in bits, of Reals made on this thread while it lives. With noise
/// other than 0, whatever the interpreter rounds differs from evaluations with other noise.
class Precision {
 public:
  explicit Precision(unsigned bits, std::uint64_t noise = 0);
  ~Precision();
  Precision(const Precision&) = delete;
  Precision& operator=(const Precision&) = delete;

 private:
  unsigned previous_;
  std::uint64_t previous_noise_;
};

/// Extents of all sizes from the symbols' values; error if one that an array has is negative.
Result<std::vector<std::int64_t>> extents(const Function& function,
                                          const std::map<std::string, std::int64_t>& symbols);

/// One output of one example, row-major over output.axes. An error is a subscript out of range or
/// argmax of nothing in a branch that is taken.
Result<std::vector<Real>> interpret(const Function& function, const Output& output,
                                    const Example& example);

/// A condition (Requirement) at these values.
Result<bool> interpret_condition(const Function& function, ExprId condition,
                                 const Example& example);

/// ∂output/∂(each element of `array`) by dual numbers, for a scalar output; kinks by the
/// conventions of language.md 7. `elements`: which ones; empty means all.
Result<std::vector<Real>> derivatives(const Function& function, const Output& output,
                                      const Example& example, ArrayId array,
                                      const std::vector<std::size_t>& elements = {});

/// The diagonal of the second derivative, by dual numbers of second order.
Result<std::vector<Real>> second_derivatives(const Function& function, const Output& output,
                                             const Example& example, ArrayId array,
                                             const std::vector<std::size_t>& elements = {});

/// The second derivative times a direction, an element of `array` each, by hyper-dual numbers. What
/// called losses give by `hess` clauses is a diagonal: it has no part in it.
Result<std::vector<Real>> hessian_product(const Function& function, const Output& output,
                                          const Example& example, ArrayId array,
                                          const std::vector<Real>& direction);

/// The slope of an output with axes (what a `grad` clause says) along a direction, an element of
/// `array` each: a Hessian times that direction, if the output is a gradient.
Result<std::vector<Real>> slope(const Function& function, const Output& output,
                                const Example& example, ArrayId array,
                                const std::vector<Real>& direction);

/// The value and both derivatives along one element, of one evaluation.
struct Expansion2 {
  Real value;
  Real first;
  Real second;
};
Result<std::vector<Expansion2>> expansions(const Function& function, const Output& output,
                                           const Example& example, ArrayId array,
                                           const std::vector<std::size_t>& elements);

/// A constant subgraph (no loads, sizes or free axes), correctly rounded to double for codegen.
double constant_value(const Graph& graph, ExprId id, unsigned bits = 256);

}  // namespace lossc::ir
