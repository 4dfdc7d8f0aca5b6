// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each disguise is a map of expressions. Nothing is moved out of brackets, which may bind indices,
// nor out of a `let` with indices. What a map takes out of an expression (a name, a function) is
// put before it.
#include "tests/numerics/disguises.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "compiler/support/assert.h"
#include "compiler/syntax/parse.h"
#include "tests/numerics/syntax_copy.h"

namespace lossc::testing {
namespace {

using syntax::Expr;
using syntax::ExprPtr;

template <class Node>
const Node* as(const Expr& expression) {
  return std::get_if<Node>(&expression.node);
}

/// What has no parts that may be moved.
bool is_leaf(const Expr& expression) {
  if (const auto* call = as<syntax::Call>(expression)) return call->brackets.has_value();
  return as<syntax::Number>(expression) || as<syntax::Reference>(expression) ||
         as<syntax::Pi>(expression) || as<syntax::Infinity>(expression) ||
         as<syntax::Boolean>(expression) || as<syntax::ArrayLiteral>(expression) ||
         as<syntax::Invalid>(expression);
}

bool is_condition(const Expr& expression) {
  return as<syntax::Comparison>(expression) || as<syntax::Logical>(expression);
}

bool is_number(const Expr& expression, std::string_view spelling) {
  const auto* number = as<syntax::Number>(expression);
  return number != nullptr && number->spelling == spelling;
}

ExprPtr number(const char* spelling) { return expression_of(syntax::Number{spelling}); }
ExprPtr negative(ExprPtr operand) {
  return expression_of(syntax::Unary{syntax::UnaryOp::negate, std::move(operand)});
}
ExprPtr sum(std::vector<syntax::Term> terms) {
  return expression_of(syntax::Sum{std::move(terms)});
}
ExprPtr product(std::vector<syntax::Term> factors) {
  return expression_of(syntax::Product{std::move(factors)});
}
ExprPtr reciprocal(ExprPtr operand) {
  std::vector<syntax::Term> factors;
  factors.push_back({false, number("1"), {}});
  factors.push_back({true, std::move(operand), {}});
  return product(std::move(factors));
}
ExprPtr call(const std::string& name, std::vector<ExprPtr> operands) {
  syntax::Call result;
  result.callee.text = name;
  for (ExprPtr& operand : operands) result.arguments.push_back({{}, std::move(operand)});
  return expression_of(std::move(result));
}

/// One loss while it is disguised.
class Writer {
 public:
  Writer(const SourceManager& sources, syntax::FunctionDeclaration& loss,
         std::vector<syntax::Declaration>& functions)
      : sources_(sources), loss_(loss), functions_(functions) {}

  void write(Disguise disguise) {
    if (disguise == Disguise::shared) count_body();
    if (disguise == Disguise::written_out) note_names_in_brackets();
    std::vector<syntax::Statement> body;
    for (syntax::Statement& statement : loss_.body) {
      lets_.clear();
      auto* let = std::get_if<syntax::LetStatement>(&statement.node);
      auto* result = std::get_if<syntax::ResultStatement>(&statement.node);
      if (let != nullptr && !let->indices) let->value = image(*let->value, disguise);
      if (result != nullptr) result->value = image(*result->value, disguise);
      for (auto& [name, value] : lets_) {
        syntax::Statement definition;
        definition.node = syntax::LetStatement{{name, {}}, {}, std::move(value)};
        body.push_back(std::move(definition));
        loss_.single_expression = false;
      }
      const bool unbound =
          let != nullptr && !let->indices && !names_in_brackets_.contains(let->name.text);
      if (disguise == Disguise::written_out && unbound) {
        definitions_[let->name.text] = std::move(let->value);
        continue;
      }
      body.push_back(std::move(statement));
    }
    loss_.body = std::move(body);
  }

 private:
  ExprPtr image(const Expr& expression, Disguise disguise) {
    switch (disguise) {
      case Disguise::named:
        return named(expression);
      case Disguise::shared:
        return shared(expression);
      case Disguise::written_out:
        return written_out(expression);
      case Disguise::functions:
        return as_function(expression);
      case Disguise::typed_functions:
        return as_typed_function(expression);
      case Disguise::reordered:
        return reordered(expression);
      case Disguise::respelled:
        return respelled(expression);
    }
    LOSSC_UNREACHABLE("a disguise");
  }

  std::string new_name() { return "part" + std::to_string(++names_); }

  ExprPtr take_out(ExprPtr value) {
    lets_.emplace_back(new_name(), std::move(value));
    return reference_to(lets_.back().first);
  }

  ExprPtr named(const Expr& expression) {
    if (is_leaf(expression)) return copy_of(expression);
    ExprPtr result =
        with_operands(expression, [this](const Expr& operand) { return named(operand); });
    return is_condition(expression) ? std::move(result) : take_out(std::move(result));
  }

  // --- What occurs more than once; expressions are equal if their text is.
  void count(const Expr& expression) {
    if (is_leaf(expression)) return;
    ++counts_[std::string(sources_.text(expression.range))];
    with_operands(expression, [this](const Expr& operand) {
      count(operand);
      return number("0");
    });
  }

  void count_body() {
    for (const syntax::Statement& statement : loss_.body) {
      const auto* let = std::get_if<syntax::LetStatement>(&statement.node);
      const auto* result = std::get_if<syntax::ResultStatement>(&statement.node);
      if (let != nullptr && !let->indices) count(*let->value);
      if (result != nullptr) count(*result->value);
    }
  }

  ExprPtr shared(const Expr& expression) {
    if (is_leaf(expression)) return copy_of(expression);
    const std::string text(sources_.text(expression.range));
    if (const auto place = names_of_shared_.find(text); place != names_of_shared_.end()) {
      return reference_to(place->second);
    }
    ExprPtr result =
        with_operands(expression, [this](const Expr& operand) { return shared(operand); });
    if (is_condition(expression) || counts_[text] < 2) return result;
    ExprPtr reference = take_out(std::move(result));
    names_of_shared_[text] = lets_.back().first;
    return reference;
  }

  /// What an index stands behind must keep its name: `p[k]` says what k runs over.
  void note_names_in_brackets() {
    const auto note = [this](const Expr* expression) {
      if (expression != nullptr) note_names(*expression, false);
    };
    for (const syntax::Statement& statement : loss_.body) {
      if (const auto* let = std::get_if<syntax::LetStatement>(&statement.node)) {
        note_names(*let->value, let->indices.has_value());
      } else if (const auto* result = std::get_if<syntax::ResultStatement>(&statement.node)) {
        note(result->value.get());
      } else if (const auto* clause = std::get_if<syntax::ClauseStatement>(&statement.node)) {
        note_names(*clause->value, true);
      }
    }
  }

  void note_names(const Expr& expression, bool inside) {
    const auto* reference = as<syntax::Reference>(expression);
    if (reference != nullptr && inside) names_in_brackets_.insert(reference->name.text);
    const auto* bracketed = as<syntax::Call>(expression);
    inside = inside || (bracketed != nullptr && bracketed->brackets);
    if (const auto* subscript = as<syntax::Subscript>(expression)) {
      for (const syntax::BracketItem& item : subscript->brackets.items) {
        if (item.value != nullptr) note_names(*item.value, true);
      }
    }
    with_operands(expression, [&](const Expr& operand) {
      note_names(operand, inside);
      return number("0");
    });
  }

  ExprPtr written_out(const Expr& expression) {
    if (const auto* reference = as<syntax::Reference>(expression)) {
      const auto place = definitions_.find(reference->name.text);
      if (place != definitions_.end()) return copy_of(*place->second);
    }
    if (is_leaf(expression)) return copy_of(expression);
    return with_operands(expression, [this](const Expr& operand) { return written_out(operand); });
  }

  // --- Functions.
  syntax::FunctionDeclaration& new_function(ExprPtr body) {
    syntax::FunctionDeclaration function;
    function.kind = syntax::DeclarationKind::func;
    function.name.text = loss_.name.text + "_" + new_name();
    function.single_expression = true;
    syntax::Statement result;
    result.node = syntax::ResultStatement{std::move(body)};
    function.body.push_back(std::move(result));
    functions_.emplace_back().node = std::move(function);
    return std::get<syntax::FunctionDeclaration>(functions_.back().node);
  }

  ExprPtr as_function(const Expr& expression) {
    if (is_leaf(expression)) return copy_of(expression);
    if (is_condition(expression) || as<syntax::Subscript>(expression)) {
      return with_operands(expression,
                           [this](const Expr& operand) { return as_function(operand); });
    }
    std::vector<ExprPtr> arguments;
    std::vector<syntax::Parameter> parameters;
    const ExpressionMap parameter = [&](const Expr& operand) -> ExprPtr {
      if (is_condition(operand)) return with_operands(operand, parameter);
      const bool inline_leaf = is_leaf(operand) && !as<syntax::Reference>(operand) &&
                               !as<syntax::Call>(operand) && !as<syntax::ArrayLiteral>(operand);
      if (inline_leaf) return copy_of(operand);
      const std::string name(1, static_cast<char>('a' + parameters.size()));
      parameters.emplace_back().name.text = name;
      arguments.push_back(as_function(operand));
      return reference_to(name);
    };
    ExprPtr body = with_operands(expression, parameter);
    syntax::FunctionDeclaration& function = new_function(std::move(body));
    function.parameters = std::move(parameters);
    return call(function.name.text, std::move(arguments));
  }

  /// The declared arguments that the expression names; null: it names something else too.
  std::unique_ptr<std::set<std::size_t>> arguments_of(const Expr& expression) const {
    if (const auto* reference = as<syntax::Reference>(expression)) {
      for (std::size_t i = 0; i < loss_.parameters.size(); ++i) {
        if (loss_.parameters[i].name.text != reference->name.text) continue;
        return std::make_unique<std::set<std::size_t>>(std::initializer_list<std::size_t>{i});
      }
      return nullptr;
    }
    auto result = std::make_unique<std::set<std::size_t>>();
    const auto include = [&](const Expr& part) {
      const auto more = result == nullptr ? nullptr : arguments_of(part);
      if (more == nullptr) result = nullptr;
      if (more != nullptr) result->insert(more->begin(), more->end());
    };
    const auto* plain_call = as<syntax::Call>(expression);
    if (plain_call != nullptr && plain_call->brackets) return nullptr;
    if (const auto* subscript = as<syntax::Subscript>(expression)) {
      for (const syntax::BracketItem& item : subscript->brackets.items) {
        if (item.value != nullptr) include(*item.value);
      }
    }
    with_operands(expression, [&](const Expr& operand) {
      include(operand);
      return number("0");
    });
    return result;
  }

  ExprPtr as_typed_function(const Expr& expression) {
    if (is_leaf(expression)) return copy_of(expression);
    ExprPtr body = with_operands(
        expression, [this](const Expr& operand) { return as_typed_function(operand); });
    const auto arguments = arguments_of(expression);
    if (is_condition(expression) || arguments == nullptr || arguments->empty()) return body;
    syntax::FunctionDeclaration& function = new_function(std::move(body));
    std::vector<ExprPtr> values;
    for (const std::size_t i : *arguments) {
      const syntax::Parameter& declared = loss_.parameters[i];
      syntax::Parameter& parameter = function.parameters.emplace_back();
      parameter.name.text = declared.name.text;
      parameter.type = copy_of(*declared.type);
      values.push_back(reference_to(declared.name.text));
    }
    return call(function.name.text, std::move(values));
  }

  // --- Order and spelling.
  ExprPtr reordered(const Expr& expression) {
    if (is_leaf(expression)) return copy_of(expression);
    const ExpressionMap inner = [this](const Expr& operand) { return reordered(operand); };
    if (const auto* terms = as<syntax::Sum>(expression)) {
      ExprPtr result;
      for (const syntax::Term& term : terms->terms) {
        ExprPtr value = inner(*term.value);
        if (term.inverse) value = negative(std::move(value));
        result = joined(std::move(value), std::move(result), sum);
      }
      return result;
    }
    if (const auto* factors = as<syntax::Product>(expression)) {
      ExprPtr result;
      for (const syntax::Term& factor : factors->factors) {
        ExprPtr value = inner(*factor.value);
        if (factor.inverse) value = reciprocal(std::move(value));
        result = joined(std::move(value), std::move(result), product);
      }
      return result;
    }
    if (const auto* comparison = as<syntax::Comparison>(expression)) {
      using syntax::Relation;
      static const std::map<Relation, Relation> mirrored = {
          {Relation::less, Relation::greater}, {Relation::less_equal, Relation::greater_equal},
          {Relation::greater, Relation::less}, {Relation::greater_equal, Relation::less_equal},
          {Relation::equal, Relation::equal},  {Relation::not_equal, Relation::not_equal}};
      return expression_of(syntax::Comparison{mirrored.at(comparison->relation),
                                              inner(*comparison->right), inner(*comparison->left)});
    }
    return with_operands(expression, inner);
  }

  /// `first` and then the rest in parentheses.
  static ExprPtr joined(ExprPtr first, ExprPtr rest, ExprPtr (*join)(std::vector<syntax::Term>)) {
    if (rest == nullptr) return first;
    std::vector<syntax::Term> both;
    both.push_back({false, std::move(first), {}});
    both.push_back({false, std::move(rest), {}});
    return join(std::move(both));
  }

  ExprPtr respelled(const Expr& expression) {
    if (is_leaf(expression)) return copy_of(expression);
    const ExpressionMap inner = [this](const Expr& operand) { return respelled(operand); };
    if (const auto* terms = as<syntax::Sum>(expression)) {
      std::vector<syntax::Term> result;
      for (const syntax::Term& term : terms->terms) {
        ExprPtr value = inner(*term.value);
        result.push_back({false, term.inverse ? negative(std::move(value)) : std::move(value), {}});
      }
      return sum(std::move(result));
    }
    if (const auto* factors = as<syntax::Product>(expression)) {
      std::vector<syntax::Term> result;
      for (const syntax::Term& factor : factors->factors) {
        ExprPtr value = inner(*factor.value);
        result.push_back(
            {false, factor.inverse ? reciprocal(std::move(value)) : std::move(value), {}});
      }
      return product(std::move(result));
    }
    const auto* power = as<syntax::Power>(expression);
    if (power != nullptr && is_number(*power->exponent, "2")) {
      return joined(inner(*power->base), inner(*power->base), product);
    }
    if (ExprPtr result = reciprocal_exp(expression)) return result;
    return with_operands(expression, inner);
  }

  /// 1 / exp(x) for exp(-x); null: it is no such call.
  ExprPtr reciprocal_exp(const Expr& expression) {
    const auto* exp = as<syntax::Call>(expression);
    if (exp == nullptr || exp->callee.text != "exp" || exp->arguments.size() != 1) return nullptr;
    const Expr& argument = *exp->arguments[0].value;
    std::vector<ExprPtr> operand;
    if (const auto* unary = as<syntax::Unary>(argument)) {
      operand.push_back(respelled(*unary->operand));
    } else if (const auto* factors = as<syntax::Product>(argument)) {
      const auto* first = as<syntax::Unary>(*factors->factors[0].value);
      if (first == nullptr || first->op != syntax::UnaryOp::negate) return nullptr;
      std::vector<syntax::Term> positive;
      for (const syntax::Term& factor : factors->factors) {
        const bool is_first = &factor == &factors->factors[0];
        positive.push_back(
            {factor.inverse, respelled(is_first ? *first->operand : *factor.value), {}});
      }
      operand.push_back(product(std::move(positive)));
    } else {
      return nullptr;
    }
    return reciprocal(call("exp", std::move(operand)));
  }

  const SourceManager& sources_;
  syntax::FunctionDeclaration& loss_;
  std::vector<syntax::Declaration>& functions_;
  std::vector<std::pair<std::string, ExprPtr>> lets_;
  std::map<std::string, std::size_t> counts_;
  std::map<std::string, std::string> names_of_shared_;
  std::map<std::string, ExprPtr> definitions_;
  std::set<std::string> names_in_brackets_;
  std::size_t names_ = 0;
};

constexpr std::array<DisguiseInfo, 7> table = {{{Disguise::named, "named"},
                                                {Disguise::shared, "shared"},
                                                {Disguise::written_out, "written_out"},
                                                {Disguise::functions, "functions"},
                                                {Disguise::typed_functions, "typed_functions"},
                                                {Disguise::reordered, "reordered"},
                                                {Disguise::respelled, "respelled"}}};

}  // namespace

std::span<const DisguiseInfo> disguises() { return table; }

std::string disguised(const std::string& source, Disguise disguise) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  syntax::File file = syntax::parse(sources.add("plain.loss", source), diagnostics);
  LOSSC_ASSERT(!diagnostics.has_errors(), "a loss without errors is disguised");
  std::vector<syntax::Declaration> declarations;
  for (syntax::Declaration& declaration : file.declarations) {
    if (std::holds_alternative<syntax::TestDeclaration>(declaration.node)) continue;
    auto* loss = std::get_if<syntax::FunctionDeclaration>(&declaration.node);
    if (loss != nullptr && loss->kind != syntax::DeclarationKind::func) {
      Writer(sources, *loss, declarations).write(disguise);
    }
    declarations.push_back(std::move(declaration));
  }
  file.declarations = std::move(declarations);
  return syntax::print_source(file);
}

}  // namespace lossc::testing
