// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over expressions, what every construct needs, and the limits: nesting through calls
// (the walk recurses natively), nodes, and work.
#include "compiler/sema/checker.h"

#include <algorithm>

#include "compiler/sema/index_terms.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

namespace {

/// Calls nest expressions of up to 256 levels; past this the native stack would be at risk.
constexpr std::size_t deepest_nesting = 2000;
/// Expressions walked: 64 calls deep, doubling at each level, would never end.
constexpr std::size_t most_work = 4'000'000;

}  // namespace

Checker::Checker(Session& session, ir::Function& function)
    : session_(session), function_(function), graph_(function.graph), ranges_(function) {
  graph_.set_limit(session.options().node_limit);
}

Report& Checker::error(Diagnostic diagnostic, const SourceRange& range,
                       std::initializer_list<std::string_view> arguments) {
  failed_ = true;
  Report& report = session_.diagnostics().report(diagnostic, range, arguments);
  int shown = 0;
  for (const Frame* frame = frame_; frame != nullptr && frame->caller != nullptr && shown < 4;
       frame = frame->caller, ++shown) {
    report.note(frame->call_site, "in this call of `" + frame->declaration->name.text + "`");
  }
  return report;
}

Report& Checker::warning(Diagnostic diagnostic, const SourceRange& range,
                         std::initializer_list<std::string_view> arguments) {
  // What is called was warned about where it is declared; a func without types only has calls.
  bool elsewhere = quiet_;
  for (const Frame* frame = frame_; frame != nullptr; frame = frame->caller) {
    if (frame->unit != nullptr && frame->unit->library) elsewhere = true;
  }
  if (frame_ != nullptr && frame_->caller != nullptr && frame_->declaration != nullptr &&
      is_loss(frame_->declaration->kind)) {
    elsewhere = true;
  }
  if (elsewhere) {
    silenced_ = Report{};
    return silenced_;
  }
  return session_.diagnostics().report(diagnostic, range, arguments);
}

void Checker::remark(std::string text, const SourceRange& range) {
  for (const ir::Remark& known : function_.remarks) {
    if (known.range == range && known.text == text) return;
  }
  constexpr std::size_t most_remarks = 200;
  if (function_.remarks.size() < most_remarks) {
    function_.remarks.push_back({std::move(text), range});
  }
}

Value Checker::evaluate(const syntax::Expr& expr) {
  if (exhausted_) return poison();
  if (graph_.exhausted() || ++evaluated_ > most_work) {
    exhausted_ = true;
    error(Diagnostic::too_many_nodes, expr.range,
          {std::to_string(session_.options().node_limit) + " nodes"});
    return poison();
  }
  if (nesting_ >= deepest_nesting) {
    exhausted_ = true;
    error(Diagnostic::nested_too_deeply, expr.range, {std::to_string(deepest_nesting)});
    return poison();
  }
  ++nesting_;
  Value value = dispatch(expr);
  --nesting_;
  if (value.ok()) graph_.set_origin(value.id, expr.range);
  return value;
}

Value Checker::dispatch(const syntax::Expr& expr) {
  switch (expr.node.index()) {
    case 1:
      return literal(std::get<syntax::Number>(expr.node), expr.range);
    case 2: {
      Value value;
      value.id = graph_.truth(std::get<syntax::Boolean>(expr.node).value);
      value.is_bool = true;
      return value;
    }
    case 3:
      return number(ir::Number::infinity());
    case 4: {
      Value value;
      value.id = graph_.pi();
      return value;
    }
    case 5:
      return reference(std::get<syntax::Reference>(expr.node).name);
    case 6:
      return array_literal(std::get<syntax::ArrayLiteral>(expr.node), expr.range);
    case 7:
      return call(std::get<syntax::Call>(expr.node), expr.range);
    case 8:
      return subscript(std::get<syntax::Subscript>(expr.node), expr.range);
    case 9:
      return unary(std::get<syntax::Unary>(expr.node), expr.range);
    case 10:
      return power(std::get<syntax::Power>(expr.node), expr.range);
    case 11:
      return sum(std::get<syntax::Sum>(expr.node), expr.range);
    case 12:
      return product(std::get<syntax::Product>(expr.node), expr.range);
    case 13:
      return comparison(std::get<syntax::Comparison>(expr.node), expr.range);
    case 14:
      return logical(std::get<syntax::Logical>(expr.node), expr.range);
    case 15:
      return conditional(std::get<syntax::Conditional>(expr.node), expr.range);
    default:
      break;
  }
  failed_ = true;  // what is not valid was diagnosed by the parser
  return poison();
}

bool Checker::may_be_of_argument(const std::string& name) {
  return untyped_ && frame_->caller == nullptr && looks_like_size(name);
}

Value Checker::reference(const syntax::Name& name) {
  Binding* binding = frame_->find(name.text);
  if (binding == nullptr && may_be_of_argument(name.text)) return poison();
  if (binding == nullptr) {
    Report& report = error(Diagnostic::unknown_name, name.range, {name.text});
    std::vector<std::string> candidates;
    for (const auto& [known, unused] : frame_->names()) candidates.push_back(known);
    std::sort(candidates.begin(), candidates.end());
    if (const std::string near = nearest(name.text, candidates); !near.empty()) {
      report.fix(name.range, near, "did you mean `" + near + "`?");
    } else if (find_language_function(name.text) != nullptr) {
      report.note("`" + name.text + "` is a function: write `" + name.text + "(…)`");
    } else if (name.text == "e") {
      report.fix(name.range, "exp(1)", "Euler's number is `exp(1)`");
    }
    return poison();
  }
  binding->used = true;
  switch (binding->kind) {
    case Binding::Kind::value:
      return binding->value;
    case Binding::Kind::size: {
      Value value;
      value.id = graph_.size(function_.size_id(frame_->resolved({name.text, 0})));
      value.domain = ir::Domain::count;
      value.name = name.text;
      return value;
    }
    case Binding::Kind::index:
      break;
  }
  if (!binding->along && untyped_) return poison();  // its place is perhaps known in a call
  if (!binding->along) {
    error(Diagnostic::index_without_range, name.range, {name.text})
        .note(binding->range, "write `" + name.text + " in K` here, with the size it runs over");
    binding->kind = Binding::Kind::value;  // known to be wrong: say so once
    return poison();
  }
  Value value;
  value.id = graph_.index(binding->axis);
  if (binding->first != 0) {
    const std::pair<ir::ExprId, ir::Number> term{value.id, ir::Number(1)};
    value.id = graph_.add(ir::Number(static_cast<long>(binding->first)), {&term, 1});
  }
  if (binding->first >= 0) value.domain = ir::Domain::count;
  value.name = name.text;
  return value;
}

Value Checker::number(const ir::Number& value) {
  Value result;
  result.id = graph_.constant(value);
  return result;
}

const ir::Number* Checker::constant(const Value& value) const {
  if (!value.ok() || graph_.op(value.id) != ir::Op::constant) return nullptr;
  return &graph_.constant_of(value.id);
}

Value Checker::numeric(Value value, const SourceRange& range) {
  if (!value.ok()) return value;
  if (value.options != nullptr) {
    error(Diagnostic::option_as_value, range, {value.name}).note(value.declared, "declared here");
    return poison();
  }
  if (value.is_bool) {
    value.id = graph_.select(value.id, graph_.constant(1), graph_.constant(0));
    value.is_bool = false;
    value.domain = ir::Domain::binary;
    return value;
  }
  if (value.classes && value.classes->ignore) {
    if (!known(validity(value))) {
      const std::string name = value.name.empty() ? "y" : value.name;
      error(Diagnostic::ignorable_label, range,
            {value.name.empty() ? "the label" : "`" + value.name + "`"})
          .note("write `if valid(" + name + ") then … else …` around it");
      return poison();
    }
    value.classes->ignore.reset();
  }
  return value;
}

Value Checker::condition(Value value, const syntax::Expr& expr) {
  if (!value.ok() || value.is_bool) return value;
  Report& report = error(Diagnostic::not_a_condition, expr.range, {found_text(value)});
  if (value.domain == ir::Domain::binary || value.domain == ir::Domain::sign) {
    const std::string text(session_.diagnostics().sources().text(expr.range));
    report.fix(expr.range, text + " == 1", "compare it");
  }
  return poison();
}

}  // namespace lossc::sema
