// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a kernel from a C++ program, with nothing but the executor's library:
// y = a * x + y of examples/saxpy.ptx, checked, and counted.

#include "dlk/Executor/Executor.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace dlk;

template <typename T> static std::vector<std::byte> asParam(T value) {
  std::vector<std::byte> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

static llvm::ArrayRef<std::byte> bytesOf(const std::vector<float> &values) {
  return {reinterpret_cast<const std::byte *>(values.data()),
          values.size() * sizeof(float)};
}

/// Device memory with the values in it.
static llvm::Expected<uint64_t> upload(exec::Device &device,
                                       const std::vector<float> &values) {
  llvm::Expected<uint64_t> address = device.allocate(bytesOf(values).size());
  if (!address)
    return address;
  if (llvm::Error error = device.copyIn(*address, bytesOf(values)))
    return std::move(error);
  return address;
}

static llvm::Error run(const char *path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return llvm::createStringError(file.getError(), "cannot read %s", path);
  // Parsing and decoding are done once; a module may be launched often, and by
  // several threads.
  auto module = exec::Module::parse((*file)->getBuffer(), path);
  if (!module)
    return module.takeError();

  constexpr uint32_t count = 1000;
  std::vector<float> x(count), y(count, 1);
  for (uint32_t i = 0; i < count; ++i)
    x[i] = float(i);
  exec::Device device;
  auto deviceX = upload(device, x), deviceY = upload(device, y);
  if (!deviceX || !deviceY)
    return llvm::joinErrors(deviceX.takeError(), deviceY.takeError());

  exec::LaunchConfig config;
  config.kernel = "saxpy";
  config.grid = {(count + 127) / 128};
  config.block = {128};
  config.params = {asParam(count), asParam(2.0f), asParam(*deviceX),
                   asParam(*deviceY)};
  exec::Options options;
  options.checks = {/*init=*/true, /*race=*/true, /*sync=*/true};
  options.collectStats = true;
  // An error is a mistake of this program; those of the kernel are reported.
  auto report = launch(**module, device, config, options);
  if (!report)
    return report.takeError();
  for (const exec::Finding &finding : report->findings)
    llvm::errs() << finding.str(path) << "\n";

  std::vector<std::byte> result(count * sizeof(float));
  if (llvm::Error error = device.copyOut(*deviceY, result))
    return error;
  std::memcpy(y.data(), result.data(), result.size());
  for (uint32_t i = 0; i < count; ++i)
    if (y[i] != 2 * x[i] + 1)
      return llvm::createStringError("y[%u] is %g", i, double(y[i]));
  llvm::outs() << "saxpy: " << exec::statusName(report->status) << ", "
               << report->stats.total.globalSectors << " sectors\n";
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: saxpy saxpy.ptx\n";
    return 2;
  }
  if (llvm::Error error = run(argv[1])) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
