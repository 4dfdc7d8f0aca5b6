// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tree-walking evaluator in double for small terms of the graph's own tests: as plain as the
// definition, so that the rules have something to answer to that shares no code with them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "compiler/ir/builtins.h"
#include "compiler/ir/function.h"

namespace lossc::ir {

struct SmallEvaluator {
  const Graph& graph;
  std::vector<long> extents;                       // by SizeId
  std::vector<std::vector<double>> arrays;         // by ArrayId, row-major
  std::vector<std::vector<std::uint16_t>> shapes;  // by ArrayId: sizes
  std::map<std::uint32_t, double> axes = {};       // positions, by packed axis

  static double product(double a, double b) {
    if ((a == 0 && !std::isnan(b)) || (b == 0 && !std::isnan(a))) return 0;
    return a * b;
  }

  double load(ExprId id) {
    const auto& array = arrays[graph.array(id).index];
    const auto& shape = shapes[graph.array(id).index];
    std::size_t place = 0;
    const auto subscripts = graph.operands(id);
    for (std::size_t i = 0; i < subscripts.size(); ++i) {
      const double at = value(subscripts[i]);
      const auto extent = static_cast<double>(extents[shape[i]]);
      if (!(at >= 0 && at < extent)) return std::numeric_limits<double>::quiet_NaN();
      place = place * static_cast<std::size_t>(extent) + static_cast<std::size_t>(at);
    }
    return array[place];
  }

  double call(ExprId id) {
    std::vector<double> x;
    for (ExprId operand : graph.operands(id)) x.push_back(value(operand));
    switch (graph.builtin(id)) {
      case Builtin::exp:
        return std::exp(x[0]);
      case Builtin::log:
        return std::log(x[0]);
      case Builtin::sigmoid:
        return 1 / (1 + std::exp(-x[0]));
      case Builtin::abs:
        return std::fabs(x[0]);
      case Builtin::max:
        return std::max(x[0], x[1]);
      case Builtin::pow:
        return std::pow(x[0], x[1]);
      default:
        ADD_FAILURE() << "a builtin the evaluator does not know";
        return 0;
    }
  }

  double reduce(ExprId id) {
    const Axis axis = graph.axis(id);
    const auto outer = axes;
    const ExprId body = graph.operands(id)[0];
    const ReduceOp op = graph.reduce_op(id);
    double total = 0;
    if (op == ReduceOp::prod || op == ReduceOp::all) total = 1;
    if (op == ReduceOp::max) total = -std::numeric_limits<double>::infinity();
    if (op == ReduceOp::min) total = std::numeric_limits<double>::infinity();
    for (long k = 0; k < extents[axis.size.index]; ++k) {
      axes[axis.packed()] = static_cast<double>(k);
      const double x = value(body);
      switch (op) {
        case ReduceOp::sum:
          total += x;
          break;
        case ReduceOp::lse:
          total += std::exp(x);
          break;
        case ReduceOp::prod:
          total = product(total, x);
          break;
        case ReduceOp::max:
          total = std::max(total, x);
          break;
        case ReduceOp::min:
          total = std::min(total, x);
          break;
        case ReduceOp::any:
          total = (total != 0 || x != 0) ? 1 : 0;
          break;
        case ReduceOp::all:
          total = (total != 0 && x != 0) ? 1 : 0;
          break;
        default:
          ADD_FAILURE() << "a reduction the evaluator does not know";
      }
    }
    axes = outer;
    return op == ReduceOp::lse ? std::log(total) : total;
  }

  bool compare(ExprId id) {
    const double a = value(graph.operands(id)[0]);
    const double b = value(graph.operands(id)[1]);
    switch (graph.relation(id)) {
      case Relation::less:
        return a < b;
      case Relation::less_equal:
        return a <= b;
      case Relation::equal:
        return a == b;
      case Relation::not_equal:
        return a != b;
    }
    return false;
  }

  double value(ExprId id) {
    const auto operands = graph.operands(id);
    switch (graph.op(id)) {
      case Op::constant:
        return graph.constant_of(id).to_double();
      case Op::truth:
        return graph.node(id).attribute;
      case Op::pi:
        return std::acos(-1.0);
      case Op::size:
        return static_cast<double>(extents[graph.size_of(id).index]);
      case Op::index:
        return axes.at(graph.axis(id).packed());
      case Op::load:
        return load(id);
      case Op::add: {
        double total = graph.constant_of(id).to_double();
        for (std::size_t i = 0; i < operands.size(); ++i) {
          total += product(graph.factors(id)[i].to_double(), value(operands[i]));
        }
        return total;
      }
      case Op::mul: {
        double total = graph.constant_of(id).to_double();
        for (std::size_t i = 0; i < operands.size(); ++i) {
          total = product(total, std::pow(value(operands[i]), graph.factors(id)[i].to_double()));
        }
        return total;
      }
      case Op::call:
        return call(id);
      case Op::compare:
        return compare(id) ? 1 : 0;
      case Op::conjunction:
        for (ExprId operand : operands) {
          if (value(operand) == 0) return 0;
        }
        return 1;
      case Op::disjunction:
        for (ExprId operand : operands) {
          if (value(operand) != 0) return 1;
        }
        return 0;
      case Op::negation:
        return value(operands[0]) == 0 ? 1 : 0;
      case Op::select:
        return value(operands[0]) != 0 ? value(operands[1]) : value(operands[2]);
      case Op::reduce:
        return reduce(id);
      case Op::weight:
        return std::exp(value(operands[0]) - value(operands[1]));
    }
    return 0;
  }
};

}  // namespace lossc::ir
