// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-rewrite-wgmma: products in flight become wgmma.mma_async.
//
// An accumulator in flight is one LLVM struct per 64 rows of the warpgroup, the
// form that the instruction takes and gives; structs of 128 registers cost
// nothing, while vectors would be taken apart and put together around each
// instruction. Source of descriptors: PTX ISA, "Matrix Descriptor Format" and
// "Strides" of wgmma.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/ThreadIndex.h"
#include "dlk/Transforms/WgmmaOperand.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace dlk {
#define GEN_PASS_DEF_TILEREWRITEWGMMA
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Bytes of k that one instruction multiplies, and its rows.
constexpr int64_t kSliceBytes = 32;
constexpr int64_t kRows = 64;

/// The structs of a fragment, one for each 64 rows of a warpgroup. Registers
/// hold one element, or two of f16.
SmallVector<Type> structsOf(FragType type) {
  auto [rows, columns] = type.getFragmentLayout().warpShape();
  MLIRContext *context = type.getContext();
  SmallVector<Type> registers(columns / 2, type.getElementType());
  if (type.getElementType().isF16())
    registers.assign(columns / 4, IntegerType::get(context, 32));
  auto one = LLVM::LLVMStructType::getLiteral(type.getContext(), registers);
  return SmallVector<Type>(rows / kRows, one);
}

/// The registers of a fragment that no product owns.
VectorType vectorOf(FragType type) {
  return VectorType::get(type.getElementsPerThread(), type.getElementType());
}

NVVM::WGMMATypes wgmmaType(Type type) {
  if (type.isF16())
    return NVVM::WGMMATypes::f16;
  if (type.isBF16())
    return NVVM::WGMMATypes::bf16;
  if (isa<Float8E4M3FNType>(type))
    return NVVM::WGMMATypes::e4m3;
  if (isa<Float8E5M2Type>(type))
    return NVVM::WGMMATypes::e5m2;
  if (type.isInteger(8))
    return NVVM::WGMMATypes::s8;
  if (type.isInteger(32))
    return NVVM::WGMMATypes::s32;
  return NVVM::WGMMATypes::f32;
}

struct LowerBegin : OpConversionPattern<WgmmaBeginOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(WgmmaBeginOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> parts;
    for (Type type : structsOf(op.getType().getFragment()))
      parts.push_back(LLVM::PoisonOp::create(rewriter, op.getLoc(), type));
    rewriter.replaceOpWithMultiple(op, {parts});
    return success();
  }
};

struct LowerWgmma : OpConversionPattern<WgmmaOp> {
  LowerWgmma(TypeConverter &converter, MLIRContext *context, Value warpgroup)
      : OpConversionPattern(converter, context), warpgroup(warpgroup) {}

  LogicalResult
  matchAndRewrite(WgmmaOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FragType type = op.getType().getFragment();
    DeviceBuilder device(rewriter, loc);
    FragmentAttr grid = type.getLayout();
    WgmmaOperand lhs = WgmmaOperand::of(op.getLhs().getType(), op.getLhsKDim());
    WgmmaOperand rhs = WgmmaOperand::of(op.getRhs().getType(), op.getRhsKDim());
    auto [rows, columns] = type.getFragmentLayout().warpShape();
    Value row = device.divide(warpgroup, grid.getWarpsN());
    Value column = device.remainder(warpgroup, grid.getWarpsN());
    Value lhsStart = lhs.emitDescriptor(
        rewriter, loc, op.getLhs(),
        grid.getWarpsM() == 1 ? Value()
                              : device.multiply(row, lhs.otherBytes(rows)));
    Value rhsStart = rhs.emitDescriptor(
        rewriter, loc, op.getRhs(),
        grid.getWarpsN() == 1
            ? Value()
            : device.multiply(column, rhs.otherBytes(columns)));

    SmallVector<Value> acc(adaptor.getAcc());
    NVVM::WgmmaFenceAlignedOp::create(rewriter, loc);
    int64_t slices = lhs.kBytes / kSliceBytes;
    for (int64_t slice = 0; slice < slices; ++slice)
      for (auto [part, value] : llvm::enumerate(acc)) {
        Value a = advance(device, lhsStart,
                          lhs.sliceBytes(slice) + lhs.otherBytes(part * kRows));
        Value b = advance(device, rhsStart, rhs.sliceBytes(slice));
        value = emitInstruction(rewriter, op, lhs, rhs, a, b, value, columns,
                                op.getOverwrite() && slice == 0);
      }
    NVVM::WgmmaGroupSyncAlignedOp::create(rewriter, loc);
    rewriter.replaceOpWithMultiple(op, {acc});
    return success();
  }

  /// Descriptors hold addresses in units of 16 bytes.
  static Value advance(DeviceBuilder &device, Value descriptor, int64_t bytes) {
    return bytes == 0 ? descriptor
                      : device.add(descriptor, device.i64(bytes / 16));
  }

  static Value emitInstruction(OpBuilder &b, WgmmaOp op,
                               const WgmmaOperand &lhs, const WgmmaOperand &rhs,
                               Value lhsDescriptor, Value rhsDescriptor,
                               Value acc, int64_t columns, bool overwrite) {
    MLIRContext *context = b.getContext();
    Type a = op.getLhs().getType().getElementType();
    Type c = op.getRhs().getType().getElementType();
    Type d = op.getType().getFragment().getElementType();
    // f32 operands are multiplied as tf32.
    auto operandType = [](Type type) {
      return type.isF32() ? NVVM::WGMMATypes::tf32 : wgmmaType(type);
    };
    int64_t k = kSliceBytes / op.getLhs().getType().getElementBytes();
    auto shape = NVVM::MMAShapeAttr::get(context, kRows, columns, k);
    return NVVM::WgmmaMmaAsyncOp::create(
        b, op.getLoc(), acc.getType(), acc, lhsDescriptor, rhsDescriptor, shape,
        operandType(a), operandType(c), wgmmaType(d),
        overwrite ? NVVM::WGMMAScaleOut::zero : NVVM::WGMMAScaleOut::one,
        NVVM::WGMMAScaleIn::one, NVVM::WGMMAScaleIn::one,
        lhs.kContiguous ? NVVM::MMALayout::row : NVVM::MMALayout::col,
        rhs.kContiguous ? NVVM::MMALayout::col : NVVM::MMALayout::row,
        /*satfinite=*/NVVM::MMAIntOverflowAttr());
  }

  Value warpgroup;
};

struct LowerWait : OpConversionPattern<WgmmaWaitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(WgmmaWaitOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getPending() != 0) {
      NVVM::WgmmaWaitGroupSyncOp::create(rewriter, op.getLoc(),
                                         op.getPending());
      rewriter.replaceOpWithMultiple(op, {adaptor.getAcc()});
      return success();
    }
    SmallVector<Value> registers;
    for (Value part : adaptor.getAcc())
      emitTiedWait(rewriter, op.getLoc(), part, registers);
    auto type = cast<FragType>(op.getType());
    if (type.getElementType().isF16())
      registers = unpack(rewriter, op.getLoc(), registers);
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(op, vectorOf(type),
                                                        registers);
    return success();
  }

  static SmallVector<Value> unpack(OpBuilder &b, Location loc,
                                   ValueRange registers) {
    SmallVector<Value> elements;
    auto pairType = VectorType::get(2, b.getF16Type());
    for (Value pair : registers) {
      Value halves = LLVM::BitcastOp::create(b, loc, pairType, pair);
      for (int64_t i = 0; i < 2; ++i)
        elements.push_back(vector::ExtractOp::create(b, loc, halves, i));
    }
    return elements;
  }

  /// wgmma.wait_group 0 that takes and gives the registers of one struct.
  static void emitTiedWait(OpBuilder &b, Location loc, Value part,
                           SmallVector<Value> &registers) {
    auto type = cast<LLVM::LLVMStructType>(part.getType());
    bool isFloat = type.getBody().front().isF32();
    SmallVector<Value> operands;
    std::string outputs, inputs;
    for (size_t i = 0; i < type.getBody().size(); ++i) {
      operands.push_back(LLVM::ExtractValueOp::create(b, loc, part, i));
      outputs += isFloat ? "=f," : "=r,";
      inputs += std::to_string(i) + ",";
    }
    inputs.pop_back();
    auto dialect =
        LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT);
    auto wait = LLVM::InlineAsmOp::create(
        b, loc, TypeRange(type), operands, "wgmma.wait_group.sync.aligned 0;",
        outputs + inputs,
        /*has_side_effects=*/true, /*is_align_stack=*/false,
        LLVM::TailCallKind::None, dialect, /*operand_attrs=*/ArrayAttr());
    for (size_t i = 0; i < type.getBody().size(); ++i)
      registers.push_back(
          LLVM::ExtractValueOp::create(b, loc, wait.getResult(0), i));
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

LogicalResult checkLayouts(KernelOp kernel, bool &any) {
  WalkResult result = kernel.walk([&](WgmmaOp op) {
    any = true;
    for (auto [operand, kDim] : {std::pair(op.getLhs(), op.getLhsKDim()),
                                 std::pair(op.getRhs(), op.getRhsKDim())}) {
      if (WgmmaOperand::isDescribable(operand.getType(), kDim))
        continue;
      op.emitError("wgmma cannot describe this tile, which is not of 8 rows x "
                   "128 bytes with the 128-byte swizzle: ")
          << operand.getType() << " [DLK-P103]";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

struct TileRewriteWgmmaPass
    : dlk::impl::TileRewriteWgmmaBase<TileRewriteWgmmaPass> {
  void runOnOperation() override {
    bool any = false;
    if (failed(checkLayouts(getOperation(), any)))
      return signalPassFailure();
    if (!any)
      return;
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion(
        [](InflightType type, SmallVectorImpl<Type> &results) {
          llvm::append_range(results, structsOf(type.getFragment()));
          return success();
        });
    converter.addConversion([](FragType type) -> std::optional<Type> {
      if (type.getLayout().getKind() == FragmentKind::WgmmaAcc)
        return vectorOf(type);
      return std::nullopt;
    });
    auto cast = [](OpBuilder &b, Type type, ValueRange values,
                   Location loc) -> Value {
      return UnrealizedConversionCastOp::create(b, loc, type, values)
          .getResult(0);
    };
    converter.addSourceMaterialization(cast);
    converter.addTargetMaterialization(cast);
    OpBuilder entry = OpBuilder::atBlockBegin(&getOperation().getBlock());
    Value warpgroup = emitUniformWarpgroup(entry, getOperation().getLoc());

    RewritePatternSet patterns(context);
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<WgmmaBeginOp, WgmmaOp, WgmmaWaitOp, AddOp>();
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    patterns.add<LowerBegin, LowerWait, LowerAdd>(converter, context);
    patterns.add<LowerWgmma>(converter, context, warpgroup);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
