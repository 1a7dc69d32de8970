// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the operations on fragments.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

LogicalResult LoadFragmentOp::verify() {
  MemType memory = getMemory().getType();
  FragType result = getType();
  if (!memory.isShared() || memory.getRank() != 2 ||
      memory.getElementType() != result.getElementType() ||
      memory.getElementBytes() != 2)
    return emitOpError("memory is not a shared tile of the fragment's 16-bit "
                       "elements: ")
           << memory << " [DLK-T30]";
  FragmentKind kind = result.getLayout().getKind();
  if (kind != FragmentKind::MmaA && kind != FragmentKind::MmaB)
    return emitOpError("result is neither mma_a nor mma_b: ")
           << result << " [DLK-T32]";
  int64_t k = getK(), kDim = getKDim();
  if (kDim != 0 && kDim != 1)
    return emitOpError("dimension of k is neither 0 nor 1: ")
           << kDim << " [DLK-T31]";
  bool isA = kind == FragmentKind::MmaA;
  int64_t slice = result.getShape()[isA ? 1 : 0],
          other = result.getShape()[isA ? 0 : 1];
  if (k < 0 || k + slice > memory.getShape()[kDim] ||
      memory.getShape()[1 - kDim] != other)
    return emitOpError("slice ")
           << k << " to " << k + slice << " of dimension " << kDim
           << " does not fit " << memory << " and " << result << " [DLK-T31]";
  return success();
}

/// Extents along k and along the other dimension.
static std::pair<int64_t, int64_t> extentsOf(Type type, int64_t kDim) {
  ArrayRef<int64_t> shape = isa<MemType>(type)
                                ? cast<MemType>(type).getShape()
                                : cast<FragType>(type).getShape();
  return {shape[kDim], shape[1 - kDim]};
}

LogicalResult MmaOp::verify() {
  Type lhs = getLhs().getType(), rhs = getRhs().getType();
  FragType acc = getAcc().getType();
  if (isa<FragType>(lhs) != isa<FragType>(rhs))
    return emitOpError("one operand is a fragment, the other memory [DLK-T35]");
  bool fragments = isa<FragType>(lhs);
  if (fragments &&
      (cast<FragType>(lhs).getLayout().getKind() != FragmentKind::MmaA ||
       cast<FragType>(rhs).getLayout().getKind() != FragmentKind::MmaB))
    return emitOpError("operands are not mma_a and mma_b: ")
           << lhs << " and " << rhs << " [DLK-T35]";
  auto rank = [](Type type) {
    return isa<MemType>(type) ? cast<MemType>(type).getRank() : int64_t(2);
  };
  if (rank(lhs) != 2 || rank(rhs) != 2 || getLhsKDim() > 1 || getRhsKDim() > 1)
    return emitOpError(
        "operands do not have rank 2 and k in dimension 0 or 1 [DLK-T33]");
  auto [lhsK, m] = extentsOf(lhs, fragments ? 1 : getLhsKDim());
  auto [rhsK, n] = extentsOf(rhs, fragments ? 0 : getRhsKDim());
  if (lhsK != rhsK || m != acc.getShape()[0] || n != acc.getShape()[1])
    return emitOpError("extents do not agree: ")
           << m << "x" << lhsK << " times " << rhsK << "x" << n << " into "
           << acc << " [DLK-T33]";
  auto element = [](Type type) {
    return isa<MemType>(type) ? cast<MemType>(type).getElementType()
                              : cast<FragType>(type).getElementType();
  };
  Type input = element(lhs);
  if (input != element(rhs) || !(input.isF16() || input.isBF16()) ||
      !acc.getElementType().isF32())
    return emitOpError("element types are not f16 or bf16 into f32: ")
           << input << ", " << element(rhs) << " into " << acc.getElementType()
           << " [DLK-T34]";
  if (!fragments)
    return success();
  for (Type type : {lhs, rhs}) {
    FragmentAttr layout = cast<FragType>(type).getLayout();
    if (layout.getWarpsM() != acc.getLayout().getWarpsM() ||
        layout.getWarpsN() != acc.getLayout().getWarpsN())
      return emitOpError("warps of an operand differ from the accumulator's: ")
             << layout << " and " << acc.getLayout() << " [DLK-T36]";
  }
  return success();
}

LogicalResult MapOp::verify() {
  auto maps = getMaps().getAsValueRange<AffineMapAttr>();
  if (getMaps().size() != getInputs().size())
    return emitOpError("has ") << getMaps().size() << " maps for "
                               << getInputs().size() << " operands [DLK-T37]";
  for (auto [map, operand] : llvm::zip(maps, getInputs())) {
    auto type = cast<MemType>(operand.getType());
    if (map.getNumDims() != getOrigin().size() || map.getNumSymbols() != 0 ||
        static_cast<int64_t>(map.getNumResults()) != type.getRank() ||
        type.isShared())
      return emitOpError("map does not lead from ")
             << getOrigin().size() << " indices to global " << type << ": "
             << AffineMapAttr::get(map) << " [DLK-T37]";
  }
  if (getOrigin().size() < 2 || getBounds().size() != 2)
    return emitOpError("has no row and column index or bound [DLK-T37]");
  SmallVector<Type> expected{getSource().getType().getElementType()};
  for (Value operand : getInputs())
    expected.push_back(cast<MemType>(operand.getType()).getElementType());
  Block &block = getBody().front();
  if (block.getArgumentTypes() != TypeRange(expected))
    return emitOpError("region takes ") << block.getArgumentTypes() << ", not "
                                        << TypeRange(expected) << " [DLK-T38]";
  Type yielded = cast<YieldOp>(block.getTerminator()).getValue().getType();
  if (yielded != getType().getElementType())
    return emitOpError("region yields ")
           << yielded << ", the result holds " << getType().getElementType()
           << " [DLK-T38]";
  if (getType().getShape() != getSource().getType().getShape() ||
      getType().getLayout() != getSource().getType().getLayout())
    return emitOpError("result has another shape or layout than the source: ")
           << getType() << " [DLK-T39]";
  return success();
}

LogicalResult StoreOp::verify() {
  MemType target = getTarget().getType(), staging = getStaging().getType();
  FragType source = getSource().getType();
  if (target.isShared() || target.getElementType() != source.getElementType() ||
      target.getRank() != static_cast<int64_t>(getOrigin().size()) ||
      target.getRank() < 2)
    return emitOpError("target is not global memory of the source's elements "
                       "with one index per "
                       "dimension: ")
           << target << " [DLK-T40]";
  FragmentAttr layout = source.getLayout();
  int64_t warps = layout.getWarpsM() * layout.getWarpsN();
  int64_t columns = source.getShape()[1] / layout.getWarpsN();
  if (!staging.isShared() ||
      staging.getElementType() != source.getElementType() ||
      staging.getShape() != ArrayRef<int64_t>{warps, 16, columns})
    return emitOpError("staging is not shared memory of ")
           << warps << "x16x" << columns << "x" << source.getElementType()
           << ": " << staging << " [DLK-T41]";
  int64_t vector = getVector(), bytes = vector * target.getElementBytes();
  if (vector < 1 || bytes > 16 || !llvm::isPowerOf2_64(vector) ||
      columns % vector != 0)
    return emitOpError("vector is no power of two of at most 16 bytes that "
                       "divides the warp's "
                       "columns: ")
           << vector << " [DLK-T42]";
  return success();
}
