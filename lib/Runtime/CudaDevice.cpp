// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first GPU as a device, through the CUDA driver API on the default stream.
// A fault of a kernel (an illegal address, say) becomes a finding; after it the
// context is of no more use, and every later call fails.

#include "CudaTensorMap.h"
#include "dlk/Runtime/Device.h"
#include "dlk/Runtime/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace dlk;
using namespace dlk::runtime;
using namespace dlk::runtime::cuda;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace {

class CudaDevice : public runtime::Device {
public:
  ~CudaDevice() override;
  Error open();

  std::string getName() const override { return "cuda (" + name + ")"; }
  bool checksBounds() const override { return false; }
  Error loadModule(StringRef path, bool mayTakeCubin) override;
  Expected<uint64_t> allocate(uint64_t bytes, uint64_t align) override;
  Error free(uint64_t address) override {
    return driver.check(driver.cuMemFree_v2(address), "cuMemFree");
  }
  Error copyIn(uint64_t address, llvm::ArrayRef<uint8_t> data) override;
  Error copyOut(uint64_t address, llvm::MutableArrayRef<uint8_t> data) override;
  Error fill(uint64_t address, uint8_t value, uint64_t bytes) override;
  Expected<exec::Report> launch(const Launch &launch,
                                AddressOf addressOf) override;
  Expected<exec::Report> wait() override;
  Expected<std::vector<double>> time(unsigned repeats,
                                     llvm::function_ref<Error()> work) override;

private:
  Error loadImage(StringRef path);
  Expected<CUfunction> getFunction(const Launch &launch);
  Error start(CUfunction function, const Launch &launch, void **params);
  Expected<double> timeOnce(CUevent begin, CUevent end,
                            llvm::function_ref<Error()> work);

  Driver driver;
  CUdevice device = 0;
  CUcontext context = nullptr;
  CUmodule module = nullptr;
  std::string name;
  llvm::StringMap<CUfunction> functions;
};

} // namespace

CudaDevice::~CudaDevice() {
  if (module)
    (void)driver.cuModuleUnload(module);
  if (context)
    (void)driver.cuDevicePrimaryCtxRelease_v2(device);
}

Error CudaDevice::open() {
  Expected<Driver> loaded = Driver::load();
  if (!loaded)
    return loaded.takeError();
  driver = *loaded;
  if (Error error = driver.check(driver.cuInit(0), "cuInit"))
    return error;
  int count = 0;
  if (Error error =
          driver.check(driver.cuDeviceGetCount(&count), "cuDeviceGetCount"))
    return error;
  if (count == 0)
    return llvm::createStringError("no CUDA device");
  if (Error error = driver.check(driver.cuDeviceGet(&device, 0), "cuDeviceGet"))
    return error;
  char text[256] = "";
  if (Error error =
          driver.check(driver.cuDeviceGetName(text, sizeof(text), device),
                       "cuDeviceGetName"))
    return error;
  name = text;
  if (Error error =
          driver.check(driver.cuDevicePrimaryCtxRetain(&context, device),
                       "cuDevicePrimaryCtxRetain"))
    return error;
  return driver.check(driver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
}

/// Loads a cubin, or PTX, which the driver compiles.
Error CudaDevice::loadImage(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return llvm::createStringError(
        path + ": cannot read: " + file.getError().message());
  std::vector<char> log(16384, 0);
  int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  // The image ends with a zero byte, as PTX must: MemoryBuffer puts one there.
  CUresult result = driver.cuModuleLoadDataEx(
      &module, (*file)->getBufferStart(), 2, options, values);
  if (result == CUDA_SUCCESS)
    return Error::success();
  module = nullptr;
  StringRef text = StringRef(log.data()).trim();
  return driver.check(result, path + ": the CUDA driver cannot load it" +
                                  (text.empty() ? "" : ": " + text));
}

Error CudaDevice::loadModule(StringRef path, bool mayTakeCubin) {
  llvm::SmallString<128> cubin(path);
  llvm::sys::path::replace_extension(cubin, "cubin");
  if (!mayTakeCubin || !llvm::sys::fs::exists(cubin))
    return loadImage(path);
  Error error = loadImage(cubin);
  if (!error || cubin == path || !llvm::sys::fs::exists(path))
    return error;
  // Made for another chip, perhaps; the PTX may be compiled for this one.
  Error second = loadImage(path);
  if (second)
    return llvm::joinErrors(std::move(error), std::move(second));
  llvm::consumeError(std::move(error));
  return Error::success();
}

Expected<uint64_t> CudaDevice::allocate(uint64_t bytes, uint64_t align) {
  CUdeviceptr address = 0;
  if (Error error = driver.check(
          driver.cuMemAlloc_v2(&address, std::max<uint64_t>(bytes, 1)),
          "cannot allocate " + llvm::Twine(bytes) + " bytes"))
    return std::move(error);
  if (address % align)
    return llvm::createStringError("the CUDA driver does not align to " +
                                   llvm::Twine(align) + " bytes");
  return address;
}

Error CudaDevice::copyIn(uint64_t address, llvm::ArrayRef<uint8_t> data) {
  return driver.check(driver.cuMemcpyHtoD_v2(address, data.data(), data.size()),
                      "cuMemcpyHtoD");
}

Error CudaDevice::copyOut(uint64_t address,
                          llvm::MutableArrayRef<uint8_t> data) {
  return driver.check(driver.cuMemcpyDtoH_v2(data.data(), address, data.size()),
                      "cuMemcpyDtoH");
}

Error CudaDevice::fill(uint64_t address, uint8_t value, uint64_t bytes) {
  if (bytes == 0)
    return Error::success();
  return driver.check(driver.cuMemsetD8_v2(address, value, bytes),
                      "cuMemsetD8");
}

Expected<CUfunction> CudaDevice::getFunction(const Launch &launch) {
  CUfunction &function = functions[launch.kernel];
  if (!function)
    if (Error error =
            driver.check(driver.cuModuleGetFunction(&function, module,
                                                    launch.kernel.c_str()),
                         "no kernel '" + launch.kernel + "' in the module"))
      return std::move(error);
  if (Error error = driver.check(
          driver.cuFuncSetAttribute(
              function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              int(launch.sharedBytes)),
          "kernel '" + launch.kernel + "' cannot have " +
              llvm::Twine(launch.sharedBytes) + " bytes of shared memory"))
    return std::move(error);
  return function;
}

Error CudaDevice::start(CUfunction function, const Launch &launch,
                        void **params) {
  auto [gridX, gridY, gridZ] = launch.grid;
  auto [blockX, blockY, blockZ] = launch.block;
  auto [x, y, z] = launch.cluster;
  std::string what = "cannot launch '" + launch.kernel + "'";
  if (x * y * z == 1)
    return driver.check(
        driver.cuLaunchKernel(function, gridX, gridY, gridZ, blockX, blockY,
                              blockZ, launch.sharedBytes, /*stream=*/nullptr,
                              params, /*extra=*/nullptr),
        what);
  if (!driver.cuLaunchKernelEx)
    return llvm::createStringError(
        "the CUDA driver is too old: it has no clusters");
  if (x * y * z > 8)
    if (Error error = driver.check(
            driver.cuFuncSetAttribute(
                function, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED,
                1),
            what))
      return error;
  CUlaunchAttribute attribute = {};
  attribute.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  attribute.clusterDim = {x, y, z};
  CUlaunchConfig config = {gridX,
                           gridY,
                           gridZ,
                           blockX,
                           blockY,
                           blockZ,
                           launch.sharedBytes,
                           /*hStream=*/nullptr,
                           &attribute,
                           1};
  return driver.check(
      driver.cuLaunchKernelEx(&config, function, params, /*extra=*/nullptr),
      what);
}

Expected<exec::Report> CudaDevice::launch(const Launch &launch,
                                          AddressOf addressOf) {
  Expected<CUfunction> function = getFunction(launch);
  if (!function)
    return function.takeError();
  // Each parameter in storage of its own; a tensor map must lie on 64 bytes.
  std::vector<CUtensorMap> storage(launch.params.size());
  std::vector<void *> params;
  for (auto [param, slot] : llvm::zip_equal(launch.params, storage)) {
    if (const auto *raw = std::get_if<BytesParam>(&param)) {
      // The driver only reads it, and a vector's bytes are aligned enough.
      params.push_back(const_cast<uint8_t *>(raw->data.data()));
      continue;
    }
    if (const auto *map = std::get_if<TensorMap>(&param)) {
      Expected<CUtensorMap> encoded =
          encode(driver, *map, addressOf(map->buffer) + map->offset);
      if (!encoded)
        return encoded.takeError();
      slot = *encoded;
    } else if (const auto *place = std::get_if<BufferParam>(&param)) {
      slot.opaque[0] = addressOf(place->buffer) + place->offset;
    } else {
      std::vector<uint8_t> bytes = getBytes(std::get<ValueParam>(param));
      std::memcpy(&slot, bytes.data(), bytes.size());
    }
    params.push_back(&slot);
  }
  if (Error error = start(*function, launch, params.data()))
    return std::move(error);
  return exec::Report();
}

Expected<exec::Report> CudaDevice::wait() {
  CUresult result = driver.cuCtxSynchronize();
  exec::Report report;
  if (result == CUDA_SUCCESS)
    return report;
  report.notes.push_back(
      llvm::toString(driver.check(result, "the GPU stopped the kernel")));
  report.status = result == CUDA_ERROR_LAUNCH_TIMEOUT ? exec::Status::Deadlock
                                                      : exec::Status::Findings;
  return report;
}

Expected<double> CudaDevice::timeOnce(CUevent begin, CUevent end,
                                      llvm::function_ref<Error()> work) {
  if (Error error =
          driver.check(driver.cuEventRecord(begin, nullptr), "cuEventRecord"))
    return std::move(error);
  if (Error error = work())
    return std::move(error);
  if (Error error =
          driver.check(driver.cuEventRecord(end, nullptr), "cuEventRecord"))
    return std::move(error);
  if (Error error =
          driver.check(driver.cuEventSynchronize(end), "cuEventSynchronize"))
    return std::move(error);
  float milliseconds = 0;
  if (Error error =
          driver.check(driver.cuEventElapsedTime(&milliseconds, begin, end),
                       "cuEventElapsedTime"))
    return std::move(error);
  return milliseconds * 1e-3;
}

Expected<std::vector<double>>
CudaDevice::time(unsigned repeats, llvm::function_ref<Error()> work) {
  int cacheBytes = 0;
  if (Error error = driver.check(
          driver.cuDeviceGetAttribute(
              &cacheBytes, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, device),
          "cuDeviceGetAttribute"))
    return std::move(error);
  // Writing more than the cache holds puts everything else out of it.
  uint64_t flushBytes = std::max<uint64_t>(4 * uint64_t(cacheBytes), 64 << 20);
  Expected<uint64_t> flush = allocate(flushBytes, 256);
  if (!flush)
    return flush.takeError();
  CUevent begin = nullptr, end = nullptr;
  std::vector<double> times;
  Error error = driver.check(driver.cuEventCreate(&begin, 0), "cuEventCreate");
  if (!error)
    error = driver.check(driver.cuEventCreate(&end, 0), "cuEventCreate");
  for (unsigned i = 0; !error && i < repeats; ++i) {
    error = fill(*flush, uint8_t(i), flushBytes);
    if (error)
      break;
    Expected<double> once = timeOnce(begin, end, work);
    if (once)
      times.push_back(*once);
    else
      error = once.takeError();
  }
  for (CUevent event : {begin, end})
    if (event)
      (void)driver.cuEventDestroy_v2(event);
  error = llvm::joinErrors(std::move(error), free(*flush));
  if (error)
    return std::move(error);
  return times;
}

Expected<std::unique_ptr<runtime::Device>> dlk::runtime::createCudaDevice() {
  auto device = std::make_unique<CudaDevice>();
  if (Error error = device->open())
    return llvm::createStringError("--device=cuda: " +
                                   llvm::toString(std::move(error)));
  return std::unique_ptr<runtime::Device>(std::move(device));
}
