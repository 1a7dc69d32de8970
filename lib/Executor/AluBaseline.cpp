// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lane-wise handlers for any x86-64, and any other host.

#include "Alu.h"
#include "Warp.h"
#include <limits>
#include <type_traits>
#include <utility>

namespace dlk::exec::baseline {
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
} // namespace dlk::exec::baseline
