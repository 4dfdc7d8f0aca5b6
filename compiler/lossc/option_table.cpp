// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/options.h"

#include "compiler/driver/pipeline.h"
#include "compiler/driver/suggest.h"

namespace lossc::cli {

const std::vector<Option>& option_table() {
  static const std::string emit_doc = "a comma list of " + driver::enumerated(driver::stages());
  static const std::vector<Option> table = {
      // What is read
      {"-I", "DIR", "look for imported files in DIR too", in_sources, true},
      {"-D", "NAME=VALUE", "bind a parameter, option or size at compile time",
       in_eval | in_compile | in_verify, true},
      {"--inputs", "FILE.json", "all arrays: an object of nested lists, batch first", in_eval},
      {"--input", "NAME=SOURCE",
       "one array: a .npy file, FILE.csv:COLUMN, or a literal [1, 2.5, -3]", in_eval},
      {"--set", "NAME=VALUE", "a parameter at run time (a list for an array), an option or a size",
       in_eval},
      {"--weights", "SOURCE", "a weight for every example", in_eval},
      {"--max-source", "BYTES", "refuse larger sources (default 1048576)", in_sources},
      {"--max-tokens", "N", "refuse sources with more tokens (default 200000)", in_sources},
      {"--max-nesting", "N", "refuse deeper nesting (default and most: 256)", in_sources},
      // What is computed
      {"--reduction",
       "KIND",
       "mean (the default), sum or none",
       in_eval,
       false,
       {"mean", "sum", "none"}},
      {"--wrt", "a,b", "gradients by these arguments", in_eval | in_compile},
      {"--hess", "a", "diagonals of the Hessian by these arguments", in_eval | in_compile},
      {"--hvp", "NAME=SOURCE", "the Hessian by NAME times a vector", in_eval, true},
      {"--hessian",
       "KIND",
       "exact (the default), gauss-newton, or abs: the absolute value",
       in_eval,
       false,
       {"exact", "gauss-newton", "abs"}},
      {"--hessian-scale", "X", "multiply Hessian diagonals by X", in_eval},
      {"--hessian-floor", "X", "raise Hessian diagonals to at least X", in_eval},
      {"--hessian-ceiling", "X", "lower Hessian diagonals to at most X", in_eval},
      {"--dtype", "TYPE", "f32 (the default) or f64", in_eval | in_compile, false, {"f32", "f64"}},
      {"--dtype",
       "TYPE",
       "f32, f64 or both (the default)",
       in_verify,
       false,
       {"f32", "f64", "both"}},
      {"--interpret", "", "the reference interpreter (2048 bits) instead of native code", in_eval},
      {"--threads", "N", "threads of a call (default: all); the result is the same for any number",
       in_eval},
      {"--threshold", "A+B*cond",
       "the error in ULP that passes (default 8+4*cond; with the gamma family 16+4*cond); twice "
       "that for Hessians",
       in_verify},
      {"--points", "N", "how many points to look at (default 1000)", in_verify},
      {"--time", "SECONDS", "search as long as this, for all losses and types together", in_verify},
      {"--magnitude", "M", "arguments between 1/M and M in size, and 0 (default 1e30)", in_verify},
      {"--seed", "N", "another N looks at other points (default 1)", in_verify},
      // Code
      {"--cpu", "LEVEL", "native (the default), x86-64-v2, x86-64-v3, x86-64-v4, …", in_code},
      {"--target", "TRIPLE", "compile for another machine", in_compile},
      {"-O", "LEVEL", "0 or 2 (the default)", in_eval | in_compile, true, {"0", "2"}},
      {"--width", "N", "lanes of a vector (default: as many as the CPU has)", in_code},
      // What is written
      {"--emit", "STAGES", emit_doc, in_compile},
      {"-o", "FILE", "write to FILE; - is standard output", in_compile, true},
      {"--format",
       "KIND",
       "text (the default) or json",
       in_eval | in_verify,
       false,
       {"text", "json"}},
      {"--out", "NAME=FILE.npy", "write a gradient (z), Hessian (hess:z) or the values to a file",
       in_eval},
      {"-MD", "", "write the files that were read as a makefile rule", in_compile},
      {"-MF", "FILE", "where -MD writes (default: the output with .d)", in_compile, true},
      {"-MT", "TARGET", "the target of the rule of -MD", in_compile, true},
      // Passes
      {"--print-after", "PASS", "print the function after a pass (`lossc list passes`)",
       in_eval | in_compile},
      {"--trace-rewrites", "", "print every rule that fired, with its place", in_eval | in_compile},
      {"--time-passes", "", "print the time that each pass took", in_eval | in_compile},
      {"--verify-passes", "", "check the function after every pass", in_eval | in_compile},
      // Messages
      {"-W", "NAME", "-Werror: warnings are errors; -Wno-NAME: without this warning", in_sources,
       true},
      {"--diagnostics-format",
       "FORMAT",
       "text (the default), json or sarif",
       in_sources,
       false,
       {"text", "json", "sarif"}},
      {"--color",
       "WHEN",
       "auto (the default), always or never; NO_COLOR is honoured",
       in_sources,
       false,
       {"auto", "always", "never"}},
      {"--help", "", "show this help", in_sources},
      {"--version", "", "show the version", in_sources},
  };
  return table;
}

}  // namespace lossc::cli
