// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What surrounds random terms: parameters, definitions, clauses, helpers and losses that are
// called, options; losses of one example, of sequences with ignored labels, of a batch.
#include <algorithm>
#include <cmath>

#include "tests/differential/random_loss.h"

namespace lossc::testing {

/// What a loss may call: losses with and without derivatives of their own, funcs of vectors.
std::string LossGenerator::prelude() {
  return R"(loss plain(pred a: real, target b: real) {
  weight = 1 + b^2
  divisor = 2
  log(1 + (a - b)^2)
}
loss own(pred a: real, target b: real) {
  let r = a - b
  grad[a] = tanh(r) + r / 8
  r^2 / 2
}
loss pinball(pred a: real, target b: real) {
  let q = [0.1, 0.5, 0.9]
  sum(max(q * (b - a), (q - 1) * (b - a)))
}
func centred(v) = v - mean(v)
func squashed(v, s) = tanh(v / (1 + s^2))
)";
}

/// A call of one of them; of a vector, of each element.
LossGenerator::Term LossGenerator::called(int depth) {
  const Term a = tamed(term(depth - 1, false), 5);
  const Term b = leaf(false);
  const double size = a.magnitude() + b.magnitude();
  switch (below(3)) {
    case 0:
      return {"plain(" + a.text + ", " + b.text + ")", false, 0,
              (1 + b.magnitude() * b.magnitude()) * std::log1p(size * size)};
    case 1:
      return {"own(" + a.text + ", " + b.text + ")", false, 0, size * size / 2};
    default:
      return {"pinball(" + a.text + ", " + b.text + ")", false, 0, 3 * size};
  }
}

/// A branch that an option chooses, or a func of vectors.
LossGenerator::Term LossGenerator::chosen(int depth, bool vector) {
  if (vector && below(2) == 0) {
    const Term t = tamed(term(depth - 1, true), 50);
    if (!t.vector) return t;
    if (below(2) == 0) return {"centred(" + t.text + ")", true, t.low - t.high, t.high - t.low};
    return {"squashed(" + t.text + ", " + leaf(false).text + ")", true, -1, 1};
  }
  const Term a = term(depth - 1, vector);
  const Term b = term(depth - 1, vector);
  const bool flag = below(2) == 0;
  const std::string name = flag ? "flag" : "kind";
  if (!current_.options.contains(name)) {
    current_.options[name] = static_cast<std::int64_t>(below(2));
  }
  return {"(if " + std::string(flag ? "flag" : "kind == second") + " then " + a.text + " else " +
              b.text + ")",
          vector, std::min(a.low, b.low), std::max(a.high, b.high)};
}

/// Names for terms: numbers, vectors, vectors by element, arrays of two axes.
std::string LossGenerator::definitions() {
  std::string text;
  for (auto count = below(3); count-- > 0;) {
    const std::string name = "l" + std::to_string(lets_++);
    const auto kind = current_.has_vectors ? below(4) : 0;
    Term value;
    if (kind < 2) {
      value = term(2, kind == 1);
      text += "  let " + name + " = " + value.text + "\n";
      scope_.leaves.push_back({name, value.vector, value.low, value.high});
      continue;
    }
    const Scope outside = scope_;
    indices_ = 2;
    enter("i", false);
    if (kind == 3) enter("j", false);
    value = tamed(term(2, false), 20);
    scope_ = outside;
    indices_ = 0;
    if (kind == 2) {
      text += "  let " + name + "[i in K] = " + value.text + "\n";
      scope_.leaves.push_back({name, true, value.low, value.high});
    } else {
      text += "  let " + name + "[i in K, j in K] = " + value.text + "\n";
      scope_.matrices.push_back({name, value.low, value.high});
    }
  }
  return text;
}

/// A weight that is now and then 0, a divisor, a derivative of the author's own.
std::string LossGenerator::clauses() {
  std::string text;
  const bool target =
      std::any_of(current_.arrays.begin(), current_.arrays.end(),
                  [](const RandomArray& array) { return array.name == "t" && !array.vector; });
  if (target && below(3) == 0) {
    text += "  weight = if t > -1 then 0.5 + t^2 else 0\n";
    if (below(2) == 0) text += "  divisor = 1 + abs(t)\n";
  }
  if (below(8) == 0) {
    const Term slope = tamed(term(2, current_.has_vectors && below(2) == 0), 100);
    text += "  grad[z] = " + slope.text + "\n";
    if (below(2) == 0) text += "  hess[z] = exp(" + tamed(slope, 3).text + ")\n";
  }
  return text;
}

LossGenerator::Term LossGenerator::top_level() {
  Term body = current_.has_vectors ? (below(2) == 0 ? reduction(4) : indexed(4)) : term(4, false);
  if (body.vector) body = {"mean(" + body.text + ")", false, body.low, body.high};
  return body;
}

void LossGenerator::of_one_example() {
  current_.has_vectors = below(2) == 0;
  using Role = RandomArray::Role;
  auto add = [&](std::string name, Role role, std::string domain, double low, double high,
                 bool vector) {
    scope_.leaves.push_back({name, vector, low, high});
    current_.arrays.push_back({std::move(name), role, std::move(domain), vector, false, low, high});
  };
  add("z", Role::pred, "logit", -4, 4, current_.has_vectors);
  if (below(2) == 0) add("x", Role::pred, "real", -3, 3, false);
  if (below(3) == 0) add("p", Role::pred, "probability", 0.01, 0.99, current_.has_vectors);
  if (below(2) == 0) add("t", Role::target, "real", -3, 3, current_.has_vectors && below(2) == 0);
  if (below(3) == 0) add("a", Role::param, "positive", 0.1, 4, false);
  if (current_.has_vectors && below(3) == 0) add("w", Role::param, "nonnegative", 0.1, 2, true);
  if (current_.has_vectors) {
    current_.arrays.push_back({"y", Role::target, "class(K)", false, true, 0, 0});
    has_label_ = true;
  }
  const std::string lets = definitions();
  const std::string given = clauses();
  const Term body = top_level();
  const char* const roles[] = {"pred", "target", "param"};
  std::string parameters;
  for (const RandomArray& array : current_.arrays) {
    if (!parameters.empty()) parameters += ", ";
    parameters += std::string(roles[static_cast<int>(array.role)]) + " " + array.name + ": " +
                  array.domain + (array.vector ? "[K]" : "");
  }
  for (const auto& [name, value] : current_.options) {
    const bool flag = name == "flag";
    parameters += ", param " + name + (flag ? ": bool = false" : ": one_of(first, second) = first");
  }
  // Every differentiated argument takes part, so that no gradient is trivially zero.
  std::string anchor;
  for (const RandomArray& array : current_.arrays) {
    if (array.label) continue;
    anchor += array.vector ? " + 0.25 * mean(" + array.name + "^2)" : " + 0.25 * " + array.name;
  }
  current_.source = prelude() + "loss f(" + parameters + ") {\n" + lets + given + "  " + body.text +
                    anchor + "\n}\n";
}

/// Rows over T of logits over K, some of whose labels are ignored, and a mask.
void LossGenerator::of_sequences() {
  current_.has_vectors = true;
  scope_.leaves = {{"z[t]", true, -4, 4},
                   {"b", true, -3, 3},
                   {"m[t]", false, 0, 1},
                   {"g", false, 0.1, 3},
                   {"log_softmax(z[t])[c[t]]", false, -11, 0},
                   {"(if valid(c[t]) then 1 + c[t] / 20 else 0.5)", false, 0.5, 2},
                   {"b[c[t]]", false, -3, 3},
                   {"sum(onehot(c[t]) * z[t])", false, -4, 4}};
  const char* const filters[] = {"", " where valid(c[t])", " where m[t] == 1",
                                 " where valid(c[t]) and m[t] == 1"};
  const auto filter = below(4);
  const Term body = tamed(term(4, false), 30);
  const Term rest = reduced(std::string("t in T") + filters[filter], body, true);
  std::string options;
  for (const auto& [name, value] : current_.options) {
    options +=
        ", param " + name + (name == "flag" ? ": bool = false" : ": one_of(first, second) = first");
  }
  current_.source = prelude() +
                    "loss f(pred z: logit[T, K], target c: class(K, ignore = -100)[T], "
                    "target m: binary[T], param b: real[K], param g: positive" +
                    options + ") =\n  " + rest.text + " + mean(z^2) + sum(b) * g\n";
}

/// A batch of rows with all its pairs.
void LossGenerator::of_a_batch() {
  current_.has_vectors = true;
  scope_.leaves = {{"z", true, -3, 3}, {"r", true, -3, 3}, {"g", false, 0.1, 3}};
  scope_.matrices = {{"s", -30, 30}};
  const std::string lets = definitions();
  Term body = below(3) == 0 ? indexed(4) : pairs(4);
  std::string options;
  for (const auto& [name, value] : current_.options) {
    options +=
        ", param " + name + (name == "flag" ? ": bool = false" : ": one_of(first, second) = first");
  }
  current_.source = prelude() +
                    "batch loss f(pred z: real[K], pred e: real[K, D], target r: real[K], "
                    "param g: positive" +
                    options + ") {\n  let s[i, j] = dot(e[i], e[j]) / (1 + D)\n" + lets + "  " +
                    body.text + " + mean(z^2) + mean(e^2) * g\n}\n";
}

RandomLoss LossGenerator::loss() {
  current_ = {};
  scope_ = {};
  indices_ = 0;
  lets_ = 0;
  has_label_ = false;
  switch (below(6)) {
    case 0:
      of_sequences();
      break;
    case 1:
      of_a_batch();
      break;
    default:
      of_one_example();
  }
  return current_;
}

}  // namespace lossc::testing
