// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Instructions in which lanes of a warp exchange values. Each names its members
// by a mask; the group waits until all of them that live are here.

#include "Cta.h"
#include "Handlers.h"
#include "Interpreter.h"
#include "SharedShadow.h"
#include <algorithm>

using namespace dlk::exec;

/// Are all members present? If not, either others are still on their way, and
/// the group waits (Retry), or they are here but predicated off (Stop).
static Step gather(Warp &warp, const Op &op, Mask mask, Mask members) {
  members &= warp.exists;
  unsigned lane = unsigned(__builtin_ctz(mask));
  if (mask & ~members)
    return warp.fail(op, FindingKind::BarrierMisuse,
                     __builtin_ctz(mask & ~members),
                     "lane executes a .sync instruction whose member mask 0x" +
                         llvm::Twine::utohexstr(members) + " does not name it");
  Mask wanted = members & warp.alive;
  if ((mask & wanted) == wanted)
    return Step::Next;
  if (warp.group().mask & wanted & ~mask)
    return warp.fail(op, FindingKind::Divergence, int(lane),
                     "member mask 0x" + llvm::Twine::utohexstr(members) +
                         " names lanes that the guard excludes");
  warp.group().state = Group::Converge;
  warp.group().wait = wanted;
  return Step::Retry;
}

/// Runs `body` for each set of lanes that name the same members; once all of
/// them are complete.
template <class Body>
static Step collective(Warp &warp, const Op &op, Mask mask, Slot members,
                       Body body) {
  const Lanes32 &named = warp.r32(members);
  auto sameAs = [&](unsigned lane, Mask among) {
    Mask same = 0;
    forEachLane(among, [&](unsigned i) {
      same |= Mask(named.v[i] == named.v[lane]) << i;
    });
    return same;
  };
  Mask sets[WarpSize];
  unsigned count = 0;
  for (Mask rest = mask; rest; rest &= ~sets[count++]) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    sets[count] = sameAs(lane, rest);
    Step ready = gather(warp, op, sets[count], named.v[lane]);
    if (ready != Step::Next)
      return ready;
  }
  for (unsigned i = 0; i < count; ++i)
    if (Step step = body(sets[i]); step != Step::Next)
      return step;
  return Step::Next;
}

/// shfl.sync: d a[0], p a[1] or NoSlot, value a[2], lane b a[3], then c and the
/// member mask in more[0] and more[1]. Op::imm is the mode.
static Step shuffleSet(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 value = warp.r32(op.a[2]);
  const Lanes32 b = warp.r32(op.a[3]);
  const Lanes32 c = warp.r32(op.more[0]);
  Lanes32 &d = warp.r32(op.a[0]);
  Mask inRange = 0;
  for (Mask rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    uint32_t clamp = c.v[lane] & 31, segment = (c.v[lane] >> 8) & 31;
    uint32_t low = lane & segment, high = (lane & segment) | (clamp & ~segment);
    uint32_t offset = b.v[lane] & 31;
    int32_t from = 0;
    bool valid = false;
    switch (ShuffleMode(op.imm)) {
    case ShuffleMode::Up:
      from = int32_t(lane) - int32_t(offset);
      valid = from >= int32_t(high);
      break;
    case ShuffleMode::Down:
      from = int32_t(lane + offset);
      valid = from <= int32_t(high);
      break;
    case ShuffleMode::Bfly:
      from = int32_t(lane ^ offset);
      valid = from <= int32_t(high);
      break;
    case ShuffleMode::Idx:
      from = int32_t(low | (offset & ~segment));
      valid = from <= int32_t(high);
      break;
    }
    if (!valid)
      from = int32_t(lane);
    if (!(mask >> from & 1))
      return warp.fail(op, FindingKind::BadOperand, int(lane),
                       "shfl reads lane " + llvm::Twine(from) +
                           ", which does not take part");
    d.v[lane] = value.v[from];
    inRange |= Mask(valid) << lane;
  }
  if (op.a[1] != NoSlot) {
    Mask &p = warp.predicate(op.a[1]);
    p = (p & ~mask) | inRange;
  }
  return Step::Next;
}
Step dlk::exec::shuffle(Warp &warp, const Op &op, Mask mask) {
  return collective(warp, op, mask, op.more[1],
                    [&](Mask set) { return shuffleSet(warp, op, set); });
}

/// vote.sync.{all,any,uni}: p a[0], source a[1], members a[2].
static Step voteSet(Warp &warp, const Op &op, Mask mask) {
  Mask set = warp.predicate(op.a[1]) & mask;
  bool result = false;
  switch (VoteMode(op.imm)) {
  case VoteMode::All:
    result = set == mask;
    break;
  case VoteMode::Any:
    result = set != 0;
    break;
  case VoteMode::Uni:
    result = set == 0 || set == mask;
    break;
  }
  Mask &p = warp.predicate(op.a[0]);
  p = (p & ~mask) | (result ? mask : 0);
  return Step::Next;
}
Step dlk::exec::vote(Warp &warp, const Op &op, Mask mask) {
  return collective(warp, op, mask, op.a[2],
                    [&](Mask set) { return voteSet(warp, op, set); });
}

static void broadcast(Lanes32 &d, Mask mask, uint32_t value) {
  forEachLane(mask, [&](unsigned i) { d.v[i] = value; });
}

Step dlk::exec::ballot(Warp &warp, const Op &op, Mask mask) {
  return collective(warp, op, mask, op.a[2], [&](Mask set) {
    broadcast(warp.r32(op.a[0]), set, warp.predicate(op.a[1]) & set);
    return Step::Next;
  });
}

/// match: d a[0], p a[1] or NoSlot, value a[2], members a[3].
template <class Lanes>
static Step matchAnySet(Warp &warp, const Op &op, Mask mask,
                        const Lanes &value) {
  Lanes copy = value;
  Lanes32 &d = warp.r32(op.a[0]);
  forEachLane(mask, [&](unsigned i) {
    Mask same = 0;
    forEachLane(mask,
                [&](unsigned j) { same |= Mask(copy.v[i] == copy.v[j]) << j; });
    d.v[i] = same;
  });
  return Step::Next;
}

template <class Lanes>
static Step matchAllSet(Warp &warp, const Op &op, Mask mask,
                        const Lanes &value) {
  bool equal = true;
  unsigned first = unsigned(__builtin_ctz(mask));
  forEachLane(mask, [&](unsigned i) { equal &= value.v[i] == value.v[first]; });
  broadcast(warp.r32(op.a[0]), mask, equal ? mask : 0);
  if (op.a[1] != NoSlot) {
    Mask &p = warp.predicate(op.a[1]);
    p = (p & ~mask) | (equal ? mask : 0);
  }
  return Step::Next;
}

Step dlk::exec::matchAny32(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 value = warp.r32(op.a[2]);
  return collective(warp, op, mask, op.a[3], [&](Mask set) {
    return matchAnySet(warp, op, set, value);
  });
}
Step dlk::exec::matchAny64(Warp &warp, const Op &op, Mask mask) {
  const Lanes64 value = warp.r64(op.a[2]);
  return collective(warp, op, mask, op.a[3], [&](Mask set) {
    return matchAnySet(warp, op, set, value);
  });
}
Step dlk::exec::matchAll32(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 value = warp.r32(op.a[2]);
  return collective(warp, op, mask, op.a[3], [&](Mask set) {
    return matchAllSet(warp, op, set, value);
  });
}
Step dlk::exec::matchAll64(Warp &warp, const Op &op, Mask mask) {
  const Lanes64 value = warp.r64(op.a[2]);
  return collective(warp, op, mask, op.a[3], [&](Mask set) {
    return matchAllSet(warp, op, set, value);
  });
}

/// redux.sync: d a[0], value a[1], members a[2]; Op::imm is the operation, plus
/// 256 for signed comparison.
static Step reduxSet(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 &value = warp.r32(op.a[1]);
  // Flipping the sign bit makes signed order unsigned.
  uint32_t flip = op.imm & 0x100 ? 0x80000000u : 0;
  uint32_t result = value.v[__builtin_ctz(mask)];
  forEachLane(mask & (mask - 1), [&](unsigned i) {
    uint32_t x = value.v[i];
    switch (ReduxOp(op.imm & 0xff)) {
    case ReduxOp::Add:
      result += x;
      break;
    case ReduxOp::Min:
      result = (x ^ flip) < (result ^ flip) ? x : result;
      break;
    case ReduxOp::Max:
      result = (x ^ flip) > (result ^ flip) ? x : result;
      break;
    case ReduxOp::And:
      result &= x;
      break;
    case ReduxOp::Or:
      result |= x;
      break;
    case ReduxOp::Xor:
      result ^= x;
      break;
    }
  });
  broadcast(warp.r32(op.a[0]), mask, result);
  return Step::Next;
}
Step dlk::exec::redux(Warp &warp, const Op &op, Mask mask) {
  return collective(warp, op, mask, op.a[2],
                    [&](Mask set) { return reduxSet(warp, op, set); });
}

Step dlk::exec::activeMask(Warp &warp, const Op &op, Mask mask) {
  broadcast(warp.r32(op.a[0]), mask, mask);
  return Step::Next;
}

/// Any lane may be elected, but of the same members always the same one.
static unsigned electedLane(const Options &options, Mask members) {
  if (options.order == WarpOrder::Random)
    for (uint64_t skip = (options.seed * 0x9e3779b97f4a7c15u >> 40) %
                         unsigned(__builtin_popcount(members));
         skip; --skip)
      members &= members - 1;
  return unsigned(__builtin_ctz(members));
}

/// elect.sync: leader's lane a[0], predicate a[1], members a[2].
static Step electSet(Warp &warp, const Op &op, Mask mask) {
  unsigned leader = electedLane(*warp.cta->launch->options, mask);
  broadcast(warp.r32(op.a[0]), mask, leader);
  Mask &p = warp.predicate(op.a[1]);
  p = (p & ~mask) | (Mask(1) << leader);
  return Step::Next;
}
Step dlk::exec::elect(Warp &warp, const Op &op, Mask mask) {
  return collective(warp, op, mask, op.a[2],
                    [&](Mask set) { return electSet(warp, op, set); });
}

/// bar.warp.sync: members a[0]. Groups at different places may meet here.
Step dlk::exec::warpSync(Warp &warp, const Op &op, Mask mask) {
  Mask members = warp.r32(op.a[0]).v[__builtin_ctz(mask)] & warp.exists;
  Mask wanted = members & warp.alive;
  if ((mask & wanted) == wanted) {
    if (mask == warp.alive)
      warp.cta->shadow->together(warp.actor);
    return Step::Next;
  }
  countParked(warp, op, mask);
  splitGroup(warp, mask);
  warp.group().state = Group::WarpSync;
  warp.group().wait = wanted;
  return Step::Retry; // released by the interpreter, past this micro-op
}
