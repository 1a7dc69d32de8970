// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The CPU as a device: the executor behind the interface of Device.h.

#include "CpuTensorMap.h"
#include "RunFiles.h"
#include "dlk/Runtime/Device.h"
#include "dlk/Runtime/Elements.h"

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;

static llvm::ArrayRef<std::byte> asBytes(llvm::ArrayRef<uint8_t> data) {
  return {reinterpret_cast<const std::byte *>(data.data()), data.size()};
}

namespace {

class CpuDevice : public runtime::Device {
public:
  explicit CpuDevice(const exec::Options &options) : options(options) {}

  std::string getName() const override { return "cpu"; }
  bool checksBounds() const override { return true; }
  Error loadModule(llvm::StringRef path, bool mayTakeCubin) override;
  Expected<uint64_t> allocate(uint64_t bytes, uint64_t align) override {
    return memory.allocate(bytes, align);
  }
  Error free(uint64_t address) override { return memory.free(address); }
  Error copyIn(uint64_t address, llvm::ArrayRef<uint8_t> data) override {
    return memory.copyIn(address, asBytes(data));
  }
  Error copyOut(uint64_t address,
                llvm::MutableArrayRef<uint8_t> data) override {
    return memory.copyOut(
        address, {reinterpret_cast<std::byte *>(data.data()), data.size()});
  }
  Error fill(uint64_t address, uint8_t value, uint64_t bytes) override {
    return memory.fill(address, value, bytes);
  }
  Expected<exec::Report> launch(const Launch &launch,
                                AddressOf addressOf) override;
  Expected<exec::Report> wait() override { return exec::Report(); }
  Expected<std::vector<double>> time(unsigned,
                                     llvm::function_ref<Error()>) override {
    return llvm::createStringError(
        "the CPU executor's time says nothing about a GPU's");
  }

private:
  exec::Options options;
  exec::Device memory;
  std::unique_ptr<exec::Module> module;
};

} // namespace

Error CpuDevice::loadModule(llvm::StringRef path, bool) {
  if (!path.ends_with(".ptx"))
    return llvm::createStringError(path + ": the CPU executes PTX only");
  auto parsed = readModule(path);
  if (!parsed)
    return parsed.takeError();
  module = std::move(*parsed);
  return Error::success();
}

static std::vector<std::byte> getParam(const Param &param,
                                       AddressOf addressOf) {
  std::vector<uint8_t> bytes;
  if (const auto *value = std::get_if<ValueParam>(&param)) {
    bytes = getBytes(*value);
  } else if (const auto *raw = std::get_if<BytesParam>(&param)) {
    bytes = raw->data;
  } else {
    const auto &place = std::get<BufferParam>(param);
    uint64_t address = addressOf(place.buffer) + place.offset;
    bytes.resize(sizeof(address));
    std::memcpy(bytes.data(), &address, sizeof(address));
  }
  llvm::ArrayRef<std::byte> view = asBytes(bytes);
  return {view.begin(), view.end()};
}

static exec::Dim3 getDim(const std::array<uint32_t, 3> &extents) {
  return {extents[0], extents[1], extents[2]};
}

/// A map that the executor does not take is a limit of this device and not an
/// error of the plan.
static exec::Report unsupportedMap(const Launch &launch, llvm::Error reason) {
  exec::Report report;
  report.status = exec::Status::Unsupported;
  report.notes.push_back("kernel '" + launch.kernel +
                         "': " + llvm::toString(std::move(reason)));
  return report;
}

Expected<exec::Report> CpuDevice::launch(const Launch &launch,
                                         AddressOf addressOf) {
  exec::LaunchConfig config;
  config.kernel = launch.kernel;
  config.grid = getDim(launch.grid);
  config.block = getDim(launch.block);
  config.cluster = getDim(launch.cluster);
  config.sharedBytes = launch.sharedBytes;
  for (const Param &param : launch.params) {
    if (const auto *map = std::get_if<TensorMap>(&param)) {
      Expected<std::vector<std::byte>> bytes =
          encodeForExecutor(*map, addressOf(map->buffer) + map->offset);
      if (!bytes)
        return unsupportedMap(launch, bytes.takeError());
      config.params.push_back(std::move(*bytes));
      continue;
    }
    config.params.push_back(getParam(param, addressOf));
  }
  return exec::launch(*module, memory, config, options);
}

std::unique_ptr<runtime::Device>
dlk::runtime::createCpuDevice(const exec::Options &options) {
  return std::make_unique<CpuDevice>(options);
}

Expected<std::unique_ptr<runtime::Device>>
dlk::runtime::createDevice(DeviceKind kind, const exec::Options &options) {
  if (kind == DeviceKind::Cpu)
    return createCpuDevice(options);
  auto cuda = createCudaDevice();
  if (cuda || kind == DeviceKind::Cuda)
    return cuda;
  llvm::consumeError(cuda.takeError());
  return createCpuDevice(options);
}
