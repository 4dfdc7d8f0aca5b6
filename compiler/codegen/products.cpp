// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of powers, so evaluated that no partial product leaves the range of the float type when
// the result does not. With at most two factors that may be large, an order does it: quotients
// first, ((x − a)/s)² and never (x − a)²/s². With more of them no order does; then every factor is
// split into exponent and significand, and the exponents are added apart.

#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/split.h"
#include "compiler/ir/builtins.h"

namespace lossc::codegen {

namespace {

constexpr long most_multiplied = 16;

/// What is far from 1 for the purpose of overflow: with 16 factors nearer than this none occurs.
constexpr double far = 0x1p32;

bool may_be_large(const analysis::Range& range) { return range.high > far || range.low < -far; }

/// Near 0; exactly 0 is no matter, the product is 0 then.
bool may_be_small(const analysis::Range& range) {
  return !range.integer && range.low < 1 / far && range.high > -1 / far;
}

}  // namespace

llvm::Value* Emitter::whole_power(llvm::Value* base, long exponent, const Simd& simd) {
  llvm::Value* result = nullptr;
  for (llvm::Value* square = base; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0) result = result == nullptr ? square : simd.mul(result, square);
    if (exponent > 1) square = simd.mul(square, square);
  }
  return result;
}

/// base^exponent for exponent > 0 as factors that are only multiplied: roots and other powers are
/// taken here.
void Emitter::append_power(std::vector<Factor>& factors, Factor base, const ir::Number& exponent,
                           Scope& scope) {
  const Simd& simd = scope.simd;
  auto add = [&](llvm::Value* value, long count) {
    if (count == 0) return;
    Factor factor = base;
    factor.value = value;
    factor.count = count;
    factor.exp_of = value == base.value ? base.exp_of : nullptr;
    factor.tail_of = value == base.value ? base.tail_of : nullptr;
    factor.extended = value == base.value ? base.extended : nullptr;
    factor.rest = value == base.value ? base.rest : nullptr;
    factors.push_back(factor);
  };
  auto halves = (exponent + exponent).to_long();
  if (halves && *halves <= 2 * most_multiplied) {
    add(base.value, *halves / 2);
    if (*halves % 2 != 0) add(simd.sqrt(base.value), 1);
  } else if ((exponent + exponent + exponent).is(1)) {
    llvm::Value* arguments[] = {base.value};
    add(kernel("cbrt", arguments, simd), 1);
  } else {
    // The exponent in f64 also for f32, which has other digits of 0.9.
    const Simd wide = simd.with_type(FloatType::f64);
    llvm::Value* arguments[] = {simd.to_f64(base.value), wide.constant(exponent.to_double())};
    add(simd.from_float(kernel("pow", arguments, wide)), 1);
  }
}

void Emitter::append_factor(std::vector<Factor>& factors, ir::ExprId operand,
                            const ir::Number& exponent, Scope& scope) {
  const analysis::Range& range = ranges_[operand];
  const bool large = may_be_large(range);
  const bool small = may_be_small(range);
  Factor factor;
  factor.value = number(operand, scope);
  factor.below = exponent.sign() < 0;
  factor.grows = factor.below ? small : large;
  factor.shrinks = factor.below ? large : small;
  const bool exponential = graph_.op(operand) == ir::Op::call &&
                           graph_.builtin(operand) == ir::Builtin::exp && (large || small);
  if (exponential) factor.exp_of = number(graph_.operands(operand)[0], scope);
  if (&home(operand, scope) != &scope) factor.extended = extended(operand, scope);
  const bool tail = is_tail(operand) && small && !factor.below;
  if (tail && factor.extended == nullptr) add_tail(factor, operand, scope);
  append_power(factors, factor, factor.below ? -exponent : exponent, scope);
}

std::vector<Emitter::Factor> Emitter::factors_of(ir::ExprId id, Scope& scope) {
  std::vector<Factor> factors;
  for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
    append_factor(factors, graph_.operands(id)[i], graph_.factors(id)[i], scope);
  }
  return factors;
}

/// Whether no order of multiplication is safe: three that may grow, or one of two is an exp, which
/// itself leaves the range long before its product does; a tail beside what may be large. (Not a
/// tail from outside a loop times an element: that costs more than it is worth.)
bool Emitter::needs_splitting(ir::ExprId id, Scope& scope) {
  std::size_t growing = 0;
  std::size_t shrinking = 0;
  std::size_t both = 0;
  bool exponential = false;
  bool tail = false;
  bool computed = false;
  std::size_t beside = 0;
  auto operands = graph_.operands(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const analysis::Range& range = ranges_[operands[i]];
    const bool large = may_be_large(range);
    const bool small = may_be_small(range);
    const bool below = graph_.factors(id)[i].sign() < 0;
    const bool falls = small && !below && holds_tail(operands[i]);
    const bool here = !dependence_.literal(operands[i]) && &home(operands[i], scope) == &scope;
    tail = tail || falls;
    growing += below ? small : large;
    if (!falls && (below ? small : large && !sums_bounded(operands[i]))) {
      ++beside;
      computed = computed || (here && graph_.op(operands[i]) != ir::Op::load);
    }
    computed = computed || (falls && here);
    shrinking += below ? large : small;
    both += small && large;
    exponential = exponential || ((small || large) && graph_.op(operands[i]) == ir::Op::call &&
                                  graph_.builtin(operands[i]) == ir::Builtin::exp);
  }
  // What grows and what shrinks must be two factors.
  const bool opposed = shrinking > 0 && (both != 1 || shrinking > 1 || growing > 1);
  return (tail && computed && beside > 0) || (opposed && growing >= (exponential ? 2 : 3));
}

/// Kept: the partial products of a gradient have the same factors again and again.
SplitNumber Emitter::split_factor(const Factor& factor, Scope& scope) {
  SplitNumber& known = scope.splits[factor.value];
  if (known.significand == nullptr) {
    const Split parts = factor.exp_of != nullptr ? split_exp(Real{&scope.simd, factor.exp_of})
                                                 : split(Real{&scope.simd, factor.value});
    known = {parts.m.value, parts.k.value};
    if (factor.rest != nullptr) known = split_rest(factor, known, scope);
    if (factor.tail_of != nullptr) known = split_tail(factor, known, scope);
    if (factor.extended != nullptr) known = split_extended(factor.extended, scope);
  }
  return known;
}

/// 2^k·m of the product. Significands lie in (1/2, 2); so many of them are multiplied that theirs
/// stays well within the range, and is split again when there are more.
SplitNumber Emitter::split_product(const std::vector<Factor>& factors, double coefficient,
                                   Scope& scope) {
  const Simd& simd = scope.simd;
  const long most = simd.is_f32() ? 48 : 400;
  int power = 1;
  const double significand = std::isfinite(coefficient) && coefficient != 0
                                 ? 2 * std::frexp(coefficient, &power)
                                 : coefficient;
  --power;
  // The coefficient comes last, so that products which differ in it share the rest.
  Real m{&simd, nullptr};
  Real k{&simd, nullptr};
  Real below{&simd, nullptr};
  const auto times = [](Real& product, Real x) {
    product = product.value == nullptr ? x : product * x;
  };
  const auto divided = [&] {
    if (m.value == nullptr) m = m.constant(1);
    if (below.value != nullptr) m = m / below;
    below.value = nullptr;
  };
  long multiplied = 0;
  for (const Factor& factor : factors) {
    if (multiplied + factor.count > most) {
      divided();
      const Split parts = split(m);
      m = parts.m;
      k = k + parts.k;
      multiplied = 1;
    }
    multiplied += factor.count;
    const SplitNumber parts = split_factor(factor, scope);
    const Real exponent{&simd, parts.exponent};
    const Real raised{&simd, whole_power(parts.significand, factor.count, simd)};
    Real shift = factor.count == 1 ? exponent : static_cast<double>(factor.count) * exponent;
    if (factor.below) shift = -shift;
    times(factor.below ? below : m, raised);
    k = k.value == nullptr ? shift : k + shift;
  }
  divided();
  if (significand != 1) m = significand == -1 ? -m : m * significand;
  if (k.value == nullptr) k = k.constant(0);
  if (power != 0) k = k + power;
  return {m.value, k.value};
}

/// u^m/d^n, m and n their counts: q = u/d, and then what is left of q, u and d by turns, so that
/// neither q² nor d² is formed where the rest would bring it back. A coefficient below 1 comes
/// before what it may bring back as well, and is 1 then.
llvm::Value* Emitter::quotient_of(Factor& above, Factor& below, double& coefficient,
                                  const Simd& simd) {
  llvm::Value* quotient = simd.div(above.value, below.value);
  long common = std::min(above.count, below.count);
  above.count -= common;
  below.count -= common;
  llvm::Value* result = quotient;
  const bool more = common > 1 || above.count > 0 || below.count > 0;
  const bool scales = more && coefficient != 0 && std::fabs(coefficient) < 1;
  if (scales) result = simd.mul(result, simd.constant(std::exchange(coefficient, 1)));
  if (above.count == 0 && below.count == 0) {
    return scales ? simd.mul(result, whole_power(quotient, common - 1, simd))
                  : whole_power(quotient, common, simd);
  }
  for (--common; common + above.count + below.count > 0;) {
    if (below.count > 0) {
      result = simd.div(result, below.value);
      --below.count;
    }
    if (above.count > 0) {
      result = simd.mul(result, above.value);
      --above.count;
    }
    if (common > 0) {
      result = simd.mul(result, quotient);
      --common;
    }
  }
  return result;
}

/// The factors of one side: u²v as (uv)u where both may be far from 1. Null if there is none.
llvm::Value* Emitter::multiplied(std::vector<Factor>& factors, bool below, llvm::Value* result,
                                 const Simd& simd) {
  auto multiply = [&](llvm::Value* x) { result = result == nullptr ? x : simd.mul(result, x); };
  auto left = [&](const Factor& factor) { return factor.below == below && factor.count > 0; };
  auto is_far = [](const Factor& factor) { return factor.grows || factor.shrinks; };
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (!left(factors[i])) continue;
    auto other = std::find_if(
        factors.begin() + static_cast<std::ptrdiff_t>(i) + 1, factors.end(),
        [&](const Factor& factor) { return left(factor) && is_far(factor) && is_far(factors[i]); });
    if (other != factors.end()) {
      const long common = std::min(factors[i].count, other->count);
      multiply(whole_power(simd.mul(factors[i].value, other->value), common, simd));
      factors[i].count -= common;
      other->count -= common;
    }
    // x²y as (xy)x also where y may only be 0: then it is 0 whatever x is.
    auto moderate = std::find_if(factors.begin(), factors.end(), [&](const Factor& factor) {
      return left(factor) && !is_far(factor);
    });
    if (factors[i].count > 1 && factors[i].grows && moderate != factors.end() &&
        &*moderate != &factors[i]) {
      multiply(simd.mul(factors[i].value, moderate->value));
      --factors[i].count;
      --moderate->count;
      for (; factors[i].count > 0; --factors[i].count) multiply(factors[i].value);
    }
    if (factors[i].count > 0) multiply(whole_power(factors[i].value, factors[i].count, simd));
    factors[i].count = 0;
  }
  return result;
}

/// c·u² as (c·u)·u, which is infinite only where the product is.
bool Emitter::coefficient_first(std::vector<Factor>& factors, double coefficient,
                                const Simd& simd) {
  long growing = 0;
  std::size_t place = factors.size();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i].below) return false;
    if (!factors[i].grows) continue;
    growing += factors[i].count;
    place = std::min(place, i);
  }
  if (growing < 2 || coefficient == 0) return false;
  Factor first = factors[place];
  first.value = simd.mul(first.value, simd.constant(coefficient));
  first.count = 1;
  --factors[place].count;
  factors.insert(factors.begin(), first);
  return true;
}

/// Quotients first, then what is left above, then what is left below.
llvm::Value* Emitter::ordered_product(std::vector<Factor> factors, double coefficient,
                                      Scope& scope) {
  const Simd& simd = scope.simd;
  llvm::Value* result = nullptr;
  if (std::fabs(coefficient) < 1 && coefficient_first(factors, coefficient, simd)) coefficient = 1;
  // Those that may grow meet first.
  std::stable_sort(factors.begin(), factors.end(),
                   [](const Factor& a, const Factor& b) { return a.grows && !b.grows; });
  auto partner = [&](const Factor& below, bool same) {
    return std::find_if(factors.begin(), factors.end(), [&](const Factor& above) {
      return !above.below && above.count > 0 && (!same || above.value == below.value);
    });
  };
  for (const bool same : {true, false}) {
    for (Factor& below : factors) {
      const bool moderate = !below.grows && !below.shrinks;
      if (!below.below || below.count == 0 || (moderate && !same)) continue;
      auto above = partner(below, same);
      if (above == factors.end()) continue;
      llvm::Value* quotient = quotient_of(*above, below, coefficient, simd);
      result = result == nullptr ? quotient : simd.mul(result, quotient);
    }
  }
  result = multiplied(factors, false, result, simd);
  if (result != nullptr) {
    for (Factor& factor : factors) {
      const bool moderate = !factor.grows && !factor.shrinks;
      if (!factor.below || moderate) continue;
      for (; factor.count > 0; --factor.count) result = simd.div(result, factor.value);
    }
  }
  llvm::Value* denominator = multiplied(factors, true, nullptr, simd);
  if (result == nullptr) {
    result = simd.constant(coefficient);
  } else if (coefficient == -1) {
    result = simd.neg(result);
  } else if (coefficient != 1) {
    result = simd.mul(result, simd.constant(coefficient));
  }
  return denominator == nullptr ? result : simd.div(result, denominator);
}

/// c·Πx of a sum's term where Πx may be infinite although c·Πx is not; else null.
llvm::Value* Emitter::scaled_term(const Term& term, Scope& scope) {
  const ir::ExprId id = term.id;
  const bool here = graph_.op(id) == ir::Op::mul && !dependence_.literal(id) &&
                    &home(id, scope) == &scope && std::fabs(term.coefficient) < 1;
  if (!here || needs_splitting(id, scope)) return nullptr;
  double growing = 0;
  for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
    const analysis::Range& range = ranges_[graph_.operands(id)[i]];
    const double exponent = graph_.factors(id)[i].to_double();
    if (exponent < 0 ? may_be_small(range) : may_be_large(range)) growing += std::fabs(exponent);
  }
  if (growing < 2) return nullptr;
  const std::vector<Factor> factors = factors_of(id, scope);
  std::vector<llvm::Value*> values;
  for (const ir::ExprId operand : graph_.operands(id)) values.push_back(number(operand, scope));
  const double coefficient = term.coefficient * graph_.constant_of(id).to_double();
  return zero_rule(id, ordered_product(factors, coefficient, scope), values, scope);
}

llvm::Value* Emitter::joined_product(const std::vector<Factor>& factors, double coefficient,
                                     Scope& scope) {
  const SplitNumber split = split_product(factors, coefficient, scope);
  return joined(Real{&scope.simd, split.significand}, Real{&scope.simd, split.exponent}).value;
}

Value Emitter::emit_mul(ir::ExprId id, Scope& scope) {
  const double coefficient = graph_.constant_of(id).to_double();
  const bool split_apart = needs_splitting(id, scope);
  llvm::Value* product = split_apart ? share_of_row(id, scope) : element_of_row(id, scope);
  if (product != nullptr) return {product, Sort::number};
  const std::vector<Factor> factors = factors_of(id, scope);
  // An element times a number of the row that f32 may not hold.
  std::optional<InParts> parts;
  std::size_t place = 0;
  for (; place < graph_.operands(id).size() && !parts; ++place) {
    if (graph_.factors(id)[place].is(1)) {
      parts = extended_in_parts(graph_.operands(id)[place], scope);
    }
  }
  if (split_apart) {
    for (const ir::ExprId operand : graph_.operands(id)) {
      if (sums_tails(operand)) split_sum(operand, scope);
    }
    product = joined_product(factors, coefficient, scope);
  } else {
    std::vector<Factor> scaled = factors;
    if (parts) {
      llvm::Value* whole = number(graph_.operands(id)[place - 1], scope);
      for (Factor& factor : scaled) {
        if (factor.value == whole) factor.value = parts->value;
      }
    }
    product = ordered_product(scaled, coefficient, scope);
    if (parts) product = scope.simd.mul(product, parts->scale);
  }
  std::vector<llvm::Value*> values;
  for (ir::ExprId operand : graph_.operands(id)) values.push_back(number(operand, scope));
  llvm::Value* result = zero_rule(id, product, values, scope);
  if (split_apart && result != product) {
    // A tail that has left the range is not an exact zero; but it outweighs what has overflowed.
    const Simd& simd = scope.simd;
    llvm::Value* finite = simd.compare_lt(simd.abs(product), simd.infinity());
    result = simd.select(finite, product, result);
  }
  return {fallen_rule(id, result, values, scope), Sort::number};
}

/// An exponential that has fallen to 0 is no exact zero, and what stands beside it may have
/// overflowed as a power does: the exponential outweighs it.
llvm::Value* Emitter::fallen_rule(ir::ExprId id, llvm::Value* product,
                                  const std::vector<llvm::Value*>& factors, Scope& scope) {
  const Simd& simd = scope.simd;
  const auto operands = graph_.operands(id);
  bool overflows = false;
  llvm::Value* fallen = nullptr;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const analysis::Range& range = ranges_[operands[i]];
    const bool below = graph_.factors(id)[i].sign() < 0;
    const bool computed = graph_.op(operands[i]) != ir::Op::load;
    overflows = overflows || (!below && computed && may_be_large(range));
    const bool exponential =
        is_tail(operands[i]) ||
        (graph_.op(operands[i]) == ir::Op::call && graph_.builtin(operands[i]) == ir::Builtin::exp);
    if (below || !exponential || range.may_be_zero() || !may_be_small(range)) continue;
    llvm::Value* check = simd.compare_eq(factors[i], simd.constant(0));
    fallen = fallen == nullptr ? check : simd.mask_or(fallen, check);
  }
  if (!overflows || fallen == nullptr) return product;
  // Split apart, the product is finite where it is right.
  llvm::Value* finite = simd.compare_lt(simd.abs(product), simd.infinity());
  fallen = simd.mask_and(fallen, simd.mask_not(finite));
  for (llvm::Value* factor : factors) {
    fallen = simd.mask_and(fallen, builder_.CreateFCmpORD(factor, factor));
  }
  return simd.select(fallen, simd.constant(0), product);
}

/// log of a product that may leave the range although its logarithm does not; null where it cannot.
llvm::Value* Emitter::log_of_product(ir::ExprId id, Scope& scope) {
  if (graph_.op(id) != ir::Op::mul) return nullptr;
  std::size_t far_factors = 0;
  for (ir::ExprId operand : graph_.operands(id)) {
    const analysis::Range& range = ranges_[operand];
    far_factors += may_be_large(range) || may_be_small(range);
  }
  if (far_factors < 2) return nullptr;
  const std::vector<Factor> factors = factors_of(id, scope);
  const SplitNumber split = split_product(factors, graph_.constant_of(id).to_double(), scope);
  const Simd& simd = scope.simd;
  llvm::Value* log = split_log(Real{&simd, split.significand}, Real{&simd, split.exponent}).value;
  // Where a factor is 0 against one that is infinite, the product is 0.
  std::vector<llvm::Value*> values;
  for (ir::ExprId operand : graph_.operands(id)) values.push_back(number(operand, scope));
  llvm::Value* one = simd.constant(1);
  llvm::Value* zero = zero_rule(id, one, values, scope);
  if (zero == one) return log;
  return simd.select(simd.compare_eq(zero, one), log, simd.neg(simd.infinity()));
}

// A product with an exact zero is zero, also against inf, unless a factor is NaN. Checked only
// where one factor may be zero while another may be infinite.
llvm::Value* Emitter::zero_rule(ir::ExprId id, llvm::Value* product,
                                const std::vector<llvm::Value*>& factors, Scope& scope) {
  const Simd& simd = scope.simd;
  auto operands = graph_.operands(id);
  std::vector<bool> zero, infinite;
  std::size_t infinities = graph_.constant_of(id).finite() ? 0 : 1;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const analysis::Range& range = ranges_[operands[i]];
    bool below = graph_.factors(id)[i].sign() < 0;
    zero.push_back(below ? range.may_be_infinite : range.may_be_zero());
    infinite.push_back(below ? range.may_be_zero() : range.may_be_infinite);
    infinities += infinite.back() ? 1 : 0;
  }
  llvm::Value* vanishes = nullptr;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (!zero[i] || infinities == (infinite[i] ? 1u : 0u)) continue;
    llvm::Value* check = graph_.factors(id)[i].sign() < 0
                             ? simd.compare_eq(simd.abs(factors[i]), simd.infinity())
                             : simd.compare_eq(factors[i], simd.constant(0));
    vanishes = vanishes == nullptr ? check : simd.mask_or(vanishes, check);
  }
  if (vanishes == nullptr) return product;
  for (std::size_t i = 0; i < factors.size(); i += 2) {  // two by one comparison
    llvm::Value* other = factors[std::min(i + 1, factors.size() - 1)];
    vanishes = simd.mask_and(vanishes, builder_.CreateFCmpORD(factors[i], other));
  }
  return simd.select(vanishes, simd.constant(0), product);
}

}  // namespace lossc::codegen
