// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Syntax tree → typed core IR: names, roles, domains, shapes, calls by substitution, imports. The
// result is a literal graph per loss, the very text of the author, which the interpreter judges by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/support/diagnostics/diagnostics.h"
#include "compiler/syntax/parse.h"

namespace lossc::sema {

/// Where imports are looked for: `std.…` is embedded; the rest beside the importing file, then in
/// `roots` (-I). No `..`, no absolute path, no symbolic link out of its root.
struct CheckOptions {
  std::vector<std::string> roots;
  syntax::ParseLimits text;
  std::size_t node_limit = 100'000;
  std::size_t call_depth = 64;
};

/// A call in a test: one example of a loss (or metric), evaluated as reduction `none` does.
struct TestCall {
  std::size_t function = 0;  ///< index into Module::functions (imported ones included)
  ir::OutputKind kind{};     ///< value, gradient or hessian
  std::string subject;       ///< of grad[x], hess[x]: x
  /// One per array of the function, row-major doubles with extents; absent → the default.
  struct Argument {
    bool present = false;
    std::vector<double> values;
    std::vector<std::int64_t> extents;
  };
  std::vector<Argument> arguments;
  std::map<std::string, std::int64_t> sizes;
  SourceRange range;
};

/// One side of a check: an expression over the results of calls. `function` has one array
/// `call0`, `call1`, … per call (domain real, shape of literal sizes) and one output per element
/// side, kind value, whose axes are the axes of the expression.
struct TestExpression {
  std::vector<TestCall> calls;
  ir::Function function;
};

struct TestCheck {
  TestExpression left;
  TestExpression right;
  bool has_tolerance = false;
  double tolerance = 0;
  SourceRange range;
};

struct Test {
  std::string title;
  std::vector<TestCheck> checks;
  SourceRange range;
};

struct Module {
  std::string name;  ///< `std.regression`, or the file's stem
  /// The losses and metrics of this file that were checked without error, in order; after them, the
  /// imported ones that its tests call. `own` counts the first kind.
  std::vector<ir::Function> functions;
  std::size_t own = 0;
  std::vector<Test> tests;
  /// Canonical paths of every file read, for -MD.
  std::vector<std::string> dependencies;
};

/// Checks a file that is already in the source manager. `path` (may be empty for text that has no
/// file) tells where imports are looked for first.
Module check(FileId file, const std::string& path, const CheckOptions& options,
             Diagnostics& diagnostics);

/// Checks an embedded module by name, e.g. `std.regression`.
Module check_library(const std::string& module, const CheckOptions& options,
                     Diagnostics& diagnostics);

}  // namespace lossc::sema
