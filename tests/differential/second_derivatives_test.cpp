// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every derivative of every loss of the standard library against dual numbers of second order.
#include <gtest/gtest.h>

#include "compiler/driver/request.h"
#include "compiler/sema/check.h"
#include "compiler/sema/library.h"
#include "tests/differential/second_derivatives.h"

namespace lossc::testing {
namespace {

void compare(const ir::Function& core) {
  std::mt19937_64 random(7);
  for (const auto& [batch, extent] : {std::pair(1, 1), std::pair(3, 4), std::pair(2, 19)}) {
    SCOPED_TRACE(::testing::Message() << "rows of " << extent);
    expect_derivatives_of_dual_numbers(core, random_data(core, batch, extent, random), random);
  }
}

class SecondDerivatives : public ::testing::TestWithParam<std::string> {};

TEST_P(SecondDerivatives, AreThoseOfDualNumbers) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = sema::check_library(GetParam(), {}, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_text(diagnostics);
  for (std::size_t i = 0; i < checked.own; ++i) {
    if (!driver::is_metric(checked.functions[i])) compare(checked.functions[i]);
  }
}

std::vector<std::string> modules() {
  std::vector<std::string> names;
  for (const sema::LibraryFile& file : sema::library_files()) names.push_back(file.module);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Stdlib, SecondDerivatives, ::testing::ValuesIn(modules()),
                         [](const auto& test) {
                           return test.param.substr(test.param.find('.') + 1);
                         });

}  // namespace
}  // namespace lossc::testing
