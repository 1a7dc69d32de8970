// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions of linalg become dlk.conv: named ones of any rank and layout,
// grouped ones, and linalg.generic of that form, gradients too. Layouts are
// read off the indexing maps, letter by letter; zeros that a tensor.pad puts
// around the input become the padding.

#include "dlk/Transforms/GradientForms.h"
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

namespace {
/// What the operation of dlk has of its form.
struct ConvForm {
  ConvKind kind;
  ConvGeometry geometry;
  Value lhs, rhs;
};
} // namespace

/// Input that no position reaches is cropped, where rounding does not.
static void cropInput(ConvGeometry &geometry, Shape input, Shape filter,
                      Shape output) {
  for (auto [i, letter] : llvm::enumerate(geometry.getSpatialLetters())) {
    size_t x = geometry.inputLayout.find(letter),
           w = geometry.filterLayout.find(letter),
           y = geometry.outputLayout.find(letter);
    if (std::max({x, w, y}) == std::string::npos)
      return;
    int64_t reached = geometry.strides[i] * (output[y] - 1) +
                      geometry.dilations[i] * (filter[w] - 1) + 1;
    if (input[x] - reached >= geometry.strides[i])
      geometry.padHigh[i] = reached - input[x];
  }
}

/// Layouts and window; `dims` are those of the convolution x, w -> y, of which
/// `op` computes y, or with Wgrad w.
static FailureOr<ConvGeometry>
getGeometry(linalg::LinalgOp op, const linalg::ConvolutionDimensions &dims,
            ConvKind kind) {
  ConvGeometry geometry;
  LoopLetters letters(op, dims, 'g');
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned filter = kind == ConvKind::Wgrad ? 2 : 1, output = 3 - filter;
  geometry.inputLayout = letters.layoutOf(maps[0], /*isFilter=*/false);
  geometry.filterLayout = letters.layoutOf(maps[filter], /*isFilter=*/true);
  geometry.outputLayout = letters.layoutOf(maps[output], /*isFilter=*/false);
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
  geometry.padHigh.assign(rank, 0);
  if (!dims.depth.empty())
    geometry.groups = op.getStaticLoopRanges()[dims.depth.front()];
  auto shape = [&](unsigned operand) {
    return cast<RankedTensorType>(op->getOperand(operand).getType()).getShape();
  };
  cropInput(geometry, shape(0), shape(filter), shape(output));
  if (std::optional<std::string> reason =
          checkConvGeometry(geometry, shape(0), shape(filter), shape(output)))
    return op.emitError("convolution is not in the form of dlk.conv: ")
           << *reason << " [DLK-P12]";
  return geometry;
}

static FailureOr<ConvForm> getForm(linalg::LinalgOp op) {
  FailureOr<linalg::ConvolutionDimensions> dims =
      linalg::inferConvolutionDims(op);
  if (failed(dims))
    return failure();
  ConvForm form{ConvKind::Fprop, {}, op->getOperand(0), op->getOperand(1)};
  if (isFilterGradient(op, *dims)) {
    form.kind = ConvKind::Wgrad;
    dims = getForwardDims(*dims);
  }
  if (failed(checkDimensions(op, *dims)))
    return failure();
  FailureOr<ConvGeometry> geometry = getGeometry(op, *dims, form.kind);
  if (failed(geometry))
    return failure();
  form.geometry = *geometry;
  form.lhs = foldPadding(form.lhs, geometry->inputLayout, isZeroConstant,
                         form.geometry.padLow, form.geometry.padHigh);
  if (form.kind == ConvKind::Fprop &&
      becomeDataGradient(form.lhs, form.rhs,
                         cast<RankedTensorType>(op->getResult(0).getType()),
                         form.geometry))
    form.kind = ConvKind::Dgrad;
  return form;
}

LogicalResult dlk::importConvolution(linalg::LinalgOp op,
                                     RewriterBase &rewriter) {
  FailureOr<ConvForm> form = getForm(op);
  FailureOr<Type> accType = getWrittenAccType(op);
  rewriter.setInsertionPoint(op);
  if (failed(form) || failed(accType))
    return failure();
  FailureOr<Accumulator> accumulator = analyseInit(op, rewriter);
  if (failed(accumulator))
    return failure();
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<Value> extras;
  SmallVector<AffineMap> maps;
  if (accumulator->added) {
    extras.push_back(accumulator->added);
    maps.push_back(
        rewriter.getMultiDimIdentityMap(unsigned(resultType.getRank())));
  }
  auto conv = ConvOp::create(
      rewriter, op.getLoc(), form->kind, form->lhs, form->rhs, extras,
      accumulator->destination, maps, form->geometry,
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
