// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups of element types.
#ifndef DLK_SUPPORT_ELEMENTTYPES_H
#define DLK_SUPPORT_ELEMENTTYPES_H

#include "mlir/IR/BuiltinTypes.h"

namespace dlk {

/// f8E4M3FN or f8E5M2, the types of fp8 that tensor cores multiply.
inline bool isFp8(mlir::Type type) {
  return llvm::isa<mlir::Float8E4M3FNType, mlir::Float8E5M2Type>(type);
}

} // namespace dlk

#endif
