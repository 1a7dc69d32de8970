// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times the executor on a 512^3 f16 tensor-core GEMM compiled by nvcc
// (test/Execution/cuda/gemm_cp_async_mma.cu), on one thread, without and with
// checks:
//
//   ninja dlk-cuda-ptx executor_gemm
//   build/.../bin/executor_gemm build/.../test/Unit/Executor/\
//       cuda/nvcc/gemm_cp_async_mma.ptx
//
// Times are of the host that runs it and say nothing about a GPU.

#include "dlk/Executor/Executor.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <cstring>

using namespace dlk::exec;

namespace {

constexpr int Size = 512;

struct Mode {
  const char *name;
  Options options;
};

std::vector<Mode> modes() {
  Options plain, late, hardware, race, all, stats;
  late.async = AsyncPolicy::Late;
  hardware.arithmetic = TensorArithmetic::Hardware;
  race.checks.race = true;
  all.checks.init = all.checks.race = all.checks.sync = true;
  all.async = AsyncPolicy::Late;
  stats.collectStats = true;
  return {{"checks off", plain},        {"late delivery", late},
          {"hardware sums", hardware},  {"race check", race},
          {"all checks and late", all}, {"statistics", stats}};
}

double seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since)
      .count();
}

template <class T> std::vector<std::byte> bytesOf(T value) {
  std::vector<std::byte> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

llvm::Expected<LaunchConfig> prepare(Device &device) {
  LaunchConfig config;
  config.kernel = "gemm";
  config.grid = {Size / 128, Size / 128};
  config.block = {128};
  for (int i = 0; i < 3; ++i) {
    auto address = device.allocate(uint64_t(Size) * Size * 2);
    if (!address)
      return address.takeError();
    // 0x3c is half of the bytes of 1.06 in f16.
    if (llvm::Error error = device.fill(*address, 0x3c, Size * Size * 2))
      return error;
    config.params.push_back(bytesOf(*address));
  }
  for (int i = 0; i < 3; ++i)
    config.params.push_back(bytesOf(Size));
  return config;
}

llvm::Error bench(const char *path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return llvm::createStringError(file.getError(), "cannot read %s", path);
  auto start = std::chrono::steady_clock::now();
  auto module = Module::parse((*file)->getBuffer(), path);
  if (!module)
    return module.takeError();
  llvm::outs() << llvm::formatv("{0,-22} {1,8:F1} ms\n", "parse and decode",
                                seconds(start) * 1e3);
  for (const Mode &mode : modes()) {
    double best = 1e9;
    Status status = Status::Clean;
    for (int run = 0; run < 3; ++run) {
      Device device;
      auto config = prepare(device);
      if (!config)
        return config.takeError();
      start = std::chrono::steady_clock::now();
      auto report = launch(**module, device, *config, mode.options);
      if (!report)
        return report.takeError();
      best = std::min(best, seconds(start));
      status = report->status;
    }
    llvm::outs() << llvm::formatv("{0,-22} {1,8:F1} ms  {2}\n", mode.name,
                                  best * 1e3, statusName(status));
  }
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: executor_gemm gemm_cp_async_mma.ptx\n";
    return 5;
  }
  if (llvm::Error error = bench(argv[1])) {
    llvm::errs() << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
