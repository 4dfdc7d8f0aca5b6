// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// measure_stability [--width N] [--cases] [--failures] [--floor] [case or group…]
//
// Prints the table of docs/numerics.md: how the compiler's results for the naive formulas of the
// stability corpus compare with the exact ones, by group. --cases: a row for each case.
// --failures: every number that is not good. --floor: the good points of each case in f32 and f64,
// as stability_floor.txt keeps them.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/numerics/stability_corpus.h"

namespace lossc::testing {
namespace {

struct Options {
  unsigned width = 0;
  bool cases = false;
  bool failures = false;
  bool floor = false;
  std::vector<std::string> names;
};

/// What one row of the table adds up.
struct Row {
  std::string name;
  std::string type;
  std::size_t cases = 0;
  std::size_t broken = 0;
  std::size_t points = 0;
  std::size_t good_points = 0;
  std::size_t numbers = 0;
  std::size_t close = 0;
  std::size_t kinds[6] = {};

  void add(const Score& score) {
    ++cases;
    broken += !score.failure.empty();
    points += score.points;
    good_points += score.good_points;
    numbers += score.numbers.size();
    close += score.close();
    for (const Number& number : score.numbers) ++kinds[static_cast<int>(number.kind)];
  }

  void print() const {
    using Kind = Number::Kind;
    const auto of = [&](Kind kind) { return kinds[static_cast<int>(kind)]; };
    const auto share = [&](std::size_t part) {
      return numbers == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(numbers);
    };
    std::printf("| %s | %s | %zu | %zu | %zu/%zu | %zu | %zu | %zu | %zu | %.2f | %.2f |\n",
                name.c_str(), type.c_str(), cases, broken, good_points, points, of(Kind::nan),
                of(Kind::infinite), of(Kind::wrong_sign), of(Kind::total_loss), share(close),
                share(of(Kind::good)));
  }
};

void print_failures(const Case& one, const char* type, const Score& score) {
  if (!score.failure.empty())
    std::printf("%s %s: %s\n", one.id.c_str(), type, score.failure.c_str());
  for (const Number& number : score.numbers) {
    if (number.kind == Number::Kind::good) continue;
    std::printf("%s %s %s: %s: %.9g, exactly %.9Lg (%.3g ULP, cond %.3g) at", one.id.c_str(), type,
                number.what.c_str(), name_of(number.kind), number.got, number.expected.exact,
                number.error, number.expected.condition);
    for (std::size_t v = 0; v < one.variables.size(); ++v) {
      std::printf(" %s=", one.variables[v].name.c_str());
      for (const double x : one.points[number.point].inputs[v]) std::printf("%.9g ", x);
    }
    std::printf("\n");
  }
}

Row& row(std::vector<Row>& rows, const std::string& name, const std::string& type) {
  const auto place = std::find_if(rows.begin(), rows.end(), [&](const Row& candidate) {
    return candidate.name == name && candidate.type == type;
  });
  if (place != rows.end()) return *place;
  rows.push_back(Row{name, type});
  return rows.back();
}

void measure(const Module& module, const Options& options) {
  std::vector<Row> rows;
  std::vector<Row> total;
  for (const Case& one : stability_cases()) {
    const auto wanted = [&](const std::string& name) {
      return name == one.id || name == one.group;
    };
    if (!options.names.empty() &&
        std::none_of(options.names.begin(), options.names.end(), wanted)) {
      continue;
    }
    std::size_t good[2] = {};
    for (const DataType type : {DataType::f32, DataType::f64}) {
      const char* name = type == DataType::f32 ? "f32" : "f64";
      const Score result = score(module, one, type, options.width);
      if (options.failures) print_failures(one, name, result);
      row(rows, options.cases ? one.id : one.group, name).add(result);
      row(total, "all", name).add(result);
      good[type == DataType::f64] = result.good_points;
    }
    if (options.floor) std::printf("%s %zu %zu\n", one.id.c_str(), good[0], good[1]);
  }
  if (options.floor) return;
  std::printf(
      "| %s | type | cases | do not compile | good points | NaN | inf | wrong sign | total loss | "
      "%% ≤ 4 + 2·cond | %% ≤ 8 + 4·cond |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
      options.cases ? "case" : "group");
  for (const Row& line : rows) line.print();
  for (const Row& line : total) line.print();
}

}  // namespace
}  // namespace lossc::testing

int main(int argc, char** argv) {
  lossc::testing::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--width" && i + 1 < argc) {
      options.width = static_cast<unsigned>(std::atoi(argv[++i]));
    } else if (argument == "--cases") {
      options.cases = true;
    } else if (argument == "--failures") {
      options.failures = true;
    } else if (argument == "--floor") {
      options.floor = true;
    } else {
      options.names.push_back(argument);
    }
  }
  const lossc::Engine engine;
  const auto module = engine.load_text(lossc::testing::stability_source(), "stability.loss");
  if (!module) {
    std::fprintf(stderr, "stability.loss: %s\n", module.error().message.c_str());
    return 1;
  }
  lossc::testing::measure(*module, options);
  return 0;
}
