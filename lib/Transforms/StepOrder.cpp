// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps of a tile as places along k.
//
// Of a gradient with strides, tiles of different classes of pixels have
// different taps. A tile counts its own: digits with runtime extents, which
// are among few constants, so that no division is by a variable. A class
// without taps has one step, of zeros, since sums start with a product.

#include "dlk/Transforms/StepOrder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;

StepOrder::StepOrder(MatmulOp op, int64_t channelMultiple)
    : order(op.getSchedule()->getKOrder()),
      tileK(op.getSchedule()->getTileK()) {
  if (op.getChannels() == 0)
    return;
  bool padsSteps = order == KOrder::Taps;
  channels =
      llvm::alignTo(op.getChannels(), padsSteps ? tileK : channelMultiple);
  taps = op.getK() / op.getChannels();
  if (skipsTaps(op.getProblem(), op.getSchedule()->getSchedule()))
    ranges = op.getTapRanges();
}

Value StepOrder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*builder, *loc, value);
}

Value StepOrder::i32(int64_t value) {
  return arith::ConstantIntOp::create(*builder, *loc, builder->getI32Type(),
                                      value);
}

Value StepOrder::narrow(Value value) {
  return arith::IndexCastUIOp::create(*builder, *loc, builder->getI32Type(),
                                      value);
}

/// A value for each class, of the class that the tile has. In 32 bits, since
/// the producer has few registers.
Value StepOrder::lookUp(function_ref<int64_t(unsigned)> valueOf) {
  Value result = i32(valueOf(0));
  for (unsigned i = 1; i < ranges->classes.size(); ++i) {
    if (valueOf(i) == valueOf(0))
      continue;
    Value isClass = arith::CmpIOp::create(
        *builder, *loc, arith::CmpIPredicate::eq, number, i32(i));
    result = arith::SelectOp::create(*builder, *loc, isClass, i32(valueOf(i)),
                                     result);
  }
  return result;
}

void StepOrder::emitClass(OpBuilder &b, Location l, ValueRange batch) {
  if (!ranges)
    return;
  builder = &b;
  loc = l;
  number = i32(0);
  for (auto [dim, size] : llvm::zip_equal(ranges->dims, ranges->sizes))
    number = b.createOrFold<arith::AddIOp>(
        l, b.createOrFold<arith::MulIOp>(l, number, i32(size)),
        narrow(batch[dim]));
  // One step and more, so that whoever proves the kernel sees the one.
  Value more = lookUp([&](unsigned i) {
    return std::max<int64_t>(0, ranges->countTaps(i) * channels - tileK);
  });
  length = arith::AddIOp::create(
      b, l, arith::IndexCastUIOp::create(b, l, b.getIndexType(), more),
      index(tileK));
  for (unsigned tap = 0; tap < ranges->extents.size(); ++tap) {
    first.push_back(
        lookUp([&](unsigned i) { return ranges->classes[i][tap].first; }));
    // Nothing is divided by that of the slowest digit.
    count.push_back(tap == 0 ? Value() : lookUp([&](unsigned i) {
      return ranges->classes[i][tap].count;
    }));
  }
}

Value StepOrder::emitK(OpBuilder &b, Location l, Value place) {
  builder = &b;
  loc = l;
  if (ranges)
    return emitUsedTap(place);
  return order == KOrder::Taps ? emitChannelsLast(place) : place;
}

/// All taps of some channels first.
Value StepOrder::emitChannelsLast(Value place) {
  Value step = arith::DivUIOp::create(*builder, *loc, place, index(tileK));
  Value tap = arith::RemUIOp::create(*builder, *loc, step, index(taps));
  Value block = arith::DivUIOp::create(*builder, *loc, step, index(taps));
  return arith::AddIOp::create(
      *builder, *loc,
      arith::MulIOp::create(*builder, *loc, tap, index(channels)),
      arith::MulIOp::create(*builder, *loc, block, index(tileK)));
}

/// Quotient and remainder by the taps of the class along one dimension.
std::pair<Value, Value> StepOrder::divideByCount(Value value, unsigned tap) {
  llvm::SmallSetVector<int64_t, 4> counts;
  for (const auto &ranges : ranges->classes)
    if (ranges[tap].count != 0)
      counts.insert(ranges[tap].count);
  Value quotient = value, remainder = i32(0);
  for (auto [i, size] : llvm::enumerate(counts)) {
    Value q = builder->createOrFold<arith::DivUIOp>(*loc, value, i32(size));
    Value r = builder->createOrFold<arith::RemUIOp>(*loc, value, i32(size));
    Value isSize = arith::CmpIOp::create(
        *builder, *loc, arith::CmpIPredicate::eq, count[tap], i32(size));
    bool isOnly = i == 0;
    quotient = isOnly ? q
                      : builder->createOrFold<arith::SelectOp>(*loc, isSize, q,
                                                               quotient);
    remainder = isOnly ? r
                       : builder->createOrFold<arith::SelectOp>(*loc, isSize, r,
                                                                remainder);
  }
  return {quotient, remainder};
}

/// The tap and the channels of a step among those of the class.
Value StepOrder::emitUsedTap(Value place) {
  Value step =
      arith::DivUIOp::create(*builder, *loc, narrow(place), i32(tileK));
  int64_t stepsOfTap = channels / tileK;
  Value block =
      builder->createOrFold<arith::RemUIOp>(*loc, step, i32(stepsOfTap));
  Value rest =
      builder->createOrFold<arith::DivUIOp>(*loc, step, i32(stepsOfTap));
  Value k = arith::MulIOp::create(*builder, *loc, block, i32(tileK));
  int64_t size = channels;
  for (unsigned tap = ranges->extents.size(); tap-- > 0;) {
    Value digit = rest;
    if (tap != 0)
      std::tie(rest, digit) = divideByCount(rest, tap);
    digit = builder->createOrFold<arith::AddIOp>(*loc, digit, first[tap]);
    k = arith::AddIOp::create(
        *builder, *loc, arith::MulIOp::create(*builder, *loc, digit, i32(size)),
        k);
    size *= ranges->extents[tap];
  }
  return arith::IndexCastUIOp::create(*builder, *loc, builder->getIndexType(),
                                      k);
}
