// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a value may stand where a domain is asked for: by what it was declared or returned as, by
// the finite set of values it can take, or by its interval under the conditions around. If not, a
// diagnostic that says what was expected, what was found, and the usual mend.
#include <algorithm>
#include <cmath>

#include "compiler/ir/builtins.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/value_sets.h"

namespace lossc::sema {

namespace {

using ir::Domain;

/// Whether every value of `narrow` is one of `wide`.
bool narrower(Domain narrow, Domain wide) {
  if (narrow == wide) return true;
  switch (wide) {
    case Domain::real:
    case Domain::logit:
      return narrow != Domain::one_of;
    case Domain::positive:
      return false;
    case Domain::nonnegative:
      return narrow == Domain::positive || narrow == Domain::probability ||
             narrow == Domain::simplex || narrow == Domain::binary || narrow == Domain::count ||
             narrow == Domain::class_ || narrow == Domain::bool_;
    case Domain::probability:
      return narrow == Domain::simplex || narrow == Domain::binary || narrow == Domain::bool_;
    case Domain::count:
      return narrow == Domain::binary || narrow == Domain::class_ || narrow == Domain::bool_;
    case Domain::binary:
      return narrow == Domain::bool_;
    default:
      return false;
  }
}

/// What is known to lie in a domain as well.
void narrow(analysis::Range& range, Domain known) {
  const ir::DomainInfo& domain = ir::info(known);
  if (domain.bounds.low > range.low || (domain.bounds.low == range.low && domain.open_low)) {
    range.low = domain.bounds.low;
    range.low_open = domain.open_low;
  }
  if (domain.bounds.high < range.high) {
    range.high = domain.bounds.high;
    range.high_open = false;
  }
  range.integer = range.integer || domain.integer;
}

}  // namespace

analysis::Range Checker::range_of(ir::ExprId id) {
  analysis::Range range = ranges_.under(id, facts_);
  if (const auto found = assumed_.find(id); found != assumed_.end()) {
    narrow(range, found->second);
    return range;
  }
  if (assumed_.empty() || graph_.op(id) == ir::Op::load) return range;
  // What is built of assumed values: one step of interval arithmetic over the direct operands.
  std::vector<analysis::Range> operands;
  bool any = false;
  for (const ir::ExprId operand : graph_.operands(id)) {
    operands.push_back(ranges_.under(operand, facts_));
    const auto known_domain = assumed_.find(operand);
    if (known_domain == assumed_.end()) continue;
    any = true;
    narrow(operands.back(), known_domain->second);
  }
  return any ? analysis::transfer(function_, id, operands) : range;
}

analysis::Range Checker::range_of(const Value& value) {
  analysis::Range range = range_of(value.id);
  if (value.classes && !value.classes->ignore) {
    range.low = std::max(range.low, 0.0);
    range.integer = true;
  }
  if (value.domain && value.domain != Domain::class_) narrow(range, *value.domain);
  return range;
}

bool Checker::lies_in(Domain wanted, const Value& value) {
  if (value.domain && narrower(*value.domain, wanted)) return true;
  if (const auto values = possible_values(function_, value.id)) {
    const ir::DomainInfo& domain = ir::info(wanted);
    bool all = true;
    for (const ir::Number& each : *values) {
      const double number = each.to_double();
      all = all && number >= domain.bounds.low && number <= domain.bounds.high &&
            !(domain.open_low && number == domain.bounds.low) &&
            (!domain.integer || each.is_integer()) && !(wanted == Domain::sign && each.is(0));
    }
    return all;
  }
  const analysis::Range range = range_of(value);
  if (std::isnan(range.low) || std::isnan(range.high)) return false;
  switch (wanted) {
    case Domain::real:
    case Domain::logit:
      return true;
    case Domain::positive:
      return range.positive();
    case Domain::nonnegative:
      return range.nonnegative();
    case Domain::probability:
      return range.within(0, 1);
    case Domain::log_probability:
      return range.high <= 0;
    case Domain::binary:
      return range.integer && range.within(0, 1);
    case Domain::sign:
      return range.integer && range.within(-1, 1) && !range.may_be_zero();
    case Domain::count:
      return range.integer && range.low >= 0;
    default:
      return false;
  }
}

std::string Checker::found_text(const Value& value) {
  std::string text;
  if (value.is_bool) {
    text = "a condition";
  } else if (value.options != nullptr) {
    text = "an option";
  } else if (value.classes) {
    text = "a class of " + value.classes->size.text();
  } else if (value.domain) {
    text = "a " + std::string(ir::info(*value.domain).name);
  } else if (value.probable) {
    text = "made of probabilities";
  } else {
    text = "a real";
  }
  return value.name.empty() ? text : "`" + value.name + "`, " + text;
}

bool Checker::accepts(Domain wanted, const Value& value, const SourceRange& range,
                      const std::string& parameter, const std::string& callee) {
  if (!value.ok()) return true;
  if (value.options != nullptr) {
    error(Diagnostic::option_as_value, range, {value.name});
    return false;
  }
  if (wanted == Domain::logit && value.probable) {
    Report& report =
        error(Diagnostic::probability_for_logit, range, {parameter, callee, found_text(value)});
    report.note("`" + callee +
                "` turns logits into probabilities itself: softmax or sigmoid "
                "would be applied twice");
    suggest_mend(report, wanted, value, range, callee);
    return false;
  }
  if (value.is_bool && (wanted == Domain::bool_ || narrower(Domain::bool_, wanted))) return true;
  if (wanted == Domain::bool_) {
    error(Diagnostic::domain_mismatch, range, {parameter, callee, "bool", found_text(value)});
    return false;
  }
  if (lies_in(wanted, value)) return true;
  Report& report = error(Diagnostic::domain_mismatch, range,
                         {parameter, callee, ir::info(wanted).name, found_text(value)});
  suggest_mend(report, wanted, value, range, callee);
  return false;
}

void Checker::suggest_mend(Report& report, Domain wanted, const Value& value,
                           const SourceRange& range, const std::string& callee) {
  const std::string text(session_.diagnostics().sources().text(range));
  const std::string inner = "(" + text + ")";
  const bool simple = text.find_first_of(" +-*/^") == std::string::npos;
  const std::string operand = simple ? text : inner;
  if (wanted == Domain::probability && value.domain == Domain::logit) {
    report.fix(range, "sigmoid" + inner, "turn the logit into a probability");
    report.note("or call the sibling of `" + callee + "` that takes logits, which is as accurate");
  } else if (wanted == Domain::simplex && value.domain == Domain::logit) {
    report.fix(range, "softmax" + inner, "turn the logits into probabilities");
  } else if (wanted == Domain::binary && value.domain == Domain::sign) {
    report.fix(range, "(" + operand + " + 1) / 2", "turn -1, +1 into 0, 1");
  } else if (wanted == Domain::sign && (value.domain == Domain::binary || value.is_bool)) {
    report.fix(range, "2 * " + operand + " - 1", "turn 0, 1 into -1, +1");
  } else if (wanted == Domain::probability && value.domain == Domain::log_probability) {
    report.fix(range, "exp" + inner, "turn the log-probability into a probability");
  } else if (wanted == Domain::log_probability &&
             (value.probable || value.domain == Domain::probability)) {
    report.fix(range, "log" + inner, "take the logarithm");
  } else if (wanted == Domain::logit && value.domain == Domain::probability) {
    report.fix(range, "logit" + inner, "turn the probability back into a logit");
  } else if (wanted != Domain::class_) {
    report.note("if you know that it holds, write `assume(" + text + ", " +
                std::string(ir::info(wanted).name) + ")`");
  }
}

}  // namespace lossc::sema
