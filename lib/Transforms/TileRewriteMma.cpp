// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-rewrite-mma: fragments become registers, their loads ldmatrix, their
// products mma.sync m16n8k16.
//
// An accumulator fragment is vector<NxT> per thread, an operand fragment
// vector<Nxi32> of register pairs, both in the order of FragmentLayout. Four
// 8x8 matrices are loaded at once: for A the quarters of a 16x16 tile, for B
// two 16x8 tiles. Sources: PTX ISA, "ldmatrix" and "Matrix Fragments for
// mma.m16n8k16".

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/SharedAddress.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace dlk {
#define GEN_PASS_DEF_TILEREWRITEMMA
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

bool isOperandFragment(FragType type) {
  FragmentKind kind = type.getLayout().getKind();
  return kind == FragmentKind::MmaA || kind == FragmentKind::MmaB;
}

/// Registers of one thread.
VectorType registersOf(FragType type) {
  int64_t elements = type.getElementsPerThread();
  if (!isOperandFragment(type))
    return VectorType::get(elements, type.getElementType());
  return VectorType::get(elements / 2, IntegerType::get(type.getContext(), 32));
}

struct LowerFill : OpConversionPattern<FillOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(FillOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = registersOf(op.getType());
    Type element = type.getElementType();
    Attribute value = rewriter.getZeroAttr(element);
    if (isa<FloatType>(element))
      value = rewriter.getFloatAttr(element, op.getValue().convertToDouble());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, DenseElementsAttr::get(type, value));
    return success();
  }
};

/// Rows of A or columns of B that belong to a warp.
int64_t warpExtent(LoadFragmentOp op) {
  FragmentLayout fragment = op.getType().getFragmentLayout();
  auto [rows, columns] = fragment.warpShape();
  return fragment.role == FragmentRole::MmaA ? rows : columns;
}

/// Lane 8q+r addresses row r of matrix q. For the tile at (other, k) matrices
/// 0..3 of A are (other, k), (other+8, k), (other, k+8), (other+8, k+8); for B
/// k comes first.
struct LowerLoadFragment : OpConversionPattern<LoadFragmentOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LoadFragmentOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FragmentLayout fragment = op.getType().getFragmentLayout();
    bool isA = op.getType().getLayout().getKind() == FragmentKind::MmaA;
    int64_t extent = warpExtent(op);
    Location loc = op.getLoc();
    ThreadIndex thread(rewriter, loc, fragment.warpsM, fragment.warpsN);
    Value warp = isA ? thread.warpRow() : thread.warpColumn();
    ThreadCoordinate other, k;
    laneCoordinates(rewriter, loc, thread, isA, op.getKDim() == 1, other, k);
    Value start = rewriter.createOrFold<arith::MulIOp>(
        loc, warp,
        arith::ConstantIntOp::create(rewriter, loc, rewriter.getI32Type(),
                                     extent));
    other.variable =
        rewriter.createOrFold<arith::AddIOp>(loc, start, other.variable);
    other.bound = extent * ((isA ? fragment.warpsM : fragment.warpsN) - 1) + 16;
    k.offset = op.getK();

    SmallVector<Value> registers;
    for (int64_t tile = 0; tile < extent; tile += 16) {
      other.offset = tile;
      emitLdmatrix(op, rewriter, other, k, registers);
    }
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(
        op, registersOf(op.getType()), registers);
    return success();
  }

  /// Coordinates, inside the first 16 x 16 of a warp, of the row that this lane
  /// addresses. Rows of shared memory run along the contiguous dimension: along
  /// k for plain loads, along the other one for transposed loads.
  static void laneCoordinates(OpBuilder &b, Location loc, ThreadIndex &thread,
                              bool isA, bool kContiguous,
                              ThreadCoordinate &other, ThreadCoordinate &k) {
    auto constant = [&](int64_t value) {
      return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
    };
    Value lane = thread.lane();
    Value row = b.createOrFold<arith::AndIOp>(loc, lane, constant(7));
    // 8 for the odd matrices, and for the upper two.
    Value odd = b.createOrFold<arith::AndIOp>(loc, lane, constant(8));
    Value upper = b.createOrFold<arith::ShRUIOp>(
        loc, b.createOrFold<arith::AndIOp>(loc, lane, constant(16)),
        constant(1));
    Value otherStep = isA ? odd : upper, kStep = isA ? upper : odd;
    Value &alongRows = kContiguous ? otherStep : kStep;
    alongRows = b.createOrFold<arith::OrIOp>(loc, alongRows, row);
    other.variable = otherStep;
    k.variable = kStep;
    k.bound = kContiguous ? 9 : 16;
  }

  static void emitLdmatrix(LoadFragmentOp op, OpBuilder &b,
                           const ThreadCoordinate &other,
                           const ThreadCoordinate &k,
                           SmallVector<Value> &registers) {
    Location loc = op.getLoc();
    MemType type = op.getMemory().getType();
    bool kContiguous = op.getKDim() == 1;
    SmallVector<ThreadCoordinate> coordinate{other, k};
    if (!kContiguous)
      std::swap(coordinate[0], coordinate[1]);
    auto pointerType = LLVM::LLVMPointerType::get(
        b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    Value base = PointerOp::create(b, loc, pointerType, op.getMemory());
    ThreadAddress address =
        emitThreadAddress(b, loc, type.getLayout().getLayout(),
                          type.getElementBytes(), coordinate);
    Value pointer = emitPointerOffset(b, loc, base, address);
    Type i32 = b.getI32Type();
    auto result =
        LLVM::LLVMStructType::getLiteral(b.getContext(), {i32, i32, i32, i32});
    auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
    auto load = NVVM::LdMatrixOp::create(b, loc, result, pointer, 4,
                                         kContiguous ? NVVM::MMALayout::row
                                                     : NVVM::MMALayout::col,
                                         shape, NVVM::LdStMatrixEltType::B16);
    for (int64_t i = 0; i < 4; ++i)
      registers.push_back(LLVM::ExtractValueOp::create(b, loc, load, i));
  }
};

struct LowerMma : OpConversionPattern<MmaOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(MmaOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto lhsType = dyn_cast<FragType>(op.getLhs().getType());
    if (!lhsType)
      return rewriter.notifyMatchFailure(op, "mma on shared tiles");
    Location loc = op.getLoc();
    Type element = lhsType.getElementType();
    SmallVector<Value> lhs = unpack(rewriter, loc, adaptor.getLhs(), element);
    SmallVector<Value> rhs = unpack(rewriter, loc, adaptor.getRhs(), element);
    SmallVector<Value> acc;
    for (int64_t i = 0, e = registersOf(op.getType()).getNumElements(); i < e;
         ++i)
      acc.push_back(
          vector::ExtractOp::create(rewriter, loc, adaptor.getAcc(), i));
    int64_t rows = lhs.size() / 4, columns = rhs.size() / 2;
    for (int64_t j = 0; j < columns; ++j)
      for (int64_t step = 0; step < rows; ++step) {
        // Back and forth along m, so that neighbours share an operand.
        int64_t i = j % 2 == 0 ? step : rows - 1 - step;
        emitMma(rewriter, loc, element, ArrayRef(lhs).slice(4 * i, 4),
                ArrayRef(rhs).slice(2 * j, 2),
                MutableArrayRef(acc).slice(4 * (i * columns + j), 4));
      }
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(
        op, registersOf(op.getType()), acc);
    return success();
  }

  /// The 32-bit registers as the type that nvvm.mma.sync wants: pairs for f16,
  /// plain words for bf16.
  static SmallVector<Value> unpack(OpBuilder &b, Location loc, Value registers,
                                   Type element) {
    SmallVector<Value> words;
    auto count = cast<VectorType>(registers.getType()).getNumElements();
    for (int64_t i = 0; i < count; ++i) {
      Value word = vector::ExtractOp::create(b, loc, registers, i);
      if (element.isF16())
        word =
            LLVM::BitcastOp::create(b, loc, VectorType::get(2, element), word);
      words.push_back(word);
    }
    return words;
  }

  static void emitMma(OpBuilder &b, Location loc, Type element,
                      ArrayRef<Value> lhs, ArrayRef<Value> rhs,
                      MutableArrayRef<Value> acc) {
    Type f32 = b.getF32Type();
    auto result =
        LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
    auto type = element.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
    auto mma = NVVM::MmaOp::create(
        b, loc, result, lhs, rhs, ValueRange(acc), ArrayRef<int64_t>{16, 8, 16},
        /*b1Op=*/std::nullopt, /*intOverflow=*/std::nullopt,
        std::array<NVVM::MMATypes, 2>{type, type},
        std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                       NVVM::MMALayout::col});
    for (auto [i, value] : llvm::enumerate(acc))
      value = LLVM::ExtractValueOp::create(b, loc, mma, i);
  }
};

/// Refuses what no pattern takes, before anything is changed.
LogicalResult checkOps(KernelOp kernel) {
  auto result = kernel.walk([](Operation *op) {
    if (auto mma = dyn_cast<MmaOp>(op);
        mma && !isa<FragType>(mma.getLhs().getType())) {
      mma.emitError("mma is on shared tiles, not on fragments: ")
          << mma.getLhs().getType() << " [DLK-P61]";
      return WalkResult::interrupt();
    }
    auto load = dyn_cast<LoadFragmentOp>(op);
    if (!load)
      return WalkResult::advance();
    int64_t extent = warpExtent(load);
    if (extent % 16 == 0 && load.getMemory().getType().getLayout())
      return WalkResult::advance();
    load.emitError("ldmatrix loads 16 rows or columns of a laid-out tile at a "
                   "time, a warp's part has ")
        << extent << ": " << load.getMemory().getType() << " [DLK-P62]";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

struct TileRewriteMmaPass : dlk::impl::TileRewriteMmaBase<TileRewriteMmaPass> {
  void runOnOperation() override {
    if (failed(checkOps(getOperation())))
      return signalPassFailure();
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion(
        [](FragType type) -> Type { return registersOf(type); });
    auto cast = [](OpBuilder &b, Type type, ValueRange inputs,
                   Location loc) -> Value {
      return UnrealizedConversionCastOp::create(b, loc, type, inputs)
          .getResult(0);
    };
    converter.addSourceMaterialization(cast);
    converter.addTargetMaterialization(cast);

    RewritePatternSet patterns(context);
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<FillOp, LoadFragmentOp, MmaOp>();
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    patterns.add<LowerFill, LowerLoadFragment, LowerMma>(converter, context);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
