// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the fuzzer does with a text, and the unit test with what the fuzzer has
// found: parse it, and launch each kernel of it on little memory for few
// steps. Everything follows from the text alone, so that a run can be repeated.

#ifndef DLK_TEST_FUZZ_RUNMODULE_H
#define DLK_TEST_FUZZ_RUNMODULE_H

#include "dlk/Executor/Executor.h"
#include "llvm/Support/xxhash.h"
#include <cstring>

namespace dlk::exec {

/// Eight-byte parameters point to a buffer, others count from one.
inline std::vector<std::byte> fuzzParam(const ParamInfo &info,
                                        uint64_t buffer) {
  std::vector<std::byte> bytes(std::min<uint32_t>(info.size, 4096));
  if (bytes.size() == 8)
    std::memcpy(bytes.data(), &buffer, 8);
  else if (!bytes.empty())
    bytes[0] = std::byte(1);
  return bytes;
}

inline Options fuzzOptions(uint64_t hash) {
  Options options;
  options.maxSteps = 2000;
  options.seed = hash;
  options.async = AsyncPolicy(hash % 3);
  options.arithmetic = TensorArithmetic(hash >> 8 & 1);
  options.collectStats = hash >> 9 & 1;
  options.checks.init = hash >> 10 & 1;
  options.checks.race = hash >> 11 & 1;
  options.checks.sync = hash >> 12 & 1;
  return options;
}

/// Blocks and clusters that the kernel asks for, if they are small.
inline Dim3 fuzzShape(const std::optional<Dim3> &asked, Dim3 otherwise,
                      uint64_t most) {
  if (!asked || uint64_t(asked->x) * asked->y > most ||
      uint64_t(asked->x) * asked->y * asked->z > most)
    return otherwise;
  return *asked;
}

inline void fuzzLaunch(const Module &module, const KernelInfo &kernel,
                       uint64_t hash) {
  Device device;
  llvm::Expected<uint64_t> buffer = device.allocate(8192);
  if (!buffer)
    return llvm::consumeError(buffer.takeError());
  llvm::consumeError(device.fill(*buffer, 0, 4096));
  LaunchConfig config;
  config.kernel = kernel.name;
  config.block = fuzzShape(kernel.requiredThreads,
                           {hash >> 13 & 1 ? 128u : 32u, 1, 1}, 256);
  config.cluster = fuzzShape(kernel.requiredCluster, {1, 1, 1}, 4);
  config.grid = config.cluster;
  config.sharedBytes = 4096;
  for (const ParamInfo &param : kernel.params)
    config.params.push_back(fuzzParam(param, *buffer));
  auto report = launch(module, device, config, fuzzOptions(hash));
  if (!report)
    return llvm::consumeError(report.takeError());
  for (const Finding &finding : report->findings)
    (void)finding.str(module.name());
}

/// True if the text is a module. Not more than a few kernels are launched.
inline bool fuzzModule(llvm::StringRef text, bool launches) {
  auto module = Module::parse(text, "fuzz.ptx");
  if (!module) {
    llvm::consumeError(module.takeError());
    return false;
  }
  for (const KernelInfo &kernel : (*module)->kernels().take_front(4))
    if (launches && kernel.staticSharedBytes < (1u << 20))
      fuzzLaunch(**module, kernel, llvm::xxh3_64bits(text));
  return true;
}

} // namespace dlk::exec

#endif // DLK_TEST_FUZZ_RUNMODULE_H
