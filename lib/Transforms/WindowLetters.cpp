// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Letters by the part that a loop plays: of two loops over images, as pooling
// has them, the one whose index comes first in the input counts images, the
// other channels.

#include "dlk/Transforms/WindowLetters.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dlk;

LoopLetters::LoopLetters(linalg::LinalgOp op,
                         const linalg::ConvolutionDimensions &dims, char depth)
    : positions(op.getNumLoops(), 0), taps(op.getNumLoops(), 0) {
  auto set = [&](ArrayRef<unsigned> group, char letter) {
    for (unsigned loop : group)
      positions[loop] = taps[loop] = letter;
  };
  set(dims.batch, 'n');
  set(dims.inputChannel, 'c');
  set(dims.outputChannel, 'f');
  set(dims.depth, depth);
  if (dims.batch.size() == 2) {
    AffineMap input = op.getIndexingMapsArray()[0];
    auto placeOf = [&](unsigned loop) {
      return input.getResultPosition(getAffineDimExpr(loop, op.getContext()));
    };
    bool ordered = placeOf(dims.batch[0]) < placeOf(dims.batch[1]);
    set(dims.batch[ordered ? 1 : 0], 'c');
  }
  size_t rank = std::min<size_t>(3, dims.outputImage.size());
  StringRef spatial = StringRef("dhw").take_back(rank);
  for (unsigned i = 0; i < rank; ++i)
    positions[dims.outputImage[i]] = spatial[i];
  for (unsigned i = 0; i < std::min(rank, dims.filterLoop.size()); ++i)
    taps[dims.filterLoop[i]] = spatial[i];
}

std::string LoopLetters::layoutOf(AffineMap map, bool isFilter) const {
  std::string layout;
  for (AffineExpr index : map.getResults()) {
    char letter = 0;
    for (unsigned loop = 0; loop < positions.size(); ++loop)
      if (char own = (isFilter ? taps : positions)[loop];
          own && index.isFunctionOfDim(loop))
        letter = own;
    if (!letter)
      return "";
    layout.push_back(letter);
  }
  return layout;
}

bool dlk::isZeroConstant(Value value) {
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

static bool padsSpatialDimsOnly(tensor::PadOp pad, StringRef layout) {
  if (!pad.getSourceType().hasStaticShape())
    return false;
  for (auto [dim, letter] : llvm::enumerate(layout)) {
    auto low = getConstantIntValue(pad.getMixedLowPad()[dim]);
    auto high = getConstantIntValue(pad.getMixedHighPad()[dim]);
    bool isSpatial = StringRef("dhw").contains(letter);
    if (!low || !high || (!isSpatial && (*low != 0 || *high != 0)))
      return false;
  }
  return true;
}

/// Padding whose result is expanded, as that of channels into groups, becomes
/// padding of what is expanded: null if an expanded dimension is padded.
static tensor::PadOp padExpanded(tensor::ExpandShapeOp expand) {
  auto pad = expand.getSrc().getDefiningOp<tensor::PadOp>();
  Value value = pad ? pad.getConstantPaddingValue() : Value();
  if (!value || !pad.getSourceType().hasStaticShape())
    return {};
  OpBuilder b(expand);
  RankedTensorType type = expand.getResultType();
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> low(shape.size(), b.getIndexAttr(0)), high = low;
  for (auto [dim, group] : llvm::enumerate(expand.getReassociationIndices())) {
    OpFoldResult before = pad.getMixedLowPad()[dim];
    OpFoldResult behind = pad.getMixedHighPad()[dim];
    if (group.size() == 1) {
      low[group[0]] = before;
      high[group[0]] = behind;
      shape[group[0]] = pad.getSourceType().getDimSize(dim);
    } else if (getConstantIntValue(before) != 0 ||
               getConstantIntValue(behind) != 0) {
      return {};
    }
  }
  auto narrow = RankedTensorType::get(shape, type.getElementType());
  Value source =
      tensor::ExpandShapeOp::create(b, expand.getLoc(), narrow, pad.getSource(),
                                    expand.getReassociationIndices());
  return tensor::PadOp::create(b, expand.getLoc(), type, source, low, high,
                               value);
}

Value dlk::foldPadding(Value input, StringRef layout,
                       function_ref<bool(Value)> isOutside,
                       MutableArrayRef<int64_t> low,
                       MutableArrayRef<int64_t> high) {
  auto pad = input.getDefiningOp<tensor::PadOp>();
  if (auto expand = input.getDefiningOp<tensor::ExpandShapeOp>())
    pad = padExpanded(expand);
  Value value = pad ? pad.getConstantPaddingValue() : Value();
  if (!value || !isOutside(value) || !padsSpatialDimsOnly(pad, layout))
    return input;
  StringRef spatial = StringRef("dhw").take_back(low.size());
  for (auto [dim, letter] : llvm::enumerate(layout)) {
    size_t i = spatial.find(letter);
    if (i == StringRef::npos)
      continue;
    low[i] += *getConstantIntValue(pad.getMixedLowPad()[dim]);
    high[i] += *getConstantIntValue(pad.getMixedHighPad()[dim]);
  }
  return pad.getSource();
}
