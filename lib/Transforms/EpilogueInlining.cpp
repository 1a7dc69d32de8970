// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves the body of an elementwise linalg operation into an epilogue region.
// Uniform operands and constants from outside become constants of the region,
// since the region is isolated.

#include "dlk/Transforms/EpilogueInlining.h"
#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dlk;

bool dlk::isPointwise(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 &&
         op.getNumReductionLoops() == 0;
}

TypedAttr dlk::getUniformValue(Value value) {
  Type element = getElementTypeOrSelf(value);
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    value = fill.value();
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<TypedAttr>(attribute);
  return isa<FloatAttr, IntegerAttr>(attribute) && number.getType() == element
             ? number
             : TypedAttr();
}

bool dlk::becomesExtra(linalg::LinalgOp op, OpOperand &operand) {
  return op.payloadUsesValueFromOperand(&operand) &&
         !getUniformValue(operand.get());
}

std::optional<std::string> dlk::whyNotExtra(linalg::LinalgOp op,
                                            OpOperand &operand) {
  if (!becomesExtra(op, operand))
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (!type)
    return "it reads a scalar that is not constant";
  Type element = type.getElementType();
  if (!isStoredType(element))
    return "it reads elements other than f16, bf16, f32, fp8, i8 or i32";
  if (!type.hasStaticShape())
    return "it reads a tensor of dynamic shape";
  if (!op.getMatchingIndexingMap(&operand).isProjectedPermutation())
    return "it reads a tensor through a map that is no projection";
  return std::nullopt;
}

std::optional<std::string> dlk::whyNotBody(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  for (Operation &inner : body->without_terminator()) {
    if (!isEpilogueOp(&inner))
      return "epilogues do not have '" + inner.getName().getStringRef().str() +
             "'";
    for (Value operand : inner.getOperands())
      if (operand.getParentBlock() != body &&
          !matchPattern(operand, m_Constant()))
        return "its body uses a value from outside that is not constant";
  }
  Value yielded = body->getTerminator()->getOperand(0);
  if (yielded.getParentBlock() != body && !matchPattern(yielded, m_Constant()))
    return "its body yields a value from outside that is not constant";
  return std::nullopt;
}

Value dlk::inlineBody(OpBuilder &builder, linalg::LinalgOp op,
                      function_ref<Value(OpOperand &)> getElement) {
  IRMapping mapping;
  Block *body = op.getBlock();
  auto cloneOutside = [&](Value value) {
    if (value.getParentBlock() != body && !mapping.contains(value))
      builder.clone(*value.getDefiningOp(), mapping);
  };
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (becomesExtra(op, operand))
      mapping.map(argument, getElement(operand));
    else if (!argument.use_empty())
      mapping.map(argument,
                  arith::ConstantOp::create(builder, op.getLoc(),
                                            getUniformValue(operand.get())));
  }
  for (Operation &inner : body->without_terminator()) {
    llvm::for_each(inner.getOperands(), cloneOutside);
    builder.clone(inner, mapping);
  }
  Value yielded = body->getTerminator()->getOperand(0);
  cloneOutside(yielded);
  return mapping.lookup(yielded);
}
