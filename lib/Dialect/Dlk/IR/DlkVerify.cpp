// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules of dlk.matmul about maps and gathers, one function per group, in
// the order in which the operation's description lists them: a later rule may
// rely on earlier ones.

#include "ProductRules.h"

using namespace mlir;
using namespace dlk;

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
// Maps
//===----------------------------------------------------------------------===//

static LogicalResult verifyGathers(MatmulOp op) {
  ArrayAttr gathers = op.getGathersAttr();
  if (!gathers)
    return success();
  if (gathers.size() != op->getNumOperands())
    return op.emitOpError("expected one gather or unit for lhs, rhs, each "
                          "extra and the result: ")
           << gathers.size() << " for " << op->getNumOperands()
           << " tensors [DLK-V16]";
  for (auto [i, entry] : llvm::enumerate(gathers)) {
    auto gather = dyn_cast<GatherAttr>(entry);
    if (!gather && !isa<UnitAttr>(entry))
      return op.emitOpError("neither a gather nor unit: ")
             << entry << " [DLK-V16]";
    if (gather &&
        gather.getMap().getNumResults() != op.getOperandType(i).getRank())
      return op.emitOpError("gather of ")
             << getOperandName(op, i) << " gives "
             << gather.getMap().getNumResults() << " indices of "
             << op.getOperandType(i) << " [DLK-V16]";
  }
  return success();
}

static LogicalResult verifyMapForm(MatmulOp op, unsigned index) {
  AffineMap map = op.getMap(index);
  auto refuse = [&](StringRef what) {
    return op.emitOpError()
           << what << ": map " << op.getIndexingMaps()[index] << " of "
           << getOperandName(op, index) << " [DLK-V6]";
  };
  if (!map.isProjectedPermutation())
    return refuse("results are not distinct dimensions");
  if (map.getNumResults() != op.getOperandShape(index).size())
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
    for (auto [expr, size] :
         llvm::zip_equal(op.getMap(i).getResults(), op.getOperandShape(i))) {
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

/// Maps and gathers obey the other rules.
static LogicalResult verifyCombine(MatmulOp op) {
  std::optional<WindowKind> kind = op.getCombine();
  if (!kind)
    return success();
  Type type = op.getResultElementType();
  if (*kind == WindowKind::Multiply ||
      !(type.isF16() || type.isBF16() || type.isF32()))
    return op.emitOpError("rows are combined by sum, max and min of f16, bf16 "
                          "and f32: ")
           << stringifyWindowKind(*kind) << " of " << type << " [DLK-V17]";
  unsigned result = op->getNumOperands() - 1;
  auto refuse = [&](StringRef what) {
    return op.emitOpError(what) << ": " << op.getGather(result) << " [DLK-V17]";
  };
  if (!op.getGather(result))
    return op.emitOpError("rows are combined, but the result has no gather "
                          "[DLK-V17]");
  Gather gather = op.getGather(result).getGather();
  unsigned place = *op.getResultMap().getResultPosition(
      getAffineDimExpr(op.getMDim(), op.getContext()));
  ArrayRef<int64_t> digits = gather.groups[place];
  if (digits.size() < 3 || digits.take_back(2) != ArrayRef<int64_t>{2, 2})
    return refuse("rows are combined whose last two digits are not 2 and 2");
  unsigned end = gather.getFirstDigit(place) + digits.size();
  for (const auto &coefficients : gather.coefficients)
    if (coefficients[end - 1] != 0 || coefficients[end - 2] != 0)
      return refuse("rows that are combined have places of their own");
  if (op.getContiguousDim(result) != op.getNDim())
    return refuse("rows are combined of a result that is not contiguous along "
                  "n");
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
  if (failed(verifyProductTypes(ProductForm::of(*this))) ||
      failed(verifyGathers(*this)))
    return failure();
  return failure(failed(verifyMaps(*this)) || failed(verifyCombine(*this)));
}

LogicalResult MatmulOp::verifyRegions() {
  return verifyEpilogue(ProductForm::of(*this));
}
