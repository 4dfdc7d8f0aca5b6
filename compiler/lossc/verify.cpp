// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc verify`: the certificate of every loss of the targets, in f32 and f64.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <deque>

#include "compiler/lossc/command.h"
#include "compiler/lossc/numbers.h"
#include "compiler/lossc/output.h"
#include "compiler/lossc/session.h"
#include "compiler/lossc/verify_output.h"
#include "compiler/sema/library.h"

namespace lossc::cli {
namespace {

/// `8+4*cond`, `8 + 4·cond`, `4*cond+8`, `8`.
Result<verify::Threshold> parsed_threshold(std::string text) {
  const Error wrong{"--threshold is A+B*cond, as in 8+4*cond, not \"" + text + "\""};
  std::erase(text, ' ');
  verify::Threshold result{0, 0};
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('+', begin + 1), text.size());
    std::string part = text.substr(begin, end - begin);
    if (part.starts_with('+')) part.erase(0, 1);
    bool conditional = false;
    for (const std::string_view suffix : {"*cond", "·cond", "cond"}) {
      if (!part.ends_with(suffix)) continue;
      part.resize(part.size() - suffix.size());
      conditional = true;
      break;
    }
    const auto number = part.empty() && conditional ? 1.0 : parsed_number(part);
    if (!number || !(*number >= 0)) return wrong;
    (conditional ? result.per_condition : result.absolute) += *number;
    if (end == text.size()) break;
    begin = end;
  }
  return result;
}

struct Plan {
  verify::SearchOptions search;
  std::vector<FloatType> types;
  std::optional<double> seconds;
  bool json = false;
};

Result<Plan> planned(const Options& options) {
  Plan plan;
  const std::string dtype = options.value_or("--dtype", "both");
  if (dtype != "f64") plan.types.push_back(FloatType::f32);
  if (dtype != "f32") plan.types.push_back(FloatType::f64);
  plan.json = options.value_or("--format", "text") == "json";
  const auto width = vector_width(options);
  if (!width) return width.error();
  plan.search.compile.width = *width;
  plan.search.compile.cpu = options.value_or("--cpu", "native");
  if (const auto text = options.value("--threshold")) {
    const auto threshold = parsed_threshold(*text);
    if (!threshold) return threshold.error();
    plan.search.threshold = *threshold;
  }
  const auto seed = parsed_integer(options.value_or("--seed", "1"));
  if (!seed) return Error{"--seed is a whole number"};
  plan.search.seed = static_cast<std::uint64_t>(*seed);
  const auto magnitude = parsed_number(options.value_or("--magnitude", "1e30"));
  if (!magnitude || !(*magnitude > 1 && *magnitude <= 1e38)) {
    return Error{"--magnitude is a number above 1, and 1e38 at most"};
  }
  plan.search.magnitude = *magnitude;
  constexpr std::int64_t most = 1'000'000'000;
  const auto points = parsed_integer(options.value_or("--points", "1000"));
  if (!points || *points < 1 || *points > most) {
    return Error{"--points is a number from 1 to 1000000000"};
  }
  plan.search.points = static_cast<std::size_t>(*points);
  if (const auto text = options.value("--time")) {
    plan.seconds = parsed_number(*text);
    if (!plan.seconds || !(*plan.seconds > 0 && *plan.seconds < 1e9)) {
      return Error{"--time is a number of seconds"};
    }
  }
  return plan;
}

class Verification {
 public:
  Verification(const Plan& plan, std::size_t runs)
      : plan_(plan), runs_(runs), start_(std::chrono::steady_clock::now()) {}

  /// False: a certificate that does not pass. Error: the loss cannot be verified at all.
  Result<bool> run(const ir::Function& core, const simplify::Binding& binding) {
    const auto subject = verify::subject(core, binding);
    if (!subject) return subject.error();
    bool passes = true;
    for (const FloatType type : plan_.types) {
      verify::SearchOptions options = plan_.search;
      options.compile.type = type;
      if (plan_.seconds) options.end = end_of_this_run();
      options.progress = [&](std::size_t points) { show_progress(subject->name, points); };
      const auto certificate = verify::certified(*subject, options);
      clear_progress();
      if (!certificate) return certificate.error();
      passes = passes && certificate->passes();
      failing_ += certificate->passes() ? 0 : 1;
      if (plan_.json) {
        json_ += (json_.empty() ? "" : ",\n ") + certificate_json(*subject, *certificate);
      } else {
        std::fputs(certificate_text(*subject, *certificate).c_str(), stdout);
        std::fflush(stdout);
      }
      ++done_;
    }
    return passes;
  }

  const std::string& json() const { return json_; }
  std::string summary() const {
    return fmt::format("{} of {} certificates pass\n", done_ - failing_, done_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// The time that is left, in equal parts.
  Clock::time_point end_of_this_run() const {
    const auto now = Clock::now();
    const std::chrono::duration<double> used = now - start_;
    const double left = std::max(0.0, *plan_.seconds - used.count());
    const double part = left / static_cast<double>(std::max<std::size_t>(1, runs_ - done_));
    return now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(part));
  }

  void show_progress(const std::string& name, std::size_t points) {
    if (::isatty(STDERR_FILENO) != 1) return;
    std::fputs(fmt::format("\r\x1b[K{}/{} {}: {} points", done_ + 1, runs_, name, points).c_str(),
               stderr);
    shown_ = true;
  }
  void clear_progress() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

  const Plan& plan_;
  std::size_t runs_;
  Clock::time_point start_;
  std::size_t done_ = 0;
  std::size_t failing_ = 0;
  bool shown_ = false;
  std::string json_;
};

/// A loss with its options bound.
struct Run {
  const ir::Function* core = nullptr;
  simplify::Binding binding;
};

/// The targets with `std` spelled out.
std::vector<std::string> target_names(const Options& options) {
  std::vector<std::string> names;
  for (const std::string& name : options.targets()) {
    if (name != "std") names.push_back(name);
    if (name != "std") continue;
    for (const sema::LibraryFile& file : sema::library_files()) names.push_back(file.module);
  }
  return names;
}

Result<std::vector<const ir::Function*>> loaded_losses(Session& session, const Options& options,
                                                       std::deque<sema::Module>& modules) {
  std::vector<const ir::Function*> losses;
  for (const std::string& name : target_names(options)) {
    const auto target = driver::parsed_target(name);
    if (!target) return target.error();
    auto module = session.load(*target);
    if (!module) return module.error();
    modules.push_back(std::move(*module));
    if (session.diagnostics().has_errors()) continue;
    const auto selected = driver::selected(modules.back(), target->loss);
    if (!selected) return selected.error();
    losses.insert(losses.end(), selected->begin(), selected->end());
  }
  return losses;
}

Result<std::vector<Run>> runs_of(const std::vector<const ir::Function*>& losses,
                                 const Options& options) {
  std::vector<Run> runs;
  for (const ir::Function* core : losses) {
    const auto bound = binding_from(*core, options.all("-D"), "-D");
    if (!bound) return bound.error();
    for (simplify::Binding& binding : verify::option_bindings(*core, *bound)) {
      runs.push_back({core, std::move(binding)});
    }
  }
  return runs;
}

}  // namespace

int run_verify(const Options& options) {
  if (options.targets().empty()) return misuse("verify needs a file, or std", "verify");
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "verify");
  const auto plan = planned(options);
  if (!plan) return misuse(plan.error().message, "verify");
  std::deque<sema::Module> modules;
  const auto losses = loaded_losses(session, options, modules);
  if (!losses) return fail(losses.error().message);
  if (!session.report()) return failed;
  const auto runs = runs_of(*losses, options);
  if (!runs) return misuse(runs.error().message, "verify");
  Verification verification(*plan, runs->size() * plan->types.size());
  bool passes = true;
  for (const Run& run : *runs) {
    const auto result = verification.run(*run.core, run.binding);
    if (!result) fail(run.core->name + ": " + result.error().message);
    passes = passes && result && *result;
  }
  const std::string text = plan->json ? "[" + verification.json() + "]\n" : verification.summary();
  const int written = write_standard_output(text);
  return passes ? written : static_cast<int>(failed);
}

}  // namespace lossc::cli
