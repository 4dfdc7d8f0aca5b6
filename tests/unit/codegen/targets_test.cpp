// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPUs and triples are checked before LLVM, which would end the process, sees them; objects need
// nothing from outside.

#include <gtest/gtest.h>

#include <elf.h>
#include <algorithm>
#include <cstring>

#include "compiler/codegen/codegen.h"
#include "compiler/ir/builtins.h"

namespace lossc::codegen {
namespace {

ir::Function every_function() {
  ir::Function f;
  f.name = "all";
  f.module = "test";
  f.graph = ir::Graph(ir::Graph::Mode::normalising);
  auto K = f.size_id({"K", 0});
  ir::Array x;
  x.name = "x";
  x.domain = ir::Domain::real;
  x.shape = {K};
  f.arrays.push_back(x);
  ir::Array y;
  y.name = "y";
  y.role = ir::Role::target;
  y.domain = ir::Domain::class_;
  y.classes = K;
  f.arrays.push_back(y);
  ir::Axis k = f.graph.fresh_axis(K);
  ir::ExprId subscripts[] = {f.graph.index(k)}, label = f.graph.load({1}, {});
  ir::ExprId element = f.graph.load({0}, subscripts);
  ir::ExprId at_label[] = {label};
  ir::ExprId sum = f.graph.load({0}, at_label);
  for (ir::Builtin b : {ir::Builtin::exp, ir::Builtin::log, ir::Builtin::tanh, ir::Builtin::round,
                        ir::Builtin::floor, ir::Builtin::softplus, ir::Builtin::abs}) {
    sum = f.graph.plus(sum, f.graph.reduce(ir::ReduceOp::sum, k, f.graph.call(b, {element})));
  }
  sum = f.graph.plus(sum, f.graph.reduce(ir::ReduceOp::prod, k, element));
  sum = f.graph.plus(sum, f.graph.reduce(ir::ReduceOp::lse, k, element));
  f.outputs.push_back({ir::OutputKind::value, {}, {}, sum});
  return f;
}

TEST(Targets, UnknownNamesAreErrors) {
  for (const char* cpu : {"pentium-pro-max", "x86-64-v9", "i486", "x86-64", ""}) {
    TargetOptions options;
    options.cpu = cpu;
    options.triple = *cpu == '\0' ? "sparc-sun-solaris" : "";
    auto result = object(every_function(), options, "x");
    EXPECT_FALSE(result.ok()) << cpu;
    if (!result.ok()) {
      EXPECT_FALSE(result.error().message.empty());
    }
  }
  TargetOptions options;
  options.width = 12;
  EXPECT_FALSE(object(every_function(), options, "x").ok());
}

TEST(Targets, KnownOnesAreListed) {
  std::vector<std::string> names = known_cpus();
  for (const char* cpu : {"native", "x86-64-v2", "x86-64-v3", "x86-64-v4", "znver4"}) {
    EXPECT_NE(std::ranges::find(names, cpu), names.end()) << cpu;
  }
  EXPECT_EQ(std::ranges::find(names, "i486"), names.end());
  EXPECT_TRUE(host_runs("native"));
  EXPECT_FALSE(host_runs("nothing"));
  TargetOptions options;
  options.cpu = "x86-64-v4";
  EXPECT_EQ(*natural_width(options), 16u);
  options.cpu = "x86-64-v2";
  options.float_type = FloatType::f64;
  EXPECT_EQ(*natural_width(options), 2u);
}

// No libm, no compiler-rt, no memset: the only symbols are our own.
TEST(Targets, ObjectsHaveNoUndefinedSymbols) {
  for (const char* cpu : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    for (FloatType type : {FloatType::f32, FloatType::f64}) {
      for (int optimisation : {0, 2}) {
        TargetOptions options;
        options.cpu = cpu;
        options.float_type = type;
        options.optimisation = optimisation;
        auto bytes = object(every_function(), options, "mine");
        ASSERT_TRUE(bytes.ok()) << bytes.error().message;
        Elf64_Ehdr header;
        ASSERT_GE(bytes->size(), sizeof header);
        std::memcpy(&header, bytes->data(), sizeof header);
        std::size_t ours = 0;
        for (unsigned i = 0; i < header.e_shnum; ++i) {
          Elf64_Shdr section;
          std::memcpy(&section, bytes->data() + header.e_shoff + i * sizeof section,
                      sizeof section);
          if (section.sh_type != SHT_SYMTAB) continue;
          for (std::size_t s = 1; s < section.sh_size / sizeof(Elf64_Sym); ++s) {
            Elf64_Sym symbol;
            std::memcpy(&symbol, bytes->data() + section.sh_offset + s * sizeof symbol,
                        sizeof symbol);
            EXPECT_NE(symbol.st_shndx, SHN_UNDEF) << cpu << " symbol " << s;
            if (ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL) ++ours;
          }
        }
        EXPECT_EQ(ours, 2u);  // kernel and labels
      }
    }
  }
}

TEST(Targets, OutputIsTheSameEveryTime) {
  TargetOptions options;
  options.cpu = "x86-64-v3";
  auto first = object(every_function(), options, "x");
  auto second = object(every_function(), options, "x");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
}

TEST(Targets, TextCanBeRead) {
  auto text = llvm_text(every_function(), {});
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_NE(text->find("define i64 @all_kernel(ptr %frame)"), std::string::npos);
  auto code = assembly(every_function(), {});
  ASSERT_TRUE(code.ok());
  EXPECT_NE(code->find("all_labels"), std::string::npos);
}

TEST(Layout, TellsWhatThereIs) {
  CompiledLayout all = layout(every_function());
  EXPECT_TRUE(all.wants_value);
  EXPECT_TRUE(all.has_labels);
  EXPECT_FALSE(all.has_divisor);
  EXPECT_TRUE(all.outputs.empty());
}

}  // namespace
}  // namespace lossc::codegen
