// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the builders of tile kernels have in common.
#ifndef DLK_TRANSFORMS_KERNELPARTS_H
#define DLK_TRANSFORMS_KERNELPARTS_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// The name of the function that `op` is in, in the characters of a PTX
/// identifier, and a suffix; unique in `symbols`.
std::string getKernelName(mlir::Operation *op, mlir::SymbolTable &symbols);

/// Clones an epilogue region of a dlk operation into a map.
void cloneEpilogue(mlir::Region &epilogue, tile::MapOp map,
                   mlir::OpBuilder &builder);

/// A whole tensor in global memory, in row-major order.
tile::MemType rowMajorMemory(mlir::RankedTensorType type);

/// A tensor in global memory, in row-major order, seen through a gather.
tile::MemType gatherMemory(mlir::RankedTensorType type, GatherAttr gather);

} // namespace dlk

#endif
