// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversions between dialects.

#ifndef DLK_CONVERSION_PASSES
#define DLK_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

#endif // DLK_CONVERSION_PASSES
