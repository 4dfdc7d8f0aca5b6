// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files to modules: every loss and metric of the file becomes a literal function; every test
// becomes calls with numbers, and expressions over their results.
#include "compiler/sema/check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "compiler/ir/interpreter.h"
#include "compiler/sema/checker.h"
#include "compiler/support/large_stack.h"

namespace lossc::sema {

namespace {

/// One run: the module under way and what its tests have asked for.
class ModuleCheck {
 public:
  ModuleCheck(Session& session, const Unit& unit) : session_(session), unit_(unit) {
    module_.name = unit.name;
  }

  Module run() {
    for (const syntax::Declaration& declaration : unit_.tree->declarations) {
      const auto* function = std::get_if<syntax::FunctionDeclaration>(&declaration.node);
      if (function == nullptr) continue;
      const FunctionRef reference{&unit_, &declaration, function};
      if (!names_itself(reference)) continue;
      if (is_loss(function->kind)) {
        lower(reference);
      } else {
        check_func(reference);
      }
    }
    module_.own = module_.functions.size();
    for (const syntax::Declaration& declaration : unit_.tree->declarations) {
      const auto* test = std::get_if<syntax::TestDeclaration>(&declaration.node);
      if (test != nullptr) check_test(*test, declaration.range);
    }
    module_.dependencies = session_.dependencies();
    return std::move(module_);
  }

 private:
  /// False for a second declaration of a name, or one of a name of the language: those were
  /// reported.
  bool names_itself(const FunctionRef& reference) const {
    const auto found = unit_.functions.find(reference.function->name.text);
    return found != unit_.functions.end() && found->second.function == reference.function;
  }

  std::optional<std::size_t> lower(const FunctionRef& reference) {
    const auto known = lowered_.find(reference.function);
    if (known != lowered_.end()) return known->second;
    ir::Function function;
    std::optional<std::size_t> index;
    Checker checker(session_, function);
    if (reference.unit != &unit_) checker.be_quiet();
    if (checker.lower(reference)) {
      index = module_.functions.size();
      module_.functions.push_back(std::move(function));
    }
    lowered_[reference.function] = index;
    return index;
  }

  void check_func(const FunctionRef& reference) {
    ir::Function scratch;
    Checker checker(session_, scratch);
    checker.check_func(reference);
  }

  void check_test(const syntax::TestDeclaration& declaration, const SourceRange& range) {
    Test test;
    test.title = declaration.title;
    test.range = range;
    std::vector<const syntax::LetStatement*> lets;
    for (const syntax::Statement& statement : declaration.body) {
      if (const auto* let = std::get_if<syntax::LetStatement>(&statement.node)) {
        lets.push_back(let);
      } else if (const auto* check = std::get_if<syntax::CheckStatement>(&statement.node)) {
        if (auto done = check_line(lets, *check, statement.range)) {
          test.checks.push_back(std::move(*done));
        }
      }  // anything else was diagnosed by the parser
    }
    const auto& mistakes = unit_.syntax_errors;
    const bool written = std::any_of(mistakes.begin(), mistakes.end(), [&](const auto& place) {
      return place.begin >= range.begin && place.end <= range.end;
    });
    if (declaration.body.empty() && !written) {
      session_.diagnostics().report(Diagnostic::empty_test, range, {declaration.title});
    }
    module_.tests.push_back(std::move(test));
  }

  std::optional<TestExpression> side(const std::vector<const syntax::LetStatement*>& lets,
                                     const syntax::Expr& expr) {
    TestExpression result;
    Checker checker(session_, result.function);
    Frame frame;
    frame.unit = &unit_;
    const Checker::LowerLoss lower_loss = [this](const FunctionRef& reference) {
      return lower(reference);
    };
    checker.begin_test(frame, result.calls, lower_loss, module_.functions);
    for (const syntax::LetStatement* let : lets) checker.let(*let, let->name.range);
    const bool ok = checker.finish_test_side(expr);
    return ok ? std::optional(std::move(result)) : std::nullopt;
  }

  std::optional<TestCheck> check_line(const std::vector<const syntax::LetStatement*>& lets,
                                      const syntax::CheckStatement& statement,
                                      const SourceRange& range) {
    auto left = side(lets, *statement.left);
    auto right = side(lets, *statement.right);
    TestCheck check;
    check.range = range;
    if (statement.tolerance != nullptr) {
      const auto tolerance = side(lets, *statement.tolerance);
      if (!tolerance) return std::nullopt;
      const ir::Output& output = tolerance->function.outputs.front();
      const ir::Graph& graph = tolerance->function.graph;
      const bool fixed = tolerance->calls.empty() && output.axes.empty();
      check.has_tolerance = true;
      check.tolerance = !fixed ? -1
                        : graph.op(output.root) == ir::Op::constant
                            ? graph.constant_of(output.root).to_double()
                            : ir::constant_value(graph, output.root);
      if (!(check.tolerance >= 0)) {
        session_.diagnostics().report(Diagnostic::bad_tolerance, statement.tolerance->range);
        return std::nullopt;
      }
    }
    if (!left || !right) return std::nullopt;
    if (left->calls.empty() && right->calls.empty()) {
      session_.diagnostics().report(Diagnostic::test_without_call, range);
      return std::nullopt;
    }
    const std::string left_shape = shape_text(left->function);
    const std::string right_shape = shape_text(right->function);
    if (left_shape != right_shape && !left_shape.empty() && !right_shape.empty()) {
      session_.diagnostics().report(Diagnostic::test_shapes, range, {left_shape, right_shape});
      return std::nullopt;
    }
    check.left = std::move(*left);
    check.right = std::move(*right);
    return check;
  }

  static std::string shape_text(const ir::Function& function) {
    std::string text;
    for (const ir::Axis axis : function.outputs.front().axes) {
      text += (text.empty() ? "" : ", ") + function.sizes[axis.size.index].text();
    }
    return text;
  }

  Session& session_;
  const Unit& unit_;
  Module module_;
  std::map<const syntax::FunctionDeclaration*, std::optional<std::size_t>> lowered_;
};

/// The walk over expressions recurses, 2000 levels deep at most: 8 MiB in a plain build, a few
/// times that with sanitizers.
constexpr std::size_t stack_size = std::size_t{128} << 20;

}  // namespace

Module check(FileId file, const std::string& path, const CheckOptions& options,
             Diagnostics& diagnostics) {
  Module module;
  run_on_large_stack(stack_size, [&] {
    Session session(options, diagnostics);
    const Unit& unit = session.open(file, path);
    module = ModuleCheck(session, unit).run();
  });
  return module;
}

Module check_library(const std::string& module, const CheckOptions& options,
                     Diagnostics& diagnostics) {
  Module result;
  result.name = module;
  run_on_large_stack(stack_size, [&] {
    Session session(options, diagnostics);
    const Unit* unit = session.open_checked_library(module);
    if (unit != nullptr) result = ModuleCheck(session, *unit).run();
  });
  return result;
}

}  // namespace lossc::sema
