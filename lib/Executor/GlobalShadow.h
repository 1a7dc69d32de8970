// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two optional checks on global memory, of a launch.
//
// Init: reads of bytes of an allocation that nobody has written, neither the
// host nor a kernel. The knowledge lives with the allocations, since one launch
// reads what another wrote; a launch that does not look makes all bytes count
// as written.
//
// Races: two clusters on the same byte in one launch, at least one writing, and
// not both with atomics or strong accesses, without anything that orders them.
// Order comes from atomics and strong accesses: each takes over what earlier
// ones to the same word have published, and publishes its cluster's past.
// Per word the last write and the last read are kept, so that races with
// earlier ones can be missed.

#ifndef DLK_LIB_EXECUTOR_GLOBALSHADOW_H
#define DLK_LIB_EXECUTOR_GLOBALSHADOW_H

#include "Memory.h"
#include "RaceCheck.h"
#include <memory>
#include <unordered_map>

namespace dlk::exec {

/// One lane's access; `cluster` is its cluster's number.
struct GlobalAccess {
  uint64_t address = 0;
  uint32_t bytes = 0;
  Access kind = Access::Read;
  GlobalUse use = GlobalUse::Plain;
  uint32_t cluster = 0;
  uint32_t origin = 0;
};

class GlobalShadow {
public:
  /// More clusters than this are not looked at for races.
  static constexpr uint64_t MostClusters = 1024;

  GlobalShadow(Allocations &allocations, bool init, bool races,
               uint64_t clusters, std::function<uint32_t(uint32_t)> lineOf);

  MaybeViolation check(const GlobalAccess &access);

private:
  struct Event {
    uint32_t clock = 0; ///< 0: none.
    uint32_t origin = 0;
    uint16_t cluster = 0;
    uint8_t bytes = 0;
    bool strong = false;
  };
  struct Word {
    Event write, read;
  };
  static constexpr uint64_t PageWords = 1024;
  using Page = std::array<Word, PageWords>;

  MaybeViolation checkInit(const GlobalAccess &access);
  MaybeViolation checkWord(const GlobalAccess &access, uint64_t word);
  Word &wordOf(uint64_t number);
  MaybeViolation report(const GlobalAccess &access, const Event &earlier,
                        const char *kind) const;

  Allocations &allocations;
  bool init, races;
  std::function<uint32_t(uint32_t)> lineOf;
  WarpClocks clocks; ///< Its warps are clusters here.
  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_GLOBALSHADOW_H
