// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradients in the form of convolutions. That of a filter sums over images and
// positions, so that images are its channels, and positions its taps:
//
//   dw(r, c, f) = sum over n, p of x(n, stride * p + dilation * r, c) * dy(n,
//   p, f)
//
// That of the input reads dy between zeros, z(offset + stride * p) = dy(p), and
// the filter backwards, v(t) = w(taps - 1 - t):
//
//   dx(h) = sum over t of z(h + dilation * t - pad) * v(t)
//
// where h = stride * p + dilation * r - (dilation * (taps - 1) - offset - pad).

#include "dlk/Transforms/GradientForms.h"
#include "dlk/Transforms/WindowLetters.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dlk;

//===----------------------------------------------------------------------===//
// Gradients of filters
//===----------------------------------------------------------------------===//

bool dlk::isFilterGradient(linalg::LinalgOp op,
                           const linalg::ConvolutionDimensions &dims) {
  if (dims.inputChannel.size() != 1 || dims.batch.size() > 1)
    return false;
  if (dims.batch.empty())
    return dims.depth.size() == 1;
  for (AffineExpr index :
       llvm::reverse(op.getIndexingMapsArray()[0].getResults())) {
    if (index.isFunctionOfDim(dims.batch[0]))
      return true;
    if (index.isFunctionOfDim(dims.inputChannel[0]))
      return false;
    if (!dims.depth.empty() && index.isFunctionOfDim(dims.depth[0]))
      continue;
    break;
  }
  // Channels first: filters are smaller than images.
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto count = [&](ArrayRef<unsigned> loops) {
    double product = 1;
    for (unsigned loop : loops)
      product *= double(ranges[loop]);
    return product;
  };
  return count(dims.filterLoop) > count(dims.outputImage);
}

linalg::ConvolutionDimensions
dlk::getForwardDims(linalg::ConvolutionDimensions dims) {
  std::swap(dims.batch, dims.inputChannel);
  std::swap(dims.outputImage, dims.filterLoop);
  std::swap(dims.strides, dims.dilations);
  return dims;
}

//===----------------------------------------------------------------------===//
// Tensors that are only moved
//===----------------------------------------------------------------------===//

namespace {
/// A tensor as a permutation of another one, backwards along some dimensions.
struct Moved {
  Value source;
  /// For each dimension that of the source.
  SmallVector<unsigned> dims;
  SmallVector<bool> reversed;
};

/// The loop that an index follows, perhaps backwards.
struct LoopIndex {
  unsigned loop;
  bool reversed;
};
} // namespace

static std::optional<LoopIndex> matchIndex(AffineExpr index, unsigned loops,
                                           int64_t extent) {
  if (auto dim = dyn_cast<AffineDimExpr>(index))
    return LoopIndex{dim.getPosition(), false};
  AffineExpr back = simplifyAffineExpr(extent - 1 - index, loops, 0);
  if (auto dim = dyn_cast<AffineDimExpr>(back))
    return LoopIndex{dim.getPosition(), true};
  return std::nullopt;
}

static std::optional<LoopIndex> matchIndex(Value index, int64_t extent) {
  bool reversed = false;
  APInt last;
  if (auto difference = index.getDefiningOp<arith::SubIOp>()) {
    if (!matchPattern(difference.getLhs(), m_ConstantInt(&last)) ||
        last != extent - 1)
      return std::nullopt;
    index = difference.getRhs();
    reversed = true;
  }
  if (auto loop = index.getDefiningOp<linalg::IndexOp>())
    return LoopIndex{unsigned(loop.getDim()), reversed};
  return std::nullopt;
}

/// What `op` takes its elements from, and the indices: of its one input, or of
/// the tensor.extract that is its body.
static Value getSource(linalg::LinalgOp op,
                       SmallVectorImpl<std::optional<LoopIndex>> &indices) {
  Block &body = *op.getBlock();
  Value yielded = body.getTerminator()->getOperand(0), source;
  auto extract = yielded.getDefiningOp<tensor::ExtractOp>();
  if (op.getNumDpsInputs() == 1 && yielded == body.getArgument(0))
    source = op->getOperand(0);
  else if (op.getNumDpsInputs() == 0 && extract)
    source = extract.getTensor();
  auto type = source ? dyn_cast<RankedTensorType>(source.getType()) : nullptr;
  if (!type || !type.hasStaticShape())
    return {};
  for (auto [dim, extent] : llvm::enumerate(type.getShape()))
    indices.push_back(
        extract ? matchIndex(extract.getIndices()[dim], extent)
                : matchIndex(op.getIndexingMapsArray()[0].getResult(dim),
                             op.getNumLoops(), extent));
  return source;
}

/// One step back.
static std::optional<Moved> matchMove(linalg::LinalgOp op) {
  if (!op || !op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 0 || op.getNumDpsInputs() > 1)
    return std::nullopt;
  AffineMap written = op.getIndexingMapsArray().back();
  SmallVector<std::optional<LoopIndex>> indices;
  Moved moved;
  moved.source = getSource(op, indices);
  if (!moved.source || !written.isPermutation() ||
      indices.size() != written.getNumResults())
    return std::nullopt;
  for (unsigned dim = 0; dim < written.getNumResults(); ++dim) {
    auto *index = llvm::find_if(indices, [&](std::optional<LoopIndex> index) {
      return index && index->loop == written.getDimPosition(dim);
    });
    if (index == indices.end())
      return std::nullopt;
    moved.dims.push_back(index - indices.begin());
    moved.reversed.push_back((*index)->reversed);
  }
  return moved;
}

static Moved traceMoves(Value tensor) {
  auto rank = unsigned(cast<RankedTensorType>(tensor.getType()).getRank());
  Moved all{tensor, llvm::to_vector(llvm::seq(rank)),
            SmallVector<bool>(rank, false)};
  while (auto step = matchMove(all.source.getDefiningOp<linalg::LinalgOp>())) {
    all.source = step->source;
    for (auto [dim, reversed] : llvm::zip_equal(all.dims, all.reversed)) {
      reversed ^= step->reversed[dim];
      dim = step->dims[dim];
    }
  }
  return all;
}

bool dlk::isReversed(Value tensor) {
  return isa<RankedTensorType>(tensor.getType()) &&
         llvm::is_contained(traceMoves(tensor).reversed, true);
}

//===----------------------------------------------------------------------===//
// Gradients of inputs
//===----------------------------------------------------------------------===//

namespace {
/// A tensor that lies between zeros: where, for each dimension.
struct Spread {
  Value source;
  SmallVector<int64_t> offsets, strides;
};
} // namespace

static Spread matchSpread(Value tensor) {
  auto rank = unsigned(cast<RankedTensorType>(tensor.getType()).getRank());
  Spread none{tensor, SmallVector<int64_t>(rank, 0),
              SmallVector<int64_t>(rank, 1)};
  auto insert = tensor.getDefiningOp<tensor::InsertSliceOp>();
  if (!insert || insert.getSourceType().getRank() != rank ||
      !insert.getSourceType().hasStaticShape() ||
      ShapedType::isDynamicShape(insert.getStaticOffsets()) ||
      ShapedType::isDynamicShape(insert.getStaticStrides()))
    return none;
  Value around = insert.getDest();
  if (auto fill = around.getDefiningOp<linalg::FillOp>())
    around = fill.value();
  if (!isZeroConstant(around))
    return none;
  return {insert.getSource(), llvm::to_vector(insert.getStaticOffsets()),
          llvm::to_vector(insert.getStaticStrides())};
}

/// Each letter becomes the other one.
static void exchange(std::string &layout) {
  for (char &letter : layout)
    letter = letter == 'c' ? 'f' : letter == 'f' ? 'c' : letter;
}

bool dlk::becomeDataGradient(Value &input, Value &filter,
                             RankedTensorType result, ConvGeometry &geometry) {
  Moved moved = traceMoves(filter);
  Spread spread = matchSpread(input);
  ArrayRef<int64_t> taps = cast<RankedTensorType>(filter.getType()).getShape();
  ArrayRef<int64_t> positions =
      cast<RankedTensorType>(spread.source.getType()).getShape();
  bool changes = spread.source != input;
  ConvGeometry gradient = geometry;
  StringRef spatial = geometry.getSpatialLetters();
  for (auto [dim, letter] : llvm::enumerate(geometry.filterLayout)) {
    bool isTap = spatial.contains(letter);
    changes |= moved.reversed[dim];
    if (isTap ? !moved.reversed[dim] && taps[dim] > 1 : moved.reversed[dim])
      return false;
    gradient.filterLayout[moved.dims[dim]] = letter;
  }
  for (auto [dim, letter] : llvm::enumerate(geometry.inputLayout)) {
    size_t i = spatial.find(letter);
    if (i == StringRef::npos) {
      if (spread.offsets[dim] != 0 || spread.strides[dim] != 1 ||
          positions[dim] !=
              cast<RankedTensorType>(input.getType()).getDimSize(dim))
        return false;
      continue;
    }
    int64_t extent = result.getDimSize(geometry.outputLayout.find(letter));
    int64_t reach =
        geometry.dilations[i] * (taps[geometry.filterLayout.find(letter)] - 1);
    if (geometry.strides[i] != 1 || positions[dim] == 0 || extent == 0)
      return false;
    int64_t &low = gradient.padLow[i];
    low = reach - spread.offsets[dim] - geometry.padLow[i];
    gradient.padHigh[i] =
        spread.strides[dim] * (positions[dim] - 1) + reach + 1 - extent - low;
    gradient.strides[i] = spread.strides[dim];
  }
  std::swap(gradient.inputLayout, gradient.outputLayout);
  exchange(gradient.inputLayout);
  exchange(gradient.outputLayout);
  // A filter of one channel in each group is counted by f in both.
  if (StringRef(gradient.filterLayout).contains('c') ||
      StringRef(gradient.filterLayout).contains('g'))
    exchange(gradient.filterLayout);
  auto source = cast<RankedTensorType>(moved.source.getType());
  if (!changes || checkConvGeometry(gradient, result.getShape(),
                                    source.getShape(), positions))
    return false;
  input = spread.source;
  filter = moved.source;
  geometry = gradient;
  return true;
}
