// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Logarithms of what may be negative and their kin: a warning where the interval allows a domain
// error, an error where it allows nothing else. The end points of a closed domain are in it: the
// log of a probability is no warning, nor is a division by something that is 0 at worst at its end.
#include <cmath>

#include "compiler/sema/checker.h"

namespace lossc::sema {

namespace {

std::string interval_text(const analysis::Range& range) {
  const auto end = [](double value) {
    if (std::isinf(value)) return std::string(value < 0 ? "-inf" : "inf");
    return ir::Number::of_double(value).text();
  };
  return (range.low_open ? "(" : "[") + end(range.low) + ", " + end(range.high) +
         (range.high_open ? ")" : "]");
}

}  // namespace

void Checker::check_logarithm(std::string_view function, const Value& argument, double least,
                              const SourceRange& range) {
  const analysis::Range found = range_of(argument);
  const std::string bound = ir::Number::of_double(least).text();
  if (found.high < least || (found.high == least && found.high_open)) {
    error(Diagnostic::always_outside, range, {function, interval_text(found), bound});
  } else if (found.low < least) {
    Report& report =
        warning(Diagnostic::maybe_outside, range, {function, interval_text(found), bound});
    if (argument.domain == ir::Domain::logit) {
      report.note("this is a logit; the logarithm of its probability is `log(sigmoid(…))`");
    } else {
      report.note(
          "declare a narrower domain, test it with `if`, or write `assume(…, nonnegative)`");
    }
  }
}

void Checker::check_root(std::string_view what, const Value& argument, const SourceRange& range) {
  const analysis::Range found = range_of(argument);
  if (found.high < 0 || (found.high == 0 && found.high_open)) {
    error(Diagnostic::always_outside, range, {what, interval_text(found), "0"});
  } else if (found.low < 0) {
    warning(Diagnostic::maybe_outside, range, {what, interval_text(found), "0"})
        .note("declare a narrower domain, test it with `if`, or write `assume(…, nonnegative)`");
  }
}

void Checker::check_divisor(const Value& divisor, const SourceRange& range) {
  if (const ir::Number* fixed = constant(divisor); fixed != nullptr && fixed->is(0)) {
    error(Diagnostic::division_by_zero, range);
    return;
  }
  const analysis::Range found = range_of(divisor);
  if (found.low == 0 && found.high == 0) {
    error(Diagnostic::division_by_zero, range);
  } else if (found.low < 0 && found.high > 0 && found.may_be_zero() &&
             !known(graph_.compare(ir::Relation::not_equal, divisor.id, graph_.constant(0)))) {
    warning(Diagnostic::maybe_division_by_zero, range, {interval_text(found)})
        .note("declare it `positive`, test it with `if`, or write `assume(…, positive)`");
  }
}

}  // namespace lossc::sema
