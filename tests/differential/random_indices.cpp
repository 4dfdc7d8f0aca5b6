// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random terms that bind an index: filters, ranges, neighbours, gathers, arrays of two axes.
#include <algorithm>
#include <cmath>

#include "tests/differential/random_loss.h"

namespace lossc::testing {

/// Every vector in scope by its element, the one before it, and the index as a number.
void LossGenerator::enter(const std::string& index, bool neighbours) {
  std::vector<Term> elements;
  for (const Term& leaf : scope_.leaves) {
    if (!leaf.vector) continue;
    elements.push_back({leaf.text + "[" + index + "]", false, leaf.low, leaf.high});
    if (neighbours) {
      elements.push_back({leaf.text + "[" + index + " - 1]", false, leaf.low, leaf.high});
    }
  }
  for (const Matrix& matrix : scope_.matrices) {
    scope_.leaves.push_back({matrix.name + "[" + index + "]", true, matrix.low, matrix.high});
    scope_.leaves.push_back({matrix.name + "[_, " + index + "]", true, matrix.low, matrix.high});
  }
  scope_.leaves.insert(scope_.leaves.end(), elements.begin(), elements.end());
  scope_.leaves.push_back({"(" + index + " / 20)", false, 0, 1});
}

/// One of the reductions over what the brackets say.
LossGenerator::Term LossGenerator::reduced(const std::string& brackets, Term body,
                                           bool may_be_empty) {
  const auto of = [&](const std::string& op, const std::string& text) {
    return op + "[" + brackets + "](" + text + ")";
  };
  body = tamed(body, 30);
  const std::string text = body.text;
  switch (below(7)) {
    case 0:
      return {of("sum", text), false, 20 * std::min(body.low, 0.0), 20 * std::max(body.high, 0.0)};
    case 1:
      return {of("mean", text), false, std::min(body.low, 0.0), std::max(body.high, 0.0)};
    case 2:
      return {of("prod", "(1 + 0.05 * tanh(" + text + "))"), false, 0.3, 2.8};
    case 3:
      return {"count[" + brackets + "](" + text + " > 0.3)", false, 0, 20};
    case 4:
    case 5: {
      const std::string op = below(2) == 0 ? "max" : "logsumexp";
      const std::string largest = of(op, logit(body).text);
      if (!may_be_empty) return {largest, false, -61, 61};
      return {"max(-2, " + largest + ")", false, -2, 61};
    }
    default: {
      const std::string least = of("min", text);
      if (!may_be_empty) return {least, false, body.low, body.high};
      return {"min(3, " + least + ")", false, std::min(3.0, body.low), 3};
    }
  }
}

LossGenerator::Term LossGenerator::indexed(int depth) {
  if (indices_ >= 2) return leaf(false);
  const Scope outside = scope_;
  const std::string index(1, static_cast<char>('i' + indices_++));
  std::string brackets = index + " in K";
  bool may_be_empty = false;
  switch (below(5)) {
    case 0:
      enter(index, true);
      brackets = index + " in 1 .. K - 1";
      may_be_empty = true;
      break;
    case 1:
      enter(index, false);
      if (has_label_) brackets = index + " in 0 .. y";
      break;
    case 2:
      enter(index, false);
      if (has_label_) brackets = index + " in y + 1 .. K - 1";
      may_be_empty = has_label_;
      break;
    default:
      enter(index, false);
  }
  if (below(3) == 0) {
    const std::string filter = has_label_ && below(2) == 0 ? index + " != y" : condition(1, false);
    brackets += " where " + filter;
    may_be_empty = true;
  }
  const Term body = term(depth - 1, false);
  scope_ = outside;
  --indices_;
  return reduced(brackets, body, may_be_empty);
}

/// One element: of a label, of where something is largest, the first, or one that is computed.
LossGenerator::Term LossGenerator::gathered(int depth) {
  const Term from = leaf(true);
  if (!from.vector) return from;
  std::string at = "0";
  switch (below(4)) {
    case 0:
      if (has_label_) at = "y";
      break;
    case 1:
      at = "argmax(" + term(depth - 1, true).text + " + " + from.text + ")";
      break;
    case 2:
      if (has_label_) at = "min(y + 1, K - 1)";
      break;
    default:
      break;
  }
  return {from.text + "[" + at + "]", false, from.low, from.high};
}

/// Σ over pairs of elements.
LossGenerator::Term LossGenerator::pairs(int depth) {
  if (indices_ != 0) return leaf(false);
  const Scope outside = scope_;
  indices_ = 2;
  for (const char* index : {"i", "j"}) enter(index, false);
  for (const Matrix& matrix : outside.matrices) {
    scope_.leaves.push_back({matrix.name + "[i, j]", false, matrix.low, matrix.high});
  }
  const char* const filters[] = {"", " where i != j", " where i < j", " where j <= i"};
  const auto filter = below(4);
  const Term body = tamed(term(depth - 1, false), 10);
  scope_ = outside;
  indices_ = 0;
  const std::string brackets = std::string("[i in K, j in K") + filters[filter] + "]";
  return {"mean" + brackets + "(" + body.text + ")", false, std::min(body.low, 0.0),
          std::max(body.high, 0.0)};
}

LossGenerator::Term LossGenerator::special(int depth, bool vector) {
  switch (below(6)) {
    case 0: {
      const Term t = term(depth - 1, vector);
      return {"stop_gradient(" + t.text + ")", t.vector, t.low, t.high};
    }
    case 1: {
      const Term t = term(depth - 1, vector);
      return {"assume(clamp(" + t.text + ", 0, 1), probability)", t.vector, 0, 1};
    }
    case 2:
      return chosen(depth, vector);
    case 3:
      if (!vector) return called(depth);
      if (has_label_) return {"onehot(y)", true, 0, 1};
      return leaf(true);
    case 4:
      if (!vector && current_.has_vectors) return pairs(depth);
      return unary(depth, vector);
    default:
      if (!vector && current_.has_vectors) return gathered(depth);
      return binary(depth, vector);
  }
}

}  // namespace lossc::testing
