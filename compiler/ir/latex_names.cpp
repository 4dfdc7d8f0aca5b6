// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and numbers in LaTeX. Whatever has no meaning of its own is set upright, with the
// characters that TeX would take for commands escaped.
#include "compiler/ir/latex_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace lossc::ir {
namespace {

constexpr std::array<std::string_view, 25> greek_names = {
    "alpha", "beta",    "gamma",  "delta",  "epsilon", "varepsilon", "zeta", "eta", "theta",
    "iota",  "kappa",   "lambda", "mu",     "nu",      "xi",         "pi",   "rho", "sigma",
    "tau",   "upsilon", "phi",    "varphi", "chi",     "psi",        "omega"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 32> greek_letters = {
    {{"α", "alpha"},  {"β", "beta"},   {"γ", "gamma"}, {"δ", "delta"},   {"ε", "varepsilon"},
     {"ζ", "zeta"},   {"η", "eta"},    {"θ", "theta"}, {"ι", "iota"},    {"κ", "kappa"},
     {"λ", "lambda"}, {"μ", "mu"},     {"ν", "nu"},    {"ξ", "xi"},      {"π", "pi"},
     {"ρ", "rho"},    {"σ", "sigma"},  {"τ", "tau"},   {"υ", "upsilon"}, {"φ", "varphi"},
     {"χ", "chi"},    {"ψ", "psi"},    {"ω", "omega"}, {"Γ", "Gamma"},   {"Δ", "Delta"},
     {"Θ", "Theta"},  {"Λ", "Lambda"}, {"Ξ", "Xi"},    {"Π", "Pi"},      {"Σ", "Sigma"},
     {"Φ", "Phi"},    {"Ω", "Omega"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> accents = {
    {{"hat", "hat"}, {"bar", "bar"}, {"tilde", "tilde"}, {"dot", "dot"}, {"vec", "vec"}}};

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  }));
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("_#$%&{}").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

/// A word without underscores or trailing primes.
std::string word(std::string_view text) {
  if (std::find(greek_names.begin(), greek_names.end(), text) != greek_names.end()) {
    return "\\" + std::string(text);
  }
  std::string lower(text);
  lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
  if (lower != text && (text == "Gamma" || text == "Delta" || text == "Theta" || text == "Lambda" ||
                        text == "Sigma" || text == "Phi" || text == "Psi" || text == "Omega")) {
    return "\\" + std::string(text);
  }
  for (const auto& [letter, name] : greek_letters) {
    if (text == letter) return "\\" + std::string(name);
  }
  if (text == "ŷ") return "\\hat{y}";
  const auto digits = std::find_if(text.rbegin(), text.rend(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) == 0;
  });
  const auto count = static_cast<std::size_t>(digits - text.rbegin());
  if (count > 0 && count < text.size()) {
    return word(text.substr(0, text.size() - count)) + "_{" +
           std::string(text.substr(text.size() - count)) + "}";
  }
  return code_points(text) == 1 ? escaped(text) : "\\mathrm{" + escaped(text) + "}";
}

}  // namespace

std::string latex_name(std::string_view name) {
  constexpr std::string_view prime = "′";
  std::string primes;
  while (name.ends_with('\'') || name.ends_with(prime)) {
    name.remove_suffix(name.ends_with('\'') ? 1 : prime.size());
    primes += '\'';
  }
  while (name.starts_with('_')) name.remove_prefix(1);
  if (name.empty()) return "\\_" + primes;
  const std::size_t underscore = name.find('_');
  if (underscore == std::string_view::npos || underscore + 1 == name.size()) {
    return word(name.substr(0, underscore)) + primes;
  }
  const std::string_view head = name.substr(0, underscore);
  const std::string_view tail = name.substr(underscore + 1);
  for (const auto& [suffix, accent] : accents) {
    if (tail == suffix) return "\\" + std::string(accent) + "{" + word(head) + "}" + primes;
  }
  std::string subscript = latex_name(tail);
  const bool has_subscript = word(head).ends_with('}') && !word(head).starts_with("\\mathrm");
  if (has_subscript) return "\\mathrm{" + escaped(name) + "}" + primes;
  return word(head) + "_{" + subscript + "}" + primes;
}

std::string latex_number(const Number& number) {
  if (!number.finite()) return number.kind() == Number::Kind::nan ? "\\mathrm{NaN}" : "\\infty";
  if (number.is_integer() && number.to_long()) return std::to_string(*number.to_long());
  for (long denominator = 2; denominator <= 16; ++denominator) {
    const auto numerator = (number * Number(denominator)).to_long();
    // A decimal such as 0.3 is the nearest double, no fraction of a small denominator.
    if (numerator && *numerator < 1000) {
      return "\\frac{" + std::to_string(*numerator) + "}{" + std::to_string(denominator) + "}";
    }
  }
  std::string text = number.text();
  if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    return "\\frac{" + text.substr(0, slash) + "}{" + text.substr(slash + 1) + "}";
  }
  if (const std::size_t e = text.find('e'); e != std::string::npos) {
    std::string exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) exponent.erase(0, 1);
    const std::string power = "10^{" + exponent + "}";
    return text.substr(0, e) == "1" ? power : text.substr(0, e) + " \\cdot " + power;
  }
  return text;
}

}  // namespace lossc::ir
