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
#include "AluLoops.inc"
// Everything else needs the loops above.
#include "AluBits.inc"
#include "AluConvert.inc"
#include "AluFloat.inc"
#include "AluHalf.inc"
#include "AluInteger.inc"
#include "AluSelect.inc"
} // namespace dlk::exec::v3
#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
