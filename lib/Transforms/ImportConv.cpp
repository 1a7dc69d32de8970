// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions of linalg become dlk.conv: named ones of any rank and layout,
// grouped ones, and linalg.generic of that form. Layouts are read off the
// indexing maps, letter by letter; zeros that a tensor.pad puts around the
// input become the padding.

#include "dlk/Transforms/ProductImport.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dlk;

static FailureOr<linalg::ConvolutionDimensions>
getDimensions(linalg::LinalgOp op) {
  return linalg::inferConvolutionDims(op);
}

bool dlk::isConvolution(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !isMultiplyAdd(*op.getBlock()))
    return false;
  FailureOr<linalg::ConvolutionDimensions> dims = getDimensions(op);
  return succeeded(dims) && !dims->outputImage.empty();
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

namespace {

/// The letters of the loops of one convolution.
class LoopLetters {
public:
  LoopLetters(const linalg::ConvolutionDimensions &dims, unsigned loops)
      : positions(loops, 0), taps(loops, 0) {
    auto set = [&](ArrayRef<unsigned> group, char letter) {
      for (unsigned loop : group)
        positions[loop] = taps[loop] = letter;
    };
    set(dims.batch, 'n');
    set(dims.inputChannel, 'c');
    set(dims.outputChannel, 'f');
    set(dims.depth, 'g');
    StringRef spatial = StringRef("dhw").take_back(dims.outputImage.size());
    for (unsigned i = 0; i < dims.outputImage.size(); ++i)
      positions[dims.outputImage[i]] = spatial[i];
    for (unsigned i = 0; i < dims.filterLoop.size(); ++i)
      taps[dims.filterLoop[i]] = spatial[i];
  }

  /// Of a tensor with that map; window indices, positions plus taps, have the
  /// letter of the position. Empty if an index has none.
  std::string layoutOf(AffineMap map, bool isFilter) const {
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

private:
  SmallVector<char> positions, taps;
};

} // namespace

/// What dlk.conv needs: one loop for images and each kind of channels, and a
/// tap for each position.
static LogicalResult
checkDimensions(linalg::LinalgOp op,
                const linalg::ConvolutionDimensions &dims) {
  if (!dims.depth.empty() && dims.inputChannel.empty())
    return op.emitError("not supported yet: depthwise convolution");
  bool fits = dims.batch.size() == 1 && dims.inputChannel.size() == 1 &&
              dims.outputChannel.size() == 1 && dims.depth.size() <= 1 &&
              dims.outputImage.size() <= 3 &&
              dims.outputImage.size() == dims.filterLoop.size();
  if (fits)
    return success();
  return op.emitError("convolution with ")
         << dims.batch.size() << " loops over images, "
         << dims.inputChannel.size() << " over input channels, "
         << dims.outputChannel.size() << " over output channels, "
         << dims.depth.size() << " over groups, " << dims.outputImage.size()
         << " over positions and " << dims.filterLoop.size()
         << " over taps; supported: 1, 1, 1, at most 1, and 1 to 3 of each "
            "[DLK-P11]";
}

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

/// Whether the operation puts zeros around the spatial dimensions only.
static bool isZeroPadding(tensor::PadOp pad, StringRef layout) {
  Value value = pad.getConstantPaddingValue();
  if (!value || !pad.getSourceType().hasStaticShape() ||
      !(matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero())))
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

/// Takes the padding of the input into the geometry and returns what is padded.
static Value foldPadding(Value input, ConvGeometry &geometry) {
  auto pad = input.getDefiningOp<tensor::PadOp>();
  if (!pad || !isZeroPadding(pad, geometry.inputLayout))
    return input;
  StringRef spatial = geometry.getSpatialLetters();
  for (auto [dim, letter] : llvm::enumerate(geometry.inputLayout)) {
    size_t i = spatial.find(letter);
    if (i == StringRef::npos)
      continue;
    geometry.padLow[i] = *getConstantIntValue(pad.getMixedLowPad()[dim]);
    geometry.padHigh[i] = *getConstantIntValue(pad.getMixedHighPad()[dim]);
  }
  return pad.getSource();
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

static FailureOr<ConvGeometry>
getGeometry(linalg::LinalgOp op, const linalg::ConvolutionDimensions &dims) {
  ConvGeometry geometry;
  LoopLetters letters(dims, op.getNumLoops());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  geometry.inputLayout = letters.layoutOf(maps[0], /*isFilter=*/false);
  geometry.filterLayout = letters.layoutOf(maps[1], /*isFilter=*/true);
  geometry.outputLayout = letters.layoutOf(maps[2], /*isFilter=*/false);
  llvm::append_range(geometry.strides, dims.strides);
  llvm::append_range(geometry.dilations, dims.dilations);
  size_t rank = dims.outputImage.size();
  geometry.padLow.assign(rank, 0);
  // Input that no position reaches is cropped.
  geometry.padHigh.assign(rank, 0);
  if (!dims.depth.empty())
    geometry.groups = op.getStaticLoopRanges()[dims.depth.front()];
  auto shape = [&](unsigned operand) {
    return cast<RankedTensorType>(op->getOperand(operand).getType()).getShape();
  };
  if (std::optional<std::string> reason =
          checkConvGeometry(geometry, shape(0), shape(1), shape(2)))
    return op.emitError("convolution is not in the form of dlk.conv: ")
           << *reason << " [DLK-P12]";
  return geometry;
}

LogicalResult dlk::importConvolution(linalg::LinalgOp op,
                                     RewriterBase &rewriter) {
  FailureOr<linalg::ConvolutionDimensions> dims = getDimensions(op);
  if (failed(dims) || failed(checkDimensions(op, *dims)))
    return failure();
  FailureOr<ConvGeometry> geometry = getGeometry(op, *dims);
  FailureOr<Type> accType = getWrittenAccType(op);
  rewriter.setInsertionPoint(op);
  if (failed(geometry) || failed(accType))
    return failure();
  FailureOr<Accumulator> accumulator = analyseInit(op, rewriter);
  if (failed(accumulator))
    return failure();
  Value input = foldPadding(op->getOperand(0), *geometry);
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<Value> extras;
  SmallVector<AffineMap> maps;
  if (accumulator->added) {
    extras.push_back(accumulator->added);
    maps.push_back(
        rewriter.getMultiDimIdentityMap(unsigned(resultType.getRank())));
  }
  auto conv = ConvOp::create(
      rewriter, op.getLoc(), ConvKind::Fprop, input, op->getOperand(1), extras,
      accumulator->destination, maps, *geometry,
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        return buildAccumulation(builder, loc, args,
                                 resultType.getElementType());
      },
      *accType);
  if (failed(moveNumericsAndAttributes(op, conv)))
    return failure();
  rewriter.replaceOp(op, conv);
  return success();
}
