// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engine → Module → Kernel → call. All four may be shared by threads and copied freely (copies
// share what they stand for); a Kernel stays usable after its Engine and Module are gone.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lossc/result.h"
#include "lossc/view.h"

namespace lossc {
namespace runtime {
struct EngineState;
struct ModuleState;
struct KernelState;
struct CallState;
}  // namespace runtime
inline namespace api {

/// How the examples of a batch become one number: Σ wL / Σ divisor, Σ wL, or not at all.
enum class Reduction { mean, sum, none };

/// A param's value: a number, a list, or the word of an option.
class ParamValue {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> ParamValue(T number)
      : numbers_{static_cast<double>(number)}, is_scalar_(true) {}
  ParamValue(std::vector<double> numbers) : numbers_(std::move(numbers)) {}
  ParamValue(std::initializer_list<double> numbers) : numbers_(numbers) {}
  ParamValue(const char* word) : word_(word) {}
  ParamValue(std::string word) : word_(std::move(word)) {}

  bool is_word() const { return !word_.empty(); }
  bool is_scalar() const { return is_scalar_; }
  const std::string& word() const { return word_; }
  const std::vector<double>& numbers() const { return numbers_; }

 private:
  std::vector<double> numbers_;
  std::string word_;
  bool is_scalar_ = false;
};

/// A param, option or size with its value.
struct Binding {
  std::string name;
  ParamValue value;
};

struct EngineOptions {
  unsigned threads = 0;                 ///< 0: as many as the machine has
  std::string cpu = "native";           ///< or `x86-64-v3` and so on
  std::vector<std::string> roots = {};  ///< where imports are looked for (-I)
};

/// What Hessian diagonals are reported as: boosting and Newton's method want them positive. Applied
/// to each example before weights and reduction, in this order: kind, scale, floor, ceiling. A
/// `hess[x] = …` clause of the loss takes the place of the second derivative, whatever the kind.
struct Curvature {
  /// gauss_newton: what is inside the outermost curved functions counts by its tangent alone, so
  /// that a convex function of anything has no negative curvature. (log(1 + exp(z)) and the like
  /// count as one function of z, as the stabiliser sees them.)
  enum class Kind { exact, gauss_newton, absolute };
  Kind kind = Kind::exact;
  double scale = 1;
  std::optional<double> floor = {};
  std::optional<double> ceiling = {};
};

/// What is compiled: which outputs, with what known beforehand.
struct KernelOptions {
  std::vector<std::string> gradients = {};
  std::vector<std::string> hessians = {};  ///< diagonals
  std::vector<std::string> products = {};  ///< of the Hessian by this argument and a vector
  Curvature curvature = {};                ///< of the diagonals
  std::vector<Binding> bind = {};          ///< params, options and sizes that become constants
  DataType dtype = DataType::f32;          ///< f32 or f64
  bool value = true;
  std::string cpu = {};  ///< empty: the engine's
  unsigned width = 0;    ///< lanes; 0: as many as the CPU's registers hold
  int optimisation = 2;  ///< 0 or 2
};

/// One argument of a loss.
struct Argument {
  enum class Role { pred, target, param };
  std::string name;
  Role role = Role::pred;
  std::string domain;              ///< `logit`, `class`, …
  std::vector<std::string> shape;  ///< declared axes, as written: `K`, `K - 1`, `4`
  bool has_default = false;
  bool is_label = false;   ///< read as i32 or i64; all else in the kernel's type
  bool is_option = false;  ///< bound when a kernel is made
};

struct Signature {
  std::string name;
  std::string documentation;
  bool is_metric = false;
  bool is_batch = false;
  std::vector<Argument> arguments;
  std::vector<std::string> sizes;
};

struct Input {
  std::string_view name;
  View view;
};
struct Output {
  std::string_view name;
  MutableView view;
};

class Inputs {
 public:
  Inputs(std::initializer_list<Input> inputs) : inputs_(inputs) {}
  Inputs(std::vector<Input> inputs) : inputs_(std::move(inputs)) {}
  auto begin() const { return inputs_.begin(); }
  auto end() const { return inputs_.end(); }

 private:
  std::vector<Input> inputs_;
};

struct CallOptions {
  std::vector<Output> gradients = {};
  std::vector<Output> hessians = {};
  std::vector<Output> products = {};
  std::vector<Input> directions = {};  ///< the vectors of the products, shaped like the arguments
  MutableView values = {};             ///< w·L of each example
  View weights = {};                   ///< of each example, or one number
  View upstream = {};  ///< multiplies the gradients: one number; with `none` also one per example
  Reduction reduction = Reduction::mean;
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};  ///< that no array fixes
  std::vector<Binding> params = {};  ///< in place of, or beside, those among the inputs
  unsigned threads = 0;              ///< 0: the engine's; never changes a bit of the result
};

/// A sum as a pair of doubles whose exact sum it is: micro-batches and shards add up exactly.
struct PairSum {
  double high = 0;
  double low = 0;
};

struct Evaluation {
  double value = 0;    ///< the reduced value; of `none`, NaN (see CallOptions::values)
  double divisor = 0;  ///< Σ divisorᵢ
  PairSum value_sum;   ///< Σ wᵢLᵢ
  PairSum divisor_sum;
};

/// A call with everything checked and laid out: run() computes, allocates nothing and takes well
/// under a microsecond for few examples. Sizes, strides, types and params given by value stay as
/// prepared; pointers may change. One thread at a time; the arrays must outlive it.
class PreparedCall {
 public:
  explicit PreparedCall(std::unique_ptr<runtime::CallState> state);
  PreparedCall(PreparedCall&&) noexcept;
  PreparedCall& operator=(PreparedCall&&) noexcept;
  ~PreparedCall();

  /// By position: inputs in the order of the loss's declaration, and after them the directions of
  /// Hessian products; outputs in the order of KernelOptions.
  void set_input(std::size_t position, const void* data);
  void set_gradient(std::size_t position, void* data);
  void set_hessian(std::size_t position, void* data);
  void set_product(std::size_t position, void* data);
  void set_values(void* data);
  void set_weights(const void* data);

  Result<Evaluation> run();

 private:
  std::unique_ptr<runtime::CallState> state_;
};

class Kernel {
 public:
  explicit Kernel(std::shared_ptr<const runtime::KernelState> state) : state_(std::move(state)) {}

  const Signature& signature() const;
  DataType dtype() const;

  /// Outputs are written only if the call succeeds.
  Result<Evaluation> call(const Inputs& inputs, const CallOptions& options = {}) const;
  Result<PreparedCall> prepare(const Inputs& inputs, const CallOptions& options = {}) const;

 private:
  std::shared_ptr<const runtime::KernelState> state_;
};

class Module {
 public:
  explicit Module(std::shared_ptr<const runtime::ModuleState> state) : state_(std::move(state)) {}

  const std::string& name() const;
  /// Losses and metrics, in the order of the file.
  std::vector<std::string> losses() const;
  /// Warnings; a module with errors is not made.
  const std::vector<Diagnostic>& diagnostics() const;
  Result<Signature> signature(std::string_view loss) const;
  Result<Kernel> kernel(std::string_view loss, const KernelOptions& options = {}) const;

 private:
  std::shared_ptr<const runtime::ModuleState> state_;
};

class Engine {
 public:
  explicit Engine(const EngineOptions& options = {});

  Result<Module> load_file(const std::string& path) const;
  /// `name` is what diagnostics call it. Imports beside it are not found, save std.
  Result<Module> load_text(const std::string& text, const std::string& name = "<text>") const;
  /// A module of the standard library, e.g. `std.regression`.
  Result<Module> load_library(const std::string& module) const;

  /// For the command line, which has loaded a module already.
  const std::shared_ptr<runtime::EngineState>& state() const { return state_; }

 private:
  std::shared_ptr<runtime::EngineState> state_;
};

}  // namespace api
}  // namespace lossc
