// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softmax, log_softmax, norm, normalize, dot, cosine: along the only axis, or a named one.
// softmax is weight(z, R) with R = logsumexp(z), log_softmax its logarithm; what divides by a norm
// of 0 is 0, since 0 · ∞ is.
#include "compiler/ir/builtins.h"
#include "compiler/sema/checker.h"

namespace lossc::sema {

bool Checker::vector_axis(const syntax::Call& call, const Value& value, ir::Axis& axis) {
  std::vector<ir::Axis> axes;
  const std::string name = call.callee.text;
  if (call.brackets) {
    Brackets brackets = read_brackets(*call.brackets, false);
    const bool named = brackets.ok && brackets.indices.empty() && brackets.axes.size() == 1 &&
                       call.brackets->where == nullptr;
    if (!named) {
      if (brackets.ok) {
        error(Diagnostic::one_axis_needed, call.brackets->range, {name, axes_text(value)})
            .note("for one row write `" + name + "(s[i])`");
      }
      forget(brackets);
      return false;
    }
    if (!axes_to_reduce(value, &brackets, call.callee.range, name, axes)) return false;
  } else if (value.axes.size() != 1) {
    if (value.axes.empty()) {
      error(Diagnostic::nothing_to_reduce, call.callee.range, {name});
    } else {
      error(Diagnostic::one_axis_needed, call.callee.range, {name, axes_text(value)})
          .note("name one: `" + name + "[" + name_of(value.axes.back()).text() + "](…)`");
    }
    return false;
  } else {
    axes = value.axes;
  }
  axis = axes.front();
  return true;
}

namespace {

/// The facts outside do not hold along an axis that is bound anew.
class InnerFacts {
 public:
  InnerFacts(std::vector<ir::ExprId>& facts, std::vector<ir::ExprId> inner)
      : facts_(facts), outer_(std::move(inner)) {
    facts_.swap(outer_);
  }
  ~InnerFacts() { facts_.swap(outer_); }
  InnerFacts(const InnerFacts&) = delete;
  InnerFacts& operator=(const InnerFacts&) = delete;

 private:
  std::vector<ir::ExprId>& facts_;
  std::vector<ir::ExprId> outer_;
};

}  // namespace

Value Checker::softmax(const syntax::Call& call, const LanguageFunction& row) {
  const InnerFacts inner(facts_, facts_without_axes());
  const syntax::Expr& argument = *call.arguments.front().value;
  Value z = evaluate_number(argument);
  ir::Axis axis;
  if (!z.ok() || !vector_axis(call, z, axis)) return poison();
  const bool log = row.result == ir::Domain::log_probability;
  if (z.probable) {
    error(Diagnostic::softmax_twice, argument.range, {row.name, found_text(z)})
        .note(log ? "for the logarithm of probabilities write `log(…)`"
                  : "pass the logits: what is a probability already needs no `softmax`");
    return poison();
  }
  Value result;
  result.axes = z.axes;
  result.ordered = z.ordered || z.axes.size() == 1;
  result.id = graph_.weight(z.id, graph_.reduce(ir::ReduceOp::lse, axis, z.id));
  if (log) result.id = graph_.call(ir::Builtin::log, {result.id});
  result.domain = row.result;
  result.probable = !log;
  return result;
}

Value Checker::norm(const syntax::Call& call, const LanguageFunction& row) {
  const InnerFacts inner(facts_, facts_without_axes());
  Value x = evaluate_number(*call.arguments.front().value);
  ir::Axis axis;
  if (!x.ok() || !vector_axis(call, x, axis)) return poison();
  const ir::ExprId squares =
      graph_.reduce(ir::ReduceOp::sum, axis, graph_.power(x.id, ir::Number(2)));
  remark("norm has a kink at the zero vector, where its derivative is 0", call.callee.range);
  Value result;
  result.axes = x.axes;
  result.id = graph_.power(squares, ir::Number::fraction(1, 2));
  result.domain = row.result;
  return without(std::move(result), {axis});
}

Value Checker::normalize(const syntax::Call& call, const LanguageFunction&) {
  const InnerFacts inner(facts_, facts_without_axes());
  Value x = evaluate_number(*call.arguments.front().value);
  ir::Axis axis;
  if (!x.ok() || !vector_axis(call, x, axis)) return poison();
  const ir::ExprId squares =
      graph_.reduce(ir::ReduceOp::sum, axis, graph_.power(x.id, ir::Number(2)));
  Value result;
  result.axes = x.axes;
  result.ordered = x.ordered || x.axes.size() == 1;
  const std::pair<ir::ExprId, ir::Number> factors[] = {{x.id, ir::Number(1)},
                                                       {squares, ir::Number::fraction(-1, 2)}};
  result.id = graph_.mul(ir::Number(1), factors);
  return result;
}

Value Checker::dot(const syntax::Call& call, const LanguageFunction&) {
  const InnerFacts inner(facts_, facts_without_axes());
  const Value a = evaluate_number(*call.arguments[0].value);
  const Value b = evaluate_number(*call.arguments[1].value);
  Value both;
  ir::Axis axis;
  if (!a.ok() || !b.ok() || !pair({&a, &b}, call.callee.range, both)) return poison();
  if (!vector_axis(call, both, axis)) return poison();
  both.id = graph_.reduce(ir::ReduceOp::sum, axis, graph_.times(a.id, b.id));
  return without(std::move(both), {axis});
}

Value Checker::cosine(const syntax::Call& call, const LanguageFunction&) {
  const InnerFacts inner(facts_, facts_without_axes());
  const Value a = evaluate_number(*call.arguments[0].value);
  const Value b = evaluate_number(*call.arguments[1].value);
  Value both;
  ir::Axis axis;
  if (!a.ok() || !b.ok() || !pair({&a, &b}, call.callee.range, both)) return poison();
  if (!vector_axis(call, both, axis)) return poison();
  const auto squares = [&](const Value& x) {
    return graph_.reduce(ir::ReduceOp::sum, axis, graph_.power(x.id, ir::Number(2)));
  };
  const ir::Number inverse_root = ir::Number::fraction(-1, 2);
  const std::pair<ir::ExprId, ir::Number> factors[] = {
      {graph_.reduce(ir::ReduceOp::sum, axis, graph_.times(a.id, b.id)), ir::Number(1)},
      {squares(a), inverse_root},
      {squares(b), inverse_root}};
  both.id = graph_.mul(ir::Number(1), factors);
  return without(std::move(both), {axis});
}

}  // namespace lossc::sema
