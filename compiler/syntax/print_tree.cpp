// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tree as indented text, for golden tests and for those who write the passes after it. One node
// a line, children two columns deeper; places are left out, so that equal text is an equal tree.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "compiler/syntax/parse.h"

namespace lossc::syntax {
namespace {

class TreePrinter {
 public:
  std::string run(const File& file) {
    for (const Declaration& declaration : file.declarations) print(declaration);
    return std::move(text_);
  }

 private:
  /// A line, and deeper lines while the returned object lives.
  class Indent {
   public:
    explicit Indent(std::size_t& depth) : depth_(depth) { ++depth_; }
    ~Indent() { --depth_; }
    Indent(const Indent&) = delete;
    Indent& operator=(const Indent&) = delete;

   private:
    std::size_t& depth_;
  };

  Indent line(std::string_view words) {
    text_.append(2 * depth_, ' ');
    text_ += words;
    text_ += '\n';
    return Indent(depth_);
  }

  static std::string quoted(std::string_view words) {
    std::string result = "\"";
    for (const char c : words) {
      if (c == '"' || c == '\\') result += '\\';
      if (c == '\n') {
        result += "\\n";
      } else {
        result += c;
      }
    }
    return result + '"';
  }

  // ---- declarations ---------------------------------------------------------------------------

  void print(const Declaration& declaration) {
    if (!declaration.documentation.empty()) {
      line("documentation " + quoted(declaration.documentation));
    }
    std::visit([this](const auto& node) { print(node); }, declaration.node);
  }

  void print(const ImportDeclaration& import) {
    std::string path;
    for (const Name& part : import.path) path += (path.empty() ? "" : ".") + part.text;
    line("import " + path);
  }

  void print(const TestDeclaration& test) {
    const Indent deeper = line("test " + quoted(test.title));
    for (const Statement& statement : test.body) print(statement);
  }

  void print(const FunctionDeclaration& function) {
    static constexpr std::string_view kinds[] = {"loss", "batch loss", "metric", "batch metric",
                                                 "func"};
    const Indent deeper =
        line(fmt::format("{} {}{}", kinds[static_cast<std::size_t>(function.kind)],
                         function.name.text, function.single_expression ? " =" : ""));
    for (const Parameter& parameter : function.parameters) print(parameter);
    for (const Statement& statement : function.body) print(statement);
  }

  void print(const Parameter& parameter) {
    static constexpr std::string_view roles[] = {"parameter", "pred", "target", "param"};
    const Indent deeper = line(
        fmt::format("{} {}", roles[static_cast<std::size_t>(parameter.role)], parameter.name.text));
    if (parameter.type) print(*parameter.type);
    if (parameter.default_value == nullptr) return;
    const Indent value = line("default");
    print(*parameter.default_value);
  }

  void print(const Type& type) {
    std::string axes;
    for (const SizeExpr& axis : type.axes) {
      axes += axes.empty() ? " [" : ", ";
      if (!axis.symbol) {
        axes += std::to_string(axis.offset);
      } else {
        axes += axis.symbol->text;
        if (axis.offset != 0) axes += fmt::format(" {:+}", axis.offset);
      }
    }
    const Indent deeper = line("type " + type.domain.text + axes + (axes.empty() ? "" : "]"));
    for (const DomainArgument& argument : type.arguments) {
      const Indent value = line(argument.name ? "argument " + argument.name->text : "argument");
      print(*argument.value);
    }
  }

  // ---- statements -----------------------------------------------------------------------------

  void print(const Statement& statement) {
    std::visit([this](const auto& node) { print(node); }, statement.node);
  }

  void print(const LetStatement& let) {
    const Indent deeper = line("let " + let.name.text);
    if (let.indices) print(*let.indices);
    print(*let.value);
  }
  void print(const RequireStatement& require) {
    const Indent deeper = line("require " + quoted(require.message));
    print(*require.condition);
  }
  void print(const ClauseStatement& clause) {
    static constexpr std::string_view clauses[] = {"weight", "divisor", "grad", "hess"};
    const Indent deeper = line(fmt::format("{}{}", clauses[static_cast<std::size_t>(clause.clause)],
                                           clause.subject ? " " + clause.subject->text : ""));
    print(*clause.value);
  }
  void print(const ResultStatement& result) {
    const Indent deeper = line("result");
    print(*result.value);
  }
  void print(const CheckStatement& check) {
    const Indent deeper = line("check");
    print(*check.left);
    print(*check.right);
    if (check.tolerance == nullptr) return;
    const Indent tolerance = line("tolerance");
    print(*check.tolerance);
  }

  // ---- expressions ----------------------------------------------------------------------------

  void print(const Expr& expr) {
    std::visit([this](const auto& node) { print(node); }, expr.node);
  }

  void print(const Invalid&) { line("invalid"); }
  void print(const Number& number) { line("number " + number.spelling); }
  void print(const Boolean& boolean) { line(boolean.value ? "true" : "false"); }
  void print(const Infinity&) { line("inf"); }
  void print(const Pi&) { line("pi"); }
  void print(const Reference& reference) { line("name " + reference.name.text); }
  void print(const ArrayLiteral& array) {
    const Indent deeper = line("array");
    for (const ExprPtr& element : array.elements) print(*element);
  }
  void print(const Call& call) {
    std::string name;
    for (const Name& part : call.qualifier) name += part.text + ".";
    const Indent deeper = line("call " + name + call.callee.text);
    if (call.brackets) print(*call.brackets);
    for (const Argument& argument : call.arguments) {
      if (!argument.name) {
        print(*argument.value);
        continue;
      }
      const Indent value = line("argument " + argument.name->text);
      print(*argument.value);
    }
  }
  void print(const Subscript& subscript) {
    const Indent deeper = line("subscript");
    print(*subscript.base);
    print(subscript.brackets);
  }
  void print(const Unary& unary) {
    const Indent deeper = line(unary.op == UnaryOp::negate ? "negate" : "not");
    print(*unary.operand);
  }
  void print(const Power& power) {
    const Indent deeper = line("power");
    print(*power.base);
    print(*power.exponent);
  }
  void print(const Sum& sum) {
    const Indent deeper = line("sum");
    print_terms(sum.terms, "minus");
  }
  void print(const Product& product) {
    const Indent deeper = line("product");
    print_terms(product.factors, "divided by");
  }
  void print_terms(const std::vector<Term>& terms, std::string_view inverse) {
    for (const Term& term : terms) {
      if (!term.inverse) {
        print(*term.value);
        continue;
      }
      const Indent deeper = line(inverse);
      print(*term.value);
    }
  }
  void print(const Comparison& comparison) {
    static constexpr std::string_view relations[] = {"<", "<=", ">", ">=", "==", "!="};
    const Indent deeper =
        line(fmt::format("compare {}", relations[static_cast<std::size_t>(comparison.relation)]));
    print(*comparison.left);
    print(*comparison.right);
  }
  void print(const Logical& logical) {
    const Indent deeper = line(logical.op == LogicalOp::conjunction ? "and" : "or");
    for (const ExprPtr& operand : logical.operands) print(*operand);
  }
  void print(const Conditional& conditional) {
    const Indent deeper = line("if");
    print(*conditional.condition);
    print(*conditional.consequence);
    print(*conditional.alternative);
  }

  void print(const Brackets& brackets) {
    const Indent deeper = line("brackets");
    for (const BracketItem& item : brackets.items) {
      if (item.keep) {
        line("keep");
      } else if (!item.has_range()) {
        print(*item.value);
      } else {
        const Indent range = line("in");
        print(*item.value);
        if (item.range_first != nullptr) print(*item.range_first);
        print(*item.range_last);
      }
    }
    if (brackets.where == nullptr) return;
    const Indent where = line("where");
    print(*brackets.where);
  }

  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string print_tree(const File& file) { return TreePrinter().run(file); }

}  // namespace lossc::syntax
