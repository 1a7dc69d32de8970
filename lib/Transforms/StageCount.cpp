// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages per tile, as functions of the lengths of loops.
//
// Bounds are a base plus a constant. Bases of the two roles are the same if
// they compute the same from the coordinates of the tile. So 64..K has one
// iteration less than 0..K, but only if that one has any: with x the length of
// 0..K, unclamped, they are max(0, x - 1) and max(0, x). Counts are sums of
// products of such terms, which are linear in x but for a bend each; two of
// them are equal if they are from the smallest x that can be to a few past the
// last bend. Stages whose slots have different buffers are counted apart, in
// their order: the role that reads must expect what the other one filled.

#include "dlk/Transforms/StageCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Assignments of lengths that are tried.
constexpr uint64_t kMaxTrials = 4096;

std::optional<int64_t> getConstant(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)) &&
      constant.getSignificantBits() <= 62)
    return constant.getSExtValue();
  return std::nullopt;
}

/// At least what `value` is, as far as that is easily seen.
std::optional<int64_t> getLowerBound(Value value) {
  if (auto constant = getConstant(value))
    return constant;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return isa<ForTilesOp>(argument.getOwner()->getParentOp())
               ? std::optional<int64_t>(0)
               : std::nullopt;
  Operation *op = value.getDefiningOp();
  // Of what is not negative.
  if (auto cast = dyn_cast<arith::IndexCastUIOp>(op))
    return std::max<int64_t>(0, getLowerBound(cast.getIn()).value_or(0));
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    auto yes = getLowerBound(select.getTrueValue()),
         no = getLowerBound(select.getFalseValue());
    return yes && no ? std::min(yes, no) : std::nullopt;
  }
  if (!isa<arith::MaxSIOp, arith::AddIOp, arith::MulIOp>(op))
    return std::nullopt;
  auto lhs = getLowerBound(op->getOperand(0)),
       rhs = getLowerBound(op->getOperand(1));
  if (isa<arith::MaxSIOp>(op))
    return lhs && rhs ? std::max(lhs, rhs) : lhs ? lhs : rhs;
  if (!lhs || !rhs)
    return std::nullopt;
  if (isa<arith::AddIOp>(op))
    return llvm::checkedAdd(*lhs, *rhs);
  return *lhs >= 0 && *rhs >= 0 ? llvm::checkedMul(*lhs, *rhs) : std::nullopt;
}

/// base + offset; base 0 is none.
struct Bound {
  unsigned base;
  int64_t offset;
};

/// Numbers values so that those that are equal in both roles have one number.
class ValueNumbers {
public:
  ValueNumbers(ForTilesOp a, ForTilesOp b) {
    for (auto [x, y] : llvm::zip_equal(a.getBody().getArguments(),
                                       b.getBody().getArguments()))
      numbers[x] = numbers[y] = ++last;
  }

  Bound getBound(Value value) {
    if (auto constant = getConstant(value))
      return {0, *constant};
    if (auto sum = value.getDefiningOp<arith::AddIOp>())
      for (int i : {0, 1})
        if (auto constant = getConstant(sum->getOperand(i))) {
          Bound rest = getBound(sum->getOperand(1 - i));
          return {rest.base, rest.offset + *constant};
        }
    return {number(value), 0};
  }

  /// The number of what `parts` say; never 0.
  unsigned numberOf(std::vector<uintptr_t> parts) {
    auto [it, isNew] = expressions.try_emplace(std::move(parts), last + 1);
    last += isNew;
    return it->second;
  }

private:
  unsigned number(Value value) {
    if (unsigned known = numbers.lookup(value))
      return known;
    unsigned result = compute(value);
    return numbers[value] = result;
  }

  unsigned compute(Value value) {
    std::vector<uintptr_t> parts;
    Operation *op = value.getDefiningOp();
    if (auto loop = scf::getForInductionVarOwner(value)) {
      parts.push_back(
          reinterpret_cast<uintptr_t>(loop->getName().getAsOpaquePointer()));
      for (Value bound :
           {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()}) {
        Bound known = getBound(bound);
        parts.insert(parts.end(), {known.base, uintptr_t(known.offset)});
      }
      return numberOf(std::move(parts));
    }
    if (!op || !isMemoryEffectFree(op) || op->getNumRegions() != 0)
      return ++last;
    parts.push_back(
        reinterpret_cast<uintptr_t>(op->getName().getAsOpaquePointer()));
    parts.push_back(reinterpret_cast<uintptr_t>(
        op->getAttrDictionary().getAsOpaquePointer()));
    parts.push_back(cast<OpResult>(value).getResultNumber());
    for (Value operand : op->getOperands())
      parts.push_back(number(operand));
    return numberOf(std::move(parts));
  }

  unsigned last = 0;
  DenseMap<Value, unsigned> numbers;
  std::map<std::vector<uintptr_t>, unsigned> expressions;
};

/// Stages one after another that hold the same buffers.
struct Run {
  SlotType slot;
  uint64_t count;
  bool operator==(const Run &o) const {
    return slot == o.slot && count == o.count;
  }
};
using Runs = SmallVector<Run, 2>;

void append(Runs &runs, Run run) {
  if (run.count == 0)
    return;
  if (!runs.empty() && runs.back().slot == run.slot)
    runs.back().count = llvm::SaturatingAdd(runs.back().count, run.count);
  else
    runs.push_back(run);
}

uint64_t getTotal(const Runs &runs) {
  uint64_t total = 0;
  for (const Run &run : runs)
    total = llvm::SaturatingAdd(total, run.count);
  return total;
}

/// A number of iterations: `shift`, or max(0, x + shift) of an unknown x.
struct Length {
  std::optional<unsigned> unknown;
  int64_t shift;
};

/// An unknown x: what it may be and where counts bend.
struct Unknown {
  int64_t least, firstTried, lastTried;
  scf::ForOp loop;
};

class StageCounter {
public:
  StageCounter(RingCreateOp ring, ForTilesOp producer, ForTilesOp consumer)
      : ring(ring.getRing()), producer(producer), consumer(consumer),
        values(producer, consumer) {}

  LogicalResult run() {
    for (ForTilesOp tiles : {producer, consumer}) {
      WalkResult result = tiles.walk([&](scf::ForOp loop) {
        SmallVector<SlotType> slots = slotsIn(loop);
        if (!llvm::all_equal(slots)) {
          loop.emitError(
              "cannot follow a loop over stages that do not all hold "
              "the same buffers [DLK-P54]");
          return WalkResult::interrupt();
        }
        if (!slots.empty())
          lengths[loop] = measure(loop);
        return WalkResult::advance();
      });
      if (result.wasInterrupted())
        return failure();
    }
    uint64_t trials = 1;
    for (Unknown &unknown : unknowns)
      trials = llvm::SaturatingMultiply<uint64_t>(
          trials, unknown.lastTried - unknown.firstTried + 3);
    if (trials > kMaxTrials)
      return consumer.emitError("cannot follow the lengths of loops: too many "
                                "of them are unknown [DLK-P54]");
    for (uint64_t trial = 0; trial < trials; ++trial)
      if (failed(compare(trial)))
        return failure();
    return success();
  }

private:
  bool isStage(Operation *op) {
    return isa<RingAcquireOp, RingWaitOp>(op) && op->getOperand(0) == ring;
  }

  /// What the stages hold that are taken inside.
  SmallVector<SlotType> slotsIn(Operation *op) {
    SmallVector<SlotType> slots;
    op->walk([&](Operation *inner) {
      if (isStage(inner))
        slots.push_back(cast<SlotType>(inner->getResult(0).getType()));
    });
    return slots;
  }

  Length measure(scf::ForOp loop) {
    Bound lower = values.getBound(loop.getLowerBound());
    Bound upper = values.getBound(loop.getUpperBound());
    Bound step = values.getBound(loop.getStep());
    if (step.base != 0 || step.offset <= 0 || loop.getUnsignedCmp())
      return {createUnknown(loop,
                            {lower.base, uintptr_t(lower.offset), upper.base,
                             uintptr_t(upper.offset), step.base,
                             uintptr_t(step.offset), loop.getUnsignedCmp()},
                            /*least=*/0, /*shift=*/0),
              0};
    int64_t distance = upper.offset - lower.offset;
    if (lower.base == upper.base)
      return {std::nullopt, std::max<int64_t>(0, llvm::divideCeilSigned(
                                                     distance, step.offset))};
    int64_t shift = llvm::divideFloorSigned(distance, step.offset);
    int64_t rest = distance - shift * step.offset;
    int64_t least = INT32_MIN;
    if (auto bound = getLowerBound(loop.getUpperBound());
        bound && lower.base == 0)
      least =
          llvm::divideCeilSigned(*bound - lower.offset, step.offset) - shift;
    return {createUnknown(loop,
                          {lower.base, upper.base, uintptr_t(step.offset),
                           uintptr_t(rest)},
                          least, shift),
            shift};
  }

  unsigned createUnknown(scf::ForOp loop, std::vector<uintptr_t> parts,
                         int64_t least, int64_t shift) {
    unsigned number = values.numberOf(std::move(parts));
    auto it = llvm::find(unknownNumbers, number);
    size_t index = it - unknownNumbers.begin();
    if (it == unknownNumbers.end()) {
      unknownNumbers.push_back(number);
      unknowns.push_back({least, INT64_MAX, INT64_MIN, loop});
    }
    Unknown &unknown = unknowns[index];
    unknown.least = std::max(unknown.least, least);
    unknown.firstTried =
        std::max(unknown.least, std::min(unknown.firstTried, -shift - 1));
    unknown.lastTried =
        std::max({unknown.lastTried, unknown.firstTried + 3, -shift + 3});
    return index;
  }

  LogicalResult compare(uint64_t trial) {
    SmallVector<int64_t> assignment;
    for (Unknown &unknown : unknowns) {
      uint64_t range = unknown.lastTried - unknown.firstTried + 3;
      assignment.push_back(unknown.firstTried + int64_t(trial % range));
      trial /= range;
    }
    Runs filledRuns = count(producer.getBody().front(), assignment);
    Runs readRuns = count(consumer.getBody().front(), assignment);
    if (filledRuns == readRuns)
      return checkTurns(getTotal(readRuns));
    uint64_t filled = getTotal(filledRuns), read = getTotal(readRuns);
    if (filled == read)
      return refuseBuffers(filledRuns, readRuns);
    auto diagnostic =
        consumer.emitError("the consumer waits for another number of stages "
                           "in a tile than the producer fills: ")
        << read << " and " << filled << " [DLK-P105]";
    diagnostic.attachNote(producer.getLoc()) << "the producer's tiles";
    for (Unknown &unknown : unknowns)
      diagnostic.attachNote(unknown.loop.getLoc())
          << "if this loop has "
          << iterations(lengths[unknown.loop], assignment) << " iterations";
    return failure();
  }

  /// The roles pass as many stages, but not for the same buffers.
  LogicalResult refuseBuffers(ArrayRef<Run> filled, ArrayRef<Run> read) {
    while (filled.front() == read.front()) {
      filled = filled.drop_front();
      read = read.drop_front();
    }
    auto diagnostic =
        consumer.emitError("the consumer waits for stages of other buffers "
                           "than the producer fills: ")
        << read.front().count << " of " << read.front().slot << ", not "
        << filled.front().count << " of " << filled.front().slot
        << " [DLK-P121]";
    diagnostic.attachNote(producer.getLoc()) << "the producer's tiles";
    return failure();
  }

  /// That consumers in turns pass over as many stages as a tile has.
  LogicalResult checkTurns(uint64_t read) {
    std::optional<uint64_t> turn =
        consumer->getParentOfType<RolesOp>().getPingpong();
    if (!turn || *turn == read)
      return success();
    return consumer.emitError("pingpong passes over another number of stages "
                              "than a tile may have: ")
           << *turn << " and " << read << " [DLK-P112]";
  }

  static uint64_t iterations(Length length, ArrayRef<int64_t> assignment) {
    int64_t x = length.unknown ? assignment[*length.unknown] : 0;
    return std::max<int64_t>(0, x + length.shift);
  }

  Runs count(Block &block, ArrayRef<int64_t> assignment) {
    Runs runs;
    for (Operation &op : block) {
      if (isStage(&op))
        append(runs, {cast<SlotType>(op.getResult(0).getType()), 1});
      auto loop = dyn_cast<scf::ForOp>(op);
      if (!loop || !lengths.contains(loop))
        continue;
      for (Run run : count(*loop.getBody(), assignment))
        append(runs, {run.slot,
                      llvm::SaturatingMultiply(
                          iterations(lengths[loop], assignment), run.count)});
    }
    return runs;
  }

  Value ring;
  ForTilesOp producer, consumer;
  ValueNumbers values;
  DenseMap<Operation *, Length> lengths;
  SmallVector<unsigned> unknownNumbers;
  SmallVector<Unknown> unknowns;
};

} // namespace

LogicalResult dlk::checkStageCounts(RingCreateOp ring, ForTilesOp producer,
                                    ForTilesOp consumer) {
  return StageCounter(ring, producer, consumer).run();
}
