// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-propagate-layout: convolutions and pooling with channels first work on
// tensors with channels last. Tensors change their layout at the border of what
// is rewritten only: a tensor that a rewritten operation computed is taken from
// it with channels last, and one that several read is transposed once. What
// nobody reads any more disappears.
//
// A transpose is a dlk.window of one tap with other layouts on both sides: the
// maximum of one element is that element, also of -0.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/TargetOf.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

namespace dlk {
#define GEN_PASS_DEF_PROPAGATELAYOUT
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

static bool isSpatial(char letter) { return StringRef("dhw").contains(letter); }

/// The layout with spatial letters before the channels: nchw is nhwc, fchw
/// fhwc, ngchw nhwgc.
static std::string toChannelsLast(StringRef layout) {
  std::string spatial, channels, result;
  for (char letter : layout) {
    bool isOuter = letter == 'n' || (letter == 'f' && layout.contains('c'));
    (isOuter             ? result
     : isSpatial(letter) ? spatial
                         : channels)
        .push_back(letter);
  }
  // The groups of a filter stay outermost.
  if (layout.contains('f') && layout.contains('c') && layout.contains('g')) {
    llvm::erase(channels, 'g');
    result.insert(0, "g");
  }
  return result + spatial + channels;
}

static bool isChannelsFirst(StringRef layout) {
  return isSpatial(layout.back());
}

/// From positions in `to` to those in `from`.
static SmallVector<unsigned> getOrder(StringRef from, StringRef to) {
  return llvm::map_to_vector(
      to, [&](char letter) -> unsigned { return from.find(letter); });
}

static RankedTensorType reorder(RankedTensorType type,
                                ArrayRef<unsigned> order) {
  SmallVector<int64_t> shape;
  for (unsigned dim : order)
    shape.push_back(type.getDimSize(dim));
  return RankedTensorType::get(shape, type.getElementType());
}

/// The maps of extras over the dimensions of a result in another order.
static SmallVector<AffineMap> reorderMaps(ArrayAttr maps,
                                          ArrayRef<unsigned> order) {
  SmallVector<AffineExpr> place(order.size());
  for (auto [to, from] : llvm::enumerate(order))
    place[from] = getAffineDimExpr(to, maps.getContext());
  return llvm::map_to_vector(
      maps.getAsValueRange<AffineMapAttr>(), [&](AffineMap map) {
        return map.replaceDimsAndSymbols(place, {}, order.size(), 0);
      });
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {

class LayoutRewriter {
public:
  explicit LayoutRewriter(MLIRContext *context) : builder(context) {}

  void rewrite(ConvOp op) {
    builder.setInsertionPoint(op);
    ConvGeometry geometry = op.getGeometry();
    auto change = [&](std::string &layout) {
      std::string old = layout;
      layout = toChannelsLast(old);
      return getOrder(old, layout);
    };
    auto input = change(geometry.inputLayout);
    auto filter = change(geometry.filterLayout);
    auto output = change(geometry.outputLayout);
    ArrayRef<unsigned> lhs = op.getKind() == ConvKind::Dgrad ? output : input;
    ArrayRef<unsigned> rhs = op.getKind() == ConvKind::Wgrad ? output : filter;
    ArrayRef<unsigned> result = op.getKind() == ConvKind::Fprop   ? output
                                : op.getKind() == ConvKind::Dgrad ? input
                                                                  : filter;
    SmallVector<Value> extras;
    SmallVector<AffineMap> maps = takeExtras(op, result, extras);
    auto last = ConvOp::create(builder, op.getLoc(), op.getKind(),
                               take(op.getLhs(), lhs), take(op.getRhs(), rhs),
                               extras, makeInit(op.getType(), result), maps,
                               geometry, cloneBody(op), op.getAccType());
    last.setPrecision(op.getPrecision());
    last.setPromoteAttr(op.getPromoteAttr());
    last.setScheduleAttr(op.getScheduleAttr());
    give(op, last, result);
  }

  void rewrite(WindowOp op) {
    builder.setInsertionPoint(op);
    WindowGeometry geometry = op.getGeometry();
    std::string input = geometry.inputLayout, output = geometry.outputLayout;
    geometry.inputLayout = toChannelsLast(input);
    geometry.outputLayout = toChannelsLast(output);
    auto result = getOrder(output, geometry.outputLayout);
    SmallVector<Value> extras;
    SmallVector<AffineMap> maps = takeExtras(op, result, extras);
    auto last = WindowOp::create(
        builder, op.getLoc(), op.getKind(),
        take(op.getInput(), getOrder(input, geometry.inputLayout)),
        op.getFilter(), extras, makeInit(op.getType(), result), maps, geometry,
        cloneBody(op));
    give(op, last, result);
  }

private:
  /// What builds a copy of the epilogue.
  template <typename OpTy>
  static std::function<Value(OpBuilder &, Location, ValueRange)>
  cloneBody(OpTy op) {
    return [op](OpBuilder &b, Location, ValueRange args) mutable {
      IRMapping mapping;
      mapping.map(op.getBody()->getArguments(), args);
      for (Operation &inner : op.getBody()->without_terminator())
        b.clone(inner, mapping);
      return mapping.lookupOrDefault(op.getYield().getValue());
    };
  }

  Value makeInit(RankedTensorType type, ArrayRef<unsigned> order) {
    RankedTensorType last = reorder(type, order);
    return tensor::EmptyOp::create(builder, builder.getUnknownLoc(),
                                   last.getShape(), last.getElementType());
  }

  static bool isIdentity(ArrayRef<unsigned> order) {
    return llvm::equal(order, llvm::seq<unsigned>(0, order.size()));
  }

  /// Extras, those as large as the result with channels last like it.
  template <typename OpTy>
  SmallVector<AffineMap> takeExtras(OpTy op, ArrayRef<unsigned> order,
                                    SmallVector<Value> &extras) {
    SmallVector<AffineMap> maps = reorderMaps(op.getExtraMaps(), order);
    for (auto [i, extra] : llvm::enumerate(op.getExtras())) {
      if (!op.getExtraMap(i).isIdentity() || isIdentity(order)) {
        extras.push_back(extra);
        continue;
      }
      extras.push_back(take(extra, order));
      maps[i] = builder.getMultiDimIdentityMap(order.size());
    }
    return maps;
  }

  /// The tensor with its dimensions in another order.
  Value take(Value tensor, ArrayRef<unsigned> order) {
    if (isIdentity(order))
      return tensor;
    Value &known = channelsLast[tensor];
    if (!known)
      known = transpose(tensor, order);
    return known;
  }

  /// The old result is the new one with its dimensions back.
  void give(Operation *old, Operation *last, ArrayRef<unsigned> order) {
    for (NamedAttribute attribute : old->getDiscardableAttrs())
      last->setDiscardableAttr(attribute.getName(), attribute.getValue());
    Value result = last->getResult(0), back = result;
    if (!isIdentity(order)) {
      SmallVector<unsigned> inverse(order.size());
      for (auto [to, from] : llvm::enumerate(order))
        inverse[from] = to;
      back = transpose(result, inverse);
      channelsLast[back] = result;
    }
    old->getResult(0).replaceAllUsesWith(back);
    old->erase();
  }

  Value transpose(Value tensor, ArrayRef<unsigned> order) {
    auto type = cast<RankedTensorType>(tensor.getType());
    // Any letters do: the last dimension of the result has channels.
    StringRef letters = order.size() == 3   ? "nwc"
                        : order.size() == 4 ? "nhwc"
                                            : "ndhwc";
    WindowGeometry geometry;
    geometry.outputLayout = letters.str();
    geometry.inputLayout.assign(order.size(), ' ');
    for (auto [to, from] : llvm::enumerate(order))
      geometry.inputLayout[from] = letters[to];
    geometry.window.assign(order.size() - 2, 1);
    geometry.strides = geometry.dilations = geometry.window;
    geometry.padLow.assign(order.size() - 2, 0);
    geometry.padHigh = geometry.padLow;
    Type element = type.getElementType();
    return WindowOp::create(
        builder, tensor.getLoc(), WindowKind::Max, tensor, Value(),
        ValueRange(), makeInit(type, order), {}, geometry,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          if (element.isF32())
            return args[0];
          return arith::TruncFOp::create(b, loc, element, args[0]);
        });
  }

  OpBuilder builder;
  /// Tensors, as rewritten operations have them.
  DenseMap<Value, Value> channelsLast;
};

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// What a transpose keeps: the elements pass through f32.
bool canTranspose(Type type) {
  Type element = cast<RankedTensorType>(type).getElementType();
  return (element.isF16() || element.isBF16() || element.isF32()) &&
         cast<RankedTensorType>(type).getRank() <= 5;
}

double bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return double(tensor.getNumElements()) * tensor.getElementTypeBitWidth() / 8;
}

/// Clocks in which channels first are read directly: element by element, once
/// for each tile that needs them, with a dozen instructions for the address,
/// the load and the store, of which a multiprocessor issues 128 a clock.
double directClocks(ConvOp op, const ChipInfo &chip) {
  constexpr double tile = 128, instructions = 12, issued = 128;
  ConvExtents e = op.getExtents();
  double taps = 1, positions = double(e.n);
  for (int64_t extent : e.filter)
    taps *= double(extent);
  for (int64_t extent : e.output)
    positions *= double(extent);
  double m = positions, n = double(e.f), k = taps * double(e.c);
  if (op.getKind() != ConvKind::Fprop)
    std::swap(n, k);
  return double(e.g) * m * k * std::ceil(n / tile) * instructions /
         (issued * chip.numSMs);
}

/// Clocks in which all tensors of the operation are read and written once more,
/// and kernels started.
double transposeClocks(ConvOp op, const ChipInfo &chip) {
  constexpr double launch = 4000;
  double bytes = 0;
  for (Value operand : op->getOperands().take_front(2))
    bytes += bytesOf(operand.getType());
  bytes += bytesOf(op.getType());
  return 3 * launch + 2 * bytes / (chip.memoryGBs / chip.clockGHz);
}

struct PropagateLayoutPass
    : dlk::impl::PropagateLayoutBase<PropagateLayoutPass> {
  using PropagateLayoutBase::PropagateLayoutBase;

  void runOnOperation() override {
    SmallVector<Operation *> chosen;
    getOperation().walk([&](Operation *op) {
      auto conv = dyn_cast<ConvOp>(op);
      auto window = dyn_cast<WindowOp>(op);
      if ((conv && isWorthIt(conv)) ||
          (window && followsChosen(window, chosen)))
        chosen.push_back(op);
    });
    LayoutRewriter rewriter(&getContext());
    for (Operation *op : chosen) {
      if (auto conv = dyn_cast<ConvOp>(op))
        rewriter.rewrite(conv);
      else
        rewriter.rewrite(cast<WindowOp>(op));
    }
    eraseUnused();
  }

  /// A plain product in memory needs no other layout.
  static bool isMatmul(ConvOp op) {
    auto all = [](ArrayRef<int64_t> values, int64_t expected) {
      return llvm::all_of(values,
                          [&](int64_t value) { return value == expected; });
    };
    return all(op.getExtents().filter, 1) && all(op.getStrides(), 1) &&
           all(op.getPadLow(), 0) && all(op.getPadHigh(), 0);
  }

  bool isWorthIt(ConvOp op) {
    bool fits = llvm::all_of(op->getOperandTypes(), canTranspose) &&
                isChannelsFirst(op.getInputLayout()) &&
                op.getInputLayout().size() >= 3 &&
                llvm::is_contained(op.getInputLayout(), 'c') &&
                op.getType().getNumElements() != 0;
    const ChipInfo *chip = targetOf(op);
    if (!fits || isMatmul(op) || op.getScheduleAttr() || (!chip && !force))
      return false;
    if (force)
      return true;
    double direct = directClocks(op, *chip), moved = transposeClocks(op, *chip);
    if (remarks)
      op.emitRemark("channels first: ")
          << (moved < direct ? "transposed" : "read directly")
          << llvm::formatv(", about {0:f0} clocks to read elements one by one, "
                           "{1:f0} to transpose all tensors",
                           direct, moved)
                 .str();
    return moved < direct;
  }

  /// Pooling between convolutions that are rewritten.
  static bool followsChosen(WindowOp op, ArrayRef<Operation *> chosen) {
    return isChannelsFirst(op.getInputLayout()) && !op.getFilter() &&
           llvm::all_of(op->getOperandTypes(), canTranspose) &&
           llvm::is_contained(chosen, op.getInput().getDefiningOp());
  }

  /// Transposes that nobody reads, from the last one on.
  void eraseUnused() {
    SmallVector<WindowOp> windows;
    getOperation().walk([&](WindowOp op) { windows.push_back(op); });
    for (WindowOp op : llvm::reverse(windows))
      if (op->use_empty())
        op.erase();
  }
};

} // namespace
