// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The executing thread's place in its block, as i32 values.
#ifndef DLK_TRANSFORMS_THREADINDEX_H
#define DLK_TRANSFORMS_THREADINDEX_H

#include "mlir/IR/Builders.h"

namespace dlk {

/// Emits the parts of the thread index where the builder stands; each call
/// emits anew and common subexpressions are left to LLVM. Warps (warpgroups, if
/// `warpsEach` is 4) form a grid of warpsM x warpsN, numbered row by row, as in
/// FragmentLayout.
class ThreadIndex {
public:
  ThreadIndex(mlir::OpBuilder &builder, mlir::Location loc, int64_t warpsM,
              int64_t warpsN, int64_t warpsEach = 1)
      : builder(builder), loc(loc), warpsM(warpsM), warpsN(warpsN),
        warpsEach(warpsEach) {}

  /// 0 .. 32 * warps - 1.
  mlir::Value thread();
  /// 0 .. 31.
  mlir::Value lane();
  /// 0 .. warps - 1; uniform in a warp.
  mlir::Value warp();
  /// 0 .. warpsEach - 1: the warp's place in its warpgroup.
  mlir::Value warpInGroup();
  /// Row and column of the warp (warpgroup) in the grid.
  mlir::Value warpRow();
  mlir::Value warpColumn();

private:
  mlir::Value place();

  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t warpsM, warpsN, warpsEach;
};

/// `value` of lane 0, by which ptxas knows that it is the same for a whole
/// warp: what follows from it stays in uniform registers, and a branch on it
/// does not diverge. All lanes must take part.
mlir::Value emitWarpUniform(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value value);

/// Index of the thread's warpgroup in the block, uniform as above.
mlir::Value emitUniformWarpgroup(mlir::OpBuilder &builder, mlir::Location loc);

} // namespace dlk

#endif
