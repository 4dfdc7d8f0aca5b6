// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random well-typed losses, as source text, with inputs that lie in their domains. Each term
// carries an interval of what it can be, so that logarithms get positive arguments and nothing
// overflows by construction; what is left to go wrong is the compiler.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lossc::testing {

struct RandomArray {
  std::string name;
  enum class Role { pred, target, param } role{};
  std::string domain;  ///< as written
  bool vector = false;
  bool label = false;  ///< class(K)
  double low = 0;
  double high = 0;
};

struct RandomLoss {
  std::string source;  ///< declares `loss f`
  std::vector<RandomArray> arrays;
  bool has_vectors = false;  ///< an axis K
};

class LossGenerator {
 public:
  explicit LossGenerator(std::uint64_t seed) : random_(seed) {}

  RandomLoss loss();
  double uniform(double low, double high);
  std::uint64_t below(std::uint64_t count) { return random_() % count; }

 private:
  struct Term {
    std::string text;
    bool vector = false;
    double low = 0;
    double high = 0;
    double magnitude() const;
  };

  Term leaf(bool vector);
  Term term(int depth, bool vector);
  Term positive(int depth, bool vector);
  Term unary(int depth, bool vector);
  Term binary(int depth, bool vector);
  Term conditional(int depth, bool vector);
  Term reduction(int depth);
  Term along_axis(int depth);
  Term tamed(Term t, double limit) const;
  Term logit(Term t) const;
  std::string condition(int depth, bool vector);
  std::string number(double low, double high);

  std::mt19937_64 random_;
  RandomLoss current_;
};

}  // namespace lossc::testing
