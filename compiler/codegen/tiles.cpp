// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sweeps in tiles: a loop over tiles around loops over the rows of one. The body is emitted once,
// from its first step to its last; where a contraction comes, the loop over rows is ended before it
// and begun anew behind it. What the scope holds then is stored per row and read again, so that
// nothing of the body knows of it.

#include <algorithm>

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

namespace {

/// Every value that a scope holds, in a fixed order.
std::vector<llvm::Value**> held(Scope& scope) {
  std::vector<llvm::Value**> places;
  std::vector<std::uint32_t> ids;
  for (const auto& [id, value] : scope.values) ids.push_back(id);
  std::ranges::sort(ids);
  for (std::uint32_t id : ids) {
    places.push_back(&scope.values.at(id).value);
    if (auto sum = scope.log_sums.find(id); sum != scope.log_sums.end()) {
      LogSum& parts = sum->second;
      for (auto part : log_sum_parts) places.push_back(&(parts.*part));
      for (auto part : unrounded_parts) places.push_back(&(parts.*part));
    }
    if (auto wide = scope.extended.find(id); wide != scope.extended.end()) {
      places.push_back(&wide->second);
    }
  }
  ids.clear();
  for (const auto& [id, value] : scope.maxima) ids.push_back(id);
  std::ranges::sort(ids);
  for (std::uint32_t id : ids) places.push_back(&scope.maxima.at(id));
  return places;
}

}  // namespace

llvm::AllocaInst* Emitter::local(llvm::Type* element, std::int64_t count) {
  llvm::BasicBlock& entry = builder_.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilderBase::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(&entry, entry.begin());
  auto* memory = builder_.CreateAlloca(
      llvm::ArrayType::get(element, static_cast<std::uint64_t>(count)), nullptr);
  memory->setAlignment(llvm::Align(64));
  return memory;
}

void Emitter::begin_rows(Scope& scope) {
  Tile& tile = *scope.tile;
  llvm::Function* function = builder_.GetInsertBlock()->getParent();
  auto* before = llvm::BasicBlock::Create(builder_.getContext(), "rows", function);
  tile.loop = llvm::BasicBlock::Create(builder_.getContext(), "row", function);
  builder_.CreateBr(before);
  builder_.SetInsertPoint(before);
  builder_.CreateBr(tile.loop);
  builder_.SetInsertPoint(tile.loop);
  tile.row = builder_.CreatePHI(builder_.getInt64Ty(), 2);
  tile.row->addIncoming(builder_.getInt64(0), before);
  scope.position = builder_.CreateAdd(tile.first, tile.row);
  scope.before = before;
  scope.widened.clear();
  scope.splits.clear();
  scope.odds.clear();
  for (const auto& [place, slot] : tile.stored) {
    llvm::Type* type = slot->getAllocatedType()->getArrayElementType();
    *place = builder_.CreateLoad(type, builder_.CreateGEP(type, slot, tile.row));
    tile.slots[*place] = slot;
  }
  if (&scope == batch_) weight_ = skipped_ = factor_ = nullptr;
}

void Emitter::end_rows(Scope& scope) {
  Tile& tile = *scope.tile;
  llvm::Value* next = builder_.CreateNSWAdd(tile.row, builder_.getInt64(1));
  tile.row->addIncoming(next, builder_.GetInsertBlock());
  auto* exit = llvm::BasicBlock::Create(builder_.getContext(), "rows.end",
                                        builder_.GetInsertBlock()->getParent());
  builder_.CreateCondBr(builder_.CreateICmpSLT(next, tile.rows), tile.loop, exit);
  builder_.SetInsertPoint(exit);
}

/// Stores what the scope holds, to be read where rows begin again.
void Emitter::keep_rows(Scope& scope) {
  Tile& tile = *scope.tile;
  tile.stored.clear();
  for (llvm::Value** place : held(scope)) {
    if (llvm::isa<llvm::Constant>(*place)) continue;
    llvm::AllocaInst*& slot = tile.slots[*place];
    if (slot == nullptr) {
      llvm::Type* type = (*place)->getType();
      slot = local(type, tile_rows);
      builder_.CreateStore(*place, builder_.CreateGEP(type, slot, tile.row));
    }
    tile.stored.emplace_back(place, slot);
  }
}

std::vector<Carried> Emitter::swept_in_tiles(const schedule::Sweep& sweep, llvm::Value* first,
                                             llvm::Value* last,
                                             const std::vector<std::unique_ptr<Fold>>& folds,
                                             Scope& outer, const SweepBody& body) {
  std::vector<std::vector<llvm::AllocaInst*>> states;
  for (const auto& fold : folds) {
    std::vector<llvm::AllocaInst*>& slots = states.emplace_back();
    for (llvm::Value* value : fold->identity(scalar_)) {
      slots.push_back(local(value->getType(), 1));
      builder_.CreateStore(value, slots.back());
    }
  }
  const auto read = [&](std::size_t fold) {
    Carried state;
    for (llvm::AllocaInst* slot : states[fold]) {
      state.push_back(builder_.CreateLoad(slot->getAllocatedType()->getArrayElementType(), slot));
    }
    return state;
  };
  emit_loop(builder_, first, last, tile_rows, {}, Hoist::if_entered,
            [&](llvm::Value* position, const Carried&, llvm::BasicBlock*) {
              Tile tile;
              tile.first = position;
              tile.rows = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin,
                                                         builder_.CreateSub(last, position),
                                                         builder_.getInt64(tile_rows));
              Scope scope(&outer, sweep.axis, scalar_);
              scope.tile = &tile;
              begin_rows(scope);
              const std::vector<llvm::Value*> inputs = body(scope);
              llvm::Value* index = folds.empty() ? nullptr : index_lanes(scope);
              for (std::size_t i = 0; i < folds.size(); ++i) {
                const Carried next = folds[i]->step(scalar_, read(i), inputs[i], index, nullptr);
                for (std::size_t k = 0; k < next.size(); ++k) {
                  builder_.CreateStore(next[k], states[i][k]);
                }
              }
              end_rows(scope);
              return Carried{};
            });
  std::vector<Carried> results;
  for (std::size_t i = 0; i < folds.size(); ++i) results.push_back(read(i));
  return results;
}

}  // namespace lossc::codegen
