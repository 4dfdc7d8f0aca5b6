// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/numerics/stability_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace lossc::testing {
namespace {

constexpr double lost = 64;  ///< ULP: what the corpus calls cancellation

Misses greatest(const Misses& a, const Misses& b) {
  return {std::max(a.sound, b.sound), std::max(a.good, b.good), std::max(a.hessian, b.hessian),
          std::max(a.convention, b.convention)};
}

std::string shown(double figure) {
  return std::isinf(figure) ? "inf" : fmt::format("{:.3g}", figure);
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void MissesOfCase::add(DataType type, const Score& score) {
  Misses& mine = of[type == DataType::f64];
  mine = greatest(mine, misses(score));
  broken = broken || !score.failure.empty();
}

std::string MissesOfCase::text(const std::string& id) const {
  if (broken) return id + " broken";
  return fmt::format("{} {} {} {} {} {} {} {} {}", id, of[0].sound, of[1].sound, of[0].good,
                     of[1].good, of[0].hessian, of[1].hessian, of[0].convention, of[1].convention);
}

std::map<std::string, MissesOfCase> known_misses() {
  std::map<std::string, MissesOfCase> result;
  std::istringstream lines(numerics_file("stability_misses.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string id;
    fields >> id;
    auto& [f32, f64] = result[id].of;
    fields >> f32.sound >> f64.sound >> f32.good >> f64.good >> f32.hessian >> f64.hessian >>
        f32.convention >> f64.convention;
  }
  return result;
}

double StabilityTable::Figures::worst() const {
  return errors.empty() ? 0 : *std::max_element(errors.begin(), errors.end());
}

double StabilityTable::Figures::percentile(double wanted) const {
  if (errors.empty()) return 0;
  std::vector<double> sorted = errors;
  const auto rank =
      static_cast<std::size_t>(std::ceil(wanted / 100 * static_cast<double>(sorted.size())) - 1);
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank),
                   sorted.end());
  return sorted[rank];
}

StabilityTable::Row& StabilityTable::row(const std::string& name) {
  const auto place = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const Row& candidate) { return candidate.name == name; });
  if (place != rows_.end()) return *place;
  rows_.emplace_back().name = name;
  return rows_.back();
}

void StabilityTable::add(const std::string& name, DataType type, const Score& score) {
  const std::size_t column = type == DataType::f64;
  for (Row* target : {&row(name), &all_}) {
    const Misses more = misses(score);
    Misses& sum = target->misses[column];
    sum = {sum.sound + more.sound, sum.good + more.good, sum.hessian + more.hessian,
           sum.convention + more.convention};
    target->broken += !score.failure.empty();
    for (const Number& number : score.numbers) {
      if (number.convention) {
        ++target->conventions[column];
        continue;
      }
      const bool finite = std::isfinite(number.got) || number.kind == Number::Kind::good;
      const double error = finite ? number.error_per_condition() : HUGE_VAL;
      if (number.part == Number::Part::hessian) {
        target->hessian[column].errors.push_back(error);
        continue;
      }
      target->ours[column].errors.push_back(error);
      target->far[column] += !number.close;
      target->literal[column].errors.push_back(
          number.exempt ? 0 : number.expected.literal[column] / (1 + number.expected.condition));
    }
  }
}

void StabilityTable::append(const Row& row, std::size_t type, std::string& text) {
  const Figures& literal = row.literal[type];
  const auto count = [](const Figures& figures, auto predicate) {
    return static_cast<std::size_t>(
        std::count_if(figures.errors.begin(), figures.errors.end(), predicate));
  };
  const std::size_t numbers = literal.errors.size();
  const std::size_t infinite = count(literal, [](double error) { return std::isinf(error); });
  const std::size_t bad = count(literal, [](double error) { return error > lost; });
  const Misses& misses = row.misses[type];
  text += fmt::format(
      "| {} | {} | {} | {:.1f} | {:.1f} | {} | {} | {} | {} | {} | {:.2f} | {} | {} | {} | {} | "
      "{}/{} |\n",
      row.name, type == 0 ? "f32" : "f64", numbers, share(infinite, numbers),
      share(bad - infinite, numbers), shown(literal.percentile(99.9)), shown(literal.worst()),
      shown(row.ours[type].percentile(99.9)), shown(row.ours[type].worst()), misses.sound,
      100 - share(row.far[type], numbers), misses.good, shown(row.hessian[type].percentile(99.9)),
      shown(row.hessian[type].worst()), misses.hessian, row.conventions[type] - misses.convention,
      row.conventions[type]);
}

std::string StabilityTable::text(const std::string& title) const {
  std::string text =
      "| " + title +
      " | type | numbers | literal: NaN, inf % | off > 64 % | 99.9 % | worst | lossc: 99.9 % | "
      "worst | A misses | B: % ≤ 4 + 2·cond | misses | C: 99.9 % | worst | misses | conventions |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  std::size_t broken = 0;
  for (const Row& row : rows_) {
    for (const std::size_t type : {0u, 1u}) append(row, type, text);
    broken += row.broken;
  }
  for (const std::size_t type : {0u, 1u}) append(all_, type, text);
  if (broken != 0) text += fmt::format("\n{} kernels do not compile or run.\n", broken);
  return text;
}

}  // namespace lossc::testing
