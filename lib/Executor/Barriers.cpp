// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// bar.sync, bar.arrive, bar.red of a CTA's 16 barriers, and barrier.cluster.
// Without a thread count a barrier waits for every thread that has not exited;
// with one, whole warps count 32 each, as the hardware does.

#include "Code.h"
#include "Cta.h"
#include "Handlers.h"
#include "Interpreter.h"
#include "SharedShadow.h"

using namespace dlk::exec;

static bool isComplete(const Cta &cta, const CtaBarrier &barrier) {
  if (barrier.countGiven)
    return barrier.arrived >= barrier.expected;
  for (const Warp &warp : cta.warps)
    if (warp.alive & ~barrier.lanes[warp.index])
      return false;
  return true;
}

static uint32_t votedResult(const CtaBarrier &barrier, BarrierKind kind) {
  switch (kind) {
  case BarrierKind::RedPopc:
    return barrier.votes;
  case BarrierKind::RedAnd:
    return barrier.votes == barrier.voters;
  case BarrierKind::RedOr:
    return barrier.votes != 0;
  default:
    return 0;
  }
}

static void deliverVote(Warp &warp, const Op &op, Mask mask,
                        const CtaBarrier &barrier) {
  auto kind = BarrierKind(op.imm);
  if (kind == BarrierKind::Sync || kind == BarrierKind::Arrive)
    return;
  uint32_t result = votedResult(barrier, kind);
  if (kind == BarrierKind::RedPopc) {
    Lanes32 &d = warp.r32(op.a[3]);
    forEachLane(mask, [&](unsigned i) { d.v[i] = result; });
  } else {
    Mask &p = warp.predicate(op.a[3]);
    p = (p & ~mask) | (result ? mask : 0);
  }
}

bool dlk::exec::tryCompleteBarrier(Cta &cta, unsigned number) {
  CtaBarrier &barrier = cta.barriers[number];
  if (!barrier.inUse || !isComplete(cta, barrier))
    return false;
  const Op *ops = cta.launch->code->ops.data();
  for (Warp &warp : cta.warps)
    for (Group &group : warp.groups)
      if (group.state == Group::Barrier && group.wait == number) {
        group.state = Group::Ready;
        group.wait = 0;
        deliverVote(warp, ops[group.pc], group.mask, barrier);
        ++group.pc;
        cta.shadow->leave(number, warp.actor);
      }
  cta.shadow->resetBarrier(number);
  barrier = CtaBarrier();
  ++cta.cluster->progress;
  return true;
}

void dlk::exec::barriersAfterExit(Cta &cta) {
  for (unsigned number = 0; number < cta.barriers.size(); ++number)
    if (cta.barriers[number].inUse && !cta.barriers[number].countGiven)
      tryCompleteBarrier(cta, number);
  tryCompleteClusterBarrier(*cta.cluster);
}

/// The thread count must be the same for all that use the barrier at a time.
static bool checkCount(Warp &warp, const Op &op, CtaBarrier &barrier,
                       unsigned number, uint32_t expected, bool given) {
  if (given && (expected == 0 || expected % WarpSize)) {
    warp.fail(op, FindingKind::BarrierMisuse, -1,
              "thread count is no positive multiple of 32: " +
                  llvm::Twine(expected));
    return false;
  }
  if (barrier.inUse &&
      (barrier.countGiven != given || barrier.expected != expected)) {
    warp.fail(op, FindingKind::BarrierMisuse, -1,
              "barrier " + llvm::Twine(number) + " is in use with " +
                  llvm::Twine(barrier.expected) + " threads since line " +
                  llvm::Twine(barrier.line) + ", here it has " +
                  llvm::Twine(expected));
    return false;
  }
  barrier.expected = expected;
  barrier.countGiven = given;
  if (!barrier.inUse)
    barrier.line = warp.cta->launch->code->origins[op.origin].line;
  barrier.inUse = true;
  return true;
}

Step dlk::exec::barrier(Warp &warp, const Op &op, Mask mask) {
  unsigned lane = unsigned(__builtin_ctz(mask));
  uint32_t number = warp.r32(op.a[0]).v[lane];
  auto kind = BarrierKind(op.imm);
  Cta &cta = *warp.cta;
  if (number >= cta.barriers.size())
    return warp.fail(op, FindingKind::BarrierMisuse, int(lane),
                     "there are 16 barriers, not " + llvm::Twine(number));
  CtaBarrier &barrier = cta.barriers[number];
  barrier.lanes.resize(cta.warps.size());
  bool given = op.a[1] != NoSlot;
  uint32_t expected = given ? warp.r32(op.a[1]).v[lane] : cta.threads;
  if (!checkCount(warp, op, barrier, number, expected, given))
    return Step::Stop;
  if (!given && (barrier.lanes[warp.index] & mask))
    return warp.fail(op, FindingKind::BarrierMisuse, int(lane),
                     "threads arrive twice at barrier " + llvm::Twine(number));
  barrier.lanes[warp.index] |= mask;
  barrier.arrived +=
      mask == warp.alive ? WarpSize : uint32_t(__builtin_popcount(mask));
  if (given && barrier.arrived > expected)
    return warp.fail(op, FindingKind::BarrierMisuse, int(lane),
                     "more than " + llvm::Twine(expected) +
                         " threads arrive at barrier " + llvm::Twine(number));
  if (op.a[2] != NoSlot) {
    barrier.votes +=
        uint32_t(__builtin_popcount(warp.predicate(op.a[2]) & mask));
    barrier.voters += uint32_t(__builtin_popcount(mask));
  }
  cta.shadow->arrive(number, warp.actor);
  if (mask == warp.alive)
    cta.shadow->together(warp.actor);
  ++cta.cluster->progress;
  if (kind == BarrierKind::Arrive) {
    tryCompleteBarrier(cta, number);
    return Step::Next;
  }
  countParked(warp, op, mask);
  if (warp.counters)
    ++warp.counts(op).barrierWaits;
  splitGroup(warp, mask);
  warp.group().state = Group::Barrier;
  warp.group().wait = number;
  tryCompleteBarrier(cta, number);
  return Step::Retry; // released past this micro-op
}

/// Where the clocks of a phase of the cluster barrier meet. Below all places of
/// the CTAs; two take turns, since a warp may arrive again before another one
/// has left.
static uint64_t clusterPlace(uint32_t phase) { return phase & 1; }

void dlk::exec::tryCompleteClusterBarrier(Cluster &cluster) {
  uint32_t alive = 0;
  for (const Cta &cta : cluster.ctas)
    alive += cta.threads - cta.exited;
  if (cluster.barrierArrived == 0 || cluster.barrierArrived < alive)
    return;
  cluster.barrierArrived = 0;
  uint64_t place = clusterPlace(cluster.barrierPhase++);
  cluster.clocks->reset(clusterPlace(cluster.barrierPhase));
  ++cluster.progress;
  for (Cta &cta : cluster.ctas)
    for (Warp &warp : cta.warps)
      for (Group &group : warp.groups)
        if (group.state == Group::Cluster) {
          group.state = Group::Ready;
          ++group.pc;
          cluster.clocks->takeOver(place, warp.actor);
        }
}

Step dlk::exec::clusterArrive(Warp &warp, const Op &op, Mask mask) {
  Cluster &cluster = *warp.cta->cluster;
  warp.clusterPhase = cluster.barrierPhase;
  cluster.barrierArrived += uint32_t(__builtin_popcount(mask));
  cluster.clocks->publish(clusterPlace(warp.clusterPhase), warp.actor);
  ++cluster.progress;
  tryCompleteClusterBarrier(cluster);
  return Step::Next;
}

Step dlk::exec::clusterWait(Warp &warp, const Op &op, Mask mask) {
  if (warp.counters)
    ++warp.counts(op).barrierWaits;
  if (warp.cta->cluster->barrierPhase != warp.clusterPhase) {
    warp.cta->cluster->clocks->takeOver(clusterPlace(warp.clusterPhase),
                                        warp.actor);
    return Step::Next;
  }
  countParked(warp, op, mask);
  warp.group().state = Group::Cluster;
  return Step::Retry;
}
