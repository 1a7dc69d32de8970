// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch: checks the configuration, places the module's variables, spreads
// the clusters over worker threads and gathers the report. Clusters are handed
// out in order and their findings sorted, so the report is the same for any
// number of workers.

#include "Device.h"
#include "Interpreter.h"
#include "SharedShadow.h"
#include "llvm/ADT/StringExtras.h"
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

using namespace dlk::exec;

static constexpr uint64_t MaxThreadsPerCta = 1024;
static constexpr uint64_t MaxCtas = uint64_t(1) << 40;
static constexpr uint64_t MaxShared = 227 << 10;

static llvm::Error refuse(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

static std::string dim(Dim3 d) {
  return std::to_string(d.x) + "x" + std::to_string(d.y) + "x" +
         std::to_string(d.z);
}

static llvm::Error checkDims(const KernelInfo &kernel,
                             const LaunchConfig &config) {
  for (Dim3 d : {config.grid, config.block, config.cluster})
    if (d.x == 0 || d.y == 0 || d.z == 0)
      return refuse("grid, block or cluster is empty: " + dim(d));
  Dim3 block = config.block, cluster = config.cluster, grid = config.grid;
  if (block.x > 1024 || block.y > 1024 || block.z > 64 ||
      block.count() > MaxThreadsPerCta)
    return refuse("block is too large: " + dim(block));
  if (grid.y > 65535 || grid.z > 65535 || grid.x > INT32_MAX ||
      grid.count() > MaxCtas)
    return refuse("grid is too large: " + dim(grid));
  if (cluster.count() > 16)
    return refuse("cluster is too large: " + dim(cluster));
  if (grid.x % cluster.x || grid.y % cluster.y || grid.z % cluster.z)
    return refuse("grid " + dim(grid) + " is no multiple of the cluster " +
                  dim(cluster));
  if (kernel.maxThreads && block.count() > kernel.maxThreads->count())
    return refuse("block of " + llvm::Twine(block.count()) +
                  " threads: the kernel allows " +
                  llvm::Twine(kernel.maxThreads->count()) + " (.maxntid)");
  auto differ = [](Dim3 a, Dim3 b) {
    return a.x != b.x || a.y != b.y || a.z != b.z;
  };
  if (kernel.requiredThreads && differ(block, *kernel.requiredThreads))
    return refuse("block " + dim(block) + ": the kernel requires " +
                  dim(*kernel.requiredThreads) + " (.reqntid)");
  if (kernel.requiredCluster && differ(cluster, *kernel.requiredCluster))
    return refuse("cluster " + dim(cluster) + ": the kernel requires " +
                  dim(*kernel.requiredCluster) + " (.reqnctapercluster)");
  return llvm::Error::success();
}

static llvm::Expected<std::vector<std::byte>>
packParams(const KernelInfo &kernel, const LaunchConfig &config) {
  if (config.params.size() != kernel.params.size())
    return refuse("kernel '" + kernel.name + "' has " +
                  llvm::Twine(kernel.params.size()) + " parameters, got " +
                  llvm::Twine(config.params.size()));
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < kernel.params.size(); ++i) {
    const ParamInfo &param = kernel.params[i];
    if (config.params[i].size() != param.size)
      return refuse("parameter " + llvm::Twine(i) + " of '" + kernel.name +
                    "' has " + llvm::Twine(param.size) + " bytes, got " +
                    llvm::Twine(config.params[i].size()));
    bytes.resize(param.offset + param.size);
    std::memcpy(bytes.data() + param.offset, config.params[i].data(),
                param.size);
  }
  return bytes;
}

/// Allocates and initialises the module's variables, once per device.
static llvm::Expected<const std::vector<uint64_t> *>
placeVariables(const ModuleImpl &module, Device &device) {
  auto [it, inserted] =
      device.impl().moduleVariables.try_emplace(module.identity);
  std::vector<uint64_t> &addresses = it->second;
  if (!inserted)
    return &addresses;
  llvm::StringMap<uint64_t> byName;
  for (const Variable &variable : module.parsed.variables) {
    addresses.push_back(0);
    if (variable.space == "shared")
      continue;
    llvm::Expected<uint64_t> address =
        device.allocate(variable.bytes, std::max<uint64_t>(variable.align, 16));
    if (!address)
      return address.takeError();
    addresses.back() = *address;
    byName[variable.name] = *address;
    // Variables without an initialiser start as zeros.
    auto *at = reinterpret_cast<uint8_t *>(*address);
    std::memset(at, 0, variable.bytes);
    std::memcpy(at, variable.init.data(), variable.init.size());
  }
  for (size_t i = 0; i < addresses.size(); ++i)
    for (const InitReloc &reloc : module.parsed.variables[i].relocs) {
      auto found = byName.find(reloc.symbol);
      if (found == byName.end())
        return refuse("initialiser names an unknown variable: '" +
                      reloc.symbol + "'");
      uint64_t value = found->second + uint64_t(reloc.addend);
      std::memcpy(reinterpret_cast<uint8_t *>(addresses[i]) + reloc.offset,
                  &value, 8);
    }
  return &addresses;
}

static void relocate(Launch &launch, const std::vector<uint64_t> &variables) {
  for (const ConstantReloc &reloc : launch.code->relocs) {
    uint64_t address = variables[reloc.variable];
    std::byte *at = launch.constants.data() + reloc.offset;
    for (unsigned lane = 0; lane < WarpSize; ++lane) {
      if (reloc.wide)
        reinterpret_cast<uint64_t *>(at)[lane] += address;
      else
        reinterpret_cast<uint32_t *>(at)[lane] += uint32_t(address);
    }
  }
}

static unsigned chipOf(llvm::StringRef target) {
  unsigned chip = 80;
  target.consume_front("sm_");
  target.take_while(llvm::isDigit).getAsInteger(10, chip);
  return chip;
}

namespace {
/// What one cluster ended with, if not simply done.
struct Outcome {
  uint64_t cluster;
  std::vector<Finding> findings;
  std::vector<std::string> notes;
  bool stepLimit;
};

/// The workers' common state and each worker's loop.
class Grid {
public:
  explicit Grid(const Launch &launch) : launch(launch) {
    const LaunchConfig &config = *launch.config;
    clusters = {config.grid.x / config.cluster.x,
                config.grid.y / config.cluster.y,
                config.grid.z / config.cluster.z};
  }
  void run(unsigned workers);
  Report report();

private:
  void work();
  void finish(uint64_t index, Cluster &cluster);

  const Launch &launch;
  Dim3 clusters;
  std::atomic<uint64_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<Outcome> outcomes;
  size_t findings = 0;
  std::vector<Counters> counters;
};
} // namespace

void Grid::finish(uint64_t index, Cluster &cluster) {
  bool halted = !cluster.notes.empty() || cluster.stepLimit;
  if (!halted && cluster.findings.empty())
    return;
  std::lock_guard<std::mutex> lock(mutex);
  findings += cluster.findings.size();
  outcomes.push_back({index, std::move(cluster.findings),
                      std::move(cluster.notes), cluster.stepLimit});
  // Clusters with lower numbers have been handed out already and will finish.
  if (halted || findings >= launch.options->maxFindings)
    stop = true;
}

void Grid::work() {
  Cluster cluster;
  std::vector<Counters> own(
      launch.options->collectStats ? launch.code->origins.size() : 0);
  const Dim3 size = launch.config->cluster;
  while (!stop) {
    uint64_t index = next++;
    if (index >= clusters.count())
      break;
    Dim3 first{uint32_t(index % clusters.x) * size.x,
               uint32_t(index / clusters.x % clusters.y) * size.y,
               uint32_t(index / clusters.x / clusters.y) * size.z};
    startCluster(cluster, launch, first, own.empty() ? nullptr : own.data());
    runCluster(cluster);
    finish(index, cluster);
  }
  std::lock_guard<std::mutex> lock(mutex);
  counters.resize(own.size());
  for (size_t i = 0; i < own.size(); ++i)
    counters[i] += own[i];
}

void Grid::run(unsigned workers) {
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < workers; ++i)
    threads.emplace_back([this] { work(); });
  work();
  for (std::thread &thread : threads)
    thread.join();
}

/// Shape and types of a tensor instruction: "m16n8k16.f32.f16.f16.f32".
static std::string tensorName(llvm::StringRef opcode) {
  std::string name;
  llvm::SmallVector<llvm::StringRef, 12> words;
  opcode.split(words, '.');
  for (llvm::StringRef word : llvm::drop_begin(words)) {
    bool shape = word.size() > 3 && word[0] == 'm' && llvm::isDigit(word[1]);
    if (!shape && !parseType(word))
      continue;
    if (!name.empty())
      name += ".";
    name += word;
  }
  return name;
}

/// The statistics of a PTX instruction go to its line and its class.
static Stats gatherStats(const Launch &launch,
                         const std::vector<Counters> &counters) {
  Stats stats;
  stats.ctas = launch.config->grid.count();
  stats.warps = stats.ctas * ((launch.config->block.count() + 31) / 32);
  for (size_t i = 0; i < counters.size(); ++i) {
    const Origin &origin = launch.code->origins[i];
    if (!counters[i].warpInstructions)
      continue;
    LineStats &line = stats.lines[origin.line];
    if (line.opcode.empty()) { // of several on a line the first names it
      line.opcode = origin.text.str();
      line.kind = origin.kind.str();
    }
    line.counters += counters[i];
    stats.classes[origin.kind.str()] += counters[i];
    stats.total += counters[i];
    if (origin.kind == "tensor")
      stats.tensor[tensorName(origin.text)] += counters[i].warpInstructions;
  }
  return stats;
}

Report Grid::report() {
  Report report;
  std::sort(
      outcomes.begin(), outcomes.end(),
      [](const Outcome &a, const Outcome &b) { return a.cluster < b.cluster; });
  for (Outcome &outcome : outcomes) {
    for (Finding &finding : outcome.findings)
      if (report.findings.size() < launch.options->maxFindings)
        report.findings.push_back(std::move(finding));
    if (report.findings.size() >= launch.options->maxFindings)
      break;
    if (!outcome.notes.empty() || outcome.stepLimit) {
      report.status = outcome.stepLimit ? Status::StepLimit : Status::Deadlock;
      report.notes = std::move(outcome.notes);
      if (outcome.stepLimit)
        report.notes.push_back("a CTA has executed more than " +
                               std::to_string(launch.options->maxSteps) +
                               " warp instructions");
      break;
    }
  }
  if (report.status == Status::Clean && !report.findings.empty())
    report.status = Status::Findings;
  if (launch.options->collectStats)
    report.stats = gatherStats(launch, counters);
  return report;
}

static unsigned workerCount(const Launch &launch, uint64_t clusters) {
  if (launch.code->orderSensitive)
    return 1;
  unsigned wanted = launch.options->threads;
  if (wanted == 0)
    wanted = std::max(1u, std::thread::hardware_concurrency());
  return unsigned(std::min<uint64_t>(wanted, clusters));
}

llvm::Expected<Report> dlk::exec::launch(const Module &module, Device &device,
                                         const LaunchConfig &config,
                                         const Options &options) {
  const ModuleImpl &impl = module.impl();
  const KernelInfo *kernel = module.findKernel(config.kernel);
  if (!kernel)
    return refuse("no such kernel: '" + config.kernel + "'");
  if (llvm::Error failed = checkDims(*kernel, config))
    return std::move(failed);
  llvm::Expected<std::vector<std::byte>> params = packParams(*kernel, config);
  if (!params)
    return params.takeError();
  Report report;
  if (!kernel->unsupported.empty()) {
    report.status = Status::Unsupported;
    report.notes = kernel->unsupported;
    return report;
  }
  Launch launch;
  launch.code = impl.codes[size_t(kernel - impl.kernels.data())].get();
  launch.options = &options;
  launch.config = &config;
  launch.moduleName = impl.name;
  launch.global = &device.impl().allocations;
  launch.constants = launch.code->constants;
  launch.params = std::move(*params);
  uint64_t shared = launch.code->staticShared;
  if (config.sharedBytes)
    shared = uint64_t(launch.code->dynamicSharedOffset) - SharedBase +
             config.sharedBytes;
  if (shared > MaxShared)
    return refuse("too much shared memory: " + llvm::Twine(shared) +
                  " bytes, the largest GPU has " + llvm::Twine(MaxShared));
  launch.sharedBytes = uint32_t(shared);
  launch.chip = chipOf(impl.target);
  for (const auto &[number, file] : impl.parsed.files) {
    if (number >= 4096)
      continue;
    if (launch.sourceFiles.size() <= number)
      launch.sourceFiles.resize(number + 1);
    launch.sourceFiles[number] = file;
  }
  auto variables = placeVariables(impl, device);
  if (!variables)
    return variables.takeError();
  relocate(launch, **variables);
  Grid grid(launch);
  grid.run(workerCount(launch, config.grid.count() / config.cluster.count()));
  return grid.report();
}
