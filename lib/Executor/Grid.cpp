// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hands clusters to workers and gathers what they ended with.

#include "Grid.h"
#include "Code.h"
#include "Interpreter.h"
#include "SharedShadow.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <thread>

using namespace dlk::exec;

/// Rounds of a cluster's turn, and how many clusters may be under way at once:
/// more than the CTAs that are resident on any GPU.
static constexpr unsigned TurnRounds = 16;
static constexpr size_t MaxResident = 4096;

Grid::Grid(const Launch &launch) : launch(launch) {
  const LaunchConfig &config = *launch.config;
  clusters = {config.grid.x / config.cluster.x,
              config.grid.y / config.cluster.y,
              config.grid.z / config.cluster.z};
}

Tally Grid::makeTally() const {
  Tally own;
  if (launch.options->collectStats)
    own.counters.resize(launch.code->origins.size());
  return own;
}

void Grid::add(const Tally &own) {
  std::lock_guard<std::mutex> lock(mutex);
  tally.counters.resize(own.counters.size());
  for (size_t i = 0; i < own.counters.size(); ++i)
    tally.counters[i] += own.counters[i];
  tally.footprint.add(own.footprint);
}

/// False if there is no such cluster.
bool Grid::start(uint64_t index, Cluster &cluster, Tally &own) {
  if (index >= clusters.count())
    return false;
  const Dim3 size = launch.config->cluster;
  Dim3 first{uint32_t(index % clusters.x) * size.x,
             uint32_t(index / clusters.x % clusters.y) * size.y,
             uint32_t(index / clusters.x / clusters.y) * size.z};
  startCluster(cluster, launch, first, own.counters.empty() ? nullptr : &own);
  return true;
}

void Grid::finish(uint64_t index, Cluster &cluster) {
  bool halted = !cluster.notes.empty() || cluster.stepLimit;
  if (!halted && cluster.findings.empty())
    return;
  std::lock_guard<std::mutex> lock(mutex);
  findings += size_t(llvm::count_if(
      cluster.findings, [](const Finding &f) { return !f.warning; }));
  outcomes.push_back({index, std::move(cluster.findings),
                      std::move(cluster.notes), cluster.stepLimit});
  // Clusters with lower numbers have been handed out already and will finish.
  if (halted || findings >= launch.options->maxFindings)
    stop = true;
}

void Grid::work() {
  Cluster cluster;
  Tally own = makeTally();
  while (!stop) {
    uint64_t index = next++;
    if (!start(index, cluster, own))
      break;
    while (!runCluster(cluster, UINT_MAX)) {
    }
    finish(index, cluster);
  }
  add(own);
}

void Grid::run(unsigned workers) {
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < workers; ++i)
    threads.emplace_back([this] { work(); });
  work();
  for (std::thread &thread : threads)
    thread.join();
}

void Grid::runInTurns() {
  Tally own = makeTally();
  std::vector<std::pair<uint64_t, std::unique_ptr<Cluster>>> active;
  bool someEnded = true;
  uint64_t changes = 0; ///< Of memory and barriers, by all clusters.
  while (!stop) {
    // A new one whenever those under way have not come to an end.
    if (active.empty() || (!someEnded && active.size() < MaxResident)) {
      auto cluster = std::make_unique<Cluster>();
      uint64_t index = next;
      if (start(index, *cluster, own)) {
        ++next;
        active.emplace_back(index, std::move(cluster));
      }
    }
    if (active.empty())
      break;
    someEnded = false;
    bool stuck = true;
    uint64_t before = changes;
    for (auto &[index, cluster] : active) {
      uint64_t own = cluster->progress + cluster->writes;
      cluster->outside = changes - own;
      bool ended = runCluster(*cluster, TurnRounds);
      changes += cluster->progress + cluster->writes - own;
      stuck &= !ended && cluster->stuck;
      if (!ended)
        continue;
      finish(index, *cluster);
      cluster.reset();
      someEnded = true;
    }
    bool all = next >= clusters.count() || active.size() >= MaxResident;
    if (stuck && all && changes == before)
      for (auto &[index, cluster] : active) {
        noteWarps(*cluster);
        finish(index, *cluster);
        cluster.reset();
      }
    llvm::erase_if(active, [](const auto &entry) { return !entry.second; });
  }
  add(own);
}

/// Warnings of other clusters at the same line say nothing new.
static bool isRepeated(const Finding &finding,
                       const std::vector<Finding> &findings) {
  return finding.warning && llvm::any_of(findings, [&](const Finding &f) {
           return f.warning && f.kind == finding.kind &&
                  f.ptxLine == finding.ptxLine;
         });
}

Report Grid::report() {
  Report report;
  std::sort(
      outcomes.begin(), outcomes.end(),
      [](const Outcome &a, const Outcome &b) { return a.cluster < b.cluster; });
  for (Outcome &outcome : outcomes) {
    for (Finding &finding : outcome.findings)
      if (report.findings.size() < launch.options->maxFindings &&
          !isRepeated(finding, report.findings))
        report.findings.push_back(std::move(finding));
    if (report.findings.size() >= launch.options->maxFindings)
      break;
    if (!outcome.notes.empty() || outcome.stepLimit) {
      report.status = outcome.stepLimit ? Status::StepLimit : Status::Deadlock;
      report.notes = std::move(outcome.notes);
      if (outcome.stepLimit)
        report.notes.insert(report.notes.begin(),
                            "a CTA has executed more than " +
                                std::to_string(launch.options->maxSteps) +
                                " warp instructions");
      break;
    }
  }
  if (report.status == Status::Clean &&
      !llvm::all_of(report.findings,
                    [](const Finding &f) { return f.warning; }))
    report.status = Status::Findings;
  if (launch.options->collectStats)
    report.stats = gatherStats(launch, tally);
  return report;
}
