// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk.window: builder, access to its geometry, and its rules.

#include "ProductRules.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace dlk;
using llvm::formatv;
using Reason = std::optional<std::string>;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

void WindowOp::build(OpBuilder &builder, OperationState &state, WindowKind kind,
                     Value input, Value filter, ValueRange extras, Value init,
                     ArrayRef<AffineMap> extraMaps,
                     const WindowGeometry &geometry,
                     EpilogueBuilder buildEpilogue) {
  state.addOperands(input);
  if (filter)
    state.addOperands(filter);
  state.addOperands(extras);
  state.addOperands(init);
  state.addTypes(init.getType());
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.operandSegmentSizes = {1, filter ? 1 : 0,
                                    static_cast<int32_t>(extras.size()), 1};
  properties.kind = WindowKindAttr::get(builder.getContext(), kind);
  properties.input_layout = builder.getStringAttr(geometry.inputLayout);
  properties.output_layout = builder.getStringAttr(geometry.outputLayout);
  if (filter)
    properties.filter_layout = builder.getStringAttr(geometry.filterLayout);
  properties.window = builder.getDenseI64ArrayAttr(geometry.window);
  properties.strides = builder.getDenseI64ArrayAttr(geometry.strides);
  properties.dilations = builder.getDenseI64ArrayAttr(geometry.dilations);
  properties.pad_low = builder.getDenseI64ArrayAttr(geometry.padLow);
  properties.pad_high = builder.getDenseI64ArrayAttr(geometry.padHigh);
  if (geometry.backwards)
    properties.backwards = builder.getUnitAttr();
  properties.extra_maps = builder.getAffineMapArrayAttr(extraMaps);

  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> argTypes = {builder.getF32Type()};
  for (Value extra : extras)
    argTypes.push_back(getElementTypeOrSelf(extra.getType()));
  SmallVector<Location> locs(argTypes.size(), state.location);
  Block *body = builder.createBlock(state.addRegion(), {}, argTypes, locs);
  Value value = buildEpilogue(builder, state.location, body->getArguments());
  YieldOp::create(builder, state.location, value);
}

void WindowOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  if (!region.empty() && region.getNumArguments() > 0)
    setName(region.getArgument(0), "acc");
}

//===----------------------------------------------------------------------===//
// Access
//===----------------------------------------------------------------------===//

StringRef WindowGeometry::getSpatialLetters() const {
  return StringRef("dhw").take_back(getSpatialRank());
}

YieldOp WindowOp::getYield() {
  return cast<YieldOp>(getBody()->getTerminator());
}

WindowGeometry WindowOp::getGeometry() {
  WindowGeometry geometry;
  geometry.inputLayout = getInputLayout().str();
  geometry.outputLayout = getOutputLayout().str();
  geometry.filterLayout = getFilterLayout().value_or("").str();
  llvm::append_range(geometry.window, getWindow());
  llvm::append_range(geometry.strides, getStrides());
  llvm::append_range(geometry.dilations, getDilations());
  geometry.backwards = getBackwards();
  llvm::append_range(geometry.padLow, getPadLow());
  llvm::append_range(geometry.padHigh, getPadHigh());
  return geometry;
}

static double countElements(Type type) {
  double elements = 1;
  for (int64_t size : cast<ShapedType>(type).getShape())
    elements *= double(size);
  return elements;
}

double WindowOp::getFlops() {
  double flops = countElements(getType());
  for (int64_t extent : getWindow())
    flops *= double(extent);
  return getKind() == WindowKind::Multiply ? 2 * flops : flops;
}

double WindowOp::getBytes() {
  double bytes = 0;
  for (Type type : (*this)->getOperandTypes())
    bytes += countElements(type) *
             getElementTypeOrSelf(type).getIntOrFloatBitWidth() / 8;
  return bytes;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

static Reason checkLayout(StringRef name, StringRef layout, StringRef letters,
                          Shape shape) {
  std::string sorted = layout.str(), wanted = letters.str();
  llvm::sort(sorted);
  llvm::sort(wanted);
  if (sorted == wanted && layout.size() == shape.size())
    return std::nullopt;
  return formatv("layout of {0} does not name each of its {1} dimensions: "
                 "\"{2}\"; supported: any order of the letters {3} [DLK-V30]",
                 name, shape.size(), layout, letters)
      .str();
}

static Reason checkRange(StringRef name, ArrayRef<int64_t> values, size_t rank,
                         int64_t least) {
  constexpr int64_t limit = 1 << 15;
  if (values.size() != rank || rank < 1 || rank > 3)
    return formatv("{0} has not one entry for each of 1 to 3 spatial "
                   "dimensions: {1} [DLK-V31]",
                   name, values.size())
        .str();
  for (int64_t value : values)
    if (value < least || value >= limit)
      return formatv("{0} is not in {1}..{2}: {3} [DLK-V31]", name, least,
                     limit - 1, value)
          .str();
  return std::nullopt;
}

static Reason checkWindow(const WindowGeometry &g) {
  constexpr int64_t leastPadding = -(1 << 15);
  size_t rank = g.getSpatialRank();
  for (const Reason &reason :
       {checkRange("window", g.window, rank, 1),
        checkRange("strides", g.strides, rank, 1),
        checkRange("dilations", g.dilations, rank, 1),
        checkRange("pad_low", g.padLow, rank, leastPadding),
        checkRange("pad_high", g.padHigh, rank, leastPadding)})
    if (reason)
      return reason;
  return std::nullopt;
}

static Reason checkExtent(char letter, StringRef name, int64_t extent,
                          int64_t expected) {
  if (extent == expected)
    return std::nullopt;
  return formatv("{0} of {1} is {2}; it follows from the others that it is "
                 "{3} [DLK-V32]",
                 letter, name, extent, expected)
      .str();
}

static Reason checkSpatial(const WindowGeometry &g, Shape input, Shape filter,
                           Shape output) {
  for (auto [i, letter] : llvm::enumerate(g.getSpatialLetters())) {
    int64_t room = input[g.inputLayout.find(letter)] + g.padLow[i] +
                   g.padHigh[i] - g.dilations[i] * (g.window[i] - 1) - 1;
    int64_t expected = room < 0 ? 0 : room / g.strides[i] + 1;
    if (Reason reason =
            checkExtent(letter, "the result",
                        output[g.outputLayout.find(letter)], expected))
      return reason;
    if (!filter.empty())
      if (Reason reason =
              checkExtent(letter, "the filter",
                          filter[g.filterLayout.find(letter)], g.window[i]))
        return reason;
  }
  return std::nullopt;
}

static Reason checkSizes(StringRef name, StringRef layout, Shape shape) {
  double positions = 1;
  for (auto [letter, extent] : llvm::zip_equal(layout, shape))
    positions *= letter == 'c' ? 1 : double(std::max<int64_t>(extent, 1));
  if (positions <= double(INT32_MAX))
    return std::nullopt;
  return formatv("too many positions of {0}: {1:f0}; at most 2147483647 "
                 "[DLK-V32]",
                 name, positions)
      .str();
}

Reason dlk::checkWindowGeometry(const WindowGeometry &g, Shape input,
                                Shape filter, Shape output) {
  if (Reason reason = checkWindow(g))
    return reason;
  std::string spatial = g.getSpatialLetters().str();
  for (const Reason &reason :
       {checkLayout("the input", g.inputLayout, "nc" + spatial, input),
        checkLayout("the result", g.outputLayout, "nc" + spatial, output)})
    if (reason)
      return reason;
  if (!filter.empty())
    if (Reason reason =
            checkLayout("the filter", g.filterLayout, "c" + spatial, filter))
      return reason;
  for (char letter : {'n', 'c'})
    if (Reason reason = checkExtent(letter, "the result",
                                    output[g.outputLayout.find(letter)],
                                    input[g.inputLayout.find(letter)]))
      return reason;
  if (!filter.empty())
    if (Reason reason =
            checkExtent('c', "the filter", filter[g.filterLayout.find('c')],
                        input[g.inputLayout.find('c')]))
      return reason;
  if (Reason reason = checkSpatial(g, input, filter, output))
    return reason;
  for (const Reason &reason :
       {checkSizes("the input", g.inputLayout, input),
        checkSizes("the result", g.outputLayout, output)})
    if (reason)
      return reason;
  return std::nullopt;
}

static ProductForm getForm(WindowOp op) {
  return {op,
          Float32Type::get(op.getContext()),
          op.getResultElementType(),
          InputPrecision::IEEE,
          std::nullopt,
          op.getBody(),
          op.getFilter() ? 2u : 1u};
}

static LogicalResult verifyTypes(WindowOp op) {
  Type element = op.getInputType().getElementType();
  bool isPooled = element.isInteger(8) && !op.getFilter();
  if (!element.isF16() && !element.isBF16() && !element.isF32() && !isPooled)
    return op.emitOpError("unsupported element type of the input: ")
           << element
           << "; supported: f16, bf16, f32, and i8 without a filter [DLK-V33]";
  if (op.getFilter() &&
      getElementTypeOrSelf(op.getFilter().getType()) != element)
    return op.emitOpError("filter has another element type than the input: ")
           << op.getFilter().getType() << " and " << element << " [DLK-V33]";
  for (Type type : op->getOperandTypes())
    if (!cast<ShapedType>(type).hasStaticShape())
      return op.emitOpError("dynamic shapes are not supported: ")
             << type << " [DLK-V33]";
  return verifyStoredTypes(getForm(op));
}

LogicalResult WindowOp::verify() {
  bool hasFilter = getFilter() != Value();
  if (hasFilter != (getKind() == WindowKind::Multiply) ||
      hasFilter != getFilterLayout().has_value())
    return emitOpError("a filter and its layout belong to kind multiply, and "
                       "to no other: ")
           << stringifyWindowKind(getKind()) << " [DLK-V30]";
  if (failed(verifyTypes(*this)))
    return failure();
  Shape filter = hasFilter
                     ? cast<RankedTensorType>(getFilter().getType()).getShape()
                     : Shape();
  if (Reason reason =
          checkWindowGeometry(getGeometry(), getInputType().getShape(), filter,
                              getType().getShape()))
    return emitOpError(*reason);
  return verifyExtraMaps(*this, getExtraMaps(), getExtras(), getType());
}

LogicalResult WindowOp::verifyRegions() {
  return verifyEpilogue(getForm(*this));
}
