// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lane-wise handlers for x86-64-v3 (AVX2, FMA, F16C).

#include "Alu.h"
#include "Warp.h"
#include <limits>
#include <type_traits>
#include <utility>

#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))),        \
                             apply_to = function)
#endif
namespace dlk::exec::v3 {
// In this order: each uses what stands before it.
// clang-format off
#include "AluLoops.inc"
#include "AluInteger.inc"
#include "AluBits.inc"
#include "AluFloat.inc"
#include "AluHalf.inc"
#include "AluConvert.inc"
#include "AluSelect.inc"
// clang-format on
} // namespace dlk::exec::v3
#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
