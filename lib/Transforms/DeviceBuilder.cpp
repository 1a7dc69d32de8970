// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers and addresses of one thread, folded where they are constant.

#include "dlk/Transforms/DeviceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include <numeric>

using namespace mlir;
using namespace dlk;

static constexpr auto kNoWrap =
    arith::IntegerOverflowFlags::nsw | arith::IntegerOverflowFlags::nuw;

Value DeviceBuilder::i32(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                      value);
}

Value DeviceBuilder::i64(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI64Type(),
                                      value);
}

Value DeviceBuilder::add(Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return builder.createOrFold<arith::AddIOp>(loc, lhs, rhs, kNoWrap);
}

static Value constantLike(DeviceBuilder &b, Value value, int64_t constant) {
  return arith::ConstantOp::create(
      b.builder, b.loc, b.builder.getIntegerAttr(value.getType(), constant));
}

Value DeviceBuilder::multiply(Value lhs, int64_t rhs) {
  return builder.createOrFold<arith::MulIOp>(
      loc, lhs, constantLike(*this, lhs, rhs), kNoWrap);
}

Value DeviceBuilder::divide(Value lhs, int64_t rhs) {
  return builder.createOrFold<arith::DivUIOp>(loc, lhs,
                                              constantLike(*this, lhs, rhs));
}

Value DeviceBuilder::remainder(Value lhs, int64_t rhs) {
  return builder.createOrFold<arith::RemUIOp>(loc, lhs,
                                              constantLike(*this, lhs, rhs));
}

Value DeviceBuilder::toI64(Value value) {
  Type i64 = builder.getI64Type();
  if (value.getType() == i64)
    return value;
  if (value.getType().isIndex())
    return builder.createOrFold<arith::IndexCastUIOp>(loc, i64, value);
  return builder.createOrFold<arith::ExtUIOp>(loc, i64, value);
}

Value DeviceBuilder::toInteger(Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (value.getType().isIndex())
    return builder.createOrFold<arith::IndexCastUIOp>(loc, type, value);
  return type.isInteger(64)
             ? toI64(value)
             : builder.createOrFold<arith::TruncIOp>(loc, type, value);
}

Value DeviceBuilder::move(Value pointer, Value bytes) {
  if (!bytes)
    return pointer;
  return LLVM::GEPOp::create(builder, loc, pointer.getType(),
                             builder.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value DeviceBuilder::move(Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  if (bytes == static_cast<int32_t>(bytes))
    return LLVM::GEPOp::create(
        builder, loc, pointer.getType(), builder.getI8Type(), pointer,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
  return move(pointer, i64(bytes));
}

Type dlk::coordinateType(OpBuilder &builder, int64_t extent) {
  constexpr int64_t largestTile = int64_t(1) << 20;
  return extent < INT32_MAX - largestTile ? builder.getI32Type()
                                          : builder.getI64Type();
}

int64_t dlk::knownDivisor(Value index) {
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return *constant;
  if (auto cast = index.getDefiningOp<arith::IndexCastUIOp>())
    return knownDivisor(cast.getIn());
  if (auto product = index.getDefiningOp<arith::MulIOp>()) {
    for (Value factor : {product.getLhs(), product.getRhs()})
      if (std::optional<int64_t> constant = getConstantIntValue(factor))
        return *constant;
  }
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return std::gcd(knownDivisor(sum.getLhs()), knownDivisor(sum.getRhs()));
  if (scf::ForOp loop = scf::getForInductionVarOwner(index))
    return std::gcd(knownDivisor(loop.getLowerBound()),
                    knownDivisor(loop.getStep()));
  return 1;
}

bool dlk::liesInside(Value origin, int64_t extent, int64_t tile,
                     int64_t clusterTiles) {
  return extent % (tile * clusterTiles) == 0 &&
         knownDivisor(origin) % tile == 0;
}
