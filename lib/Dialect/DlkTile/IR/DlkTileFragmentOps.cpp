// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the operations on fragments.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Support/ElementTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

static bool isAccumulator(FragType type) {
  FragmentKind kind = type.getLayout().getKind();
  return kind == FragmentKind::MmaAcc || kind == FragmentKind::WgmmaAcc;
}

LogicalResult FillOp::verify() {
  bool integers = isa<IntegerType>(getType().getElementType());
  if (!isAccumulator(getType()) || (integers && !getValue().isZero()))
    return emitOpError("fragment is no accumulator, or of integers that are "
                       "not zero: ")
           << getType() << " [DLK-T47]";
  return success();
}

LogicalResult LoadFragmentOp::verify() {
  MemType memory = getMemory().getType();
  FragType result = getType();
  if (!memory.isShared() || memory.getRank() != 2 ||
      memory.getElementType() != result.getElementType())
    return emitOpError("memory is not a shared tile of the fragment's "
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
  int64_t multiple = FragmentLayout::sliceExtent(memory.getElementBytes());
  if (k < 0 || k % multiple != 0 || slice > memory.getShape()[kDim] ||
      k > memory.getShape()[kDim] - slice ||
      memory.getShape()[1 - kDim] != other)
    return emitOpError("slice does not start at a multiple of ")
           << multiple << " or does not fit: k " << k << " in dimension "
           << kDim << " of " << memory << " for " << result << " [DLK-T31]";
  return success();
}

//===----------------------------------------------------------------------===//
// Mma
//===----------------------------------------------------------------------===//

/// Shape of an operand, fragment or memory.
static ArrayRef<int64_t> shapeOf(Type type) {
  if (auto mem = dyn_cast<MemType>(type))
    return mem.getShape();
  return cast<FragType>(type).getShape();
}

static Type elementOf(Type type) {
  if (auto mem = dyn_cast<MemType>(type))
    return mem.getElementType();
  return cast<FragType>(type).getElementType();
}

/// Both operands are tiles in shared memory, or both fragments.
static LogicalResult verifyOperandKinds(MmaOp op) {
  auto isTile = [](Type type) {
    auto mem = dyn_cast<MemType>(type);
    return mem && mem.isShared();
  };
  auto isFragment = [](Type type, FragmentKind kind) {
    auto frag = dyn_cast<FragType>(type);
    return frag && frag.getLayout().getKind() == kind;
  };
  Type lhs = op.getLhs().getType(), rhs = op.getRhs().getType();
  FragType acc = op.getAcc().getType();
  if (isTile(lhs) && isTile(rhs) && isAccumulator(acc))
    return success();
  if (isFragment(lhs, FragmentKind::MmaA) &&
      isFragment(rhs, FragmentKind::MmaB) &&
      isFragment(acc, FragmentKind::MmaAcc))
    return success();
  return op.emitOpError("operands are neither two shared tiles nor mma_a, "
                        "mma_b and mma_acc: ")
         << lhs << ", " << rhs << ", " << acc << " [DLK-T35]";
}

static LogicalResult verifyExtents(MmaOp op) {
  bool fragments = isa<FragType>(op.getLhs().getType());
  uint64_t lhsKDim = fragments ? 1 : op.getLhsKDim();
  uint64_t rhsKDim = fragments ? 0 : op.getRhsKDim();
  ArrayRef<int64_t> lhs = shapeOf(op.getLhs().getType());
  ArrayRef<int64_t> rhs = shapeOf(op.getRhs().getType());
  if (lhs.size() != 2 || rhs.size() != 2 || lhsKDim > 1 || rhsKDim > 1)
    return op.emitOpError("operands do not have rank 2 and k in dimension 0 or "
                          "1: ")
           << op.getLhs().getType() << ", " << op.getRhs().getType()
           << " [DLK-T33]";
  FragType acc = op.getAcc().getType();
  int64_t m = lhs[1 - lhsKDim], n = rhs[1 - rhsKDim];
  if (lhs[lhsKDim] != rhs[rhsKDim] || m != acc.getShape()[0] ||
      n != acc.getShape()[1])
    return op.emitOpError("extents do not agree: ")
           << m << "x" << lhs[lhsKDim] << " times " << rhs[rhsKDim] << "x" << n
           << " into " << acc << " [DLK-T33]";
  int64_t multiple = FragmentLayout::sliceExtent(std::max<int64_t>(
      1, elementOf(op.getLhs().getType()).getIntOrFloatBitWidth() / 8));
  if (multiple == 0 || lhs[lhsKDim] % multiple != 0)
    return op.emitOpError("k is no multiple of 32 bytes: ")
           << lhs[lhsKDim] << " of " << elementOf(op.getLhs().getType())
           << " [DLK-T33]";
  return success();
}

bool dlk::tile::hasMmaSync(Type lhs, Type rhs, Type acc) {
  if (lhs.isInteger(8))
    return lhs == rhs && acc.isInteger(32);
  if (lhs.isF16() && lhs == rhs && acc.isF16())
    return true;
  bool same = lhs == rhs && (lhs.isF16() || lhs.isBF16() || lhs.isF32());
  return acc.isF32() && (same || (isFp8(lhs) && isFp8(rhs)));
}

LogicalResult MmaOp::verify() {
  if (failed(verifyOperandKinds(*this)) || failed(verifyExtents(*this)))
    return failure();
  FragType acc = getAcc().getType();
  Type lhs = elementOf(getLhs().getType()), rhs = elementOf(getRhs().getType());
  bool wgmma = acc.getLayout().getKind() == FragmentKind::WgmmaAcc;
  bool supported = wgmma ? hasWgmma(lhs, rhs, acc.getElementType())
                         : hasMmaSync(lhs, rhs, acc.getElementType());
  if (getPromote() &&
      (!acc.getElementType().isF32() || isa<FragType>(getLhs().getType())))
    supported = false;
  if (!supported)
    return emitOpError("no such product: ")
           << lhs << ", " << rhs << " into " << acc.getElementType()
           << (getPromote() ? " with promote" : "")
           << "; mma_acc takes f16, bf16, f32 and fp8 into f32, f16 into f16, "
              "i8 into i32; "
              "promote is for tiles summed in f32 "
              "[DLK-T34]";
  for (Type type : {getLhs().getType(), getRhs().getType()}) {
    auto fragment = dyn_cast<FragType>(type);
    if (!fragment)
      continue;
    FragmentAttr layout = fragment.getLayout();
    if (layout.getWarpsM() != acc.getLayout().getWarpsM() ||
        layout.getWarpsN() != acc.getLayout().getWarpsN())
      return emitOpError("warps of an operand differ from the accumulator's: ")
             << layout << " and " << acc.getLayout() << " [DLK-T36]";
  }
  return success();
}

LogicalResult AddOp::verify() {
  if (isAccumulator(getType()) && isa<FloatType>(getType().getElementType()))
    return success();
  return emitOpError("fragments are no accumulators of floats: ")
         << getType() << " [DLK-T79]";
}

//===----------------------------------------------------------------------===//
// Map and store
//===----------------------------------------------------------------------===//

static LogicalResult verifyMaps(MapOp op) {
  if (op.getOrigin().size() < 2 || op.getBounds().size() != 2)
    return op.emitOpError("has no row and column index, or no two bounds: ")
           << op.getOrigin().size() << " indices, " << op.getBounds().size()
           << " bounds [DLK-T37]";
  if (op.getMaps().size() != op.getInputs().size())
    return op.emitOpError("maps are not one for each operand: ")
           << op.getMaps().size() << " for " << op.getInputs().size()
           << " [DLK-T37]";
  auto maps = op.getMaps().getAsValueRange<AffineMapAttr>();
  for (auto [map, operand] : llvm::zip(maps, op.getInputs())) {
    auto type = cast<MemType>(operand.getType());
    if (map.getNumDims() != op.getOrigin().size() || map.getNumSymbols() != 0 ||
        static_cast<int64_t>(map.getNumResults()) != type.getRank() ||
        type.isShared())
      return op.emitOpError("map does not lead from ")
             << op.getOrigin().size() << " indices to global " << type << ": "
             << AffineMapAttr::get(map) << " [DLK-T37]";
  }
  return success();
}

/// The operand in shared memory.
static LogicalResult verifyTiles(MapOp op) {
  if (op.getTiles().empty())
    return success();
  auto type = cast<MemType>(op.getTiles().front().getType());
  FragType source = op.getSource().getType();
  int64_t count = op.getTiles().size();
  bool same = llvm::all_equal(op.getTiles().getTypes());
  bool isWgmma = source.getLayout().getKind() == FragmentKind::WgmmaAcc;
  if (isWgmma && same && type.isShared() && type.getRank() == 2 &&
      type.getShape()[0] == source.getShape()[0] &&
      type.getShape()[1] * count == source.getShape()[1] &&
      type.getShape()[1] % 8 == 0 &&
      source.getShape()[1] / source.getLayout().getWarpsN() %
              type.getShape()[1] ==
          0)
    return success();
  return op.emitOpError("tiles are no panels of the fragment in shared memory, "
                        "side by side: ")
         << count << " of " << type << " for " << source << " [DLK-T85]";
}

LogicalResult MapOp::verifyRegions() {
  SmallVector<Type> expected{getSource().getType().getElementType()};
  for (Value operand : getInputs())
    expected.push_back(cast<MemType>(operand.getType()).getElementType());
  if (!getTiles().empty())
    expected.push_back(
        cast<MemType>(getTiles().front().getType()).getElementType());
  Block &block = getBody().front();
  if (block.getArgumentTypes() != TypeRange(expected))
    return emitOpError("region does not take the element types: ")
           << block.getArgumentTypes() << ", not " << TypeRange(expected)
           << " [DLK-T38]";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield)
    return emitOpError("region does not end with dlk_tile.yield: '")
           << block.getTerminator()->getName() << "' [DLK-T38]";
  Type yielded = yield.getValue().getType();
  if (yielded != getType().getElementType())
    return emitOpError("region does not yield the result's elements: ")
           << yielded << ", not " << getType().getElementType() << " [DLK-T38]";
  return success();
}

LogicalResult MapOp::verify() {
  if (failed(verifyMaps(*this)) || failed(verifyTiles(*this)))
    return failure();
  FragType source = getSource().getType();
  if (getType().getShape() != source.getShape() ||
      getType().getLayout() != source.getLayout())
    return emitOpError("result has another shape or layout than the source: ")
           << getType() << " [DLK-T39]";
  return success();
}

LogicalResult StoreOp::verify() {
  MemType target = getTarget().getType(), staging = getStaging().getType();
  FragType source = getSource().getType();
  if (!isAccumulator(source) || target.isShared() ||
      target.getElementType() != source.getElementType() ||
      target.getRank() != static_cast<int64_t>(getOrigin().size()) ||
      target.getRank() < 2)
    return emitOpError("source is no accumulator, or target is not global "
                       "memory of its elements with one index per dimension: ")
           << source << " to " << target << " [DLK-T40]";
  FragmentAttr layout = source.getLayout();
  bool isWgmma = layout.getKind() == FragmentKind::WgmmaAcc;
  int64_t warps = layout.getWarpsM() * layout.getWarpsN() * (isWgmma ? 4 : 1);
  int64_t columns = source.getShape()[1] / layout.getWarpsN();
  if (!staging.isShared() ||
      staging.getElementType() != source.getElementType() ||
      staging.getRank() != 3 || staging.getShape()[0] % warps != 0 ||
      staging.getShape().drop_front() != ArrayRef<int64_t>{16, columns})
    return emitOpError("staging is not shared memory of ")
           << warps << "x16x" << columns << "x" << source.getElementType()
           << ": " << staging << " [DLK-T41]";
  int64_t vector = getVector();
  if (vector < 1 || vector > 16 || !llvm::isPowerOf2_64(vector) ||
      vector * target.getElementBytes() > 16 || columns % vector != 0 ||
      !allowsVector(target, vector))
    return emitOpError("vector is no power of two of at most 16 bytes that "
                       "divides the warp's columns and is contiguous and "
                       "aligned in the target: ")
           << vector << " [DLK-T42]";
  std::optional<WindowKind> combine = getCombine();
  Type element = source.getElementType();
  bool isCombined = element.isF16() || element.isBF16() || element.isF32();
  if (combine && (*combine == WindowKind::Multiply || !isCombined ||
                  target.getShape().take_back(2).front() % 4 != 0))
    return emitOpError("combine is not sum, max or min of four rows of f16, "
                       "bf16 or f32 each: ")
           << stringifyWindowKind(*combine) << " in " << target << " [DLK-T96]";
  return success();
}
