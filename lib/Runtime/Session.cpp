// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory of a function on a device, and its launches; see Session.h.

#include "dlk/Runtime/Session.h"
#include "dlk/Runtime/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;
using namespace dlk::runtime;
using llvm::Error;
using llvm::Expected;

static constexpr uint8_t unwritten = 0xcd;
static constexpr uint8_t guardByte = 0xa5;
/// What cudaMalloc gives on every device, so that sectors counted on the CPU
/// are those of a GPU.
static constexpr uint64_t allocationAlign = 256;

Session::~Session() {
  for (const auto &entry : places)
    llvm::consumeError(device.free(entry.second.block));
}

uint64_t Session::getGuardBytes(const Buffer &buffer) const {
  return device.checksBounds() ? 0 : std::max<uint64_t>(buffer.align, 1024);
}

Error Session::allocate(const Buffer &buffer) {
  uint64_t guard = getGuardBytes(buffer);
  uint64_t total = buffer.bytes + 2 * guard;
  Expected<uint64_t> block =
      device.allocate(total, std::max(buffer.align, allocationAlign));
  if (!block)
    return llvm::createStringError(buffer.name + ": " +
                                   llvm::toString(block.takeError()));
  Place place{*block, *block + guard};
  places[buffer.name] = place;
  if (guard) {
    if (Error error = device.fill(place.block, guardByte, total))
      return error;
    if (Error error = device.fill(place.address, unwritten, buffer.bytes))
      return error;
  }
  if (buffer.init == Init::Zero)
    return device.fill(place.address, 0, buffer.bytes);
  if (buffer.role == Role::Constant)
    return write(buffer, buffer.data);
  return Error::success();
}

Error Session::allocate() {
  for (const Buffer &buffer : function.buffers)
    if (Error error = allocate(buffer))
      return error;
  return Error::success();
}

Error Session::write(const Buffer &buffer, llvm::ArrayRef<uint8_t> data) {
  if (buffer.bytes == 0)
    return Error::success();
  uint64_t address = places[buffer.name].address;
  if (buffer.bytes == data.size())
    return device.copyIn(address, data);
  std::vector<uint8_t> strided(buffer.bytes, unwritten);
  scatter(buffer, data.data(), strided.data());
  return device.copyIn(address, strided);
}

Expected<std::vector<uint8_t>> Session::read(const Buffer &buffer) {
  std::vector<uint8_t> strided(buffer.bytes);
  if (buffer.bytes == 0)
    return strided;
  if (Error error = device.copyOut(places[buffer.name].address, strided))
    return error;
  if (buffer.bytes == buffer.getDenseBytes())
    return strided;
  std::vector<uint8_t> dense(buffer.getDenseBytes());
  gather(buffer, strided.data(), dense.data());
  return dense;
}

Expected<exec::Report> Session::launch(const Launch &launch) {
  return device.launch(
      launch, [&](llvm::StringRef buffer) { return places[buffer].address; });
}

Error Session::enqueue() {
  for (const Launch &entry : function.launches) {
    Expected<exec::Report> report = launch(entry);
    if (!report)
      return report.takeError();
  }
  return Error::success();
}

exec::Status dlk::runtime::combine(exec::Status a, exec::Status b) {
  auto rank = [](exec::Status status) {
    return status == exec::Status::Clean      ? 0
           : status == exec::Status::Findings ? 1
                                              : 2;
  };
  return rank(b) > rank(a) ? b : a;
}

Expected<std::vector<LaunchReport>> Session::run() {
  std::vector<LaunchReport> reports;
  for (const Launch &entry : function.launches) {
    Expected<exec::Report> report = launch(entry);
    if (!report)
      return report.takeError();
    Expected<exec::Report> rest = device.wait();
    if (!rest)
      return rest.takeError();
    report->status = combine(report->status, rest->status);
    llvm::append_range(report->notes, rest->notes);
    reports.push_back({entry.kernel, std::move(*report)});
    exec::Status status = reports.back().report.status;
    if (status != exec::Status::Clean && status != exec::Status::Findings)
      break;
  }
  return reports;
}

Expected<std::vector<std::string>> Session::findBrokenGuards() {
  std::vector<std::string> broken;
  for (const Buffer &buffer : function.buffers) {
    std::vector<uint8_t> bytes(getGuardBytes(buffer));
    if (bytes.empty())
      continue;
    Place place = places[buffer.name];
    auto check = [&](uint64_t address, llvm::StringRef where) -> Error {
      if (Error error = device.copyOut(address, bytes))
        return error;
      if (llvm::any_of(bytes, [](uint8_t b) { return b != guardByte; }))
        broken.push_back((buffer.name + ": a kernel wrote " + where).str());
      return Error::success();
    };
    if (Error error = check(place.block, "before its first element"))
      return error;
    if (Error error =
            check(place.address + buffer.bytes, "past its last element"))
      return error;
  }
  return broken;
}
