// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which declaration a call names: the file's own, then the public ones of its imports.
#include "compiler/sema/modules.h"

#include <algorithm>

#include "compiler/sema/language_functions.h"
#include "compiler/sema/library.h"
#include "compiler/sema/library_trees.h"
#include "compiler/sema/suggest.h"
#include "compiler/syntax/parse.h"

namespace lossc::sema {

bool is_loss(syntax::DeclarationKind kind) { return kind != syntax::DeclarationKind::func; }
bool is_metric(syntax::DeclarationKind kind) {
  return kind == syntax::DeclarationKind::metric || kind == syntax::DeclarationKind::batch_metric;
}
bool is_batch(syntax::DeclarationKind kind) {
  return kind == syntax::DeclarationKind::batch_loss ||
         kind == syntax::DeclarationKind::batch_metric;
}
std::string_view kind_text(syntax::DeclarationKind kind) {
  switch (kind) {
    case syntax::DeclarationKind::loss:
      return "loss";
    case syntax::DeclarationKind::batch_loss:
      return "batch loss";
    case syntax::DeclarationKind::metric:
      return "metric";
    case syntax::DeclarationKind::batch_metric:
      return "batch metric";
    case syntax::DeclarationKind::func:
      return "func";
  }
  return "declaration";
}

namespace {

bool is_private(const std::string& name) { return !name.empty() && name.front() == '_'; }

/// `regression` and `std.regression` both qualify names of std.regression.
bool qualifies(const std::vector<syntax::Name>& qualifier,
               const syntax::ImportDeclaration& import) {
  if (qualifier.size() > import.path.size()) return false;
  return std::equal(qualifier.rbegin(), qualifier.rend(), import.path.rbegin(),
                    [](const syntax::Name& a, const syntax::Name& b) { return a.text == b.text; });
}

/// Whether its declaration was too wrong to keep: then a call of it is no second error.
bool unparsed(const Unit& unit, const std::string& name) {
  return unit.tree != nullptr &&
         std::any_of(unit.tree->unparsed.begin(), unit.tree->unparsed.end(),
                     [&](const syntax::Name& each) { return each.text == name; });
}

std::string joined(const std::vector<syntax::Name>& path) {
  std::string text;
  for (const syntax::Name& part : path) text += (text.empty() ? "" : ".") + part.text;
  return text;
}

}  // namespace

void Session::parse(Unit& unit) {
  if (unit.parsed) return;
  unit.parsed = true;
  if (unit.library)
    unit.file = diagnostics_.sources().add(unit.name, std::string(unit.library_text));
  const std::size_t before = diagnostics_.reports().size();
  unit.tree = unit.library ? library_tree(unit.name, unit.file, diagnostics_)
                           : std::make_shared<const syntax::File>(
                                 syntax::parse(unit.file, diagnostics_, options_.text));
  for (std::size_t i = before; i < diagnostics_.reports().size(); ++i) {
    const Report& report = diagnostics_.reports()[i];
    if (report.severity == Severity::error) unit.syntax_errors.push_back(report.range);
  }
  index_functions(unit);
  waiting_.push_back(&unit);
}

void Session::index_functions(Unit& unit) {
  for (const syntax::Declaration& declaration : unit.tree->declarations) {
    const auto* function = std::get_if<syntax::FunctionDeclaration>(&declaration.node);
    if (function == nullptr) continue;
    const syntax::Name& name = function->name;
    if (find_language_function(name.text) != nullptr) {
      diagnostics_.report(Diagnostic::redefined_language_function, name.range, {name.text})
          .fix(name.range, "my_" + name.text, "choose another name");
      continue;
    }
    const auto [place, added] =
        unit.functions.try_emplace(name.text, FunctionRef{&unit, &declaration, function});
    if (!added) {
      diagnostics_.report(Diagnostic::duplicate_declaration, name.range, {name.text})
          .note(place->second.function->name.range, "first declared here");
    }
  }
}

FunctionRef Session::find_in(Unit& unit, const std::string& name) {
  if (!unit.parsed) {
    if (unit.library_text.find(name) == std::string_view::npos) return {};
    parse(unit);
    while (!waiting_.empty()) {
      Unit* next = waiting_.front();
      waiting_.pop_front();
      resolve_imports(*next);
    }
  }
  const auto found = unit.functions.find(name);
  return found == unit.functions.end() ? FunctionRef{} : found->second;
}

FunctionRef Session::find_qualified(const Unit& from, const syntax::Call& call) {
  bool known = false;
  for (const Import& import : from.imports) {
    if (!qualifies(call.qualifier, *import.declaration)) continue;
    known = true;
    if (import.unit == nullptr) return {};  // it was diagnosed at the import
    if (is_private(call.callee.text)) break;
    if (FunctionRef found = find_in(*import.unit, call.callee.text)) return found;
  }
  const SourceRange range = cover(call.qualifier.front().range, call.qualifier.back().range);
  if (!known) {
    std::vector<std::string> modules;
    for (const Import& import : from.imports) {
      modules.push_back(import.declaration->path.back().text);
    }
    Report& report =
        diagnostics_.report(Diagnostic::unknown_module_name, range, {joined(call.qualifier)});
    if (const std::string near = nearest(call.qualifier.back().text, modules); !near.empty()) {
      report.fix(range, near, "did you mean `" + near + "`?");
    } else {
      report.note("a module is named after `import` at the top of the file");
    }
    return {};
  }
  report_unknown(from, call);
  return {};
}

FunctionRef Session::find(const Unit& from, const syntax::Call& call) {
  if (!call.qualifier.empty()) return find_qualified(from, call);
  const auto own = from.functions.find(call.callee.text);
  if (own != from.functions.end()) return own->second;
  FunctionRef found;
  const Import* source = nullptr;
  bool broken_import = unparsed(from, call.callee.text);
  for (const Import& import : from.imports) {
    if (import.unit == nullptr) broken_import = true;
    if (import.unit == nullptr || is_private(call.callee.text)) continue;
    const FunctionRef candidate = find_in(*import.unit, call.callee.text);
    broken_import = broken_import || unparsed(*import.unit, call.callee.text);
    if (!candidate || candidate.function == found.function) continue;
    if (found) {
      const std::string first = source->declaration->path.back().text + "." + call.callee.text;
      const std::string second = import.declaration->path.back().text + "." + call.callee.text;
      diagnostics_.report(Diagnostic::ambiguous_name, call.callee.range, {call.callee.text})
          .note(found.function->name.range, "one is declared here")
          .note(candidate.function->name.range, "another here")
          .fix(call.callee.range, first, "write `" + first + "`")
          .fix(call.callee.range, second, "or `" + second + "`");
      return {};
    }
    found = candidate;
    source = &import;
  }
  // A name that a missing module may have declared is no second error.
  if (!found && !broken_import) report_unknown(from, call);
  return found;
}

void Session::report_unknown(const Unit& from, const syntax::Call& call) {
  const std::string& name = call.callee.text;
  Report& report = diagnostics_.report(Diagnostic::unknown_function, call.callee.range, {name});
  std::vector<std::string> candidates;
  const auto add_all = [&](const Unit& unit, bool own) {
    for (const auto& [known, reference] : unit.functions) {
      if (own || !is_private(known)) candidates.push_back(known);
    }
  };
  if (call.qualifier.empty()) {
    add_all(from, true);
    for (const LanguageFunction& function : language_functions()) {
      candidates.emplace_back(function.name);
    }
  }
  for (const Import& import : from.imports) {
    if (import.unit != nullptr) add_all(*import.unit, false);
  }
  std::sort(candidates.begin(), candidates.end());
  if (const std::string near = nearest(name, candidates); !near.empty()) {
    report.fix(call.callee.range, near, "did you mean `" + near + "`?");
    return;
  }
  for (const LibraryFile& file : library_files()) {
    for (const std::string_view kind : {"loss ", "metric ", "func "}) {
      if (file.text.find(std::string(kind) + name + "(") != std::string::npos) {
        report.note("`" + name + "` is in the library: write `import " + file.module +
                    "` at the top of the file");
        return;
      }
    }
  }
}

std::vector<std::string> Session::dependencies() const {
  std::vector<std::string> paths;
  for (const Unit& unit : units_) {
    if (!unit.path.empty()) paths.push_back(unit.path);
  }
  return paths;
}

}  // namespace lossc::sema
