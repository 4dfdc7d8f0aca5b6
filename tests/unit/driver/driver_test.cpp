// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Targets, requests and the table of passes.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "compiler/driver/load.h"
#include "compiler/driver/pipeline.h"
#include "compiler/driver/request.h"
#include "compiler/driver/suggest.h"

namespace {

using lossc::driver::KernelRequest;
using lossc::driver::lowered;
using lossc::driver::parsed_target;
using lossc::driver::Target;

lossc::sema::Module checked(const std::string& text) {
  static lossc::SourceManager sources;
  lossc::Diagnostics diagnostics(sources);
  const lossc::FileId file = sources.add("test.loss", text);
  lossc::sema::Module module = lossc::sema::check(file, "", {}, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << lossc::render_text(diagnostics);
  return module;
}

TEST(Targets, FilesLossesAndTheLibrary) {
  EXPECT_EQ(parsed_target("a.loss")->place, "a.loss");
  EXPECT_EQ(parsed_target("a.loss:f")->loss, "f");
  EXPECT_EQ(parsed_target("-")->kind, Target::Kind::standard_input);
  EXPECT_EQ(parsed_target("-:f")->loss, "f");
  const auto library = parsed_target("std.regression.huber");
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ(library->place, "std.regression");
  EXPECT_EQ(library->loss, "huber");
  EXPECT_EQ(parsed_target("std.regression")->loss, "");
  const auto wrong = parsed_target("std.regresion.huber");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("did you mean \"std.regression\"?"), std::string::npos)
      << wrong.error().message;
}

TEST(Targets, FilesThatAreNone) {
  using lossc::driver::file_text;
  for (const char* place : {"/nowhere", "/", "/dev/zero", "/dev/null"}) {
    const auto text = file_text(place, 100);
    ASSERT_FALSE(text.ok()) << place;
    EXPECT_NE(text.error().message.find(place), std::string::npos);
  }
  const std::string fifo = ::testing::TempDir() + "/driver_test_fifo";
  ::unlink(fifo.c_str());
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto text = file_text(fifo, 100);
  ::unlink(fifo.c_str());
  ASSERT_FALSE(text.ok());
  EXPECT_NE(text.error().message.find("FIFO"), std::string::npos);
}

TEST(Targets, ReadingStopsBehindTheLimit) {
  const std::string path = ::testing::TempDir() + "/driver_test_large";
  std::ofstream(path) << std::string(1 << 20, 'x');
  const auto text = lossc::driver::file_text(path, 1000);
  ASSERT_TRUE(text.ok());
  EXPECT_GT(text->size(), 1000u);
  EXPECT_LT(text->size(), std::size_t{1} << 18);
  ::unlink(path.c_str());
}

TEST(Pipeline, GivesTheOutputsOfTheRequestInItsOrder) {
  const auto module =
      checked("loss f(pred a: real, pred b: real, target t: real) = (a * b - t)^2\n");
  KernelRequest request;
  request.gradients = {"b", "a"};
  lossc::driver::PipelineOptions options;
  options.verify = true;
  std::vector<std::string> passes;
  options.after = [&](const lossc::driver::PassInfo& pass, const lossc::ir::Function&) {
    passes.push_back(pass.name);
  };
  const auto function = lowered(module.functions[0], request, options);
  ASSERT_TRUE(function.ok()) << function.error().message;
  std::vector<std::string> names;
  for (const lossc::ir::Output& output : function->outputs) {
    const bool gradient = output.kind == lossc::ir::OutputKind::gradient;
    names.push_back(gradient ? function->arrays[output.array.index].name : "value");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"value", "b", "a"}));
  EXPECT_EQ(passes, (std::vector<std::string>{"normalise", "bind", "stabilise", "gradients", "tidy",
                                              "restabilise", "simplify", "join"}));
  request.value = false;
  EXPECT_EQ(lowered(module.functions[0], request)->outputs.size(), 2u);
}

std::string error_of(const std::string& text, const KernelRequest& request) {
  const auto module = checked(text);
  const auto function = lowered(module.functions[0], request);
  return function ? "" : function.error().message;
}

TEST(Pipeline, RequestsThatMakeNoSense) {
  const std::string text =
      "loss f(pred z: logit[K], target y: class(K), param kind: one_of(one, two) = one,\n"
      "       param s: probability = 0.5) = if kind == one then -log(softmax(z)[y]) * s else 0\n";
  EXPECT_NE(error_of(text, {true, {"zz"}, {}, {}}).find("no argument \"zz\""), std::string::npos);
  EXPECT_NE(error_of(text, {true, {"y"}, {}, {}}).find("label"), std::string::npos);
  EXPECT_NE(error_of(text, {true, {"kind"}, {}, {}}).find("option"), std::string::npos);
  EXPECT_NE(error_of(text, {true, {}, {"s"}, {}}).find("param"), std::string::npos);
  KernelRequest bound;
  bound.binding.params["s"] = {lossc::ir::Number(2)};
  EXPECT_NE(error_of(text, bound).find("probability"), std::string::npos);
  bound.binding.params["s"] = {lossc::ir::Number(1)};
  EXPECT_EQ(error_of(text, bound), "");
  bound.gradients = {"s"};
  EXPECT_NE(error_of(text, bound).find("constant"), std::string::npos);
  const std::string metric =
      "metric m(pred z: real, target y: sign) = if z * y > 0 then 0 else 1\n";
  EXPECT_NE(error_of(metric, {true, {"z"}, {}, {}}).find("hinge"), std::string::npos);
}

TEST(Pipeline, OptionsWithoutADefaultMustBeBound) {
  const std::string text = "loss f(pred z: real, param swap: bool) = if swap then -z else z\n";
  EXPECT_NE(error_of(text, {}).find("\"swap\" is an option"), std::string::npos);
  KernelRequest request;
  request.binding.params["swap"] = {lossc::ir::Number(1)};
  EXPECT_EQ(error_of(text, request), "");
}

TEST(Words, AreListedAndSuggested) {
  EXPECT_EQ(lossc::driver::enumerated({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(lossc::driver::enumerated({"a"}), "a");
  EXPECT_EQ(lossc::driver::did_you_mean("gama", {"alpha", "gamma"}), "; did you mean \"gamma\"?");
  EXPECT_EQ(lossc::driver::did_you_mean("something", {"alpha", "gamma"}), "");
}

}  // namespace
