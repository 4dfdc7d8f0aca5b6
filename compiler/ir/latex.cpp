// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The display of a function's outputs: names for what is shared or long, then one line each.
#include <algorithm>
#include <set>

#include "compiler/ir/builtins.h"
#include "compiler/ir/latex_names.h"
#include "compiler/ir/latex_terms.h"
#include "compiler/ir/text.h"

namespace lossc::ir {
namespace {

/// A subterm used twice is named from this size on, any subterm from the second.
constexpr std::size_t shared_size = 5;
constexpr std::size_t long_size = 40;

/// Letters for definitions, p first for what is a probability.
class Letters {
 public:
  explicit Letters(const Function& function) {
    for (const Array& array : function.arrays) taken_.insert(latex_name(array.name));
    for (const Size& size : function.sizes) taken_.insert(size.symbol);
    const AxisNames axes(function);
    for (std::size_t i = 0; i < function.sizes.size(); ++i) {
      taken_.insert(axes[Axis{{static_cast<std::uint16_t>(i)}, 0}]);
    }
  }

  std::string next(bool probability) {
    static constexpr const char* plain[] = {"u", "v", "a", "b", "c", "f", "g",
                                            "h", "r", "s", "t", "q", "w"};
    if (probability && taken_.insert("p").second) return "p";
    for (const char* letter : plain) {
      if (taken_.insert(letter).second) return letter;
    }
    return "u_{" + std::to_string(++numbered_) + "}";
  }

 private:
  std::set<std::string> taken_;
  int numbered_ = 0;
};

class Display {
 public:
  explicit Display(const Function& function)
      : function_(function), graph_(function.graph), terms_(function), letters_(function) {}

  std::string text() {
    std::vector<ExprId> roots;
    for (const Output& output : function_.outputs) roots.push_back(output.root);
    const std::vector<ExprId> order = graph_.reachable(roots);
    std::vector<std::size_t> uses(graph_.size(), 0);
    for (const ExprId id : order) {
      for (const ExprId operand : graph_.operands(id)) ++uses[operand.index];
    }
    std::vector<bool> inside(graph_.size(), false);  // of an operation, not of further cases
    for (const ExprId id : order) {
      const auto operands = graph_.operands(id);
      for (std::size_t i = 0; i < operands.size(); ++i) {
        const bool branch = graph_.op(id) == Op::select && i == 2;
        if (!branch && terms_.is_cases(graph_, operands[i])) inside[operands[i].index] = true;
      }
    }
    std::vector<std::size_t> sizes(graph_.size(), 1);
    for (const ExprId id : order) {
      std::size_t size = 1;
      for (const ExprId operand : graph_.operands(id)) size += sizes[operand.index];
      terms_.write(id);
      const bool shared = uses[id.index] > 1 && size >= shared_size;
      const bool named = shared || inside[id.index] || (size >= long_size && uses[id.index] > 0);
      if (named && !graph_.is_bool(id)) {
        define(id);
        size = 1;
      }
      sizes[id.index] = size;
    }
    return assembled();
  }

 private:
  void define(ExprId id) {
    const bool probability = graph_.op(id) == Op::weight ||
                             (graph_.op(id) == Op::call && graph_.builtin(id) == Builtin::sigmoid);
    std::string name = letters_.next(probability);
    std::string subscripts;
    for (const Axis axis : graph_.free_axes(id)) {
      subscripts += (subscripts.empty() ? "" : ", ") + terms_.axis_name(axis);
    }
    if (!subscripts.empty()) {
      if (name.ends_with('}')) {
        name = "{" + name + "}";
      }
      name += "_{" + subscripts + "}";
    }
    definitions_.push_back(name + " &= " + terms_.of(id));
    terms_.rename(id, name);
  }

  std::string left_side(const Output& output) const {
    std::string element;
    if (output.kind != OutputKind::value && output.kind != OutputKind::weight &&
        output.kind != OutputKind::divisor) {
      element = latex_name(function_.arrays[output.array.index].name);
      std::string subscripts;
      for (const Axis axis : output.axes) {
        subscripts += (subscripts.empty() ? "" : ", ") + terms_.axis_name(axis);
      }
      if (!subscripts.empty()) {
        element = element.ends_with('}') && element.find('_') != std::string::npos
                      ? "{" + element + "}"
                      : element;
        element += "_{" + subscripts + "}";
      }
    }
    switch (output.kind) {
      case OutputKind::value:
        return "\\mathcal{L}(" + arguments() + ")";
      case OutputKind::weight:
        return "\\text{weight}";
      case OutputKind::divisor:
        return "\\text{divisor}";
      case OutputKind::gradient:
      case OutputKind::given_gradient:
        return "\\frac{\\partial \\mathcal{L}}{\\partial " + element + "}";
      case OutputKind::hessian:
      case OutputKind::given_hessian:
        return "\\frac{\\partial^2 \\mathcal{L}}{\\partial " + element + "^2}";
      case OutputKind::hessian_product:
        return "\\left(\\nabla^2 \\mathcal{L}\\, v\\right)_{" + element + "}";
    }
    return {};
  }

  /// Predictions and targets, then the parameters.
  std::string arguments() const {
    std::string examples;
    std::string shared;
    for (const Array& array : function_.arrays) {
      std::string& list = array.role == Role::param ? shared : examples;
      list += (list.empty() ? "" : ", ") + latex_name(array.name);
    }
    if (examples.empty() || shared.empty()) return examples + shared;
    return examples + "; " + shared;
  }

  std::string assembled() const {
    std::string text = "\\begin{aligned}\n";
    for (const Output& output : function_.outputs) {
      text += left_side(output) + " &= " + terms_.of(output.root) + " \\\\\n";
    }
    bool first = true;
    for (const std::string& definition : definitions_) {
      text += (first ? "\\text{where}\\quad " : "") + definition + " \\\\\n";
      first = false;
    }
    text.erase(text.size() - 4, 3);  // the last line ends without \\.
    return text + "\\end{aligned}\n";
  }

  const Function& function_;
  const Graph& graph_;
  LatexTerms terms_;
  Letters letters_;
  std::vector<std::string> definitions_;
};

}  // namespace

std::string latex(const Function& function) { return Display(function).text(); }

}  // namespace lossc::ir
