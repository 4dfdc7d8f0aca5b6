// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tree as source text. Every operator knows how tightly it binds; an operand that binds less
// gets parentheses and no other does, so that parsing the text again gives the same tree.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "compiler/syntax/parse.h"

namespace lossc::syntax {
namespace {

/// The rules of the grammar, loosest first; also of nodes, what rule they come from.
enum class Binding {
  conditional,
  disjunction,
  conjunction,
  negation,
  comparison,
  sum,
  product,
  unary,
  power,
  postfix
};

struct BindingOf {
  Binding operator()(const Conditional&) const { return Binding::conditional; }
  Binding operator()(const Logical& logical) const {
    return logical.op == LogicalOp::conjunction ? Binding::conjunction : Binding::disjunction;
  }
  Binding operator()(const Comparison&) const { return Binding::comparison; }
  Binding operator()(const Sum&) const { return Binding::sum; }
  Binding operator()(const Product&) const { return Binding::product; }
  Binding operator()(const Unary& unary) const {
    return unary.op == UnaryOp::negate ? Binding::unary : Binding::negation;
  }
  Binding operator()(const Power&) const { return Binding::power; }
  template <class Node>
  Binding operator()(const Node&) const {
    return Binding::postfix;
  }
};

class SourcePrinter {
 public:
  std::string run(const File& file) {
    for (const Declaration& declaration : file.declarations) {
      if (!text_.empty()) text_ += '\n';
      print(declaration);
    }
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void write(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  template <class List, class Print>
  void list(const List& items, Print print_item) {
    std::string_view separator;
    for (const auto& item : items) {
      text_ += separator;
      print_item(item);
      separator = ", ";
    }
  }

  void string(std::string_view words) {
    text_ += '"';
    for (const char c : words) {
      if (c == '"' || c == '\\') text_ += '\\';
      if (c == '\n') {
        text_ += "\\n";
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  // ---- declarations ---------------------------------------------------------------------------

  void print(const Declaration& declaration) {
    std::string_view rest = declaration.documentation;
    while (!rest.empty()) {
      const std::string_view first = rest.substr(0, rest.find('\n'));
      write("##{}{}\n", first.empty() ? "" : " ", first);
      rest.remove_prefix(std::min(first.size() + 1, rest.size()));
    }
    std::visit([this](const auto& node) { print(node); }, declaration.node);
  }

  void print(const ImportDeclaration& import) {
    text_ += "import ";
    std::string_view separator;
    for (const Name& part : import.path) {
      write("{}{}", separator, part.text);
      separator = ".";
    }
    text_ += '\n';
  }

  void print(const TestDeclaration& test) {
    text_ += "test ";
    string(test.title);
    body(test.body);
  }

  void print(const FunctionDeclaration& function) {
    static constexpr std::string_view kinds[] = {"loss", "batch loss", "metric", "batch metric",
                                                 "func"};
    write("{} {}(", kinds[static_cast<std::size_t>(function.kind)], function.name.text);
    list(function.parameters, [this](const Parameter& parameter) { print(parameter); });
    text_ += ')';
    if (!function.single_expression) return body(function.body);
    text_ += " = ";
    expr(*std::get<ResultStatement>(function.body.front().node).value);
    text_ += '\n';
  }

  void print(const Parameter& parameter) {
    static constexpr std::string_view roles[] = {"", "pred ", "target ", "param "};
    write("{}{}", roles[static_cast<std::size_t>(parameter.role)], parameter.name.text);
    if (parameter.type) {
      text_ += ": ";
      print(*parameter.type);
    }
    if (parameter.default_value == nullptr) return;
    text_ += " = ";
    expr(*parameter.default_value);
  }

  void print(const Type& type) {
    text_ += type.domain.text;
    if (!type.arguments.empty()) {
      text_ += '(';
      list(type.arguments, [this](const DomainArgument& argument) {
        if (argument.name) write("{} = ", argument.name->text);
        expr(*argument.value);
      });
      text_ += ')';
    }
    if (type.axes.empty()) return;
    text_ += '[';
    list(type.axes, [this](const SizeExpr& axis) {
      if (!axis.symbol) return write("{}", axis.offset);
      write("{}", axis.symbol->text);
      if (axis.offset > 0) write(" + {}", axis.offset);
      if (axis.offset < 0) write(" - {}", -axis.offset);
    });
    text_ += ']';
  }

  // ---- statements -----------------------------------------------------------------------------

  void body(const std::vector<Statement>& statements) {
    text_ += " {\n";
    for (const Statement& statement : statements) {
      text_ += "  ";
      std::visit([this](const auto& node) { print(node); }, statement.node);
      text_ += '\n';
    }
    text_ += "}\n";
  }

  void print(const LetStatement& let) {
    write("let {}", let.name.text);
    if (let.indices) brackets(*let.indices);
    text_ += " = ";
    expr(*let.value);
  }
  void print(const RequireStatement& require) {
    text_ += "require ";
    expr(*require.condition);
    text_ += ", ";
    string(require.message);
  }
  void print(const ClauseStatement& clause) {
    static constexpr std::string_view clauses[] = {"weight", "divisor", "grad", "hess"};
    text_ += clauses[static_cast<std::size_t>(clause.clause)];
    if (clause.subject) write("[{}]", clause.subject->text);
    text_ += " = ";
    expr(*clause.value);
  }
  void print(const ResultStatement& result) { expr(*result.value); }
  void print(const CheckStatement& check) {
    expr(*check.left, Binding::sum);
    text_ += " == ";
    expr(*check.right, Binding::sum);
    if (check.tolerance == nullptr) return;
    text_ += " +- ";
    expr(*check.tolerance);
  }

  // ---- expressions ----------------------------------------------------------------------------

  /// In parentheses if it binds less than `least`.
  void expr(const Expr& node, Binding least = Binding::conditional) {
    const bool parentheses = std::visit(BindingOf{}, node.node) < least;
    if (parentheses) text_ += '(';
    std::visit([this](const auto& inner) { print(inner); }, node.node);
    if (parentheses) text_ += ')';
  }

  void print(const Invalid&) { text_ += "invalid"; }
  void print(const Number& number) { text_ += number.spelling; }
  void print(const Boolean& boolean) { text_ += boolean.value ? "true" : "false"; }
  void print(const Infinity&) { text_ += "inf"; }
  void print(const Pi&) { text_ += "pi"; }
  void print(const Reference& reference) { text_ += reference.name.text; }
  void print(const ArrayLiteral& array) {
    text_ += '[';
    list(array.elements, [this](const ExprPtr& element) { expr(*element); });
    text_ += ']';
  }
  void print(const Call& call) {
    for (const Name& part : call.qualifier) write("{}.", part.text);
    text_ += call.callee.text;
    if (call.brackets) brackets(*call.brackets);
    text_ += '(';
    list(call.arguments, [this](const Argument& argument) {
      if (argument.name) write("{} = ", argument.name->text);
      expr(*argument.value);
    });
    text_ += ')';
  }
  void print(const Subscript& subscript) {
    expr(*subscript.base, Binding::postfix);
    brackets(subscript.brackets);
  }
  void print(const Unary& unary) {
    text_ += unary.op == UnaryOp::negate ? "-" : "not ";
    expr(*unary.operand, unary.op == UnaryOp::negate ? Binding::unary : Binding::negation);
  }
  void print(const Power& power) {
    expr(*power.base, Binding::postfix);
    text_ += '^';
    expr(*power.exponent, Binding::unary);
  }
  void print(const Sum& sum) { terms(sum.terms, " + ", " - ", Binding::product); }
  void print(const Product& product) { terms(product.factors, " * ", " / ", Binding::unary); }
  void terms(const std::vector<Term>& terms, std::string_view plain, std::string_view inverse,
             Binding least) {
    for (const Term& term : terms) {
      if (&term != &terms.front()) text_ += term.inverse ? inverse : plain;
      expr(*term.value, least);
    }
  }
  void print(const Comparison& comparison) {
    static constexpr std::string_view relations[] = {"<", "<=", ">", ">=", "==", "!="};
    expr(*comparison.left, Binding::sum);
    write(" {} ", relations[static_cast<std::size_t>(comparison.relation)]);
    expr(*comparison.right, Binding::sum);
  }
  void print(const Logical& logical) {
    const bool both = logical.op == LogicalOp::conjunction;
    for (const ExprPtr& operand : logical.operands) {
      if (&operand != &logical.operands.front()) text_ += both ? " and " : " or ";
      expr(*operand, both ? Binding::negation : Binding::conjunction);
    }
  }
  void print(const Conditional& conditional) {
    text_ += "if ";
    expr(*conditional.condition);
    text_ += " then ";
    expr(*conditional.consequence);
    text_ += " else ";
    expr(*conditional.alternative);
  }

  void brackets(const Brackets& brackets) {
    text_ += '[';
    list(brackets.items, [this](const BracketItem& item) {
      if (item.keep) return void(text_ += '_');
      expr(*item.value);
      if (!item.has_range()) return;
      text_ += " in ";
      if (item.range_first != nullptr) {
        expr(*item.range_first);
        text_ += " .. ";
      }
      expr(*item.range_last);
    });
    if (brackets.where != nullptr) {
      text_ += " where ";
      expr(*brackets.where);
    }
    text_ += ']';
  }

  std::string text_;
};

}  // namespace

std::string print_source(const File& file) { return SourcePrinter().run(file); }

}  // namespace lossc::syntax
