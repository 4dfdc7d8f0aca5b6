// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ interface of lossc: compiles .loss files in memory and calls them.
//
//   lossc::Engine engine;
//   auto module = engine.load_file("focal.loss");
//   if (!module) { std::cerr << module.error().message; return 1; }
//   auto focal = module->kernel("focal", {.gradients = {"z"}, .bind = {{"gamma", 2.0}}});
//   auto result = focal->call({{"z", z}, {"y", y}}, {.gradients = {{"z", dz}}});
//
// It needs C++20 and the standard library, nothing else.
#pragma once

#include "lossc/engine.h"
#include "lossc/result.h"
#include "lossc/view.h"
