// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which pooling the kernel of a convolution can do itself: the one whose
// windows are four rows of the product, each row in one window, and that
// rounds the convolution's elements only once more.

#include "dlk/Transforms/PooledConv.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace dlk;
using llvm::formatv;

WindowOp dlk::getPooling(ConvOp op) {
  if (!op.getResult().hasOneUse())
    return {};
  auto window = dyn_cast<WindowOp>(*op.getResult().user_begin());
  return window && window.getInput() == op.getResult() ? window : WindowOp();
}

static bool areAll(ArrayRef<int64_t> values, int64_t wanted) {
  return llvm::all_of(values, [&](int64_t value) { return value == wanted; });
}

/// Whether the window's epilogue only rounds to the convolution's type.
static bool isPlain(WindowOp pooling, Type type) {
  if (!pooling.getExtras().empty() || pooling.getResultElementType() != type)
    return false;
  Value value = pooling.getYield().getValue();
  if (auto rounding = value.getDefiningOp<arith::TruncFOp>())
    value = rounding.getIn();
  return value == pooling.getAccumulator();
}

static std::string whyNotWindows(WindowOp pooling) {
  if (pooling.getKind() == WindowKind::Multiply)
    return "windows are multiplied with a filter";
  if (pooling.getWindow() != ArrayRef<int64_t>{2, 2} ||
      pooling.getStrides() != ArrayRef<int64_t>{2, 2})
    return formatv("windows are not 2 x 2, side by side: window [{0}], strides "
                   "[{1}]",
                   llvm::join(llvm::map_range(pooling.getWindow(),
                                              [](int64_t extent) {
                                                return std::to_string(extent);
                                              }),
                              ", "),
                   llvm::join(llvm::map_range(pooling.getStrides(),
                                              [](int64_t stride) {
                                                return std::to_string(stride);
                                              }),
                              ", "))
        .str();
  if (!areAll(pooling.getDilations(), 1) || !areAll(pooling.getPadLow(), 0) ||
      !areAll(pooling.getPadHigh(), 0))
    return "windows are dilated or padded";
  return "";
}

std::string dlk::whyNotPooled(ConvOp op, WindowOp pooling) {
  if (op.getKind() != ConvKind::Fprop)
    return formatv("only fprop is pooled: {0}", stringifyConvKind(op.getKind()))
        .str();
  if (std::string why = whyNotWindows(pooling); !why.empty())
    return why;
  if (op.getGroups() != 1)
    return formatv("convolutions of groups are not pooled: {0} groups",
                   op.getGroups())
        .str();
  std::string layout = op.getOutputLayout().str();
  if (layout.back() != 'f' || pooling.getInputLayout().back() != 'c')
    return formatv("channels are not last: {0}", layout).str();
  layout.back() = 'c';
  if (pooling.getInputLayout() != layout || pooling.getOutputLayout() != layout)
    return formatv("layouts differ: {0}, {1}, {2}", op.getOutputLayout(),
                   pooling.getInputLayout(), pooling.getOutputLayout())
        .str();
  for (int64_t extent : op.getExtents().output)
    if (extent % 2 != 0)
      return formatv("positions are not even: {0}", extent).str();
  Type type = op.getResultElementType();
  if (!type.isF16() && !type.isBF16() && !type.isF32())
    return "elements are not f16, bf16 or f32";
  if (!isPlain(pooling, type))
    return "pooling has an epilogue, or another type than the convolution";
  return "";
}
