// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hostile imports: a file reaches nothing but what lies under its roots, and what it imports ends.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "compiler/driver/load.h"
#include "compiler/sema/check.h"

namespace lossc::driver {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone afterwards.
class HostileImports : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "lossc-imports-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(folder_ / "in");
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// The first code of a file of the folder, or "".
  std::string outcome(const std::string& name, const std::vector<std::string>& roots = {}) const {
    SourceManager sources;
    Diagnostics diagnostics(sources);
    sema::CheckOptions options;
    options.roots = roots;
    const auto module =
        loaded({Target::Kind::file, (folder_ / name).string(), ""}, options, diagnostics);
    if (!module) return "refused: " + module.error().message;
    for (const Report& report : diagnostics.reports()) EXPECT_TRUE(report.range.valid());
    if (diagnostics.reports().empty()) return "";
    EXPECT_FALSE(render_text(diagnostics).empty());
    return std::string(info(diagnostics.sorted().front().diagnostic).code);
  }

  fs::path folder_;
};

const std::string loss = "loss f(pred x: real) = x^2\n";

TEST_F(HostileImports, CyclesAndDiamonds) {
  write("self.loss", "import self\n" + loss);
  EXPECT_EQ(outcome("self.loss"), "E0309");
  write("a.loss", "import b\nfunc one(x) = x\n" + loss);
  write("b.loss", "import c\n");
  write("c.loss", "import a\n");
  EXPECT_EQ(outcome("a.loss"), "E0309");
  write("left.loss", "import base\n");
  write("right.loss", "import base\n");
  write("base.loss", "func square(x) = x^2\n");
  write("diamond.loss", "import left\nimport right\nimport base\n" + loss);
  EXPECT_EQ(outcome("diamond.loss"), "");
}

TEST_F(HostileImports, ALongChain) {
  constexpr int length = 1000;
  for (int i = 0; i < length; ++i) {
    write("m" + std::to_string(i) + ".loss", "import m" + std::to_string(i + 1) + "\n");
  }
  write("m" + std::to_string(length) + ".loss", loss);
  EXPECT_EQ(outcome("m0.loss"), "");
}

TEST_F(HostileImports, PathsThatLeave) {
  for (const char* path : {"../up", "..", "/etc/passwd", "\"/etc/passwd\"", "a/b", ".hidden",
                           "a..b", "a.", "~", "C:x", "a\\b", "$HOME"}) {
    write("in/path.loss", "import " + std::string(path) + "\n" + loss);
    write("up.loss", loss);
    EXPECT_EQ(outcome("in/path.loss").substr(0, 1), "E") << path;
  }
}

TEST_F(HostileImports, LinksThatLeaveOrLoop) {
  write("outside.loss", loss);
  fs::create_symlink(folder_ / "outside.loss", folder_ / "in" / "out.loss");
  write("in/link.loss", "import out\n" + loss);
  EXPECT_EQ(outcome("in/link.loss"), "E0310");
  fs::create_symlink("loop.loss", folder_ / "in" / "loop.loss");
  write("in/looping.loss", "import loop\n" + loss);
  EXPECT_EQ(outcome("in/looping.loss").substr(0, 1), "E");
  fs::create_directory_symlink("..", folder_ / "in" / "up");
  write("in/upwards.loss", "import up.outside\n" + loss);
  EXPECT_EQ(outcome("in/upwards.loss"), "E0310");
  EXPECT_NE(outcome("in/loop.loss"), "");
}

TEST_F(HostileImports, WhatIsNoFile) {
  ASSERT_EQ(::mkfifo((folder_ / "in" / "pipe.loss").c_str(), 0600), 0);
  fs::create_directory(folder_ / "in" / "folder.loss");
  write("in/large.loss", std::string((1u << 20) + 1, ' '));
  write("in/bytes.loss", std::string("\xff\xfe\0\0", 4));
  for (const char* name : {"pipe", "folder", "large", "bytes", "missing"}) {
    write("in/main.loss", "import " + std::string(name) + "\n" + loss);
    EXPECT_EQ(outcome("in/main.loss").substr(0, 1), "E") << name;
  }
  EXPECT_EQ(outcome("in/pipe.loss").substr(0, 7), "refused");
  EXPECT_EQ(outcome("in/folder.loss").substr(0, 7), "refused");
  EXPECT_EQ(outcome("in/large.loss"), "E0101");
  EXPECT_EQ(outcome("in/missing.loss").substr(0, 7), "refused");
}

TEST_F(HostileImports, RootsThatAreNone) {
  write("in/main.loss", "import other\n" + loss);
  EXPECT_EQ(outcome("in/main.loss", {"/nonexistent", "", "/dev/null", std::string(10'000, 'x')}),
            "E0306");
}

}  // namespace
}  // namespace lossc::driver
