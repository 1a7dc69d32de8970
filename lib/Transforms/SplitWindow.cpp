// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A large window as two: sums and extrema over a box are those over its last
// dimension, reduced over the others. In between are tensors of f32.

#include "dlk/Transforms/TileKernelBuilder.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace dlk;

/// Of one dimension; the others stay as they are.
static WindowGeometry keepDims(WindowGeometry geometry, bool keepLast) {
  for (size_t i = 0, e = geometry.window.size(); i < e; ++i) {
    if ((i + 1 == e) == keepLast)
      continue;
    geometry.window[i] = geometry.strides[i] = geometry.dilations[i] = 1;
    geometry.padLow[i] = geometry.padHigh[i] = 0;
  }
  return geometry;
}

bool dlk::isSeparable(WindowOp op) {
  ArrayRef<int64_t> window = op.getWindow();
  bool others = llvm::any_of(window.drop_back(),
                             [](int64_t extent) { return extent > 1; });
  return op.getKind() != WindowKind::Multiply && others && window.back() > 1;
}

std::pair<WindowOp, WindowOp> dlk::splitWindow(WindowOp op) {
  OpBuilder builder(op);
  WindowGeometry geometry = op.getGeometry();
  // The input, but for the result's extent of the last spatial dimension.
  WindowGeometry first = keepDims(geometry, /*keepLast=*/true);
  first.outputLayout = geometry.inputLayout;
  char last = geometry.getSpatialLetters().back();
  SmallVector<int64_t> shape(op.getInputType().getShape());
  shape[geometry.inputLayout.find(last)] =
      op.getType().getDimSize(geometry.outputLayout.find(last));
  Value between = tensor::EmptyOp::create(builder, op.getLoc(), shape,
                                          builder.getF32Type());
  auto rows = WindowOp::create(
      builder, op.getLoc(), op.getKind(), op.getInput(), Value(), ValueRange(),
      between, {}, first,
      [](OpBuilder &, Location, ValueRange args) { return args[0]; });
  auto maps =
      llvm::to_vector(op.getExtraMaps().getAsValueRange<AffineMapAttr>());
  auto box = WindowOp::create(
      builder, op.getLoc(), op.getKind(), rows.getResult(), Value(),
      op.getExtras(), op.getInit(), maps,
      keepDims(geometry, /*keepLast=*/false),
      [&](OpBuilder &b, Location, ValueRange args) {
        IRMapping mapping;
        mapping.map(op.getBody()->getArguments(), args);
        for (Operation &inner : op.getBody()->without_terminator())
          b.clone(inner, mapping);
        return mapping.lookupOrDefault(op.getYield().getValue());
      });
  op.replaceAllUsesWith(box.getResult());
  op.erase();
  return {rows, box};
}
