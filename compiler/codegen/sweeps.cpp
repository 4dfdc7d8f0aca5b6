// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops over one axis. A vectorised sweep runs over whole vectors, then once more under a mask, or,
// where masks are dear, element by element over what is left: its body is emitted twice. Where
// masks are free every vector has one, or where the caller pads the batch there is nothing left,
// and the body is emitted once, which halves the time to compile. States of folds are carried in
// registers.

#include <algorithm>

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

namespace {

Carried flattened(const std::vector<Carried>& states) {
  Carried flat;
  for (const Carried& state : states) flat.insert(flat.end(), state.begin(), state.end());
  return flat;
}

std::vector<Carried> grouped(const Carried& flat, const std::vector<Carried>& like) {
  std::vector<Carried> states;
  auto next = flat.begin();
  for (const Carried& state : like) {
    auto end = next + static_cast<std::ptrdiff_t>(state.size());
    states.emplace_back(next, end);
    next = end;
  }
  return states;
}

}  // namespace

// Whether every vector of the sweep gets a mask: where the body is long, for along the batch a
// short one would feel it, and so would the sums of a row, though not its maximum. The divisor is
// seldom all there is to do.
bool Emitter::masked_throughout(const schedule::Sweep& sweep) const {
  if (!target_.simd.has_avx512) return false;
  if (entry_.divisor) return true;
  std::ptrdiff_t functions =
      std::ranges::count_if(sweep.body.steps, [&](const schedule::Region::Step& step) {
        return step.node.valid() && !step.kept && calls_kernel(step.node);
      });
  functions += std::ranges::count_if(
      sweep.folds, [](const schedule::Fold& fold) { return fold.part != schedule::Part::whole; });
  if (sweep.axis == schedule::batch_axis) {
    constexpr std::ptrdiff_t most_functions_twice = 4;
    return functions > most_functions_twice;
  }
  constexpr std::size_t most_emitted_twice = 9;
  return functions > 0 || sweep.body.steps.size() + 2 * sweep.folds.size() > most_emitted_twice;
}

namespace {

// The mask of a loop's last vector, as bits: one to `width` lanes of the distance from `from` to
// `to`. Computed once, before the loop.
llvm::Value* lanes_of_last(const Simd& simd, llvm::Value* from, llvm::Value* to) {
  llvm::IRBuilderBase& builder = simd.builder();
  llvm::Value* others = builder.CreateSub(builder.CreateSub(to, from), builder.getInt64(1));
  others = builder.CreateAnd(others, builder.getInt64(simd.width() - 1));
  llvm::Value* one_past = builder.CreateShl(builder.getInt64(2), others);
  return builder.CreateTrunc(builder.CreateSub(one_past, builder.getInt64(1)),
                             builder.getIntNTy(simd.width()));
}

// All lanes but in the last vector, which the loop's own test finds.
llvm::Value* lanes_inside(const Simd& simd, llvm::Value* position, llvm::Value* to,
                          llvm::Value* last_lanes) {
  llvm::IRBuilderBase& builder = simd.builder();
  llvm::Value* next = builder.CreateNSWAdd(position, builder.getInt64(simd.width()));
  llvm::Value* all = llvm::Constant::getAllOnesValue(last_lanes->getType());
  llvm::Value* bits = builder.CreateSelect(builder.CreateICmpSLT(next, to), all, last_lanes);
  return builder.CreateBitCast(bits, simd.mask_type());
}

}  // namespace

std::vector<Carried> Emitter::swept(const schedule::Sweep& sweep, llvm::Value* first,
                                    llvm::Value* last,
                                    const std::vector<std::unique_ptr<Fold>>& folds, Scope& outer,
                                    const SweepBody& body) {
  if (sweep.tiled) return swept_in_tiles(sweep, first, last, folds, outer, body);
  const ir::Axis axis = sweep.axis;
  const bool vectorised = sweep.vectorised;
  auto identities = [&](const Simd& simd) {
    std::vector<Carried> states;
    for (const auto& fold : folds) states.push_back(fold->identity(simd));
    return states;
  };
  auto run_body = [&](const Simd& simd, llvm::Value* position, llvm::Value* mask,
                      llvm::BasicBlock* before, const std::vector<Carried>& states) {
    Scope scope(&outer, axis, simd);
    scope.vectorised = vectorised;
    scope.position = position;
    scope.mask = mask;
    scope.before = before;
    std::vector<llvm::Value*> inputs = body(scope);
    std::vector<Carried> next;
    llvm::Value* index = folds.empty() ? nullptr : index_lanes(scope);
    for (std::size_t i = 0; i < folds.size(); ++i) {
      next.push_back(folds[i]->step(simd, states[i], inputs[i], index, mask));
    }
    return next;
  };
  // What rows hoist is arithmetic, which an empty loop may do too; what the batch does may not.
  // Without mask registers a mask that comes from further away is widened again in the loop.
  const bool anywhere = axis != schedule::batch_axis && target_.simd.has_avx512;
  const Hoist hoist = anywhere ? Hoist::always : Hoist::if_entered;
  auto loop = [&](const Simd& simd, llvm::Value* from, llvm::Value* to, bool masked = false) {
    std::vector<Carried> states = identities(simd);
    llvm::Value* last_lanes = masked ? lanes_of_last(simd, from, to) : nullptr;
    Carried flat = emit_loop(
        builder_, from, to, simd.width(), flattened(states), hoist,
        [&](llvm::Value* position, const Carried& carried, llvm::BasicBlock* before) {
          llvm::Value* mask = masked ? lanes_inside(simd, position, to, last_lanes) : nullptr;
          return flattened(run_body(simd, position, mask, before, grouped(carried, states)));
        });
    return grouped(flat, states);
  };
  auto across_lanes = [&](const Simd& simd, const std::vector<Carried>& states) {
    std::vector<Carried> results;
    for (std::size_t i = 0; i < folds.size(); ++i) {
      results.push_back(folds[i]->across_lanes(simd, states[i]));
    }
    return results;
  };

  if (!vectorised || width_ == 1) return loop(scalar_, first, last);
  Simd wide = scalar_.with_width(width_);
  const bool whole_vectors =
      axis == schedule::batch_axis && !entry_.divisor && takes_whole_vectors(function_, options_);
  if (whole_vectors) return across_lanes(wide, loop(wide, first, last));
  if (masked_throughout(sweep)) return across_lanes(wide, loop(wide, first, last, true));
  llvm::Value* extent = builder_.CreateSub(last, first);
  llvm::Value* whole = builder_.CreateAdd(
      first, builder_.CreateAnd(extent, builder_.getInt64(-std::int64_t{width_})));
  std::vector<Carried> states = loop(wide, first, whole);
  if (target_.cheap_masks) {
    llvm::Value* left = builder_.CreateSub(last, whole);
    llvm::Value* some = builder_.CreateICmpSGT(left, builder_.getInt64(0));
    Carried flat = emit_if(builder_, some, flattened(states), hoist, [&](llvm::BasicBlock* before) {
      return flattened(run_body(wide, whole, wide.first_lanes(left), before, states));
    });
    return across_lanes(wide, grouped(flat, states));
  }
  std::vector<Carried> tail = loop(scalar_, whole, last);
  std::vector<Carried> results = across_lanes(wide, states);
  for (std::size_t i = 0; i < folds.size(); ++i) {
    results[i] = folds[i]->merged(scalar_, results[i], tail[i]);
  }
  return results;
}

std::unique_ptr<Fold> Emitter::made_fold(const schedule::Fold& fold, bool vectorised,
                                         Scope& outer) {
  switch (fold.part) {
    case schedule::Part::whole:
      return fold_of(graph_.reduce_op(fold.node));
    case schedule::Part::maximum:
      return maximum_fold();
    case schedule::Part::online:
      return std::make_unique<OnlineFold>();
    case schedule::Part::exponentials:
      break;
  }
  llvm::Value* maximum = outer.maxima.at(fold.node.index);
  llvm::Value* wide = vectorised ? scalar_.with_width(width_).splat(maximum) : maximum;
  return std::make_unique<ExponentialsFold>(maximum, wide);
}

void Emitter::finish_fold(const schedule::Fold& scheduled, const Fold& fold, const Carried& state,
                          Scope& outer) {
  std::uint32_t node = scheduled.node.index;
  llvm::Value* result = fold.finished(scalar_, state);
  if (scheduled.part == schedule::Part::maximum) {
    outer.maxima[node] = result;
    return;
  }
  Sort sort = Sort::number;
  if (scheduled.part == schedule::Part::whole) {
    ir::ReduceOp op = graph_.reduce_op(scheduled.node);
    if (op == ir::ReduceOp::any || op == ir::ReduceOp::all) sort = Sort::boolean;
    if (op == ir::ReduceOp::argmax || op == ir::ReduceOp::argmin) sort = Sort::integer;
  } else {
    llvm::Value* maximum =
        scheduled.part == schedule::Part::online ? state[0] : outer.maxima.at(node);
    outer.log_sums[node] = made_log_sum(maximum, result, result);
  }
  outer.values[node] = {result, sort};
  if (scheduled.part != schedule::Part::whole || outer.vectorised) return;
  if (llvm::Value* number = fold.unrounded(scalar_, state)) outer.extended[node] = number;
}

void Emitter::emit_sweep(const schedule::Sweep& sweep, Scope& outer) {
  std::vector<std::unique_ptr<Fold>> folds;
  for (const schedule::Fold& fold : sweep.folds) {
    folds.push_back(made_fold(fold, sweep.vectorised, outer));
  }
  auto body = [&](Scope& scope) {
    emit_region(sweep.body, scope);
    std::vector<llvm::Value*> inputs;
    for (std::size_t i = 0; i < folds.size(); ++i) {
      ir::ExprId x = graph_.operands(sweep.folds[i].node)[0];
      const bool sum = graph_.reduce_op(sweep.folds[i].node) == ir::ReduceOp::sum;
      llvm::Value* term = sum ? extended_term(x, scope) : nullptr;
      inputs.push_back(term != nullptr ? term : as(folds[i]->input(), x, scope));
    }
    for (std::size_t position : sweep.stores) store_output(position, scope);
    for (const auto& filled : sweep.tables) fill_table(filled, scope);
    return inputs;
  };
  llvm::Value* extent = frame_->extent(sweep.axis.size);
  std::vector<Carried> states = swept(sweep, builder_.getInt64(0), extent, folds, outer, body);
  for (std::size_t i = 0; i < folds.size(); ++i) {
    finish_fold(sweep.folds[i], *folds[i], states[i], outer);
  }
}

}  // namespace lossc::codegen
