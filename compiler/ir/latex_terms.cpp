// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One node at a time in LaTeX.
#include "compiler/ir/latex_terms.h"

#include <algorithm>

#include "compiler/ir/latex_names.h"

namespace lossc::ir {

namespace {

std::string parenthesised(const std::string& text) { return "\\left(" + text + "\\right)"; }

/// Factors side by side; a dot where two numbers would run together.
std::string side_by_side(const std::vector<std::string>& factors) {
  std::string text;
  for (const std::string& factor : factors) {
    const bool digit = factor[0] >= '0' && factor[0] <= '9';
    if (!text.empty()) text += digit || factor.starts_with("\\frac") ? " \\cdot " : " \\, ";
    text += factor;
  }
  return text;
}

/// One factor alone in a fraction needs no parentheses.
std::string alone(const std::vector<std::string>& factors) {
  constexpr std::string_view left = "\\left(";
  constexpr std::string_view right = "\\right)";
  const std::string text = side_by_side(factors);
  const bool whole = factors.size() == 1 && text.starts_with(left) && text.ends_with(right) &&
                     text.find(right) == text.size() - right.size();
  return whole ? text.substr(left.size(), text.size() - left.size() - right.size()) : text;
}

}  // namespace

LatexTerms::LatexTerms(const Function& function)
    : function_(function), graph_(function.graph), axes_(function), terms_(function.graph.size()) {}

void LatexTerms::rename(ExprId id, std::string name) { terms_[id.index] = {std::move(name), atom}; }

std::string LatexTerms::axis_name(Axis axis) const { return axes_[axis]; }

std::string LatexTerms::within(ExprId id, Strength strength) const {
  const Term& term = terms_[id.index];
  return term.strength < strength ? parenthesised(term.text) : term.text;
}

std::string LatexTerms::list(std::span<const ExprId> ids, const char* between,
                             Strength strength) const {
  std::string text;
  for (const ExprId id : ids) text += (text.empty() ? "" : between) + within(id, strength);
  return text;
}

void LatexTerms::write(ExprId id) {
  const auto operands = graph_.operands(id);
  Term term;
  switch (graph_.op(id)) {
    case Op::constant: {
      const Number& value = graph_.constant_of(id);
      const bool negative = value.sign() < 0;
      const std::string text = latex_number(negative ? -value : value);
      const bool compound = text.find("\\cdot") != std::string::npos;
      term = {(negative ? "-" : "") + text, negative ? sum : (compound ? product : atom)};
      break;
    }
    case Op::truth:
      term = {graph_.node(id).attribute != 0 ? "\\text{true}" : "\\text{false}", atom};
      break;
    case Op::pi:
      term = {"\\pi", atom};
      break;
    case Op::size: {
      const Size& size = function_.sizes[graph_.size_of(id).index];
      term = {size.text(), size.symbol.empty() || size.offset == 0 ? atom : sum};
      break;
    }
    case Op::index:
      term = {axes_[graph_.axis(id)], atom};
      break;
    case Op::load:
      term = load(id);
      break;
    case Op::add:
      term = add(id);
      break;
    case Op::mul:
      term = mul(id);
      break;
    case Op::call:
      term = call(id);
      break;
    case Op::compare:
      term = compare(id);
      break;
    case Op::conjunction:
      term = {list(operands, " \\wedge ", comparison), both};
      break;
    case Op::disjunction:
      term = {list(operands, " \\vee ", both), either};
      break;
    case Op::negation:
      term = {"\\neg " + within(operands[0], atom), comparison};
      break;
    case Op::select:
      term = select(id);
      break;
    case Op::reduce:
      term = reduce(id);
      break;
    case Op::weight:
      term = weight(id);
      break;
  }
  terms_[id.index] = std::move(term);
}

LatexTerms::Term LatexTerms::load(ExprId id) const {
  std::string name = latex_name(function_.arrays[graph_.array(id).index].name);
  const auto operands = graph_.operands(id);
  if (operands.empty()) return {name, atom};
  if (name.find('_') != std::string::npos) name = "{" + name + "}";
  return {name + "_{" + list(operands, ", ", cases) + "}", atom};
}

// Positive terms first: y − x rather than −x + y.
LatexTerms::Term LatexTerms::add(ExprId id) const {
  const auto operands = graph_.operands(id);
  const auto coefficients = graph_.factors(id);
  const Number& constant = graph_.constant_of(id);
  std::vector<std::string> positive;
  std::vector<std::string> negative;
  const auto append = [&](std::string term, bool minus) {
    if (term.starts_with('-')) {
      term.erase(0, 1);
      minus = !minus;
    }
    (minus ? negative : positive).push_back(std::move(term));
  };
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Number& coefficient = coefficients[i];
    const bool minus = coefficient.sign() < 0;
    const Number size = minus ? -coefficient : coefficient;
    if (size.is(1)) {
      const Term& term = terms_[operands[i].index];
      // Under a minus a leading minus of a product turns, but a sum needs its parentheses.
      const bool open = minus ? term.strength <= sum : term.strength < sum;
      append(open ? parenthesised(term.text) : term.text, minus);
    } else {
      append(side_by_side({latex_number(size), within(operands[i], prefix)}), minus);
    }
  }
  if (!constant.is(0) || operands.empty()) {
    const bool minus = constant.sign() < 0;
    const std::string text = latex_number(minus ? -constant : constant);
    auto& side = minus ? negative : positive;
    // 1 − p, but x + 1.
    side.insert(positive.empty() && !minus ? side.begin() : side.end(), text);
  }
  std::string text;
  for (const std::string& term : positive) text += (text.empty() ? "" : " + ") + term;
  for (const std::string& term : negative) text += (text.empty() ? "-" : " - ") + term;
  return {text, sum};
}

std::string LatexTerms::raised(ExprId base, const Number& exponent) const {
  if (exponent == Number(1) / Number(2)) return "\\sqrt{" + terms_[base.index].text + "}";
  return within(base, atom) + "^{" + latex_number(exponent) + "}";
}

LatexTerms::Term LatexTerms::mul(ExprId id) const {
  const auto operands = graph_.operands(id);
  const auto exponents = graph_.factors(id);
  Number coefficient = graph_.constant_of(id);
  std::vector<std::string> above;   // simple factors
  std::vector<std::string> behind;  // log x, Σ x: they stand last
  std::vector<std::string> below;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Number& exponent = exponents[i];
    const bool plain = exponent.is(1);
    if (plain && graph_.op(operands[i]) == Op::constant) {
      coefficient = coefficient * graph_.constant_of(operands[i]);
    } else if (exponent.finite() && exponent.sign() < 0) {
      below.push_back(exponent.is(-1) ? within(operands[i], prefix)
                                      : raised(operands[i], -exponent));
    } else if (!plain) {
      above.push_back(raised(operands[i], exponent));
    } else if (terms_[operands[i].index].strength == prefix) {
      behind.push_back(terms_[operands[i].index].text);
    } else {
      above.push_back(within(operands[i], product));
    }
  }
  const bool negative = coefficient.sign() < 0;
  const Number size = negative ? -coefficient : coefficient;
  const std::string number = latex_number(size);
  std::string text;
  if (below.empty()) {
    if (!size.is(1) || (above.empty() && behind.empty())) above.insert(above.begin(), number);
  } else {
    if (!size.is(1) || above.empty()) above.insert(above.begin(), number);
    above = {"\\frac{" + alone(above) + "}{" + alone(below) + "}"};
  }
  for (std::size_t i = 0; i < behind.size(); ++i) {
    above.push_back(i + 1 < behind.size() ? parenthesised(behind[i]) : behind[i]);
  }
  text = side_by_side(above);
  if (negative) return {"-" + text, sum};
  return {text, behind.empty() ? product : prefix};
}

namespace {

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

LatexTerms::Term LatexTerms::call(ExprId id) const {
  const auto operands = graph_.operands(id);
  const BuiltinInfo& row = info(graph_.builtin(id));
  if (row.name == "stop_gradient") return terms_[operands[0].index];
  if (row.name == "pow") {
    return {within(operands[0], atom) + "^{" + terms_[operands[1].index].text + "}", power};
  }
  std::string form(row.latex);
  if (form.empty()) form = "\\operatorname{" + std::string(row.name) + "}";
  if (form.find("#1") == std::string::npos) {
    const Term& x = terms_[operands[0].index];
    if (operands.size() > 1) return {form + parenthesised(list(operands, ", ", cases)), power};
    const bool simple = x.strength == atom && form.starts_with("\\log");
    return {form + (simple ? " " + x.text : parenthesised(x.text)), simple ? prefix : power};
  }
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string place = "#" + std::to_string(i + 1);
    replace_all(form, "- " + place, "- " + within(operands[i], prefix));
    replace_all(form, "{" + place + "}^", "{" + within(operands[i], atom) + "}^");
    replace_all(form, place, terms_[operands[i].index].text);
  }
  if (form.starts_with("\\log")) {
    replace_all(form, "\\log(", "\\log\\left(");
    if (form.ends_with(')')) form.replace(form.size() - 1, 1, "\\right)");
    return {form, prefix};
  }
  const bool closed = form.starts_with("\\left|") || form.starts_with("\\l") || form[0] == '(' ||
                      form[0] == '[' || form.starts_with("\\m");
  return {form, closed ? atom : power};
}

LatexTerms::Term LatexTerms::compare(ExprId id) const {
  const auto operands = graph_.operands(id);
  static constexpr const char* relations[] = {" < ", " \\le ", " = ", " \\ne "};
  const std::string* word = option_word(function_, id);
  const auto side = [&](ExprId operand) {
    if (word != nullptr && graph_.op(operand) == Op::constant) return "\\text{" + *word + "}";
    return within(operand, sum);
  };
  return {side(operands[0]) + relations[static_cast<std::size_t>(graph_.relation(id))] +
              side(operands[1]),
          comparison};
}

// [c] x is Iverson's bracket; everything else is set by cases.
LatexTerms::Term LatexTerms::select(ExprId id) const {
  const auto operands = graph_.operands(id);
  const std::string& condition = terms_[operands[0].index].text;
  if (graph_.is_constant(operands[2], 0)) {
    const std::string bracket = "\\left[" + condition + "\\right]";
    if (graph_.is_constant(operands[1], 1)) return {bracket, atom};
    const bool open = terms_[operands[1].index].strength == prefix;
    return {bracket + " \\, " + within(operands[1], prefix), open ? prefix : product};
  }
  std::string text = "\\begin{cases} ";
  text += terms_[operands[1].index].text + " & \\text{if } " + condition + " \\\\ ";
  text += terms_[operands[2].index].text + " & \\text{otherwise} \\end{cases}";
  return {text, cases};
}

LatexTerms::Term LatexTerms::reduce(ExprId id) const {
  static constexpr const char* signs[] = {"\\sum",
                                          "\\prod",
                                          "\\max",
                                          "\\min",
                                          "\\log \\sum",
                                          "\\operatorname*{arg\\,max}",
                                          "\\operatorname*{arg\\,min}",
                                          "\\bigvee",
                                          "\\bigwedge"};
  const ExprId body = graph_.operands(id)[0];
  std::string text = signs[static_cast<std::size_t>(graph_.reduce_op(id))];
  text += "_{" + axes_[graph_.axis(id)] + "} ";
  if (graph_.reduce_op(id) == ReduceOp::lse) {
    text += "e^{" + terms_[body.index].text + "}";
  } else {
    text += within(body, prefix);
  }
  return {text, prefix};
}

LatexTerms::Term LatexTerms::weight(ExprId id) const {
  const auto operands = graph_.operands(id);
  if (const auto place = softmax_place(graph_, id)) {
    const auto subscripts = graph_.operands(operands[0]);
    std::string name = latex_name(function_.arrays[graph_.array(operands[0]).index].name);
    std::vector<ExprId> others(subscripts.begin(), subscripts.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(*place));
    if (!others.empty()) name += "_{" + list(others, ", ", cases) + "}";
    return {"\\operatorname{softmax}(" + name + ")_{" + terms_[subscripts[*place].index].text + "}",
            atom};
  }
  return {"e^{" + within(operands[0], sum) + " - " + within(operands[1], prefix) + "}", power};
}

}  // namespace lossc::ir
