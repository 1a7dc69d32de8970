// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches, calls, exits. A branch that only some lanes take splits the group;
// a called function keeps its return pc per lane in a register, so that lanes
// called from different places may share the callee.

#include "BulkCopies.h"
#include "Code.h"
#include "Cta.h"
#include "Handlers.h"
#include "Interpreter.h"
#include "Memory.h"
#include "SharedShadow.h"
#include "Warpgroups.h"
#include <cstring>

using namespace dlk::exec;

/// The lanes of `mask` go to `target`, the rest of the group to the next pc.
static Step jump(Warp &warp, uint32_t target, Mask mask) {
  splitGroup(warp, mask);
  warp.group().pc = target;
  return Step::Jump;
}

Step dlk::exec::branch(Warp &warp, const Op &op, Mask mask) {
  return jump(warp, uint32_t(op.imm), mask);
}

/// brx.idx: index in a[0]; Op::spec is the table, Op::imm its length.
Step dlk::exec::branchTable(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 &index = warp.r32(op.a[0]);
  const auto *table = static_cast<const uint32_t *>(op.spec);
  Group base = warp.group();
  splitGroup(warp, mask);
  bool first = true;
  for (Mask rest = mask; rest;) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    if (index.v[lane] >= uint32_t(op.imm))
      return warp.fail(op, FindingKind::BadOperand, int(lane),
                       "branch index out of range: " +
                           llvm::Twine(index.v[lane]));
    Mask same = 0;
    forEachLane(rest, [&](unsigned i) {
      same |= Mask(index.v[i] == index.v[lane]) << i;
    });
    rest &= ~same;
    Group part = base;
    part.mask = same;
    part.pc = table[index.v[lane]];
    if (first)
      warp.group() = part;
    else
      warp.groups.push_back(part);
    first = false;
  }
  return Step::Jump;
}

/// a[0]: the callee's return pc register; Op::imm: its first micro-op.
Step dlk::exec::callFunction(Warp &warp, const Op &op, Mask mask) {
  Lanes32 &back = warp.r32(op.a[0]);
  uint32_t next = warp.group().pc + 1;
  forEachLane(mask, [&](unsigned i) { back.v[i] = next; });
  return jump(warp, uint32_t(op.imm), mask);
}

/// a[0]: the function's return pc register.
Step dlk::exec::returnFromFunction(Warp &warp, const Op &op, Mask mask) {
  const Lanes32 back = warp.r32(op.a[0]);
  Group base = warp.group();
  splitGroup(warp, mask);
  bool first = true;
  for (Mask rest = mask; rest;) {
    uint32_t target = back.v[__builtin_ctz(rest)];
    Mask same = 0;
    forEachLane(rest,
                [&](unsigned i) { same |= Mask(back.v[i] == target) << i; });
    rest &= ~same;
    Group part = base;
    part.mask = same;
    part.pc = target;
    if (first)
      warp.group() = part;
    else
      warp.groups.push_back(part);
    first = false;
  }
  return Step::Jump;
}

Step dlk::exec::exitThread(Warp &warp, const Op &op, Mask mask) {
  if (auto violation = warp.cta->shadow->exit(warp.actor, mask))
    warp.fail(op, violation->kind, -1, violation->message);
  if (warp.cta->launch->options->checks.sync)
    if (auto line = warp.cta->cluster->bulk->unfinished(warp, mask))
      warp.fail(op, FindingKind::Leftover, -1,
                "the thread ends without having waited for the bulk store of "
                "line " +
                    llvm::Twine(*line) + " to read its source");
  if (warp.cta->launch->options->checks.sync)
    if (const WgmmaRegisters *own = warp.cta->warpgroups->registersOf(warp))
      if (uint32_t line = own->unfinished())
        warp.fail(op, FindingKind::Leftover, -1,
                  "the thread ends without having waited for the wgmma of "
                  "line " +
                      llvm::Twine(line));
  splitGroup(warp, mask);
  warp.groups.erase(warp.groups.begin() + warp.current);
  warp.current = 0;
  warp.alive &= ~mask;
  warp.cta->exited += uint32_t(__builtin_popcount(mask));
  ++warp.cta->cluster->progress;
  barriersAfterExit(*warp.cta);
  return Step::Jump;
}

Step dlk::exec::trap(Warp &warp, const Op &op, Mask mask) {
  return warp.fail(op, FindingKind::Trap, int(__builtin_ctz(mask)),
                   "the kernel executed trap");
}

/// __assertfail: the pointer to the message is in a[0].
Step dlk::exec::assertFailed(Warp &warp, const Op &op, Mask mask) {
  unsigned lane = unsigned(__builtin_ctz(mask));
  std::string text;
  if (op.a[0] != NoSlot) {
    uint64_t address = warp.r64(op.a[0]).v[lane];
    const auto *block = warp.cta->launch->global->find(address);
    for (; block && address < block->end && text.size() < 200; ++address) {
      char c = *reinterpret_cast<const char *>(address);
      if (!c)
        break;
      text.push_back(c);
    }
  }
  return warp.fail(op, FindingKind::Trap, int(lane),
                   "assertion failed: " + text);
}
