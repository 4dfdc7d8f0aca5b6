// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc test`: every test block, in f32 and f64, at every vector width of the machine.
#include <unistd.h>

#include <cstdio>

#include "compiler/codegen/codegen.h"
#include "compiler/lossc/command.h"
#include "compiler/lossc/numbers.h"
#include "compiler/lossc/output.h"
#include "compiler/lossc/session.h"
#include "compiler/lossc/test_runner.h"
#include "compiler/sema/library.h"

namespace lossc::cli {
namespace {

/// The widths of the CPU's registers, from the widest down to 128 bits, for each floating type.
Result<std::vector<TestConfiguration>> configurations(const Options& options) {
  std::vector<TestConfiguration> result;
  const std::string cpu = options.value_or("--cpu", "native");
  const auto engine = new_engine(cpu, 1);
  for (const FloatType type : {FloatType::f32, FloatType::f64}) {
    codegen::TargetOptions target;
    target.cpu = cpu;
    target.float_type = type;
    const auto natural = codegen::natural_width(target);
    if (!natural) return natural.error();
    const auto wanted = parsed_integer(options.value_or("--width", "0"));
    constexpr std::int64_t widest = 64;
    if (!wanted || *wanted < 0 || *wanted > widest || (*wanted & (*wanted - 1)) != 0) {
      return Error{"--width is a power of two up to 64"};
    }
    const unsigned narrowest = type == FloatType::f32 ? 4 : 2;
    if (*wanted != 0) {
      result.push_back({type, static_cast<unsigned>(*wanted), cpu, engine});
      continue;
    }
    for (unsigned width = *natural; width >= std::min(narrowest, *natural) && width > 0;
         width /= 2) {
      result.push_back({type, width, cpu, engine});
    }
  }
  return result;
}

class TestReport {
 public:
  TestReport(Session& session, const std::vector<TestConfiguration>& all)
      : session_(session),
        configurations_(all),
        color_(session.color() && ::isatty(STDOUT_FILENO) == 1) {}

  void run(const sema::Module& module) {
    if (module.tests.empty()) return;
    print(module.name + "\n");
    for (const sema::Test& test : module.tests) {
      std::string details;
      for (const TestConfiguration& configuration : configurations_) {
        for (const CheckFailure& failure : test_failures(module, test, configuration)) {
          details += "        " + place(failure.range) + failure.message + "  [" +
                     configuration.text() + "]\n";
        }
      }
      const bool passes = details.empty();
      (passes ? passed_ : failed_) += 1;
      print("  " + mark(passes) + "  " + test.title + "\n" + details);
    }
  }

  int finish() {
    print(std::to_string(passed_) + " passed, " + std::to_string(failed_) + " failed\n");
    return failed_ == 0 ? success : failed;
  }

 private:
  static void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }
  std::string mark(bool passes) const {
    if (!color_) return passes ? "PASS" : "FAIL";
    return passes ? "\x1b[32mPASS\x1b[0m" : "\x1b[31mFAIL\x1b[0m";
  }
  std::string place(const SourceRange& range) const {
    if (!range.valid()) return "";
    const SourceFile& file = session_.sources().file(range.file);
    const LineColumn at = file.line_column(range.begin);
    return file.name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  }

  Session& session_;
  const std::vector<TestConfiguration>& configurations_;
  bool color_;
  int passed_ = 0;
  int failed_ = 0;
};

}  // namespace

int run_test(const Options& options) {
  if (options.targets().empty()) return misuse("test needs a file, or std", "test");
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "test");
  const auto all = configurations(options);
  if (!all) return misuse(all.error().message, "test");
  std::vector<std::string> targets;
  for (const std::string& target : options.targets()) {
    if (target != "std") {
      targets.push_back(target);
      continue;
    }
    for (const sema::LibraryFile& file : sema::library_files()) targets.push_back(file.module);
  }
  std::vector<sema::Module> modules;
  for (const std::string& target : targets) {
    auto module = session.load(target);
    if (!module) return fail(module.error().message);
    modules.push_back(std::move(*module));
  }
  if (!session.report()) return failed;
  TestReport report(session, *all);
  for (const sema::Module& module : modules) report.run(module);
  return report.finish();
}

}  // namespace lossc::cli
