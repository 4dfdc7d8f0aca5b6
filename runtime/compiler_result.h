// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler's Result and Error under names of their own. The public interface has both too, so a
// file that sees the two worlds includes this before the public headers.
#pragma once

#include "compiler/support/result.h"

namespace lossc::runtime {

template <class T>
using CompilerResult = ::lossc::Result<T>;
using CompilerError = ::lossc::Error;

}  // namespace lossc::runtime
