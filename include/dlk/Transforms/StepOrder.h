// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which part of k each step of a tile multiplies, where k counts filter taps.
#ifndef DLK_TRANSFORMS_STEPORDER_H
#define DLK_TRANSFORMS_STEPORDER_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"

namespace dlk {

/// The steps of a tile, from 0 on, are `tileK` apart, and so are their k,
/// unless taps are gone through in another order or some of them are left out.
class StepOrder {
public:
  /// `channelMultiple`: of which the channels of each tap are made a multiple.
  StepOrder(MatmulOp op, int64_t channelMultiple);

  /// Where the coordinates of the batch are known: finds the taps of its class.
  void emitClass(mlir::OpBuilder &builder, mlir::Location loc,
                 mlir::ValueRange batch);
  /// How much of k the tile's steps are; null: all of it.
  mlir::Value getLength() const { return length; }
  /// The k of the step at `place`.
  mlir::Value emitK(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value place);

private:
  mlir::Value emitChannelsLast(mlir::Value place);
  mlir::Value emitUsedTap(mlir::Value place);
  mlir::Value lookUp(llvm::function_ref<int64_t(unsigned)> valueOf);
  std::pair<mlir::Value, mlir::Value> divideByCount(mlir::Value value,
                                                    unsigned tap);
  mlir::Value index(int64_t value);
  mlir::Value i32(int64_t value);
  mlir::Value narrow(mlir::Value value);

  KOrder order;
  int64_t tileK, channels = 0, taps = 0;
  /// If taps are left out.
  std::optional<TapRanges> ranges;
  mlir::OpBuilder *builder = nullptr;
  std::optional<mlir::Location> loc;
  mlir::Value number, length;
  llvm::SmallVector<mlir::Value> first, count;
};

} // namespace dlk

#endif
