// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of a schedule: loops indented, one node a line.

#include <fmt/format.h>

#include "compiler/ir/text.h"
#include "compiler/schedule/schedule.h"

namespace lossc::schedule {

namespace {

const char* name(Part part) {
  switch (part) {
    case Part::whole:
      return "fold";
    case Part::maximum:
      return "fold the maximum for";
    case Part::exponentials:
      return "fold the exponentials for";
    case Part::online:
      return "fold with a running maximum";
  }
  return "";
}

class Printer {
 public:
  explicit Printer(const ir::Function& function) : function_(function) {}

  void region(const Region& region, int depth) {
    for (const Region::Step& step : region.steps) {
      if (step.sweep != nullptr) {
        sweep(*step.sweep, depth);
      } else if (step.kept) {
        line(depth, fmt::format("read %{} = {}", step.node.index, expression(step.node)));
      } else {
        line(depth, fmt::format("%{} = {}", step.node.index, expression(step.node)));
      }
    }
  }

  std::string text;

 private:
  std::string expression(ir::ExprId id) const { return ir::infix(function_, id, 80); }

  void line(int depth, const std::string& content) {
    text += std::string(static_cast<std::size_t>(depth) * 2, ' ') + content + "\n";
  }

  void sweep(const Sweep& sweep, int depth) {
    std::string axis = sweep.axis == batch_axis
                           ? "the batch"
                           : fmt::format("{}.{}", function_.sizes[sweep.axis.size.index].text(),
                                         sweep.axis.number);
    line(depth, fmt::format("{} {}:", sweep.vectorised ? "vector sweep over" : "sweep over", axis));
    region(sweep.body, depth + 1);
    for (const Fold& fold : sweep.folds) {
      line(depth + 1,
           fmt::format("{} %{} = {}", name(fold.part), fold.node.index, expression(fold.node)));
    }
    for (ir::ExprId id : sweep.tables) line(depth + 1, fmt::format("keep %{} in a table", id.index));
    for (std::size_t position : sweep.stores) {
      line(depth + 1,
           fmt::format("store output {} = %{}", position, function_.outputs[position].root.index));
    }
  }

  const ir::Function& function_;
};

}  // namespace

std::string print(const ir::Function& function, const Schedule& schedule) {
  Printer printer(function);
  printer.region(schedule.call, 0);
  return printer.text;
}

}  // namespace lossc::schedule
