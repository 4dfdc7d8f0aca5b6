// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "compiler/driver/suggest.h"
#include "compiler/sema/library.h"
#include "compiler/syntax/parse.h"

namespace lossc::driver {
namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

std::vector<std::string> library_modules() {
  std::vector<std::string> names;
  for (const sema::LibraryFile& file : sema::library_files()) names.push_back(file.module);
  return names;
}

/// `std.regression.huber`, or `std.regression:huber` as for a file.
Result<Target> library_target(std::string text) {
  std::replace(text.begin(), text.end(), ':', '.');
  const std::vector<std::string> modules = library_modules();
  const std::string* best = nullptr;
  for (const std::string& module : modules) {
    const bool matches = text == module || text.starts_with(module + ".");
    if (matches && (best == nullptr || module.size() > best->size())) best = &module;
  }
  if (best != nullptr) {
    return Target{Target::Kind::library, *best,
                  text.size() > best->size() ? text.substr(best->size() + 1) : ""};
  }
  const std::string module = text.substr(0, text.find('.', 4));
  return Error{"the library has no module " + quoted(module) + did_you_mean(module, modules)};
}

/// Reads to the end or until more than `limit` bytes are there.
Result<std::string> read_all(int descriptor, const std::string& name, std::size_t limit) {
  std::string text;
  std::vector<char> buffer(65536);
  while (text.size() <= limit) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{"cannot read " + quoted(name) + ": " + std::strerror(errno)};
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

const char* unreadable_kind(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory";
  if (S_ISFIFO(mode)) return "is a FIFO; to read from a pipe, use - and standard input";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "is a device";
  if (S_ISSOCK(mode)) return "is a socket";
  return S_ISREG(mode) ? nullptr : "is not a regular file";
}

}  // namespace

Result<Target> parsed_target(const std::string& text) {
  if (text == "-") return Target{Target::Kind::standard_input, "-", ""};
  if (text.starts_with("-:")) return Target{Target::Kind::standard_input, "-", text.substr(2)};
  if (text.starts_with("std.") && !exists(text)) return library_target(text);
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon != 0 && !exists(text)) {
    return Target{Target::Kind::file, text.substr(0, colon), text.substr(colon + 1)};
  }
  return Target{Target::Kind::file, text, ""};
}

Result<std::string> file_text(const std::string& path, std::size_t limit) {
  if (path.find('\0') != std::string::npos) return Error{"a file name holds a NUL byte"};
  // Non-blocking, so that a FIFO without a writer does not stop us before we can refuse it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return Error{"cannot open " + quoted(path) + ": " + std::strerror(errno)};
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    const int reason = errno;
    ::close(descriptor);
    return Error{"cannot read " + quoted(path) + ": " + std::strerror(reason)};
  }
  if (const char* kind = unreadable_kind(status.st_mode)) {
    ::close(descriptor);
    return Error{"cannot read " + quoted(path) + ": it " + kind};
  }
  Result<std::string> text = read_all(descriptor, path, limit);
  ::close(descriptor);
  return text;
}

Result<std::string> standard_input_text(std::size_t limit) {
  return read_all(STDIN_FILENO, "standard input", limit);
}

Result<FileId> source_file(const Target& target, SourceManager& sources, std::size_t limit) {
  if (target.kind == Target::Kind::library) {
    for (const sema::LibraryFile& file : sema::library_files()) {
      if (file.module == target.place) return sources.add(file.module, file.text);
    }
    return Error{"the library has no module " + quoted(target.place)};
  }
  const bool input = target.kind == Target::Kind::standard_input;
  Result<std::string> text = input ? standard_input_text(limit) : file_text(target.place, limit);
  if (!text) return text.error();
  return sources.add(input ? "<stdin>" : target.place, std::move(*text));
}

Result<sema::Module> loaded(const Target& target, const sema::CheckOptions& options,
                            Diagnostics& diagnostics) {
  if (target.kind == Target::Kind::library) {
    return sema::check_library(target.place, options, diagnostics);
  }
  const Result<FileId> file = source_file(target, diagnostics.sources(), options.text.bytes);
  if (!file) return file.error();
  const bool input = target.kind == Target::Kind::standard_input;
  return sema::check(*file, input ? "" : target.place, options, diagnostics);
}

std::vector<std::string> loss_names(const sema::Module& module) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < module.own; ++i) names.push_back(module.functions[i].name);
  return names;
}

Result<std::vector<const ir::Function*>> selected(const sema::Module& module,
                                                  const std::string& loss) {
  std::vector<const ir::Function*> functions;
  for (std::size_t i = 0; i < module.own; ++i) {
    if (loss.empty() || module.functions[i].name == loss) functions.push_back(&module.functions[i]);
  }
  if (!functions.empty() || loss.empty()) return functions;
  const std::vector<std::string> names = loss_names(module);
  return Error{module.name + " has no loss " + quoted(loss) + did_you_mean(loss, names)};
}

Result<const ir::Function*> selected_one(const sema::Module& module, const std::string& loss) {
  auto functions = selected(module, loss);
  if (!functions) return functions.error();
  if (functions->size() == 1) return functions->front();
  if (functions->empty()) return Error{module.name + " has no loss"};
  return Error{module.name + " has several losses (" + enumerated(loss_names(module)) +
               "); name one of them, as in " + module.name +
               (module.name.starts_with("std.") ? "." : ".loss:") + functions->front()->name};
}

}  // namespace lossc::driver
