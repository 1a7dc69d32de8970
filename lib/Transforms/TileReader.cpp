// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads of a map's operand from shared memory: the inverse of what TmaStore.cpp
// writes to staging. A panel has the rows of the whole tile; a warpgroup's part
// starts at a multiple of the swizzle's pattern, so the swizzle is that of the
// 64 rows alone, the same in every panel and band.
//
// Sources: PTX ISA, "ldmatrix", "Tensor Swizzling Modes".

#include "dlk/Transforms/TileReader.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include <numeric>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

/// Rows of a warpgroup in a band.
static constexpr int64_t kBandRows = 64;

TileReader::TileReader(DeviceBuilder &b, ValueRange panels,
                       const AccumulatorIndex &index, int64_t tilesPerPiece)
    : b(b), panels(panels), type(cast<MemType>(panels.front().getType())),
      index(index), tilesPerPiece(tilesPerPiece),
      tilesPerPanel(type.getShape()[1] / 8),
      loaded(2 * index.bands * index.tiles) {}

bool TileReader::isReadable() const {
  int64_t rowBytes = type.getShape()[1] * type.getElementBytes();
  bool isBox =
      rowBytes == 16 || rowBytes == 32 || rowBytes == 64 || rowBytes == 128;
  if (!isBox || !type.getLayout() ||
      (type.getElementBytes() != 2 && type.getElementBytes() != 4))
    return false;
  Layout wanted = Layout::tmaStaging(type.getShape(), type.getElementBytes(),
                                     rowBytes == 16 ? 0 : rowBytes);
  return type.getLayout() == LayoutAttr::get(type.getContext(), wanted);
}

void TileReader::prepare() {
  if (type.getElementBytes() != 2)
    exchange =
        findTileExchange(type.getLayout().getLayout(), type.getElementBytes(),
                         std::gcd(tilesPerPiece, tilesPerPanel));
  ThreadIndex thread(b.builder, b.loc, index.warpsM, index.warpsN,
                     index.warpsEach);
  lane = thread.lane();
  warpRow = b.multiply(thread.warpInGroup(), 16);
  if (exchange.distance != 0) {
    Value bit = b.builder.createOrFold<arith::AndIOp>(b.loc, b.divide(lane, 4),
                                                      b.i32(exchange.rowBit));
    exchanges = arith::CmpIOp::create(b.builder, b.loc,
                                      arith::CmpIPredicate::ne, bit, b.i32(0));
  }
  auto shared = LLVM::LLVMPointerType::get(
      b.builder.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
  int64_t own = panels.size() / index.warpsN;
  Value group;
  if (index.warpsM * index.warpsN > 1)
    group = emitUniformWarpgroup(b.builder, b.loc);
  Value rows;
  if (index.warpsM > 1)
    rows = b.multiply(b.divide(group, index.warpsN),
                      index.warpRows * type.getShape()[1] *
                          type.getElementBytes());
  for (int64_t panel = 0; panel < own; ++panel) {
    SmallVector<Value> ofColumns;
    for (int64_t column = 0; column < index.warpsN; ++column)
      ofColumns.push_back(PointerOp::create(b.builder, b.loc, shared,
                                            panels[column * own + panel]));
    starts.push_back(b.move(selectOwn(ofColumns, group), rows));
  }
}

/// The one of the warpgroup's column in the grid.
Value TileReader::selectOwn(ArrayRef<Value> ofColumns, Value group) {
  Value own = ofColumns.front();
  for (auto [column, pointer] : llvm::enumerate(ofColumns.drop_front())) {
    Value isIt = arith::CmpIOp::create(
        b.builder, b.loc, arith::CmpIPredicate::eq,
        b.remainder(group, index.warpsN), b.i32(column + 1));
    own = arith::SelectOp::create(b.builder, b.loc, isIt, pointer, own);
  }
  return own;
}

void TileReader::loadPiece() {
  int64_t first = piecesLoaded++ * tilesPerPiece;
  int64_t band = first / index.tiles, tile = first % index.tiles;
  int64_t end = tile + tilesPerPiece;
  if (type.getElementBytes() == 2) {
    while (tile < end) {
      // Two tiles of a panel at once.
      bool alone = tile + 1 == end || tile % tilesPerPanel + 1 == tilesPerPanel;
      loadMatrices(band, tile, alone ? 1 : 2);
      tile += alone ? 1 : 2;
    }
    return;
  }
  for (int64_t half = 0; half < 2; ++half)
    for (int64_t i = tile; i < end; ++i)
      loadExchanged(band, half, i);
}

Value TileReader::get(int64_t band, int64_t half, int64_t tile) const {
  return loaded[2 * (band * index.tiles + tile) + half];
}

Value &TileReader::at(int64_t band, int64_t half, int64_t tile) {
  return loaded[2 * (band * index.tiles + tile) + half];
}

/// The address of a row and column of the band's 64 rows in the panel of a
/// tile.
Value TileReader::pointer(int64_t band, int64_t tile,
                          const ThreadCoordinate &row,
                          const ThreadCoordinate &column) {
  ThreadAddress address =
      emitThreadAddress(b.builder, b.loc, type.getLayout().getLayout(),
                        type.getElementBytes(), {row, column});
  address.constant +=
      band * kBandRows * type.getShape()[1] * type.getElementBytes();
  return emitPointerOffset(b.builder, b.loc, starts[tile / tilesPerPanel],
                           address);
}

/// 16 rows of one or two tiles. Lane 8q+r addresses row r of matrix q; the
/// upper two matrices are eight columns further.
void TileReader::loadMatrices(int64_t band, int64_t tile, int64_t count) {
  ThreadCoordinate row{b.add(warpRow, b.remainder(lane, 16)), kBandRows, 0};
  ThreadCoordinate column{Value(), 1, 8 * (tile % tilesPerPanel)};
  if (count == 2)
    column = {b.multiply(b.divide(lane, 16), 8), 9, column.offset};
  MLIRContext *context = b.builder.getContext();
  SmallVector<Type> words(2 * count, b.builder.getI32Type());
  auto result = LLVM::LLVMStructType::getLiteral(context, words);
  auto load = NVVM::LdMatrixOp::create(
      b.builder, b.loc, result, pointer(band, tile, row, column), 2 * count,
      NVVM::MMALayout::row, NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  auto pair = VectorType::get(2, type.getElementType());
  for (int64_t matrix = 0; matrix < 2 * count; ++matrix)
    at(band, matrix % 2, tile + matrix / 2) = LLVM::BitcastOp::create(
        b.builder, b.loc, pair,
        LLVM::ExtractValueOp::create(b.builder, b.loc, load, matrix));
}

/// A pair of the tile, and that of the one it is exchanged with.
void TileReader::loadExchanged(int64_t band, int64_t half, int64_t tile) {
  int64_t distance = exchange.distance;
  if (distance == 0) {
    at(band, half, tile) = loadPair(band, half, tile, 0, 0);
    return;
  }
  if (tile % tilesPerPanel & distance)
    return;
  Value first = loadPair(band, half, tile, 8 * distance, 0);
  Value second = loadPair(band, half, tile, 0, 8 * distance);
  at(band, half, tile) = select(second, first);
  at(band, half, tile + distance) = select(first, second);
}

/// A pair of `tile`, moved by columns that depend on whether the lane
/// exchanges.
Value TileReader::loadPair(int64_t band, int64_t half, int64_t tile,
                           int64_t exchanged, int64_t plain) {
  ThreadCoordinate row{b.add(warpRow, b.divide(lane, 4)), 56, 8 * half};
  Value column = b.multiply(b.remainder(lane, 4), 2);
  if (exchanged != plain)
    column = b.add(column, select(b.i32(exchanged), b.i32(plain)));
  auto pair = VectorType::get(2, type.getElementType());
  return LLVM::LoadOp::create(
      b.builder, b.loc, pair,
      pointer(band, tile, row,
              {column, 7 + exchanged + plain, 8 * (tile % tilesPerPanel)}),
      2 * type.getElementBytes());
}

/// `exchanged` in the lanes that exchange tiles, else `plain`.
Value TileReader::select(Value exchanged, Value plain) {
  return b.builder.createOrFold<arith::SelectOp>(b.loc, exchanges, exchanged,
                                                 plain);
}
