// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/differential/error_bound.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_builtins.h"
#include "compiler/ir/interpreter_evaluator.h"
#include "compiler/support/assert.h"

namespace lossc::testing {
namespace {

using namespace lossc::ir;

constexpr double infinite = std::numeric_limits<double>::infinity();
/// Errors allowed to one rounding, one builtin (2 ULP) and one power, in units of roundoff.
constexpr double builtin_error = 4;

struct Item {
  double value = 0;  ///< enough digits for a bound
  double error = 0;
  bool contested = false;  ///< a maximum or minimum that another element may be as well
};
using Items = std::vector<Item>;

double exact_or_zero(double v) { return std::isfinite(v) ? std::fabs(v) : 0; }

/// Bounds of all nodes; the values come from the interpreter, to double.
class BoundEvaluator {
 public:
  BoundEvaluator(const Function& function, const Example& example, double roundoff)
      : function_(function), graph_(function.graph), example_(example), u_(roundoff) {}

  Items evaluate(ExprId root) {
    const ExprId roots[] = {root};
    items_.resize(root.index + 1);
    for (const ExprId id : graph_.reachable(roots)) items_[id.index] = node(id);
    return items_[root.index];
  }

 private:
  Walk walk(ExprId id) const {
    Walk walk(graph_.free_axes(id), example_.sizes);
    for (const ExprId operand : graph_.operands(id)) walk.add(graph_.free_axes(operand));
    return walk;
  }
  const Item& operand(ExprId id, std::size_t i, const Walk& walk) const {
    return items_[graph_.operands(id)[i].index][walk.offset(i)];
  }

  bool decided(ExprId id, const Walk& walk) const {
    for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
      if (!std::isfinite(operand(id, i, walk).error)) return false;
    }
    return true;
  }

  Items node(ExprId id) {
    Walk walk = this->walk(id);
    Items result(static_cast<std::size_t>(walk.count()));
    if (graph_.op(id) == Op::index) {
      for (std::size_t i = 0; i < result.size(); ++i) result[i].value = static_cast<double>(i);
      return result;
    }
    for (Item& item : result) {
      item = element(id, walk);
      if (rounds_below_normal(id, item.value)) item.error += tiny_;
      if (std::isnan(item.error)) item.error = infinite;
      // What is infinite by right (a lone class, a pole) is so in every precision.
      if (std::isinf(item.value) && graph_.op(id) != Op::reduce && decided(id, walk))
        item.error = 0;
      walk.next();
    }
    return result;
  }

  /// What is not normal in the type is rounded to a multiple of its least number.
  bool rounds_below_normal(ExprId id, double value) const {
    const Op op = graph_.op(id);
    if (op != Op::mul && op != Op::call && op != Op::weight) return false;
    if (op == Op::weight && value == 0) return true;
    return value != 0 && std::fabs(value) < tiny_ / u_;
  }

  Item element(ExprId id, const Walk& walk) {
    switch (graph_.op(id)) {
      case Op::constant:
        return rounded_constant(graph_.constant_of(id).to_double());
      case Op::truth:
        return {graph_.node(id).attribute != 0 ? 1.0 : 0.0, 0};
      case Op::pi:
        return rounded_constant(M_PI);
      case Op::size:
        return {static_cast<double>(example_.sizes[graph_.size_of(id).index]), 0};
      case Op::index:
        break;
      case Op::load:
        return load(id, walk);
      case Op::add:
        return add(id, walk);
      case Op::mul:
        return mul(id, walk);
      case Op::call:
        return call(id, walk);
      case Op::compare:
        return compare(id, walk);
      case Op::conjunction:
      case Op::disjunction:
        return connective(id, walk);
      case Op::negation: {
        const Item& x = operand(id, 0, walk);
        return {1 - x.value, x.error};
      }
      case Op::select:
        return select(id, walk);
      case Op::reduce:
        return reduce(id, walk);
      case Op::weight:
        return weight(id, walk);
    }
    LOSSC_UNREACHABLE("an op without a bound");
  }

  /// What fits f32 is exact; anything else is rounded.
  Item rounded_constant(double v) const {
    const bool exact = static_cast<double>(static_cast<float>(v)) == v;
    return {v, exact ? 0 : u_ * exact_or_zero(v)};
  }

  Item load(ExprId id, const Walk& walk) const {
    const ArrayId array = graph_.array(id);
    const Array& declared = function_.arrays[array.index];
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < declared.shape.size(); ++i) {
      const auto extent = example_.sizes[declared.shape[i].index];
      const auto subscript = static_cast<std::int64_t>(operand(id, i, walk).value);
      if (subscript < 0 || subscript >= extent) return {0, 0};  // in a branch not taken
      offset = offset * extent + subscript;
    }
    return {static_cast<double>(example_.arrays[array.index][static_cast<std::size_t>(offset)]), 0};
  }

  Item add(ExprId id, const Walk& walk) const {
    const double constant = graph_.constant_of(id).to_double();
    double value = constant, error = 0, size = std::fabs(constant);
    const auto factors = graph_.factors(id);
    bool whole = std::trunc(constant) == constant;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const Item& x = operand(id, i, walk);
      const double c = factors[i].to_double();
      value += c * x.value;
      error += std::fabs(c) * x.error;
      size += std::fabs(c * x.value);
      whole = whole && std::trunc(c * x.value) == c * x.value;
    }
    if (whole && error == 0 && size <= 1 / u_) return {value, 0};  // subscripts, counts
    if (value == 0 && error == 0 && constant == 0 && factors.size() == 2) return {0, 0};  // x - x
    return {value, error + u_ * static_cast<double>(factors.size() + 1) * exact_or_zero(size)};
  }

  Item mul(ExprId id, const Walk& walk) const {
    const auto exponents = graph_.factors(id);
    double value = graph_.constant_of(id).to_double(), relative = 2 * u_;
    double zero_error = 1;  // what the factors that are 0 may be instead
    double others = std::fabs(value);
    bool zero = false, vague = false;
    for (std::size_t i = 0; i < exponents.size(); ++i) {
      const Item& x = operand(id, i, walk);
      const double e = exponents[i].to_double();
      if (x.value == 0 && e > 0) {
        zero = true;
        zero_error *= std::pow(x.error, e);
        continue;
      }
      const double power = std::pow(x.value, e);
      value *= power;
      if (x.error >= std::fabs(x.value) &&
          e > 0) {  // no digit is sure: it may be anything so large
        vague = true;
        zero_error *= std::pow(std::fabs(x.value) + x.error, e);
        continue;
      }
      others *= std::fabs(power);
      if (x.error >= std::fabs(x.value)) relative = infinite;
      relative += std::fabs(e) * x.error / std::fabs(x.value) + builtin_error * u_;
    }
    if (zero || vague) {
      const double size = zero ? 0 : std::fabs(value);
      const double error = zero_error == 0 ? 0 : zero_error * others * (1 + relative);
      return {zero ? 0 : value, size + error};
    }
    if (value == 0) return {0, 0};
    return {value, std::fabs(value) * relative};
  }

  Item call(ExprId id, const Walk& walk) const {
    const Builtin builtin = graph_.builtin(id);
    if (ir::is_identity(builtin)) return operand(id, 0, walk);
    if (ir::is_given(builtin)) return {0, 0};
    const std::size_t count = graph_.operands(id).size();
    Float arguments[2];
    const Float* pointers[2];
    double error = 0;
    for (std::size_t i = 0; i < count; ++i) {
      arguments[i] = Float(operand(id, i, walk).value);
      pointers[i] = &arguments[i];
    }
    const WorkingPrecision precision(80);
    if (builtin == Builtin::max || builtin == Builtin::min || builtin == Builtin::abs) {
      for (std::size_t i = 0; i < count; ++i) error = std::max(error, operand(id, i, walk).error);
      return {expansion(builtin, {pointers, count}, 0).value.to_double(), error};
    }
    const Expansion e = expansion(builtin, {pointers, count}, 1);
    const double value = e.value.to_double();
    for (std::size_t i = 0; i < count; ++i) {
      const double x_error = operand(id, i, walk).error;
      if (x_error > 0) error += std::fabs(e.first[i].to_double()) * x_error;
    }
    if (info(builtin).partials.empty() || info(builtin).integer) error += jump(id, walk);
    return {value, error + builtin_error * u_ * exact_or_zero(value)};
  }

  /// floor, sign and their kin near a jump: unknown.
  double jump(ExprId id, const Walk& walk) const {
    const Item& x = operand(id, 0, walk);
    const double nearest = std::round(2 * x.value) / 2;
    return x.error > 0 && std::fabs(x.value - nearest) <= 4 * x.error ? infinite : 0;
  }

  Item compare(ExprId id, const Walk& walk) const {
    const Item& a = operand(id, 0, walk);
    const Item& b = operand(id, 1, walk);
    const double error = a.error + b.error;
    bool unsure = error > 0 && !(std::fabs(a.value - b.value) > 8 * error);
    const Relation relation = graph_.relation(id);
    const bool equality = relation == Relation::equal || relation == Relation::not_equal;
    // Equal to the last bit: one number, as an element and the maximum that it is.
    if (equality && a.value == b.value && !a.contested && !b.contested) unsure = false;
    bool truth = false;
    switch (relation) {
      case Relation::less:
        truth = a.value < b.value;
        break;
      case Relation::less_equal:
        truth = a.value <= b.value;
        break;
      case Relation::equal:
        truth = a.value == b.value;
        break;
      case Relation::not_equal:
        truth = a.value != b.value;
        break;
    }
    return {truth ? 1.0 : 0.0, unsure ? infinite : 0};
  }

  Item connective(ExprId id, const Walk& walk) const {
    const double deciding = graph_.op(id) == Op::disjunction ? 1 : 0;
    double error = 0;
    for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
      const Item& x = operand(id, i, walk);
      if (x.value == deciding && x.error == 0) return {deciding, 0};
      error += x.error;
    }
    bool decided = false;
    for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
      decided |= operand(id, i, walk).value == deciding;
    }
    return {decided ? deciding : 1 - deciding, error};
  }

  Item select(ExprId id, const Walk& walk) const {
    const Item& c = operand(id, 0, walk);
    const Item& a = operand(id, 1, walk);
    const Item& b = operand(id, 2, walk);
    if (c.error == 0) return c.value != 0 ? a : b;
    // Either branch would be an honest answer.
    return {c.value != 0 ? a.value : b.value, std::fabs(a.value - b.value) + a.error + b.error};
  }

  Item reduce(ExprId id, const Walk& walk) const {
    const ExprId body = graph_.operands(id)[0];
    const Axis axis = graph_.axis(id);
    const auto extent = static_cast<std::size_t>(example_.sizes[axis.size.index]);
    const auto stride =
        static_cast<std::size_t>(Walk::stride(graph_.free_axes(body), axis, example_.sizes));
    Items row;
    row.reserve(extent);
    for (std::size_t i = 0; i < extent; ++i) {
      row.push_back(items_[body.index][walk.offset(0) + i * stride]);
    }
    return reduced(graph_.reduce_op(id), row);
  }

  Item reduced(ReduceOp op, const Items& row) const {
    Item result;
    switch (op) {
      case ReduceOp::sum: {
        double size = 0;
        for (const Item& x : row) {
          result.value += x.value;
          result.error += x.error;
          size += exact_or_zero(x.value);
        }
        result.error += 2 * u_ * exact_or_zero(result.value) + 1e-6 * u_ * size;
        return result;
      }
      case ReduceOp::prod: {
        double relative = 0;
        result.value = 1;
        for (const Item& x : row) {
          result.value *= x.value;
          relative += x.value == 0 ? 0 : x.error / std::fabs(x.value) + u_;
        }
        result.error = std::fabs(result.value) * relative;
        return result;
      }
      case ReduceOp::max:
      case ReduceOp::min: {
        result.value = op == ReduceOp::max ? -infinite : infinite;
        for (const Item& x : row) {
          result.value = op == ReduceOp::max ? std::max(result.value, x.value)
                                             : std::min(result.value, x.value);
          result.error = std::max(result.error, x.error);
        }
        const auto near = std::count_if(row.begin(), row.end(), [&](const Item& x) {
          return std::fabs(x.value - result.value) <= 8 * (x.error + result.error);
        });
        result.contested = near > 1 && result.error > 0;
        return result;
      }
      case ReduceOp::norm: {
        double error = 0;
        for (const Item& x : row) {
          result.value = std::hypot(result.value, x.value);
          error = std::hypot(error, x.error);
        }
        result.error = error + 2 * u_ * exact_or_zero(result.value);
        return result;
      }
      case ReduceOp::lse:
        return log_sum_exp(row);
      case ReduceOp::argmax:
      case ReduceOp::argmin:
        return position(row, op == ReduceOp::argmin);
      case ReduceOp::any:
      case ReduceOp::all: {
        const double deciding = op == ReduceOp::any ? 1 : 0;
        result.value = 1 - deciding;
        for (const Item& x : row) {
          if (x.value == deciding) result.value = deciding;
          result.error += x.error;
        }
        return result;
      }
    }
    LOSSC_UNREACHABLE("a reduction without a bound");
  }

  Item log_sum_exp(const Items& row) const {
    double m = -infinite;
    for (const Item& x : row) m = std::max(m, x.value);
    if (!std::isfinite(m)) return {m, 0};
    double sum = 0, error = 0;
    for (const Item& x : row) {
      const double e = std::exp(x.value - m);
      sum += e;
      if (e > 0) error += e * (x.error + u_ * (std::fabs(x.value - m) + builtin_error));
    }
    const double value = m + std::log(sum);
    return {value, error / sum + u_ * (4 * std::fabs(m) + 4 * std::log(sum) + builtin_error)};
  }

  static Item position(const Items& row, bool smallest) {
    std::size_t best = 0;
    double error = 0;
    for (std::size_t i = 1; i < row.size(); ++i) {
      if (smallest ? row[i].value < row[best].value : row[i].value > row[best].value) best = i;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double margin = row[i].error + row[best].error;
      if (i != best && margin > 0 && std::fabs(row[i].value - row[best].value) <= 8 * margin) {
        error = infinite;
      }
    }
    return {static_cast<double>(best), error};
  }

  Item weight(ExprId id, const Walk& walk) const {
    const Item& x = operand(id, 0, walk);
    const Item& total = operand(id, 1, walk);
    if (x.value == -infinite) return {0, 0};
    const double value = std::exp(x.value - total.value);
    const double relative =
        x.error + total.error + u_ * (std::fabs(x.value) + std::fabs(total.value) + builtin_error);
    return {value, value * relative};
  }

  const Function& function_;
  const Graph& graph_;
  const Example& example_;
  double u_;
  double tiny_ = u_ == 0x1p-53 ? 0x1p-1074 : 0x1p-149;  ///< least number of the type
  std::vector<Items> items_;
};

}  // namespace

std::vector<Bounded> bounded(const Function& function, const Output& output, const Example& example,
                             double roundoff) {
  auto exact = interpret(function, output, example);
  LOSSC_ASSERT(exact.ok(), exact.ok() ? "" : exact.error().message);
  const Items items = BoundEvaluator(function, example, roundoff).evaluate(output.root);
  std::vector<Bounded> result;
  Walk walk(output.axes, example.sizes);
  walk.add(function.graph.free_axes(output.root));
  for (std::size_t i = 0; i < exact->size(); ++i) {
    result.push_back({(*exact)[i], items[walk.offset(0)].error});
    walk.next();
  }
  return result;
}

}  // namespace lossc::testing
