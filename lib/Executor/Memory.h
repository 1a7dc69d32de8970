// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From PTX addresses to host memory, for all lanes of an access at once.
//
// Global addresses are host addresses, valid inside live allocations only. The
// other spaces are offsets; as generic addresses they lie in windows told apart
// by their top byte, which no host address has set.

#ifndef DLK_LIB_EXECUTOR_MEMORY_H
#define DLK_LIB_EXECUTOR_MEMORY_H

#include "Cta.h"
#include "Handlers.h"
#include <cstdlib>
#include <cstring>
#include <vector>

namespace dlk::exec {

constexpr uint64_t WindowMask = uint64_t(0xff) << 56;
constexpr uint64_t SharedWindow = uint64_t(1) << 56;
constexpr uint64_t LocalWindow = uint64_t(2) << 56;
constexpr uint64_t ParamWindow = uint64_t(3) << 56;
/// A shared::cluster address names the CTA of rank r by r+1 in these bits; 0
/// there means the CTA itself.
constexpr unsigned RankShift = 24;

/// The live allocations of a device, sorted by address.
class Allocations {
public:
  struct Block {
    uint64_t begin = 0, end = 0;
    std::unique_ptr<std::byte[]> storage; ///< With guard bytes around.
    /// 1 per byte that has been written; null if that is not known.
    std::unique_ptr<uint8_t[], void (*)(void *)> written{nullptr, std::free};
    void write(uint64_t address, uint64_t bytes) const {
      if (written && bytes)
        std::memset(written.get() + (address - begin), 1, bytes);
    }
  };
  /// The block that contains `address`, or null.
  const Block *find(uint64_t address) const;
  /// The block before or after `address` that is nearest, for messages.
  const Block *nearest(uint64_t address) const;
  std::vector<Block> blocks;
};

struct LaneAddresses {
  uint64_t v[WarpSize];
};
struct LanePointers {
  std::byte *v[WarpSize];
};

/// The addresses of an access: the slot's lanes plus the displacement.
void gatherAddresses(Warp &warp, Slot base, bool wide, int32_t displacement,
                     LaneAddresses &out);

/// What global memory is accessed for: with strong semantics, by a copy that
/// may carry along what nobody looks at, or plainly.
enum class GlobalUse : uint8_t { Plain, Strong, Copy };

/// With Launch::globalShadow: false after a finding.
bool checkGlobal(Warp &warp, const Op &op, uint64_t address, uint32_t bytes,
                 Access access, GlobalUse use, unsigned lane);

/// Resolves all lanes of `mask`, with all checks and the statistics. Returns
/// false after having reported a finding. `bytes` is what one lane touches, and
/// its alignment.
bool resolveLanes(Warp &warp, const Op &op, Space space,
                  const LaneAddresses &addresses, Mask mask, uint32_t bytes,
                  Access access, LanePointers &out,
                  GlobalUse use = GlobalUse::Plain);

/// Both of the above for a load, store or atomic.
inline bool resolveAccess(Warp &warp, const Op &op, const MemorySpec &spec,
                          Mask mask, Access access, LanePointers &out) {
  LaneAddresses addresses;
  gatherAddresses(warp, op.a[0], spec.wideAddress, op.imm, addresses);
  return resolveLanes(warp, op, spec.space, addresses, mask,
                      uint32_t(spec.elementBytes) * spec.count, access, out,
                      spec.strong ? GlobalUse::Strong : GlobalUse::Plain);
}

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_MEMORY_H
