// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an expression of the source means to the checker: a node of the graph and the axes that are
// still open in it, in order. An open axis is a temporary axis of the graph that the frame knows by
// the name of its size; operators pair axes by that name, so pairing is plain equality of
// `ir::Axis`. An invalid node is the error value: it was diagnosed, and everything accepts it
// silently.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/support/source.h"

namespace lossc::sema {

/// The name of an axis where it is used: a size as spelled there. `scope` is not 0 for an axis that
/// came from elsewhere under a name that means something else here; it cannot be written.
struct AxisName {
  ir::Size size;
  int scope = 0;
  auto operator<=>(const AxisName&) const = default;
  std::string text() const { return size.text(); }
};

/// An index 0 … size − 1, and the label that marks a position without one.
struct ClassOf {
  ir::Size size;  ///< as the graph knows it
  std::optional<std::int64_t> ignore;
};

struct Value {
  ir::ExprId id;
  std::vector<ir::Axis> axes;  ///< open, in order
  bool is_bool = false;
  std::optional<ir::Domain> domain;  ///< declared, returned or asserted
  std::optional<ClassOf> classes;
  /// An element, a sum or a product of probabilities: softmax of it would be a second one.
  bool probable = false;
  /// Its axes have an order, so that it can be indexed.
  bool ordered = false;
  /// Operands were repeated along each other's axes: no operand had all the axes.
  bool outer = false;
  /// A parameter of one_of(…): the words, by position. Only comparable with a word.
  std::shared_ptr<const std::vector<std::string>> options;
  std::string name;  ///< of what was declared, for messages
  SourceRange declared;

  bool ok() const { return id.valid(); }
};

}  // namespace lossc::sema
