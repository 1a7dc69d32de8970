// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch: checks that the configuration fits the kernel, packs the
// parameters, places the module's variables, and runs the grid.

#include "Device.h"
#include "GlobalShadow.h"
#include "Grid.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>
#include <thread>

using namespace dlk::exec;

static constexpr uint64_t MaxThreadsPerCta = 1024;
static constexpr uint64_t MaxCtas = uint64_t(1) << 40;
static constexpr uint64_t MaxShared = 227 << 10;
/// Of one CTA or cluster.
static constexpr uint64_t MaxLocal = uint64_t(1) << 30;

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
    llvm::copy(config.params[i], bytes.begin() + param.offset);
  }
  return bytes;
}

/// Allocates and initialises the module's variables, once per device.
static llvm::Expected<const std::vector<uint64_t> *>
placeVariables(const ModuleImpl &module, Device &device) {
  auto &placed = device.impl().moduleVariables;
  if (auto found = placed.find(module.identity); found != placed.end())
    return &found->second;
  std::vector<uint64_t> addresses;
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
    if (const auto *block = device.impl().allocations.find(*address))
      block->write(*address, variable.bytes);
    // Variables without an initialiser start as zeros.
    auto *at = reinterpret_cast<uint8_t *>(*address);
    std::memset(at, 0, variable.bytes);
    llvm::copy(variable.init, at);
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
  return &(placed[module.identity] = std::move(addresses));
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

static unsigned workerCount(const Options &options, uint64_t clusters) {
  unsigned wanted = options.threads;
  if (wanted == 0)
    wanted = std::max(1u, std::thread::hardware_concurrency());
  return unsigned(std::min<uint64_t>(wanted, clusters));
}

Launch::Launch() = default;
Launch::~Launch() = default;

static void watchGlobal(Launch &launch, uint64_t clusters) {
  const CheckSet &checks = launch.options->checks;
  if (!checks.init)
    for (Allocations::Block &block : launch.global->blocks)
      block.written.reset();
  if (!checks.init && !checks.global)
    return;
  const Code *code = launch.code;
  launch.globalShadow = std::make_unique<GlobalShadow>(
      *launch.global, checks.init, checks.global, clusters,
      [code](uint32_t origin) { return code->origins[origin].line; });
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
  uint64_t local = uint64_t(launch.code->localBytes) * config.block.count() *
                   config.cluster.count();
  if (local > MaxLocal)
    return refuse("too much local memory: " + llvm::Twine(local) +
                  " bytes for the threads that run together, at most " +
                  llvm::Twine(MaxLocal));
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
  uint64_t clusters = config.grid.count() / config.cluster.count();
  watchGlobal(launch, clusters);
  Grid grid(launch);
  if (launch.code->orderSensitive)
    grid.runInTurns();
  else
    grid.run(options.checks.global ? 1 : workerCount(options, clusters));
  return grid.report();
}
