// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the warps of a cluster in turn until all are done. A poll that fails is
// parked until something changes that could answer it; if nothing else can run,
// it goes on with the answer no, since a test may be followed by anything. When
// all stand where they have already stood with nothing changed in between, that
// is a deadlock: nothing outside the cluster can free them.

#include "BulkCopies.h"
#include "Code.h"
#include "HopperSpecs.h"
#include "Interpreter.h"
#include "SharedShadow.h"

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
    return "is next";
  }
  return "";
}

static std::string inBrackets(std::string source) {
  return source.empty() ? source : " [" + source + "]";
}

/// Where each warp is and what it waits for.
static void noteWarps(Cluster &cluster) {
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

/// One turn for each warp.
static void runRound(Cluster &cluster, uint64_t quota, bool &anyLeft) {
  uint64_t maxSteps = cluster.launch->options->maxSteps;
  anyLeft = false;
  for (Cta &cta : cluster.ctas)
    for (Warp &warp : cta.warps) {
      if (warp.groups.empty())
        continue;
      WarpStatus status = runWarp(warp, quota);
      if (status == WarpStatus::Stopped) {
        cluster.stopped = true;
        return;
      }
      anyLeft |= !warp.groups.empty();
      cta.shadow->copies.tick();
      cluster.bulk->tick();
      if (maxSteps && cluster.steps > maxSteps * cluster.ctas.size()) {
        cluster.stepLimit = true;
        noteWarps(cluster);
        return;
      }
    }
}

static bool canRun(const Cluster &cluster) {
  for (const Cta &cta : cluster.ctas)
    for (const Warp &warp : cta.warps)
      for (const Group &group : warp.groups)
        if (group.state == Group::Ready)
          return true;
  return false;
}

/// Parked polls go on with their answer.
static void wakePolls(Cluster &cluster) {
  for (Cta &cta : cluster.ctas)
    for (Warp &warp : cta.warps)
      for (Group &group : warp.groups)
        if (group.state == Group::Polling) {
          group.state = Group::Ready;
          group.wait = 0;
        }
}

/// Whether nobody could run and nothing has changed since all stood here last.
static bool standsAgain(Cluster &cluster) {
  if (cluster.stoodSince != cluster.progress)
    cluster.stood.clear();
  cluster.stoodSince = cluster.progress;
  std::vector<uint64_t> places;
  for (const Cta &cta : cluster.ctas)
    for (const Warp &warp : cta.warps) {
      for (const Group &group : warp.groups) {
        places.push_back(uint64_t(group.pc) << 32 | group.mask);
        places.push_back(group.state);
      }
      places.push_back(warp.groups.size());
    }
  return !cluster.stood.insert(std::move(places)).second;
}

bool dlk::exec::runCluster(Cluster &cluster, unsigned rounds) {
  // Short turns mix the warps more, and give random copies more moments.
  bool random = cluster.launch->options->async == AsyncPolicy::Random;
  uint64_t quota = random ? 64 : 8192;
  uint64_t turns = uint64_t(rounds) * (8192 / quota);
  for (bool anyLeft = true; anyLeft;) {
    if (turns-- == 0)
      return false;
    uint64_t before = cluster.progress;
    runRound(cluster, quota, anyLeft);
    if (cluster.stopped || cluster.stepLimit)
      return true;
    if (!anyLeft || cluster.progress != before)
      continue;
    // What nobody has asked for lands before anybody is stuck for ever.
    if (!canRun(cluster) && !cluster.bulk->deliverAny() &&
        standsAgain(cluster)) {
      noteWarps(cluster);
      return true;
    }
    wakePolls(cluster);
  }
  cluster.bulk->finish();
  return true;
}
