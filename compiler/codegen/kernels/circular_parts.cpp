// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Payne and Hanek's reduction without branches. x = y·2^e with an integer e >= 0 such that |y| <
// 2^53 (a float: 2^24); 2^e·2/π mod 4 comes from a table as a sum of a few numbers T0 + T1 + …, so
// that x·2/π mod 4 = y·T0 + y·T1 + … to 2^-110 absolutely, while no double comes nearer than 2^-62
// to a multiple of π/2. For e = 0 the table is 2/π itself, so that small x lose nothing either. For
// floats the pieces have 29 digits and the products are exact.

#include "compiler/codegen/kernels/circular_parts.h"

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/two_over_pi.inc"

namespace lossc::codegen {

namespace {

struct Scaled {
  Real y;
  Integer row;
};

// Row `last` also for infinities and NaN, whose result is replaced in the end.
Scaled scaled(Real x, int digits, std::int64_t last) {
  Integer exponent = (shift_right(bits(x), 52) & 0x7ff) - (1023 + digits - 1);
  Integer zero = x.int_constant(0);
  exponent = select(exponent < zero, zero, exponent);
  exponent = select(exponent > x.int_constant(last), x.int_constant(last), exponent);
  return {from_bits(bits(x) - (exponent << 52)), exponent};
}

Real gathered(const Simd& simd, llvm::Value* table, Integer index) {
  return {&simd, simd.gather(table, index.value, simd.mask_constant(true), simd.constant(0.0))};
}

Real modulo_4(Real x) { return x - 4.0 * round(0.25 * x); }

struct Turns {
  Real whole;
  DoubleWord fraction;
};

Turns quarter_turns_of_float(Real x) {
  auto [y, row] = scaled(x, 24, 104);
  llvm::Value* table = x.simd->table("two_over_pi_f32", coefficients::two_over_pi_f32);
  Integer index = row + row + row;
  DoubleWord sum = two_sum(modulo_4(y * gathered(*x.simd, table, index)),
                           y * gathered(*x.simd, table, index + 1));
  Real low = sum.low + y * gathered(*x.simd, table, index + 2);
  Real whole = round(sum.high);
  return {whole, {(sum.high - whole) + low, x.constant(0.0)}};
}

Turns quarter_turns(Real x) {
  auto [y, row] = scaled(x, 53, 971);
  llvm::Value* table = x.simd->table("two_over_pi_f64", coefficients::two_over_pi_f64);
  Integer index = row << 2;
  DoubleWord first = two_product(y, gathered(*x.simd, table, index));
  DoubleWord second = two_product(y, gathered(*x.simd, table, index + 1));
  DoubleWord third = two_product(y, gathered(*x.simd, table, index + 2));
  Real fourth = y * gathered(*x.simd, table, index + 3);
  DoubleWord a = two_sum(modulo_4(first.high), first.low);
  DoubleWord b = two_sum(a.high, second.high);
  Real whole = round(b.high);
  // What is left may be as small as 2^-62; hence every error is carried once more.
  DoubleWord c = two_sum(b.high - whole, a.low);
  DoubleWord d = two_sum(c.high, b.low);
  DoubleWord e = two_sum(d.high, second.low);
  DoubleWord f = two_sum(e.high, third.high);
  Real rest = ((c.low + d.low) + (e.low + f.low)) + (third.low + fourth);
  return {whole, fast_two_sum(f.high, rest)};
}

}  // namespace

CircularParts circular_parts(Real x, bool is_float) {
  Turns turns = is_float ? quarter_turns_of_float(x) : quarter_turns(x);
  DoubleWord half_pi = double_word(x, 0x1.921fb54442d18p0, 0x1.1a62633145c07p-54);
  DoubleWord r = turns.fraction * half_pi;
  // Small arguments need no reduction, and their products might underflow.
  Mask small = abs(x) <= 0x1.921fb54442d18p-1;
  return {to_int(select(small, 0.0, turns.whole)),
          {select(small, x, r.high), select(small, 0.0, r.low)}};
}

DoubleWord sine(DoubleWord r) {
  Real z = r.high * r.high;
  Real cubic = r.high * (z * polynomial(z, coefficients::sin_f64));
  return fast_two_sum(r.high, cubic + r.low * (1.0 - 0.5 * z));
}

DoubleWord cosine(DoubleWord r) {
  Real z = r.high * r.high;
  Real half_square = 0.5 * z;
  DoubleWord sum = fast_two_sum(1.0, -half_square);
  Real rest = z * z * polynomial(z, coefficients::cos_f64) - r.high * r.low;
  return fast_two_sum(sum.high, sum.low + rest);
}

Real sine_of(Real x, bool is_float, int quadrants) {
  auto [quadrant, r] = circular_parts(x, is_float);
  quadrant = quadrant + quadrants;
  Mask odd = (quadrant & 1) == 1;
  Real result = select(odd, cosine(r).high, sine(r).high);
  result = select((quadrant & 2) == 2, -result, result);
  if (quadrants == 0) result = select(abs(x) < 0x1p-27, x, result);
  return select(abs(x) < infinity, result, not_a_number);
}

}  // namespace lossc::codegen
