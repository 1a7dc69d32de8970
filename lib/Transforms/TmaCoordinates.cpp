// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Digits of a place by division, indices of the tensor as sums over them. In
// mode im2col the digits of a column, a filter tap, go into the offsets, and
// the base pixel into the coordinates.

#include "dlk/Transforms/TmaCoordinates.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace dlk;

namespace {

class CoordinateEmitter {
public:
  CoordinateEmitter(OpBuilder &builder, Location loc, const Gather &gather,
                    ArrayRef<Value> place)
      : builder(builder), loc(loc), gather(gather) {
    for (auto [dim, position] : llvm::enumerate(place))
      addDigits(gather.groups[dim], position);
  }

  /// The index of a dimension of the tensor, as far as digits from `first` to
  /// before `end` say, plus `constant`.
  Value sum(unsigned tensorDim, unsigned first, unsigned end,
            int64_t constant) {
    Value result = i32(constant);
    for (unsigned digit = first; digit < end; ++digit)
      if (int64_t factor = gather.coefficients[tensorDim][digit])
        result = builder.createOrFold<arith::AddIOp>(
            loc, result,
            builder.createOrFold<arith::MulIOp>(loc, digits[digit],
                                                i32(factor)));
    return result;
  }

private:
  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                        value);
  }

  void addDigits(ArrayRef<int64_t> extents, Value position) {
    SmallVector<Value> group(extents.size());
    for (size_t i = extents.size(); i-- > 1;) {
      Value extent = i32(extents[i]);
      group[i] = builder.createOrFold<arith::RemUIOp>(loc, position, extent);
      position = builder.createOrFold<arith::DivUIOp>(loc, position, extent);
    }
    group[0] = position;
    llvm::append_range(digits, group);
  }

  OpBuilder &builder;
  Location loc;
  const Gather &gather;
  SmallVector<Value> digits;
};

} // namespace

TmaCoordinates dlk::emitGatherCoordinates(OpBuilder &builder, Location loc,
                                          const Gather &gather,
                                          const TmaGather &form,
                                          ArrayRef<Value> place) {
  CoordinateEmitter emitter(builder, loc, gather, place);
  unsigned all = gather.getNumDigits();
  unsigned firstTap = gather.getFirstDigit(gather.getRank() - 1);
  TmaCoordinates coordinates;
  for (unsigned dim = gather.getTensorRank(); dim-- > 0;) {
    bool isSpatial =
        form.im2col && dim != 0 && dim + 1 != gather.getTensorRank();
    coordinates.start.push_back(
        emitter.sum(dim, 0, isSpatial ? firstTap : all, gather.constants[dim]));
    if (isSpatial)
      coordinates.offsets.push_back(builder.createOrFold<arith::TruncIOp>(
          loc, builder.getI16Type(), emitter.sum(dim, firstTap, all, 0)));
  }
  return coordinates;
}
