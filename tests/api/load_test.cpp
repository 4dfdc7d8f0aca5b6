// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loading and making kernels: what goes wrong comes back as an Error, never as an exception.
#include "tests/api/losses.h"

namespace {

using lossc_test::module_of;

TEST(Load, DiagnosticsComeBackWithPlaces) {
  const lossc::Engine engine;
  const auto module = engine.load_text("loss f(pred z: real) = zz\n", "wrong.loss");
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().code, lossc::ErrorCode::invalid_source);
  ASSERT_EQ(module.error().diagnostics.size(), 1u);
  const lossc::Diagnostic& diagnostic = module.error().diagnostics[0];
  EXPECT_EQ(diagnostic.file, "wrong.loss");
  EXPECT_EQ(diagnostic.line, 1u);
  EXPECT_EQ(diagnostic.column, 24u);
  EXPECT_FALSE(diagnostic.code.empty());
  EXPECT_NE(module.error().message.find("wrong.loss:1:24"), std::string::npos);
}

TEST(Load, FilesThatAreNone) {
  const lossc::Engine engine;
  EXPECT_EQ(engine.load_file("/nowhere.loss").error().code, lossc::ErrorCode::file);
  EXPECT_EQ(engine.load_file("/").error().code, lossc::ErrorCode::file);
  EXPECT_EQ(engine.load_file("/dev/zero").error().code, lossc::ErrorCode::file);
  EXPECT_EQ(engine.load_file("").error().code, lossc::ErrorCode::file);
  EXPECT_EQ(engine.load_file(std::string(100'000, 'x')).error().code, lossc::ErrorCode::file);
  EXPECT_EQ(engine.load_library("std.nothing").error().code, lossc::ErrorCode::unknown_name);
}

TEST(Load, TheLibraryIsThere) {
  const lossc::Engine engine;
  const auto module = engine.load_library("std.regression");
  ASSERT_TRUE(module.ok()) << module.error().message;
  EXPECT_EQ(module->name(), "std.regression");
  EXPECT_FALSE(module->losses().empty());
}

lossc::Error kernel_error(const char* loss, const lossc::KernelOptions& options) {
  const lossc::Engine engine;
  const auto kernel = module_of(engine).kernel(loss, options);
  EXPECT_FALSE(kernel.ok());
  return kernel.ok() ? lossc::Error{} : kernel.error();
}

TEST(MakeKernel, NamesThatDoNotExist) {
  EXPECT_NE(kernel_error("focl", {}).message.find("did you mean \"focal\"?"), std::string::npos);
  const auto gradient = kernel_error("focal", {.gradients = {"zz"}});
  EXPECT_EQ(gradient.code, lossc::ErrorCode::unknown_name);
  const auto bind = kernel_error("focal", {.bind = {{"gama", 2.0}}});
  EXPECT_EQ(bind.code, lossc::ErrorCode::unknown_name);
  EXPECT_EQ(bind.argument, "gama");
  EXPECT_NE(bind.message.find("did you mean \"gamma\"?"), std::string::npos);
}

TEST(MakeKernel, DerivativesThatDoNotExist) {
  const auto metric = kernel_error("wrong", {.gradients = {"z"}});
  EXPECT_EQ(metric.code, lossc::ErrorCode::not_differentiable);
  EXPECT_NE(metric.message.find("hinge"), std::string::npos);
  const auto label = kernel_error("cross_entropy", {.gradients = {"y"}});
  EXPECT_EQ(label.code, lossc::ErrorCode::not_differentiable);
  EXPECT_NE(label.message.find("label"), std::string::npos);
}

TEST(MakeKernel, ValuesOutsideTheirDomain) {
  EXPECT_EQ(kernel_error("focal", {.bind = {{"alpha", 1.5}}}).code,
            lossc::ErrorCode::outside_domain);
  const auto required = kernel_error("scaled", {.bind = {{"s", 11}}});
  EXPECT_EQ(required.code, lossc::ErrorCode::requirement);
  EXPECT_NE(required.message.find("s is at most 10"), std::string::npos);
}

TEST(MakeKernel, AnUnknownCpu) {
  EXPECT_EQ(kernel_error("focal", {.cpu = "pentium-and-a-half"}).code,
            lossc::ErrorCode::unsupported);
}

}  // namespace
