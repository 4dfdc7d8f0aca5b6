// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of equations as data: rules.def for formulas, shapes.cpp for those with reductions, and
// the forms of single builtins, which are fields of their rows in builtins.def.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ir/builtins.h"
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
  log_softmax_at_largest,
  one_minus_softmax,
  difference_of_softmaxes,
  soft_label_at_largest,
  entropy_of_softmax,
  sum_of_softmax,
  mean_of_softmax,
  one_minus_mean,
  softmax_of_group,
  part_of_logsumexp,
  weighted_softmax,
  log_mean_exp,
  mean_of_log_softmax,
  norm_over_axis,
  scaled_dot,
  one_minus_cosine,
  norm_of_others,
  difference_of_norms,
  difference_of_directions,
  variance,
  first_form,  ///< of the forms of builtins: form_rule()
};

/// The forms that a builtin may have, in the order of their rules.
enum class FormKind {
  log,
  complement,
  less_argument,
  mirrored_sum,
  mirrored_difference,
  over_argument
};
/// The rule that `form` of `builtin` is, if the builtin has that form.
RuleId form_rule(FormKind kind, ir::Builtin builtin);
const ir::Form& form_of(FormKind kind, ir::Builtin builtin);

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

/// The equations between formulas, those of builtins.def among them; rule(id) is its row.
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
std::span<const Shape> moment_shapes();   ///< those of shapes_moments.cpp
std::span<const Shape> softmax_shapes();  ///< those of shapes_softmax.cpp

std::string_view name_of(RuleId id);

}  // namespace lossc::stabilise
