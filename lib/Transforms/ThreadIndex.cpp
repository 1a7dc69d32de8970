// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thread, lane and warp from %tid.x. Blocks are one-dimensional.

#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dlk;

static Value constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                      value);
}

Value ThreadIndex::thread() {
  return NVVM::ThreadIdXOp::create(builder, loc, builder.getI32Type());
}

Value ThreadIndex::lane() {
  return arith::AndIOp::create(builder, loc, thread(),
                               constant(builder, loc, 31));
}

Value ThreadIndex::warp() {
  return arith::ShRUIOp::create(builder, loc, thread(),
                                constant(builder, loc, 5));
}

Value ThreadIndex::warpInGroup() {
  return builder.createOrFold<arith::RemUIOp>(
      loc, warp(), constant(builder, loc, warpsEach));
}

/// The number of the warp or warpgroup in the grid.
Value ThreadIndex::place() {
  if (warpsEach == 1)
    return warp();
  return builder.createOrFold<arith::DivUIOp>(
      loc, warp(), constant(builder, loc, warpsEach));
}

Value ThreadIndex::warpRow() {
  if (warpsM == 1)
    return constant(builder, loc, 0);
  return builder.createOrFold<arith::DivUIOp>(loc, place(),
                                              constant(builder, loc, warpsN));
}

Value ThreadIndex::warpColumn() {
  if (warpsN == 1)
    return constant(builder, loc, 0);
  return builder.createOrFold<arith::RemUIOp>(loc, place(),
                                              constant(builder, loc, warpsN));
}

Value dlk::emitWarpUniform(OpBuilder &builder, Location loc, Value value) {
  return NVVM::ShflOp::create(
      builder, loc, builder.getI32Type(), constant(builder, loc, -1), value,
      constant(builder, loc, 0), constant(builder, loc, 31),
      NVVM::ShflKind::idx, /*return_value_and_is_valid=*/UnitAttr());
}

Value dlk::emitUniformWarpgroup(OpBuilder &builder, Location loc) {
  Value thread = NVVM::ThreadIdXOp::create(builder, loc, builder.getI32Type());
  return emitWarpUniform(
      builder, loc,
      arith::ShRUIOp::create(builder, loc, thread, constant(builder, loc, 7)));
}
