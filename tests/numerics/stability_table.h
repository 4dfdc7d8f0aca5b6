// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is kept of scores: the table of docs/numerics.md, and the misses of a case, which
// stability_misses.txt lists and stability_test.cpp lets never grow.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "tests/numerics/stability_score.h"

namespace lossc::testing {

/// The misses of one case by type: the greatest of all widths.
struct MissesOfCase {
  std::array<Misses, 2> of{};  ///< f32, f64
  bool broken = false;         ///< does not compile

  void add(DataType type, const Score& score);
  bool any() const { return broken || of[0].any() || of[1].any(); }
  /// `id A A B B C C convention convention`, f32 and f64 of each.
  std::string text(const std::string& id) const;
};

/// The lines of stability_misses.txt: a case that is not there misses nothing.
std::map<std::string, MissesOfCase> known_misses();

/// Figures of error / (1 + cond), and counts, of groups of cases.
class StabilityTable {
 public:
  void add(const std::string& row, DataType type, const Score& score);
  /// Markdown; `title` is the head of the first column.
  std::string text(const std::string& title) const;

 private:
  struct Figures {
    std::vector<double> errors;
    double worst() const;
    double percentile(double share) const;
  };
  struct Row {
    std::string name;
    std::array<Figures, 2> literal;  ///< f32, f64
    std::array<Figures, 2> ours;
    std::array<Figures, 2> hessian;
    std::array<Misses, 2> misses;
    std::array<std::size_t, 2> far{};  ///< past 4 + 2·cond
    std::array<std::size_t, 2> conventions{};
    std::size_t broken = 0;
  };
  static void append(const Row& row, std::size_t type, std::string& text);
  Row& row(const std::string& name);

  std::vector<Row> rows_;
  Row all_{"all", {}, {}, {}, {}, {}, {}, 0};
};

}  // namespace lossc::testing
