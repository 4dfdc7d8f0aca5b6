// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's .npy format, versions 1 to 3: a magic string, the length of a header, the header (a
// Python dictionary with 'descr', 'fortran_order' and 'shape'), the elements.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "compiler/lossc/arrays.h"
#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

constexpr std::size_t preamble = 10;

/// The text after `'key':` in the header, up to where its value ends.
std::string field(const std::string& header, const std::string& key) {
  const std::size_t at = header.find("'" + key + "'");
  if (at == std::string::npos) return "";
  std::size_t begin = header.find(':', at);
  if (begin == std::string::npos) return "";
  begin = header.find_first_not_of(' ', begin + 1);
  if (begin == std::string::npos) return "";
  const char open = header[begin];
  const std::size_t end = open == '('    ? header.find(')', begin)
                          : open == '\'' ? header.find('\'', begin + 1)
                                         : header.find_first_of(",}", begin);
  if (end == std::string::npos) return "";
  return open == '(' || open == '\'' ? header.substr(begin + 1, end - begin - 1)
                                     : header.substr(begin, end - begin);
}

template <class T>
double element(const char* place, bool swapped) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, place, sizeof(T));
  if (swapped) {
    for (std::size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
  }
  T value{};
  std::memcpy(&value, bytes, sizeof(T));
  return static_cast<double>(value);
}

/// IEEE binary16: 5 bits of exponent, 10 of fraction.
double half_element(const char* place, bool swapped) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, place, sizeof bits);
  if (swapped) bits = static_cast<std::uint16_t>((bits >> 8) | (bits << 8));
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const double sign = (bits >> 15) != 0 ? -1 : 1;
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return exponent == 0 ? sign * std::ldexp(fraction, -24)
                       : sign * std::ldexp(1024 + fraction, exponent - 25);
}

using Read = double (*)(const char*, bool);
struct Type {
  const char* name;
  std::size_t bytes;
  Read read;
};
constexpr Type types[] = {
    {"f2", 2, half_element},           {"f4", 4, element<float>},
    {"f8", 8, element<double>},        {"i1", 1, element<std::int8_t>},
    {"i2", 2, element<std::int16_t>},  {"i4", 4, element<std::int32_t>},
    {"i8", 8, element<std::int64_t>},  {"u1", 1, element<std::uint8_t>},
    {"u2", 2, element<std::uint16_t>}, {"u4", 4, element<std::uint32_t>},
    {"u8", 8, element<std::uint64_t>}, {"b1", 1, element<std::uint8_t>},
};

/// The row-major position of each element of a column-major array.
std::vector<double> transposed(const std::vector<double>& values,
                               const std::vector<std::int64_t>& shape) {
  std::vector<double> result(values.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  for (const double value : values) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) place = place * shape[i] + index[i];
    result[static_cast<std::size_t>(place)] = value;
    for (std::size_t i = 0; i < shape.size() && ++index[i] == shape[i]; ++i) index[i] = 0;
  }
  return result;
}

}  // namespace

Result<Tensor> tensor_from_npy(const std::string& bytes, const std::string& what) {
  const Error broken{what + " is no .npy file"};
  if (bytes.size() < preamble || !bytes.starts_with("\x93NUMPY")) return broken;
  const bool long_header = bytes[6] > 1;
  const auto byte = [&](std::size_t i) {
    return std::size_t{static_cast<unsigned char>(bytes[i])};
  };
  const std::size_t begin = long_header ? 12 : preamble;
  if (bytes.size() < begin) return broken;
  std::size_t length = byte(8) | byte(9) << 8;
  if (long_header) length |= byte(10) << 16 | byte(11) << 24;
  if (bytes.size() - begin < length) return broken;
  const std::string header = bytes.substr(begin, length);
  const std::string descr = field(header, "descr");
  const Type* type = nullptr;
  for (const Type& candidate : types) {
    if (descr.size() == 3 && descr.substr(1) == candidate.name) type = &candidate;
  }
  if (type == nullptr) {
    return Error{what + " holds elements of type " + json_string(descr.substr(0, 40)) +
                 ", not numbers"};
  }
  Tensor tensor;
  std::int64_t count = 1;
  std::string shape = field(header, "shape");
  for (std::size_t at = 0; at < shape.size();) {
    const std::size_t comma = std::min(shape.find(',', at), shape.size());
    const std::string part = shape.substr(at, comma - at);
    at = comma + 1;
    if (part.find_first_not_of(' ') == std::string::npos) continue;
    const auto size = parsed_integer(part);
    if (!size || *size < 0 || __builtin_mul_overflow(count, *size, &count)) return broken;
    tensor.shape.push_back(*size);
  }
  const std::size_t available = (bytes.size() - begin - length) / type->bytes;
  if (available < static_cast<std::size_t>(count)) {
    return Error{what + " ends before its last element"};
  }
  const char* place = bytes.data() + begin + length;
  tensor.values.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i, place += type->bytes) {
    tensor.values.push_back(type->read(place, descr[0] == '>'));
  }
  if (field(header, "fortran_order") == "True") {
    tensor.values = transposed(tensor.values, tensor.shape);
  }
  return tensor;
}

std::string npy_bytes(const Tensor& tensor, FloatType type) {
  std::string shape;
  for (const std::int64_t size : tensor.shape) shape += std::to_string(size) + ", ";
  if (tensor.shape.size() > 1) shape.resize(shape.size() - 2);
  std::string header = std::string("{'descr': '<") + (type == FloatType::f32 ? "f4" : "f8") +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // The elements begin at a multiple of 64 bytes; a line end closes the header.
  header.resize((preamble + header.size() + 1 + 63) / 64 * 64 - preamble - 1, ' ');
  header += '\n';
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  for (const double value : tensor.values) {
    const auto single = static_cast<float>(value);
    if (type == FloatType::f32) {
      bytes.append(reinterpret_cast<const char*>(&single), sizeof single);
    } else {
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  return bytes;
}

}  // namespace lossc::cli
