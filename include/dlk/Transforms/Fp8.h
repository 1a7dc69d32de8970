// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements of fp8 in registers: bytes, because LLVM has no such types.
#ifndef DLK_TRANSFORMS_FP8_H
#define DLK_TRANSFORMS_FP8_H

#include "mlir/IR/Builders.h"

namespace dlk {

/// The type of registers that hold elements of `type`: i8 for fp8.
mlir::Type getRegisterType(mlir::Type type);

/// `op`, an extension of fp8 to f32 or a rounding of f32 to fp8, on a pair:
/// vector<2xi8> to vector<2xf32> or back. Rounds to nearest even and saturates
/// at the largest finite number (PTX ISA, cvt: .rn.satfinite). Null for other
/// operations.
mlir::Value emitFp8Conversion(mlir::OpBuilder &builder, mlir::Operation *op,
                              mlir::Value pair);

} // namespace dlk

#endif
