// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and axes of one declaration under way.
#include "compiler/sema/frame.h"

namespace lossc::sema {

Binding* Frame::find(const std::string& name) {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

Binding* Frame::define(Binding binding) {
  const std::string name = binding.name;
  const auto [place, added] = names_.try_emplace(name, std::move(binding));
  return added ? &place->second : nullptr;
}

ir::Size Frame::resolved(const ir::Size& spelled) const {
  if (spelled.symbol.empty()) return spelled;
  const auto found = sizes.find(spelled.symbol);
  if (found == sizes.end()) return spelled;
  return {found->second.symbol, found->second.offset + spelled.offset};
}

const OpenAxis* Frame::open_axis(ir::Axis axis) const {
  for (const OpenAxis& candidate : open) {
    if (candidate.axis == axis) return &candidate;
  }
  return nullptr;
}

}  // namespace lossc::sema
