// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every loss of tests/papers, compiled, against the interpreter: f32 and f64, value, gradients by
// every pred and every param of real numbers, Hessian diagonals by every pred; batches and axes
// around the vector widths. The list of losses is the folder itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/driver/request.h"
#include "compiler/jit/jit.h"
#include "compiler/sema/check.h"
#include "tests/differential/second_derivatives.h"

namespace lossc::testing {
namespace {

using Sizes = std::map<std::string, std::int64_t>;
using Options = std::map<std::string, std::int64_t>;

struct Shape {
  std::int64_t batch;
  Sizes sizes;
};

/// The batch along its own sizes for a loss of one example; for a batch loss its first axis.
std::vector<Shape> shapes_of(const ir::Function& core) {
  const std::vector<std::string> symbols = driver::size_symbols(core);
  const auto all = [&](std::int64_t extent) {
    Sizes sizes;
    for (const std::string& symbol : symbols) sizes[symbol] = extent;
    return sizes;
  };
  std::vector<Shape> shapes;
  if (driver::is_batch(core)) {
    for (const std::int64_t rows : {0, 1, 2, 3, 17, 33}) {
      shapes.push_back({1, all(3)});
      shapes.back().sizes[symbols.front()] = rows;
    }
    for (const std::int64_t extent : {1, 9, 17}) {
      if (symbols.size() == 1) continue;
      shapes.push_back({1, all(extent)});
      shapes.back().sizes[symbols.front()] = 5;
    }
    return shapes;
  }
  for (const std::int64_t batch : {0, 1, 2, 16, 17}) shapes.push_back({batch, all(3)});
  for (const std::int64_t extent : {1, 2, 9, 17}) shapes.push_back({2, all(extent)});
  if (symbols.size() == 1) shapes.push_back({1, all(100)});
  return shapes;
}

/// Every choice of the words of every one_of and of both values of every bool.
std::vector<Options> options_of(const ir::Function& core) {
  std::vector<Options> result(1);
  for (const ir::Array& array : core.arrays) {
    if (!driver::is_option(array)) continue;
    const std::size_t words = array.options.empty() ? 2 : array.options.size();
    std::vector<Options> longer;
    for (const Options& options : result) {
      for (std::size_t word = 0; word < words; ++word) {
        longer.push_back(options);
        longer.back()[array.name] = static_cast<std::int64_t>(word);
      }
    }
    result = std::move(longer);
  }
  return result;
}

/// What the losses presuppose of their data: an interval's ends are in order, now and then equal.
void make_plausible(const ir::Function& core, const Options& options, BatchData& data) {
  for (const auto& [name, word] : options) {
    data.arrays[core.find_array(name)->index] = {static_cast<double>(word)};
  }
  const auto lower = core.find_array("lower"), upper = core.find_array("upper");
  if (!lower || !upper) return;
  std::vector<double>& low = data.arrays[lower->index];
  std::vector<double>& high = data.arrays[upper->index];
  for (std::size_t i = 0; i < low.size(); ++i) {
    if (low[i] > high[i]) std::swap(low[i], high[i]);
    if (i % 3 == 0) low[i] = high[i];
  }
}

void compare_everything(const ir::Function& core, const lossc::Module& module,
                        const Options& options) {
  const bool hessians = !driver::is_metric(core);
  auto prepared = subject(core, hessians, options);
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  std::mt19937_64 random(20260311);
  Tally tally;
  for (const lossc::DataType dtype : {lossc::DataType::f32, lossc::DataType::f64}) {
    auto compiled = kernel(module, *prepared, dtype);
    ASSERT_TRUE(compiled.ok()) << compiled.error().message;
    for (const Shape& shape : shapes_of(core)) {
      BatchData data = random_data(core, shape.batch, shape.sizes, random);
      make_plausible(core, options, data);
      if (!is_possible(core, data)) continue;
      ::testing::Message place;
      place << (dtype == lossc::DataType::f64 ? "f64" : "f32") << ", batch " << shape.batch;
      for (const auto& [symbol, extent] : shape.sizes) place << ", " << symbol << " = " << extent;
      SCOPED_TRACE(place);
      EXPECT_EQ("", compare_compiled(*prepared, *compiled, data, 1, tally));
      if (dtype == lossc::DataType::f64) {
        EXPECT_EQ("", compare_derivatives(*prepared, data, 6));
      }
    }
  }
  EXPECT_GT(tally.compared, 10u);
  EXPECT_LE(tally.undecided * 10, tally.compared) << "too many ties to mean anything";
}

struct Paper {
  std::string file;
  std::string loss;
};

void PrintTo(const Paper& paper, std::ostream* out) { *out << paper.file << "." << paper.loss; }

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(LOSSC_SOURCE_DIR "/tests/papers/" + file + ".loss").rdbuf();
  return text.str();
}

std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(LOSSC_SOURCE_DIR "/tests/papers")) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

sema::Module check(const std::string& file, SourceManager& sources, Diagnostics& diagnostics) {
  return sema::check(sources.add(file + ".loss", text_of(file)), "", {}, diagnostics);
}

std::vector<Paper> papers() {
  std::vector<Paper> result;
  for (const std::string& file : files()) {
    SourceManager sources;
    Diagnostics diagnostics(sources);
    const sema::Module checked = check(file, sources, diagnostics);
    for (std::size_t i = 0; i < checked.own; ++i) {
      result.push_back({file, checked.functions[i].name});
    }
  }
  return result;
}

TEST(PaperFiles, AreAcceptedWithoutAWarning) {
  for (const std::string& file : files()) {
    SourceManager sources;
    Diagnostics diagnostics(sources);
    EXPECT_GT(check(file, sources, diagnostics).own, 0u) << file;
    EXPECT_TRUE(diagnostics.reports().empty()) << render_text(diagnostics);
  }
}

class Papers : public ::testing::TestWithParam<Paper> {};

TEST_P(Papers, CompiledIsInterpreted) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = check(GetParam().file, sources, diagnostics);
  const lossc::Engine engine;
  auto module = engine.load_text(text_of(GetParam().file), GetParam().file + ".loss");
  ASSERT_TRUE(module.ok()) << module.error().message;
  for (std::size_t i = 0; i < checked.own; ++i) {
    const ir::Function& core = checked.functions[i];
    if (core.name != GetParam().loss) continue;
    for (const Options& options : options_of(core)) {
      ::testing::Message place;
      for (const auto& [name, word] : options) place << name << " = " << word << " ";
      SCOPED_TRACE(place);
      compare_everything(core, *module, options);
    }
  }
}

/// Small shapes: the interpreter works at 2048 bits.
TEST_P(Papers, DerivativesAreThoseOfDualNumbers) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = check(GetParam().file, sources, diagnostics);
  std::mt19937_64 random(20260312);
  for (std::size_t i = 0; i < checked.own; ++i) {
    const ir::Function& core = checked.functions[i];
    if (core.name != GetParam().loss || driver::is_metric(core)) continue;
    for (const Options& options : options_of(core)) {
      for (const std::int64_t extent : {3, 5}) {
        Sizes sizes;
        for (const std::string& symbol : driver::size_symbols(core)) sizes[symbol] = extent;
        const std::int64_t batch = driver::is_batch(core) ? 1 : 2;
        BatchData data = random_data(core, batch, sizes, random);
        make_plausible(core, options, data);
        // Known: NaN, where it should be the second derivative by what all sums of a pair share.
        const bool known = core.name == "lifted_structure";
        if (is_possible(core, data)) expect_derivatives_of_dual_numbers(core, data, random, !known);
      }
    }
  }
}

/// With all sizes but one as they are: whatever is asked for, memory is linear in it. (A batch of
/// examples is no size: the workspace does not know of it.)
TEST_P(Papers, MemoryIsLinearInEverySize) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = check(GetParam().file, sources, diagnostics);
  for (std::size_t i = 0; i < checked.own; ++i) {
    const ir::Function& core = checked.functions[i];
    if (core.name != GetParam().loss) continue;
    auto prepared = subject(core, !driver::is_metric(core), options_of(core).front());
    ASSERT_TRUE(prepared.ok()) << prepared.error().message;
    auto compiled = jit::compiled(prepared->lowered, {});
    ASSERT_TRUE(compiled.ok()) << compiled.error().message;
    std::vector<std::int64_t> extents(prepared->lowered.sizes.size(), 256);
    const std::int64_t before = (*compiled)->workspace.bytes(extents);
    for (std::int64_t& extent : extents) {
      extent = 512;
      EXPECT_LE((*compiled)->workspace.bytes(extents), 2 * before);
      extent = 256;
    }
    std::fill(extents.begin(), extents.end(), 512);
    EXPECT_LE((*compiled)->workspace.bytes(extents), 2 * before);
    // A few tiles of rows: far from 512 × 512.
    RecordProperty("bytes", static_cast<int>(before));
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, Papers, ::testing::ValuesIn(papers()),
                         [](const auto& test) { return test.param.file + "_" + test.param.loss; });

}  // namespace
}  // namespace lossc::testing
