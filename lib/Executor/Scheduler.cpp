// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the warps of a cluster in turn until all are done. A failed poll of an
// mbarrier lets the others go first; if a round changes nothing, it goes on
// with its answer. A round in which every warp waits, or goes round in circles,
// is a deadlock: the verdict is exact. Where other clusters may write what this
// one reads, all of them must be stuck.

#include "BulkCopies.h"
#include "Code.h"
#include "HopperSpecs.h"
#include "Interpreter.h"
#include "Mbarrier.h"
#include "SharedShadow.h"
#include "SpinWatch.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace dlk::exec;

Cta::Cta() = default;
Cta::~Cta() = default;
Cta::Cta(Cta &&) noexcept = default;

static std::string dim(Dim3 d) {
  return std::to_string(d.x) + "," + std::to_string(d.y) + "," +
         std::to_string(d.z);
}

static std::string waitsFor(const Warp &warp, const Group &group) {
  const Cta &cta = *warp.cta;
  switch (group.state) {
  case Group::Barrier: {
    const CtaBarrier &barrier = cta.barriers[group.wait];
    uint32_t arrived = 0;
    for (Mask lanes : barrier.lanes)
      arrived += uint32_t(__builtin_popcount(lanes));
    return ("waits at barrier " + llvm::Twine(group.wait) + ", " +
            llvm::Twine(barrier.countGiven ? barrier.arrived : arrived) +
            " of " + llvm::Twine(barrier.expected) + " threads have arrived")
        .str();
  }
  case Group::Cluster:
    return "waits at the cluster barrier";
  case Group::WarpSync:
  case Group::Converge:
    return ("waits for lanes 0x" +
            llvm::Twine::utohexstr(group.wait & ~group.mask) + " of its warp")
        .str();
  case Group::Polling:
    return describePoll(warp, group);
  case Group::Ready:
    return cta.cluster->stepLimit
               ? "is next"
               : "goes round in circles: nothing that it reads changes";
  }
  return "";
}

static std::string inBrackets(std::string source) {
  return source.empty() ? source : " [" + source + "]";
}

void dlk::exec::noteWarps(Cluster &cluster) {
  const Code &code = *cluster.launch->code;
  for (const Cta &cta : cluster.ctas)
    for (const Warp &warp : cta.warps)
      for (const Group &group : warp.groups) {
        const Origin &origin = code.origins[polledOp(warp, group).origin];
        cluster.notes.push_back(
            (cluster.launch->moduleName + ":" + llvm::Twine(origin.line) +
             ": cta " + dim(cta.id) + " warp " + llvm::Twine(warp.index) +
             " lanes 0x" + llvm::Twine::utohexstr(group.mask) + ": " +
             origin.text + " " + waitsFor(warp, group) +
             inBrackets(sourceText(*cluster.launch, origin)))
                .str());
      }
}

/// The warps in the order of their turns.
static std::vector<Warp *> orderOf(Cluster &cluster) {
  std::vector<Warp *> warps;
  for (Cta &cta : cluster.ctas)
    for (Warp &warp : cta.warps)
      warps.push_back(&warp);
  WarpOrder order = cluster.launch->options->order;
  if (order == WarpOrder::Reversed)
    std::reverse(warps.begin(), warps.end());
  // Not std::shuffle: the same everywhere.
  for (size_t i = warps.size(); order == WarpOrder::Random && i > 1; --i)
    std::swap(warps[i - 1], warps[cluster.random() % i]);
  return warps;
}

/// Short turns mix the warps more, and give random copies more moments.
static uint64_t turnLength(Cluster &cluster) {
  const Options &options = *cluster.launch->options;
  if (options.order == WarpOrder::Random)
    return 1 + cluster.random() % 128;
  return options.async == AsyncPolicy::Random ? 64 : 8192;
}

/// Changes with all that a warp of the cluster could notice.
static uint64_t versionOf(const Cluster &cluster) {
  return cluster.progress + cluster.writes + cluster.outside;
}

/// Whether the warp waits for the answer to a poll to change.
static bool polls(const Warp &warp) {
  return llvm::any_of(warp.groups, [](const Group &group) {
    return group.state == Group::Polling;
  });
}

/// Parked polls go on with their answer.
static void wakePolls(const std::vector<Warp *> &warps) {
  for (Warp *warp : warps)
    for (Group &group : warp->groups)
      if (group.state == Group::Polling) {
        group.state = Group::Ready;
        group.wait = 0;
      }
}

/// A turn; whether the warp waits, or goes round in circles.
static bool takeTurn(Cluster &cluster, Warp &warp) {
  uint64_t before = warp.steps;
  WarpStatus status = runWarp(warp, turnLength(cluster));
  if (status == WarpStatus::Stopped)
    cluster.stopped = true;
  if (status == WarpStatus::Done ||
      (status != WarpStatus::Quota && !polls(warp)))
    return true;
  if (warp.steps != before)
    cluster.spins->turn(warp, versionOf(cluster));
  return cluster.spins->circles(warp, versionOf(cluster));
}

/// What a round came to.
enum class RoundEnd { Moved, Stuck, Ended, Halted };

/// One turn for each warp.
static RoundEnd runRound(Cluster &cluster, const std::vector<Warp *> &warps) {
  uint64_t maxSteps = cluster.launch->options->maxSteps;
  uint64_t before = versionOf(cluster), progress = cluster.progress;
  bool anyLeft = false, stuck = true;
  for (Warp *warp : warps) {
    if (warp->groups.empty())
      continue;
    stuck &= takeTurn(cluster, *warp);
    anyLeft |= !warp->groups.empty();
    warp->cta->shadow->copies.tick();
    cluster.bulk->tick();
    if (maxSteps && cluster.steps > maxSteps * cluster.ctas.size())
      cluster.stepLimit = true;
    if (cluster.stepLimit)
      noteWarps(cluster);
    if (cluster.stopped || cluster.stepLimit)
      return RoundEnd::Halted;
  }
  if (!anyLeft)
    return RoundEnd::Ended;
  if (stuck && versionOf(cluster) == before)
    return RoundEnd::Stuck;
  if (cluster.progress == progress)
    wakePolls(warps);
  return RoundEnd::Moved;
}

/// What the kernel should not have left behind in a CTA's shared memory.
static void checkLeftovers(Cta &cta) {
  Cluster &cluster = *cta.cluster;
  Op op;
  if (auto use = cta.shadow->bulk.unwaited()) {
    size_t perCta = cta.warps.size();
    op.origin = use->first;
    cluster.ctas[use->second / perCta].warps[use->second % perCta].fail(
        op, FindingKind::Leftover, -1,
        "the kernel ends while the copy may be under way: nobody has waited "
        "for it");
  } else if (const Mbarrier *barrier = cta.mbarriers->unfinished()) {
    op.origin = barrier->txOrigin;
    cta.warps[0].fail(
        op, FindingKind::Leftover, -1,
        "the kernel ends while the mbarrier at shared address 0x" +
            llvm::Twine::utohexstr(barrier->offset + SharedBase) +
            " waits for bytes: " + barrier->str());
  }
}

bool dlk::exec::runCluster(Cluster &cluster, unsigned rounds) {
  uint64_t turns = uint64_t(rounds) * 8192 / turnLength(cluster);
  cluster.stuck = false;
  bool random = cluster.launch->options->order == WarpOrder::Random;
  std::vector<Warp *> warps = orderOf(cluster);
  for (;;) {
    if (turns-- == 0)
      return false;
    switch (runRound(cluster, random ? warps = orderOf(cluster) : warps)) {
    case RoundEnd::Moved:
      break;
    case RoundEnd::Halted:
      return true;
    case RoundEnd::Ended:
      if (cluster.launch->options->checks.sync)
        for (Cta &cta : cluster.ctas)
          checkLeftovers(cta);
      cluster.bulk->finish();
      return true;
    case RoundEnd::Stuck:
      // What nobody has asked for lands before anybody is stuck for ever.
      if (cluster.bulk->deliverAny())
        break;
      if (cluster.launch->code->orderSensitive) {
        cluster.stuck = true;
        return false;
      }
      noteWarps(cluster);
      return true;
    }
  }
}
