// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builders of tile kernels, one for each family of dlk operations.
#ifndef DLK_TRANSFORMS_TILEKERNELBUILDER_H
#define DLK_TRANSFORMS_TILEKERNELBUILDER_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Adds to `module` the kernel of `op`, which has a schedule and a result with
/// elements. Parameters: lhs, rhs, extras, result. Its name derives from the
/// enclosing function's and is unique in `symbols`.
mlir::FailureOr<tile::KernelOp> buildMatmulKernel(MatmulOp op,
                                                  mlir::ModuleOp module,
                                                  mlir::SymbolTable &symbols);

} // namespace dlk

#endif
