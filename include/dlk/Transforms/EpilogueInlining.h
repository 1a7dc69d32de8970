// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What dlk-fuse needs to move the body of an elementwise linalg operation into
// an epilogue region: whether it may, and the move itself.
#ifndef DLK_TRANSFORMS_EPILOGUEINLINING_H
#define DLK_TRANSFORMS_EPILOGUEINLINING_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>
#include <string>

namespace dlk {

/// Whether the operation computes each element of its one result by itself.
bool isPointwise(mlir::linalg::LinalgOp op);

/// The number that every element of the value is, or null.
mlir::TypedAttr getUniformValue(mlir::Value value);

/// Whether the body needs the operand as a tensor: it reads it, and its
/// elements are not one known number.
bool becomesExtra(mlir::linalg::LinalgOp op, mlir::OpOperand &operand);

/// Why an operand cannot become an extra, or nothing.
std::optional<std::string> whyNotExtra(mlir::linalg::LinalgOp op,
                                       mlir::OpOperand &operand);

/// Why the body cannot stand in an epilogue, or nothing.
std::optional<std::string> whyNotBody(mlir::linalg::LinalgOp op);

/// Clones the body of `op` and returns what it yields. `getElement` gives the
/// element of an operand that becomes an extra.
mlir::Value
inlineBody(mlir::OpBuilder &builder, mlir::linalg::LinalgOp op,
           llvm::function_ref<mlir::Value(mlir::OpOperand &)> getElement);

} // namespace dlk

#endif
