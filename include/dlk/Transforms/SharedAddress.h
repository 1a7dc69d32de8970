// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Addresses inside a laid-out memory, split into a part that depends on the
// thread and a constant.
//
// Threads differ in few ways, while one thread touches many elements at
// constant distances. Keeping the constant apart lets it become the immediate
// offset of the instruction, and lets the thread's part leave the loop.
#ifndef DLK_TRANSFORMS_SHAREDADDRESS_H
#define DLK_TRANSFORMS_SHAREDADDRESS_H

#include "dlk/Analysis/Layout.h"
#include "mlir/IR/Builders.h"

namespace dlk {

/// The coordinate `variable + offset`; variable is an i32 in [0, bound), or
/// null for zero (then bound is 1).
struct ThreadCoordinate {
  mlir::Value variable;
  int64_t bound = 1;
  int64_t offset = 0;
};

/// The byte offset `thread + constant`; thread is an i32.
struct ThreadAddress {
  mlir::Value thread;
  int64_t constant;
};

/// The swizzled byte offset of a coordinate. The layout's origin must lie at a
/// multiple of the swizzle's pattern (at most 1024 bytes).
ThreadAddress emitThreadAddress(mlir::OpBuilder &builder, mlir::Location loc,
                                const Layout &layout, int64_t elementBytes,
                                llvm::ArrayRef<ThreadCoordinate> coordinate);

/// `pointer` + `address`, with the constant applied last.
mlir::Value emitPointerOffset(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::Value pointer, ThreadAddress address);

} // namespace dlk

#endif
