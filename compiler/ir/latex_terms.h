// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LaTeX of nodes, each from the text of its operands: no recursion, and the caller keeps texts
// short by giving names to what is long or shared.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/axis_names.h"
#include "compiler/ir/function.h"

namespace lossc::ir {

class LatexTerms {
 public:
  explicit LatexTerms(const Function& function);

  /// Makes the text of a node whose operands have theirs.
  void write(ExprId id);
  const std::string& of(ExprId id) const { return terms_[id.index].text; }
  /// From now on the node is called by this name.
  void rename(ExprId id, std::string name);
  std::string axis_name(Axis axis) const;

 private:
  /// How tightly the outermost operator binds. `prefix`: log x, Σ x, which take what follows.
  enum Strength { cases, either, both, comparison, sum, prefix, product, power, atom };
  struct Term {
    std::string text;
    Strength strength = atom;
  };

  std::string within(ExprId id, Strength strength) const;
  Term add(ExprId id) const;
  Term mul(ExprId id) const;
  std::string raised(ExprId base, const Number& exponent) const;
  Term call(ExprId id) const;
  Term compare(ExprId id) const;
  Term select(ExprId id) const;
  Term reduce(ExprId id) const;
  Term weight(ExprId id) const;
  Term load(ExprId id) const;
  std::string list(std::span<const ExprId> ids, const char* between, Strength strength) const;

  const Function& function_;
  const Graph& graph_;
  AxisNames axes_;
  std::vector<Term> terms_;
};

}  // namespace lossc::ir
