// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values: where they live, how they are looked up, converted and widened.

#include "compiler/codegen/emitter.h"

#include <cmath>

#include "compiler/support/assert.h"

namespace lossc::codegen {

namespace {

std::vector<ir::ExprId> roots_of(const ir::Function& function,
                                 const std::vector<std::size_t>& outputs) {
  std::vector<ir::ExprId> roots;
  for (std::size_t position : outputs) roots.push_back(function.outputs[position].root);
  return roots;
}

}  // namespace

Emitter::Emitter(llvm::Module& module, const ir::Function& function, const TargetOptions& options,
                 const Target& target, Entry entry)
    : module_(module),
      function_(function),
      graph_(function.graph),
      options_(options),
      target_(target),
      entry_(std::move(entry)),
      width_(entry_.one_by_one ? 1 : target.width),
      roots_(roots_of(function, entry_.outputs)),
      dependence_(function, roots_),
      schedule_(schedule::scheduled(function, entry_.outputs)),
      ranges_(function),
      builder_(module.getContext()),
      scalar_(builder_, options.float_type, 1, target.simd) {
  for (std::size_t position : entry_.outputs) {
    const ir::Output& output = function.outputs[position];
    if (output.kind == ir::OutputKind::weight && !entry_.divisor) weight_root_ = output.root;
  }
  find_integers();
  refuse_many_axes();
}

void Emitter::fail(const std::string& what) {
  if (!failure_) failure_ = what;
}

// Labels, positions and what is whole by construction stay integers, because a float cannot hold
// every one of them.
void Emitter::find_integers() {
  integer_.assign(graph_.size(), false);
  for (ir::ExprId id : dependence_.nodes()) {
    auto operands = graph_.operands(id);
    bool whole = false;
    switch (graph_.op(id)) {
      case ir::Op::index:
      case ir::Op::size:
        whole = true;
        break;
      case ir::Op::load:
        whole = function_.arrays[graph_.array(id).index].domain == ir::Domain::class_;
        break;
      case ir::Op::reduce:
        whole = graph_.reduce_op(id) == ir::ReduceOp::argmax ||
                graph_.reduce_op(id) == ir::ReduceOp::argmin;
        break;
      case ir::Op::add:
        whole = graph_.constant_of(id).to_long().has_value();
        for (std::size_t i = 0; i < operands.size(); ++i) {
          whole = whole && integer_[operands[i].index] && graph_.factors(id)[i].to_long();
        }
        break;
      case ir::Op::select:
        whole = (integer_[operands[1].index] || integer_[operands[2].index]) &&
                integer_operand(operands[1]) && integer_operand(operands[2]);
        break;
      default:
        break;
    }
    integer_[id.index] = whole && !dependence_.literal(id) && !graph_.is_bool(id);
  }
}

bool Emitter::integer_operand(ir::ExprId id) {
  if (integer_[id.index]) return true;
  if (!dependence_.literal(id)) return false;
  double value = literal(id);
  return value == std::floor(value) && std::fabs(value) < 2147483648.0;
}

double Emitter::literal(ir::ExprId id) {
  auto [place, inserted] = literals_.try_emplace(id, 0.0);
  if (inserted) place->second = literal_value(graph_, id);
  return place->second;
}

Scope& Emitter::home(ir::ExprId id, Scope& scope) {
  Scope* place = &scope;
  while (place->outer != nullptr && !dependence_.varies(id, place->axis)) place = place->outer;
  return *place;
}

Scope* Emitter::loop_over(ir::Axis axis, Scope& scope) {
  Scope* place = &scope;
  while (place != nullptr && !(place->outer != nullptr && place->axis == axis)) {
    place = place->outer;
  }
  return place;
}

llvm::Value* Emitter::number(ir::ExprId id, Scope& scope) { return as(Sort::number, id, scope); }
llvm::Value* Emitter::integer(ir::ExprId id, Scope& scope) { return as(Sort::integer, id, scope); }
llvm::Value* Emitter::boolean(ir::ExprId id, Scope& scope) { return as(Sort::boolean, id, scope); }

llvm::Value* Emitter::as(Sort sort, ir::ExprId id, Scope& scope) {
  if (dependence_.literal(id)) {
    double value = literal(id);
    if (sort == Sort::number) return scope.simd.constant(value);
    return scope.simd.int_constant(
        static_cast<std::int64_t>(std::fmin(std::fmax(value, -2147483648.0), 2147483647.0)));
  }
  if (graph_.op(id) == ir::Op::truth) {
    return scope.simd.mask_constant(graph_.node(id).attribute != 0);
  }
  Scope& at = home(id, scope);
  auto found = at.values.find(id.index);
  LOSSC_ASSERT(found != at.values.end(), "codegen: a node is used before it is computed");
  const Value& value = found->second;
  if (&at == &scope) return converted(scope.simd, value, sort);
  if (scope.before == nullptr || at.vectorised) {
    llvm::Value* same = converted(at.simd, value, sort);
    return at.simd.width() == scope.simd.width() ? same : scope.simd.splat(same);
  }
  llvm::Value*& wide = scope.widened[{value.value, sort}];
  if (wide == nullptr) {
    Hoisting hoisting(builder_, scope.before);
    wide = scope.simd.splat(converted(at.simd, value, sort));
  }
  return wide;
}

llvm::Value* Emitter::widened(llvm::Value* scalar, Scope& scope) {
  if (scalar->getType()->isVectorTy()) return scalar;  // read from a table
  if (scope.simd.width() == 1 || scope.before == nullptr) return scope.simd.splat(scalar);
  llvm::Value*& wide = scope.widened[{scalar, Sort::number}];
  if (wide == nullptr) {
    Hoisting hoisting(builder_, scope.before);
    wide = scope.simd.splat(scalar);
  }
  return wide;
}

llvm::Value* Emitter::converted(const Simd& simd, const Value& value, Sort sort) {
  if (value.sort == sort) return value.value;
  if (sort == Sort::number) {
    return value.sort == Sort::integer ? simd.from_signed(value.value)
                                       : simd.from_mask(value.value);
  }
  if (sort == Sort::boolean) {
    return simd.compare_ne(converted(simd, value, Sort::number), simd.constant(0));
  }
  if (value.sort == Sort::boolean) return builder_.CreateZExt(value.value, simd.int_type());
  return builder_.CreateSExt(simd.to_int32(value.value), simd.int_type());
}

llvm::Value* Emitter::narrowed(llvm::Value* wide) {
  if (options_.float_type == FloatType::f64) return wide;
  llvm::Value* low =
      builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, wide, builder_.getInt64(-2147483648LL));
  llvm::Value* both =
      builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, low, builder_.getInt64(2147483647LL));
  return builder_.CreateTrunc(both, builder_.getInt32Ty());
}

llvm::Value* Emitter::index_lanes(Scope& scope) {
  llvm::Type* type = scope.simd.int_type()->getScalarType();
  llvm::Value* first = builder_.CreateTrunc(scope.position, type);
  return scope.simd.int_add(scope.simd.splat(first), scope.simd.lane_indices());
}

void Emitter::emit_region(const schedule::Region& region, Scope& scope) {
  for (const schedule::Region::Step& step : region.steps) emit_step(step, scope);
}

void Emitter::emit_step(const schedule::Region::Step& step, Scope& scope) {
  if (step.kept) {
    read_table(step.node, scope);
  } else if (step.contraction != nullptr) {
    emit_contraction(*step.contraction, scope);
  } else if (step.sweep == nullptr) {
    emit_node(step.node, scope);
  } else if (step.sweep->axis == schedule::batch_axis) {
    emit_batch(*step.sweep, scope);
  } else {
    if (&scope == batch_) find_factors(scope);
    emit_sweep(*step.sweep, scope);
  }
}

void Emitter::emit_node(ir::ExprId id, Scope& scope) {
  scope.values[id.index] = computed(id, scope);
}

Value Emitter::computed(ir::ExprId id, Scope& scope) {
  switch (graph_.op(id)) {
    case ir::Op::truth:
      return {scope.simd.mask_constant(graph_.node(id).attribute != 0), Sort::boolean};
    case ir::Op::size:
      return {narrowed(frame_->extent(graph_.size_of(id))), Sort::integer};
    case ir::Op::index:
      return {index_lanes(scope), Sort::integer};
    case ir::Op::load:
      return emit_load(id, scope);
    case ir::Op::add:
      if (is_integer(id)) return emit_integer_add(id, scope);
      if (const auto value = emit_extended(id, scope)) return *value;
      return emit_add(id, scope);
    case ir::Op::mul:
      if (const auto value = emit_extended(id, scope)) return *value;
      return emit_mul(id, scope);
    case ir::Op::call:
      return emit_call(id, scope);
    case ir::Op::compare:
      return emit_compare(id, scope);
    case ir::Op::conjunction:
    case ir::Op::disjunction:
      return emit_junction(id, scope);
    case ir::Op::negation:
      return {scope.simd.mask_not(boolean(graph_.operands(id)[0], scope)), Sort::boolean};
    case ir::Op::select:
      return emit_select(id, scope);
    case ir::Op::weight:
      return emit_weight(id, scope);
    case ir::Op::constant:
    case ir::Op::pi:
    case ir::Op::reduce:
      break;
  }
  LOSSC_UNREACHABLE("codegen: literals and reductions are not computed as nodes");
}

}  // namespace lossc::codegen
