// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "compiler/driver/request.h"
#include "compiler/ir/builtins.h"
#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

const char* role_name(ir::Role role) {
  switch (role) {
    case ir::Role::pred:
      return "pred";
    case ir::Role::target:
      return "target";
    case ir::Role::param:
      break;
  }
  return "param";
}

std::string default_text(const ir::Array& array) {
  const auto one = [&](const ir::Number& value) {
    if (array.domain == ir::Domain::bool_) return std::string(value.is(0) ? "false" : "true");
    if (array.domain == ir::Domain::one_of) {
      return array.options[static_cast<std::size_t>(value.to_long().value_or(0))];
    }
    // A decimal as people write it; a third stays 1/3.
    std::string shortest = number_text(value.to_double(), FloatType::f64);
    if (shortest.ends_with(".0")) shortest.resize(shortest.size() - 2);
    return shortest;
  };
  if (array.default_values.size() == 1) return one(array.default_values[0]);
  std::string text = "[";
  for (std::size_t i = 0; i < array.default_values.size(); ++i) {
    text += (i == 0 ? "" : ", ") + one(array.default_values[i]);
  }
  return text + "]";
}

struct Letter {
  char32_t code;
  std::string_view name;
};
constexpr std::array<Letter, 25> greek = {{
    {0x3b1, "alpha"},   {0x3b2, "beta"}, {0x3b3, "gamma"}, {0x3b4, "delta"}, {0x3b5, "epsilon"},
    {0x3b6, "zeta"},    {0x3b7, "eta"},  {0x3b8, "theta"}, {0x3b9, "iota"},  {0x3ba, "kappa"},
    {0x3bb, "lambda"},  {0x3bc, "mu"},   {0x3bd, "nu"},    {0x3be, "xi"},    {0x3bf, "omicron"},
    {0x3c0, "pi"},      {0x3c1, "rho"},  {0x3c2, "sigma"}, {0x3c3, "sigma"}, {0x3c4, "tau"},
    {0x3c5, "upsilon"}, {0x3c6, "phi"},  {0x3c7, "chi"},   {0x3c8, "psi"},   {0x3c9, "omega"},
}};

constexpr std::array<std::string_view, 47> reserved = {
    "auto",     "break",   "case",   "char",     "const",    "continue", "default",  "do",
    "double",   "else",    "enum",   "extern",   "float",    "for",      "goto",     "if",
    "inline",   "int",     "long",   "register", "restrict", "return",   "short",    "signed",
    "sizeof",   "static",  "struct", "switch",   "typedef",  "union",    "unsigned", "void",
    "volatile", "while",   "class",  "new",      "delete",   "template", "this",     "namespace",
    "operator", "private", "public", "batch",    "weights",  "bool",     "upstream"};

std::string letter_name(char32_t code) {
  if (code == U'\'' || code == 0x2032) return "_prime";
  for (const Letter& letter : greek) {
    if (letter.code == code) return std::string(letter.name);
    // Capitals lie 32 below: Σ is Sigma.
    if (letter.code - 32 == code && letter.code != 0x3c2) {
      std::string name(letter.name);
      name[0] = static_cast<char>(name[0] - 'a' + 'A');
      return name;
    }
  }
  return fmt::format("_u{:04X}", static_cast<std::uint32_t>(code));
}

/// The next code point of valid UTF-8.
char32_t next(const std::string& text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  char32_t code = lead & (0x3fu >> more);
  for (int k = 0; k < more && i < text.size(); ++k) {
    code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fu);
  }
  return code;
}

}  // namespace

std::string kind_name(const ir::Function& function) {
  return std::string(driver::is_batch(function) ? "batch " : "") +
         (driver::is_metric(function) ? "metric" : "loss");
}

std::string type_text(const ir::Function& function, const ir::Array& array) {
  std::string text(ir::info(array.domain).name);
  if (array.domain == ir::Domain::class_) {
    text += "(" + function.sizes[array.classes.index].text();
    if (array.ignore) text += fmt::format(", ignore = {}", *array.ignore);
    text += ")";
  }
  if (array.domain == ir::Domain::one_of) {
    text += "(";
    for (const std::string& word : array.options) text += (text.back() == '(' ? "" : ", ") + word;
    text += ")";
  }
  for (std::size_t i = 0; i < array.shape.size(); ++i) {
    text += (i == 0 ? "[" : ", ") + function.sizes[array.shape[i].index].text();
  }
  return array.shape.empty() ? text : text + "]";
}

std::string signature_text(const ir::Function& function) {
  std::string text = kind_name(function) + " " + function.name + "(";
  for (std::size_t i = 0; i < function.arrays.size(); ++i) {
    const ir::Array& array = function.arrays[i];
    if (i != 0) text += ", ";
    text +=
        std::string(role_name(array.role)) + " " + array.name + ": " + type_text(function, array);
    if (array.has_default) text += " = " + default_text(array);
  }
  return text + ")";
}

std::string json_signature(const ir::Function& function) {
  const auto list = [](const std::vector<std::string>& parts) {
    std::string text = "[";
    for (const std::string& part : parts) text += (text.size() == 1 ? "" : ", ") + part;
    return text + "]";
  };
  std::vector<std::string> arguments;
  for (const ir::Array& array : function.arrays) {
    std::vector<std::string> shape;
    for (const ir::SizeId id : array.shape)
      shape.push_back(json_string(function.sizes[id.index].text()));
    std::string text = fmt::format(
        R"({{"name": {}, "c_name": {}, "role": "{}", "domain": {}, "type": {}, "shape": {})",
        json_string(array.name), json_string(c_name(array.name)), role_name(array.role),
        json_string(ir::info(array.domain).name), json_string(type_text(function, array)),
        list(shape));
    if (array.has_default) {
      std::vector<std::string> values;
      for (const ir::Number& value : array.default_values) {
        values.push_back(json_number(value.to_double(), FloatType::f64));
      }
      text += ", \"default\": " + (values.size() == 1 ? values[0] : list(values));
    }
    if (!array.options.empty()) {
      std::vector<std::string> words;
      for (const std::string& word : array.options) words.push_back(json_string(word));
      text += ", \"options\": " + list(words);
    }
    if (driver::is_class(array)) {
      text += ", \"classes\": " + json_string(function.sizes[array.classes.index].text());
      if (array.ignore) text += fmt::format(", \"ignore\": {}", *array.ignore);
    }
    arguments.push_back(text + "}");
  }
  std::vector<std::string> sizes;
  for (const std::string& symbol : driver::size_symbols(function))
    sizes.push_back(json_string(symbol));
  return fmt::format(
      R"({{"name": {}, "c_name": {}, "module": {}, "kind": "{}", "documentation": {}, "sizes": {}, )"
      "\"arguments\": {}}}",
      json_string(function.name), json_string(c_name(function.name)), json_string(function.module),
      kind_name(function), json_string(function.documentation), list(sizes), list(arguments));
}

std::string c_name(const std::string& name) {
  std::string text;
  for (std::size_t i = 0; i < name.size();) {
    const char32_t code = next(name, i);
    const bool plain = code < 0x80 && code != U'\'';
    text += plain ? std::string(1, static_cast<char>(code)) : letter_name(code);
  }
  const bool taken = std::find(reserved.begin(), reserved.end(), text) != reserved.end();
  return taken ? text + "_" : text;
}

}  // namespace lossc::cli
