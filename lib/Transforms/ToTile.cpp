// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-to-tile: one tile kernel for each scheduled dlk operation.
//
// The kernel is written in its plainest form: for every k block acquire a
// stage, copy both tiles, commit, wait, multiply, release; then the epilogue as
// a map and a store. Everything that makes it fast is left to the tile passes;
// which tile, ring and raster it has is read off the schedule. Where the sum is
// split, a second kernel adds what the first one summed slice by slice.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/TargetOf.h"
#include "dlk/Transforms/TileKernelBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace dlk {
#define GEN_PASS_DEF_TOTILE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

namespace {

struct ToTilePass : dlk::impl::ToTileBase<ToTilePass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<MatmulOp> matmuls;
    getOperation().walk([&](MatmulOp op) { matmuls.push_back(op); });
    for (MatmulOp op : matmuls)
      if (failed(lower(op, symbols)))
        return signalPassFailure();
    SmallVector<WindowOp> windows;
    getOperation().walk([&](WindowOp op) { windows.push_back(op); });
    for (WindowOp op : windows)
      if (failed(lower(op, symbols)))
        return signalPassFailure();
  }

  LogicalResult lower(MatmulOp op, SymbolTable &symbols) {
    if (replaceEmpty(op))
      return success();
    if (!op.getSchedule())
      return op.emitError(
          "operation has no schedule; run dlk-assign-schedule [DLK-P30]");
    FailureOr<tile::KernelOp> kernel =
        buildMatmulKernel(op, getOperation(), symbols);
    if (failed(kernel))
      return failure();
    FailureOr<Value> result = op.getSchedule()->getSplit() != SplitKind::None
                                  ? launchSplit(op, *kernel, symbols)
                                  : launchWhole(op, *kernel);
    if (failed(result))
      return failure();
    op.replaceAllUsesWith(*result);
    op.erase();
    return success();
  }

  /// A result without elements needs no kernel.
  static bool replaceEmpty(Operation *op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getNumElements() != 0)
      return false;
    OpBuilder builder(op);
    auto empty =
        tensor::EmptyOp::create(builder, op->getLoc(), type, ValueRange());
    op->getResult(0).replaceAllUsesWith(empty.getResult());
    op->erase();
    return true;
  }

  LogicalResult lower(WindowOp op, SymbolTable &symbols) {
    if (replaceEmpty(op))
      return success();
    const ChipInfo *chip = targetOf(op);
    if (chip && isSeparable(op) &&
        getWindowBytes(op) > chip->sharedBytesPerBlock) {
      auto [rows, box] = splitWindow(op);
      return failure(failed(lower(rows, symbols)) ||
                     failed(lower(box, symbols)));
    }
    FailureOr<tile::KernelOp> kernel =
        buildWindowKernel(op, getOperation(), symbols);
    if (failed(kernel))
      return failure();
    OpBuilder builder(op);
    // All operands but the destination.
    SmallVector<Value> inputs(op->getOperands().drop_back());
    auto launch = tile::LaunchOp::create(builder, op.getLoc(), op.getType(),
                                         SymbolRefAttr::get(*kernel), inputs);
    op.replaceAllUsesWith(launch.getResult());
    op.erase();
    return success();
  }

  static FailureOr<Value> launchWhole(MatmulOp op, tile::KernelOp kernel) {
    OpBuilder builder(op);
    SmallVector<Value> inputs{op.getLhs(), op.getRhs()};
    llvm::append_range(inputs, op.getExtras());
    return tile::LaunchOp::create(builder, op.getLoc(), op.getType(),
                                  SymbolRefAttr::get(kernel), inputs)
        .getResult();
  }

  /// The sums of all slices, then their sum.
  static FailureOr<Value> launchSplit(MatmulOp op, tile::KernelOp kernel,
                                      SymbolTable &symbols) {
    FailureOr<tile::KernelOp> reduction =
        buildReductionKernel(op, kernel, symbols);
    if (failed(reduction))
      return failure();
    OpBuilder builder(op);
    auto sums = tile::LaunchOp::create(
        builder, op.getLoc(), getPartialSumsType(op),
        SymbolRefAttr::get(kernel), ValueRange{op.getLhs(), op.getRhs()},
        /*over_zeros=*/op.getSchedule()->getSplit() == SplitKind::StreamK);
    SmallVector<Value> inputs{sums.getResult()};
    llvm::append_range(inputs, op.getExtras());
    return tile::LaunchOp::create(builder, op.getLoc(), op.getType(),
                                  SymbolRefAttr::get(*reduction), inputs)
        .getResult();
  }
};

} // namespace
