// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-conv-to-window: a dlk.conv with one channel and one filter in each group
// becomes a dlk.window, whose kernel is bound by memory.
//
// The data gradient of a stride of 1 is a window over the output's gradient
// with the filter backwards:
//
//   dx(h) = sum over r of dy(h + pad - dilation * r) * w(r)
//         = sum over r' of dy(h - pad' + dilation * r') * w(taps - 1 - r')
//
// with pad' = dilation * (taps - 1) - pad.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

namespace dlk {
#define GEN_PASS_DEF_CONVTOWINDOW
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

namespace {

/// Of what a small box of positions meets and of the filter, for eight
/// channels.
constexpr int64_t kMostBytes = 48 * 1024;
constexpr int64_t kBoxExtent = 8, kLeastChannels = 8, kRowPadding = 16;

/// Why the convolution stays what it is, or nothing.
std::optional<StringRef> whyNot(ConvOp op) {
  ConvExtents extents = op.getExtents();
  if (op.getGroups() == 1 || extents.c != 1 || extents.f != 1)
    return StringRef("groups have several channels or filters");
  if (op.getScheduleAttr() || op->hasAttr("dlk.pack"))
    return StringRef("the schedule or packing of a product is pinned");
  bool isUnit = llvm::all_of(op.getStrides(), [](int64_t s) { return s == 1; });
  if (op.getKind() == ConvKind::Wgrad ||
      (op.getKind() == ConvKind::Dgrad && !isUnit))
    return StringRef("gradients with strides and of filters are no windows");
  Type element = op.getLhsElementType();
  if (!op.getAccType().isF32() ||
      !(element.isF16() || element.isBF16() || element.isF32()))
    return StringRef("windows multiply f16, bf16 and f32 into f32");
  for (StringRef layout :
       {op.getInputLayout(), op.getFilterLayout(), op.getOutputLayout()})
    if (layout.contains('g'))
      return StringRef("groups are a dimension");
  int64_t bytes =
      kLeastChannels * element.getIntOrFloatBitWidth() / 8 + kRowPadding;
  int64_t halo = 1, filter = 1;
  for (auto [taps, dilation] : llvm::zip(extents.filter, op.getDilations())) {
    halo *= kBoxExtent + (taps - 1) * dilation;
    filter *= taps;
  }
  if ((halo + filter) * bytes > kMostBytes)
    return StringRef("windows do not fit shared memory");
  return std::nullopt;
}

/// The filter without its dimension of one channel, and its layout with c for
/// the filters.
Value dropChannel(OpBuilder &builder, ConvOp op, std::string &layout) {
  layout = op.getFilterLayout().str();
  Value filter = op.getRhs();
  size_t channel = layout.find('c');
  if (channel != std::string::npos) {
    layout.erase(channel, 1);
    SmallVector<int64_t> shape(op.getOperandType(1).getShape());
    shape.erase(shape.begin() + channel);
    auto type = RankedTensorType::get(shape, op.getLhsElementType());
    // With its neighbour.
    SmallVector<ReassociationIndices> groups;
    size_t first = channel == 0 ? 0 : channel - 1;
    for (size_t dim = 0; dim <= shape.size(); ++dim) {
      if (dim == first + 1)
        groups.back().push_back(dim);
      else
        groups.push_back({int64_t(dim)});
    }
    filter = tensor::CollapseShapeOp::create(builder, op.getLoc(), type, filter,
                                             groups);
  }
  llvm::replace(layout, 'f', 'c');
  return filter;
}

WindowGeometry getGeometry(ConvOp op, StringRef filterLayout) {
  ConvGeometry conv = op.getGeometry();
  ConvExtents extents = op.getExtents();
  WindowGeometry geometry;
  geometry.inputLayout = conv.inputLayout;
  geometry.outputLayout = conv.outputLayout;
  llvm::replace(geometry.outputLayout, 'f', 'c');
  geometry.filterLayout = filterLayout.str();
  llvm::append_range(geometry.window, extents.filter);
  geometry.strides = conv.strides;
  geometry.dilations = conv.dilations;
  geometry.padLow = conv.padLow;
  geometry.padHigh = conv.padHigh;
  if (op.getKind() == ConvKind::Fprop)
    return geometry;
  std::swap(geometry.inputLayout, geometry.outputLayout);
  geometry.backwards = true;
  for (size_t i = 0; i < geometry.window.size(); ++i) {
    int64_t reach = geometry.dilations[i] * (geometry.window[i] - 1);
    geometry.padLow[i] = reach - geometry.padLow[i];
    geometry.padHigh[i] = reach - geometry.padHigh[i];
  }
  return geometry;
}

void replaceByWindow(ConvOp op) {
  OpBuilder builder(op);
  std::string layout;
  Value filter = dropChannel(builder, op, layout);
  auto maps =
      llvm::to_vector(op.getExtraMaps().getAsValueRange<AffineMapAttr>());
  auto window = WindowOp::create(
      builder, op.getLoc(), WindowKind::Multiply, op.getLhs(), filter,
      op.getExtras(), op.getInit(), maps, getGeometry(op, layout),
      [&](OpBuilder &b, Location, ValueRange args) {
        IRMapping mapping;
        mapping.map(op.getBody()->getArguments(), args);
        for (Operation &inner : op.getBody()->without_terminator())
          b.clone(inner, mapping);
        return mapping.lookupOrDefault(op.getYield().getValue());
      });
  window->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op.replaceAllUsesWith(window.getResult());
  op.erase();
}

struct ConvToWindowPass : dlk::impl::ConvToWindowBase<ConvToWindowPass> {
  using ConvToWindowBase::ConvToWindowBase;
  void runOnOperation() override {
    SmallVector<ConvOp> convolutions;
    getOperation().walk([&](ConvOp op) { convolutions.push_back(op); });
    for (ConvOp op : convolutions) {
      std::optional<StringRef> reason = whyNot(op);
      if (remarks && op.getGroups() != 1)
        op.emitRemark("depthwise: ")
            << (reason ? "no window, since " + reason->str()
                       : std::string("a window"));
      if (!reason)
        replaceByWindow(op);
    }
  }
};

} // namespace
