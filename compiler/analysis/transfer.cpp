// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Leaves, comparisons, selections, reductions: the transfer function of each operation.
#include "compiler/analysis/transfer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/analysis/interval.h"
#include "compiler/ir/builtins.h"
#include "compiler/support/assert.h"

namespace lossc::analysis {

using ir::Op;
using ir::ReduceOp;
using ir::Relation;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Range boolean(int known) { return known < 0 ? truth_values() : Range::exactly(known); }

Range connective(std::span<const Range> operands, bool absorbing) {
  bool all_known = true;
  for (const Range& operand : operands) {
    const bool known = operand.low == operand.high;
    if (known && (operand.low != 0) == absorbing) return Range::exactly(absorbing ? 1 : 0);
    all_known = all_known && known;
  }
  return all_known ? Range::exactly(absorbing ? 0 : 1) : truth_values();
}

Range position(const ir::Function& function, ir::SizeId size) {
  Range range = of_size(function, size);
  range.low = 0;
  range.high = std::max(0.0, range.high - 1);
  return range;
}

/// A masked class (x = −inf) has weight 0.
Range weight(const Range& x) {
  Range range;
  range.low = 0;
  range.high = 1;
  range.low_open = !x.may_be_infinite;
  range.may_be_infinite = false;
  return range;
}

}  // namespace

bool Range::may_be_zero() const {
  return low <= 0 && high >= 0 && !(low == 0 && low_open) && !(high == 0 && high_open);
}

Range Range::exactly(double value) {
  Range range;
  range.low = value;
  range.high = value;
  range.integer = std::isfinite(value) && std::floor(value) == value;
  range.may_be_infinite = std::isinf(value);
  return range;
}

Range Range::of(const ir::Array& array) {
  const ir::DomainInfo& domain = ir::info(array.domain);
  Range range;
  range.low = domain.bounds.low;
  range.high = domain.bounds.high;
  range.low_open = domain.open_low;
  range.integer = domain.integer;
  range.may_be_infinite = domain.may_be_infinite;
  if (array.domain == ir::Domain::one_of) {
    range.low = 0;
    range.high = std::max<double>(0, static_cast<double>(array.options.size()) - 1);
  }
  return normalised(range);
}

Range of_size(const ir::Function& function, ir::SizeId size) {
  Range range;
  range.integer = true;
  range.may_be_infinite = false;
  range.low = 0;
  range.high = inf;
  if (size.index >= function.sizes.size()) return range;
  const ir::Size& what = function.sizes[size.index];
  if (what.symbol.empty()) return Range::exactly(static_cast<double>(what.offset));
  range.low = std::max<double>(0, static_cast<double>(what.offset));
  return range;
}

int decided(Relation relation, const Range& a, const Range& b) {
  const bool before = a.high < b.low || (a.high == b.low && (a.high_open || b.low_open));
  const bool after = b.high < a.low || (b.high == a.low && (b.high_open || a.low_open));
  const bool same = a.low == a.high && b.low == b.high && a.low == b.low;
  switch (relation) {
    case Relation::less:
      return before ? 1 : (a.low >= b.high ? 0 : -1);
    case Relation::less_equal:
      return a.high <= b.low ? 1 : (after ? 0 : -1);
    case Relation::equal:
      return before || after ? 0 : (same ? 1 : -1);
    case Relation::not_equal:
      return before || after ? 1 : (same ? 0 : -1);
  }
  LOSSC_UNREACHABLE("an unknown relation");
}

namespace {

/// An element of a class(K) array lies in 0 … K − 1 (labels are checked at run time), or is the
/// ignored one.
Range label(const ir::Function& function, const ir::Array& array) {
  Range range = position(function, array.classes);
  if (array.ignore) range = hull(range, Range::exactly(static_cast<double>(*array.ignore)));
  return range;
}

}  // namespace

Range transfer(const ir::Function& function, ir::ExprId id, const std::vector<Range>& operands) {
  const ir::Graph& graph = function.graph;
  switch (graph.op(id)) {
    case Op::constant:
      return of_number(graph.constant_of(id));
    case Op::truth:
      return Range::exactly(graph.node(id).attribute != 0 ? 1 : 0);
    case Op::pi: {
      Range range = Range::exactly(3.141592653589793);  // the double below π
      range.high = std::nextafter(range.low, inf);
      range.low_open = range.high_open = true;
      return range;
    }
    case Op::size:
      return of_size(function, graph.size_of(id));
    case Op::index:
      return position(function, graph.axis(id).size);
    case Op::load: {
      const ir::Array& array = function.arrays[graph.array(id).index];
      return array.domain == ir::Domain::class_ ? label(function, array) : Range::of(array);
    }
    case Op::add:
      return transfer_sum(function, id, operands);
    case Op::mul:
      return transfer_product(function, id, operands);
    case Op::call: {
      // What pulls is 0. But a pass that knew it of √(x² + pull) would lose what the pull moves.
      const ir::Builtin builtin = graph.builtin(id);
      const bool checked = graph.mode() == ir::Graph::Mode::literal;
      const bool pulls = ir::is_given(builtin) && !ir::is_identity(builtin);
      return pulls && checked ? Range::exactly(0) : transfer_call(builtin, operands);
    }
    case Op::compare:
      return boolean(decided(graph.relation(id), operands[0], operands[1]));
    case Op::conjunction:
      return connective(operands, false);
    case Op::disjunction:
      return connective(operands, true);
    case Op::negation:
      return boolean(operands[0].low == operands[0].high ? (operands[0].low == 0 ? 1 : 0) : -1);
    case Op::select:
      if (operands[0].low == operands[0].high) return operands[operands[0].low != 0 ? 1 : 2];
      return hull(operands[1], operands[2]);
    case Op::reduce:
      return transfer_reduction(function, id, operands[0]);
    case Op::weight:
      return weight(operands[0]);
  }
  LOSSC_UNREACHABLE("an unknown operation");
}

Range transfer_reduction(const ir::Function& function, ir::ExprId id, const Range& body) {
  const ir::SizeId size = function.graph.axis(id).size;
  const Range count = of_size(function, size);
  const ReduceOp op = function.graph.reduce_op(id);
  Range range = body;
  switch (op) {
    case ReduceOp::sum:
      return product(count, body);
    case ReduceOp::prod:
      range = body.within(0, 1)    ? body
              : body.within(-1, 1) ? hull(body, product(body, Range::exactly(-1)))
                                   : anything(body.may_be_infinite);
      if (body.low >= 1) range.low = 1;
      if (!body.within(-1, 1) && body.low >= 0) range.low = std::max(range.low, 0.0);
      if (body.low >= 0) range.low = body.low >= 1 ? 1 : 0;
      range.low_open = range.high_open = false;
      range.integer = body.integer;
      return normalised(hull(range, Range::exactly(1)));
    case ReduceOp::norm:
      range = anything(body.may_be_infinite);
      range.low = 0;
      return range;
    case ReduceOp::max:
    case ReduceOp::min:
      // Over nothing it is −inf or inf.
      if (count.low > 0) return body;
      return hull(body, Range::exactly(op == ReduceOp::max ? -inf : inf));
    case ReduceOp::lse: {
      range.integer = false;
      range.high =
          std::isfinite(count.high) && std::isfinite(body.high)
              ? std::nextafter(body.high + std::log(std::max(1.0, count.high)) * 1.0000001, inf)
              : inf;
      if (count.low > 0) return normalised(range);
      range.low = -inf;
      range.may_be_infinite = true;
      return range;
    }
    case ReduceOp::argmax:
    case ReduceOp::argmin:
      return position(function, size);
    case ReduceOp::any:
    case ReduceOp::all:
      return truth_values();
  }
  LOSSC_UNREACHABLE("an unknown reduction");
}

}  // namespace lossc::analysis
