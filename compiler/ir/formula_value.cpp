// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One walk over the tree; single precision rounds what each step yields. A formula is a small tree
// of the source code, so recursion over it is bounded.
#include "compiler/ir/formula_value.h"

#include <vector>

#include "compiler/ir/interpreter_builtins.h"
#include "compiler/ir/interpreter_special.h"
#include "compiler/ir/rational.h"
#include "compiler/support/assert.h"

namespace lossc::ir {
namespace {

using Kind = Formula::Kind;

Float value_of_number(const Number& number) {
  if (!number.finite()) return Float(number.to_double());
  const Rational rational = number.rational();
  Float result;
  mpfr_set_q(result.get(), rational.backend().data(), MPFR_RNDN);
  return result;
}

class Evaluation {
 public:
  Evaluation(std::span<const Float> at, bool single) : at_(at), single_(single) {}

  Float of(const Formula& formula) const {
    const Formula::Tree& tree = formula.tree();
    std::vector<Float> operands;
    for (const Formula& operand : tree.operands) operands.push_back(of(operand));
    switch (tree.kind) {
      case Kind::none:
        break;
      case Kind::variable:
        return at_[static_cast<std::size_t>(tree.variable)];
      case Kind::constant:
        return rounded(value_of_number(tree.constant));
      case Kind::pi:
        return rounded(special::pi());
      case Kind::add:
        return folded(operands, [](const Float& a, const Float& b) { return a + b; });
      case Kind::mul:
        return folded(operands, [this](const Float& a, const Float& b) {
          return single_ ? a * b : product(a, b);
        });
      case Kind::power:
        return rounded(special::power(operands[0], value_of_number(tree.constant)));
      case Kind::less:
        return Float(operands[0] < operands[1] ? 1 : 0);
      case Kind::select:
        return operands[0].is_zero() ? operands[2] : operands[1];
      case Kind::call: {
        const BuiltinInfo& row = info(tree.builtin);
        if (row.composed) return Evaluation(operands, single_).of(row.means);
        std::vector<const Float*> arguments;
        for (const Float& operand : operands) arguments.push_back(&operand);
        return rounded(expansion(tree.builtin, arguments, 0).value);
      }
    }
    LOSSC_UNREACHABLE("an empty formula");
  }

 private:
  template <class Operation>
  Float folded(const std::vector<Float>& operands, Operation operation) const {
    Float result = operands[0];
    for (std::size_t i = 1; i < operands.size(); ++i) {
      result = rounded(operation(result, operands[i]));
    }
    return result;
  }

  Float rounded(Float value) const {
    if (!single_) return value;
    return Float(static_cast<double>(mpfr_get_flt(value.get(), MPFR_RNDN)));
  }

  std::span<const Float> at_;
  bool single_;
};

}  // namespace

Float value_of(const Formula& formula, std::span<const Float> at) {
  return Evaluation(at, false).of(formula);
}

float literal_value(const Formula& formula, std::span<const float> at) {
  std::vector<Float> exact;
  for (const float x : at) exact.emplace_back(static_cast<double>(x));
  return mpfr_get_flt(Evaluation(exact, true).of(formula).get(), MPFR_RNDN);
}

}  // namespace lossc::ir
