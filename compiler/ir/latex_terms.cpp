// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One node at a time in LaTeX.
#include "compiler/ir/latex_terms.h"

#include <algorithm>
#include <utility>

#include "compiler/ir/builtins.h"
#include "compiler/ir/latex_names.h"

namespace lossc::ir {

namespace {

bool has(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

/// Parentheses grow only around what is taller than a line.
std::string parenthesised(const std::string& text) {
  const bool tall = has(text, "\\frac") || has(text, "\\sum") || has(text, "\\prod") ||
                    has(text, "\\sqrt") || has(text, "\\begin") || has(text, "\\left") ||
                    has(text, "operatorname*") || has(text, "^");
  return tall ? "\\left(" + text + "\\right)" : "(" + text + ")";
}

/// Letters stand side by side; a word needs a thin space, a number after a factor a dot.
std::string side_by_side(const std::vector<std::string>& factors) {
  std::string text;
  bool word = false;
  for (const std::string& factor : factors) {
    const bool digit = factor[0] >= '0' && factor[0] <= '9';
    const bool number = !text.empty() && text.back() >= '0' && text.back() <= '9';
    const bool next_word = factor.starts_with("\\mathrm") || factor.starts_with("{\\mathrm");
    if (!text.empty()) {
      text += digit || (number && factor.starts_with("\\frac")) ? " \\cdot "
              : word || next_word                               ? " \\, "
                                                                : " ";
    }
    text += factor;
    word = next_word;
  }
  return text;
}

/// One factor alone in a fraction needs no parentheses.
std::string alone(const std::vector<std::string>& factors) {
  const std::string text = side_by_side(factors);
  if (factors.size() != 1 || !text.ends_with(')')) return text;
  const bool grown = text.starts_with("\\left(") && text.ends_with("\\right)");
  if (!grown && text[0] != '(') return text;
  // The first parenthesis must be closed by the last.
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0 && text[i] == ')' && i + 1 != text.size()) return text;
  }
  constexpr std::size_t left = std::string_view("\\left(").size();
  constexpr std::size_t right = std::string_view("\\right)").size();
  return grown ? text.substr(left, text.size() - left - right) : text.substr(1, text.size() - 2);
}

}  // namespace

LatexTerms::LatexTerms(const Function& function)
    : function_(function), graph_(function.graph), axes_(function), terms_(function.graph.size()) {}

void LatexTerms::rename(ExprId id, std::string name) {
  terms_[id.index] = {std::move(name), atom, std::nullopt, true};
}

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
      term = written(product_of(id));
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
    const Term& term = terms_[operands[i].index];
    if (term.product) {
      Product parts = *term.product;
      parts.coefficient = parts.coefficient * size;
      const bool below_zero = parts.negative != minus;
      parts.negative = false;
      (below_zero ? negative : positive).push_back(written(std::move(parts)).text);
    } else if (size.is(1)) {
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
  if (!positive.empty() || negative.size() < 2) return {text, sum};
  // In a product −a − b is −(a + b).
  std::string turned;
  for (const std::string& term : negative) turned += (turned.empty() ? "" : " + ") + term;
  Product parts;
  parts.negative = true;
  parts.above.push_back(parenthesised(turned));
  return {text, sum, std::move(parts)};
}

std::string LatexTerms::raised(ExprId base, const Number& exponent) const {
  if (exponent == Number(1) / Number(2)) return "\\sqrt{" + terms_[base.index].text + "}";
  return within(base, atom) + "^{" + latex_number(exponent) + "}";
}

LatexTerms::Product LatexTerms::product_of(ExprId id) const {
  const auto operands = graph_.operands(id);
  const auto exponents = graph_.factors(id);
  Product parts;
  Number coefficient = graph_.constant_of(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Number& exponent = exponents[i];
    const Term& term = terms_[operands[i].index];
    const bool plain = exponent.is(1);
    if (plain && graph_.op(operands[i]) == Op::constant) {
      coefficient = coefficient * graph_.constant_of(operands[i]);
    } else if (exponent.finite() && exponent.sign() < 0) {
      parts.below.push_back(exponent.is(-1) ? within(operands[i], Strength::product)
                                            : raised(operands[i], -exponent));
    } else if (!plain) {
      parts.above.push_back(raised(operands[i], exponent));
    } else if (term.product) {
      const Product& inner = *term.product;
      parts.negative = parts.negative != inner.negative;
      coefficient = coefficient * inner.coefficient;
      parts.above.insert(parts.above.end(), inner.above.begin(), inner.above.end());
      parts.behind.insert(parts.behind.end(), inner.behind.begin(), inner.behind.end());
      parts.below.insert(parts.below.end(), inner.below.begin(), inner.below.end());
    } else if (term.strength == prefix) {
      parts.behind.push_back(term.text);
    } else {
      parts.above.push_back(within(operands[i], Strength::product));
    }
  }
  if (coefficient.sign() < 0) {
    parts.negative = !parts.negative;
    coefficient = -coefficient;
  }
  parts.coefficient = coefficient;
  return parts;
}

LatexTerms::Term LatexTerms::written(Product parts) {
  std::vector<std::string> above = parts.above;
  const std::string number = latex_number(parts.coefficient);
  constexpr std::string_view fraction = "\\frac{";
  if (parts.below.empty()) {
    const bool one = parts.coefficient.is(1);
    if (!one || (above.empty() && parts.behind.empty())) above.insert(above.begin(), number);
  } else {
    std::vector<std::string> below = parts.below;
    if (number.starts_with(fraction) &&
        number.find("\\cdot") == std::string::npos) {  // a half of a fraction is one fraction
      const std::size_t middle = number.find("}{");
      const std::string over = number.substr(fraction.size(), middle - fraction.size());
      if (over != "1" || above.empty()) above.insert(above.begin(), over);
      below.insert(below.begin(), number.substr(middle + 2, number.size() - middle - 3));
    } else if (!parts.coefficient.is(1) || above.empty()) {
      above.insert(above.begin(), number);
    }
    above = {"\\frac{" + alone(above) + "}{" + alone(below) + "}"};
  }
  for (std::size_t i = 0; i < parts.behind.size(); ++i) {
    const std::string& factor = parts.behind[i];
    above.push_back(i + 1 < parts.behind.size() ? parenthesised(factor) : factor);
  }
  const std::string text = side_by_side(above);
  const bool whole = !parts.negative && above.size() == 1 && alone(above) != text;
  if (whole) return {alone(above), sum, std::move(parts)};
  const Strength strength = parts.negative         ? sum
                            : parts.behind.empty() ? Strength::product
                                                   : prefix;
  const std::string sign = parts.negative ? "-" : "";
  return {sign + text, strength, std::move(parts)};
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
  if (is_identity(graph_.builtin(id))) return terms_[operands[0].index];
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
  constexpr std::size_t stem = std::string_view("\\max").size();
  if ((form.starts_with("\\max(") || form.starts_with("\\min(")) && form.ends_with(')')) {
    return {form.substr(0, stem) + parenthesised(form.substr(stem + 1, form.size() - stem - 2)),
            atom};
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
  static constexpr const char* turned[] = {" > ", " \\ge ", " = ", " \\ne "};
  const std::string* word = option_word(function_, id);
  const auto side = [&](ExprId operand) {
    if (word != nullptr && graph_.op(operand) == Op::constant) return "\\text{" + *word + "}";
    return within(operand, sum);
  };
  const auto relation = static_cast<std::size_t>(graph_.relation(id));
  // What is known stands on the right: y ≠ −100, x > 0.
  if (graph_.op(operands[0]) == Op::constant && graph_.op(operands[1]) != Op::constant) {
    return {side(operands[1]) + turned[relation] + side(operands[0]), comparison};
  }
  return {side(operands[0]) + relations[relation] + side(operands[1]), comparison};
}

// [c] x is Iverson's bracket; everything else is set by cases.
LatexTerms::Term LatexTerms::select(ExprId id) const {
  const auto operands = graph_.operands(id);
  const std::string& condition = terms_[operands[0].index].text;
  if (graph_.is_constant(operands[2], 0)) {
    const std::string bracket = "\\left[" + condition + "\\right]";
    if (graph_.is_constant(operands[1], 1)) return {bracket, atom};
    const Term& inner = terms_[operands[1].index];
    if (inner.product && inner.product->below.empty()) {
      Product guarded = *inner.product;
      guarded.above.insert(guarded.above.begin(), bracket);
      return written(std::move(guarded));
    }
    Product guarded;
    guarded.above.push_back(bracket);
    if (graph_.op(operands[1]) == Op::constant) {
      const Number& value = graph_.constant_of(operands[1]);
      guarded.negative = value.sign() < 0;
      guarded.coefficient = guarded.negative ? -value : value;
      return written(std::move(guarded));
    }
    if (inner.product) {  // [c] a/b, the bracket before the fraction
      Product fraction = *inner.product;
      guarded.negative = std::exchange(fraction.negative, false);
      guarded.above.push_back(written(std::move(fraction)).text);
      return written(std::move(guarded));
    }
    auto& factors = inner.strength == prefix ? guarded.behind : guarded.above;
    factors.push_back(within(operands[1], prefix));
    return written(std::move(guarded));
  }
  constexpr std::string_view begin = "\\begin{cases} ";
  std::string text(begin);
  text += terms_[operands[1].index].text + " & \\text{if } " + condition + " \\\\ ";
  // An else-if is the next line.
  const Term& otherwise = terms_[operands[2].index];
  if (graph_.op(operands[2]) == Op::select && otherwise.strength == cases) {
    return {text + otherwise.text.substr(begin.size()), cases};
  }
  return {text + otherwise.text + " & \\text{otherwise} \\end{cases}", cases};
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
                                          "\\bigwedge",
                                          "\\operatorname*{norm}"};
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
  // A name with one axis, normalised along it.
  const std::string& name = terms_[operands[0].index].text;
  const std::size_t subscript = name.rfind("_{");
  const bool own = graph_.op(operands[1]) == Op::reduce &&
                   graph_.operands(operands[1])[0] == operands[0] &&
                   graph_.free_axes(operands[0]).size() == 1;
  if (own && terms_[operands[0].index].named && subscript != std::string::npos) {
    return {"\\operatorname{softmax}(" + name.substr(0, subscript) + ")" + name.substr(subscript),
            atom};
  }
  return {"e^{" + within(operands[0], sum) + " - " + within(operands[1], prefix) + "}", power};
}

}  // namespace lossc::ir
