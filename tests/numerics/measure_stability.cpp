// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// measure_stability [--width N] [--cases] [--failures] [--misses] [--disguises] [case or group…]
//
// Prints the table of docs/numerics.md: how the compiler's results for the naive formulas of the
// stability corpus compare with the exact ones, at vector widths 4, 8 and 16 (--width: at that
// one), by group, beside literal evaluation. --cases: a row for each case. --failures: every number
// that is not good. --misses: what stability_misses.txt keeps.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/numerics/disguises.h"
#include "tests/numerics/stability_table.h"

namespace lossc::testing {
namespace {

struct Options {
  std::vector<unsigned> widths = {4, 8, 16};
  bool cases = false;
  bool failures = false;
  bool misses = false;
  bool disguises = false;
  std::vector<std::string> names;

  bool wants(const Case& one) const {
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
             return name == one.id || name == one.group;
           });
  }
};

void print_number(const Case& one, const std::string& where, const Number& number) {
  std::printf("%s %s %s: %s%s: %.9g, exactly %.9Lg (%.3g ULP, cond %.3g) at", one.id.c_str(),
              where.c_str(), number.what.c_str(), number.convention ? "convention, " : "",
              name_of(number.kind), number.got, number.expected.exact, number.error,
              number.expected.condition);
  for (std::size_t v = 0; v < one.variables.size(); ++v) {
    std::printf(" %s=", one.variables[v].name.c_str());
    for (const double x : one.points[number.point].inputs[v]) std::printf("%.9g ", x);
  }
  std::printf("\n");
}

void print_failures(const Case& one, const std::string& type, const Score& score) {
  if (!score.failure.empty())
    std::printf("%s %s: %s\n", one.id.c_str(), type.c_str(), score.failure.c_str());
  for (const Number& number : score.numbers) {
    if (number.kind != Number::Kind::good) print_number(one, type, number);
  }
}

void measure_disguises(const Engine& engine, const Module& plain, const Options& options) {
  for (const DisguiseInfo& row : disguises()) {
    const std::string source = disguised(stability_source(), row.disguise);
    const auto module = engine.load_text(source, std::string(row.name) + ".loss");
    if (!module) std::printf("%s: %s\n", row.name.data(), module.error().message.c_str());
    if (!module) continue;
    for (const Case& one : stability_cases()) {
      if (!options.wants(one)) continue;
      for (const DataType type : {DataType::f32, DataType::f64}) {
        const Score before = score(plain, one, type);
        const Score after = score(*module, one, type);
        const std::string where =
            std::string(type == DataType::f32 ? "f32 " : "f64 ") + std::string(row.name);
        if (before.failure != after.failure) {
          std::printf("%s %s: %s\n", one.id.c_str(), where.c_str(), after.failure.c_str());
        }
        for (const Number& number : lost_numbers(before, after)) print_number(one, where, number);
      }
    }
  }
}

void measure(const Module& module, const Options& options) {
  StabilityTable table;
  for (const Case& one : stability_cases()) {
    if (!options.wants(one)) continue;
    MissesOfCase worst;
    for (const DataType type : {DataType::f32, DataType::f64}) {
      const std::string name = type == DataType::f32 ? "f32" : "f64";
      for (const unsigned width : options.widths) {
        const Score result = score(module, one, type, width);
        // Widths seldom differ: one of them is shown.
        if (options.failures && width == options.widths.back()) print_failures(one, name, result);
        table.add(options.cases ? one.id : one.group, type, result);
        worst.add(type, result);
      }
    }
    if (options.misses && worst.any()) std::printf("%s\n", worst.text(one.id).c_str());
  }
  if (!options.misses) std::printf("%s", table.text(options.cases ? "case" : "group").c_str());
}

}  // namespace
}  // namespace lossc::testing

int main(int argc, char** argv) {
  lossc::testing::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--width" && i + 1 < argc) {
      options.widths = {static_cast<unsigned>(std::atoi(argv[++i]))};
    } else if (argument == "--cases") {
      options.cases = true;
    } else if (argument == "--failures") {
      options.failures = true;
    } else if (argument == "--misses") {
      options.misses = true;
    } else if (argument == "--disguises") {
      options.disguises = true;
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
  if (options.disguises) {
    lossc::testing::measure_disguises(engine, *module, options);
  } else {
    lossc::testing::measure(*module, options);
  }
  return 0;
}
