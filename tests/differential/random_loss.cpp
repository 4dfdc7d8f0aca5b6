// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/differential/random_loss.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lossc::testing {

namespace {

struct Interval {
  double low;
  double high;
};

Interval product(double a, double b, double c, double d) {
  const double ends[] = {a * c, a * d, b * c, b * d};
  return {*std::min_element(ends, ends + 4), *std::max_element(ends, ends + 4)};
}

}  // namespace

double LossGenerator::Term::magnitude() const { return std::max(std::fabs(low), std::fabs(high)); }

double LossGenerator::uniform(double low, double high) {
  // Not std::uniform_real_distribution: its numbers differ between standard libraries.
  return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53;
}

std::string LossGenerator::number(double low, double high) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", uniform(low, high));
  return text;
}

LossGenerator::Term LossGenerator::leaf(bool vector) {
  std::vector<const Term*> fitting;
  for (const Term& term : scope_.leaves) {
    if (term.vector == vector) fitting.push_back(&term);
  }
  if (fitting.empty() || (!vector && below(6) == 0)) {
    const std::string text = number(0.1, 3);
    return {text, false, 0.1, 3};
  }
  return *fitting[below(fitting.size())];
}

/// Squeezes a term that may be too large for what is to be done with it.
LossGenerator::Term LossGenerator::tamed(Term t, double limit) const {
  if (t.magnitude() <= limit) return t;
  return {"tanh(" + t.text + ")", t.vector, -1, 1};
}

/// What may stand where a logit is wanted: the checker refuses plain probabilities there.
LossGenerator::Term LossGenerator::logit(Term t) const {
  if (t.low < 0) return t;
  return {"(2 * " + t.text + " - 1)", t.vector, 2 * t.low - 1, 2 * t.high - 1};
}

LossGenerator::Term LossGenerator::positive(int depth, bool vector) {
  Term t = term(depth - 1, vector);
  if (t.low > 0.01) return t;
  switch (below(4)) {
    case 0:
      return {"(" + t.text + "^2 + 0.5)", t.vector, 0.5, t.magnitude() * t.magnitude() + 0.5};
    case 1: {
      t = tamed(t, 6);
      return {"exp(" + t.text + ")", t.vector, std::exp(t.low), std::exp(t.high)};
    }
    case 2:
      return {"(1 + abs(" + t.text + "))", t.vector, 1, 1 + t.magnitude()};
    default:
      t = logit(tamed(t, 30));
      return {"softplus(" + t.text + ")", t.vector, std::log1p(std::exp(t.low)),
              std::log1p(std::exp(t.high))};
  }
}

LossGenerator::Term LossGenerator::unary(int depth, bool vector) {
  Term t = term(depth - 1, vector);
  const double m = t.magnitude();
  switch (below(13)) {
    case 0:
      return {"(-" + t.text + ")", t.vector, -t.high, -t.low};
    case 1:
      return {"tanh(" + t.text + ")", t.vector, -1, 1};
    case 2:
      return {"sigmoid(" + logit(t).text + ")", t.vector, 0, 1};
    case 3:
      return {"softplus(" + logit(t).text + ")", t.vector, 0, std::max(t.high, 0.0) + 0.7};
    case 4:
      return {"abs(" + t.text + ")", t.vector, 0, m};
    case 5:
      return {"(" + tamed(t, 100).text + ")^2", t.vector, 0, std::min(m * m, 1e4)};
    case 6: {
      t = tamed(t, 8);
      return {"exp(" + t.text + ")", t.vector, std::exp(t.low), std::exp(t.high)};
    }
    case 7: {
      t = positive(depth, vector);
      return {"log(" + t.text + ")", t.vector, std::log(t.low), std::log(t.high)};
    }
    case 8: {
      t = positive(depth, vector);
      return {"sqrt(" + t.text + ")", t.vector, std::sqrt(t.low), std::sqrt(t.high)};
    }
    case 9: {
      t = positive(depth, vector);
      return {"log1p(" + t.text + ")", t.vector, 0, std::log1p(t.high)};
    }
    case 10: {
      t = tamed(t, 8);
      return {"expm1(" + t.text + ")", t.vector, std::expm1(t.low), std::expm1(t.high)};
    }
    case 11: {
      t = positive(depth, vector);
      return {"log(1 - exp(-" + t.text + "))", t.vector, std::log(-std::expm1(-t.low)), 0};
    }
    default:
      return {"log_sigmoid(" + logit(t).text + ")", t.vector, std::min(t.low, 0.0) - 0.7, 0};
  }
}

LossGenerator::Term LossGenerator::binary(int depth, bool vector) {
  const bool both = vector && below(2) == 0;
  Term a = term(depth - 1, vector);
  Term b = term(depth - 1, both);
  if (below(2) == 0) std::swap(a, b);
  const bool is_vector = a.vector || b.vector;
  switch (below(7)) {
    case 0:
      return {"(" + a.text + " + " + b.text + ")", is_vector, a.low + b.low, a.high + b.high};
    case 1:
      return {"(" + a.text + " - " + b.text + ")", is_vector, a.low - b.high, a.high - b.low};
    case 2:
    case 3: {
      a = tamed(a, 1e4);
      b = tamed(b, 1e4);
      const Interval p = product(a.low, a.high, b.low, b.high);
      return {"(" + a.text + " * " + b.text + ")", is_vector, p.low, p.high};
    }
    case 4: {
      Term d = positive(depth, false);
      const double least = std::max(d.low, 1e-3);
      a = tamed(a, 1e4);
      return {"(" + a.text + " / (" + d.text + " + 0.01))", a.vector,
              a.low < 0 ? -a.magnitude() / least : 0, a.magnitude() / least};
    }
    case 5:
      return {"max(" + a.text + ", " + b.text + ")", is_vector, std::max(a.low, b.low),
              std::max(a.high, b.high)};
    default:
      return {"min(" + a.text + ", " + b.text + ")", is_vector, std::min(a.low, b.low),
              std::min(a.high, b.high)};
  }
}

std::string LossGenerator::condition(int depth, bool vector) {
  const char* relations[] = {" < ", " > ", " <= ", " >= "};
  std::string text = term(depth - 1, vector).text + relations[below(4)] + number(-1, 1);
  if (below(4) == 0) text = "(" + text + " and " + leaf(vector).text + " > " + number(-1, 1) + ")";
  return text;
}

LossGenerator::Term LossGenerator::conditional(int depth, bool vector) {
  const Term a = term(depth - 1, vector);
  const Term b = term(depth - 1, vector);
  return {"(if " + condition(depth, vector) + " then " + a.text + " else " + b.text + ")", vector,
          std::min(a.low, b.low), std::max(a.high, b.high)};
}

LossGenerator::Term LossGenerator::reduction(int depth) {
  Term t = logit(term(depth - 1, true));
  if (!t.vector) return t;
  switch (below(7)) {
    case 0:
      t = tamed(t, 1e3);
      return {"sum(" + t.text + ")", false, 20 * std::min(t.low, 0.0), 20 * std::max(t.high, 0.0)};
    case 1:
      return {"mean(" + t.text + ")", false, t.low, t.high};
    case 2:
      return {"max(" + t.text + ")", false, t.low, t.high};
    case 3:
      return {"min(" + t.text + ")", false, t.low, t.high};
    case 4:
      return {"logsumexp(" + t.text + ")", false, t.low, t.high + 3};
    case 5: {
      t = tamed(t, 100);
      return {"sqrt(0.5 + sum((" + t.text + ")^2))", false, 0.7, 20 * t.magnitude() + 1};
    }
    default:
      if (!has_label_) return {"mean(" + t.text + ")", false, t.low, t.high};
      return {"(log_softmax(" + t.text + ")[y])", false, t.low - t.high - 3, 0};
  }
}

LossGenerator::Term LossGenerator::along_axis(int depth) {
  const Term t = logit(term(depth - 1, true));
  if (!t.vector) return t;
  if (below(2) == 0) return {"softmax(" + t.text + ")", true, 0, 1};
  return {"(" + t.text + " - mean(" + t.text + "))", true, t.low - t.high, t.high - t.low};
}

LossGenerator::Term LossGenerator::term(int depth, bool vector) {
  if (depth <= 0) return leaf(vector);
  Term t;
  const auto kind = below(12);
  if (kind >= 10) {
    t = special(depth, vector);
  } else if (kind < 4) {
    t = unary(depth, vector);
  } else if (kind < 7) {
    t = binary(depth, vector);
  } else if (kind == 7) {
    t = conditional(depth, vector);
  } else if (vector) {
    t = along_axis(depth);
  } else if (current_.has_vectors) {
    t = below(2) == 0 ? reduction(depth) : indexed(depth);
  } else {
    t = unary(depth, false);
  }
  return tamed(t, 1e4);
}

}  // namespace lossc::testing
