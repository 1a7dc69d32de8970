// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the host encodes the tensor maps that kernels take by value.
#ifndef DLK_LIB_EMIT_TENSORMAPS_H
#define DLK_LIB_EMIT_TENSORMAPS_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Runtime/LaunchPlan.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Support/LLVM.h"

namespace dlk {

/// The tensor map that a kernel takes as parameter `index`; null if that is an
/// address. An attribute `dlk.tensor_map` that is no type of a tensor map is a
/// diagnostic.
mlir::FailureOr<tile::TmapType>
getTensorMapParameter(mlir::LLVM::LLVMFuncOp kernel, unsigned index);

/// `type` over a buffer, as the launch plan says it. A map that the driver
/// cannot encode, or that is of another element type or larger than the
/// buffer, is a diagnostic.
mlir::FailureOr<runtime::TensorMap> planTensorMap(tile::TmapType type,
                                                  const runtime::Buffer &buffer,
                                                  mlir::Location loc);

} // namespace dlk

#endif
