// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Result<T>: a value, or why there is none. Nothing in this interface throws: a loss that is wrong,
// a missing file and an array of the wrong length all come back as an Error that can be shown.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lossc {
// Inline, so that users write lossc::Result, while the library's symbols cannot be confused with
// those of the compiler inside it.
inline namespace api {

/// What is wrong with a .loss text, as a tool wants it.
struct Diagnostic {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  std::string code;     ///< `E0312`; `lossc explain E0312` tells more
  std::string message;  ///< one sentence
  std::string file;
  std::uint32_t line = 0;  ///< from 1; 0: no place
  std::uint32_t column = 0;
  std::uint32_t end_line = 0;
  std::uint32_t end_column = 0;
  std::vector<std::string> notes;
};

enum class ErrorCode {
  invalid_source,  ///< the text is no program: see Error::diagnostics
  file,            ///< a file that cannot be read
  unknown_name,    ///< no such loss, argument, size or option
  missing_argument,
  wrong_type,
  wrong_shape,  ///< sizes that disagree, too few axes, too short an array
  wrong_stride,
  null_pointer,
  overlap,         ///< an output over an input, or over another output
  outside_domain,  ///< a param outside its domain
  requirement,     ///< a `require` of the loss is not met
  label_out_of_range,
  not_differentiable,  ///< a gradient of a metric or by a label
  unsupported,         ///< a CPU, or what this version does not compile
  failed               ///< no memory, and the like
};

struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string message;   ///< for people; names the argument
  std::string argument;  ///< the argument's name, where one is to blame
  std::int64_t example = -1;
  std::vector<Diagnostic> diagnostics;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// Only where ok(); else std::bad_variant_access.
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  /// Only where not ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace api
}  // namespace lossc
