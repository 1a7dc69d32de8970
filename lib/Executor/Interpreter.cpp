// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The warp interpreter. Lanes at the same micro-op form a group. Of the groups
// that can run, the one with the lowest pc does, until it meets another one
// there: code laid out in topological order so converges by itself. A micro-op
// that needs all live lanes parks its group until the others have come.

#include "Interpreter.h"
#include "Code.h"
#include "Handlers.h"
#include "SharedShadow.h"
#include "WgmmaRegisters.h"

using namespace dlk::exec;

Counters &Warp::counts(const Op &op) { return counters[op.origin]; }

void dlk::exec::countParked(Warp &warp, const Op &op, Mask mask) {
  if (!warp.counters)
    return;
  Counters &counters = warp.counts(op);
  ++counters.warpInstructions;
  counters.laneInstructions += uint64_t(__builtin_popcount(mask));
}

static std::string placeText(const Launch &launch, uint32_t file, uint32_t line,
                             uint32_t column) {
  if (!file || file >= launch.sourceFiles.size())
    return "";
  return launch.sourceFiles[file] + ":" + std::to_string(line) + ":" +
         std::to_string(column);
}

std::string dlk::exec::sourceText(const Launch &launch, const Origin &origin) {
  const SourceLoc &loc = origin.loc;
  std::string text = placeText(launch, loc.file, loc.line, loc.column);
  std::string call =
      placeText(launch, loc.callFile, loc.callLine, loc.callColumn);
  return call.empty() ? text : text + " inlined at " + call;
}

Step Warp::fail(const Op &op, FindingKind kind, int lane,
                const llvm::Twine &message) {
  const Origin &origin = cta->launch->code->origins[op.origin];
  Finding finding;
  finding.kind = kind;
  finding.message = message.str();
  finding.ptxLine = origin.line;
  finding.source = sourceText(*cta->launch, origin);
  finding.cta = cta->id;
  finding.warp = index;
  finding.lane = lane;
  cta->cluster->findings.push_back(std::move(finding));
  return Step::Stop;
}

void Warp::warn(const Op &op, FindingKind kind, int lane,
                const llvm::Twine &message) {
  std::vector<Finding> &findings = cta->cluster->findings;
  fail(op, kind, lane, message);
  Finding &fresh = findings.back();
  fresh.warning = !cta->launch->options->checks.strict;
  for (size_t i = 0; i + 1 < findings.size(); ++i)
    if (findings[i].kind == kind && findings[i].ptxLine == fresh.ptxLine) {
      findings.pop_back();
      return;
    }
}

void dlk::exec::splitGroup(Warp &warp, Mask mask) {
  Group rest = warp.group();
  rest.mask &= ~mask;
  if (!rest.mask)
    return;
  ++rest.pc;
  rest.state = Group::Ready;
  warp.group().mask = mask;
  warp.groups.push_back(rest);
}

/// Joins groups that are at the same micro-op in the same state.
static void mergeGroups(Warp &warp) {
  auto &groups = warp.groups;
  for (unsigned i = 0; i < groups.size(); ++i)
    for (unsigned j = i + 1; j < groups.size();) {
      bool same = groups[i].pc == groups[j].pc &&
                  groups[i].state == groups[j].state &&
                  groups[i].wait == groups[j].wait;
      if (!same) {
        ++j;
        continue;
      }
      groups[i].mask |= groups[j].mask;
      groups.erase(groups.begin() + j);
    }
}

/// Groups at bar.warp.sync go on together once all lanes they name are there.
static void releaseWarpSync(Warp &warp) {
  Mask present = 0;
  for (const Group &group : warp.groups)
    if (group.state == Group::WarpSync)
      present |= group.mask;
  for (Group &group : warp.groups) {
    Mask wanted = group.wait & warp.alive;
    if (group.state == Group::WarpSync && (present & wanted) == wanted) {
      if (wanted == warp.alive)
        warp.cta->shadow->together(warp.actor);
      group.state = Group::Ready;
      group.wait = 0;
      ++group.pc;
    }
  }
}

/// Makes a ready group current: the one with the lowest pc, except when that
/// one has used up its turn while others were ready (`after` is its pc): then
/// the next higher one, so that a lane may spin until another lane of its warp
/// acts. False if none is ready.
static bool pickGroup(Warp &warp, uint32_t after) {
  auto &groups = warp.groups;
  for (Group &group : groups) {
    if (group.state == Group::Converge)
      group.wait &= warp.alive;
    uint32_t progress = uint32_t(warp.cta->cluster->progress);
    if (group.state == Group::Polling && group.wait != progress) {
      group.state = Group::Ready;
      group.wait = 0;
    }
  }
  releaseWarpSync(warp);
  if (groups.size() > 1)
    mergeGroups(warp);
  bool found = false;
  for (unsigned i = 0; i < groups.size(); ++i) {
    Group &group = groups[i];
    if (group.state == Group::Converge &&
        (group.mask & group.wait) == group.wait) {
      group.state = Group::Ready;
      group.wait = 0;
    }
    if (group.state != Group::Ready)
      continue;
    auto rank = [&](uint32_t pc) { return pc - after; }; // wraps around
    if (found && rank(groups[warp.current].pc) <= rank(group.pc))
      continue;
    warp.current = i;
    found = true;
  }
  return found;
}

/// The lowest pc among the other ready groups: there the current one stops.
static uint32_t nextStop(const Warp &warp) {
  uint32_t stop = UINT32_MAX;
  for (unsigned i = 0; i < warp.groups.size(); ++i)
    if (i != warp.current && (warp.groups[i].state == Group::Ready ||
                              warp.groups[i].state == Group::Converge))
      if (warp.groups[i].pc > warp.groups[warp.current].pc)
        stop = std::min(stop, warp.groups[i].pc);
  return stop;
}

static void reportDivergence(Warp &warp, const Op &op, Mask mask) {
  warp.fail(op, FindingKind::Divergence, -1,
            "needs all lanes of the warp, but its guard holds only for 0x" +
                llvm::Twine::utohexstr(mask));
}

namespace {
enum class Turn { Again, Done, Waiting, Stopped };
}

/// What to do after a handler that did not simply go on.
static Turn afterStep(Warp &warp, Step step, uint32_t pc) {
  switch (step) {
  case Step::Next:
  case Step::Jump:
    return Turn::Again;
  case Step::Block:
    warp.group().pc = pc + 1;
    return Turn::Again;
  case Step::Retry:
    return Turn::Again;
  case Step::Yield:
    warp.group().pc = pc + 1;
    warp.group().state = Group::Polling;
    warp.group().wait = uint32_t(warp.cta->cluster->progress);
    return Turn::Again;
  case Step::Stop:
    return Turn::Stopped;
  }
  return Turn::Stopped;
}

/// Runs the current group until it stops being the one to run. `left` counts
/// down the quota.
template <bool Stats>
static Turn runGroup(Warp &warp, const Op *ops, uint64_t &left) {
  Group *group = &warp.group();
  uint32_t pc = group->pc, stop = nextStop(warp);
  while (left) {
    const Op &op = ops[pc];
    Mask mask = group->mask;
    if (op.guard != NoSlot) {
      Mask guard = warp.predicate(op.guard);
      mask &= op.guardNegated ? ~guard : guard;
    }
    --left;
    Step step = Step::Next;
    if (mask) {
      group->pc = pc;
      if (op.ofWgmma && !touchWgmmaRegisters(warp, op))
        return Turn::Stopped;
      if (op.aligned) {
        if (group->mask != warp.alive) {
          group->state = Group::Converge;
          group->wait = warp.alive;
          return Turn::Again;
        }
        if (mask != group->mask) {
          reportDivergence(warp, op, mask);
          return Turn::Stopped;
        }
      }
      step = op.run(warp, op, mask);
      if (Stats && step != Step::Retry) {
        Counters &counters = warp.counts(op);
        ++counters.warpInstructions;
        counters.laneInstructions += uint64_t(__builtin_popcount(mask));
      }
    }
    if (step == Step::Next) {
      if (++pc != stop)
        continue;
      warp.group().pc = pc;
      return Turn::Again;
    }
    if (step == Step::Jump && warp.groups.size() == 1) {
      group = &warp.group();
      pc = group->pc;
      stop = UINT32_MAX;
      continue;
    }
    return afterStep(warp, step, pc);
  }
  warp.group().pc = pc;
  return Turn::Again;
}

WarpStatus dlk::exec::runWarp(Warp &warp, uint64_t quota) {
  const Op *ops = warp.cta->launch->code->ops.data();
  uint64_t left = quota;
  WarpStatus status = WarpStatus::Quota;
  uint32_t after = warp.startAfter;
  warp.startAfter = 0;
  while (left) {
    if (warp.groups.empty()) {
      status = WarpStatus::Done;
      break;
    }
    if (!pickGroup(warp, after)) {
      status = WarpStatus::Waiting;
      break;
    }
    after = 0;
    Turn turn = warp.counters ? runGroup<true>(warp, ops, left)
                              : runGroup<false>(warp, ops, left);
    if (turn == Turn::Stopped) {
      status = WarpStatus::Stopped;
      break;
    }
  }
  if (status == WarpStatus::Quota && warp.groups.size() > 1)
    warp.startAfter = warp.group().pc + 1;
  warp.steps += quota - left;
  warp.cta->cluster->steps += quota - left;
  return status;
}
