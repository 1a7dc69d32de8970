// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can run a plan: the CPU, by executing the PTX, or a GPU through the CUDA
// driver, which is loaded when it is asked for and not needed to build. As in
// the executor, an llvm::Error means that nothing ran; what a kernel did wrong
// is in the report.

#ifndef DLK_RUNTIME_DEVICE_H
#define DLK_RUNTIME_DEVICE_H

#include "dlk/Executor/Executor.h"
#include "dlk/Runtime/LaunchPlan.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>

namespace dlk::runtime {

/// The device address of a buffer.
using AddressOf = llvm::function_ref<uint64_t(llvm::StringRef buffer)>;

class Device {
public:
  virtual ~Device() = default;

  /// "cpu", "cuda (NVIDIA H100)".
  virtual std::string getName() const = 0;
  /// Whether an access past a buffer is found by the device itself; otherwise
  /// whoever allocates puts guard bytes around.
  virtual bool checksBounds() const = 0;

  /// `path` is the PTX file; with `mayTakeCubin`, a device may take the cubin
  /// beside it.
  virtual llvm::Error loadModule(llvm::StringRef path,
                                 bool mayTakeCubin = true) = 0;

  virtual llvm::Expected<uint64_t> allocate(uint64_t bytes, uint64_t align) = 0;
  virtual llvm::Error free(uint64_t address) = 0;
  virtual llvm::Error copyIn(uint64_t address,
                             llvm::ArrayRef<uint8_t> data) = 0;
  virtual llvm::Error copyOut(uint64_t address,
                              llvm::MutableArrayRef<uint8_t> data) = 0;
  virtual llvm::Error fill(uint64_t address, uint8_t value, uint64_t bytes) = 0;

  /// Starts a kernel; it may still run on return, in which case what it does
  /// wrong is in the report of wait().
  virtual llvm::Expected<exec::Report> launch(const Launch &launch,
                                              AddressOf addressOf) = 0;
  virtual llvm::Expected<exec::Report> wait() = 0;

  /// Seconds of each of `repeats` calls of `work`, which launches kernels, by
  /// the device's clock and with cold caches.
  virtual llvm::Expected<std::vector<double>>
  time(unsigned repeats, llvm::function_ref<llvm::Error()> work) = 0;
};

enum class DeviceKind { Auto, Cuda, Cpu };

/// Auto is the first GPU, or the CPU if there is none. `options` are the
/// executor's.
llvm::Expected<std::unique_ptr<Device>>
createDevice(DeviceKind kind, const exec::Options &options);

llvm::Expected<std::unique_ptr<Device>> createCudaDevice();
std::unique_ptr<Device> createCpuDevice(const exec::Options &options);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_DEVICE_H
