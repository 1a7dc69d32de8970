// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversions between dialects: constructors and registration.

#ifndef DLK_CONVERSION_PASSES_H
#define DLK_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace dlk {

#define GEN_PASS_DECL
#include "dlk/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dlk/Conversion/Passes.h.inc"

} // namespace dlk

#endif // DLK_CONVERSION_PASSES_H
