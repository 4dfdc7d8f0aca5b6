// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc check`: diagnostics only.
#include "compiler/lossc/command.h"
#include "compiler/lossc/session.h"

namespace lossc::cli {

int run_check(const Options& options) {
  if (options.targets().empty()) return misuse("check needs a file", "check");
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "check");
  int status = success;
  for (const std::string& target : options.targets()) {
    const auto parsed = driver::parsed_target(target);
    if (!parsed) {
      status = fail(parsed.error().message);
      continue;
    }
    const auto module = session.load(*parsed);
    if (!module) {
      status = fail(module.error().message);
      continue;
    }
    const bool broken = session.diagnostics().has_errors();
    const auto functions = driver::selected(*module, parsed->loss);
    if (!functions && !broken) status = fail(functions.error().message);
  }
  return session.report() ? status : failed;
}

}  // namespace lossc::cli
