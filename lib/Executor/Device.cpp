// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Device memory: each allocation is a block of its own between guard bytes, so
// that no address near its ends belongs to another one.

#include "Device.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <unistd.h>

using namespace dlk::exec;

static constexpr uint64_t GuardBytes = 512;

/// Memory that the host does not have could be reserved, but not filled.
static uint64_t hostMemory() {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? uint64_t(pages) * uint64_t(size)
                               : uint64_t(1) << 36;
}

Device::Device() : pimpl(std::make_unique<DeviceImpl>()) {}
Device::~Device() = default;

llvm::Expected<uint64_t> Device::allocate(uint64_t bytes, uint64_t align) {
  if (!llvm::isPowerOf2_64(align) || align > (1 << 20))
    return llvm::createStringError(
        "alignment is no power of two up to 1 MiB: " + llvm::Twine(align));
  uint64_t used = 0;
  for (const Allocations::Block &block : pimpl->allocations.blocks)
    used += block.end - block.begin;
  if (bytes > hostMemory() || used > hostMemory() - bytes)
    return llvm::createStringError(
        "allocation is too large: " + llvm::Twine(bytes) +
        " bytes, the host has " + llvm::Twine(hostMemory()));
  // An allocation of nothing still has an address of its own.
  uint64_t room = bytes + align + 2 * GuardBytes;
  Allocations::Block block;
  block.storage.reset(new (std::nothrow) std::byte[room]);
  if (!block.storage)
    return llvm::createStringError("out of memory: " + llvm::Twine(bytes) +
                                   " bytes");
  std::memset(block.storage.get(), 0xcd, room);
  block.written.reset(static_cast<uint8_t *>(std::calloc(bytes + 1, 1)));
  block.begin = llvm::alignTo(
      reinterpret_cast<uint64_t>(block.storage.get()) + GuardBytes, align);
  block.end = block.begin + bytes;
  uint64_t address = block.begin;
  auto &blocks = pimpl->allocations.blocks;
  auto at = std::upper_bound(blocks.begin(), blocks.end(), address,
                             [](uint64_t value, const Allocations::Block &b) {
                               return value < b.begin;
                             });
  blocks.insert(at, std::move(block));
  return address;
}

llvm::Error Device::free(uint64_t address) {
  auto &blocks = pimpl->allocations.blocks;
  for (auto it = blocks.begin(); it != blocks.end(); ++it)
    if (it->begin == address) {
      blocks.erase(it);
      return llvm::Error::success();
    }
  return llvm::createStringError("no allocation starts at 0x" +
                                 llvm::Twine::utohexstr(address));
}

static llvm::Error checkRange(const Allocations &allocations, uint64_t address,
                              uint64_t bytes) {
  for (const Allocations::Block &block : allocations.blocks)
    if (address >= block.begin && address <= block.end &&
        bytes <= block.end - address)
      return llvm::Error::success();
  return llvm::createStringError(llvm::Twine(bytes) + " bytes at 0x" +
                                 llvm::Twine::utohexstr(address) +
                                 " are not inside one allocation");
}

static void noteWritten(const Allocations &allocations, uint64_t address,
                        uint64_t bytes) {
  if (const Allocations::Block *block = allocations.find(address))
    block->write(address, bytes);
}

llvm::Error Device::copyIn(uint64_t address, llvm::ArrayRef<std::byte> data) {
  if (llvm::Error failed = checkRange(pimpl->allocations, address, data.size()))
    return failed;
  if (!data.empty())
    std::memcpy(reinterpret_cast<void *>(address), data.data(), data.size());
  noteWritten(pimpl->allocations, address, data.size());
  return llvm::Error::success();
}

llvm::Error Device::copyOut(uint64_t address,
                            llvm::MutableArrayRef<std::byte> data) const {
  if (llvm::Error failed = checkRange(pimpl->allocations, address, data.size()))
    return failed;
  if (!data.empty())
    std::memcpy(data.data(), reinterpret_cast<const void *>(address),
                data.size());
  return llvm::Error::success();
}

llvm::Error Device::fill(uint64_t address, uint8_t value, uint64_t bytes) {
  if (llvm::Error failed = checkRange(pimpl->allocations, address, bytes))
    return failed;
  if (bytes)
    std::memset(reinterpret_cast<void *>(address), value, bytes);
  noteWritten(pimpl->allocations, address, bytes);
  return llvm::Error::success();
}
