// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Views: where the numbers of an array lie. A view owns nothing and copies nothing; it is a
// pointer, a type, sizes and strides (in elements), or a single number. What does not fit together
// is found when the view is used, so that making one cannot fail.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <vector>

namespace lossc {
inline namespace api {

enum class DataType : std::uint8_t { f32, f64, i32, i64 };

constexpr std::size_t size_of(DataType type) {
  return type == DataType::f32 || type == DataType::i32 ? 4 : 8;
}

/// float, double, and signed integers of 32 and 64 bits.
template <class T>
concept Element = std::same_as < std::remove_cv_t<T>,
float > || std::same_as<std::remove_cv_t<T>, double> ||
    (std::signed_integral<std::remove_cv_t<T>> && (sizeof(T) == 4 || sizeof(T) == 8));

template <Element T>
constexpr DataType data_type_of() {
  if constexpr (std::same_as<std::remove_cv_t<T>, float>) return DataType::f32;
  if constexpr (std::same_as<std::remove_cv_t<T>, double>) return DataType::f64;
  return sizeof(T) == 4 ? DataType::i32 : DataType::i64;
}

/// Sizes and strides of an array of some rank, held in place: making one allocates nothing.
class Shape {
 public:
  static constexpr std::size_t max_rank = 16;
  using Extents = std::initializer_list<std::int64_t>;

  Shape() = default;
  explicit Shape(std::span<const std::int64_t> sizes, std::span<const std::int64_t> strides = {}) {
    if (sizes.size() > max_rank || (!strides.empty() && strides.size() != sizes.size())) {
      valid_ = false;
      return;
    }
    rank_ = sizes.size();
    std::int64_t next = 1;
    for (std::size_t i = rank_; i-- > 0;) {
      sizes_[i] = sizes[i];
      strides_[i] = strides.empty() ? next : strides[i];
      if (__builtin_mul_overflow(next, sizes[i] > 0 ? sizes[i] : 1, &next)) valid_ = false;
    }
  }

  std::size_t rank() const { return rank_; }
  std::int64_t size(std::size_t axis) const { return sizes_[axis]; }
  std::int64_t stride(std::size_t axis) const { return strides_[axis]; }
  /// False: more than max_rank axes, other than one stride per axis, or sizes past 64 bits.
  bool valid() const { return valid_; }

 private:
  std::size_t rank_ = 0;
  bool valid_ = true;
  std::array<std::int64_t, max_rank> sizes_{};
  std::array<std::int64_t, max_rank> strides_{};
};

/// An array that is written.
class MutableView {
 public:
  /// Nothing: the output is not wanted.
  MutableView() = default;

  template <Element T>
  requires(!std::is_const_v<T>)
      MutableView(T* data, Shape::Extents sizes, Shape::Extents strides = {})
      : MutableView(data, data_type_of<T>(), std::span(sizes.begin(), sizes.size()),
                    std::span(strides.begin(), strides.size())) {}
  MutableView(void* data, DataType type, std::span<const std::int64_t> sizes,
              std::span<const std::int64_t> strides = {})
      : data_(data), type_(type), shape_(sizes, strides), present_(true) {}

  template <Element T>
  MutableView(std::vector<T>& values) : MutableView(std::span<T>(values)) {}
  template <Element T>
  MutableView(std::vector<T>& values, Shape::Extents sizes) : MutableView(values.data(), sizes) {
    length_ = static_cast<std::int64_t>(values.size());
  }
  template <Element T, std::size_t extent>
  requires(!std::is_const_v<T>) MutableView(std::span<T, extent> values)
      : MutableView(values.data(), {static_cast<std::int64_t>(values.size())}) {
    length_ = static_cast<std::int64_t>(values.size());
  }
  template <Element T, std::size_t count>
  MutableView(std::array<T, count>& values) : MutableView(std::span<T>(values)) {}
  template <Element T, std::size_t count>
  requires(!std::is_const_v<T>) MutableView(T (&values)[count])
      : MutableView(std::span<T>(values)) {}

  bool present() const { return present_; }
  void* data() const { return data_; }
  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  /// Elements that are there behind the pointer, where that is known; else -1.
  std::int64_t length() const { return length_; }

 private:
  void* data_ = nullptr;
  DataType type_ = DataType::f32;
  Shape shape_;
  std::int64_t length_ = -1;
  bool present_ = false;
};

/// An array that is read, or one number.
class View {
 public:
  View() = default;

  template <class T>
  requires std::is_arithmetic_v<T> View(T number)
      : number_(static_cast<double>(number)), is_number_(true), present_(true) {}

  template <Element T>
  View(const T* data, Shape::Extents sizes, Shape::Extents strides = {})
      : View(data, data_type_of<T>(), std::span(sizes.begin(), sizes.size()),
             std::span(strides.begin(), strides.size())) {}
  View(const void* data, DataType type, std::span<const std::int64_t> sizes,
       std::span<const std::int64_t> strides = {})
      : data_(data), type_(type), shape_(sizes, strides), present_(true) {}

  template <Element T>
  View(const std::vector<T>& values) : View(std::span<const T>(values)) {}
  template <Element T>
  View(const std::vector<T>& values, Shape::Extents sizes) : View(values.data(), sizes) {
    length_ = static_cast<std::int64_t>(values.size());
  }
  template <Element T, std::size_t extent>
  View(std::span<T, extent> values)
      : View(values.data(), {static_cast<std::int64_t>(values.size())}) {
    length_ = static_cast<std::int64_t>(values.size());
  }
  template <Element T, std::size_t count>
  View(const std::array<T, count>& values) : View(std::span<const T>(values)) {}
  template <Element T, std::size_t count>
  View(const T (&values)[count]) : View(std::span<const T>(values)) {}
  View(const MutableView& view)
      : data_(view.data()),
        type_(view.type()),
        shape_(view.shape()),
        length_(view.length()),
        present_(view.present()) {}

  bool present() const { return present_; }
  bool is_number() const { return is_number_; }
  double number() const { return number_; }
  const void* data() const { return data_; }
  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  std::int64_t length() const { return length_; }

 private:
  const void* data_ = nullptr;
  DataType type_ = DataType::f32;
  Shape shape_;
  std::int64_t length_ = -1;
  double number_ = 0;
  bool is_number_ = false;
  bool present_ = false;
};

}  // namespace api
}  // namespace lossc
