// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names that infix and LaTeX share.
#include "compiler/ir/axis_names.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace lossc::ir {

AxisNames::AxisNames(const Function& function) {
  std::set<std::string> taken;
  for (const Array& array : function.arrays) taken.insert(array.name);
  for (const Size& size : function.sizes) taken.insert(size.symbol);
  for (const Size& size : function.sizes) {
    std::vector<std::string> candidates;
    if (size.symbol.size() == 1 && std::isupper(static_cast<unsigned char>(size.symbol[0])) != 0) {
      candidates.emplace_back(
          1, static_cast<char>(std::tolower(static_cast<unsigned char>(size.symbol[0]))));
    }
    for (const char* letter : {"i", "j", "k", "l", "m", "n", "h", "q", "r"}) {
      candidates.emplace_back(letter);
    }
    for (std::size_t n = 0; n <= taken.size(); ++n) candidates.push_back("i" + std::to_string(n));
    const auto free = std::find_if(candidates.begin(), candidates.end(),
                                   [&](const std::string& s) { return !taken.contains(s); });
    taken.insert(*free);
    letters_.push_back(*free);
  }
}

std::string AxisNames::operator[](Axis axis) const {
  std::string name = axis.size.index < letters_.size() ? letters_[axis.size.index] : "?";
  if (axis.number > 3) return name + "_" + std::to_string(axis.number);
  return name + std::string(axis.number, '\'');
}

const std::string* option_word(const Function& function, ExprId comparison) {
  const Graph& graph = function.graph;
  const auto operands = graph.operands(comparison);
  for (const auto& [load, value] :
       {std::pair(operands[0], operands[1]), std::pair(operands[1], operands[0])}) {
    if (graph.op(load) != Op::load || graph.op(value) != Op::constant) continue;
    const Array& array = function.arrays[graph.array(load).index];
    const auto position = graph.constant_of(value).to_long();
    if (array.domain != Domain::one_of || !position || *position < 0) continue;
    if (static_cast<std::size_t>(*position) >= array.options.size()) continue;
    return &array.options[static_cast<std::size_t>(*position)];
  }
  return nullptr;
}

std::optional<std::size_t> softmax_place(const Graph& graph, ExprId weight) {
  const ExprId x = graph.operands(weight)[0];
  const ExprId total = graph.operands(weight)[1];
  if (graph.op(x) != Op::load || graph.op(total) != Op::reduce) return std::nullopt;
  if (graph.reduce_op(total) != ReduceOp::lse) return std::nullopt;
  const ExprId body = graph.operands(total)[0];
  if (graph.op(body) != Op::load || graph.array(body) != graph.array(x)) return std::nullopt;
  const auto of_x = graph.operands(x);
  const auto of_body = graph.operands(body);
  std::optional<std::size_t> place;
  for (std::size_t i = 0; i < of_body.size(); ++i) {
    const bool bound =
        graph.op(of_body[i]) == Op::index && graph.axis(of_body[i]) == graph.axis(total);
    if (bound && place) return std::nullopt;
    if (bound) place = i;
    if (!bound && of_body[i] != of_x[i]) return std::nullopt;
  }
  return place;
}

}  // namespace lossc::ir
