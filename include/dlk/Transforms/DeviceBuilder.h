// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shorthand for the integers and addresses of one thread.
#ifndef DLK_TRANSFORMS_DEVICEBUILDER_H
#define DLK_TRANSFORMS_DEVICEBUILDER_H

#include "mlir/IR/Builders.h"

namespace dlk {

/// Emits at one location. Integers are coordinates and byte offsets: never
/// negative and never overflowing, which is noted on every operation.
class DeviceBuilder {
public:
  DeviceBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  mlir::Value i32(int64_t value);
  mlir::Value i64(int64_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value multiply(mlir::Value lhs, int64_t rhs);
  mlir::Value divide(mlir::Value lhs, int64_t rhs);
  mlir::Value remainder(mlir::Value lhs, int64_t rhs);
  /// i32 or index to i64.
  mlir::Value toI64(mlir::Value value);
  /// index or i64 to `type`, i32 or i64.
  mlir::Value toInteger(mlir::Value value, mlir::Type type);

  /// `pointer` moved by bytes. A zero constant and a null value move nothing.
  mlir::Value move(mlir::Value pointer, mlir::Value bytes);
  mlir::Value move(mlir::Value pointer, int64_t bytes);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// The type of coordinates below `extent` plus any tile: i32 if it suffices.
mlir::Type coordinateType(mlir::OpBuilder &builder, int64_t extent);

/// A number that is known to divide an index; 0 divides like any number.
int64_t knownDivisor(mlir::Value index);

/// Whether all of a dimension's tiles lie inside `extent`: it and their origins
/// are multiples of `tile`, and it holds whole clusters of `clusterTiles`,
/// since the last cluster may have blocks that have no tile.
bool liesInside(mlir::Value origin, int64_t extent, int64_t tile,
                int64_t clusterTiles);

} // namespace dlk

#endif
