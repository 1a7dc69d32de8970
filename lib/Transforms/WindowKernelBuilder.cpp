// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile kernel of dlk.window.
//
// A block computes a box of positions, of one or several images, for some
// channels: it copies all that their windows meet to shared memory, with a
// filter's factors, and reduces from there. Boxes of the input overlap; both
// sides are gathers, whose rows are (boxes..., positions in the box...).

#include "dlk/Transforms/KernelParts.h"
#include "dlk/Transforms/TargetOf.h"
#include "dlk/Transforms/TileKernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Positions of a block, where shared memory holds their windows, and bytes
/// beyond which fewer channels are taken, so that several blocks share a
/// multiprocessor.
constexpr int64_t kMostPositions = 64, kLeastPositions = 16;
constexpr int64_t kWantedBytes = 48 * 1024;
/// Between rows, so that eight of them are in distinct banks.
constexpr int64_t kRowPadding = 16;

/// A box of positions and channels, and what its windows meet. The first
/// dimension counts images.
struct WindowTile {
  SmallVector<int64_t> box, halo;
  int64_t channels, bytes;
};

int64_t product(ArrayRef<int64_t> extents) {
  int64_t result = 1;
  for (int64_t extent : extents)
    result *= extent;
  return result;
}

class WindowKernelBuilder {
public:
  WindowKernelBuilder(WindowOp op, ModuleOp module, SymbolTable &symbols)
      : op(op), module(module), symbols(symbols), builder(op.getContext()),
        loc(op.getLoc()), geometry(op.getGeometry()),
        element(op.getInputType().getElementType()),
        elementBytes(element.getIntOrFloatBitWidth() / 8) {
    StringRef letters = geometry.getSpatialLetters();
    positions.push_back(extentOf(op.getType(), geometry.outputLayout, 'n'));
    window.push_back(1);
    strides.push_back(1);
    dilations.push_back(1);
    for (auto [i, letter] : llvm::enumerate(letters)) {
      positions.push_back(
          extentOf(op.getType(), geometry.outputLayout, letter));
      window.push_back(geometry.window[i]);
      strides.push_back(geometry.strides[i]);
      dilations.push_back(geometry.dilations[i]);
    }
    channels = extentOf(op.getType(), geometry.outputLayout, 'c');
  }

  int64_t getBytes() { return chooseTile().bytes; }

  FailureOr<KernelOp> build() {
    tile = chooseTile();
    const ChipInfo *chip = targetOf(op);
    int64_t most = chip ? chip->sharedBytesPerBlock : INT64_MAX;
    if (tile.bytes > most)
      return op.emitError("window does not fit shared memory: ")
             << tile.bytes << " bytes for " << product(tile.box)
             << " positions of " << tile.channels << " channels; at most "
             << most << " [DLK-P33]";
    for (auto [extent, part] : llvm::zip_equal(positions, tile.box))
      boxes.push_back(llvm::divideCeil(extent, part));
    columns = llvm::divideCeil(channels, tile.channels);
    if (double(product(boxes)) * double(columns) > INT32_MAX)
      return op.emitError("grid exceeds 2147483647 blocks: ")
             << product(boxes) << " x " << columns << " [DLK-P31]";
    KernelOp kernel = createKernel();
    builder.setInsertionPointToStart(&kernel.getBlock());
    emitBody(kernel);
    return kernel;
  }

private:
  static int64_t extentOf(RankedTensorType type, StringRef layout,
                          char letter) {
    return type.getDimSize(layout.find(letter));
  }

  //===--------------------------------------------------------------------===//
  // Tile
  //===--------------------------------------------------------------------===//

  /// Boxes with as many positions, wide rather than high.
  WindowTile makeTile(int64_t count, int64_t tileChannels) {
    WindowTile result;
    result.channels = tileChannels;
    result.box.assign(positions.size(), 1);
    constexpr int64_t wide = 8;
    for (size_t dim = positions.size(); dim-- > 0;) {
      int64_t room = count / product(result.box);
      int64_t useful =
          llvm::bit_ceil<uint64_t>(std::max<int64_t>(1, positions[dim]));
      bool isLast = dim == 0;
      result.box[dim] = std::min({room, useful, isLast ? room : wide});
    }
    // What is left goes to the images.
    result.box[0] *= count / product(result.box);
    for (size_t dim = 0; dim < positions.size(); ++dim)
      result.halo.push_back((result.box[dim] - 1) * strides[dim] +
                            (window[dim] - 1) * dilations[dim] + 1);
    int64_t rows =
        product(result.halo) + (op.getFilter() ? product(window) : int64_t(0));
    result.bytes = rows * (tileChannels * elementBytes + kRowPadding);
    return result;
  }

  WindowTile chooseTile() {
    int64_t most = llvm::bit_ceil<uint64_t>(
        std::clamp<int64_t>(channels, 8, 128 / elementBytes));
    WindowTile result;
    for (int64_t count = kMostPositions; count >= kLeastPositions; count /= 2)
      for (int64_t width = most; width >= 8; width /= 2) {
        result = makeTile(count, width);
        if (result.bytes <= kWantedBytes)
          return result;
      }
    return result;
  }

  //===--------------------------------------------------------------------===//
  // Views
  //===--------------------------------------------------------------------===//

  /// The index of a tensor along `letter`, by digits (boxes..., places in the
  /// box..., channel), which start at dimension `first`. Of the input a box is
  /// what its windows meet.
  AffineExpr indexOf(char letter, bool isInput) {
    auto dim = [&](unsigned i) { return builder.getAffineDimExpr(i); };
    unsigned rank = positions.size();
    if (letter == 'c')
      return dim(2 * rank);
    size_t i =
        letter == 'n' ? 0 : 1 + geometry.getSpatialLetters().find(letter);
    AffineExpr box = dim(i) * tile.box[i], place = dim(rank + i);
    if (!isInput)
      return box + place;
    int64_t pad = i == 0 ? 0 : geometry.padLow[i - 1];
    return box * strides[i] + place - pad;
  }

  /// A tensor with that layout, as [positions of all boxes, channels], or as
  /// one of these if it has no other.
  MemType view(RankedTensorType type, StringRef layout, bool isInput) {
    SmallVector<AffineExpr> indices;
    for (char letter : layout)
      indices.push_back(indexOf(letter, isInput));
    bool hasRows = layout != "c", hasColumns = layout.contains('c');
    SmallVector<int64_t> ranks, extents;
    if (hasRows) {
      ranks.push_back(2 * positions.size());
      extents.append(boxes);
      extents.append(isInput ? tile.halo : tile.box);
    } else {
      for (AffineExpr &index : indices)
        index = builder.getAffineDimExpr(0);
    }
    if (hasColumns) {
      ranks.push_back(1);
      extents.push_back(channels);
    }
    auto map = AffineMap::get(extents.size(), 0, indices, op.getContext());
    return gatherMemory(type,
                        GatherAttr::get(op.getContext(), ranks, extents, map));
  }

  /// The filter as [taps, channels].
  MemType filterView() {
    StringRef letters = geometry.getSpatialLetters();
    SmallVector<AffineExpr> indices;
    for (char letter : geometry.filterLayout) {
      size_t i = letter == 'c' ? letters.size() : letters.find(letter);
      AffineExpr index = builder.getAffineDimExpr(i);
      if (geometry.backwards && letter != 'c')
        index = geometry.window[i] - 1 - index;
      indices.push_back(index);
    }
    SmallVector<int64_t> ranks{int64_t(letters.size()), 1};
    SmallVector<int64_t> extents(geometry.window);
    extents.push_back(channels);
    auto map = AffineMap::get(extents.size(), 0, indices, op.getContext());
    return gatherMemory(cast<RankedTensorType>(op.getFilter().getType()),
                        GatherAttr::get(op.getContext(), ranks, extents, map));
  }

  std::string extraLayout(unsigned extra) {
    std::string layout;
    AffineMap map = op.getExtraMap(extra);
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      layout.push_back(geometry.outputLayout[map.getDimPosition(i)]);
    return layout;
  }

  MemType extraView(unsigned extra) {
    std::string layout = extraLayout(extra);
    if (layout.empty())
      return rowMajorMemory(op.getExtraType(extra));
    return view(op.getExtraType(extra), layout, /*isInput=*/false);
  }

  /// From (row, channel) to the dimensions of an extra's view.
  AffineMap extraMap(unsigned extra) {
    std::string layout = extraLayout(extra);
    SmallVector<AffineExpr> results;
    if (StringRef(layout).find_first_not_of('c') != StringRef::npos)
      results.push_back(builder.getAffineDimExpr(0));
    if (StringRef(layout).contains('c'))
      results.push_back(builder.getAffineDimExpr(1));
    return AffineMap::get(2, 0, results, op.getContext());
  }

  //===--------------------------------------------------------------------===//
  // Kernel
  //===--------------------------------------------------------------------===//

  KernelOp createKernel() {
    SmallVector<Type> parameters{
        view(op.getInputType(), geometry.inputLayout, /*isInput=*/true)};
    if (op.getFilter())
      parameters.push_back(filterView());
    for (unsigned extra = 0; extra < op.getExtras().size(); ++extra)
      parameters.push_back(extraView(extra));
    parameters.push_back(
        view(op.getType(), geometry.outputLayout, /*isInput=*/false));
    builder.setInsertionPointToEnd(module.getBody());
    auto kernel = KernelOp::create(
        builder, loc, getKernelName(op, symbols),
        ArrayRef<int64_t>{product(boxes) * columns, 1, 1}, countWarps(),
        /*shared_bytes=*/IntegerAttr(), /*cluster=*/DenseI64ArrayAttr());
    kernel->setAttr("dlk.flops", builder.getF64FloatAttr(op.getFlops()));
    kernel->setAttr("dlk.bytes", builder.getF64FloatAttr(op.getBytes()));
    builder.createBlock(&kernel.getBody(), {}, parameters,
                        SmallVector<Location>(parameters.size(), loc));
    symbols.insert(kernel);
    return kernel;
  }

  int64_t countWarps() { return product(tile.box) / 16; }

  /// Warps side by side, so that each has as many positions as can be, which
  /// share what their windows meet.
  int64_t countWarpColumns() {
    return std::min<int64_t>(countWarps(), tile.channels / 8);
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value times(Value value, int64_t factor) {
    return builder.createOrFold<arith::MulIOp>(loc, value, index(factor));
  }

  /// Rows at a distance that is no multiple of all banks.
  Value allocRows(int64_t rows) {
    int64_t stride = tile.channels + kRowPadding / elementBytes;
    auto layout = LayoutAttr::get(
        op.getContext(), Layout::strided({rows, tile.channels}, {stride, 1}));
    auto type = MemType::get(op.getContext(), {rows, tile.channels}, element,
                             layout, MemorySpace::Shared);
    return AllocOp::create(builder, loc, type, /*offset=*/IntegerAttr());
  }

  void emitCopy(Value source, Value row, Value column, Value target) {
    auto type = cast<MemType>(source.getType());
    int64_t vector = 16 / elementBytes;
    while (!allowsVector(type, vector))
      vector /= 2;
    CopyOp::create(builder, loc, source, ValueRange{row, column}, target,
                   /*predicate=*/Value(), vector,
                   vector * elementBytes >= 4 ? "cp_async" : "ld");
  }

  /// The first position of the input that windows of the box meet, where it is
  /// asked whether taps lie inside: a maximum must not see the zeros that
  /// copies put outside.
  SmallVector<Value> emitOrigin(Value box) {
    SmallVector<Value> origin(boxes.size());
    for (size_t i = boxes.size(); i-- > 0;) {
      Value digit = box;
      if (i > 0) {
        digit = arith::RemUIOp::create(builder, loc, box, index(boxes[i]));
        box = arith::DivUIOp::create(builder, loc, box, index(boxes[i]));
      }
      int64_t pad = i == 0 ? 0 : geometry.padLow[i - 1];
      origin[i] = builder.createOrFold<arith::AddIOp>(
          loc, times(digit, tile.box[i] * strides[i]), index(-pad));
    }
    return origin;
  }

  bool asksInside() {
    bool padded =
        llvm::any_of(geometry.padLow, [](int64_t p) { return p > 0; });
    padded |= llvm::any_of(geometry.padHigh, [](int64_t p) { return p > 0; });
    return padded &&
           (op.getKind() == WindowKind::Max || op.getKind() == WindowKind::Min);
  }

  void emitBody(KernelOp kernel) {
    Type i = builder.getIndexType();
    auto coord = TileCoordOp::create(builder, loc, i, i, i, /*tile=*/Value(),
                                     ArrayRef<int64_t>{product(boxes), columns},
                                     /*batches=*/1, RasterKind::Row, 1);
    Value column = times(coord.getColumn(), tile.channels);
    Value source = allocRows(product(tile.halo)), filter;
    emitCopy(kernel.getBlock().getArgument(0),
             times(coord.getRow(), product(tile.halo)), column, source);
    if (op.getFilter()) {
      filter = allocRows(product(window));
      emitCopy(kernel.getBlock().getArgument(1), index(0), column, filter);
    }
    AsyncCommitOp::create(builder, loc);
    AsyncWaitOp::create(builder, loc, 0);
    BarrierOp::create(builder, loc);
    Value acc = emitReduction(source, filter, coord.getRow());
    Value row = times(coord.getRow(), product(tile.box));
    emitStore(emitEpilogue(acc, {row, column}, kernel), {row, column}, kernel);
  }

  Value emitReduction(Value source, Value filter, Value box) {
    auto layout = FragmentAttr::get(op.getContext(), FragmentKind::MmaAcc,
                                    countWarps() / countWarpColumns(),
                                    countWarpColumns());
    auto type =
        FragType::get(op.getContext(), {product(tile.box), tile.channels},
                      builder.getF32Type(), layout);
    SmallVector<Value> origin;
    SmallVector<int64_t> bounds;
    if (asksInside()) {
      origin = emitOrigin(box);
      bounds.push_back(INT32_MAX);
      for (char letter : geometry.getSpatialLetters())
        bounds.push_back(
            extentOf(op.getInputType(), geometry.inputLayout, letter));
    }
    return WindowReduceOp::create(
        builder, loc, type, stringifyWindowKind(op.getKind()), source, filter,
        origin, tile.box, tile.halo, window, strides, dilations, bounds);
  }

  Value emitEpilogue(Value acc, ArrayRef<Value> origin, KernelOp kernel) {
    if (op.getExtras().empty() &&
        op.getYield().getValue() == op.getAccumulator())
      return acc;
    SmallVector<AffineMap> maps;
    SmallVector<Value> inputs;
    unsigned first = op.getFilter() ? 2 : 1;
    for (unsigned i = 0; i < op.getExtras().size(); ++i) {
      inputs.push_back(kernel.getBlock().getArgument(first + i));
      maps.push_back(extraMap(i));
    }
    auto accType = cast<FragType>(acc.getType());
    auto type = FragType::get(op.getContext(), accType.getShape(),
                              op.getResultElementType(), accType.getLayout());
    int64_t rows = product(boxes) * product(tile.box);
    auto map = MapOp::create(builder, loc, type, acc, origin, inputs,
                             /*tiles=*/ValueRange(),
                             builder.getAffineMapArrayAttr(maps),
                             ArrayRef<int64_t>{rows, channels});
    cloneEpilogue(op.getEpilogue(), map, builder);
    return map.getResult();
  }

  void emitStore(Value result, ArrayRef<Value> origin, KernelOp kernel) {
    Value target = kernel.getBlock().getArguments().back();
    auto memory = cast<MemType>(target.getType());
    int64_t vector = 16 / memory.getElementBytes();
    while (!allowsVector(memory, vector))
      vector /= 2;
    vector = std::min(vector, tile.channels / countWarpColumns());
    auto type = MemType::get(
        op.getContext(), {countWarps(), 16, tile.channels / countWarpColumns()},
        memory.getElementType(), LayoutAttr(), MemorySpace::Shared);
    Value staging =
        AllocOp::create(builder, loc, type, /*offset=*/IntegerAttr());
    StoreOp::create(builder, loc, result, target, origin, staging, vector,
                    WindowKindAttr());
  }

  WindowOp op;
  ModuleOp module;
  SymbolTable &symbols;
  OpBuilder builder;
  Location loc;
  WindowGeometry geometry;
  Type element;
  int64_t elementBytes;
  /// Images and positions of the result, and the window with a dimension of one
  /// for the images.
  SmallVector<int64_t> positions, window, strides, dilations;
  int64_t channels;
  WindowTile tile;
  /// Boxes along each dimension, and tiles of channels.
  SmallVector<int64_t> boxes;
  int64_t columns = 0;
};

} // namespace

FailureOr<KernelOp> dlk::buildWindowKernel(WindowOp op, ModuleOp module,
                                           SymbolTable &symbols) {
  return WindowKernelBuilder(op, module, symbols).build();
}

int64_t dlk::getWindowBytes(WindowOp op) {
  SymbolTable symbols(op->getParentOfType<ModuleOp>());
  return WindowKernelBuilder(op, op->getParentOfType<ModuleOp>(), symbols)
      .getBytes();
}
