// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kinds of derivatives: the members of the public options that speak of each.
#include "runtime/program.h"

namespace lossc::runtime {

const char* name_of(DerivativeKind kind) {
  switch (kind) {
    case DerivativeKind::gradient:
      return "gradient";
    case DerivativeKind::hessian:
      return "hessian";
    case DerivativeKind::product:
      return "hessian product";
  }
  return "";
}

std::vector<std::string>& names_of(api::KernelOptions& options, DerivativeKind kind) {
  switch (kind) {
    case DerivativeKind::gradient:
      break;
    case DerivativeKind::hessian:
      return options.hessians;
    case DerivativeKind::product:
      return options.products;
  }
  return options.gradients;
}

const std::vector<std::string>& names_of(const api::KernelOptions& options, DerivativeKind kind) {
  return names_of(const_cast<api::KernelOptions&>(options), kind);
}

const std::vector<api::Output>& outputs_of(const api::CallOptions& options, DerivativeKind kind) {
  switch (kind) {
    case DerivativeKind::gradient:
      break;
    case DerivativeKind::hessian:
      return options.hessians;
    case DerivativeKind::product:
      return options.products;
  }
  return options.gradients;
}

}  // namespace lossc::runtime
