// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where imported files are: embedded for `std.…`; else beside the importing file, then under the
// -I roots. A path is made of identifiers only, so it holds no `..` and is never absolute; what a
// symbolic link leads to must lie under the same root. Nothing but a regular file of at most 1 MiB
// is opened, so that a device or a FIFO cannot hang the compiler.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "compiler/sema/library.h"
#include "compiler/sema/modules.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t most_files = 4096;

std::string joined(const std::vector<syntax::Name>& path, char separator) {
  std::string text;
  for (const syntax::Name& part : path) {
    if (!text.empty()) text += separator;
    text += part.text;
  }
  return text;
}

bool lies_under(const fs::path& file, const fs::path& root) {
  auto part = file.begin();
  for (const fs::path& expected : root) {
    if (expected.empty()) continue;  // a trailing separator
    if (part == file.end() || *part != expected) return false;
    ++part;
  }
  return true;
}

}  // namespace

Unit& Session::open(FileId file, const std::string& path) {
  Unit& unit = units_.emplace_back();
  unit.file = file;
  std::error_code ignored;
  if (!path.empty() && path != "-") {
    const fs::path canonical = fs::canonical(path, ignored);
    unit.path = ignored ? path : canonical.string();
    unit.name = fs::path(path).stem().string();
    unit.folder = fs::path(path).parent_path().string();
    unit.has_folder = true;
    by_path_[unit.path] = &unit;
  }
  if (unit.name.empty()) unit.name = "input";
  parse(unit);
  while (!waiting_.empty()) {
    Unit* next = waiting_.front();
    waiting_.pop_front();
    resolve_imports(*next);
  }
  report_cycles(unit);
  return unit;
}

Unit* Session::open_library(const std::string& module) {
  if (const auto found = by_module_.find(module); found != by_module_.end()) return found->second;
  for (const LibraryFile& file : library_files()) {
    if (file.module != module) continue;
    Unit& unit = units_.emplace_back();
    unit.name = module;
    unit.library = true;
    unit.library_text = file.text;
    by_module_[module] = &unit;
    return &unit;
  }
  return nullptr;
}

Unit* Session::open_checked_library(const std::string& module) {
  Unit* unit = open_library(module);
  if (unit == nullptr) return nullptr;
  parse(*unit);
  while (!waiting_.empty()) {
    Unit* next = waiting_.front();
    waiting_.pop_front();
    resolve_imports(*next);
  }
  return unit;
}

void Session::resolve_imports(Unit& unit) {
  for (const syntax::Declaration& declaration : unit.tree->declarations) {
    const auto* import = std::get_if<syntax::ImportDeclaration>(&declaration.node);
    if (import == nullptr || import->path.empty()) continue;
    unit.imports.push_back({import, declaration.range, resolve(unit, *import, declaration.range)});
  }
}

Unit* Session::resolve(Unit& from, const syntax::ImportDeclaration& import,
                       const SourceRange& range) {
  if (import.path.front().text != "std") return resolve_file(from, import, range);
  const std::string module = joined(import.path, '.');
  if (Unit* unit = open_library(module)) return unit;
  std::vector<std::string> modules;
  for (const LibraryFile& file : library_files()) modules.push_back(file.module);
  const SourceRange place = cover(import.path.front().range, import.path.back().range);
  Report& report = diagnostics_.report(Diagnostic::unknown_module, place, {module});
  if (const std::string near = nearest(module, modules); !near.empty()) {
    report.fix(place, near, "did you mean `" + near + "`?");
  } else {
    std::string list;
    for (const std::string& name : modules) list += (list.empty() ? "" : ", ") + name;
    report.note("the library has " + list);
  }
  return nullptr;
}

Unit* Session::resolve_file(Unit& from, const syntax::ImportDeclaration& import,
                            const SourceRange& range) {
  const SourceRange place = cover(import.path.front().range, import.path.back().range);
  const std::string relative = joined(import.path, '/') + ".loss";
  std::vector<fs::path> roots;
  if (from.has_folder) roots.emplace_back(from.folder);
  for (const std::string& root : options_.roots) roots.emplace_back(root);
  std::string tried;
  for (const fs::path& root : roots) {
    std::error_code error;
    const fs::path file = root / relative;
    tried += (tried.empty() ? "" : ", ") + file.string();
    if (!fs::exists(file, error)) continue;
    const fs::path canonical = fs::canonical(file, error);
    const fs::path canonical_root = fs::canonical(root.empty() ? fs::path(".") : root, error);
    if (error || !lies_under(canonical, canonical_root)) {
      diagnostics_.report(Diagnostic::import_outside_root, place,
                          {file.string(), root.empty() ? "." : root.string()});
      return nullptr;
    }
    if (!fs::is_regular_file(canonical, error) ||
        fs::file_size(canonical, error) > options_.text.bytes || units_.size() >= most_files) {
      diagnostics_.report(Diagnostic::unreadable_import, place, {file.string()});
      return nullptr;
    }
    if (const auto known = by_path_.find(canonical.string()); known != by_path_.end()) {
      return known->second;
    }
    std::ifstream stream(canonical, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    if (stream.bad() || !stream.is_open()) {
      diagnostics_.report(Diagnostic::unreadable_import, place, {file.string()});
      return nullptr;
    }
    Unit& unit = units_.emplace_back();
    unit.name = joined(import.path, '.');
    unit.path = canonical.string();
    unit.folder = file.parent_path().string();
    unit.has_folder = true;
    unit.file = diagnostics_.sources().add(file.string(), std::move(text));
    by_path_[unit.path] = &unit;
    parse(unit);
    return &unit;
  }
  Report& report =
      diagnostics_.report(Diagnostic::unknown_module, place, {joined(import.path, '.')});
  if (!tried.empty()) report.note("looked for " + tried);
  std::vector<std::string> modules;
  for (const LibraryFile& file : library_files()) modules.push_back(file.module);
  const std::string in_library = "std." + joined(import.path, '.');
  if (std::find(modules.begin(), modules.end(), in_library) != modules.end()) {
    report.fix(place, in_library, "import the library's");
  }
  (void)range;
  return nullptr;
}

void Session::report_cycles(const Unit& root) {
  // Depth first with a stack of our own: a chain of imports may be long.
  struct Visit {
    const Unit* unit;
    std::size_t next;
  };
  std::map<const Unit*, int> state;  // 1: on the stack, 2: done
  std::vector<Visit> stack{{&root, 0}};
  state[&root] = 1;
  while (!stack.empty()) {
    Visit& top = stack.back();
    if (top.next == top.unit->imports.size()) {
      state[top.unit] = 2;
      stack.pop_back();
      continue;
    }
    const Import& import = top.unit->imports[top.next++];
    if (import.unit == nullptr || import.unit->library) continue;
    int& seen = state[import.unit];
    if (seen == 1) {
      std::string cycle;
      bool inside = false;
      for (const Visit& visit : stack) {
        inside = inside || visit.unit == import.unit;
        if (inside) cycle += visit.unit->name + " → ";
      }
      diagnostics_.report(Diagnostic::import_cycle, import.range, {cycle + import.unit->name});
    } else if (seen == 0) {
      seen = 1;
      stack.push_back({import.unit, 0});
    }
  }
}

}  // namespace lossc::sema
