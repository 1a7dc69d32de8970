// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which 32-byte sectors of global memory a launch has read and written: what
// must come from DRAM and go there at least. Exact and independent of order.

#ifndef DLK_LIB_EXECUTOR_FOOTPRINT_H
#define DLK_LIB_EXECUTOR_FOOTPRINT_H

#include "Warp.h"
#include "llvm/ADT/DenseMap.h"

namespace dlk::exec {

class Footprint {
public:
  /// An atomic reads and writes.
  void touch(uint64_t address, uint64_t bytes, Access access);
  /// One access of the lanes in `mask`.
  void touch(const uint64_t *addresses, Mask mask, uint32_t bytes,
             Access access);
  void add(const Footprint &other);

  uint64_t readBytes() const { return count(0); }
  uint64_t writtenBytes() const { return count(1); }

private:
  /// 4 KiB: a bit per sector for reads, and one for writes.
  struct Page {
    uint64_t bits[2][2] = {};
  };
  uint64_t count(unsigned kind) const;
  void mark(uint64_t sector, Access access);

  llvm::DenseMap<uint64_t, Page> pages;
  /// The page of the last access, since accesses come in runs.
  uint64_t lastNumber = ~uint64_t(0);
  Page *last = nullptr;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_FOOTPRINT_H
