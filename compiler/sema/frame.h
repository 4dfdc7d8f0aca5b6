// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One declaration under way: its names, what its sizes are called where the graph was begun, and
// its open axes. A call is a frame of its own, so that the callee sees its parameters and the axes
// of their arguments, and nothing else.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/sema/modules.h"
#include "compiler/sema/value.h"

namespace lossc::sema {

struct Binding {
  enum class Kind { value, size, index };
  Kind kind = Kind::value;
  std::string name;
  Value value;        ///< of a value
  SourceRange range;  ///< where it was defined
  bool used = false;
  bool parameter = false;
  // Of an index: the axis it runs along, unknown until a place tells.
  std::optional<AxisName> along;
  ir::Axis axis;           ///< temporary, once `along` is known
  std::int64_t first = 0;  ///< of `i in a .. b`: a
  bool explicit_range = false;
  // Of `i in a .. b` whose ends are computed: settled by a bound of b, or by the first place.
  bool computed = false;
  std::optional<ir::Axis> place;  ///< the axis at whose place it stands as i + place_offset
  std::int64_t place_offset = 0;
};

/// An axis that values of a frame may have: the `occurrence`-th of its name.
struct OpenAxis {
  AxisName name;
  int occurrence = 0;
  ir::Axis axis;
  bool owned = true;  ///< false: the caller's, seen through an untyped parameter
};

struct Frame {
  const Unit* unit = nullptr;
  const syntax::FunctionDeclaration* declaration = nullptr;  ///< null in a test
  Frame* caller = nullptr;
  SourceRange call_site;
  std::map<std::string, ir::Size> sizes;  ///< what a symbol means in the graph
  std::vector<OpenAxis> open;
  int metric_allowed = 0;
  std::optional<Value> weight;  ///< of the `weight =` clause
  /// Of a called loss: its `grad` and `hess` clauses, and what they are by.
  struct Given {
    bool gradient = true;
    Value argument;  ///< as the caller's formula has it
    Value value;     ///< what the clause says, once it is read
  };
  std::map<std::pair<std::string, bool>, Given> given;  ///< by parameter and `gradient`
  bool divisor = false;

  Binding* find(const std::string& name);
  /// False if the name is taken.
  Binding* define(Binding binding);
  void remove(const std::string& name) { names_.erase(name); }
  const std::unordered_map<std::string, Binding>& names() const { return names_; }

  /// A size as spelled here → as the graph knows it.
  ir::Size resolved(const ir::Size& spelled) const;
  const OpenAxis* open_axis(ir::Axis axis) const;

 private:
  std::unordered_map<std::string, Binding> names_;
};

}  // namespace lossc::sema
