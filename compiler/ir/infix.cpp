// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Infix form in the language's own syntax, for messages. A graph may share so much that its tree is
// exponential: printing stops (…) after a number of nodes and a depth, which also bounds recursion.
#include <algorithm>

#include "compiler/ir/axis_names.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/text.h"

namespace lossc::ir {
namespace {

/// How tightly the outermost operator binds.
enum Strength { branch, either, both, denial, comparison, sum, product, minus, power, atom };

struct Text {
  std::string text;
  Strength strength;
};

class Infix {
 public:
  Infix(const Function& function, std::size_t limit)
      : function_(function), graph_(function.graph), names_(function), nodes_left_(limit) {}

  std::string within(ExprId id, Strength strength) {
    const Text text = write(id);
    return text.strength < strength ? "(" + text.text + ")" : text.text;
  }

  Text write(ExprId id) {
    if (nodes_left_ == 0 || depth_ == 100) return {"…", atom};
    --nodes_left_;
    ++depth_;
    Text text = write_node(id);
    --depth_;
    return text;
  }

 private:
  Text write_node(ExprId id) {
    const auto operands = graph_.operands(id);
    switch (graph_.op(id)) {
      case Op::constant:
        return number(graph_.constant_of(id));
      case Op::truth:
        return {graph_.node(id).attribute != 0 ? "true" : "false", atom};
      case Op::pi:
        return {"pi", atom};
      case Op::size: {
        const Size& size = function_.sizes[graph_.size_of(id).index];
        return {size.text(), size.symbol.empty() || size.offset == 0 ? atom : sum};
      }
      case Op::index:
        return {names_[graph_.axis(id)], atom};
      case Op::load:
        return {load(id), atom};
      case Op::add:
        return add(id);
      case Op::mul:
        return mul(id);
      case Op::call:
        return {call(std::string(info(graph_.builtin(id)).name), operands), atom};
      case Op::compare:
        return compare(id);
      case Op::conjunction:
        return {joined(operands, " and ", denial), both};
      case Op::disjunction:
        return {joined(operands, " or ", both), either};
      case Op::negation:
        return {"not " + within(operands[0], denial), denial};
      case Op::select:
        return {"if " + within(operands[0], either) + " then " + within(operands[1], either) +
                    " else " + within(operands[2], branch),
                branch};
      case Op::reduce:
        return {reduce(id), atom};
      case Op::weight:
        return weight(id);
    }
    return {"?", atom};
  }

  static Text number(const Number& value) {
    const std::string text = value.text();
    if (text.find('/') != std::string::npos) return {text, product};
    return {text, text.starts_with('-') ? minus : atom};
  }

  std::string joined(std::span<const ExprId> operands, const char* between, Strength strength) {
    std::string text;
    for (const ExprId operand : operands) {
      if (!text.empty()) text += between;
      text += within(operand, strength);
    }
    return text;
  }

  std::string call(const std::string& name, std::span<const ExprId> operands) {
    return name + "(" + joined(operands, ", ", branch) + ")";
  }

  std::string load(ExprId id) {
    const auto operands = graph_.operands(id);
    std::string text = function_.arrays[graph_.array(id).index].name;
    if (!operands.empty()) text += "[" + joined(operands, ", ", branch) + "]";
    return text;
  }

  /// Positive terms first; the constant last unless it is the only positive one.
  Text add(ExprId id) {
    const auto operands = graph_.operands(id);
    const auto coefficients = graph_.factors(id);
    const Number& constant = graph_.constant_of(id);
    std::string positive;
    std::string negative;
    const auto append = [&](const std::string& term) {
      if (term.starts_with('-')) {
        negative += " - " + term.substr(1);
      } else {
        positive += (positive.empty() ? "" : " + ") + term;
      }
    };
    for (std::size_t i = 0; i < operands.size(); ++i) {
      append(coefficients[i].is(1) ? within(operands[i], product)
                                   : scaled(coefficients[i], {within(operands[i], power)}, {}));
    }
    if (!constant.is(0) || operands.empty()) append(constant.text());
    if (positive.empty())
      return {"-" + negative.substr(std::min<std::size_t>(3, negative.size())), sum};
    return {positive + negative, sum};
  }

  /// coefficient · above / below.
  static std::string scaled(const Number& coefficient, std::vector<std::string> above,
                            std::vector<std::string> below) {
    const bool negative = coefficient.sign() < 0;
    const std::string size = (negative ? -coefficient : coefficient).text();
    const std::size_t slash = size.find('/');
    if (slash != std::string::npos) below.insert(below.begin(), size.substr(slash + 1));
    const std::string numerator = size.substr(0, slash);
    if (numerator != "1" || above.empty()) above.insert(above.begin(), numerator);
    const auto multiplied = [](const std::vector<std::string>& factors) {
      std::string text;
      for (const std::string& factor : factors) text += (text.empty() ? "" : " * ") + factor;
      return text;
    };
    std::string text = (negative ? "-" : "") + multiplied(above);
    if (below.size() == 1) text += " / " + below[0];
    if (below.size() > 1) text += " / (" + multiplied(below) + ")";
    return text;
  }

  std::string raised(ExprId id, const Number& exponent) {
    if (exponent.is(1)) return within(id, power);
    if (exponent == Number(1) / Number(2)) return "sqrt(" + within(id, branch) + ")";
    const std::string text = exponent.text();
    const bool fraction = text.find('/') != std::string::npos;
    return within(id, atom) + "^" + (fraction ? "(" + text + ")" : text);
  }

  Text mul(ExprId id) {
    const auto operands = graph_.operands(id);
    const auto exponents = graph_.factors(id);
    std::vector<std::string> above;
    std::vector<std::string> below;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (exponents[i].finite() && exponents[i].sign() < 0) {
        below.push_back(raised(operands[i], -exponents[i]));
      } else {
        above.push_back(raised(operands[i], exponents[i]));
      }
    }
    const bool plain = graph_.constant_of(id).is(1) && below.empty() && above.size() == 1;
    return {scaled(graph_.constant_of(id), std::move(above), std::move(below)),
            plain ? power : product};
  }

  Text compare(ExprId id) {
    const auto operands = graph_.operands(id);
    const char* relation = "";
    switch (graph_.relation(id)) {
      case Relation::less:
        relation = " < ";
        break;
      case Relation::less_equal:
        relation = " <= ";
        break;
      case Relation::equal:
        relation = " == ";
        break;
      case Relation::not_equal:
        relation = " != ";
        break;
    }
    const std::string* word = option_word(function_, id);
    const auto side = [&](ExprId operand) {
      if (word != nullptr && graph_.op(operand) == Op::constant) return *word;
      return within(operand, sum);
    };
    return {side(operands[0]) + relation + side(operands[1]), comparison};
  }

  std::string reduce(ExprId id) {
    static constexpr const char* words[] = {"sum",    "prod",   "max", "min", "logsumexp",
                                            "argmax", "argmin", "any", "all", "norm"};
    const std::string word = words[static_cast<std::size_t>(graph_.reduce_op(id))];
    const ExprId body = graph_.operands(id)[0];
    if (graph_.op(body) == Op::load && graph_.operands(body).size() == 1) {
      const ExprId subscript = graph_.operands(body)[0];
      if (graph_.op(subscript) == Op::index && graph_.axis(subscript) == graph_.axis(id)) {
        return word + "(" + function_.arrays[graph_.array(body).index].name + ")";
      }
    }
    return word + "[" + names_[graph_.axis(id)] + "](" + within(body, branch) + ")";
  }

  Text weight(ExprId id) {
    const auto operands = graph_.operands(id);
    const auto place = softmax_place(graph_, id);
    if (place && graph_.operands(operands[0]).size() == 1) {
      const auto subscripts = graph_.operands(operands[0]);
      return {"softmax(" + function_.arrays[graph_.array(operands[0]).index].name + ")[" +
                  within(subscripts[0], branch) + "]",
              atom};
    }
    return {"exp(" + within(operands[0], product) + " - " + within(operands[1], power) + ")", atom};
  }

  const Function& function_;
  const Graph& graph_;
  AxisNames names_;
  std::size_t nodes_left_;
  int depth_ = 0;
};

}  // namespace

std::string infix(const Function& function, ExprId id, std::size_t limit) {
  if (!id.valid()) return "…";
  std::string text = Infix(function, std::max<std::size_t>(limit / 2, 1)).write(id).text;
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return text.substr(0, end) + "…";
}

}  // namespace lossc::ir
