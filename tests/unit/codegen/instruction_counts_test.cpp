// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How much LLVM IR each loss of the standard library becomes (value and gradients by its
// predictions, f32, x86-64-v4): what compiling it costs follows from that, and unlike a time it is
// the same everywhere. instruction_counts.txt holds the counts; a loss may not exceed its own by
// more than a tenth. Where more is wanted, write the new count there: the failure tells it.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "compiler/codegen/codegen.h"
#include "compiler/codegen/profile.h"
#include "compiler/driver/pipeline.h"
#include "compiler/driver/request.h"
#include "compiler/sema/check.h"
#include "compiler/sema/library.h"

namespace lossc {
namespace {

std::map<std::string, std::size_t> recorded_counts() {
  std::map<std::string, std::size_t> counts;
  std::ifstream file(LOSSC_SOURCE_DIR "/tests/unit/codegen/instruction_counts.txt");
  std::string loss;
  std::size_t count = 0;
  while (file >> loss >> count) counts[loss] = count;
  return counts;
}

std::size_t instructions(const ir::Function& core) {
  driver::KernelRequest request;
  for (const ir::Array& array : core.arrays) {
    const bool pred = array.role == ir::Role::pred && driver::differentiated(core, array.name);
    if (pred) request.gradients.push_back(array.name);
  }
  const auto function = driver::lowered(core, request);
  if (!function) return 0;
  codegen::TargetOptions options;
  options.cpu = "x86-64-v4";
  options.whole_vectors = true;
  codegen::CompileProfile profile;
  const auto object = codegen::object(*function, options, "loss", &profile);
  return object.ok() ? profile.instructions : 0;
}

TEST(InstructionCounts, DoNotGrow) {
  const auto recorded = recorded_counts();
  for (const sema::LibraryFile& file : sema::library_files()) {
    SourceManager sources;
    Diagnostics diagnostics(sources);
    const FileId text = sources.add(file.module, file.text);
    const sema::Module module = sema::check(text, "", {}, diagnostics);
    for (std::size_t i = 0; i < module.own; ++i) {
      const std::string name = file.module + "." + module.functions[i].name;
      const std::size_t count = instructions(module.functions[i]);
      EXPECT_GT(count, 0u) << name;
      const auto known = recorded.find(name);
      if (known == recorded.end()) {
        ADD_FAILURE() << "instruction_counts.txt lacks\n" << name << ' ' << count;
        continue;
      }
      EXPECT_LE(10 * count, 11 * known->second) << name << ' ' << count;
    }
  }
}

}  // namespace
}  // namespace lossc
