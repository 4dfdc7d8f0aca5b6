// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function of the IR, random data for it, and what compiled code makes of them beside what the
// interpreter says. Arrays end where an unreadable page begins, so a read past the end is a crash.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/ir/interpreter.h"
#include "compiler/jit/jit.h"

namespace lossc::testing {

/// Memory whose last byte is the last before a page that cannot be touched.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t bytes) {
    constexpr std::size_t page = 4096;
    std::size_t inside = (bytes + page - 1) / page * page;
    size_ = inside + page;
    base_ = static_cast<char*>(
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base_ + inside, page, PROT_NONE);
    data_ = base_ + inside - bytes;
  }
  GuardedMemory(GuardedMemory&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), data_(other.data_), size_(other.size_) {}
  GuardedMemory& operator=(GuardedMemory&&) = delete;
  ~GuardedMemory() {
    if (base_ != nullptr) munmap(base_, size_);
  }
  char* data() const { return data_; }

 private:
  char* base_;
  char* data_;
  std::size_t size_;
};

/// A small builder of functions for tests.
struct Builder {
  ir::Function f;
  explicit Builder(ir::Graph::Mode mode = ir::Graph::Mode::normalising) {
    f.name = "tested";
    f.module = "test";
    f.graph = ir::Graph(mode);
  }
  ir::Graph& g() { return f.graph; }
  ir::SizeId size(const char* symbol, std::int64_t offset = 0) {
    return f.size_id({symbol, offset});
  }
  ir::ArrayId array(const char* name, ir::Role role, ir::Domain domain,
                    std::vector<ir::SizeId> shape = {}) {
    ir::Array array;
    array.name = name;
    array.role = role;
    array.domain = domain;
    array.shape = std::move(shape);
    f.arrays.push_back(std::move(array));
    return {static_cast<std::uint16_t>(f.arrays.size() - 1)};
  }
  ir::ExprId load(ir::ArrayId array, std::vector<ir::ExprId> subscripts = {}) {
    return g().load(array, subscripts);
  }
  ir::ExprId number(long value) { return g().constant(ir::Number(value)); }
  void output(ir::OutputKind kind, ir::ExprId root, ir::ArrayId array = {},
              std::vector<ir::Axis> axes = {}) {
    f.outputs.push_back({kind, array, std::move(axes), root});
  }
};

struct Setting {
  codegen::TargetOptions options;
  std::int64_t batch = 5;
  std::map<std::string, std::int64_t> sizes;
  bool host_weights = false;
  unsigned seed = 1;
  /// Changes the data before they are used: (array, values of all examples).
  std::function<void(std::size_t, std::vector<double>&)> adjust = nullptr;
};

class Comparison {
 public:
  Comparison(const ir::Function& function, const Setting& setting) : f_(function), s_(setting) {
    auto extents = ir::extents(function, setting.sizes);
    EXPECT_TRUE(extents.ok());
    extents_ = *extents;
    for (std::size_t i = 0; i < function.arrays.size(); ++i) make_data(i);
  }

  /// Compiles, runs, compares every output with the interpreter's; relative tolerance.
  void run(double tolerance) {
    auto kernel = jit::compiled(f_, s_.options);
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    run_compiled(**kernel);
    ir::Precision precision(160);
    interpret_all();
    compare(tolerance);
  }
  double sum() const { return sums_[0] + sums_[1]; }
  const std::vector<double>& gradient(std::size_t i) const { return results_[i]; }

 private:
  bool f32() const { return s_.options.float_type == FloatType::f32; }
  bool label(std::size_t i) const { return f_.arrays[i].domain == ir::Domain::class_; }
  bool wide(std::size_t i) const {
    return i < s_.options.wide_labels.size() && s_.options.wide_labels[i];
  }
  std::size_t elements(const std::vector<ir::SizeId>& shape) const {
    std::size_t n = 1;
    for (ir::SizeId size : shape) n *= static_cast<std::size_t>(extents_[size.index]);
    return n;
  }
  std::size_t rows(const ir::Array& array) const {
    return array.role == ir::Role::param ? 1 : static_cast<std::size_t>(s_.batch);
  }

  double draw(const ir::Array& array) {
    std::normal_distribution<double> normal(0, 2);
    std::uniform_real_distribution<double> unit(0.05, 0.95);
    switch (array.domain) {
      case ir::Domain::class_:
        return static_cast<double>(
            random_() %
            std::max<std::uint64_t>(1, static_cast<std::uint64_t>(extents_[array.classes.index])));
      case ir::Domain::positive:
        return std::exp(normal(random_) / 2);
      case ir::Domain::probability:
        return unit(random_);
      case ir::Domain::binary:
        return static_cast<double>(random_() % 2);
      default:
        return normal(random_);
    }
  }

  void make_data(std::size_t i) {
    const ir::Array& array = f_.arrays[i];
    std::vector<double> values(rows(array) * elements(array.shape));
    random_.seed(s_.seed + static_cast<unsigned>(i));
    for (double& value : values) {
      value = draw(array);
      if (f32() && !label(i)) value = static_cast<float>(value);
    }
    if (s_.adjust) s_.adjust(i, values);
    values_.push_back(std::move(values));
  }

  // A host array with the last stride 1, or 2 and rows one longer than need be.
  struct Placed {
    GuardedMemory memory;
    codegen::ArrayFrame frame{};
    std::size_t row = 0;
  };
  std::size_t stride() const { return s_.options.contiguous ? 1 : 2; }
  Placed place(const std::vector<ir::SizeId>& shape, std::size_t row_count, std::size_t bytes) {
    std::size_t row = elements(shape) * stride();
    Placed placed{GuardedMemory(row * row_count * bytes), {}, row};
    placed.frame.data = placed.memory.data();
    placed.frame.batch_stride = static_cast<std::int64_t>(row);
    std::int64_t step = static_cast<std::int64_t>(stride());
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      placed.frame.strides[axis] = step;
      step *= extents_[shape[axis].index];
    }
    return placed;
  }

  void put(char* place, std::size_t i, double value) const {
    auto write = [&](auto typed) { std::memcpy(place, &typed, sizeof typed); };
    if (label(i)) {
      wide(i) ? write(static_cast<std::int64_t>(value)) : write(static_cast<std::int32_t>(value));
    } else {
      f32() ? write(static_cast<float>(value)) : write(value);
    }
  }

  void run_compiled(const jit::CompiledKernel& kernel) {
    std::size_t real = f32() ? 4 : 8;
    std::vector<Placed> inputs, outputs;
    std::vector<codegen::ArrayFrame> input_frames, output_frames;
    for (std::size_t i = 0; i < f_.arrays.size(); ++i) {
      const ir::Array& array = f_.arrays[i];
      std::size_t bytes = label(i) ? (wide(i) ? 8 : 4) : real;
      inputs.push_back(place(array.shape, rows(array), bytes));
      std::size_t row = elements(array.shape);
      for (std::size_t e = 0; e < values_[i].size(); ++e) {
        std::size_t at = e / row * inputs[i].row + e % row * stride();
        put(inputs[i].memory.data() + at * bytes, i, values_[i][e]);
      }
      input_frames.push_back(inputs[i].frame);
    }
    for (std::size_t position : kernel.layout.outputs) {
      const ir::Array& array = f_.arrays[f_.outputs[position].array.index];
      bool param = array.role == ir::Role::param;
      outputs.push_back(place(array.shape, param ? 2 : rows(array), param ? 8 : real));
      output_frames.push_back(outputs.back().frame);
      if (param) {
        auto& strides = output_frames.back().strides;
        for (std::size_t a = 0; a < array.shape.size(); ++a) {
          strides[a] /= static_cast<std::int64_t>(stride());
        }
      }
    }
    for (std::size_t e = 0; e < static_cast<std::size_t>(s_.batch); ++e) {
      weights_.push_back(s_.host_weights ? static_cast<double>(e % 3) / 2 : 1);
    }
    std::vector<float> weights32(weights_.begin(), weights_.end());
    std::vector<double> upstream(1, 1.0);
    std::vector<float> upstream32(1, 1.0f);
    values_out_.assign(static_cast<std::size_t>(s_.batch) * real + 1, 0);
    codegen::KernelFrame frame{};
    frame.last_example = s_.batch;
    frame.sizes = extents_.data();
    frame.inputs = input_frames.data();
    frame.outputs = output_frames.data();
    frame.weights = f32() ? static_cast<void*>(weights32.data()) : weights_.data();
    frame.weights_stride = s_.host_weights ? 1 : 0;
    double one = 1;
    float one32 = 1;
    if (!s_.host_weights) frame.weights = f32() ? static_cast<void*>(&one32) : &one;
    frame.upstream = f32() ? static_cast<void*>(upstream32.data()) : upstream.data();
    frame.scale = 0.5;
    frame.values = values_out_.data();
    frame.values_stride = 1;
    frame.sums = sums_;
    GuardedMemory workspace(static_cast<std::size_t>(kernel.workspace.bytes(extents_)));
    frame.workspace = workspace.data();
    if (kernel.labels != nullptr) {
      EXPECT_EQ(kernel.labels(&frame), 0);
    }
    if (kernel.divisor != nullptr) kernel.divisor(&frame);
    kernel.kernel(&frame);
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      read_output(kernel.layout.outputs[o], outputs[o]);
    }
  }

  void read_output(std::size_t position, const Placed& placed) {
    const ir::Array& array = f_.arrays[f_.outputs[position].array.index];
    std::size_t row = elements(array.shape);
    std::vector<double> result;
    if (array.role == ir::Role::param) {
      const char* data = placed.memory.data();
      for (std::size_t e = 0; e < row; ++e) {
        double high = 0, low = 0;
        std::memcpy(&high, data + e * 8, 8);
        std::memcpy(&low, data + (row + e) * 8, 8);
        result.push_back(high + low);
      }
    } else {
      for (std::size_t e = 0; e < row * rows(array); ++e) {
        std::size_t at = e / row * placed.row + e % row * stride();
        result.push_back(read_real(placed.memory.data(), at));
      }
    }
    results_.push_back(std::move(result));
    positions_.push_back(position);
  }

  double read_real(const char* data, std::size_t at) const {
    float single = 0;
    double value = 0;
    if (f32()) {
      std::memcpy(&single, data + at * 4, 4);
      return static_cast<double>(single);
    }
    std::memcpy(&value, data + at * 8, 8);
    return value;
  }

  void interpret_all() {
    for (std::size_t position : positions_) {
      const ir::Array& array = f_.arrays[f_.outputs[position].array.index];
      expected_.emplace_back(elements(array.shape) * rows(array), 0.0);
    }
    for (std::size_t e = 0; e < static_cast<std::size_t>(s_.batch); ++e) {
      ir::Example example;
      example.sizes = extents_;
      for (std::size_t i = 0; i < f_.arrays.size(); ++i) {
        std::size_t row = elements(f_.arrays[i].shape);
        std::size_t first = f_.arrays[i].role == ir::Role::param ? 0 : e * row;
        std::vector<ir::Real> values;
        for (std::size_t j = 0; j < row; ++j) values.emplace_back(values_[i][first + j]);
        example.arrays.push_back(std::move(values));
      }
      interpret_one(e, example);
    }
  }

  double scalar(ir::OutputKind kind, const ir::Example& example, double otherwise) {
    const ir::Output* output = f_.find(kind);
    if (output == nullptr) return otherwise;
    auto values = ir::interpret(f_, *output, example);
    EXPECT_TRUE(values.ok()) << values.error().message;
    return static_cast<double>((*values)[0]);
  }

  void interpret_one(std::size_t e, const ir::Example& example) {
    double own = scalar(ir::OutputKind::weight, example, 1);
    double weight = own * weights_[e];
    double divisor = scalar(ir::OutputKind::divisor, example, own);
    expected_divisor_ += divisor * weights_[e];
    double value = weight == 0 ? 0 : weight * scalar(ir::OutputKind::value, example, 0);
    expected_sum_ += value;
    expected_values_.push_back(value);
    for (std::size_t o = 0; o < positions_.size(); ++o) {
      const ir::Output& output = f_.outputs[positions_[o]];
      if (weight == 0) continue;
      auto gradient = ir::interpret(f_, output, example);
      ASSERT_TRUE(gradient.ok()) << gradient.error().message;
      bool param = f_.arrays[output.array.index].role == ir::Role::param;
      std::size_t row = gradient->size();
      for (std::size_t i = 0; i < row; ++i) {
        expected_[o][param ? i : e * row + i] += static_cast<double>((*gradient)[i]) * weight * 0.5;
      }
    }
  }

  static void expect_close(double expected, double actual, double tolerance,
                           const std::string& where) {
    if (std::isnan(expected) || std::isinf(expected)) {
      EXPECT_TRUE(expected == actual || (std::isnan(expected) && std::isnan(actual)))
          << where << ": expected " << expected << ", got " << actual;
      return;
    }
    EXPECT_NEAR(expected, actual, tolerance * std::max(1.0, std::fabs(expected))) << where;
  }

  void compare(double tolerance) {
    if (f_.find(ir::OutputKind::value) != nullptr) {
      double magnitude = 1;
      for (double value : expected_values_) {
        if (std::isfinite(value)) magnitude += std::fabs(value);
      }
      expect_close(expected_sum_, sum(), std::isfinite(expected_sum_) ? tolerance * magnitude : 0,
                   "sum");
      for (std::size_t e = 0; e < expected_values_.size(); ++e) {
        expect_close(expected_values_[e], read_real(values_out_.data(), e), tolerance,
                     "value " + std::to_string(e));
      }
    }
    if (f_.find(ir::OutputKind::weight) != nullptr || f_.find(ir::OutputKind::divisor) != nullptr) {
      expect_close(expected_divisor_, sums_[2] + sums_[3], tolerance, "divisor");
    }
    for (std::size_t o = 0; o < positions_.size(); ++o) {
      for (std::size_t i = 0; i < expected_[o].size(); ++i) {
        expect_close(expected_[o][i], results_[o][i], tolerance,
                     "output " + std::to_string(positions_[o]) + " element " + std::to_string(i));
      }
    }
  }

  const ir::Function& f_;
  const Setting& s_;
  std::mt19937_64 random_;
  std::vector<std::int64_t> extents_;
  std::vector<std::vector<double>> values_;
  std::vector<double> weights_;
  std::vector<char> values_out_;
  double sums_[4] = {0, 0, 0, 0};
  std::vector<std::size_t> positions_;
  std::vector<std::vector<double>> results_, expected_;
  std::vector<double> expected_values_;
  double expected_sum_ = 0, expected_divisor_ = 0;
};

inline double tolerance(FloatType type) { return type == FloatType::f32 ? 2e-6 : 1e-14; }

inline void expect_agreement(const ir::Function& function, const Setting& setting) {
  SCOPED_TRACE(setting.options.cpu +
               (setting.options.float_type == FloatType::f32 ? " f32" : " f64") + " width " +
               std::to_string(setting.options.width) + " batch " + std::to_string(setting.batch) +
               (setting.options.contiguous ? "" : " strided"));
  Comparison(function, setting).run(tolerance(setting.options.float_type));
}

/// Every CPU level that this machine runs, both types, several widths.
inline std::vector<codegen::TargetOptions> targets() {
  std::vector<codegen::TargetOptions> all;
  for (const char* cpu : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    if (!codegen::host_runs(cpu)) continue;
    for (FloatType type : {FloatType::f32, FloatType::f64}) {
      for (unsigned width : {4u, 16u}) {
        codegen::TargetOptions options;
        options.cpu = cpu;
        options.float_type = type;
        options.width = width;
        all.push_back(options);
      }
    }
  }
  return all;
}

}  // namespace lossc::testing
