// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One box of a tensor map at given coordinates, moved between global and shared
// memory: elements outside the tensor read as the fill value and are not
// written; element strides thin the box out; the swizzle permutes 16-byte
// chunks by the bits of the shared address.

#ifndef DLK_LIB_EXECUTOR_TENSORBOX_H
#define DLK_LIB_EXECUTOR_TENSORBOX_H

#include "dlk/Executor/TensorMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <array>

namespace dlk::exec {

/// Where the byte that belongs at shared address `address` lies under a swizzle
/// of `span` bytes (16: none): bits 4 and up, as many as the span has, change
/// by the bits from 7 up.
inline uint32_t swizzled(uint32_t address, uint32_t span) {
  return address ^ ((address >> 7 & (span / 16 - 1)) << 4);
}

class TensorBox {
public:
  /// `offsets` are those of im2col: one per spatial dimension, or none.
  TensorBox(TensorMapSpec map, llvm::ArrayRef<int32_t> coordinates,
            llvm::ArrayRef<uint32_t> offsets = {});

  /// In shared memory.
  uint32_t bytes() const { return rowBytes * rows; }
  /// The first and the end of the bytes of the tensor that the box touches;
  /// equal if it is all outside.
  std::pair<uint64_t, uint64_t> globalRange() const;

  /// Calls visit(address, bytes) for each run of global bytes inside the
  /// tensor.
  void forEachRun(
      llvm::function_ref<void(uint64_t address, uint64_t bytes)> visit) const;

  /// `shared` is the host's place of shared address `address`.
  void load(std::byte *shared, uint32_t address) const;
  /// put(to, from, bytes) for each run of elements inside the tensor.
  void store(const std::byte *shared, uint32_t address,
             llvm::function_ref<void(std::byte *, const std::byte *, uint64_t)>
                 put) const;

private:
  template <class Visit> void forEachRow(Visit visit) const;
  template <class Visit> void forEachPixel(Visit visit) const;

  TensorMapSpec map;
  std::array<int64_t, 5> start = {};
  std::array<int64_t, 5> offset = {}; ///< im2col.
  std::array<uint32_t, 5> count = {1, 1, 1, 1, 1};
  std::array<uint32_t, 5> step = {1, 1, 1, 1, 1};
  uint32_t elementBytes = 0, rowBytes = 0, rows = 1, span = 16;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_TENSORBOX_H
