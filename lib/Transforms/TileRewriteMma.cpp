// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-rewrite-mma: fragments become registers, their products mma.sync
// m16n8k8 (tf32), m16n8k16 (16 bits) or m16n8k32 (8 bits).
//
// An accumulator fragment is vector<NxT> per thread, an operand fragment
// vector<Nxi32> of registers, both in the order of FragmentLayout: four
// registers of A, two of B for each product. Source: PTX ISA, "Multiply-and-
// Accumulate Instruction: mma".

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Support/ElementTypes.h"
#include "dlk/Transforms/FragmentLoad.h"
#include "dlk/Transforms/Passes.h"
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
  int64_t bits = type.getElementType().getIntOrFloatBitWidth();
  return VectorType::get(elements * bits / 32,
                         IntegerType::get(type.getContext(), 32));
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

struct LowerLoadFragment : OpConversionPattern<LoadFragmentOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(LoadFragmentOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(
        op, registersOf(op.getType()), emitFragmentLoad(rewriter, op));
    return success();
  }
};

/// One mma.sync of 16 rows, 8 columns and 32 bytes of k.
struct Product {
  OpBuilder &b;
  Location loc;
  Type lhs, rhs, acc;

  void emit(ArrayRef<Value> a, ArrayRef<Value> bs,
            MutableArrayRef<Value> sums) {
    if (acc.isF16())
      return emitHalves(a, bs, sums);
    auto result =
        LLVM::LLVMStructType::getLiteral(b.getContext(), {acc, acc, acc, acc});
    Value products = isFp8(lhs) ? emitFp8(result, a, bs, sums)
                                : emitNvvm(result, a, bs, sums);
    for (auto [i, value] : llvm::enumerate(sums))
      value = LLVM::ExtractValueOp::create(b, loc, products, i);
  }

private:
  int64_t getK() const {
    return FragmentLayout::sliceExtent(lhs.getIntOrFloatBitWidth() / 8);
  }

  NVVM::MMATypes getType() const {
    if (lhs.isF16())
      return NVVM::MMATypes::f16;
    if (lhs.isBF16())
      return NVVM::MMATypes::bf16;
    return lhs.isF32() ? NVVM::MMATypes::tf32 : NVVM::MMATypes::s8;
  }

  /// Sums in f16, which lie in pairs.
  void emitHalves(ArrayRef<Value> a, ArrayRef<Value> bs,
                  MutableArrayRef<Value> sums) {
    auto pair = VectorType::get(2, acc);
    SmallVector<Value> pairs;
    for (int64_t i : {0, 2})
      pairs.push_back(vector::FromElementsOp::create(
          b, loc, pair, ValueRange{sums[i], sums[i + 1]}));
    Value products =
        emitNvvm(LLVM::LLVMStructType::getLiteral(b.getContext(), {pair, pair}),
                 a, bs, pairs);
    for (int64_t i = 0; i < 4; ++i)
      sums[i] = vector::ExtractOp::create(
          b, loc, LLVM::ExtractValueOp::create(b, loc, products, i / 2), i % 2);
  }

  Value emitNvvm(Type result, ArrayRef<Value> a, ArrayRef<Value> bs,
                 ArrayRef<Value> sums) {
    std::optional<NVVM::MMAIntOverflow> overflow;
    if (lhs.isInteger())
      overflow = NVVM::MMAIntOverflow::wrapped;
    return NVVM::MmaOp::create(
        b, loc, result, a, bs, sums, ArrayRef<int64_t>{16, 8, getK()},
        /*b1Op=*/std::nullopt, overflow,
        std::array<NVVM::MMATypes, 2>{getType(), getType()},
        std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                       NVVM::MMALayout::col});
  }

  /// nvvm.mma.sync has no fp8.
  Value emitFp8(Type result, ArrayRef<Value> a, ArrayRef<Value> bs,
                ArrayRef<Value> sums) {
    auto name = [](Type type) {
      return isa<Float8E4M3FNType>(type) ? "e4m3" : "e5m2";
    };
    std::string code =
        llvm::formatv("mma.sync.aligned.m16n8k32.row.col.f32.{0}.{1}.f32 "
                      "{{$0, $1, $2, $3}, {{$4, $5, $6, $7}, {{$8, $9}, "
                      "{{$10, $11, $12, $13};",
                      name(lhs), name(rhs));
    SmallVector<Value> operands(a);
    llvm::append_range(operands, bs);
    llvm::append_range(operands, sums);
    auto dialect =
        LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT);
    return LLVM::InlineAsmOp::create(b, loc, TypeRange(result), operands, code,
                                     "=f,=f,=f,=f,r,r,r,r,r,r,0,1,2,3",
                                     /*has_side_effects=*/false,
                                     /*is_align_stack=*/false,
                                     LLVM::TailCallKind::None, dialect,
                                     /*operand_attrs=*/ArrayAttr())
        .getResult(0);
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
    Type lhsElement = lhsType.getElementType();
    Type rhsElement = cast<FragType>(op.getRhs().getType()).getElementType();
    Product product{rewriter, loc, lhsElement, rhsElement,
                    op.getType().getElementType()};
    SmallVector<Value> lhs =
        unpack(rewriter, loc, adaptor.getLhs(), lhsElement);
    SmallVector<Value> rhs =
        unpack(rewriter, loc, adaptor.getRhs(), rhsElement);
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
        product.emit(ArrayRef(lhs).slice(4 * i, 4),
                     ArrayRef(rhs).slice(2 * j, 2),
                     MutableArrayRef(acc).slice(4 * (i * columns + j), 4));
      }
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(
        op, registersOf(op.getType()), acc);
    return success();
  }

  /// The 32-bit registers as the type that nvvm.mma.sync wants: pairs for f16,
  /// plain words for all others.
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
};

struct LowerAdd : OpConversionPattern<AddOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(AddOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, adaptor.getLhs(),
                                               adaptor.getRhs());
    return success();
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
    int64_t extent = getWarpExtent(load);
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
    // Those of wgmma go with its products.
    target.addDynamicallyLegalOp<AddOp>([](AddOp op) {
      return op.getType().getLayout().getKind() == FragmentKind::WgmmaAcc;
    });
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    patterns.add<LowerFill, LowerLoadFragment, LowerMma, LowerAdd>(converter,
                                                                   context);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
