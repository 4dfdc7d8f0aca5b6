// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the runtime knows of one compiled combination of outputs: the signature in plain terms, and
// its machine code by variant. The only door to the compiler, so that no header of the IR or of the
// JIT is needed to check and make a call.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/kernel_abi.h"
#include "lossc/engine.h"

namespace lossc::runtime {

/// A declared size: a symbol plus an offset, or the offset alone.
struct Extent {
  int symbol = -1;  ///< index into Program::symbols
  std::int64_t offset = 0;
  bool of_array = true;  ///< else only a range makes it: empty, never negative
};

struct Parameter {
  std::string name;
  api::Argument::Role role{};
  bool is_label = false;
  bool is_option = false;
  bool bound = false;  ///< a constant of this program: not an argument of a call
  bool has_default = false;
  std::vector<double> default_values;  ///< one, repeated, or one per element
  std::vector<Extent> shape;
  Extent classes;  ///< of a label
  std::optional<std::int64_t> ignore;
  std::string direction_of;   ///< the argument whose Hessian is multiplied by this; else empty
  bool unrestricted = false;  ///< every number is in its domain
  /// Why a value is outside its domain, in words.
  std::function<std::optional<std::string>(double)> outside;

  bool per_example() const { return role != api::Argument::Role::param; }
};

struct Symbol {
  std::string name;
  std::optional<std::int64_t> bound;
};

enum class DerivativeKind { gradient, hessian, product };

/// A kind of derivative: the word for one in messages, and where the public options name those of
/// the kind and what receives them.
struct DerivativeRow {
  DerivativeKind kind;
  const char* name;
  std::vector<std::string> api::KernelOptions::*names;
  std::vector<api::Output> api::CallOptions::*outputs;
};
/// By kind.
inline constexpr std::array derivative_kinds = {
    DerivativeRow{DerivativeKind::gradient, "gradient", &api::KernelOptions::gradients,
                  &api::CallOptions::gradients},
    DerivativeRow{DerivativeKind::hessian, "hessian", &api::KernelOptions::hessians,
                  &api::CallOptions::hessians},
    DerivativeRow{DerivativeKind::product, "hessian product", &api::KernelOptions::products,
                  &api::CallOptions::products}};
constexpr const DerivativeRow& row_of(DerivativeKind kind) {
  return derivative_kinds[static_cast<std::size_t>(kind)];
}

/// An output per element of a parameter.
struct Derivative {
  DerivativeKind kind{};
  std::size_t parameter = 0;  ///< index into Program::parameters
};

/// Which of several compilations of one program a call needs.
struct Variant {
  bool contiguous = true;
  std::uint64_t wide_labels = 0;  ///< bit i: label array i is 64-bit (64 parameters at most)
  auto operator<=>(const Variant&) const = default;
};

struct Code {
  codegen::KernelEntry kernel = nullptr;
  codegen::KernelEntry divisor = nullptr;
  codegen::KernelEntry labels = nullptr;
  std::int64_t examples_at_a_time = 1;  ///< the kernel's; the rest of a batch is padded
  codegen::WorkspaceLayout workspace;
  std::shared_ptr<const void> owner;
};

class Program {
 public:
  std::string name;
  bool is_batch = false;  ///< one example with the declared axes, no host weights
  bool is_f32 = true;
  bool pointwise = false;  ///< vectorised along the batch
  bool wants_value = true;
  bool has_divisor = false;  ///< else 1 per example
  std::vector<Symbol> symbols;
  std::vector<Extent> sizes;            ///< by SizeId
  std::vector<Parameter> parameters;    ///< by ArrayId
  std::vector<Derivative> derivatives;  ///< in the order of the frame's outputs
  bool has_requirements = false;
  api::Signature signature;

  virtual ~Program() = default;
  /// Machine code, compiled when first asked for. Thread-safe.
  virtual api::Result<Code> code(const Variant& variant) const = 0;
  /// The message of the first `require` that these sizes (by SizeId) and params do not meet.
  virtual api::Result<std::optional<std::string>> failed_requirement(
      const std::vector<std::int64_t>& extents,
      const std::vector<std::vector<double>>& params) const = 0;
};

}  // namespace lossc::runtime
