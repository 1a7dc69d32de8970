// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions of linalg become dlk.conv: named ones of any rank and layout,
// grouped ones, and linalg.generic of that form. Layouts are read off the
// indexing maps, letter by letter; zeros that a tensor.pad puts around the
// input become the padding.

#include "dlk/Transforms/ProductImport.h"
#include "dlk/Transforms/WindowLetters.h"

using namespace mlir;
using namespace dlk;

bool dlk::isConvolution(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !isMultiplyAdd(*op.getBlock()))
    return false;
  FailureOr<linalg::ConvolutionDimensions> dims =
      linalg::inferConvolutionDims(op);
  return succeeded(dims) && !dims->outputImage.empty() && !isWindow(op);
}

/// What dlk.conv needs: one loop for images and each kind of channels, and a
/// tap for each position.
static LogicalResult
checkDimensions(linalg::LinalgOp op,
                const linalg::ConvolutionDimensions &dims) {
  // With groups, one channel in each needs no loop.
  auto countsChannels = [&](ArrayRef<unsigned> loops) {
    return loops.size() == 1 || (loops.empty() && dims.depth.size() == 1);
  };
  bool fits = dims.batch.size() == 1 && countsChannels(dims.inputChannel) &&
              countsChannels(dims.outputChannel) && dims.depth.size() <= 1 &&
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
// Rewriting
//===----------------------------------------------------------------------===//

static FailureOr<ConvGeometry>
getGeometry(linalg::LinalgOp op, const linalg::ConvolutionDimensions &dims) {
  ConvGeometry geometry;
  LoopLetters letters(op, dims, 'g');
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  geometry.inputLayout = letters.layoutOf(maps[0], /*isFilter=*/false);
  geometry.filterLayout = letters.layoutOf(maps[1], /*isFilter=*/true);
  geometry.outputLayout = letters.layoutOf(maps[2], /*isFilter=*/false);
  llvm::append_range(geometry.strides, dims.strides);
  llvm::append_range(geometry.dilations, dims.dilations);
  // A channel in each group: c and f count them.
  if (dims.inputChannel.empty() && dims.outputChannel.empty()) {
    llvm::replace(geometry.inputLayout, 'g', 'c');
    llvm::replace(geometry.filterLayout, 'g', 'f');
    llvm::replace(geometry.outputLayout, 'g', 'f');
  }
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
  FailureOr<linalg::ConvolutionDimensions> dims =
      linalg::inferConvolutionDims(op);
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
  Value input =
      foldPadding(op->getOperand(0), geometry->inputLayout, isZeroConstant,
                  geometry->padLow, geometry->padHigh);
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
