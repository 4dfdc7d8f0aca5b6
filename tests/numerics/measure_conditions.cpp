// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// measure_conditions [case…]
//
// Writes stability_conditions.json: the relative condition numbers of the Hessian diagonals of the
// stability corpus, Σ|xⱼ ∂Hᵢ/∂xⱼ| / |Hᵢ| over the differentiable inputs, which the corpus itself
// does not state. H comes from the interpreter's dual numbers on the formula as written, its
// derivative from a difference at a precision at which H is resolved and agrees with the corpus.
// Where none is found (differences of exp(1e30)) the condition is taken to be 0: the strictest.
#include <algorithm>
#include <cstdio>
#include <map>

#include "compiler/ir/interpreter.h"
#include "compiler/sema/check.h"
#include "tests/numerics/stability_corpus.h"

namespace lossc::testing {
namespace {

using ir::Real;

constexpr int step_bits = 64;       ///< of the difference: inputs move by 2^-64 of themselves
constexpr int resolved_bits = 110;  ///< to which H must be known for it

Real magnitude(const Real& x) { return x < 0 ? -x : x; }

bool agree(const Real& a, const Real& b, int bits) {
  return a == b || magnitude(a - b) <= ldexp(magnitude(a) + magnitude(b), -bits);
}

class Conditions {
 public:
  Conditions(const ir::Function& function, const Case& one) : function_(function), case_(one) {}

  /// One per flattened differentiable variable.
  std::vector<double> of(const Point& point) const {
    std::vector<Real> coarse;
    for (const unsigned bits : {512u, 2048u, 8192u}) {
      const ir::Precision precision(bits);
      const ir::Example example = example_of(point);
      const std::vector<Real> fine = diagonal(example);
      if (resolved(point, coarse, fine)) return conditions(point, example, fine);
      coarse = fine;
    }
    std::fprintf(stderr, "%s: a Hessian that is not resolved\n", case_.id.c_str());
    return std::vector<double>(coarse.size(), 0.0);
  }

 private:
  ir::Example example_of(const Point& point) const {
    std::map<std::string, std::int64_t> symbols;
    ir::Example example;
    for (std::size_t v = 0; v < case_.variables.size(); ++v) {
      if (case_.variables[v].is_vector) {
        symbols["K"] = static_cast<std::int64_t>(point.inputs[v].size());
      }
      auto& array = example.arrays.emplace_back();
      for (const double x : point.inputs[v]) array.push_back(Real(x));
    }
    example.sizes = ir::extents(function_, symbols).value();
    return example;
  }

  std::vector<Real> diagonal(const ir::Example& example) const {
    const ir::Output& value = *function_.find(ir::OutputKind::value);
    std::vector<Real> all;
    for (std::size_t v = 0; v < case_.variables.size(); ++v) {
      if (!case_.variables[v].differentiable) continue;
      const ir::ArrayId array = *function_.find_array(case_.variables[v].name);
      const auto part = ir::second_derivatives(function_, value, example, array);
      if (!part) return {};
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }

  bool resolved(const Point& point, const std::vector<Real>& coarse,
                const std::vector<Real>& fine) const {
    if (coarse.size() != fine.size() || fine.empty()) return false;
    std::size_t flat = 0;
    for (const auto& variable : point.hessians) {
      for (const Expected& expected : variable) {
        const Real& found = fine[flat];
        const bool known = isfinite(found) && agree(coarse[flat], found, resolved_bits) &&
                           agree(found, Real(expected.exact), 40);
        if (expected.exact != 0 && !known) return false;
        ++flat;
      }
    }
    return true;
  }

  std::vector<double> conditions(const Point& point, const ir::Example& example,
                                 const std::vector<Real>& here) const {
    std::vector<double> sums(here.size(), 0.0);
    std::vector<bool> is_zero;  // exactly: what is computed for it is noise
    for (const auto& variable : point.hessians) {
      for (const Expected& expected : variable) is_zero.push_back(expected.exact == 0);
    }
    for (std::size_t v = 0; v < case_.variables.size(); ++v) {
      if (!case_.variables[v].differentiable) continue;
      for (std::size_t i = 0; i < example.arrays[v].size(); ++i) {
        ir::Example moved = example;
        moved.arrays[v][i] += ldexp(moved.arrays[v][i], -step_bits);
        const std::vector<Real> there = diagonal(moved);
        for (std::size_t h = 0; h < here.size() && h < there.size(); ++h) {
          if (is_zero[h] || here[h] == 0 || !isfinite(there[h])) continue;
          const Real share = magnitude((there[h] - here[h]) / here[h]);
          sums[h] += std::min(static_cast<double>(ldexp(share, step_bits)), 1e300);
        }
      }
    }
    return sums;
  }

  const ir::Function& function_;
  const Case& case_;
};

void print(const Case& one, const ir::Function& function, bool first) {
  std::printf("%s\"%s\":[", first ? "{\n" : ",\n", one.id.c_str());
  for (std::size_t p = 0; p < one.points.size(); ++p) {
    std::printf("%s[", p == 0 ? "" : ",");
    if (!one.points[p].hessians.empty()) {
      const std::vector<double> row = Conditions(function, one).of(one.points[p]);
      for (std::size_t i = 0; i < row.size(); ++i) std::printf(i == 0 ? "%.3g" : ",%.3g", row[i]);
    }
    std::printf("]");
  }
  std::printf("]");
  std::fflush(stdout);
}

}  // namespace
}  // namespace lossc::testing

int main(int argc, char** argv) {
  using namespace lossc;
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const FileId file = sources.add("stability.loss", testing::stability_source());
  const sema::Module module = sema::check(file, "", {}, diagnostics);
  bool first = true;
  for (const testing::Case& one : testing::stability_cases()) {
    const std::vector<std::string> wanted(argv + 1, argv + argc);
    const bool all = wanted.empty();
    if (!all && std::find(wanted.begin(), wanted.end(), one.id) == wanted.end()) continue;
    for (const ir::Function& function : module.functions) {
      if (function.name != "case_" + one.id) continue;
      testing::print(one, function, first);
      first = false;
    }
  }
  std::printf("\n}\n");
  return 0;
}
