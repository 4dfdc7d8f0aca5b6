// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// By the public interface, as a host would call it. (Compiler headers first: see compilation.h.)
#include "compiler/verify/compiled.h"

#include <deque>
#include <map>

#include "runtime/compiler_result.h"
//
#include "lossc/lossc.h"
#include "runtime/state.h"

namespace lossc::verify {

struct Compiled::State {
  const Subject* subject = nullptr;
  FloatType type{};
  api::Kernel kernel;
};

namespace {

using runtime::CompilerError;
using runtime::CompilerResult;

/// Points of one shape as arrays, and room for what comes back.
template <class T>
class Batch {
 public:
  Batch(const Subject& subject, std::span<const Point> points, std::vector<std::size_t> rows)
      : subject_(subject), rows_(std::move(rows)), extents_(points[rows_[0]].extents) {
    for (std::size_t i = 0; i < subject.compiled->arrays.size(); ++i) add_input(points, i);
    for (const Quantity& quantity : subject.quantities) add_output(quantity);
    for (std::size_t i = 0; i < extents_.size(); ++i) {
      const ir::Size& size = subject.compiled->sizes[i];
      if (!size.symbol.empty()) options_.sizes.emplace_back(size.symbol, extents_[i] - size.offset);
    }
    options_.reduction = subject.is_batch ? api::Reduction::sum : api::Reduction::none;
    options_.threads = 1;
  }

  CompilerResult<bool> run(const api::Kernel& kernel, std::vector<Numbers>& results) {
    const auto evaluation = kernel.call(api::Inputs(inputs_), options_);
    if (!evaluation) return CompilerError{evaluation.error().message};
    if (subject_.is_batch) outputs_[0][0] = static_cast<T>(evaluation->value);
    for (std::size_t q = 0; q < outputs_.size(); ++q) {
      const std::size_t width = outputs_[q].size() / rows_.size();
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        const auto begin = outputs_[q].begin() + static_cast<std::ptrdiff_t>(r * width);
        results[rows_[r]][q].assign(begin, begin + static_cast<std::ptrdiff_t>(width));
      }
    }
    return true;
  }

 private:
  std::vector<std::int64_t> shape(std::size_t array) const {
    std::vector<std::int64_t> result;
    const ir::Function& function = *subject_.compiled;
    if (!subject_.is_batch) result.push_back(static_cast<std::int64_t>(rows_.size()));
    for (const ir::SizeId size : function.arrays[array].shape) {
      result.push_back(extents_[size.index]);
    }
    return result;
  }

  void add_input(std::span<const Point> points, std::size_t i) {
    if (is_bound(subject_, i)) return;
    const ir::Array& array = subject_.compiled->arrays[i];
    const bool label = array.domain == ir::Domain::class_;
    std::vector<T>& numbers = numbers_.emplace_back();
    std::vector<std::int32_t>& labels = labels_.emplace_back();
    for (const std::size_t row : rows_) {
      for (const double x : points[row].arrays[i]) {
        if (label) {
          labels.push_back(static_cast<std::int32_t>(x));
        } else {
          numbers.push_back(static_cast<T>(x));
        }
      }
    }
    const std::vector<std::int64_t> sizes = shape(i);
    const void* data = label ? static_cast<const void*>(labels.data()) : numbers.data();
    const api::DataType type = label ? api::DataType::i32 : api::data_type_of<T>();
    inputs_.push_back({array.name, api::View(data, type, sizes)});
  }

  void add_output(const Quantity& quantity) {
    const bool value = quantity.kind == ir::OutputKind::value;
    const std::size_t i = quantity.array.index;
    const std::size_t width = value ? 1 : elements(*subject_.compiled, i, extents_);
    std::vector<T>& numbers = outputs_.emplace_back(width * rows_.size());
    if (value) {
      if (!subject_.is_batch) options_.values = api::MutableView(numbers);
      return;
    }
    const api::MutableView view(numbers.data(), api::data_type_of<T>(), shape(i));
    auto& wanted =
        quantity.kind == ir::OutputKind::gradient ? options_.gradients : options_.hessians;
    wanted.push_back({subject_.compiled->arrays[i].name, view});
  }

  const Subject& subject_;
  std::vector<std::size_t> rows_;
  std::vector<std::int64_t> extents_;
  std::deque<std::vector<T>> numbers_;
  std::deque<std::vector<std::int32_t>> labels_;
  std::deque<std::vector<T>> outputs_;
  std::vector<api::Input> inputs_;
  api::CallOptions options_;
};

}  // namespace

CompilerResult<Compiled> Compiled::make(const Subject& subject, const CompileOptions& options) {
  api::KernelOptions wanted;
  for (const Quantity& quantity : subject.quantities) {
    const std::string& name = subject.compiled->arrays.empty()
                                  ? subject.name
                                  : subject.compiled->arrays[quantity.array.index].name;
    if (quantity.kind == ir::OutputKind::gradient) wanted.gradients.push_back(name);
    if (quantity.kind == ir::OutputKind::hessian) wanted.hessians.push_back(name);
  }
  for (const auto& [name, values] : subject.binding.params) {
    std::vector<double> numbers;
    for (const ir::Number& value : values) numbers.push_back(value.to_double());
    wanted.bind.push_back(
        {name, numbers.size() == 1 ? api::ParamValue(numbers[0]) : api::ParamValue(numbers)});
  }
  for (const auto& [name, size] : subject.binding.sizes) wanted.bind.push_back({name, size});
  wanted.dtype = options.type == FloatType::f32 ? api::DataType::f32 : api::DataType::f64;
  wanted.cpu = options.cpu;
  wanted.width = options.width;
  api::EngineOptions engine;
  engine.threads = 1;
  engine.cpu = options.cpu;
  const auto kernel = runtime::kernel_of(api::Engine(engine).state(), subject.compiled, wanted);
  if (!kernel) return CompilerError{kernel.error().message};
  return Compiled(std::make_shared<const State>(State{&subject, options.type, *kernel}));
}

CompilerResult<std::vector<Numbers>> Compiled::run(std::span<const Point> points) const {
  const Subject& subject = *state_->subject;
  std::map<std::vector<std::int64_t>, std::vector<std::vector<std::size_t>>> groups;
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto& batches = groups[points[i].extents];
    // A loss of a whole batch takes one point a call.
    if (batches.empty() || subject.is_batch) batches.emplace_back();
    batches.back().push_back(i);
  }
  std::vector<Numbers> results(points.size(), Numbers(subject.quantities.size()));
  for (const auto& [extents, batches] : groups) {
    for (const std::vector<std::size_t>& rows : batches) {
      const auto done = state_->type == FloatType::f32
                            ? Batch<float>(subject, points, rows).run(state_->kernel, results)
                            : Batch<double>(subject, points, rows).run(state_->kernel, results);
      if (!done) return done.error();
    }
  }
  return results;
}

}  // namespace lossc::verify
