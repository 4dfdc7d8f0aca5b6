// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function of the core IR: a signature (arrays, sizes), a graph and the expressions wanted of it.
// A loss is written for one example: the batch is not in the graph. `pred` and `target` arrays have
// one row per example, `param` arrays are shared. Every stage of the pipeline is a Function, so
// each can be printed, read back, verified and interpreted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/domain.h"
#include "compiler/ir/graph.h"

namespace lossc::ir {

enum class Role : std::uint8_t { pred, target, param };

struct Array {
  std::string name;
  Role role{};
  Domain domain{};
  std::vector<SizeId> shape;           ///< axes in order of declaration
  SizeId classes{};                    ///< of class(K): K
  std::optional<std::int64_t> ignore;  ///< of class(K, ignore = c)
  std::vector<std::string> options;    ///< of one_of; the value is the position
  /// Defaults of a param: one number repeated along all axes, or one per element, row-major.
  std::vector<Number> default_values;
  bool has_default = false;
  SourceRange range;
};

enum class FunctionKind : std::uint8_t { loss, batch_loss, metric, batch_metric };

enum class OutputKind : std::uint8_t {
  value,            ///< L of one example, unweighted
  weight,           ///< w; an example with w = 0 is skipped
  divisor,          ///< what it adds to the denominator of mean
  gradient,         ///< ∂L/∂array of one example, with the array's axes
  hessian,          ///< diagonal of ∂²L/∂array²
  given_gradient,   ///< a `grad[x] = …` clause of the source
  given_hessian,    ///< a `hess[x] = …` clause
  hessian_product,  ///< ∂²L/∂array² times a direction, with the array's axes
};

struct Output {
  OutputKind kind{};
  ArrayId array{};         ///< of gradient and hessian
  std::vector<Axis> axes;  ///< canonical names, in the array's order: axis i of the output
  ExprId root;
};

struct Requirement {
  ExprId condition;  ///< a bool of params and sizes, without axes
  std::string message;
  SourceRange range;
};

/// A place where smoothness ends, or an override, for `explain`.
struct Remark {
  std::string text;
  SourceRange range;
};

struct Function {
  std::string name;    ///< `focal`
  std::string module;  ///< `std.classification`, or the file's stem
  FunctionKind kind{};
  std::string documentation;
  std::vector<Size> sizes;    ///< by SizeId
  std::vector<Array> arrays;  ///< by ArrayId, in order of declaration
  Graph graph;
  std::vector<Output> outputs;
  std::vector<Requirement> requirements;
  std::vector<Remark> remarks;
  SourceRange range;

  SizeId size_id(const Size& size);  ///< interned
  /// Whether an array has an axis, or labels, of this size. Of another, which only a range makes,
  /// what would be negative is empty.
  bool is_of_array(SizeId size) const;
  const Output* find(OutputKind kind, ArrayId array = {}) const;
  std::optional<ArrayId> find_array(std::string_view name) const;
  /// The roots of all outputs and requirements.
  std::vector<ExprId> roots() const;
  bool per_example(ArrayId array) const { return arrays[array.index].role != Role::param; }
};

/// The same function in a normalising graph: every root rebuilt through the constructors.
Function normalised(const Function& literal);

/// Tells a graph what its rules may know of the function's sizes and arrays. To be called on every
/// normalising graph before anything is built in it.
void describe(Graph& graph, const Function& function);

/// Text form: what `--emit=core` prints. `read` is its inverse.
std::string print(const Function& function);

/// Sizes, ids, sorts (bool or number), free axes, canonical names; the first violation in words.
std::optional<std::string> violation(const Function& function);

}  // namespace lossc::ir
