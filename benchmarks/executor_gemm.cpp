// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times the executor on one thread: a 512^3 f16 GEMM of mma.sync compiled by
// nvcc (test/Execution/cuda/gemm_cp_async_mma.cu), a 512^3 bf16 GEMM of TMA and
// wgmma (test/Execution/ptx/matmul_bf16_sm90.ptx), and loading 2,000 lines of
// PTX, each beside the time that it must not exceed.
//
//   ninja dlk-cuda-ptx executor_gemm
//   build/.../bin/executor_gemm build/.../test/Unit/Executor/cuda/nvcc/\
//       gemm_cp_async_mma.ptx test/Execution/ptx/matmul_bf16_sm90.ptx
//
// Times are of the host that runs it, the best of several runs, and say nothing
// about a GPU.

#include "dlk/Executor/Executor.h"
#include "dlk/Executor/TensorMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>
#include <ctime>

using namespace dlk::exec;
using llvm::StringRef;

namespace {

constexpr uint32_t Size = 512;
constexpr int Repeats = 5;

/// Processor time of this process, which has one thread: others on the machine
/// do not count.
double now() { return double(std::clock()) / CLOCKS_PER_SEC; }

/// `limit` 0: none is set.
void print(StringRef what, double took, double limit, StringRef status = "") {
  llvm::outs() << llvm::formatv("{0,-44} {1,8:F1} ms", what, took * 1e3);
  if (limit > 0)
    llvm::outs() << llvm::formatv("  of {0,5:F1} ms{1}", limit * 1e3,
                                  took > limit ? "  MISSED" : "");
  llvm::outs() << "  " << status << "\n";
}

template <class T> std::vector<std::byte> bytesOf(T value) {
  std::vector<std::byte> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

/// A square matrix of 16-bit elements; 0x3c is half of the bytes of 1.06 in
/// f16 and 0.0115 in bf16.
uint64_t makeMatrix(Device &device) {
  uint64_t bytes = uint64_t(Size) * Size * 2;
  uint64_t address = llvm::cantFail(device.allocate(bytes));
  llvm::cantFail(device.fill(address, 0x3c, bytes));
  return address;
}

std::vector<std::byte> makeMap(uint64_t address, uint32_t rows) {
  TensorMapSpec spec;
  spec.element = TensorElement::BF16;
  spec.address = address;
  spec.dims = {Size, Size};
  spec.strides = {Size * 2};
  spec.box = {64, rows};
  spec.elementStrides = {1, 1};
  spec.swizzle = TensorSwizzle::B128;
  return llvm::cantFail(encodeTensorMap(spec));
}

LaunchConfig prepareMma(Device &device) {
  LaunchConfig config;
  config.kernel = "gemm";
  config.grid = {Size / 128, Size / 128};
  config.block = {128};
  for (int i = 0; i < 3; ++i)
    config.params.push_back(bytesOf(makeMatrix(device)));
  for (int i = 0; i < 3; ++i)
    config.params.push_back(bytesOf(Size));
  return config;
}

LaunchConfig prepareWgmma(Device &device) {
  LaunchConfig config;
  config.kernel = "matmul_bf16_sm90";
  config.grid = {Size / 256, Size / 128};
  config.block = {384};
  config.sharedBytes = 197632;
  config.params = {makeMap(makeMatrix(device), 128),
                   makeMap(makeMatrix(device), 256),
                   bytesOf(makeMatrix(device)), bytesOf(Size), bytesOf(Size)};
  return config;
}

struct Mode {
  const char *name;
  Options options;
  bool plain = false, all = false; ///< Those that have a limit.
};

std::vector<Mode> modes() {
  Options plain, late, hardware, race, all, stats;
  late.async = AsyncPolicy::Late;
  hardware.arithmetic = TensorArithmetic::Hardware;
  race.checks.race = true;
  all.checks.init = all.checks.race = all.checks.sync = true;
  all.async = AsyncPolicy::Late;
  stats.collectStats = true;
  return {{"checks off", plain, true, false},
          {"all checks and late delivery", all, false, true},
          {"late delivery", late},
          {"hardware sums", hardware},
          {"race check", race},
          {"statistics", stats}};
}

struct Kernel {
  StringRef name, path;
  LaunchConfig (*prepare)(Device &device);
  double plainLimit, allLimit; ///< In seconds.
};

llvm::Error bench(const Kernel &kernel) {
  auto file = llvm::MemoryBuffer::getFile(kernel.path);
  if (!file)
    return llvm::createStringError(
        kernel.path + ": cannot read: " + file.getError().message());
  auto module = Module::parse((*file)->getBuffer(), kernel.path);
  if (!module)
    return module.takeError();
  for (const Mode &mode : modes()) {
    double best = 1e9;
    Status status = Status::Clean;
    for (int run = 0; run < Repeats; ++run) {
      Device device;
      LaunchConfig config = kernel.prepare(device);
      double start = now();
      auto report = launch(**module, device, config, mode.options);
      if (!report)
        return report.takeError();
      best = std::min(best, now() - start);
      status = report->status;
    }
    print((kernel.name + ", " + mode.name).str(), best,
          mode.plain ? kernel.plainLimit
          : mode.all ? kernel.allLimit
                     : 0,
          statusName(status));
  }
  return llvm::Error::success();
}

/// Time of loading a file, scaled to so many lines.
llvm::Error benchLoading(StringRef path, double lines, double limit) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return llvm::createStringError(
        path + ": cannot read: " + file.getError().message());
  StringRef text = (*file)->getBuffer();
  double best = 1e9;
  for (int run = 0; run < 4 * Repeats; ++run) {
    double start = now();
    auto module = Module::parse(text, path);
    if (!module)
      return module.takeError();
    best = std::min(best, now() - start);
  }
  double perLine = best / double(text.count('\n'));
  print(
      llvm::formatv("loading 2,000 lines (of a file of {0})", text.count('\n'))
          .str(),
      perLine * lines, limit);
  return llvm::Error::success();
}

llvm::Error benchAll(StringRef mma, StringRef wgmma) {
  if (llvm::Error error =
          bench({"512^3 f16 mma.sync", mma, prepareMma, 0.08, 0.25}))
    return error;
  if (llvm::Error error =
          bench({"512^3 bf16 wgmma", wgmma, prepareWgmma, 0.05, 0.15}))
    return error;
  return benchLoading(mma, 2000, 0.010);
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    llvm::errs() << "usage: executor_gemm gemm_cp_async_mma.ptx "
                    "matmul_bf16_sm90.ptx\n";
    return 5;
  }
  if (llvm::Error error = benchAll(argv[1], argv[2])) {
    llvm::errs() << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
