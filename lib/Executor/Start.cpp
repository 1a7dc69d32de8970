// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sets a cluster's CTAs and warps up: memory, special registers, shadow.

#include "BulkCopies.h"
#include "Code.h"
#include "Grid.h"
#include "Interpreter.h"
#include "Mbarrier.h"
#include "SharedShadow.h"
#include "SpinWatch.h"
#include "Warpgroups.h"
#include <cstring>

using namespace dlk::exec;

/// What new memory holds, so that a read of it shows.
static constexpr int Poison = 0xcd;

static size_t padded(size_t bytes) { return (bytes + 255) / 256 * 256; }

static Dim3 placeIn(Dim3 extent, uint64_t linear) {
  return {uint32_t(linear % extent.x), uint32_t(linear / extent.x % extent.y),
          uint32_t(linear / extent.x / extent.y)};
}

static uint32_t component(Dim3 d, unsigned index) {
  return index == 0 ? d.x : index == 1 ? d.y : d.z;
}

static bool within(Special reg, Special first, unsigned &index) {
  index = unsigned(reg) - unsigned(first);
  return reg >= first && index < 3;
}

/// A value that all lanes of the warp share.
static uint64_t uniformValue(const Warp &warp, Special reg) {
  const Cta &cta = *warp.cta;
  const LaunchConfig &config = *cta.launch->config;
  Dim3 grid = config.grid, cluster = config.cluster, id = cta.id;
  Dim3 inCluster{id.x % cluster.x, id.y % cluster.y, id.z % cluster.z};
  Dim3 clusterId{id.x / cluster.x, id.y / cluster.y, id.z / cluster.z};
  Dim3 clusters{grid.x / cluster.x, grid.y / cluster.y, grid.z / cluster.z};
  unsigned k;
  if (within(reg, Special::NtidX, k))
    return component(config.block, k);
  if (within(reg, Special::CtaidX, k))
    return component(id, k);
  if (within(reg, Special::NctaidX, k))
    return component(grid, k);
  if (within(reg, Special::ClusteridX, k))
    return component(clusterId, k);
  if (within(reg, Special::NclusteridX, k))
    return component(clusters, k);
  if (within(reg, Special::ClusterCtaidX, k))
    return component(inCluster, k);
  if (within(reg, Special::ClusterNctaidX, k))
    return component(cluster, k);
  switch (reg) {
  case Special::Warpid:
    return warp.index;
  case Special::Nwarpid:
    return cta.warps.size();
  case Special::Nsmid:
    return grid.count();
  case Special::Smid:
    return cta.linearId;
  case Special::DynamicSmemSize:
    return config.sharedBytes;
  case Special::TotalSmemSize:
  case Special::AggrSmemSize:
    return cta.sharedBytes;
  case Special::ReservedSmemOffsetEnd:
  case Special::ReservedSmemOffsetCap:
    return SharedBase;
  case Special::IsExplicitCluster:
    return cluster.count() > 1;
  case Special::ClusterCtarank:
    return cta.rank;
  case Special::ClusterNctarank:
    return cluster.count();
  default:
    return 0;
  }
}

static uint64_t laneValue(const Warp &warp, Special reg, unsigned lane) {
  Dim3 block = warp.cta->launch->config->block;
  Mask below = (Mask(1) << lane) - 1, self = Mask(1) << lane;
  switch (reg) {
  case Special::TidX:
  case Special::TidY:
  case Special::TidZ:
    return component(placeIn(block, warp.thread(lane)),
                     unsigned(reg) - unsigned(Special::TidX));
  case Special::Laneid:
    return lane;
  case Special::LanemaskEq:
    return self;
  case Special::LanemaskLt:
    return below;
  case Special::LanemaskLe:
    return below | self;
  case Special::LanemaskGt:
    return ~(below | self);
  case Special::LanemaskGe:
    return ~below;
  default:
    return uniformValue(warp, reg);
  }
}

static void startWarp(Warp &warp) {
  const Code &code = *warp.cta->launch->code;
  for (SpecialSlot special : code.specials) {
    if (special.reg == Special::IsExplicitCluster) {
      warp.predicate(special.slot) =
          uniformValue(warp, special.reg) ? FullMask : 0;
      continue;
    }
    for (unsigned lane = 0; lane < WarpSize; ++lane) {
      uint64_t value = laneValue(warp, special.reg, lane);
      if (special.reg == Special::Gridid)
        warp.r64(special.slot).v[lane] = value;
      else
        warp.r32(special.slot).v[lane] = uint32_t(value);
    }
  }
  uint32_t left = warp.cta->threads - warp.index * WarpSize;
  warp.exists = left >= WarpSize ? FullMask : (Mask(1) << left) - 1;
  warp.alive = warp.exists;
  warp.groups.clear();
  Group all;
  all.mask = warp.exists;
  warp.groups.push_back(all);
}

static std::unique_ptr<SharedShadow> makeShadow(const Cta &cta) {
  const Launch &launch = *cta.launch;
  ShadowSetup setup;
  setup.policy = launch.options->async;
  setup.seed = launch.options->seed * 0x9e3779b97f4a7c15u + cta.linearId;
  setup.checks = launch.options->checks;
  setup.threads = cta.threads;
  setup.clocks = cta.cluster->clocks.get();
  setup.firstWarp = uint32_t(cta.rank * cta.warps.size());
  setup.shared = cta.shared;
  setup.sharedBytes = cta.sharedBytes;
  const Code *code = launch.code;
  setup.lineOf = [code](uint32_t origin) { return code->origins[origin].line; };
  setup.warn = [cluster = cta.cluster](const SharedAccess &access,
                                       const Violation &violation) {
    size_t perCta = cluster->ctas[0].warps.size();
    Op op;
    op.origin = access.origin;
    cluster->ctas[access.warp / perCta].warps[access.warp % perCta].warn(
        op, violation.kind, int(access.lane), violation.message);
  };
  return std::make_unique<SharedShadow>(setup);
}

static void startCta(Cta &cta, std::byte *&memory, Tally *tally) {
  const Launch &launch = *cta.launch;
  cta.threads = uint32_t(launch.config->block.count());
  cta.exited = 0;
  cta.sharedBytes = launch.sharedBytes;
  cta.shared = memory;
  memory += padded(cta.sharedBytes);
  cta.local = memory;
  memory += padded(size_t(launch.code->localBytes) * cta.threads);
  cta.warps.clear();
  cta.warps.resize((cta.threads + WarpSize - 1) / WarpSize);
  for (uint32_t i = 0; i < cta.warps.size(); ++i) {
    Warp &warp = cta.warps[i];
    warp.cta = &cta;
    warp.index = i;
    warp.actor = uint32_t(cta.rank * cta.warps.size()) + i;
    warp.registers = memory;
    memory += padded(launch.code->registerBytes);
    warp.constants = launch.constants.data();
    warp.counters = tally ? tally->counters.data() : nullptr;
    warp.footprint = tally ? &tally->footprint : nullptr;
    startWarp(warp);
  }
  cta.barriers = {};
  cta.shadow = makeShadow(cta);
  cta.mbarriers =
      std::make_shared<Mbarriers>(cta.shared, launch.options->checks.sync);
  cta.warpgroups = std::make_shared<Warpgroups>(cta);
}

void dlk::exec::startCluster(Cluster &cluster, const Launch &launch, Dim3 first,
                             Tally *tally) {
  const LaunchConfig &config = *launch.config;
  uint32_t threads = uint32_t(config.block.count());
  size_t warps = (threads + WarpSize - 1) / WarpSize;
  size_t perCta = padded(launch.sharedBytes) +
                  padded(size_t(launch.code->localBytes) * threads) +
                  warps * padded(launch.code->registerBytes);
  uint64_t count = config.cluster.count();
  cluster.launch = &launch;
  cluster.memory.resize(perCta * count + 256);
  std::memset(cluster.memory.data(), Poison, cluster.memory.size());
  auto start = reinterpret_cast<uintptr_t>(cluster.memory.data());
  auto *memory = reinterpret_cast<std::byte *>((start + 255) / 256 * 256);
  cluster.ctas.clear();
  cluster.ctas.resize(count);
  cluster.steps = cluster.progress = cluster.writes = cluster.outside = 0;
  cluster.stuck = false;
  cluster.barrierArrived = cluster.barrierPhase = 0;
  cluster.stopped = cluster.stepLimit = false;
  cluster.findings.clear();
  cluster.notes.clear();
  cluster.bulk = std::make_shared<BulkCopies>(cluster);
  cluster.clocks = std::make_shared<WarpClocks>(
      unsigned(warps * count),
      launch.options->checks.proxy != Level::Off && launch.chip >= 90);
  cluster.spins = std::make_shared<SpinWatch>(unsigned(warps * count));
  uint64_t number =
      (uint64_t(first.z) * config.grid.y + first.y) * config.grid.x + first.x;
  cluster.random.seed(
      uint32_t((launch.options->seed + number) * 0x9e3779b97f4a7c15u >> 33) |
      1);
  Dim3 place{first.x / config.cluster.x, first.y / config.cluster.y,
             first.z / config.cluster.z};
  cluster.number = uint32_t(
      (uint64_t(place.z) * (config.grid.y / config.cluster.y) + place.y) *
          (config.grid.x / config.cluster.x) +
      place.x);
  for (uint32_t rank = 0; rank < count; ++rank) {
    Cta &cta = cluster.ctas[rank];
    Dim3 place = placeIn(config.cluster, rank);
    cta.launch = &launch;
    cta.cluster = &cluster;
    cta.rank = rank;
    cta.id = {first.x + place.x, first.y + place.y, first.z + place.z};
    cta.linearId =
        (uint64_t(cta.id.z) * config.grid.y + cta.id.y) * config.grid.x +
        cta.id.x;
    startCta(cta, memory, tally);
  }
}
