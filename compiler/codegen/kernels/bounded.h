// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of the vector mathematics without the cases that the caller knows not to occur: fewer
// instructions to compile and to run, the same bits otherwise. NaN gives NaN.
#pragma once

namespace llvm {
class Value;
}

namespace lossc::codegen {

class Simd;

/// eˣ for x <= 0 (or but a little above).
llvm::Value* emit_exp_at_most_zero(const Simd& simd, llvm::Value* x);
/// The logarithm to base 2 of a factor that keeps exponentials in the range where e^x has left it,
/// as far as the largest number brings it back into the range; sums of them have room, too.
int exponential_scale(const Simd& simd);
/// 2^exponential_scale·eˣ for x <= 0.
llvm::Value* emit_scaled_exp_at_most_zero(const Simd& simd, llvm::Value* x);
/// eˣ for x <= 0 in f64, to 2^-31 of the result.
llvm::Value* emit_short_exp(const Simd& wide, llvm::Value* x);
/// log(1 + x) for x >= 0, not −0.
llvm::Value* emit_log1p_at_least_zero(const Simd& simd, llvm::Value* x);
/// The same in f64, to 2^-31 of the result as well: what is left over when f32 has rounded.
llvm::Value* emit_short_log1p(const Simd& wide, llvm::Value* x);

}  // namespace lossc::codegen
