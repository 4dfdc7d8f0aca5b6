// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random well-typed losses, as source text, with inputs that lie in their domains. Each term
// carries an interval of what it can be, so that logarithms get positive arguments and nothing
// overflows by construction; what is left to go wrong is the compiler.
//
// Terms are made of leaves in scope: arrays, and inside of an index their elements, so that
// whatever a term can be it can be under an index too. random_loss.cpp has the terms,
// random_indices.cpp what binds an index, random_declarations.cpp what surrounds them.
#pragma once

#include <cstdint>
#include <map>
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
  /// Parameters of bool and one_of, and which value they are to have.
  std::map<std::string, std::int64_t> options;
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

  /// Arrays over K × K, T × K or N × N, by name.
  struct Matrix {
    std::string name;
    double low = 0;
    double high = 0;
  };
  /// What terms can be made of; what an index adds is gone after it.
  struct Scope {
    std::vector<Term> leaves;
    std::vector<Matrix> matrices;
  };

  Term leaf(bool vector);
  Term term(int depth, bool vector);
  Term positive(int depth, bool vector);
  Term unary(int depth, bool vector);
  Term binary(int depth, bool vector);
  Term conditional(int depth, bool vector);
  Term reduction(int depth);
  Term along_axis(int depth);
  // random_indices.cpp
  Term indexed(int depth);
  Term reduced(const std::string& brackets, Term body, bool may_be_empty);
  Term gathered(int depth);
  Term special(int depth, bool vector);
  Term pairs(int depth);
  void enter(const std::string& index, bool neighbours);
  // random_declarations.cpp
  std::string definitions();
  std::string clauses();
  std::string prelude();
  Term called(int depth);
  Term chosen(int depth, bool vector);
  Term top_level();
  void of_one_example();
  void of_sequences();
  void of_a_batch();
  Term tamed(Term t, double limit) const;
  Term logit(Term t) const;
  std::string condition(int depth, bool vector);
  std::string number(double low, double high);

  std::mt19937_64 random_;
  RandomLoss current_;
  Scope scope_;
  int indices_ = 0;  ///< open ones, and names of them
  int lets_ = 0;
  bool has_label_ = false;
};

}  // namespace lossc::testing
