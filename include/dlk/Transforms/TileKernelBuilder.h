// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builders of tile kernels, one for each family of dlk operations.
#ifndef DLK_TRANSFORMS_TILEKERNELBUILDER_H
#define DLK_TRANSFORMS_TILEKERNELBUILDER_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Adds to `module` the kernel of `op`, which has a schedule and a result with
/// elements. Parameters: lhs, rhs, extras, result; where the sum is split, lhs,
/// rhs, partial sums. Its name derives from the enclosing function's and is
/// unique in `symbols`.
mlir::FailureOr<tile::KernelOp> buildMatmulKernel(MatmulOp op,
                                                  mlir::ModuleOp module,
                                                  mlir::SymbolTable &symbols);

/// Adds to `module` the kernel of `op`, whose result has elements. Parameters:
/// input, filter if there is one, extras, result.
mlir::FailureOr<tile::KernelOp> buildWindowKernel(WindowOp op,
                                                  mlir::ModuleOp module,
                                                  mlir::SymbolTable &symbols);

/// Bytes of shared memory that the kernel of `op` takes.
int64_t getWindowBytes(WindowOp op);

/// Whether a reduction over windows is one over the last spatial dimension,
/// reduced over the others, and both exist.
bool isSeparable(WindowOp op);

/// Replaces a separable `op` by these two.
std::pair<WindowOp, WindowOp> splitWindow(WindowOp op);

/// Slices of k that are summed apart from each other; 1 if the sum is not
/// split.
int64_t getNumSlices(MatmulOp op);

/// The sums of the slices: [slices x batches, m, n], in the type of the
/// accumulators, rows padded to multiples of 16 bytes.
mlir::RankedTensorType getPartialSumsType(MatmulOp op);

/// Adds to `module` the kernel that adds the partial sums of `product`, the
/// kernel of `op`, in the order of the slices, and applies the epilogue.
/// Parameters: partial sums, extras, result.
mlir::FailureOr<tile::KernelOp>
buildReductionKernel(MatmulOp op, tile::KernelOp product,
                     mlir::SymbolTable &symbols);

} // namespace dlk

#endif
