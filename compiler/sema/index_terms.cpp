// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/sema/index_terms.h"

#include <charconv>

namespace lossc::sema {

bool looks_like_size(const std::string& name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

std::optional<std::int64_t> whole(const syntax::Expr& expr) {
  if (const auto* unary = std::get_if<syntax::Unary>(&expr.node)) {
    if (unary->op != syntax::UnaryOp::negate) return std::nullopt;
    const auto value = whole(*unary->operand);
    return value ? std::optional(-*value) : std::nullopt;
  }
  const auto* number = std::get_if<syntax::Number>(&expr.node);
  if (number == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const char* end = number->spelling.data() + number->spelling.size();
  const auto [stop, status] = std::from_chars(number->spelling.data(), end, value);
  if (status != std::errc() || stop != end || value > (std::int64_t{1} << 48)) return std::nullopt;
  return value;
}

const syntax::Reference* shifted_name(const syntax::Expr& expr, std::int64_t& offset) {
  offset = 0;
  if (const auto* name = std::get_if<syntax::Reference>(&expr.node)) return name;
  const auto* sum = std::get_if<syntax::Sum>(&expr.node);
  if (sum == nullptr) return nullptr;
  const syntax::Reference* found = nullptr;
  for (const syntax::Term& term : sum->terms) {
    if (const auto constant = whole(*term.value)) {
      offset += term.inverse ? -*constant : *constant;
      continue;
    }
    const auto* name = std::get_if<syntax::Reference>(&term.value->node);
    if (name == nullptr || found != nullptr || term.inverse) return nullptr;
    found = name;
  }
  return found;
}

}  // namespace lossc::sema
