// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One role, replayed symbolically. A state says which stages the role holds and
// which products are unfinished, in numbers relative to the next stage, so a
// loop comes back to a state after a few iterations: from there on nothing new
// can happen, and a loop of any length has been seen. Loops of unknown length
// may end in every state that they reach, the one before the first iteration
// included.

#include "dlk/Transforms/RoleReplay.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <map>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// The stage of a slot that was released or committed.
constexpr int64_t kGone = INT64_MIN;

/// States repeat long before: a ring has at most 8 stages, 8 groups matter.
constexpr size_t kMaxIterations = 256;

/// A stage between acquire and commit, or between wait and release.
struct HeldStage {
  int64_t number;
  /// Buffers that were filled, one bit each.
  uint64_t filled;
  Operation *taken;
  /// Maps that read it, in program order.
  SmallVector<MapOp, 1> maps = {};
  bool operator==(const HeldStage &o) const {
    return number == o.number && filled == o.filled && taken == o.taken &&
           maps == o.maps;
  }
};

/// An unfinished group of products, and the stages that it reads.
struct Group {
  Operation *product;
  SmallVector<int64_t, 2> stages;
  bool operator==(const Group &o) const {
    return product == o.product && stages == o.stages;
  }
};

struct RoleState {
  /// The number of the stage that is taken next.
  int64_t next = 0;
  /// Oldest first.
  SmallVector<HeldStage> held;
  /// Newest first.
  SmallVector<Group> groups;
  /// Stages of slots; whether accumulators have a value.
  std::map<const void *, int64_t> slots;
  std::map<const void *, bool> accumulators;

  bool operator==(const RoleState &o) const {
    return next == o.next && held == o.held && groups == o.groups &&
           slots == o.slots && accumulators == o.accumulators;
  }

  /// Counts from the next stage.
  void renumber() {
    for (HeldStage &stage : held)
      stage.number -= next;
    for (Group &group : groups)
      for (int64_t &stage : group.stages)
        stage -= next;
    for (auto &[value, stage] : slots)
      if (stage != kGone)
        stage -= next;
    next = 0;
  }

  HeldStage *find(int64_t number) {
    auto it = llvm::find_if(
        held, [&](HeldStage &stage) { return stage.number == number; });
    return it == held.end() ? nullptr : it;
  }

  void giveBack(int64_t number) {
    held.erase(find(number));
    for (auto &[value, stage] : slots)
      if (stage == number)
        stage = kGone;
  }
};

using States = SmallVector<RoleState, 1>;

/// A loop as the replay sees it.
struct Loop {
  Operation *op;
  Block *body;
  std::optional<uint64_t> trips;
  ValueRange inits, arguments, yielded, results;
};

class RoleReplay {
public:
  explicit RoleReplay(RingType type) : type(type) {}

  LogicalResult run(Region &role) {
    States states(1);
    if (failed(runBlock(role.front(), states)))
      return failure();
    return leave(role, states);
  }

private:
  //===--------------------------------------------------------------------===//
  // Control flow
  //===--------------------------------------------------------------------===//

  LogicalResult runBlock(Block &block, States &states) {
    for (Operation &op : block) {
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        if (failed(runLoop(describe(loop), states)))
          return failure();
      } else if (auto tiles = dyn_cast<ForTilesOp>(op)) {
        Loop loop{tiles, &tiles.getBody().front(), std::nullopt, {}, {}, {},
                  {}};
        if (failed(runLoop(loop, states)))
          return failure();
      } else {
        for (RoleState &state : states)
          if (failed(step(&op, state)))
            return failure();
      }
    }
    return success();
  }

  static Loop describe(scf::ForOp op) {
    std::optional<uint64_t> trips;
    if (std::optional<APInt> count = op.getStaticTripCount();
        count && count->getActiveBits() <= 64)
      trips = count->getZExtValue();
    return {op,
            op.getBody(),
            trips,
            op.getInitArgs(),
            op.getRegionIterArgs(),
            op.getYieldedValues(),
            op.getResults()};
  }

  LogicalResult runLoop(const Loop &loop, States &states) {
    SmallVector<States> seen;
    for (RoleState &state : states)
      bind(state, loop.inits, loop.arguments);
    States exits;
    for (uint64_t i = 0;; ++i) {
      canonicalize(states);
      auto before = llvm::find(seen, states);
      if (before != seen.end()) {
        if (loop.trips) {
          uint64_t first = before - seen.begin();
          exits = seen[first + (*loop.trips - first) % (i - first)];
        }
        break;
      }
      if (!loop.trips || *loop.trips == i)
        exits.append(states.begin(), states.end());
      if (loop.trips && *loop.trips == i)
        break;
      if (seen.size() == kMaxIterations)
        return loop.op->emitError("cannot follow a loop: its stages do not "
                                  "repeat [DLK-P54]");
      seen.push_back(states);
      if (failed(runBlock(*loop.body, states)) || failed(iterate(loop, states)))
        return failure();
    }
    states = std::move(exits);
    for (RoleState &state : states) {
      bind(state, loop.arguments, loop.results);
      forget(state, *loop.body->getParent());
    }
    canonicalize(states);
    return success();
  }

  /// Passes the values of one iteration on to the next one.
  LogicalResult iterate(const Loop &loop, States &states) {
    for (RoleState &state : states) {
      RoleState after = state;
      forget(after, *loop.body->getParent());
      for (auto [from, to] : llvm::zip_equal(loop.yielded, loop.arguments))
        copy(state, from, after, to);
      state = std::move(after);
    }
    return checkHeld(states);
  }

  /// The end of the region of a role: whatever is held stays so.
  LogicalResult leave(Region &role, States &states) {
    for (RoleState &state : states)
      forget(state, role);
    return checkHeld(states);
  }

  static void copy(const RoleState &source, Value from, RoleState &target,
                   Value to) {
    const void *key = from.getAsOpaquePointer();
    if (auto it = source.slots.find(key); it != source.slots.end())
      target.slots[to.getAsOpaquePointer()] = it->second;
    if (auto it = source.accumulators.find(key);
        it != source.accumulators.end())
      target.accumulators[to.getAsOpaquePointer()] = it->second;
  }

  static void bind(RoleState &state, ValueRange from, ValueRange to) {
    for (auto [source, target] : llvm::zip_equal(from, to))
      copy(state, source, state, target);
  }

  /// Values of a region mean nothing outside.
  static void forget(RoleState &state, Region &region) {
    auto forgetIn = [&](auto &values) {
      for (auto it = values.begin(); it != values.end();) {
        Value value = Value::getFromOpaquePointer(it->first);
        bool inside = region.isAncestor(value.getParentRegion());
        it = inside ? values.erase(it) : std::next(it);
      }
    };
    forgetIn(state.slots);
    forgetIn(state.accumulators);
  }

  static void canonicalize(States &states) {
    States unique;
    for (RoleState &state : states) {
      state.renumber();
      if (!llvm::is_contained(unique, state))
        unique.push_back(std::move(state));
    }
    states = std::move(unique);
  }

  /// Every stage that is held has a slot by which it can be given back.
  static LogicalResult checkHeld(const States &states) {
    for (const RoleState &state : states)
      for (const HeldStage &stage : state.held) {
        auto isIt = [&](auto &entry) { return entry.second == stage.number; };
        if (llvm::none_of(state.slots, isIt))
          return stage.taken->emitError("stage of a ring is not ")
                 << (isa<RingAcquireOp>(stage.taken) ? "committed" : "released")
                 << " [DLK-P59]";
      }
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Operations
  //===--------------------------------------------------------------------===//

  LogicalResult step(Operation *op, RoleState &state) {
    if (isa<RingAcquireOp, RingWaitOp>(op))
      return take(op, state);
    if (auto commit = dyn_cast<RingCommitOp>(op))
      return stepCommit(commit, state);
    if (auto release = dyn_cast<RingReleaseOp>(op))
      return stepRelease(release, state);
    if (auto view = dyn_cast<SlotViewOp>(op))
      return success(lookup(op, view.getSlot(), state) != nullptr);
    if (auto load = dyn_cast<TmaLoadOp>(op))
      return stepLoad(load, state);
    if (auto begin = dyn_cast<WgmmaBeginOp>(op)) {
      state.accumulators[begin.getResult().getAsOpaquePointer()] = false;
      return success();
    }
    if (auto product = dyn_cast<WgmmaOp>(op))
      return stepProduct(product, state);
    if (auto wait = dyn_cast<WgmmaWaitOp>(op))
      return stepProductWait(wait, state);
    return checkReads(op, state);
  }

  LogicalResult take(Operation *op, RoleState &state) {
    if (static_cast<int64_t>(state.held.size()) == type.getStages()) {
      auto diagnostic = op->emitError("deadlock: the role takes a stage while "
                                      "it holds all stages of the ring: ")
                        << type.getStages() << " [DLK-P106]";
      diagnostic.attachNote(state.held.front().taken->getLoc())
          << "the oldest one";
      return failure();
    }
    state.slots[op->getResult(0).getAsOpaquePointer()] = state.next;
    state.held.push_back({state.next++, 0, op});
    return success();
  }

  /// The stage of `slot`, which `op` uses.
  HeldStage *lookup(Operation *op, Value slot, RoleState &state) {
    auto it = state.slots.find(slot.getAsOpaquePointer());
    if (it == state.slots.end()) {
      op->emitError("cannot follow which stage a slot is [DLK-P54]");
      return nullptr;
    }
    HeldStage *stage = state.find(it->second);
    if (!stage)
      op->emitError("stage of a ring is used after its ")
          << (op->getParentOfType<RolesOp>().getProducer().isAncestor(
                  op->getParentRegion())
                  ? "commit"
                  : "release")
          << " [DLK-P57]";
    return stage;
  }

  LogicalResult checkOldest(Operation *op, HeldStage *stage, RoleState &state) {
    if (stage == state.held.begin())
      return success();
    auto diagnostic = op->emitError("stages of a ring are not given back in "
                                    "the order in which they were taken "
                                    "[DLK-P58]");
    diagnostic.attachNote(state.held.front().taken->getLoc())
        << "an older stage";
    return failure();
  }

  LogicalResult stepCommit(RingCommitOp op, RoleState &state) {
    HeldStage *stage = lookup(op, op.getSlot(), state);
    if (!stage || failed(checkOldest(op, stage, state)))
      return failure();
    size_t buffers = op.getSlot().getType().getBuffers().size();
    for (size_t i = 0; i < buffers; ++i)
      if (!(stage->filled >> i & 1))
        return op.emitError("stage is committed although nothing fills its "
                            "buffer ")
               << i << " [DLK-P104]";
    state.giveBack(stage->number);
    return success();
  }

  LogicalResult stepRelease(RingReleaseOp op, RoleState &state) {
    HeldStage *stage = lookup(op, op.getSlot(), state);
    if (!stage || failed(checkOldest(op, stage, state)))
      return failure();
    for (auto [age, group] : llvm::enumerate(state.groups))
      if (llvm::is_contained(group.stages, stage->number)) {
        auto diagnostic =
            op.emitError("stage is released although a product may still read "
                         "it: a wgmma_wait of pending ")
            << age << " or less must come before [DLK-P56]";
        diagnostic.attachNote(group.product->getLoc()) << "the product";
        return failure();
      }
    for (MapOp map : stage->maps)
      if (failed(checkEvaluated(map, op)))
        return failure();
    state.giveBack(stage->number);
    return success();
  }

  /// A map may be evaluated as late as its result is used.
  static LogicalResult checkEvaluated(MapOp map, RingReleaseOp release) {
    for (Operation *user : map->getUsers()) {
      if (user->getBlock() == release->getBlock() &&
          user->isBeforeInBlock(release))
        continue;
      auto diagnostic = release.emitError(
          "stage is released although a map that reads it may be evaluated "
          "later, where its result is used [DLK-P120]");
      diagnostic.attachNote(user->getLoc()) << "the use";
      return failure();
    }
    return success();
  }

  LogicalResult stepLoad(TmaLoadOp op, RoleState &state) {
    auto view = op.getTarget().getDefiningOp<SlotViewOp>();
    if (!view)
      return op.emitError("cannot follow which stage a tma_load fills "
                          "[DLK-P54]");
    HeldStage *stage = lookup(op, view.getSlot(), state);
    if (!stage)
      return failure();
    uint64_t bit = uint64_t(1) << view.getIndex();
    if (stage->filled & bit)
      return op.emitError("buffer of a stage is filled a second time, but the "
                          "stage counts its bytes once: buffer ")
             << view.getIndex() << " [DLK-P104]";
    stage->filled |= bit;
    return success();
  }

  static bool hasValue(const RoleState &state, Value accumulator) {
    auto it = state.accumulators.find(accumulator.getAsOpaquePointer());
    return it != state.accumulators.end() && it->second;
  }

  LogicalResult stepProduct(WgmmaOp op, RoleState &state) {
    Group group{op, {}};
    for (Value operand : {Value(op.getLhs()), Value(op.getRhs())}) {
      auto view = operand.getDefiningOp<SlotViewOp>();
      if (!view)
        return op.emitError("cannot follow which stage a wgmma reads "
                            "[DLK-P54]");
      HeldStage *stage = lookup(op, view.getSlot(), state);
      if (!stage)
        return failure();
      group.stages.push_back(stage->number);
    }
    bool continues = hasValue(state, op.getAcc());
    if (continues == op.getOverwrite())
      return op.emitError(continues ? "product overwrites an accumulator that "
                                      "has a value [DLK-P108]"
                                    : "product adds to an accumulator that has "
                                      "no value yet [DLK-P108]");
    state.accumulators[op.getResult().getAsOpaquePointer()] = true;
    state.groups.insert(state.groups.begin(), std::move(group));
    return success();
  }

  LogicalResult stepProductWait(WgmmaWaitOp op, RoleState &state) {
    if (!hasValue(state, op.getAcc()))
      return op.emitError("accumulator is waited for that has no value on some "
                          "path [DLK-P108]");
    if (state.groups.size() > static_cast<uint64_t>(op.getPending()))
      state.groups.truncate(op.getPending());
    state.accumulators[op.getResult().getAsOpaquePointer()] = true;
    return success();
  }

  /// Other operations may read a stage that is held.
  LogicalResult checkReads(Operation *op, RoleState &state) {
    for (Value operand : op->getOperands()) {
      auto view = operand.getDefiningOp<SlotViewOp>();
      if (!view)
        continue;
      HeldStage *stage = lookup(op, view.getSlot(), state);
      if (!stage)
        return failure();
      if (auto map = dyn_cast<MapOp>(op);
          map && !llvm::is_contained(stage->maps, map))
        stage->maps.push_back(map);
    }
    return success();
  }

  RingType type;
};

} // namespace

LogicalResult dlk::replayRole(RingCreateOp ring, Region &role) {
  return RoleReplay(ring.getRing().getType()).run(role);
}
