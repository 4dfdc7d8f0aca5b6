// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A literal function rebuilt through the rules. A chain a + b + c + … in the literal graph is one
// sum of two terms after another; the inner ones that nothing else uses are gathered and built as
// one, so that 200,000 terms take linear time. The same for products.
#include "compiler/ir/function.h"
#include "compiler/ir/rules.h"

namespace lossc::ir {

namespace {

class Normaliser {
 public:
  Normaliser(const Function& literal, Function& result)
      : from_(literal.graph), to_(result.graph), roots_(literal.roots()) {}

  void run() {
    const std::vector<ExprId> ids = from_.reachable(roots_);
    for (ExprId root : roots_) ++uses_.at(root);
    for (ExprId id : ids) {
      for (ExprId operand : from_.operands(id)) ++uses_.at(operand);
    }
    mark_absorbed(ids);
    for (ExprId id : ids) {
      if (absorbed_[id]) continue;
      const ExprId built = rebuilt(id);
      image_.at(id) = built;
      to_.set_origin(built, from_.origin(id));
    }
  }

  ExprId image(ExprId id) const { return image_[id]; }

 private:
  /// Terms and factors (with exponent 1) of the same kind, used once, become part of their user.
  void mark_absorbed(const std::vector<ExprId>& ids) {
    for (ExprId id : ids) {
      const Op op = from_.op(id);
      if (op != Op::add && op != Op::mul) continue;
      const auto operands = from_.operands(id);
      const auto factors = from_.factors(id);
      for (std::size_t i = 0; i < operands.size(); ++i) {
        if (from_.op(operands[i]) != op || uses_[operands[i]] != 1) continue;
        if (op == Op::add ? factors[i].finite() : factors[i].is(1)) absorbed_.at(operands[i]) = 1;
      }
    }
  }

  ExprId rebuilt(ExprId id) {
    switch (from_.op(id)) {
      case Op::constant:
        return to_.constant(from_.constant_of(id));
      case Op::truth:
        return to_.truth(from_.node(id).attribute != 0);
      case Op::pi:
        return to_.pi();
      case Op::size:
        return to_.size(from_.size_of(id));
      case Op::index:
        return to_.index(from_.axis(id));
      case Op::add:
      case Op::mul:
        return gathered(id);
      default:
        break;
    }
    std::vector<ExprId> operands;
    for (ExprId operand : from_.operands(id)) operands.push_back(image_[operand]);
    switch (from_.op(id)) {
      case Op::load:
        return to_.load(from_.array(id), operands);
      case Op::call:
        return to_.call(from_.builtin(id), operands);
      case Op::compare:
        return to_.compare(from_.relation(id), operands[0], operands[1]);
      case Op::conjunction:
        return to_.conjunction(operands);
      case Op::disjunction:
        return to_.disjunction(operands);
      case Op::negation:
        return to_.negation(operands[0]);
      case Op::select:
        return to_.select(operands[0], operands[1], operands[2]);
      case Op::reduce:
        return to_.reduce(from_.reduce_op(id), from_.axis(id), operands[0]);
      default:
        return to_.weight(operands[0], operands[1]);
    }
  }

  ExprId gathered(ExprId id) {
    const Op op = from_.op(id);
    Number constant = from_.constant_of(id);
    std::vector<Term> terms;
    std::vector<Term> pending = {{id, Number(1)}};
    while (!pending.empty()) {
      const auto [next, factor] = std::move(pending.back());
      pending.pop_back();
      if (next != id) {
        constant = op == Op::add ? constant + factor * from_.constant_of(next)
                                 : constant * from_.constant_of(next);
      }
      const auto operands = from_.operands(next);
      const auto numbers = from_.factors(next);
      for (std::size_t i = 0; i < operands.size(); ++i) {
        Number number = op == Op::add ? factor * numbers[i] : numbers[i];
        if (absorbed_[operands[i]]) {
          pending.emplace_back(operands[i], std::move(number));
        } else {
          terms.emplace_back(image_[operands[i]], std::move(number));
        }
      }
    }
    return op == Op::add ? to_.add(constant, terms) : to_.mul(constant, terms);
  }

  const Graph& from_;
  Graph& to_;
  std::vector<ExprId> roots_;
  NodeMap<std::uint32_t> uses_;
  NodeMap<char> absorbed_;
  NodeMap<ExprId> image_;
};

}  // namespace

Function normalised(const Function& literal) {
  Function result = literal;
  result.graph = Graph(Graph::Mode::normalising);
  describe(result.graph, literal);
  Normaliser normaliser(literal, result);
  normaliser.run();
  for (Output& output : result.outputs) output.root = normaliser.image(output.root);
  for (Requirement& requirement : result.requirements) {
    requirement.condition = normaliser.image(requirement.condition);
  }
  return result;
}

}  // namespace lossc::ir
