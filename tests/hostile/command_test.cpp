// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The program itself, as a hostile user runs it: whatever it is given, it ends by itself with
// status 0, 1 or 2, says something where it failed, and leaves no half-written file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status = -1;  ///< of exit; −1 where a signal ended it
  std::string text;
};

class HostileCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "lossc-command-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("f.loss", "loss f(pred x: real) = x^2 * 0.5\n");
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// Runs in the folder, with nothing to read; both streams are kept.
  Outcome run(const std::vector<std::string>& words, const char* locale = "C") const {
    const std::string log = (folder_ / "log").string();
    const pid_t child = ::fork();
    if (child == 0) {
      const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      const int in = ::open("/dev/null", O_RDONLY);
      ::dup2(in, 0);
      ::dup2(out, 1);
      ::dup2(out, 2);
      ::setenv("LC_ALL", locale, 1);
      std::vector<char*> arguments{const_cast<char*>(LOSSC_PROGRAM)};
      for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      if (::chdir(folder_.c_str()) != 0) ::_exit(126);
      ::alarm(60);
      ::execv(LOSSC_PROGRAM, arguments.data());
      ::_exit(127);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    Outcome outcome;
    if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
    std::ifstream stream(log, std::ios::binary);
    outcome.text.assign(std::istreambuf_iterator<char>(stream), {});
    return outcome;
  }

  void expect_refused(const std::vector<std::string>& words) const {
    const Outcome outcome = run(words);
    std::string line;
    for (const std::string& word : words) line += word.substr(0, 60) + ' ';
    EXPECT_TRUE(outcome.status == 1 || outcome.status == 2) << line << outcome.text;
    EXPECT_FALSE(outcome.text.empty()) << line;
    EXPECT_EQ(outcome.text.find('\x1b'), std::string::npos) << line;
  }

  fs::path folder_;
};

TEST_F(HostileCommand, CpusTargetsAndWidths) {
  for (const char* option : {"--cpu=zx81",
                             "--cpu=",
                             "--cpu=i386",
                             "--cpu=pentium",
                             "--cpu=+avx",
                             "--cpu=x86-64",
                             "--target=foo-bar-baz",
                             "--target=i686-linux-gnu",
                             "--target=x86_64-w64-mingw32",
                             "--target=wasm32",
                             "--target=-",
                             "--width=3",
                             "--width=128",
                             "--width=-1",
                             "--width=99999999999999999999",
                             "--width=x",
                             "-O7",
                             "--dtype=f8",
                             "--emit=nothing",
                             "--wrt=y",
                             "--hess=y",
                             "--wrt=",
                             "-Dx=1e999",
                             "-D=1",
                             "-Dx",
                             "--color=red",
                             "--print-after=nothing",
                             "-Wno-nothing",
                             "--diagnostics-format=xml"}) {
    const Outcome outcome = run({"compile", "--emit=asm", option, "-o", "out.s", "f.loss"});
    EXPECT_TRUE(outcome.status >= 0 && outcome.status <= 2) << option << outcome.text;
    EXPECT_TRUE(outcome.status == 0 || !outcome.text.empty()) << option;
  }
  expect_refused({"compile", "--emit=asm", "--cpu=zx81", "f.loss"});
  expect_refused({"compile", "--emit=asm", "--target=foo-bar-baz", "f.loss"});
}

TEST_F(HostileCommand, Outputs) {
  fs::create_directory(folder_ / "folder");
  for (const char* place :
       {"folder", "folder/", "/dev/full", "missing/out.s", "/proc/out.s", "", "f.loss/out.s"}) {
    expect_refused({"compile", "--emit=asm", "-o", place, "f.loss"});
  }
  EXPECT_EQ(run({"compile", "--emit=asm", "-o", "/dev/null", "f.loss"}).status, 0);
  // What is wrong leaves the old file.
  write("old.s", "old");
  write("wrong.loss", "loss f(pred x: real) = y\n");
  expect_refused({"compile", "--emit=asm", "-o", "old.s", "wrong.loss"});
  std::ifstream stream(folder_ / "old.s");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "old");
  if (::geteuid() != 0) {  // root writes everywhere
    fs::permissions(folder_ / "folder", fs::perms::owner_read | fs::perms::owner_exec);
    expect_refused({"compile", "--emit=asm", "-o", "folder/out.s", "f.loss"});
  }
}

TEST_F(HostileCommand, Inputs) {
  fs::create_symlink("loop", folder_ / "loop");
  for (const std::string& place :
       {std::string("/dev/zero"), std::string("/dev/full"), std::string("/tmp"), std::string(".."),
        std::string("missing.loss"), std::string("loop"), std::string("\n"),
        std::string(5'000, 'a'), std::string("f.loss:g"), std::string("f.loss:"),
        std::string("std.nothing"), std::string("std."), std::string("@missing"),
        std::string("/proc/self/mem"), std::string("\x1b[31m"), std::string("\xff\xfe")}) {
    const Outcome outcome = run({"compile", "--emit=core", place});
    EXPECT_TRUE(outcome.status >= 0 && outcome.status <= 2) << place.substr(0, 60);
    EXPECT_EQ(outcome.text.find('\x1b'), std::string::npos) << place.substr(0, 60);
  }
  // A file of a size that no one writes; it holds no blocks.
  write("huge.loss", "");
  fs::resize_file(folder_ / "huge.loss", std::uintmax_t{1} << 30);
  expect_refused({"check", "huge.loss"});
  write("args", std::string(100'000, ' ') + "@args");
  expect_refused({"check", "@args"});
}

TEST_F(HostileCommand, ALocaleWithDecimalCommas) {
  const Outcome plain = run({"eval", "f.loss", "--input=x=[1.5]", "--wrt=x"});
  ASSERT_EQ(plain.status, 0) << plain.text;
  EXPECT_NE(plain.text.find("1.125"), std::string::npos) << plain.text;
  for (const char* locale : {"de_DE.UTF-8", "fr_FR", "tr_TR.UTF-8", "no such locale"}) {
    const Outcome other = run({"eval", "f.loss", "--input=x=[1.5]", "--wrt=x"}, locale);
    EXPECT_EQ(other.status, 0);
    EXPECT_EQ(other.text, plain.text) << locale;
  }
}

TEST_F(HostileCommand, Data) {
  for (const char* option : {"--input=x=[",        "--input=x=[1,,2]",
                             "--input=x=[[1],2]",  "--input=x=[1e999]",
                             "--input=x=nan",      "--input=x=missing.npy",
                             "--input=x=f.loss",   "--input=x=f.csv:9",
                             "--input=y=[1]",      "--input=x",
                             "--input==",          "--inputs=f.loss",
                             "--inputs=/dev/null", "--weights=[1,2,3]",
                             "--threads=-1",       "--threads=99999999999",
                             "--reduction=most",   "--out=x=/dev/full",
                             "--hessian-scale=x",  "--set=x=1"}) {
    const Outcome outcome = run({"eval", "f.loss", option});
    EXPECT_TRUE(outcome.status >= 0 && outcome.status <= 2) << option << outcome.text;
    EXPECT_TRUE(outcome.status == 0 || !outcome.text.empty()) << option;
  }
  // Headers of .npy that lie.
  const std::string magic("\x93NUMPY\x01\x00", 8);
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    std::string header =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 8), }          \n";
    for (int k = round / 4; k > 0; --k) {
      header[random() % header.size()] = static_cast<char>(random() % 256);
    }
    std::string bytes = magic + static_cast<char>(round % 3 == 0 ? 255 : header.size());
    bytes += '\0';
    write("x.npy", bytes + header.substr(0, round % 5 == 4 ? 10 : header.size()) + "abcd");
    const Outcome outcome = run({"eval", "f.loss", "--input=x=x.npy"});
    EXPECT_TRUE(outcome.status >= 0 && outcome.status <= 2) << round << outcome.text;
  }
}

TEST_F(HostileCommand, RandomWords) {
  const std::vector<std::string> words = {
      "check", "eval", "compile", "test",   "explain", "list",          "f.loss", "std.regression",
      "-",     "--",   "--emit",  "ast",    "-o",      "/dev/null",     "--wrt",  "x",
      "-D",    "--",   "E0101",   "--help", "-I",      "--input",       "x=[1]",  "--width",
      "0",     "-O",   "passes",  "=",      "",        "--format=json", "--hess", "--threads=2"};
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> line;
    for (auto count = random() % 7; count > 0; --count) {
      line.push_back(words[random() % words.size()]);
    }
    const Outcome outcome = run(line);
    EXPECT_TRUE(outcome.status >= 0 && outcome.status <= 2) << outcome.text;
  }
}

}  // namespace
