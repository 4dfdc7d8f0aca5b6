// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What lies between the text of a loss and a kernel that can be called, stage by stage: for every
// loss of the standard library, value and gradients by its predictions, f32, this machine's CPU,
// in a process that has compiled before (warm). CPU times in milliseconds, because the machine may
// be busy. Prints a Markdown table; `all` is measured by itself, through the public interface.
//
//   measure_compile [--rounds=N] [part of a loss's name]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/codegen/profile.h"
#include "compiler/driver/pipeline.h"
#include "compiler/driver/request.h"
#include "compiler/jit/jit.h"
#include "compiler/sema/check.h"
#include "compiler/sema/library.h"
#include "compiler/syntax/parse.h"
#include "tests/bench/engine_compile.h"

namespace {

using lossc::codegen::CpuStopwatch;

struct Column {
  const char* title;
  std::vector<double> milliseconds = {};

  void add(std::chrono::nanoseconds time) {
    milliseconds.push_back(std::chrono::duration<double, std::milli>(time).count());
  }
  std::string text() const {
    std::vector<double> sorted = milliseconds;
    std::sort(sorted.begin(), sorted.end());
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.2f / %.2f", sorted.front(), sorted[sorted.size() / 2]);
    return buffer;
  }
};

struct Measurement {
  Column parse{"parse"}, check{"check"}, middle{"middle"}, emission{"IR"}, passes{"passes"},
      generation{"codegen"}, linking{"link"}, all{"all"};
  std::size_t instructions = 0, code_bytes = 0;

  std::vector<const Column*> columns() const {
    return {&parse, &check, &middle, &emission, &passes, &generation, &linking, &all};
  }
};

/// The module's text with one of its losses, without tests: what an author would have written.
std::string alone(const std::string& text, const std::string& loss) {
  std::istringstream lines(text);
  std::string kept, line;
  bool keep = true;
  while (std::getline(lines, line)) {
    const bool is_loss = line.starts_with("loss ") || line.starts_with("metric ");
    const bool is_test = line.starts_with("test ");
    if (is_loss) keep = line.find(' ' + loss + '(') != std::string::npos;
    if (is_test) keep = false;
    if (line.starts_with("##") || line.starts_with("func ") || line.starts_with("import "))
      keep = true;
    if (keep && !line.starts_with("#")) kept += line + "\n";
  }
  return kept;
}

std::vector<std::string> preds(const lossc::ir::Function& core) {
  std::vector<std::string> names;
  for (const lossc::ir::Array& array : core.arrays) {
    const bool wanted =
        array.role == lossc::ir::Role::pred && lossc::driver::differentiated(core, array.name);
    if (wanted) names.push_back(array.name);
  }
  return names;
}

bool run(const std::string& text, Measurement& result) {
  CpuStopwatch stopwatch;
  lossc::SourceManager sources;
  lossc::Diagnostics diagnostics(sources);
  const lossc::FileId file = sources.add("loss", text);
  stopwatch.lap();
  lossc::syntax::parse(file, diagnostics);
  const auto parsing = stopwatch.lap();
  const lossc::sema::Module module = lossc::sema::check(file, "", {}, diagnostics);
  // The checker parses once more.
  const auto checking = std::max(std::chrono::nanoseconds{0}, stopwatch.lap() - parsing);
  if (module.own != 1) return false;
  const lossc::ir::Function& core = module.functions[0];
  const std::vector<std::string> gradients = preds(core);
  stopwatch.lap();
  auto function = lossc::driver::lowered(core, {true, gradients, {}, {}});
  const auto lowering = stopwatch.lap();
  if (!function) return false;
  lossc::codegen::CompileProfile profile;
  lossc::codegen::TargetOptions options;
  options.whole_vectors = true;  // as the engine does
  if (!lossc::jit::compiled(*function, options, &profile)) return false;
  result.parse.add(parsing);
  result.check.add(checking);
  result.middle.add(lowering);
  result.emission.add(profile.emission);
  result.passes.add(profile.passes);
  result.generation.add(profile.generation);
  result.linking.add(profile.linking);
  result.instructions = profile.instructions;
  result.code_bytes = profile.code_bytes;
  CpuStopwatch whole;
  if (!lossc::testing::compiled_by_engine(text, gradients)) return false;
  result.all.add(whole.lap());
  return true;
}

bool measure(const std::string& name, const std::string& text, int rounds) {
  Measurement warm, result;
  if (!run(text, warm)) return false;
  for (int round = 0; round < rounds; ++round) {
    if (!run(text, result)) return false;
  }
  std::printf("| %s |", name.c_str());
  for (const Column* column : result.columns()) std::printf(" %s |", column->text().c_str());
  std::printf(" %zu | %zu |\n", result.instructions, result.code_bytes);
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 21;
  std::string wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("--rounds=")) {
      rounds = std::max(1, std::atoi(argument.c_str() + 9));
    } else {
      wanted = argument;
    }
  }
  std::printf("CPU milliseconds, least / median of %d\n\n| loss |", rounds);
  const Measurement titles;
  for (const Column* column : titles.columns()) std::printf(" %s |", column->title);
  std::printf(" IR instructions | code bytes |\n|---|");
  for (std::size_t i = 0; i < titles.columns().size() + 2; ++i) std::printf("---|");
  std::printf("\n");
  for (const lossc::sema::LibraryFile& file : lossc::sema::library_files()) {
    lossc::SourceManager sources;
    lossc::Diagnostics diagnostics(sources);
    const lossc::sema::Module module =
        lossc::sema::check(sources.add(file.module, file.text), "", {}, diagnostics);
    for (std::size_t i = 0; i < module.own; ++i) {
      const std::string& loss = module.functions[i].name;
      const std::string name = file.module + "." + loss;
      if (name.find(wanted) == std::string::npos) continue;
      if (!measure(name, alone(file.text, loss), rounds)) {
        std::fprintf(stderr, "%s failed\n", name.c_str());
        return 1;
      }
    }
  }
}
