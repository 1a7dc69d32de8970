// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The register order of accumulators, emitted: FragmentLayout says the same of
// single elements.

#include "dlk/Transforms/AccumulatorIndex.h"
#include "dlk/Transforms/DeviceBuilder.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

AccumulatorIndex::AccumulatorIndex(FragType type) {
  FragmentLayout layout = type.getFragmentLayout();
  warpsM = layout.warpsM;
  warpsN = layout.warpsN;
  std::tie(warpRows, warpColumns) = layout.warpShape();
  bool isWgmma = layout.role == FragmentRole::WgmmaAcc;
  warpsEach = isWgmma ? 4 : 1;
  bandRows = isWgmma ? 64 : 16;
  bands = warpRows / bandRows;
  tiles = warpColumns / 8;
}

int64_t AccumulatorIndex::tilesPerPiece(int64_t run) const {
  if (warpsEach == 1)
    return run;
  int64_t elements = bands * this->tiles * 4;
  int64_t tiles = std::min<int64_t>(elements <= 128 ? 8 : 2, run);
  while (run % tiles != 0)
    --tiles;
  return tiles;
}

Value AccumulatorIndex::emitRowInWarp(OpBuilder &builder, Location loc) const {
  Value lane = threadIndex(builder, loc).lane();
  return DeviceBuilder(builder, loc).divide(lane, 4);
}

Value AccumulatorIndex::emitColumnInWarp(OpBuilder &builder,
                                         Location loc) const {
  DeviceBuilder b(builder, loc);
  Value lane = threadIndex(builder, loc).lane();
  return b.multiply(b.remainder(lane, 4), 2);
}

Value AccumulatorIndex::emitWarpRow(OpBuilder &builder, Location loc) const {
  ThreadIndex thread = threadIndex(builder, loc);
  DeviceBuilder b(builder, loc);
  Value row = b.multiply(thread.warpRow(), warpRows);
  if (warpsEach == 1)
    return row;
  return b.add(row, b.multiply(thread.warpInGroup(), 16));
}

Value AccumulatorIndex::emitWarpColumn(OpBuilder &builder, Location loc) const {
  Value warp = threadIndex(builder, loc).warpColumn();
  return DeviceBuilder(builder, loc).multiply(warp, warpColumns);
}
