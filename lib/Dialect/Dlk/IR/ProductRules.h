// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules that all operations share that sum products and have an epilogue: V1 to
// V4 and V11 to V15, listed with `dlk.matmul`.
#ifndef DLK_LIB_DIALECT_DLK_IR_PRODUCTRULES_H
#define DLK_LIB_DIALECT_DLK_IR_PRODUCTRULES_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/IR/OpDefinition.h"

namespace dlk {

/// What the rules look at, of any such operation.
struct ProductForm {
  mlir::Operation *op;
  mlir::Type accType, resultElement;
  InputPrecision precision;
  std::optional<int64_t> promote;
  mlir::Block *body;
  /// The operand behind what is multiplied.
  unsigned firstExtra = 2;

  template <typename OpTy> static ProductForm of(OpTy op) {
    return {op,
            op.getAccType(),
            op.getResultElementType(),
            op.getPrecision(),
            op.getPromote(),
            &op.getEpilogue().front()};
  }
};

/// How a message calls operand `index`.
std::string getOperandName(mlir::Operation *op, unsigned index);

/// V25: `maps` are from the dimensions of `result`.
mlir::LogicalResult verifyExtraMaps(mlir::Operation *op, mlir::ArrayAttr maps,
                                    mlir::OperandRange extras,
                                    mlir::RankedTensorType result);

/// V3: of extras and the result.
mlir::LogicalResult verifyStoredTypes(const ProductForm &form);

/// V1 to V4, V14 and V15.
mlir::LogicalResult verifyProductTypes(const ProductForm &form);

/// V11 to V13.
mlir::LogicalResult verifyEpilogue(const ProductForm &form);

} // namespace dlk

#endif
