// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function of a plan with its memory on a device: allocate, write the
// inputs, run, read the results. Memory that nobody has written yet holds 0xCD,
// so that a kernel cannot count on zeros.

#ifndef DLK_RUNTIME_SESSION_H
#define DLK_RUNTIME_SESSION_H

#include "dlk/Runtime/Device.h"
#include "llvm/ADT/StringMap.h"

namespace dlk::runtime {

struct LaunchReport {
  std::string kernel;
  exec::Report report;
};

class Session {
public:
  /// Both must outlive the session.
  Session(Device &device, const Function &function)
      : device(device), function(function) {}
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  /// Allocates all buffers, with guard bytes around them if the device does not
  /// check bounds itself, and writes constants and zeros.
  llvm::Error allocate();

  /// Elements in row-major order.
  llvm::Error write(const Buffer &buffer, llvm::ArrayRef<uint8_t> data);
  llvm::Expected<std::vector<uint8_t>> read(const Buffer &buffer);

  /// Runs the launches in order and waits; stops after one that did not come
  /// to its end.
  llvm::Expected<std::vector<LaunchReport>> run();

  /// Starts the launches in order without looking at what they did.
  llvm::Error enqueue();

  /// The buffers whose guard bytes were written, in words.
  llvm::Expected<std::vector<std::string>> findBrokenGuards();

private:
  struct Place {
    uint64_t block = 0, address = 0;
  };
  llvm::Expected<exec::Report> launch(const Launch &launch);
  llvm::Error allocate(const Buffer &buffer);
  uint64_t getGuardBytes(const Buffer &buffer) const;

  Device &device;
  const Function &function;
  llvm::StringMap<Place> places;
};

/// The worst of both.
exec::Status combine(exec::Status a, exec::Status b);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_SESSION_H
