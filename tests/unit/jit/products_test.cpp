// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products, quotients and lengths at the ends of the range: intermediate results must not leave it
// where the result does not.

#include "compiler/ir/builtins.h"
#include "tests/unit/jit/compiled_loss.h"

namespace lossc::testing {
namespace {

using ir::Builtin;
using ir::Domain;
using ir::ExprId;
using ir::Number;
using ir::OutputKind;
using ir::Role;

/// Every triple of powers of ten whose a·b/c is near 1, with significands that are not round.
struct Corners {
  std::vector<double> values[3];
  explicit Corners(double exponent) {
    for (const double i : {-1.0, -0.5, 0.0, 0.3, 1.0}) {
      for (const double j : {-1.0, -0.7, 0.0, 0.5, 1.0}) {
        const double k = i + j;
        if (std::fabs(k) > 1.2) continue;
        values[0].push_back(1.7 * std::pow(10, i * exponent));
        values[1].push_back(-0.3 * std::pow(10, j * exponent));
        values[2].push_back(2.9 * std::pow(10, k * exponent));
      }
    }
    for (auto& column : values) {
      for (double& x : column) x = exponent < 40 ? static_cast<double>(static_cast<float>(x)) : x;
    }
  }
};

/// Every target at every width, optimised and not.
std::vector<codegen::TargetOptions> all_targets() {
  std::vector<codegen::TargetOptions> all;
  for (codegen::TargetOptions options : targets()) {
    if (options.width != 4) continue;
    for (const unsigned width : {1u, 2u, 4u, 8u, 16u}) {
      options.width = width;
      options.optimisation = width == 2 ? 0 : 2;
      all.push_back(options);
    }
    options.optimisation = 0;
    all.push_back(options);
  }
  return all;
}

template <class Build>
void expect_right_at_corners(Build build, const std::vector<codegen::TargetOptions>& on) {
  Builder b;
  std::vector<ExprId> loads;
  for (const char* name : {"a", "b", "c"}) {
    loads.push_back(b.load(b.array(name, Role::pred, Domain::real)));
  }
  b.output(OutputKind::value, build(b.g(), loads));
  for (const auto& options : on) {
    const Corners corners(options.float_type == FloatType::f32 ? 30 : 250);
    Setting setting;
    setting.options = options;
    setting.batch = static_cast<std::int64_t>(corners.values[0].size());
    setting.adjust = [&](std::size_t array, std::vector<double>& values) {
      values = corners.values[array];
    };
    expect_agreement(b.f, setting);
  }
}

template <class Build>
void expect_right_at_corners(Build build) {
  expect_right_at_corners(build, all_targets());
}

ExprId product(ir::Graph& g, const std::vector<ExprId>& x, const std::vector<int>& exponents) {
  std::vector<std::pair<ExprId, Number>> powers;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (exponents[i] != 0) powers.emplace_back(x[i], Number(static_cast<long>(exponents[i])));
  }
  return g.mul(Number(3), powers);
}

TEST(ProductsAtTheEnds, OfThree) {
  expect_right_at_corners([](ir::Graph& g, const auto& x) { return product(g, x, {1, 1, -1}); });
}

TEST(ProductsAtTheEnds, OfThreeInverted) {
  expect_right_at_corners([](ir::Graph& g, const auto& x) { return product(g, x, {-1, -1, 1}); });
}

TEST(ProductsAtTheEnds, OfPowers) {
  expect_right_at_corners([](ir::Graph& g, const auto& x) { return product(g, x, {2, 2, -2}); });
}

TEST(ProductsAtTheEnds, OfSoManyThatTheSignificandsOverflow) {
  // Π |a|¹⁶ Π |a|⁻¹⁶ is 1; the rounded product of so many has not all digits.
  const auto many = [](ir::Graph& g, const auto& x) {
    std::vector<std::pair<ExprId, Number>> powers;
    const ExprId size = g.call(Builtin::abs, {x[0]});
    for (long i = 0; i < 24; ++i) {
      const ExprId same = g.call(Builtin::max, {size, g.constant(Number(-1 - i))});
      powers.emplace_back(same, Number(i < 12 ? 16L : -16L));
    }
    return g.mul(Number(1), powers);
  };
  const Number half = Number(1) / Number(2);
  std::vector<codegen::TargetOptions> narrow = targets();  // f64 would need hundreds of factors
  std::erase_if(narrow, [](const auto& options) {
    return options.float_type == FloatType::f64 || options.width != 4;
  });
  const auto value = [&](ir::Graph& g, const auto& x) {
    return g.call(Builtin::floor, {g.plus(many(g, x), g.constant(half))});
  };
  const auto logarithm = [&](ir::Graph& g, const auto& x) {
    return g.call(Builtin::floor, {g.plus(g.call(Builtin::log, {many(g, x)}), g.constant(half))});
  };
  expect_right_at_corners(value, narrow);
  expect_right_at_corners(logarithm, narrow);
}

TEST(ProductsAtTheEnds, LogarithmOfAProductThatOverflows) {
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.call(Builtin::log, {product(g, x, {2, 2, 2})});
  });
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.call(Builtin::log, {product(g, x, {2, -2, 1})});
  });
}

TEST(ProductsAtTheEnds, LogarithmsOfQuotients) {
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.call(Builtin::log_ratio, {x[0], x[2]});
  });
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.call(Builtin::log1p_ratio, {x[2], x[0]});
  });
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.call(Builtin::log1p_square, {x[1], x[0]});
  });
}

TEST(ProductsAtTheEnds, AnExpBesideASquare) {
  // a² exp(−2 log |a|) is 1.
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    const ExprId size = g.call(Builtin::log, {x[0]});
    const ExprId inverse = g.call(Builtin::exp, {g.scaled(Number(-1), g.plus(size, size))});
    const ExprId rough = g.times(g.power(x[0], Number(2)), inverse);
    // The exponential of a number near 1000 has not all digits.
    return g.call(Builtin::floor, {g.plus(rough, g.constant(Number(1) / Number(2)))});
  });
}

TEST(ProductsAtTheEnds, Lengths) {
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.over(g.call(Builtin::hypot, {x[0], x[2]}), x[0]);
  });
  expect_right_at_corners([](ir::Graph& g, const auto& x) {
    return g.call(Builtin::direction, {x[1], x[2]});
  });
}

ir::Function norm_of_row(Role role) {
  Builder b;
  auto v = b.array("v", role, Domain::real, {b.size("K")});
  ir::Graph& g = b.g();
  const ir::Axis k = g.fresh_axis(b.size("K"));
  const ExprId element = b.load(v, {g.index(k)});
  const ExprId norm = g.reduce(ir::ReduceOp::norm, k, element);
  const ir::Axis j = g.fresh_axis(b.size("K"));
  const ExprId scaled = g.call(Builtin::quotient, {b.load(v, {g.index(j)}), norm});
  b.output(OutputKind::value, g.reduce(ir::ReduceOp::max, j, scaled));
  return b.f;
}

TEST(ProductsAtTheEnds, NormsOfRows) {
  const ir::Function function = norm_of_row(Role::pred);
  for (const auto& options : targets()) {
    const double most = options.float_type == FloatType::f32 ? 30 : 250;
    for (const double exponent : {-most, -most / 2, 0.0, most / 2, most}) {
      Setting setting;
      setting.options = options;
      setting.batch = 3;
      setting.sizes = {{"K", 37}};
      setting.adjust = [&](std::size_t, std::vector<double>& values) {
        for (double& x : values) {
          x *= std::pow(10, exponent);
          if (most < 40) x = static_cast<double>(static_cast<float>(x));
        }
      };
      expect_agreement(function, setting);
    }
  }
}

TEST(ProductsAtTheEnds, NormOfNothingIsZero) {
  const ir::Function function = norm_of_row(Role::pred);
  for (const auto& options : targets()) {
    Setting setting;
    setting.options = options;
    setting.batch = 2;
    setting.sizes = {{"K", 19}};
    setting.adjust = [](std::size_t, std::vector<double>& values) {
      std::fill(values.begin(), values.end(), 0.0);
    };
    expect_agreement(function, setting);
  }
}

}  // namespace
}  // namespace lossc::testing
