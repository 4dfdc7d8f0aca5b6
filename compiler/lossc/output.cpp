// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "compiler/lossc/command.h"

namespace lossc::cli {
namespace {

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Error cannot_write(const std::string& path) {
  return Error{"cannot write \"" + path + "\": " + std::strerror(errno)};
}

Result<void> write_special(const std::string& path, std::string_view bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot_write(path);
  const bool written = write_all(descriptor, bytes);
  const Error error = cannot_write(path);
  ::close(descriptor);
  return written ? Result<void>() : error;
}

Result<void> write_regular(const std::string& path, std::string_view bytes) {
  std::string temporary = path + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return cannot_write(path);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const bool written = write_all(descriptor, bytes) && ::fchmod(descriptor, 0666 & ~mask) == 0;
  Error error = cannot_write(path);
  const bool closed = ::close(descriptor) == 0;
  if (written && !closed) error = cannot_write(path);
  if (written && closed) {
    if (::rename(temporary.c_str(), path.c_str()) == 0) return {};
    error = cannot_write(path);
  }
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace

Result<void> write_output(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    std::fflush(stdout);
    if (write_all(STDOUT_FILENO, bytes)) return {};
    return Error{std::string("cannot write to standard output: ") + std::strerror(errno)};
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) return Error{"cannot write \"" + path + "\": it is a directory"};
    return write_special(path, bytes);
  }
  return write_regular(path, bytes);
}

int write_standard_output(std::string_view text) {
  const auto written = write_output("-", text);
  return written ? static_cast<int>(success) : fail(written.error().message);
}

}  // namespace lossc::cli
