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
      } else if (step.contraction != nullptr) {
        contraction(*step.contraction, depth);
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
    line(depth, fmt::format("{} {}:",
                            sweep.vectorised ? "vector sweep over"
                            : sweep.tiled    ? "sweep in tiles over"
                                             : "sweep over",
                            axis));
    region(sweep.body, depth + 1);
    for (const Fold& fold : sweep.folds) {
      line(depth + 1,
           fmt::format("{} %{} = {}", name(fold.part), fold.node.index, expression(fold.node)));
    }
    for (const Sweep::Filled& filled : sweep.tables) {
      const bool renamed = filled.node != filled.table.node;
      line(depth + 1, fmt::format("keep %{} in a table{}", filled.node.index,
                                  renamed ? fmt::format(", as %{}", filled.table.node.index) : ""));
    }
    for (std::size_t position : sweep.stores) {
      line(depth + 1,
           fmt::format("store output {} = %{}", position, function_.outputs[position].root.index));
    }
  }

  void contraction(const Contraction& contraction, int depth) {
    const ir::ExprId node = contraction.table.node;
    line(depth, fmt::format("for the tile, keep %{} = {} as a product of matrices:", node.index,
                            expression(node)));
    line(depth + 1, "left");
    sweep(*contraction.left, depth + 2);
    line(depth + 1, "right");
    sweep(*contraction.right, depth + 2);
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
