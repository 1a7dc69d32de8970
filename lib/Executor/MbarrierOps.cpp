// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of mbarrier.*. An arrival publishes the warp's past with the
// barrier, a successful wait takes over what belongs to completed phases. A
// wait that fails lets copies land that signal the barrier (if the policy says
// so) and then yields until something in the cluster has changed.

#include "MbarrierOps.h"
#include "BulkCopies.h"
#include "Code.h"
#include "Handlers.h"
#include "HopperSpecs.h"
#include "Memory.h"
#include "SharedShadow.h"

using namespace dlk::exec;

static uint64_t arrivedPlace(uint32_t offset) {
  return SharedShadow::MbarrierPlace + 2 * uint64_t(offset);
}
static uint64_t completedPlace(uint32_t offset) {
  return arrivedPlace(offset) + 1;
}

void dlk::exec::afterMbarrier(Cta &cta, uint32_t offset,
                              const Mbarriers::Outcome &outcome) {
  ++cta.cluster->progress;
  if (outcome.completed)
    cta.shadow->pass(arrivedPlace(offset), completedPlace(offset));
}

bool dlk::exec::sharedPlace(Warp &warp, const std::byte *at, SharedPlace &out) {
  for (Cta &cta : warp.cta->cluster->ctas)
    if (at >= cta.shared && at < cta.shared + cta.sharedBytes) {
      out = {&cta, uint32_t(at - cta.shared)};
      return true;
    }
  return false;
}

bool dlk::exec::locateMbarrier(Warp &warp, const Op &op, Space space,
                               uint64_t address, unsigned lane, Access access,
                               SharedPlace &out) {
  std::byte *at = warp.resolve(op, space, address, 8, access, lane);
  if (!at)
    return false;
  if (sharedPlace(warp, at, out))
    return true;
  warp.fail(op, FindingKind::BadOperand, int(lane),
            "mbarrier outside shared memory: address 0x" +
                llvm::Twine::utohexstr(address));
  return false;
}

Mbarrier *dlk::exec::mbarrierAt(Warp &warp, const Op &op, unsigned lane,
                                SharedPlace place) {
  std::string error;
  Mbarrier *barrier = place.cta->mbarriers->find(place.offset, error);
  if (!barrier)
    warp.fail(op, FindingKind::BarrierMisuse, int(lane),
              error + " (shared address 0x" +
                  llvm::Twine::utohexstr(place.offset + SharedBase) + ")");
  return barrier;
}

static Step misuse(Warp &warp, const Op &op, unsigned lane,
                   const std::string &error) {
  return warp.fail(op, FindingKind::BarrierMisuse, int(lane), error);
}

/// Calls body(lane, place) for each lane, until one returns false.
template <class Body>
static bool forEachBarrier(Warp &warp, const Op &op, Mask mask, Access access,
                           Body body) {
  const auto &spec = *static_cast<const MbarrierSpec *>(op.spec);
  LaneAddresses addresses;
  gatherAddresses(warp, op.a[0], spec.wideAddress, op.imm, addresses);
  for (Mask rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    SharedPlace place;
    if (!locateMbarrier(warp, op, spec.space, addresses.v[lane], lane, access,
                        place) ||
        !body(lane, place))
      return false;
  }
  return true;
}

Step dlk::exec::mbarrierInit(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 &counts = warp.r32(op.a[1]);
  bool fine = forEachBarrier(
      warp, op, mask, Access::Write, [&](unsigned lane, SharedPlace place) {
        std::string error =
            place.cta->mbarriers->init(place.offset, counts.v[lane]);
        ++warp.cta->cluster->progress;
        if (!error.empty())
          misuse(warp, op, lane, error);
        return error.empty();
      });
  return fine ? Step::Next : Step::Stop;
}

Step dlk::exec::mbarrierInval(Warp &warp, const Op &op, Mask mask) {
  bool fine = forEachBarrier(
      warp, op, mask, Access::Write, [&](unsigned lane, SharedPlace place) {
        std::string error = place.cta->mbarriers->inval(place.offset);
        if (!error.empty())
          misuse(warp, op, lane, error);
        return error.empty();
      });
  return fine ? Step::Next : Step::Stop;
}

/// One lane's arrival; the tx-count is raised first.
static bool arriveLane(Warp &warp, const Op &op, unsigned lane,
                       SharedPlace place, uint64_t &state) {
  const auto &spec = *static_cast<const MbarrierSpec *>(op.spec);
  Mbarrier *barrier = mbarrierAt(warp, op, lane, place);
  if (!barrier)
    return false;
  uint32_t operand = op.a[1] == NoSlot ? 1 : warp.r32(op.a[1]).v[lane];
  Mbarriers &all = *place.cta->mbarriers;
  if (spec.expectTx) {
    barrier->txOrigin = op.origin;
    auto outcome = all.addTx(*barrier, operand);
    if (!outcome.error.empty())
      return misuse(warp, op, lane, outcome.error), false;
  }
  state = barrier->token();
  place.cta->shadow->publish(arrivedPlace(place.offset), warp.actor);
  auto outcome = all.arrive(*barrier, spec.expectTx ? 1 : operand, spec.drop,
                            spec.noComplete);
  if (!outcome.error.empty())
    return misuse(warp, op, lane, outcome.error), false;
  afterMbarrier(*place.cta, place.offset, outcome);
  return true;
}

Step dlk::exec::mbarrierArrive(Warp &warp, const Op &op, Mask mask) {
  Lanes64 states;
  if (!forEachBarrier(
          warp, op, mask, Access::Read, [&](unsigned lane, SharedPlace place) {
            return arriveLane(warp, op, lane, place, states.v[lane]);
          }))
    return Step::Stop;
  if (op.a[2] != NoSlot) {
    Lanes64 &d = warp.r64(op.a[2]);
    forEachLane(mask, [&](unsigned lane) { d.v[lane] = states.v[lane]; });
  }
  return Step::Next;
}

/// expect_tx and complete_tx.
Step dlk::exec::mbarrierTx(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MbarrierSpec *>(op.spec);
  const Lanes32 &bytes = warp.r32(op.a[1]);
  bool fine = forEachBarrier(
      warp, op, mask, Access::Read, [&](unsigned lane, SharedPlace place) {
        Mbarrier *barrier = mbarrierAt(warp, op, lane, place);
        if (!barrier)
          return false;
        int64_t change = bytes.v[lane];
        barrier->txOrigin = op.origin;
        if (spec.completeTx)
          place.cta->shadow->publish(arrivedPlace(place.offset), warp.actor);
        auto outcome = place.cta->mbarriers->addTx(
            *barrier, spec.completeTx ? -change : change);
        if (!outcome.error.empty())
          return misuse(warp, op, lane, outcome.error), false;
        afterMbarrier(*place.cta, place.offset, outcome);
        return true;
      });
  return fine ? Step::Next : Step::Stop;
}

/// Makes an arrival whose copies may land now; false if there is none.
static bool makeCopyArrival(Warp &warp, const Op &op, unsigned lane,
                            Mbarrier &barrier) {
  Cta &cta = *warp.cta;
  uint32_t offset = barrier.offset;
  uint64_t place = 0;
  if (!cta.shadow->copies.takeArrival(offset, place))
    return false;
  cta.shadow->passFrom(place, arrivedPlace(offset));
  auto outcome = cta.mbarriers->arrive(barrier, 1, false, false);
  if (!outcome.error.empty())
    return misuse(warp, op, lane, outcome.error), false;
  afterMbarrier(cta, offset, outcome);
  return true;
}

Step dlk::exec::mbarrierCopyArrive(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MbarrierSpec *>(op.spec);
  AsyncPolicy policy = warp.cta->launch->options->async;
  bool fine = forEachBarrier(
      warp, op, mask, Access::Read, [&](unsigned lane, SharedPlace place) {
        Mbarrier *barrier = mbarrierAt(warp, op, lane, place);
        if (!barrier)
          return false;
        std::string error =
            spec.noIncrement ? "" : place.cta->mbarriers->addPending(*barrier);
        if (!error.empty())
          return misuse(warp, op, lane, error), false;
        warp.cta->shadow->copies.arriveLater(warp.actor, lane, place.offset);
        if (policy == AsyncPolicy::Immediate)
          makeCopyArrival(warp, op, lane, *barrier);
        return true;
      });
  return fine ? Step::Next : Step::Stop;
}

static bool isDone(Warp &warp, const Op &op, unsigned lane,
                   const Mbarrier &barrier) {
  const auto &spec = *static_cast<const MbarrierSpec *>(op.spec);
  return spec.parity ? barrier.parityDone(warp.r32(op.a[1]).v[lane])
                     : barrier.tokenDone(warp.r64(op.a[1]).v[lane]);
}

Step dlk::exec::mbarrierWait(Warp &warp, const Op &op, Mask mask) {
  Mask done = 0;
  bool fine = forEachBarrier(
      warp, op, mask, Access::Read, [&](unsigned lane, SharedPlace place) {
        if (place.cta != warp.cta)
          return misuse(warp, op, lane, "waits at an mbarrier of another CTA"),
                 false;
        Mbarrier *barrier = mbarrierAt(warp, op, lane, place);
        if (!barrier)
          return false;
        BulkCopies &bulk = *warp.cta->cluster->bulk;
        while (!isDone(warp, op, lane, *barrier) &&
               (bulk.deliverFor(*warp.cta, place.offset) ||
                makeCopyArrival(warp, op, lane, *barrier)))
          ;
        if (!isDone(warp, op, lane, *barrier))
          return true;
        done |= Mask(1) << lane;
        barrier->waited = true;
        SharedShadow &shadow = *warp.cta->shadow;
        shadow.takeOver(completedPlace(place.offset), warp.actor);
        if (barrier->last)
          barrier->last->seen(warp.actor, shadow.now(warp.actor));
        return true;
      });
  if (!fine)
    return Step::Stop;
  if (warp.counters) {
    ++warp.counts(op).barrierWaits;
    warp.counts(op).failedPolls += done != mask;
  }
  Mask &p = warp.predicate(op.a[2]);
  p = (p & ~mask) | done;
  if (done == mask)
    return Step::Next;
  return Step::Yield;
}

Step dlk::exec::mbarrierPending(Warp &warp, const Op &op, Mask mask) {
  Lanes32 &d = warp.r32(op.a[2]);
  const Lanes64 &state = warp.r64(op.a[1]);
  forEachLane(mask, [&](unsigned i) { d.v[i] = state.v[i] & 0xfffff; });
  return Step::Next;
}

const Op &dlk::exec::polledOp(const Warp &warp, const Group &group) {
  const Op *ops = warp.cta->launch->code->ops.data();
  // A failed mbarrier wait has gone on by one.
  bool waits = group.state == Group::Polling && group.pc > 0 &&
               ops[group.pc].run != wgmmaWait &&
               ops[group.pc].run != setMaxRegisters &&
               ops[group.pc - 1].run == mbarrierWait;
  return ops[waits ? group.pc - 1 : group.pc];
}

std::string dlk::exec::describePoll(const Warp &warp, const Group &group) {
  const Op &op = polledOp(warp, group);
  if (op.run == wgmmaWait)
    return "waits for a wgmma that not all four warps have issued";
  if (op.run == setMaxRegisters)
    return "waits for registers that other warps have not given back";
  if (op.run != mbarrierWait)
    return "polls without success";
  const auto &spec = *static_cast<const MbarrierSpec *>(op.spec);
  Warp &reader = const_cast<Warp &>(warp);
  LaneAddresses addresses;
  gatherAddresses(reader, op.a[0], spec.wideAddress, op.imm, addresses);
  unsigned lane = unsigned(__builtin_ctz(group.mask));
  uint64_t address = addresses.v[lane] & ~WindowMask;
  std::string error;
  Mbarrier *barrier =
      warp.cta->mbarriers->find(uint32_t(address) - SharedBase, error);
  std::string text = ("polls the mbarrier at shared address 0x" +
                      llvm::Twine::utohexstr(address))
                         .str();
  if (spec.parity)
    text += " for parity " + std::to_string(reader.r32(op.a[1]).v[lane] & 1);
  return text + ": " + (barrier ? barrier->str() : error);
}

/// fence.proxy.async
Step dlk::exec::proxyFence(Warp &warp, const Op &, Mask mask) {
  warp.cta->shadow->fence(warp.actor, mask);
  return Step::Next;
}

/// fence.mbarrier_init: for the async proxy too the barriers are now there.
Step dlk::exec::mbarrierInitFence(Warp &warp, const Op &, Mask) {
  warp.cta->mbarriers->fenceInits();
  return Step::Next;
}
