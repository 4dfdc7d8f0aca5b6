// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/overlap.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace lossc::runtime {
namespace {

/// A term i · stride of a difference of addresses, low ≤ i ≤ high.
struct Term {
  std::int64_t stride = 0;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// Is there a choice of the terms whose sum lies within (−reach, reach) of `target`? The largest
/// stride first: the others together cover little, so few choices of its index remain.
class Search {
 public:
  explicit Search(std::vector<Term> terms, std::int64_t reach)
      : terms_(std::move(terms)), reach_(reach) {
    std::sort(terms_.begin(), terms_.end(),
              [](const Term& a, const Term& b) { return a.stride > b.stride; });
    rest_low_.resize(terms_.size() + 1, 0);
    rest_high_.resize(terms_.size() + 1, 0);
    for (std::size_t i = terms_.size(); i-- > 0;) {
      rest_low_[i] = rest_low_[i + 1] + terms_[i].low * terms_[i].stride;
      rest_high_[i] = rest_high_[i + 1] + terms_[i].high * terms_[i].stride;
    }
  }

  /// `nonzero`: not all indices may be 0.
  bool possible(std::int64_t target, bool nonzero) { return from(0, target, nonzero); }

 private:
  static std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
  }

  bool from(std::size_t index, std::int64_t target, bool nonzero) {
    if (++steps_ > 20'000) return true;
    if (index == terms_.size()) return std::abs(target) < reach_ && !nonzero;
    if (target <= rest_low_[index] - reach_ || target >= rest_high_[index] + reach_) return false;
    const Term& term = terms_[index];
    // What the rest can still make up bounds this index.
    const std::int64_t first =
        std::max(term.low, floor_div(target - rest_high_[index + 1] - reach_, term.stride));
    const std::int64_t last =
        std::min(term.high, floor_div(target - rest_low_[index + 1] + reach_, term.stride) + 1);
    for (std::int64_t i = first; i <= last; ++i) {
      if (from(index + 1, target - i * term.stride, nonzero && i == 0)) return true;
    }
    return false;
  }

  std::vector<Term> terms_;
  std::int64_t reach_;
  std::vector<std::int64_t> rest_low_;
  std::vector<std::int64_t> rest_high_;
  std::size_t steps_ = 0;
};

/// Adds i · stride for 0 ≤ i < size, or minus that, joined with a term of the same stride.
void add_term(std::vector<Term>& terms, const Footprint::Axis& axis, bool minus) {
  if (axis.size <= 1 || axis.stride == 0) return;
  const bool down = (axis.stride < 0) != minus;
  const std::int64_t last = axis.size - 1;
  const Term term{std::abs(axis.stride), down ? -last : 0, down ? 0 : last};
  for (Term& known : terms) {
    if (known.stride != term.stride) continue;
    known.low += term.low;
    known.high += term.high;
    return;
  }
  terms.push_back(term);
}

bool same_layout(const Footprint& a, const Footprint& b) {
  const auto significant = [](const Footprint& footprint) {
    std::vector<Footprint::Axis> axes;
    for (const Footprint::Axis& axis : footprint.axes) {
      if (axis.size != 1) axes.push_back(axis);
    }
    return axes;
  };
  const auto left = significant(a);
  const auto right = significant(b);
  return a.data == b.data && a.element == b.element &&
         std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Footprint::Axis& x, const Footprint::Axis& y) {
                      return x.size == y.size && x.stride == y.stride;
                    });
}

}  // namespace

bool Footprint::empty() const {
  return std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.size == 0; });
}

Overlap overlap(const Footprint& a, const Footprint& b) {
  if (a.empty() || b.empty() || a.data == nullptr || b.data == nullptr) return Overlap::none;
  if (same_layout(a, b)) return Overlap::exact;
  // a.data + Σ i·s and b.data + Σ j·t are nearer than an element: Σ i·s − Σ j·t near b − a.
  std::vector<Term> terms;
  for (const Footprint::Axis& axis : a.axes) add_term(terms, axis, false);
  for (const Footprint::Axis& axis : b.axes) add_term(terms, axis, true);
  const auto difference = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(b.data) -
                                                    reinterpret_cast<std::uintptr_t>(a.data));
  Search search(std::move(terms), std::max(a.element, b.element));
  return search.possible(difference, false) ? Overlap::partial : Overlap::none;
}

bool overlaps_itself(const Footprint& a) {
  if (a.empty()) return false;
  std::vector<Term> terms;
  for (const Footprint::Axis& axis : a.axes) {
    if (axis.size > 1 && axis.stride == 0) return true;
    // Two axes of one stride meet: (1, 0) and (0, 1) are the same place.
    for (const Term& term : terms) {
      if (axis.size > 1 && term.stride == std::abs(axis.stride)) return true;
    }
    add_term(terms, axis, false);
    add_term(terms, axis, true);
  }
  // The difference of two positions: every index from −(size − 1) to size − 1, not all 0.
  Search search(std::move(terms), a.element);
  return search.possible(0, true);
}

}  // namespace lossc::runtime
