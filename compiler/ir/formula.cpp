// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formulas: construction with the few simplifications that keep tables readable (constants meet in
// front, a power of a constant exponent is one node), text, and instantiation into a graph. A
// formula is a small tree of the source code, so recursion over it is bounded.
#include "compiler/ir/formula.h"

#include <utility>

#include "compiler/ir/builtins.h"
#include "compiler/ir/formula_functions.h"
#include "compiler/ir/graph.h"
#include "compiler/support/assert.h"

namespace lossc::ir {
namespace {

using Kind = Formula::Kind;

Formula node(Kind kind, std::vector<Formula> operands) {
  Formula::Tree tree;
  tree.kind = kind;
  tree.operands = std::move(operands);
  return Formula::make(std::move(tree));
}

bool is_constant(const Formula& formula) { return formula.tree().kind == Kind::constant; }

Formula power_of(const Formula& base, const Number& exponent) {
  Formula::Tree tree;
  tree.kind = Kind::power;
  tree.constant = exponent;
  tree.operands = {base};
  return Formula::make(std::move(tree));
}

/// A factor of a product: its base and exponent.
std::pair<Formula, Number> as_power(const Formula& formula) {
  if (formula.tree().kind == Kind::power) {
    return {formula.tree().operands[0], formula.tree().constant};
  }
  return {formula, Number(1)};
}

/// The factors of nested products, the constant ones multiplied together.
void collect_factors(const Formula& formula, Number& coefficient, std::vector<Formula>& factors) {
  const Formula::Tree& tree = formula.tree();
  if (tree.kind == Kind::constant) {
    coefficient = coefficient * tree.constant;
  } else if (tree.kind == Kind::mul) {
    for (const Formula& operand : tree.operands) collect_factors(operand, coefficient, factors);
  } else {
    factors.push_back(formula);
  }
}

/// The terms of nested sums, the constant ones added together.
void collect_terms(const Formula& formula, Number& constant, std::vector<Formula>& terms) {
  const Formula::Tree& tree = formula.tree();
  if (tree.kind == Kind::constant) {
    constant = constant + tree.constant;
  } else if (tree.kind == Kind::add) {
    for (const Formula& operand : tree.operands) collect_terms(operand, constant, terms);
  } else {
    terms.push_back(formula);
  }
}

}  // namespace

Formula::Formula(Number value) {
  Tree tree;
  tree.kind = Kind::constant;
  tree.constant = std::move(value);
  *this = make(std::move(tree));
}

Formula Formula::make(Tree tree) {
  Formula formula;
  formula.tree_ = std::make_shared<const Tree>(std::move(tree));
  return formula;
}

Formula Formula::variable(int index) {
  Tree tree;
  tree.kind = Kind::variable;
  tree.variable = index;
  return make(std::move(tree));
}

Formula operator+(const Formula& a, const Formula& b) {
  if (is_constant(a) && is_constant(b)) return Formula(a.tree().constant + b.tree().constant);
  return node(Kind::add, {a, b});
}

Formula operator*(const Formula& a, const Formula& b) {
  if (is_constant(a) && is_constant(b)) return Formula(a.tree().constant * b.tree().constant);
  return node(Kind::mul, {a, b});
}

Formula operator-(const Formula& a, const Formula& b) { return a + (-b); }
Formula operator-(const Formula& a) { return Formula(-1) * a; }

Formula operator/(const Formula& a, const Formula& b) {
  if (is_constant(b)) return a * Formula(Number(1) / b.tree().constant);
  return a * power_of(b, Number(-1));
}

Formula applied(Builtin builtin, std::initializer_list<Formula> arguments) {
  if (builtin == Builtin::pow) {
    const Formula& exponent = *(arguments.begin() + 1);
    if (is_constant(exponent)) return power_of(*arguments.begin(), exponent.tree().constant);
  }
  if (builtin == Builtin::sqrt) {
    return power_of(*arguments.begin(), Number(1) / Number(2));
  }
  Formula::Tree tree;
  tree.kind = Kind::call;
  tree.builtin = builtin;
  tree.operands = arguments;
  return Formula::make(std::move(tree));
}

Formula pow(const Formula& base, const Formula& exponent) {
  return applied(Builtin::pow, {base, exponent});
}

Formula sqrt(const Formula& a) { return applied(Builtin::sqrt, {a}); }

Formula ratio(long numerator, long denominator) {
  return Formula(Number(numerator) / Number(denominator));
}

Formula pi_formula() { return node(Kind::pi, {}); }
Formula less(const Formula& a, const Formula& b) { return node(Kind::less, {a, b}); }

Formula choose(const Formula& condition, const Formula& a, const Formula& b) {
  LOSSC_ASSERT(condition.tree().kind == Kind::less, "the condition of choose is a comparison");
  return node(Kind::select, {condition, a, b});
}

namespace {

/// Binding strength, for parentheses: 0 choice, 1 comparison, 2 sum, 3 product, 4 power, 5 atom.
struct Text {
  std::string text;
  int strength;
};

std::string within(const Text& text, int strength) {
  return text.strength < strength ? "(" + text.text + ")" : text.text;
}

Text write(const Formula& formula);

Text write_sum(const Formula& formula) {
  Number constant(0);
  std::vector<Formula> terms;
  collect_terms(formula, constant, terms);
  std::string text;
  const auto append = [&text](const std::string& term) {
    if (text.empty()) {
      text = term;
    } else if (term.starts_with('-')) {
      text += " - " + term.substr(1);
    } else {
      text += " + " + term;
    }
  };
  if (!constant.is(0)) append(constant.text());
  for (const Formula& term : terms) append(within(write(term), 3));
  return {text.empty() ? "0" : text, 2};
}

Text write_power(const Formula& base, const Number& exponent) {
  if (exponent.is(1)) return write(base);
  if (exponent == Number(1) / Number(2)) return {"sqrt(" + write(base).text + ")", 5};
  const std::string text = exponent.text();
  return {within(write(base), 5) + "^" + (exponent.is_integer() ? text : "(" + text + ")"), 4};
}

Text write_product(const Formula& formula) {
  Number coefficient(1);
  std::vector<Formula> factors;
  collect_factors(formula, coefficient, factors);
  std::string above;
  std::string below;
  int below_count = 0;
  for (const Formula& factor : factors) {
    const auto [base, exponent] = as_power(factor);
    const bool denominator = exponent.finite() && exponent.sign() < 0;
    std::string& side = denominator ? below : above;
    below_count += denominator;
    if (!side.empty()) side += " * ";
    side += within(write_power(base, denominator ? -exponent : exponent), 4);
  }
  std::string text = coefficient.sign() < 0 ? "-" : "";
  const Number size = coefficient.sign() < 0 ? -coefficient : coefficient;
  if (!size.is(1) || above.empty()) text += size.text() + (above.empty() ? "" : " * ");
  text += above;
  if (!below.empty()) text += " / " + (below_count > 1 ? "(" + below + ")" : below);
  return {text, 3};
}

Text write(const Formula& formula) {
  const Formula::Tree& tree = formula.tree();
  switch (tree.kind) {
    case Kind::none:
      return {"", 5};
    case Kind::variable:
      return {std::string(1, "xyzuvw"[tree.variable % 6]), 5};
    case Kind::constant:
      return {tree.constant.text(), tree.constant.sign() < 0 ? 3 : 5};
    case Kind::pi:
      return {"pi", 5};
    case Kind::add:
      return write_sum(formula);
    case Kind::mul:
      return write_product(formula);
    case Kind::power:
      if (tree.constant.finite() && tree.constant.sign() < 0) return write_product(formula);
      return write_power(tree.operands[0], tree.constant);
    case Kind::less:
      return {within(write(tree.operands[0]), 2) + " < " + within(write(tree.operands[1]), 2), 1};
    case Kind::select:
      return {"if " + write(tree.operands[0]).text + " then " + write(tree.operands[1]).text +
                  " else " + write(tree.operands[2]).text,
              0};
    case Kind::call:
      break;
  }
  std::string text(info(tree.builtin).name);
  text += '(';
  for (std::size_t i = 0; i < tree.operands.size(); ++i) {
    if (i != 0) text += ", ";
    text += write(tree.operands[i]).text;
  }
  return {text + ")", 5};
}

/// Puts one formula into the graph.
class Instantiation {
 public:
  Instantiation(Graph& graph, std::span<const ExprId> arguments)
      : graph_(graph), arguments_(arguments) {}

  ExprId put(const Formula& formula) {
    const Formula::Tree& tree = formula.tree();
    switch (tree.kind) {
      case Kind::none:
        LOSSC_UNREACHABLE("an empty formula");
      case Kind::variable:
        LOSSC_ASSERT(static_cast<std::size_t>(tree.variable) < arguments_.size(),
                     "a formula has more variables than arguments");
        return arguments_[static_cast<std::size_t>(tree.variable)];
      case Kind::constant:
        return graph_.constant(tree.constant);
      case Kind::pi:
        return graph_.pi();
      case Kind::add:
        return put_sum(formula);
      case Kind::mul:
      case Kind::power:
        return put_product(formula);
      case Kind::less:
        return graph_.compare(Relation::less, put(tree.operands[0]), put(tree.operands[1]));
      case Kind::select:
        return graph_.select(put(tree.operands[0]), put(tree.operands[1]), put(tree.operands[2]));
      case Kind::call:
        break;
    }
    std::vector<ExprId> operands;
    for (const Formula& operand : tree.operands) operands.push_back(put(operand));
    if (info(tree.builtin).composed) {
      return instantiated(graph_, info(tree.builtin).means, operands);
    }
    return graph_.call(tree.builtin, operands);
  }

 private:
  ExprId put_sum(const Formula& formula) {
    Number constant(0);
    std::vector<Formula> parts;
    collect_terms(formula, constant, parts);
    std::vector<std::pair<ExprId, Number>> terms;
    for (const Formula& part : parts) {
      Number coefficient(1);
      std::vector<Formula> factors;
      collect_factors(part, coefficient, factors);
      terms.emplace_back(product(Number(1), factors), coefficient);
    }
    return graph_.add(constant, terms);
  }

  ExprId put_product(const Formula& formula) {
    Number coefficient(1);
    std::vector<Formula> factors;
    collect_factors(formula, coefficient, factors);
    return product(coefficient, factors);
  }

  ExprId product(const Number& coefficient, const std::vector<Formula>& factors) {
    std::vector<std::pair<ExprId, Number>> powers;
    for (const Formula& factor : factors) {
      const auto [base, exponent] = as_power(factor);
      powers.emplace_back(put(base), exponent);
    }
    if (powers.empty()) return graph_.constant(coefficient);
    if (powers.size() == 1 && coefficient.is(1) && powers[0].second.is(1)) return powers[0].first;
    return graph_.mul(coefficient, powers);
  }

  Graph& graph_;
  std::span<const ExprId> arguments_;
};

}  // namespace

std::string Formula::text() const { return tree_ == nullptr ? "" : write(*this).text; }

ExprId instantiated(Graph& graph, const Formula& formula, std::span<const ExprId> arguments) {
  return Instantiation(graph, arguments).put(formula);
}

}  // namespace lossc::ir
