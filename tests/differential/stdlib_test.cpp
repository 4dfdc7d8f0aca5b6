// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every loss of the standard library, compiled, against the interpreter: f32 and f64, value and
// gradients, batches around the vector widths, rows short and long. The list of losses is the
// library itself: a loss that is added is tested.
#include <gtest/gtest.h>

#include "compiler/sema/check.h"
#include "compiler/sema/library.h"

#include "tests/differential/comparison.h"

namespace lossc::testing {
namespace {

/// How much larger than the first-order bound an error may be.
constexpr double slack = 1;

void compare_everything(const ir::Function& core, const lossc::Module& module) {
  auto prepared = subject(core);
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  const bool has_rows = !core.sizes.empty();
  struct Shape {
    std::int64_t batch, extent;
  };
  std::vector<Shape> shapes;
  for (const std::int64_t batch : {0, 1, 2, 15, 16, 17}) shapes.push_back({batch, 3});
  shapes.push_back({has_rows ? 100 : 1000, 3});
  if (has_rows) {
    shapes.push_back({1000, 2});
    for (const std::int64_t extent : {1, 10, 17, 100, 1000}) shapes.push_back({3, extent});
  }
  std::mt19937_64 random(20240817);
  Tally tally;
  for (const lossc::DataType dtype : {lossc::DataType::f32, lossc::DataType::f64}) {
    auto compiled = kernel(module, *prepared, dtype);
    ASSERT_TRUE(compiled.ok()) << compiled.error().message;
    for (const Shape& shape : shapes) {
      const BatchData data = random_data(core, shape.batch, shape.extent, random);
      SCOPED_TRACE(::testing::Message()
                   << (dtype == lossc::DataType::f64 ? "f64" : "f32") << ", batch " << shape.batch
                   << ", rows of " << shape.extent);
      EXPECT_EQ("", compare_compiled(*prepared, *compiled, data, slack, tally));
      if (dtype == lossc::DataType::f64) {
        EXPECT_EQ("", compare_derivatives(*prepared, data, 8));
      }
    }
  }
  EXPECT_GT(tally.compared, 100u);
  EXPECT_LE(tally.undecided * 10, tally.compared) << "too many ties to mean anything";
}

class Library : public ::testing::TestWithParam<std::string> {};

TEST_P(Library, CompiledIsInterpreted) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = sema::check_library(GetParam(), {}, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_text(diagnostics);
  ASSERT_TRUE(diagnostics.reports().empty()) << render_text(diagnostics);
  const lossc::Engine engine;
  auto module = engine.load_library(GetParam());
  ASSERT_TRUE(module.ok()) << module.error().message;
  ASSERT_GT(checked.own, 0u);
  for (std::size_t i = 0; i < checked.own; ++i) {
    SCOPED_TRACE(checked.functions[i].name);
    compare_everything(checked.functions[i], *module);
  }
}

std::vector<std::string> modules() {
  std::vector<std::string> names;
  for (const sema::LibraryFile& file : sema::library_files()) names.push_back(file.module);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Stdlib, Library, ::testing::ValuesIn(modules()), [](const auto& test) {
  return test.param.substr(test.param.find('.') + 1);
});

}  // namespace
}  // namespace lossc::testing
