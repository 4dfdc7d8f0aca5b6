// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A graph evaluated as a kernel would: every operation rounded to T, builtins correct to about one
// unit of T. What a formula loses in floating point shows here, without the code generator.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "compiler/ir/builtins.h"
#include "compiler/ir/function.h"

namespace lossc::testing {

inline double builtin_value(ir::Builtin builtin, double x, double y) {
  using ir::Builtin;
  const double inf = std::numeric_limits<double>::infinity();
  switch (builtin) {
    case Builtin::exp:
      return std::exp(x);
    case Builtin::exp2:
      return std::exp2(x);
    case Builtin::log:
      return std::log(x);
    case Builtin::log2:
      return std::log2(x);
    case Builtin::log10:
      return std::log10(x);
    case Builtin::log1p:
      return std::log1p(x);
    case Builtin::expm1:
      return std::expm1(x);
    case Builtin::cbrt:
      return std::cbrt(x);
    case Builtin::pow:
      return std::pow(x, y);
    case Builtin::abs:
      return std::fabs(x);
    case Builtin::min:
      return y < x ? y : x;
    case Builtin::max:
      return x < y ? y : x;
    case Builtin::floor:
      return std::floor(x);
    case Builtin::sign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case Builtin::step:
      return x > 0 ? 1 : 0;
    case Builtin::sin:
      return std::sin(x);
    case Builtin::cos:
      return std::cos(x);
    case Builtin::tan:
      return std::tan(x);
    case Builtin::sinh:
      return std::sinh(x);
    case Builtin::cosh:
      return std::cosh(x);
    case Builtin::tanh:
      return std::tanh(x);
    case Builtin::sigmoid: {
      const double e = std::exp(-std::fabs(x));
      return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
    case Builtin::softplus:
      if (x == -inf) return 0;
      return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)));
    case Builtin::stop_gradient:
      return x;
    case Builtin::erf:
      return std::erf(x);
    case Builtin::erfc:
      return std::erfc(x);
    case Builtin::normal_cdf:
      return std::erfc(-x / std::sqrt(2.0)) / 2;
    case Builtin::lgamma:
      return std::lgamma(x);
    case Builtin::log1mexp:
      return x > -0.693 ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
    case Builtin::logcosh: {
      const double a = std::fabs(x);
      if (a < 1) return std::log1p(2 * std::pow(std::sinh(a / 2), 2));
      return a + std::log1p(std::exp(-2 * a)) - std::log(2.0);
    }
    case Builtin::quotient:
      return x == 0 ? 0 : x / y;
    case Builtin::log_ratio:
      return std::fabs(x - y) < y / 2 ? std::log1p((x - y) / y) : std::log(x) - std::log(y);
    case Builtin::log1p_ratio:
      return std::log1p(x / y);
    case Builtin::log1p_square:
      return std::log1p((x / y) * (x / y));
    case Builtin::sigmoid_power: {
      const auto softplus = std::fmax(-x, 0) + std::log1p(std::exp(-std::fabs(x)));
      return y == 0 ? 1 : std::exp(-y * softplus);
    }
    case Builtin::hypot:
      return std::hypot(x, y);
    case Builtin::direction:
      return x == 0 ? 0 : x / std::hypot(x, y);
    case Builtin::exprel:
      return x == 0 ? 1 : std::expm1(x) / x;
    case Builtin::over_expm1:
      return x == 0 ? 1 : x / std::expm1(x);
    case Builtin::exprel_rate:
      return std::fabs(x) < 1e-3 ? 0.5 + x / 12 : 1 / -std::expm1(-x) - 1 / x;
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

template <class T>
class FloatEvaluator {
 public:
  FloatEvaluator(const ir::Function& function, std::map<std::string, std::int64_t> symbols,
                 std::vector<std::vector<double>> arrays)
      : function_(function), arrays_(std::move(arrays)) {
    for (const ir::Size& size : function.sizes) {
      extents_.push_back(size.symbol.empty() ? size.offset : symbols.at(size.symbol) + size.offset);
    }
  }

  /// Row-major over output.axes.
  std::vector<T> run(const ir::Output& output) {
    std::vector<T> values;
    std::map<ir::Axis, std::int64_t> place;
    fill(output, 0, place, values);
    return values;
  }

 private:
  using Place = std::map<ir::Axis, std::int64_t>;

  void fill(const ir::Output& output, std::size_t depth, Place& place, std::vector<T>& values) {
    if (depth == output.axes.size()) {
      values.push_back(value(output.root, place));
      return;
    }
    for (std::int64_t i = 0; i < extents_[output.axes[depth].size.index]; ++i) {
      place[output.axes[depth]] = i;
      fill(output, depth + 1, place, values);
    }
    place.erase(output.axes[depth]);
  }

  /// Recursion and memory by (node, place) are good enough for the small graphs of tests.
  T value(ir::ExprId id, const Place& place) {
    const ir::Graph& graph = function_.graph;
    std::vector<std::int64_t> key{id.index};
    Place inner;
    for (const ir::Axis axis : graph.free_axes(id)) {
      inner[axis] = place.at(axis);
      key.push_back(place.at(axis));
    }
    if (const auto known = memo_.find(key); known != memo_.end()) return known->second;
    return memo_[key] = computed(id, inner);
  }

  static T times(T a, T b) {
    if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<T>::quiet_NaN();
    return a == 0 || b == 0 ? T(0) : a * b;
  }

  T computed(ir::ExprId id, const Place& place) {
    const ir::Graph& graph = function_.graph;
    const auto operands = graph.operands(id);
    const auto at = [&](std::size_t i) { return value(operands[i], place); };
    switch (graph.op(id)) {
      case ir::Op::constant:
        return T(graph.constant_of(id).to_double());
      case ir::Op::truth:
        return T(graph.node(id).attribute);
      case ir::Op::pi:
        return T(3.14159265358979323846);
      case ir::Op::size:
        return T(extents_[graph.size_of(id).index]);
      case ir::Op::index:
        return T(place.at(graph.axis(id)));
      case ir::Op::load:
        return loaded(id, place);
      case ir::Op::add: {
        T sum = T(graph.constant_of(id).to_double());
        for (std::size_t i = 0; i < operands.size(); ++i) {
          sum += times(T(graph.factors(id)[i].to_double()), at(i));
        }
        return sum;
      }
      case ir::Op::mul: {
        T product = T(graph.constant_of(id).to_double());
        for (std::size_t i = 0; i < operands.size(); ++i) {
          const double exponent = graph.factors(id)[i].to_double();
          product = times(product, exponent == 1 ? at(i) : T(std::pow(double(at(i)), exponent)));
        }
        return product;
      }
      case ir::Op::call:
        return T(builtin_value(graph.builtin(id), double(at(0)),
                               operands.size() > 1 ? double(at(1)) : 0.0));
      case ir::Op::compare: {
        const T a = at(0);
        const T b = at(1);
        switch (graph.relation(id)) {
          case ir::Relation::less:
            return a < b;
          case ir::Relation::less_equal:
            return a <= b;
          case ir::Relation::equal:
            return a == b;
          case ir::Relation::not_equal:
            return a != b;
        }
        return 0;
      }
      case ir::Op::conjunction: {
        bool all = true;
        for (std::size_t i = 0; i < operands.size(); ++i) all = all && at(i) != 0;
        return all;
      }
      case ir::Op::disjunction: {
        bool any = false;
        for (std::size_t i = 0; i < operands.size(); ++i) any = any || at(i) != 0;
        return any;
      }
      case ir::Op::negation:
        return at(0) == 0;
      case ir::Op::select:
        return at(0) != 0 ? at(1) : at(2);
      case ir::Op::reduce:
        return reduced(id, place);
      case ir::Op::weight: {
        const T x = at(0);
        return std::isinf(x) && x < 0 ? T(0) : T(std::exp(double(x - at(1))));
      }
    }
    return 0;
  }

  T loaded(ir::ExprId id, const Place& place) {
    const ir::ArrayId array = function_.graph.array(id);
    std::int64_t offset = 0;
    const auto operands = function_.graph.operands(id);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::int64_t extent = extents_[function_.arrays[array.index].shape[i].index];
      offset = offset * extent + static_cast<std::int64_t>(value(operands[i], place));
    }
    return T(arrays_[array.index].at(static_cast<std::size_t>(offset)));
  }

  T reduced(ir::ExprId id, const Place& place) {
    const ir::Graph& graph = function_.graph;
    const ir::Axis axis = graph.axis(id);
    std::vector<T> values;
    Place inner = place;
    for (std::int64_t i = 0; i < extents_[axis.size.index]; ++i) {
      inner[axis] = i;
      values.push_back(value(graph.operands(id)[0], inner));
    }
    const T inf = std::numeric_limits<T>::infinity();
    T result = 0;
    switch (graph.reduce_op(id)) {
      case ir::ReduceOp::sum: {
        double sum = 0;
        for (const T x : values) sum += double(x);
        return T(sum);
      }
      case ir::ReduceOp::prod:
        result = 1;
        for (const T x : values) result = times(result, x);
        return result;
      case ir::ReduceOp::norm: {
        double sum = 0;
        for (const T x : values) sum += double(x) * double(x);
        return T(std::sqrt(sum));
      }
      case ir::ReduceOp::max:
        result = -inf;
        for (const T x : values) result = std::isnan(x) || result < x ? x : result;
        return result;
      case ir::ReduceOp::min:
        result = inf;
        for (const T x : values) result = std::isnan(x) || x < result ? x : result;
        return result;
      case ir::ReduceOp::lse: {
        T largest = -inf;
        for (const T x : values) largest = std::isnan(x) || largest < x ? x : largest;
        if (std::isinf(largest) || std::isnan(largest)) return largest;
        double sum = 0;
        for (const T x : values) sum += std::exp(double(x - largest));
        return largest + T(std::log(sum));
      }
      case ir::ReduceOp::argmax: {
        std::size_t best = 0;
        for (std::size_t i = 1; i < values.size(); ++i) best = values[best] < values[i] ? i : best;
        return T(best);
      }
      case ir::ReduceOp::argmin: {
        std::size_t best = 0;
        for (std::size_t i = 1; i < values.size(); ++i) best = values[i] < values[best] ? i : best;
        return T(best);
      }
      case ir::ReduceOp::any:
        for (const T x : values) result = result != 0 || x != 0;
        return result;
      case ir::ReduceOp::all:
        result = 1;
        for (const T x : values) result = result != 0 && x != 0;
        return result;
    }
    return result;
  }

  const ir::Function& function_;
  std::vector<std::int64_t> extents_;
  std::vector<std::vector<double>> arrays_;
  std::map<std::vector<std::int64_t>, T> memo_;
};

}  // namespace lossc::testing
