// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all sums of products obey: element types, numbers and the epilogue.

#include "ProductRules.h"
#include "dlk/Support/ElementTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace dlk;

std::string dlk::getOperandName(Operation *op, unsigned index) {
  if (index == 0)
    return "lhs";
  if (index == 1)
    return "rhs";
  if (index + 1 == op->getNumOperands())
    return "result";
  return "extra " + std::to_string(index - 2);
}

static Type elementType(Operation *op, unsigned operand) {
  return getElementTypeOrSelf(op->getOperand(operand).getType());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

bool dlk::isStoredType(Type type) {
  return type.isF16() || type.isBF16() || type.isF32() || isFp8(type) ||
         type.isInteger(8) || type.isInteger(32);
}

static LogicalResult verifyInputTypes(const ProductForm &form) {
  Operation *op = form.op;
  Type lhs = elementType(op, 0), rhs = elementType(op, 1);
  if (lhs != rhs && !(isFp8(lhs) && isFp8(rhs)))
    return op->emitOpError("lhs and rhs have different element types: ")
           << lhs << " and " << rhs << " [DLK-V1]";
  if (!lhs.isF16() && !lhs.isBF16() && !lhs.isF32() && !isFp8(lhs) &&
      !lhs.isInteger(8))
    return op->emitOpError("unsupported element type of lhs and rhs: ")
           << lhs
           << "; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8 [DLK-V1]";
  bool integers = lhs.isInteger(), halves = lhs.isF16() || isFp8(lhs);
  Type acc = form.accType;
  if (integers ? acc.isInteger(32) : acc.isF32() || (halves && acc.isF16()))
    return success();
  return op->emitOpError("unsupported acc_type: ") << acc << "; supported: "
                                                   << (integers ? "i32"
                                                       : halves ? "f32, f16"
                                                                : "f32")
                                                   << " [DLK-V2]";
}

/// What products read, and where their sums are kept.
static LogicalResult verifyNumerics(const ProductForm &form) {
  Operation *op = form.op;
  Type type = elementType(op, 0);
  InputPrecision expected =
      type.isF32() ? InputPrecision::TF32 : InputPrecision::IEEE;
  if (form.precision != expected)
    return op->emitOpError("precision of products of ")
           << type << " is not " << stringifyInputPrecision(expected) << ": "
           << stringifyInputPrecision(form.precision) << " [DLK-V14]";
  std::optional<int64_t> promote = form.promote;
  if (promote && (*promote < 1 || !isFp8(type) || !form.accType.isF32()))
    return op->emitOpError("promote is not a positive count of products of "
                           "fp8 that are summed in f32: ")
           << *promote << " of " << type << " in " << form.accType
           << " [DLK-V15]";
  return success();
}

LogicalResult dlk::verifyStoredTypes(const ProductForm &form) {
  Operation *op = form.op;
  for (unsigned i = form.firstExtra; i < op->getNumOperands(); ++i) {
    Type type = elementType(op, i);
    if (!isStoredType(type))
      return op->emitOpError("unsupported element type of ")
             << getOperandName(op, i) << ": " << type
             << "; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8, i32 "
                "[DLK-V3]";
  }
  return success();
}

LogicalResult dlk::verifyProductTypes(const ProductForm &form) {
  if (failed(verifyInputTypes(form)) || failed(verifyNumerics(form)))
    return failure();
  Operation *op = form.op;
  if (failed(verifyStoredTypes(form)))
    return failure();
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    if (!cast<ShapedType>(op->getOperand(i).getType()).hasStaticShape())
      return op->emitOpError("dynamic shapes are not supported: ")
             << getOperandName(op, i) << " is " << op->getOperand(i).getType()
             << " [DLK-V4]";
  return success();
}

//===----------------------------------------------------------------------===//
// Region
//===----------------------------------------------------------------------===//

/// Whether a conversion rounds as code does, to nearest even.
static bool hasRounding(Operation *op) {
  constexpr auto nearest = arith::RoundingMode::to_nearest_even;
  auto rounding = dyn_cast<arith::TruncFOp>(op);
  return !rounding || rounding.getRoundingmode().value_or(nearest) == nearest;
}

/// Whether values of fp8 are only extended to f32 and rounded from f32.
static bool hasFp8Form(Operation *op) {
  if (llvm::none_of(op->getOperandTypes(), isFp8) &&
      llvm::none_of(op->getResultTypes(), isFp8))
    return true;
  if (isa<arith::ExtFOp>(op))
    return op->getResult(0).getType().isF32();
  return isa<arith::TruncFOp>(op) && op->getOperand(0).getType().isF32();
}

bool dlk::isEpilogueOp(Operation *op) {
  auto isScalar = [](Type type) { return type.isIntOrFloat(); };
  if (!llvm::all_of(op->getOperandTypes(), isScalar) ||
      !llvm::all_of(op->getResultTypes(), isScalar))
    return false;
  if (!hasRounding(op) || !hasFp8Form(op))
    return false;
  return isa<arith::ConstantOp, arith::AddFOp, arith::SubFOp, arith::MulFOp,
             arith::DivFOp, arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp,
             arith::MaxNumFOp, arith::MinNumFOp, arith::CmpFOp, arith::SelectOp,
             arith::ExtFOp, arith::TruncFOp, arith::AddIOp, arith::SubIOp,
             arith::MulIOp, arith::MaxSIOp, arith::MinSIOp, arith::ExtSIOp,
             arith::TruncIOp, arith::SIToFPOp, arith::FPToSIOp, math::AbsFOp,
             math::ErfOp, math::ExpOp, math::Exp2Op, math::FmaOp, math::LogOp,
             math::RoundEvenOp, math::RsqrtOp, math::SqrtOp, math::TanhOp>(op);
}

LogicalResult dlk::verifyEpilogue(const ProductForm &form) {
  Operation *op = form.op;
  SmallVector<Type> expected = {form.accType};
  for (unsigned i = form.firstExtra; i + 1 < op->getNumOperands(); ++i)
    expected.push_back(elementType(op, i));
  if (!llvm::equal(form.body->getArgumentTypes(), expected))
    return op->emitOpError("block arguments of the epilogue are not the "
                           "accumulator and one element of each extra: (")
           << form.body->getArgumentTypes() << ") instead of (" << expected
           << ") [DLK-V11]";
  auto yield = dyn_cast<YieldOp>(form.body->getTerminator());
  if (!yield || yield.getValue().getType() != form.resultElement)
    return op->emitOpError("epilogue does not yield one element of the "
                           "result: ")
           << form.resultElement << " [DLK-V12]";
  for (Operation &inner : form.body->without_terminator())
    if (!isEpilogueOp(&inner))
      return op->emitOpError("unsupported operation in the epilogue: '")
             << inner.getName() << "' [DLK-V13]";
  return success();
}

//===----------------------------------------------------------------------===//
// Maps of extras
//===----------------------------------------------------------------------===//

static LogicalResult verifyExtraMap(Operation *op, unsigned extra,
                                    AffineMapAttr attr, RankedTensorType type,
                                    RankedTensorType result) {
  AffineMap map = attr.getValue();
  if (map.getNumDims() != result.getRank() || map.getNumSymbols() != 0 ||
      !map.isProjectedPermutation() || map.getNumResults() != type.getRank())
    return op->emitOpError("map of extra ")
           << extra << " does not give each of its " << type.getRank()
           << " dimensions one of the result's: " << attr << " [DLK-V25]";
  for (unsigned dim = 0; dim < map.getNumResults(); ++dim)
    if (result.getDimSize(map.getDimPosition(dim)) != type.getDimSize(dim))
      return op->emitOpError("extra ")
             << extra << " has other extents than the result under its map "
             << attr << ": " << type << " and " << result << " [DLK-V25]";
  return success();
}

LogicalResult dlk::verifyExtraMaps(Operation *op, ArrayAttr maps,
                                   OperandRange extras,
                                   RankedTensorType result) {
  if (maps.size() != extras.size())
    return op->emitOpError("expected one map for each extra: ")
           << maps.size() << " maps for " << extras.size()
           << " extras [DLK-V25]";
  for (auto [i, extra] : llvm::enumerate(extras))
    if (failed(verifyExtraMap(op, i, cast<AffineMapAttr>(maps[i]),
                              cast<RankedTensorType>(extra.getType()), result)))
      return failure();
  return success();
}
