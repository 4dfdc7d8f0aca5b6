// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LaTeX of nodes, each from the text of its operands: no recursion, and the caller keeps texts
// short by giving names to what is long or shared.
#pragma once

#include <optional>
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
  /// Written as cases over several lines: not [c] x.
  static bool is_cases(const Graph& graph, ExprId id) {
    return graph.op(id) == Op::select && !graph.is_bool(id) &&
           !graph.is_constant(graph.operands(id)[2], 0);
  }

 private:
  /// How tightly the outermost operator binds. `prefix`: log x, Σ x, which take what follows.
  enum Strength { cases, either, both, comparison, sum, prefix, product, power, atom };
  /// A product as its parts, so that a product of products is one, its sign stands in front and
  /// its denominators are in one fraction.
  struct Product {
    bool negative = false;
    Number coefficient = Number(1);
    std::vector<std::string> above;
    std::vector<std::string> behind;  ///< log x, Σ x: they stand last
    std::vector<std::string> below;
  };
  struct Term {
    std::string text;
    Strength strength = atom;
    std::optional<Product> product = std::nullopt;  ///< of a product that has no name
    bool named = false;
  };

  std::string within(ExprId id, Strength strength) const;
  Term add(ExprId id) const;
  Product product_of(ExprId id) const;
  static Term written(Product product);
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
