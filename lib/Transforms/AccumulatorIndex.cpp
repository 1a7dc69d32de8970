// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The register order of accumulators, emitted: FragmentLayout says the same of
// single elements.

#include "dlk/Transforms/AccumulatorIndex.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/ThreadIndex.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

AccumulatorIndex::AccumulatorIndex(FragType type) {
  FragmentLayout layout = type.getFragmentLayout();
  warpsM = layout.warpsM;
  warpsN = layout.warpsN;
  std::tie(warpRows, warpColumns) = layout.warpShape();
  bands = warpRows / 16;
  tiles = warpColumns / 8;
}

Value AccumulatorIndex::emitRowInWarp(OpBuilder &builder, Location loc) const {
  Value lane = ThreadIndex(builder, loc, warpsM, warpsN).lane();
  return DeviceBuilder(builder, loc).divide(lane, 4);
}

Value AccumulatorIndex::emitColumnInWarp(OpBuilder &builder,
                                         Location loc) const {
  DeviceBuilder b(builder, loc);
  Value lane = ThreadIndex(builder, loc, warpsM, warpsN).lane();
  return b.multiply(b.remainder(lane, 4), 2);
}

Value AccumulatorIndex::emitWarpRow(OpBuilder &builder, Location loc) const {
  Value warp = ThreadIndex(builder, loc, warpsM, warpsN).warpRow();
  return DeviceBuilder(builder, loc).multiply(warp, warpRows);
}

Value AccumulatorIndex::emitWarpColumn(OpBuilder &builder, Location loc) const {
  Value warp = ThreadIndex(builder, loc, warpsM, warpsN).warpColumn();
  return DeviceBuilder(builder, loc).multiply(warp, warpColumns);
}
