// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Damerau–Levenshtein distance by rows, with a limit, so that a name of a megabyte costs nothing.
#include "compiler/sema/suggest.h"

#include <algorithm>
#include <cctype>

namespace lossc::sema {

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return std::min(row[b.size()], limit + 1);
}

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::string nearest(std::string_view written, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest_name = 64;
  if (written.size() > longest_name) return {};
  std::size_t best = std::max<std::size_t>(1, written.size() / 3) + 1;
  std::string result;
  const std::string wanted = lower(written);
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest_name || candidate == written) continue;
    const std::string other = lower(candidate);
    const std::size_t distance = edit_distance(wanted, other, best);
    // A name of one letter is near to every other one: only its other case is a likely mistake.
    if (written.size() <= 1 && distance > 0) continue;
    if (distance < best) {
      best = distance;
      result = candidate;
    }
  }
  return result;
}

std::string counted_axes(std::size_t count) {
  if (count == 0) return "no axes";
  return std::to_string(count) + (count == 1 ? " axis" : " axes");
}

}  // namespace lossc::sema
