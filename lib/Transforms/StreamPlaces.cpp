// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a tile to the clusters that computed parts of its sum, and from them to
// places: what dlk-tile-lower-roles makes of a stream, backwards.
//
// Tile t has the steps from t * s on. Of g clusters that share i steps, cluster
// c has those from c * i / g on, so step p belongs to cluster
// ((p + 1) * g - 1) / i. Part by part either the tile or the cluster is the
// next one: their numbers added up are different for all parts.

#include "dlk/Transforms/StreamPlaces.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/TargetOf.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;

StreamShares dlk::getStreamShares(MatmulOp op) {
  return getStreamShares(op.getProblem(), op.getSchedule()->getSchedule(),
                         *targetOf(op));
}

RankedTensorType dlk::getStreamSumsType(MatmulOp op) {
  ScheduleAttr schedule = *op.getSchedule();
  StreamShares shares = getStreamShares(op);
  // The last number of a part is that of the last cluster and the last tile.
  int64_t places = (shares.clusters + shares.tiles) * schedule.getClusterM() *
                   schedule.getClusterN();
  return RankedTensorType::get(
      {places, schedule.getTileM(), schedule.getTileN()}, op.getAccType());
}

namespace {

class StreamPlacesBuilder {
public:
  StreamPlacesBuilder(OpBuilder &builder, Location loc, MatmulOp op)
      : b(builder), loc(loc), device(builder, loc), op(op),
        schedule(*op.getSchedule()), shares(getStreamShares(op)) {}

  StreamPlaces run(Value batch, Value row, Value column) {
    int64_t clusterM = schedule.getClusterM(),
            clusterN = schedule.getClusterN();
    Value tileRow = device.divide(row, schedule.getTileM());
    Value tileColumn = device.divide(column, schedule.getTileN());
    Value rank = device.add(
        device.multiply(device.remainder(tileRow, clusterM), clusterN),
        device.remainder(tileColumn, clusterN));
    Value tile = number(batch, device.divide(tileRow, clusterM),
                        device.divide(tileColumn, clusterN));
    StreamPlaces places;
    emitParts(tile, rank, places.parts);
    places.row = device.multiply(tileRow, schedule.getTileM());
    places.column = device.multiply(tileColumn, schedule.getTileN());
    return places;
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  /// The number of a cluster's tile in the order of the raster: what
  /// dlk_tile.tile_coord does, backwards.
  Value number(Value batch, Value row, Value column) {
    int64_t rows = llvm::divideCeil(op.getM(), schedule.getTileM() *
                                                   schedule.getClusterM());
    int64_t columns = llvm::divideCeil(op.getN(), schedule.getTileN() *
                                                      schedule.getClusterN());
    Value inBatch;
    if (schedule.getRaster() == Raster::Row)
      inBatch = device.add(device.multiply(row, columns), column);
    else if (schedule.getRaster() == Raster::Column)
      inBatch = device.add(device.multiply(column, rows), row);
    else
      inBatch = numberInBands(row, column, rows, columns);
    return device.add(device.multiply(batch, rows * columns), inBatch);
  }

  Value numberInBands(Value row, Value column, int64_t rows, int64_t columns) {
    int64_t group = std::max<int64_t>(1, schedule.getRasterGroup() /
                                             schedule.getClusterM());
    group = std::min(group, rows);
    Value band = device.divide(row, group);
    Value height = index(group);
    if (rows % group != 0) {
      Value left = arith::SubIOp::create(b, loc, index(rows),
                                         device.multiply(band, group));
      height = arith::MinUIOp::create(b, loc, left, height);
    }
    Value inBand = device.add(arith::MulIOp::create(b, loc, column, height),
                              device.remainder(row, group));
    return device.add(device.multiply(band, group * columns), inBand);
  }

  /// The cluster that has step `step` of all.
  Value ownerOf(Value step) {
    Value scaled = device.multiply(device.add(step, index(1)), shares.clusters);
    Value last = arith::SubIOp::create(b, loc, scaled, index(1));
    return device.divide(last, shares.tiles * shares.steps);
  }

  void emitParts(Value tile, Value rank, SmallVectorImpl<Value> &parts) {
    int64_t size = schedule.getClusterM() * schedule.getClusterN();
    Value start = device.multiply(tile, shares.steps);
    Value first = device.add(ownerOf(start), tile);
    Value last =
        device.add(ownerOf(device.add(start, index(shares.steps - 1))), tile);
    Value zeros = index(shares.clusters + shares.tiles - 1);
    for (int64_t i = 0; i < shares.parts; ++i) {
      Value part = device.add(first, index(i));
      Value isPart =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, part, last);
      part = arith::SelectOp::create(b, loc, isPart, part, zeros);
      parts.push_back(device.add(device.multiply(part, size), rank));
    }
  }

  OpBuilder &b;
  Location loc;
  DeviceBuilder device;
  MatmulOp op;
  ScheduleAttr schedule;
  StreamShares shares;
};

} // namespace

StreamPlaces dlk::emitStreamPlaces(OpBuilder &builder, Location loc,
                                   MatmulOp op, Value batch, Value row,
                                   Value column) {
  return StreamPlacesBuilder(builder, loc, op).run(batch, row, column);
}
