// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of equations as data: rules.def for formulas, shapes.cpp for those with reductions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ir/formula.h"
#include "compiler/ir/function.h"

namespace lossc::stabilise {

enum class RuleId {
#define RULE(identifier, ...) identifier,
#include "compiler/stabilise/rules.def"
#undef RULE
  // With reductions (shapes.cpp):
  log_sum_exp,
  log_product_over_axis,
  lse_shift,
  softmax_from_exps,
  scaled_norm,
  softmax_at_position,
  log_softmax,
  cross_entropy_of_logits,
};

/// Where a variable of an equation is sampled.
struct Samples {
  ir::Bounds bounds;
  bool integer = false;
};

struct Rule {
  RuleId id{};
  std::string_view name;
  ir::Formula left;
  ir::Formula right;
  ir::Formula where;  ///< a comparison, or none
  std::vector<Samples> domains;
};

/// The equations between formulas; rule(id) is its row.
std::span<const Rule> formula_rules();
const Rule& rule(RuleId id);

/// An equation with reductions. `sides` builds both in a function that has arrays z[K], t[K] and
/// y: class(K): the left as an author writes it, the right as the pass does.
struct Shape {
  RuleId id{};
  std::string_view name;
  std::string_view left;
  std::string_view right;
  std::string_view condition;
  std::pair<ir::ExprId, ir::ExprId> (*sides)(ir::Function& function);
};
std::span<const Shape> shapes();

std::string_view name_of(RuleId id);

}  // namespace lossc::stabilise
