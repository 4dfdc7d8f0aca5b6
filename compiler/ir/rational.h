// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arbitrary-precision rational behind a Number. Apart from number.h because GMP's and Boost's
// headers cost seconds in every file that sees them.
#pragma once

#include <boost/multiprecision/gmp.hpp>

#include "compiler/ir/number.h"

namespace lossc::ir {

struct Rational : boost::multiprecision::mpq_rational {
  using boost::multiprecision::mpq_rational::mpq_rational;
  Rational(boost::multiprecision::mpq_rational value)  // NOLINT: implicit
      : boost::multiprecision::mpq_rational(std::move(value)) {}
  /// Arithmetic is on this: expression templates deduce badly from a derived class.
  const boost::multiprecision::mpq_rational& value() const { return *this; }
};

}  // namespace lossc::ir
