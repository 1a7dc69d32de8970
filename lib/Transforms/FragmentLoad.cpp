// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operand fragments out of shared memory, for every width of elements.
//
// ldmatrix gives lane (g, t) = (lane / 4, lane mod 4) the 32 bits at byte 4t of
// row g of an 8 x 16 byte matrix: what mma.sync wants of any type whose rows
// run along k. Where they run along m or n ("transposed"), its .trans form does
// the same for elements of 16 bits. Elements of 32 bits are then loaded one by
// one. Those of 8 bits arrive as pairs of neighbours along m or n, which
//   prmt joins to four neighbours along k for row 2g, and for row 2g + 1,
//   shfl brings from there to the lanes of rows g and g + 8.
//
// Sources: PTX ISA, "ldmatrix", "Matrix Fragments for mma.m16n8k8", "...k16",
// "...k32".

#include "dlk/Transforms/FragmentLoad.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/SharedAddress.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

int64_t dlk::getWarpExtent(LoadFragmentOp op) {
  FragmentLayout fragment = op.getType().getFragmentLayout();
  auto [rows, columns] = fragment.warpShape();
  return fragment.role == FragmentRole::MmaA ? rows : columns;
}

namespace {

class FragmentLoader {
public:
  FragmentLoader(OpBuilder &builder, LoadFragmentOp op)
      : op(op), builder(builder), loc(op.getLoc()), b(builder, loc),
        memory(op.getMemory().getType()),
        elementBytes(memory.getElementBytes()),
        isA(op.getType().getLayout().getKind() == FragmentKind::MmaA) {
    auto pointerType = LLVM::LLVMPointerType::get(
        builder.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    base = PointerOp::create(builder, loc, pointerType, op.getMemory());
    FragmentLayout fragment = op.getType().getFragmentLayout();
    ThreadIndex thread(builder, loc, fragment.warpsM, fragment.warpsN);
    lane = thread.lane();
    int64_t extent = getWarpExtent(op);
    warpStart =
        b.multiply(isA ? thread.warpRow() : thread.warpColumn(), extent);
    otherBound = extent * ((isA ? fragment.warpsM : fragment.warpsN) - 1) + 16;
  }

  SmallVector<Value> run() {
    bool transposed = op.getKDim() == 0;
    for (int64_t tile = 0, e = getWarpExtent(op); tile < e; tile += 16) {
      if (transposed && elementBytes == 4)
        loadWords(tile);
      else if (transposed && elementBytes == 1)
        loadBytes(tile);
      else
        loadMatrices(tile, transposed);
    }
    return registers;
  }

private:
  /// `bit` of the lane, a power of two, as 0 or `value`.
  Value laneBit(int64_t bit, int64_t value) {
    Value set = builder.createOrFold<arith::AndIOp>(loc, lane, b.i32(bit));
    if (value < bit)
      return builder.createOrFold<arith::ShRUIOp>(
          loc, set, b.i32(llvm::Log2_64(bit / value)));
    return value == bit ? set : b.multiply(set, value / bit);
  }

  Value orWith(Value lhs, Value rhs) {
    return builder.createOrFold<arith::OrIOp>(loc, lhs, rhs);
  }

  /// Of the element at (other, k).
  Value pointerTo(ThreadCoordinate other, ThreadCoordinate k) {
    other.variable = b.add(warpStart, other.variable);
    other.bound = otherBound;
    SmallVector<ThreadCoordinate> coordinate{other, k};
    if (op.getKDim() == 0)
      std::swap(coordinate[0], coordinate[1]);
    return emitPointerOffset(builder, loc, base,
                             emitThreadAddress(builder, loc,
                                               memory.getLayout().getLayout(),
                                               elementBytes, coordinate));
  }

  SmallVector<Value> ldmatrix(Value pointer, bool transposed) {
    Type i32 = builder.getI32Type();
    auto result = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                                   {i32, i32, i32, i32});
    auto shape = NVVM::LdStMatrixShapeAttr::get(builder.getContext(), 8, 8);
    auto load = NVVM::LdMatrixOp::create(builder, loc, result, pointer, 4,
                                         transposed ? NVVM::MMALayout::col
                                                    : NVVM::MMALayout::row,
                                         shape, NVVM::LdStMatrixEltType::B16);
    SmallVector<Value> values;
    for (int64_t i = 0; i < 4; ++i)
      values.push_back(LLVM::ExtractValueOp::create(builder, loc, load, i));
    return values;
  }

  /// Lane 8q+r addresses row r of matrix q. For the tile at (other, k) matrices
  /// 0..3 of A are (other, k), (other+8, k), (other, k+half), (other+8,
  /// k+half), half being 16 bytes; for B k comes first.
  void loadMatrices(int64_t tile, bool transposed) {
    int64_t half = 16 / elementBytes;
    ThreadCoordinate other{laneBit(isA ? 8 : 16, 8), 16, tile};
    ThreadCoordinate k{laneBit(isA ? 16 : 8, half), half + 1,
                       int64_t(op.getK())};
    ThreadCoordinate &alongRows = transposed ? k : other;
    alongRows.variable =
        orWith(alongRows.variable,
               builder.createOrFold<arith::AndIOp>(loc, lane, b.i32(7)));
    if (transposed)
      k.bound = 2 * half;
    llvm::append_range(registers, ldmatrix(pointerTo(other, k), transposed));
  }

  /// Lane (g, t) loads (g, t), (g + 8, t) and those four further along k. In
  /// rows with granules of 32 bytes (Layout::stagingTile), its quarters meet
  /// different banks.
  void loadWords(int64_t tile) {
    Value g = b.divide(lane, 4), t = b.remainder(lane, 4);
    for (int64_t i = 0; i < 4; ++i) {
      bool upper = isA ? i % 2 : i / 2, later = isA ? i / 2 : i % 2;
      Value pointer = pointerTo({g, 8, tile + (upper ? 8 : 0)},
                                {t, 4, int64_t(op.getK()) + (later ? 4 : 0)});
      registers.push_back(
          LLVM::LoadOp::create(builder, loc, builder.getI32Type(), pointer, 4));
    }
  }

  /// Row r of matrix 2h+u is k = 16h + 4(r/2) + r mod 2, and 2 more if u is not
  /// r/4: so thread t gets two of its k from either matrix, and the eight rows
  /// of a matrix differ modulo 8, which meets different banks.
  void loadBytes(int64_t tile) {
    Value k = orWith(laneBit(1, 1), laneBit(2, 4));
    k = orWith(orWith(k, laneBit(4, 8)), laneBit(16, 16));
    Value second =
        builder.createOrFold<arith::XOrIOp>(loc, laneBit(4, 2), laneBit(8, 2));
    SmallVector<Value> pairs =
        ldmatrix(pointerTo({b.i32(0), 1, tile},
                           {orWith(k, second), 32, int64_t(op.getK())}),
                 /*transposed=*/true);
    auto [near, far] = exchangeBytes(pairs[0], pairs[1]);
    auto [nearLater, farLater] = exchangeBytes(pairs[2], pairs[3]);
    if (isA)
      llvm::append_range(registers,
                         ArrayRef<Value>{near, far, nearLater, farLater});
    else
      llvm::append_range(registers,
                         ArrayRef<Value>{near, nearLater, far, farLater});
  }

  /// Four bytes along k of rows g and g + 8, from the pairs of rows 2g and 2g +
  /// 1 that two matrices hold. Lanes of the lower half offer row 2g first,
  /// those of the upper half row 2g + 1; those of even rows ask the lower half
  /// first.
  std::pair<Value, Value> exchangeBytes(Value pair0, Value pair1) {
    Value upper = isSet(16), swapped = isSet(2), odd = isSet(4);
    auto select = [&](Value condition, Value yes, Value no) -> Value {
      return arith::SelectOp::create(builder, loc, condition, yes, no);
    };
    Value evenRow = select(swapped, b.i32(0x2064), b.i32(0x6420));
    Value oddRow = select(swapped, b.i32(0x3175), b.i32(0x7531));
    Value first = permute(pair0, pair1, select(upper, oddRow, evenRow));
    Value later = permute(pair0, pair1, select(upper, evenRow, oddRow));
    Value source = orWith(laneBit(8, 4), laneBit(16, 8));
    source = orWith(source, b.remainder(lane, 4));
    Value flipped = orWith(source, b.i32(16));
    first = shuffle(first, select(odd, flipped, source));
    later = shuffle(later, select(odd, source, flipped));
    return {select(odd, later, first), select(odd, first, later)};
  }

  Value isSet(int64_t bit) {
    Value set = builder.createOrFold<arith::AndIOp>(loc, lane, b.i32(bit));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, set,
                                 b.i32(0));
  }

  Value permute(Value low, Value high, Value selector) {
    return NVVM::PermuteOp::create(builder, loc, builder.getI32Type(), low,
                                   high, selector, NVVM::PermuteMode::DEFAULT);
  }

  Value shuffle(Value value, Value source) {
    return NVVM::ShflOp::create(builder, loc, builder.getI32Type(), b.i32(-1),
                                value, source, b.i32(31), NVVM::ShflKind::idx,
                                /*return_value_and_is_valid=*/UnitAttr());
  }

  LoadFragmentOp op;
  OpBuilder &builder;
  Location loc;
  DeviceBuilder b;
  MemType memory;
  int64_t elementBytes;
  bool isA;
  Value base, lane, warpStart;
  int64_t otherBound;
  SmallVector<Value> registers;
};

} // namespace

SmallVector<Value> dlk::emitFragmentLoad(OpBuilder &builder,
                                         LoadFragmentOp op) {
  return FragmentLoader(builder, op).run();
}
