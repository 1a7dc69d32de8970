// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules of dlk.matmul, one function per group, in the order in which the
// operation's description lists them: a later rule may rely on earlier ones.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Support/ElementTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace dlk;

/// How a message calls operand `index`.
static std::string getOperandName(MatmulOp op, unsigned index) {
  if (index == 0)
    return "lhs";
  if (index == 1)
    return "rhs";
  if (index + 1 == op->getNumOperands())
    return "result";
  return "extra " + std::to_string(index - 2);
}

/// How a message calls dimension `dim` of the iteration space.
static std::string getDimName(MatmulOp op, unsigned dim) {
  if (dim == op.getMDim())
    return "m";
  if (dim == op.getNDim())
    return "n";
  if (dim == op.getKDim())
    return "k";
  return "batch dimension " + std::to_string(dim);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

bool dlk::isStoredType(Type type) {
  return type.isF16() || type.isBF16() || type.isF32() || isFp8(type) ||
         type.isInteger(8) || type.isInteger(32);
}

static LogicalResult verifyInputTypes(MatmulOp op) {
  Type lhs = op.getOperandType(0).getElementType();
  Type rhs = op.getOperandType(1).getElementType();
  if (lhs != rhs && !(isFp8(lhs) && isFp8(rhs)))
    return op.emitOpError("lhs and rhs have different element types: ")
           << lhs << " and " << rhs << " [DLK-V1]";
  if (!lhs.isF16() && !lhs.isBF16() && !lhs.isF32() && !isFp8(lhs) &&
      !lhs.isInteger(8))
    return op.emitOpError("unsupported element type of lhs and rhs: ")
           << lhs
           << "; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8 [DLK-V1]";
  bool integers = lhs.isInteger(), halves = lhs.isF16() || isFp8(lhs);
  Type acc = op.getAccType();
  if (integers ? acc.isInteger(32) : acc.isF32() || (halves && acc.isF16()))
    return success();
  return op.emitOpError("unsupported acc_type: ") << acc << "; supported: "
                                                  << (integers ? "i32"
                                                      : halves ? "f32, f16"
                                                               : "f32")
                                                  << " [DLK-V2]";
}

/// What products read, and where their sums are kept.
static LogicalResult verifyNumerics(MatmulOp op) {
  Type type = op.getLhsElementType();
  InputPrecision expected =
      type.isF32() ? InputPrecision::TF32 : InputPrecision::IEEE;
  if (op.getPrecision() != expected)
    return op.emitOpError("precision of products of ")
           << type << " is not " << stringifyInputPrecision(expected) << ": "
           << stringifyInputPrecision(op.getPrecision()) << " [DLK-V14]";
  std::optional<int64_t> promote = op.getPromote();
  if (promote && (*promote < 1 || !isFp8(type) || !op.getAccType().isF32()))
    return op.emitOpError("promote is not a positive count of products of "
                          "fp8 that are summed in f32: ")
           << *promote << " of " << type << " in " << op.getAccType()
           << " [DLK-V15]";
  return success();
}

static LogicalResult verifyTypes(MatmulOp op) {
  if (failed(verifyInputTypes(op)) || failed(verifyNumerics(op)))
    return failure();
  for (unsigned i = 2; i < op->getNumOperands(); ++i) {
    Type type = op.getOperandType(i).getElementType();
    if (!isStoredType(type))
      return op.emitOpError("unsupported element type of ")
             << getOperandName(op, i) << ": " << type
             << "; supported: f16, bf16, f32, f8E4M3FN, f8E5M2, i8, i32 "
                "[DLK-V3]";
  }
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    if (!op.getOperandType(i).hasStaticShape())
      return op.emitOpError("dynamic shapes are not supported: ")
             << getOperandName(op, i) << " is " << op.getOperandType(i)
             << " [DLK-V4]";
  return success();
}

//===----------------------------------------------------------------------===//
// Maps
//===----------------------------------------------------------------------===//

static LogicalResult verifyMapForm(MatmulOp op, unsigned index) {
  AffineMap map = op.getMap(index);
  auto refuse = [&](StringRef what) {
    return op.emitOpError()
           << what << ": map " << op.getIndexingMaps()[index] << " of "
           << getOperandName(op, index) << " [DLK-V6]";
  };
  if (!map.isProjectedPermutation())
    return refuse("results are not distinct dimensions");
  if (map.getNumResults() != op.getOperandType(index).getRank())
    return refuse("number of results is not the tensor's rank");
  return success();
}

static LogicalResult verifyMapDims(MatmulOp op, unsigned index) {
  auto contains = [&](unsigned dim) {
    return op.getMap(index).isFunctionOfDim(dim);
  };
  auto refuse = [&](StringRef what, unsigned dim, StringRef rule) {
    return op.emitOpError()
           << getOperandName(op, index) << ' ' << what << ' '
           << getDimName(op, dim) << ": map " << op.getIndexingMaps()[index]
           << " [DLK-" << rule << "]";
  };
  bool isResult = index + 1 == op->getNumOperands();
  if (index < 2) {
    unsigned foreign = index == 0 ? op.getNDim() : op.getMDim();
    if (!contains(op.getKDim()))
      return refuse("does not have", op.getKDim(), "V7");
    if (contains(foreign))
      return refuse("must not have", foreign, "V7");
  } else if (contains(op.getKDim())) {
    return refuse("must not have", op.getKDim(), isResult ? "V9" : "V8");
  }
  if (isResult)
    for (unsigned dim = 0; dim < op.getKDim(); ++dim)
      if (!contains(dim))
        return refuse("does not have", dim, "V9");
  return success();
}

static LogicalResult verifySizes(MatmulOp op) {
  SmallVector<int64_t> sizes(op.getNumDims(), -1);
  SmallVector<unsigned> owner(op.getNumDims(), 0);
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    for (auto [expr, size] : llvm::zip_equal(op.getMap(i).getResults(),
                                             op.getOperandType(i).getShape())) {
      unsigned dim = cast<AffineDimExpr>(expr).getPosition();
      if (sizes[dim] == -1) {
        sizes[dim] = size;
        owner[dim] = i;
      }
      if (sizes[dim] != size)
        return op.emitOpError("sizes differ: ")
               << getDimName(op, dim) << " is " << sizes[dim] << " in "
               << getOperandName(op, owner[dim]) << " but " << size << " in "
               << getOperandName(op, i) << " [DLK-V10]";
    }
  }
  return success();
}

static LogicalResult verifyMaps(MatmulOp op) {
  size_t numMaps = op.getIndexingMaps().size();
  if (numMaps != op->getNumOperands())
    return op.emitOpError("expected one map for lhs, rhs, each extra and the "
                          "result: ")
           << numMaps << " maps for " << op->getNumOperands()
           << " tensors [DLK-V5]";
  for (unsigned i = 0; i < numMaps; ++i) {
    AffineMap map = op.getMap(i);
    if (map.getNumSymbols() != 0 || map.getNumDims() < 3 ||
        map.getNumDims() != op.getNumDims())
      return op.emitOpError("maps are not all over the same dimensions "
                            "(batch..., m, n, k): map ")
             << op.getIndexingMaps()[i] << " of " << getOperandName(op, i)
             << " [DLK-V5]";
  }
  for (unsigned i = 0; i < numMaps; ++i)
    if (failed(verifyMapForm(op, i)))
      return failure();
  for (unsigned i = 0; i < numMaps; ++i)
    if (failed(verifyMapDims(op, i)))
      return failure();
  return verifySizes(op);
}

LogicalResult MatmulOp::verify() {
  if (failed(verifyTypes(*this)))
    return failure();
  return verifyMaps(*this);
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

LogicalResult MatmulOp::verifyRegions() {
  Block &body = *getBody();
  SmallVector<Type> expected = {getAccType()};
  for (Value extra : getExtras())
    expected.push_back(getElementTypeOrSelf(extra.getType()));
  if (!llvm::equal(body.getArgumentTypes(), expected))
    return emitOpError("block arguments of the epilogue are not the "
                       "accumulator and one element of each extra: (")
           << body.getArgumentTypes() << ") instead of (" << expected
           << ") [DLK-V11]";
  auto yield = dyn_cast<YieldOp>(body.getTerminator());
  if (!yield || yield.getValue().getType() != getResultElementType())
    return emitOpError("epilogue does not yield one element of the result: ")
           << getResultElementType() << " [DLK-V12]";
  for (Operation &op : body.without_terminator())
    if (!isEpilogueOp(&op))
      return emitOpError("unsupported operation in the epilogue: '")
             << op.getName() << "' [DLK-V13]";
  return success();
}
