// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lane-wise handlers for any x86-64, and any other host.

#include "Alu.h"
#include "Warp.h"
#include <limits>
#include <type_traits>
#include <utility>

namespace dlk::exec::baseline {
#include "AluLoops.inc"
// Everything else needs the loops above.
#include "AluBits.inc"
#include "AluConvert.inc"
#include "AluFloat.inc"
#include "AluHalf.inc"
#include "AluInteger.inc"
#include "AluSelect.inc"
} // namespace dlk::exec::baseline
