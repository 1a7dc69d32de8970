// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk.conv: builder, access to its geometry, and its rules.

#include "ProductRules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace dlk;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

void ConvOp::build(OpBuilder &builder, OperationState &state, ConvKind kind,
                   Value lhs, Value rhs, ValueRange extras, Value init,
                   ArrayRef<AffineMap> extraMaps, const ConvGeometry &geometry,
                   EpilogueBuilder buildEpilogue, Type accType) {
  bool integers = isa<IntegerType>(getElementTypeOrSelf(lhs.getType()));
  if (!accType)
    accType = integers ? Type(builder.getI32Type()) : builder.getF32Type();
  state.addOperands({lhs, rhs});
  state.addOperands(extras);
  state.addOperands(init);
  state.addTypes(init.getType());
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.kind = ConvKindAttr::get(builder.getContext(), kind);
  properties.input_layout = builder.getStringAttr(geometry.inputLayout);
  properties.filter_layout = builder.getStringAttr(geometry.filterLayout);
  properties.output_layout = builder.getStringAttr(geometry.outputLayout);
  properties.strides = builder.getDenseI64ArrayAttr(geometry.strides);
  properties.dilations = builder.getDenseI64ArrayAttr(geometry.dilations);
  properties.pad_low = builder.getDenseI64ArrayAttr(geometry.padLow);
  properties.pad_high = builder.getDenseI64ArrayAttr(geometry.padHigh);
  properties.groups = builder.getI64IntegerAttr(geometry.groups);
  properties.extra_maps = builder.getAffineMapArrayAttr(extraMaps);
  properties.acc_type = TypeAttr::get(accType);

  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> argTypes = {accType};
  for (Value extra : extras)
    argTypes.push_back(getElementTypeOrSelf(extra.getType()));
  SmallVector<Location> locs(argTypes.size(), state.location);
  Block *body = builder.createBlock(state.addRegion(), {}, argTypes, locs);
  Value value = body->getArgument(0);
  Type element = getElementTypeOrSelf(init.getType());
  if (buildEpilogue)
    value = buildEpilogue(builder, state.location, body->getArguments());
  else if (element != accType)
    value = arith::TruncFOp::create(builder, state.location, element, value);
  YieldOp::create(builder, state.location, value);
}

void ConvOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  if (!region.empty() && region.getNumArguments() > 0)
    setName(region.getArgument(0), "acc");
}

//===----------------------------------------------------------------------===//
// Geometry
//===----------------------------------------------------------------------===//

YieldOp ConvOp::getYield() { return cast<YieldOp>(getBody()->getTerminator()); }

ConvGeometry ConvOp::getGeometry() {
  ConvGeometry geometry;
  geometry.inputLayout = getInputLayout().str();
  geometry.filterLayout = getFilterLayout().str();
  geometry.outputLayout = getOutputLayout().str();
  geometry.strides.assign(getStrides().begin(), getStrides().end());
  geometry.dilations.assign(getDilations().begin(), getDilations().end());
  geometry.padLow.assign(getPadLow().begin(), getPadLow().end());
  geometry.padHigh.assign(getPadHigh().begin(), getPadHigh().end());
  geometry.groups = getGroups();
  return geometry;
}

RankedTensorType ConvOp::getInputType() {
  return getKind() == ConvKind::Dgrad ? getType() : getOperandType(0);
}

RankedTensorType ConvOp::getFilterType() {
  return getKind() == ConvKind::Wgrad ? getType() : getOperandType(1);
}

RankedTensorType ConvOp::getOutputType() {
  switch (getKind()) {
  case ConvKind::Fprop:
    return getType();
  case ConvKind::Dgrad:
    return getOperandType(0);
  case ConvKind::Wgrad:
    return getOperandType(1);
  }
  llvm_unreachable("all kinds have an output");
}

ConvExtents ConvOp::getExtents() {
  return getConvExtents(getGeometry(), getInputType().getShape(),
                        getFilterType().getShape(), getOutputType().getShape());
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

LogicalResult ConvOp::verify() {
  if (failed(verifyProductTypes(ProductForm::of(*this))))
    return failure();
  if (std::optional<std::string> reason = checkConvGeometry(
          getGeometry(), getInputType().getShape(), getFilterType().getShape(),
          getOutputType().getShape()))
    return emitOpError(*reason);
  return verifyExtraMaps(*this, getExtraMaps(), getExtras(), getType());
}

LogicalResult ConvOp::verifyRegions() {
  return verifyEpilogue(ProductForm::of(*this));
}
