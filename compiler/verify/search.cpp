// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/verify/search.h"

#include <algorithm>
#include <cmath>

#include "compiler/verify/screen.h"

namespace lossc::verify {
namespace {

constexpr std::size_t round_size = 48;
/// Half of a round's points are the most suspicious of so many times as many.
constexpr std::size_t candidates_per_point = 16;
constexpr std::size_t pool_size = 6;

Threshold threshold_of(const Subject& subject, const Quantity& quantity,
                       const SearchOptions& options) {
  Threshold result = options.threshold.value_or(Threshold{});
  if (!options.threshold && subject.has_gamma) result.absolute = 16;
  if (quantity.kind == ir::OutputKind::hessian) {
    result.absolute *= 2;
    result.per_condition *= 2;
  }
  return result;
}

/// The number of binary digits before or after the point, of the argument that has most.
double extremity(const Point& point) {
  double result = 0;
  for (const std::vector<double>& values : point.arrays) {
    for (const double x : values) {
      if (x != 0 && std::isfinite(x)) result = std::max(result, std::fabs(std::log2(std::fabs(x))));
    }
  }
  return result;
}

class Search {
 public:
  Search(const Subject& subject, const Compiled& compiled, const Screen& screen,
         const SearchOptions& options)
      : subject_(subject),
        compiled_(compiled),
        screen_(screen),
        options_(options),
        oracle_(subject),
        sampler_(subject, options.compile.type, options.seed, options.magnitude) {
    for (const Quantity& quantity : subject.quantities) {
      Record record;
      record.quantity = quantity;
      record.threshold = threshold_of(subject, quantity, options);
      records_.push_back(std::move(record));
    }
  }

  Result<Certificate> run() {
    while (!finished()) {
      const auto chosen = next_round();
      if (!chosen) return chosen.error();
      const std::vector<Point>& points = *chosen;
      if (points.empty()) break;
      const auto numbers = compiled_.run(points);
      if (!numbers) return numbers.error();
      for (std::size_t i = 0; i < points.size(); ++i) judge(points[i], (*numbers)[i]);
      looked_at_ += points.size();
      if (options_.progress) options_.progress(looked_at_);
    }
    if (looked_at_ == 0) return Error{"no point meets its conditions (require)"};
    return Certificate{subject_.name, options_.compile.type, looked_at_, screened_,
                       std::move(records_)};
  }

 private:
  bool finished() const {
    if (options_.end) return std::chrono::steady_clock::now() >= *options_.end;
    return looked_at_ >= options_.points;
  }

  Result<std::vector<Point>> next_round() {
    std::size_t count = round_size;
    if (!options_.end) count = std::min(count, options_.points - looked_at_);
    std::vector<Point> points = candidates(count / 2);
    auto others = candidates(candidates_per_point * (count - points.size()));
    screened_ += points.size() + others.size();
    auto suspicious = screen_.most_suspicious(std::move(others), count - points.size(), sampler_);
    if (!suspicious) return suspicious;
    for (Point& point : *suspicious) points.push_back(std::move(point));
    return points;
  }

  /// Of the first points, and of one in four later, nothing is derived from what was found.
  std::vector<Point> candidates(std::size_t count) {
    constexpr std::size_t fresh_at_first = 200;
    std::vector<Point> points;
    for (std::size_t i = 0; points.size() < count && i < 20 * count; ++i) {
      Point point = looked_at_ < fresh_at_first || i % 4 == 0 ? sampler_.sample() : step();
      if (oracle_.allowed(point)) points.push_back(std::move(point));
    }
    return points;
  }

  const Point* one_of_the_worst() {
    for (std::size_t attempt = 0; attempt < records_.size(); ++attempt) {
      const Record& record = records_[turn_++ % records_.size()];
      if (!record.worst.empty()) return &record.worst[turn_ % record.worst.size()].point;
    }
    return nullptr;
  }

  Point step() {
    const Point* from = one_of_the_worst();
    if (from == nullptr) return sampler_.sample();
    const Point* other = one_of_the_worst();
    return sampler_.mutated(*from, *other);
  }

  void judge(const Point& point, const Numbers& numbers) {
    const Truth truth = oracle_.truth(point);
    value_is_finite_ = std::isfinite(truth[0][0].value);
    const bool with_derivatives = oracle_.defines_derivatives(point, truth);
    for (std::size_t q = 0; q < records_.size(); ++q) {
      if (q > 0 && !with_derivatives) break;
      std::optional<Finding> worst;
      for (std::size_t e = 0; e < truth[q].size(); ++e) {
        consider(records_[q], point, e, numbers[q][e], truth[q][e], worst);
      }
      if (worst) keep(records_[q], std::move(*worst));
    }
  }

  void consider(Record& record, const Point& point, std::size_t element, double got,
                const Exact& exact, std::optional<Finding>& worst) {
    if (!exact.wanted) return;
    if (!exact.resolved()) {
      ++(exact.undefined ? record.undefined : record.unresolved);
      return;
    }
    // Where the value is finite and a derivative is not (a norm at 0), there is none.
    if (std::isinf(exact.value) && &record != &records_[0] && value_is_finite_) {
      ++record.undefined;
      return;
    }
    ++record.numbers;
    record.by_stable += exact.from_stable;
    Finding finding{point, element, got, exact, 0, -1, 0, Fault::none};
    finding.ulps = error_in_ulps(got, exact.value, options_.compile.type);
    finding.ratio = finding.ulps / record.threshold.absolute;
    // A condition number costs many evaluations: only what may be the worst gets one.
    constexpr double noteworthy = 0.125;
    const double known = record.worst.empty() ? 0 : record.worst.front().ratio;
    const bool maybe_worst = finding.ratio > std::max(known, noteworthy);
    constexpr std::size_t enough_failures = 30;
    const bool maybe_mildest =
        !record.mildest || extremity(point) < extremity(record.mildest->point);
    if (finding.ratio > 1 && !maybe_worst && !maybe_mildest && record.failures >= enough_failures) {
      ++record.suspects;
      return;
    }
    if (finding.ratio > 1 || maybe_worst) {
      weigh(finding, record);
      if (finding.ratio > 1 && is_at_jump(finding, record)) {
        ++record.at_jumps;
        return;
      }
    }
    if (!(finding.ratio <= 1)) {
      ++record.failures;
      finding.fault = fault_of(got, exact.value, finding.ulps);
      if (maybe_mildest) record.mildest = finding;
    }
    if (!worst || finding.ratio > worst->ratio) worst = std::move(finding);
  }

  /// Condition number and ratio. Where the exact number is 0, the limit of both.
  void weigh(Finding& finding, const Record& record) const {
    if (!std::isfinite(finding.ulps) || std::isinf(finding.exact.value)) return;
    finding.condition = 0;
    const double sensitivity =
        oracle_.sensitivity(finding.point, record.quantity, finding.element, finding.exact);
    const long double size =
        std::max(std::fabs(finding.exact.value), ulp(0, options_.compile.type));
    finding.condition = static_cast<double>(sensitivity / size);
    finding.ratio = finding.ulps / record.threshold.at(finding.condition);
    if (std::isnan(finding.ratio)) finding.ratio = 0;
  }

  /// Whether the number is that of arguments a rounding away, where the exact one is another: the
  /// two lie on both sides of a comparison, and which side is taken nobody can tell.
  bool is_at_jump(const Finding& finding, const Record& record) {
    if (!subject_.has_jumps || std::isnan(finding.got)) return false;
    const FloatType type = options_.compile.type;
    const double allowed = record.threshold.at(std::max(finding.condition, 0.0));
    constexpr int neighbours = 16;
    for (int i = 0; i < neighbours; ++i) {
      const Exact there = oracle_.number(sampler_.jittered(finding.point), record.quantity,
                                         finding.element, finding.exact);
      if (!there.resolved() || std::isnan(there.value)) continue;
      const bool jumps =
          error_in_ulps(static_cast<double>(there.value), finding.exact.value, type) > allowed;
      if (jumps && error_in_ulps(finding.got, there.value, type) <= allowed) return true;
    }
    return false;
  }

  void keep(Record& record, Finding finding) {
    std::vector<Finding>& worst = record.worst;
    const auto place = std::find_if(worst.begin(), worst.end(), [&](const Finding& other) {
      return finding.ratio > other.ratio;
    });
    if (place == worst.end() && worst.size() >= pool_size) return;
    worst.insert(place, std::move(finding));
    if (worst.size() > pool_size) worst.pop_back();
  }

  const Subject& subject_;
  const Compiled& compiled_;
  const Screen& screen_;
  const SearchOptions& options_;
  Oracle oracle_;
  Sampler sampler_;
  std::vector<Record> records_;
  std::size_t looked_at_ = 0;
  std::size_t screened_ = 0;
  bool value_is_finite_ = true;  ///< at the point that is judged
  std::size_t turn_ = 0;
};

}  // namespace

bool Certificate::passes() const {
  return std::all_of(records.begin(), records.end(),
                     [](const Record& record) { return record.passes(); });
}

Result<Certificate> certified(const Subject& subject, const SearchOptions& options) {
  const auto compiled = Compiled::make(subject, options.compile);
  if (!compiled) return compiled.error();
  const auto screen = Screen::make(subject, *compiled, options.compile);
  if (!screen) return screen.error();
  return Search(subject, *compiled, *screen, options).run();
}

}  // namespace lossc::verify
