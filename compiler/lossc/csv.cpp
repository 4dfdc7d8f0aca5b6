// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One column of a .csv file: commas, optional quotes (RFC 4180), a first line with names where it
// is not all numbers. An empty field is nan.
#include <limits>

#include "compiler/driver/suggest.h"
#include "compiler/lossc/arrays.h"
#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

/// Reads records one by one; quoted fields may hold commas and line ends.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {
    if (text.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  bool at_end() const { return at_ >= text_.size(); }

  std::vector<std::string> record() {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quoted) {
        if (c != '"') {
          fields.back() += c;
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          fields.back() += text_[at_++];
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',') {
        fields.emplace_back();
      } else if (c == '\n') {
        ++at_;
        break;
      } else if (c != '\r') {
        fields.back() += c;
      }
    }
    return fields;
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

std::string stripped(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

Result<Tensor> tensor_from_csv(const std::string& text, const std::string& column,
                               const std::string& what) {
  Reader reader(text);
  if (reader.at_end()) return Error{what + " is empty"};
  std::vector<std::string> header = reader.record();
  bool names = false;
  for (std::string& field : header) {
    field = stripped(field);
    names = names || (!field.empty() && !parsed_number(field));
  }
  std::size_t index = header.size();
  for (std::size_t i = 0; names && i < header.size(); ++i) {
    if (header[i] == column) index = i;
  }
  const auto position = parsed_integer(column);
  if (index == header.size() && position && *position >= 0 &&
      *position < static_cast<std::int64_t>(header.size())) {
    index = static_cast<std::size_t>(*position);
  }
  if (index == header.size()) {
    return Error{what + " has no column \"" + column + "\"" +
                 (names ? driver::did_you_mean(column, header) : "")};
  }
  Tensor tensor;
  std::size_t line = 1;
  const auto take = [&](const std::vector<std::string>& fields) -> Result<void> {
    const std::string field = index < fields.size() ? stripped(fields[index]) : "";
    const auto number = parsed_number(field);
    if (!number && !field.empty()) {
      return Error{what + ", line " + std::to_string(line) + ": \"" + field.substr(0, 40) +
                   "\" in column \"" + column + "\" is no number"};
    }
    tensor.values.push_back(number.value_or(std::numeric_limits<double>::quiet_NaN()));
    return {};
  };
  if (!names) {
    if (auto done = take(header); !done) return done.error();
  }
  while (!reader.at_end()) {
    ++line;
    const std::vector<std::string> fields = reader.record();
    if (fields.size() == 1 && stripped(fields[0]).empty()) continue;
    if (auto done = take(fields); !done) return done.error();
  }
  tensor.shape = {static_cast<std::int64_t>(tensor.values.size())};
  return tensor;
}

}  // namespace lossc::cli
