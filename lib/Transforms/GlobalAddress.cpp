// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Global addresses as chains of byte offsets, the loop-invariant ones first so
// that they can leave the loop, the constant last so that it becomes the
// instruction's immediate offset.

#include "dlk/Transforms/GlobalAddress.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

GlobalAddress::GlobalAddress(OpBuilder &builder, Operation *user, Value memory,
                             ValueRange origin)
    : builder(builder), user(user), loc(user->getLoc()),
      type(cast<MemType>(memory.getType())), origin(origin) {
  auto pointerType = LLVM::LLVMPointerType::get(
      builder.getContext(), unsigned(NVVM::NVVMMemorySpace::Global));
  base = PointerOp::create(builder, loc, pointerType, memory);
  for (auto [dim, position] : llvm::enumerate(origin)) {
    if (strideBytes(dim) == 0)
      continue;
    Value term = builder.createOrFold<arith::MulIOp>(loc, position,
                                                     index(strideBytes(dim)));
    Value &sum = variesInLoop(dim) ? varyingOffset : fixedOffset;
    sum = sum ? builder.createOrFold<arith::AddIOp>(loc, sum, term) : term;
  }
}

int64_t GlobalAddress::strideBytes(unsigned dim) const {
  return type.getLayout().getLayout().getModes()[dim].front().stride *
         type.getElementBytes();
}

bool GlobalAddress::variesInLoop(unsigned dim) const {
  auto loop = user->getParentOfType<LoopLikeOpInterface>();
  return loop && !loop.isDefinedOutsideOfLoop(origin[dim]);
}

Value GlobalAddress::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value GlobalAddress::toIndex(Value value) {
  return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                      value);
}

Value GlobalAddress::advance(Value pointer, Value bytes) {
  if (!bytes)
    return pointer;
  Value offset = builder.createOrFold<arith::IndexCastOp>(
      loc, builder.getI64Type(), bytes);
  return LLVM::GEPOp::create(builder, loc, pointer.getType(),
                             builder.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{offset});
}

Value GlobalAddress::pointer(ArrayRef<ThreadCoordinate> coordinate) {
  Value result = advance(base, fixedOffset);
  int64_t constant = 0;
  unsigned first = type.getRank() - coordinate.size();
  for (auto [i, part] : llvm::enumerate(coordinate)) {
    int64_t stride = strideBytes(first + i);
    constant += part.offset * stride;
    if (part.variable && stride != 0)
      result = advance(result, builder.createOrFold<arith::MulIOp>(
                                   loc, toIndex(part.variable), index(stride)));
  }
  result = advance(result, varyingOffset);
  return constant == 0 ? result : advance(result, index(constant));
}

Value GlobalAddress::isInside(unsigned dim, int64_t tileExtent,
                              const ThreadCoordinate &coordinate) {
  int64_t extent = type.getShape()[dim];
  auto cluster = user->getParentOfType<KernelOp>().getClusterShape();
  int64_t clusterTiles =
      dim + 2 < type.getRank() ? 1 : cluster[dim + 2 - type.getRank()];
  if (liesInside(origin[dim], extent, tileExtent, clusterTiles))
    return Value();
  Value position = origin[dim];
  if (coordinate.variable)
    position = arith::AddIOp::create(builder, loc, position,
                                     toIndex(coordinate.variable));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                               position, index(extent - coordinate.offset));
}

Type dlk::pieceType(OpBuilder &builder, int64_t bytes) {
  return bytes == 16 ? Type(VectorType::get(4, builder.getI32Type()))
                     : Type(builder.getIntegerType(8 * bytes));
}
