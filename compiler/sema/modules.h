// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files and names across files. A Unit is one parsed file; a Session owns the units of one run of
// the checker, resolves imports (embedded, beside the importing file, under -I) and finds what a
// call names. Library units are parsed only when a call may name something in them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/sema/check.h"
#include "compiler/syntax/ast.h"

namespace lossc::sema {

struct Unit;

struct FunctionRef {
  const Unit* unit = nullptr;
  const syntax::Declaration* declaration = nullptr;
  const syntax::FunctionDeclaration* function = nullptr;
  explicit operator bool() const { return function != nullptr; }
};

struct Import {
  const syntax::ImportDeclaration* declaration = nullptr;
  SourceRange range;
  Unit* unit = nullptr;  ///< null if it was not found
};

struct Unit {
  std::string name;    ///< `std.regression`, or the file's stem
  std::string path;    ///< canonical; empty for the library and for text without a file
  std::string folder;  ///< where its imports are looked for first, as the user wrote it
  bool has_folder = false;
  FileId file;
  bool library = false;
  bool parsed = false;
  std::string_view library_text;
  std::shared_ptr<const syntax::File> tree;  ///< null until parsed
  std::unordered_map<std::string, FunctionRef> functions;
  std::vector<Import> imports;
  std::vector<SourceRange> syntax_errors;
};

class Session {
 public:
  Session(const CheckOptions& options, Diagnostics& diagnostics)
      : options_(options), diagnostics_(diagnostics) {}

  const CheckOptions& options() const { return options_; }
  Diagnostics& diagnostics() { return diagnostics_; }

  /// The file of the run, and everything it imports.
  Unit& open(FileId file, const std::string& path);
  /// Null if there is no such module in the library.
  Unit* open_library(const std::string& module);
  /// The same, parsed, with its imports: for a run on the library itself.
  Unit* open_checked_library(const std::string& module);

  /// What a call from this unit names, or nothing, with a diagnostic if `report`.
  FunctionRef find(const Unit& from, const syntax::Call& call);
  std::vector<std::string> dependencies() const;

 private:
  void parse(Unit& unit);
  void index_functions(Unit& unit);
  void resolve_imports(Unit& unit);
  void report_cycles(const Unit& root);
  Unit* resolve(Unit& from, const syntax::ImportDeclaration& import, const SourceRange& range);
  Unit* resolve_file(Unit& from, const syntax::ImportDeclaration& import, const SourceRange& range);
  FunctionRef find_in(Unit& unit, const std::string& name);
  FunctionRef find_qualified(const Unit& from, const syntax::Call& call);
  void report_unknown(const Unit& from, const syntax::Call& call);

  const CheckOptions& options_;
  Diagnostics& diagnostics_;
  std::deque<Unit> units_;
  std::map<std::string, Unit*> by_module_;  ///< library
  std::map<std::string, Unit*> by_path_;    ///< canonical
  std::deque<Unit*> waiting_;               ///< parsed, imports not yet resolved
};

/// Whether this is a declaration that a host can compile.
bool is_loss(syntax::DeclarationKind kind);
bool is_metric(syntax::DeclarationKind kind);
bool is_batch(syntax::DeclarationKind kind);
/// `loss`, `batch loss`, …
std::string_view kind_text(syntax::DeclarationKind kind);

}  // namespace lossc::sema
