// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/verify_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

using verify::Certificate;
using verify::Fault;
using verify::Finding;
using verify::Record;
using verify::Subject;

/// An array in nested brackets, as `lossc eval --input` reads it.
std::string array_text(const std::vector<double>& values, const std::vector<std::int64_t>& shape,
                       FloatType type, bool json) {
  const auto number = [&](double x) { return json ? json_number(x, type) : number_text(x, type); };
  if (shape.empty()) return number(values.at(0));
  std::string text;
  std::size_t next = 0;
  const auto nested = [&](const auto& self, std::size_t axis) -> void {
    text += '[';
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      if (i > 0) text += ", ";
      if (axis + 1 < shape.size()) {
        self(self, axis + 1);
      } else {
        text += number(values[next++]);
      }
    }
    text += ']';
  };
  nested(nested, 0);
  return text;
}

std::vector<std::int64_t> shape_of(const Subject& subject, const verify::Point& point,
                                   std::size_t array) {
  std::vector<std::int64_t> shape;
  for (const ir::SizeId size : subject.literal->arrays[array].shape) {
    shape.push_back(point.extents[size.index]);
  }
  return shape;
}

std::string point_text(const Subject& subject, const verify::Point& point, FloatType type) {
  std::string text;
  for (std::size_t i = 0; i < point.arrays.size(); ++i) {
    if (verify::is_bound(subject, i)) continue;
    text += (text.empty() ? "" : " ") + subject.literal->arrays[i].name + "=" +
            array_text(point.arrays[i], shape_of(subject, point, i), type, false);
  }
  return text;
}

std::string point_json(const Subject& subject, const verify::Point& point, FloatType type) {
  std::string text;
  for (std::size_t i = 0; i < point.arrays.size(); ++i) {
    if (verify::is_bound(subject, i)) continue;
    text += (text.empty() ? "" : ", ") + json_string(subject.literal->arrays[i].name) + ": " +
            array_text(point.arrays[i], shape_of(subject, point, i), type, true);
  }
  return "{" + text + "}";
}

std::string error_text(double ulps) {
  if (std::isinf(ulps)) return "no number";
  return ulps < 1e5 ? fmt::format("{:.2f} ULP", ulps) : fmt::format("{:.2g} ULP", ulps);
}

std::string threshold_text(const verify::Threshold& threshold) {
  if (threshold.per_condition == 0) return fmt::format("{:g}", threshold.absolute);
  return fmt::format("{:g} + {:g}·cond", threshold.absolute, threshold.per_condition);
}

std::string element_name(const Record& record, const Finding& finding, const Subject& subject) {
  const bool scalar = record.quantity.kind == ir::OutputKind::value ||
                      subject.literal->arrays[record.quantity.array.index].shape.empty();
  return scalar ? "" : fmt::format(" element {},", finding.element);
}

/// What is wrong and where; the second lines of a finding.
std::string place_text(const Subject& subject, const Finding& finding, FloatType type) {
  std::string text;
  if (finding.fault != Fault::none) {
    text += fmt::format("{}: {}, exactly {:.17Lg}{}\n             ", name_of(finding.fault),
                        number_text(finding.got, type), finding.exact.value,
                        finding.exact.from_stable ? " (by the stable form)" : "");
  }
  return text + "at " + point_text(subject, finding.point, type);
}

std::string finding_text(const Subject& subject, const Record& record, const Finding& finding,
                         FloatType type) {
  std::string text = element_name(record, finding, subject) + " " + error_text(finding.ulps) + " (";
  if (finding.condition >= 0) text += fmt::format("condition {:.3g}, ", finding.condition);
  text += fmt::format("{:.2g} of {})", finding.ratio, threshold_text(record.threshold));
  if (finding.ulps == 0) return text;
  return text + "\n             " + place_text(subject, finding, type);
}

std::string type_name(FloatType type) { return type == FloatType::f32 ? "f32" : "f64"; }

}  // namespace

std::string certificate_text(const Subject& subject, const Certificate& certificate) {
  std::string text = fmt::format("{} {} {}\n", certificate.passes() ? "PASS" : "FAIL",
                                 certificate.loss, type_name(certificate.type));
  for (const Record& record : certificate.records) {
    text += fmt::format("  {:<10}", record.quantity.name);
    if (!record.passes()) {
      text += fmt::format(" {}{} of {} numbers fail, the worst:", record.failures,
                          record.suspects > 0 ? " or more" : "", record.numbers);
    }
    text += record.worst.empty()
                ? " nothing to compare"
                : finding_text(subject, record, record.worst.front(), certificate.type);
    text += "\n";
    if (record.mildest && !(record.mildest->point == record.worst.front().point)) {
      text += "             and at less extreme arguments" +
              finding_text(subject, record, *record.mildest, certificate.type) + "\n";
    }
    std::string notes;
    const auto note = [&](std::size_t count, const char* what) {
      if (count > 0) notes += fmt::format("{}{} {}", notes.empty() ? "" : ", ", count, what);
    };
    note(record.by_stable, "judged by the stable form");
    note(record.unresolved, "not resolved");
    note(record.undefined, "undefined");
    note(record.at_jumps, "at jumps");
    if (!notes.empty()) {
      text += fmt::format("             of {} numbers {}\n",
                          record.numbers + record.unresolved + record.undefined + record.at_jumps,
                          notes);
    }
  }
  return text;
}

namespace {

std::string finding_json(const Subject& subject, const Finding& finding, FloatType type) {
  return fmt::format(
      R"({{"ulps": {}, "condition": {}, "ratio": {}, "fault": {}, "element": {}, "got": {}, )"
      R"("exact": "{:.20Lg}", "at": {}}})",
      json_number(finding.ulps, FloatType::f64),
      finding.condition < 0 ? "null" : json_number(finding.condition, FloatType::f64),
      json_number(finding.ratio, FloatType::f64),
      finding.fault == Fault::none ? "null" : json_string(name_of(finding.fault)), finding.element,
      json_number(finding.got, type), finding.exact.value,
      point_json(subject, finding.point, type));
}

}  // namespace

std::string certificate_json(const Subject& subject, const Certificate& certificate) {
  std::string outputs;
  for (const Record& record : certificate.records) {
    if (!outputs.empty()) outputs += ", ";
    outputs += fmt::format(
        R"({{"output": {}, "passes": {}, "numbers": {}, "failures": {}, "suspects": {}, )"
        R"("unresolved": {}, "undefined": {}, "at_jumps": {}, "by_stable_form": {}, )"
        R"("threshold": {{"absolute": {}, "per_condition": {}}}, "worst": {}, "mildest": {}}})",
        json_string(record.quantity.name), record.passes(), record.numbers, record.failures,
        record.suspects, record.unresolved, record.undefined, record.at_jumps, record.by_stable,
        json_number(record.threshold.absolute, FloatType::f64),
        json_number(record.threshold.per_condition, FloatType::f64),
        record.worst.empty() ? "null"
                             : finding_json(subject, record.worst.front(), certificate.type),
        record.mildest ? finding_json(subject, *record.mildest, certificate.type) : "null");
  }
  return fmt::format(R"({{"loss": {}, "dtype": "{}", "passes": {}, "points": {}, "screened": {}, )"
                     R"("outputs": [{}]}})",
                     json_string(certificate.loss), type_name(certificate.type),
                     certificate.passes(), certificate.points, certificate.screened, outputs);
}

}  // namespace lossc::cli
