// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Address resolution: a fast path when all lanes of an access fall into one
// allocation or into shared memory, and a careful one lane by lane that finds
// out what is wrong.

#include "Memory.h"
#include "Banks.h"
#include "Code.h"
#include "Decoder.h"
#include "Footprint.h"
#include "GlobalShadow.h"
#include "SharedShadow.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace dlk::exec;

const Allocations::Block *Allocations::find(uint64_t address) const {
  auto it = std::upper_bound(
      blocks.begin(), blocks.end(), address,
      [](uint64_t value, const Block &block) { return value < block.begin; });
  if (it == blocks.begin())
    return nullptr;
  --it;
  return address < it->end ? &*it : nullptr;
}

const Allocations::Block *Allocations::nearest(uint64_t address) const {
  const Block *best = nullptr;
  uint64_t distance = ~uint64_t(0);
  for (const Block &block : blocks) {
    uint64_t d = address < block.begin  ? block.begin - address
                 : address >= block.end ? address - block.end
                                        : 0;
    if (d < distance) {
      distance = d;
      best = &block;
    }
  }
  return best;
}

void dlk::exec::gatherAddresses(Warp &warp, Slot base, bool wide,
                                int32_t displacement, LaneAddresses &out) {
  if (wide) {
    const Lanes64 &lanes = warp.r64(base);
    for (unsigned i = 0; i < WarpSize; ++i)
      out.v[i] = lanes.v[i] + int64_t(displacement);
  } else {
    const Lanes32 &lanes = warp.r32(base);
    for (unsigned i = 0; i < WarpSize; ++i)
      out.v[i] = lanes.v[i] + uint32_t(displacement);
  }
}

/// Written so that nothing can overflow.
static bool inside(uint64_t address, uint32_t bytes, uint64_t begin,
                   uint64_t end) {
  return address >= begin && address <= end && bytes <= end - address;
}

static llvm::StringRef verbOf(Access access) {
  return access == Access::Read    ? "read"
         : access == Access::Write ? "write"
                                   : "atomic access";
}

static std::string describe(Access access, uint32_t bytes, uint64_t address,
                            const char *space) {
  return (verbOf(access) + " of " + llvm::Twine(bytes) + " bytes at " + space +
          " address 0x" + llvm::Twine::utohexstr(address))
      .str();
}

static std::byte *outside(Warp &warp, const Op &op, unsigned lane,
                          const llvm::Twine &message) {
  warp.fail(op, FindingKind::OutOfBounds, int(lane), message);
  return nullptr;
}

static std::byte *resolveGlobal(Warp &warp, const Op &op, uint64_t address,
                                uint32_t bytes, Access access, unsigned lane) {
  Allocations &global = *warp.cta->launch->global;
  const auto *block = global.find(address);
  if (block && inside(address, bytes, block->begin, block->end))
    return reinterpret_cast<std::byte *>(address);
  std::string what = describe(access, bytes, address, "global");
  if (!block)
    block = global.nearest(address);
  if (!block)
    return outside(warp, op, lane, what + ": nothing is allocated");
  bool before = address < block->begin;
  uint64_t distance =
      before ? block->begin - address : address + bytes - block->end;
  return outside(warp, op, lane,
                 what + ": " + llvm::Twine(distance) + " bytes " +
                     (before ? "before" : "past the end of") +
                     " the allocation of " +
                     llvm::Twine(block->end - block->begin) + " bytes at 0x" +
                     llvm::Twine::utohexstr(block->begin));
}

/// The CTA that a shared address names, by its rank bits. Null if there is
/// none.
static Cta *sharedOwner(Warp &warp, uint64_t &address) {
  uint64_t rank = address >> RankShift;
  address &= (uint64_t(1) << RankShift) - 1;
  if (rank == 0)
    return warp.cta;
  auto &ctas = warp.cta->cluster->ctas;
  return rank <= ctas.size() ? &ctas[rank - 1] : nullptr;
}

static std::byte *resolveShared(Warp &warp, const Op &op, uint64_t address,
                                uint32_t bytes, Access access, unsigned lane) {
  uint64_t offset = address;
  Cta *owner = sharedOwner(warp, offset);
  if (!owner || !inside(offset, bytes, SharedBase,
                        uint64_t(SharedBase) + owner->sharedBytes))
    return outside(warp, op, lane,
                   describe(access, bytes, address, "shared") +
                       ": the CTA has " + llvm::Twine(warp.cta->sharedBytes) +
                       " bytes of shared memory from address 0x" +
                       llvm::Twine::utohexstr(SharedBase));
  uint32_t at = uint32_t(offset) - SharedBase;
  SharedAccess shadowAccess{at, bytes, access, warp.actor, lane, op.origin};
  auto violation =
      owner == warp.cta ? std::nullopt : owner->shadow->checkRemote(warp.actor);
  if (!violation)
    violation = owner->shadow->check(shadowAccess);
  if (violation) {
    warp.fail(op, violation->kind, int(lane), violation->message);
    return nullptr;
  }
  return owner->shared + at;
}

static std::byte *resolveLocal(Warp &warp, const Op &op, uint64_t address,
                               uint32_t bytes, Access access, unsigned lane) {
  uint32_t size = warp.cta->launch->code->localBytes;
  if (!inside(address, bytes, LocalBase, uint64_t(LocalBase) + size))
    return outside(warp, op, lane,
                   describe(access, bytes, address, "local") +
                       ": the thread has " + llvm::Twine(size) +
                       " bytes of local memory");
  return warp.cta->local + size_t(warp.thread(lane)) * size +
         (address - LocalBase);
}

static std::byte *resolveParam(Warp &warp, const Op &op, uint64_t address,
                               uint32_t bytes, Access access, unsigned lane) {
  const auto &params = warp.cta->launch->params;
  if (access != Access::Read || !inside(address, bytes, 0, params.size()))
    return outside(warp, op, lane,
                   describe(access, bytes, address, "param") +
                       ": the kernel has " + llvm::Twine(params.size()) +
                       " bytes of read-only parameters");
  return const_cast<std::byte *>(params.data()) + address;
}

static Space spaceOf(uint64_t &address) {
  uint64_t window = address & WindowMask;
  if (window == SharedWindow || window == LocalWindow || window == ParamWindow)
    address &= ~WindowMask;
  return window == SharedWindow  ? Space::Shared
         : window == LocalWindow ? Space::Local
         : window == ParamWindow ? Space::Param
                                 : Space::Global;
}

std::byte *Warp::resolve(const Op &op, Space space, uint64_t address,
                         uint32_t bytes, Access access, unsigned lane,
                         uint32_t align) {
  if (access == Access::Write)
    ++cta->cluster->writes;
  if (!align)
    align = bytes & (~bytes + 1);
  if (address & (align - 1)) {
    fail(op, FindingKind::Misaligned, int(lane),
         verbOf(access) + " of " + llvm::Twine(bytes) + " bytes at address 0x" +
             llvm::Twine::utohexstr(address) + ": needs " + llvm::Twine(align) +
             "-byte alignment");
    return nullptr;
  }
  // A generic address as an address of a space keeps its meaning.
  Space generic = spaceOf(address);
  if (space == Space::Generic || generic != Space::Global)
    space = generic;
  switch (space) {
  case Space::Shared:
    return resolveShared(*this, op, address, bytes, access, lane);
  case Space::Local:
    return resolveLocal(*this, op, address, bytes, access, lane);
  case Space::Param:
    return resolveParam(*this, op, address, bytes, access, lane);
  default:
    return resolveGlobal(*this, op, address, bytes, access, lane);
  }
}

/// The range of the active lanes' addresses, and all their low bits.
static void addressRange(const LaneAddresses &addresses, Mask mask,
                         uint64_t &low, uint64_t &high, uint64_t &bits) {
  uint64_t first = addresses.v[__builtin_ctz(mask)];
  low = high = bits = first;
  for (unsigned i = 0; i < WarpSize; ++i) {
    uint64_t address = (mask >> i & 1) ? addresses.v[i] : first;
    low = std::min(low, address);
    high = std::max(high, address);
    bits |= address;
  }
}

/// Host memory of a whole range, if it lies in one place: `base + address`.
static bool wholeRange(Warp &warp, Space space, uint64_t low, uint64_t high,
                       uint32_t bytes, uint64_t &base) {
  if (space == Space::Global || space == Space::Const) {
    const auto *block = warp.cta->launch->global->find(low);
    base = 0;
    return block && inside(high, bytes, low, block->end);
  }
  if (space == Space::Shared) {
    base = reinterpret_cast<uint64_t>(warp.cta->shared) - SharedBase;
    return low >= SharedBase &&
           inside(high, bytes, low,
                  uint64_t(SharedBase) + warp.cta->sharedBytes);
  }
  if (space == Space::Param) {
    base = reinterpret_cast<uint64_t>(warp.cta->launch->params.data());
    return inside(high, bytes, 0, warp.cta->launch->params.size());
  }
  return false;
}

/// Asks the shadow of shared memory about each lane.
static bool checkShadow(Warp &warp, const Op &op,
                        const LaneAddresses &addresses, Mask mask,
                        uint32_t bytes, Access access) {
  SharedShadow &shadow = *warp.cta->shadow;
  for (; mask; mask &= mask - 1) {
    unsigned lane = unsigned(__builtin_ctz(mask));
    SharedAccess request{uint32_t(addresses.v[lane]) - SharedBase,
                         bytes,
                         access,
                         warp.actor,
                         lane,
                         op.origin};
    if (auto violation = shadow.check(request)) {
      warp.fail(op, violation->kind, int(lane), violation->message);
      return false;
    }
  }
  return true;
}

static void count(Warp &warp, const Op &op, Space space,
                  const LaneAddresses &addresses, Mask mask, uint32_t bytes,
                  Access access) {
  Counters &counters = warp.counts(op);
  if (space == Space::Shared)
    countShared(addresses.v, mask, bytes, counters);
  else if (space == Space::Global || space == Space::Const)
    countGlobal(addresses.v, mask, bytes, counters);
  if (space == Space::Global)
    warp.footprint->touch(addresses.v, mask, bytes, access);
}

bool dlk::exec::resolveLanes(Warp &warp, const Op &op, Space space,
                             const LaneAddresses &original, Mask mask,
                             uint32_t bytes, Access access, LanePointers &out,
                             GlobalUse use) {
  if (access == Access::Write)
    ++warp.cta->cluster->writes;
  uint64_t low, high, bits, base;
  addressRange(original, mask, low, high, bits);
  const LaneAddresses *addresses = &original;
  LaneAddresses stripped;
  if ((bits & WindowMask) != 0 || space == Space::Generic) {
    uint64_t window = low & WindowMask;
    bool uniform =
        window == (high & WindowMask) && window == (bits & WindowMask);
    Space generic = uniform ? spaceOf(low) : Space::Generic;
    if (generic != Space::Generic &&
        (generic != Space::Global || space == Space::Generic)) {
      spaceOf(high);
      for (unsigned i = 0; i < WarpSize; ++i) {
        stripped.v[i] = original.v[i];
        spaceOf(stripped.v[i]);
      }
      addresses = &stripped;
      space = generic;
    }
  }
  bool aligned = !(bits & (bytes - 1)) && !(bytes & (bytes - 1));
  if (aligned && wholeRange(warp, space, low, high, bytes, base)) {
    if (space == Space::Shared &&
        !checkShadow(warp, op, *addresses, mask, bytes, access))
      return false;
    for (unsigned i = 0; i < WarpSize; ++i)
      out.v[i] = reinterpret_cast<std::byte *>(base + addresses->v[i]);
  } else {
    for (Mask rest = mask; rest; rest &= rest - 1) {
      unsigned lane = unsigned(__builtin_ctz(rest));
      out.v[lane] =
          warp.resolve(op, space, addresses->v[lane], bytes, access, lane);
      if (!out.v[lane])
        return false;
    }
  }
  if (warp.cta->launch->globalShadow &&
      (space == Space::Global || space == Space::Generic))
    for (Mask rest = mask; rest; rest &= rest - 1) {
      unsigned lane = unsigned(__builtin_ctz(rest));
      if (!(addresses->v[lane] & WindowMask) &&
          !checkGlobal(warp, op, addresses->v[lane], bytes, access, use, lane))
        return false;
    }
  if (warp.counters)
    count(warp, op, space, *addresses, mask, bytes, access);
  return true;
}

bool dlk::exec::checkGlobal(Warp &warp, const Op &op, uint64_t address,
                            uint32_t bytes, Access access, GlobalUse use,
                            unsigned lane) {
  const auto &shadow = warp.cta->launch->globalShadow;
  if (!shadow)
    return true;
  auto violation = shadow->check(
      {address, bytes, access, use, warp.cta->cluster->number, op.origin});
  if (violation)
    warp.fail(op, violation->kind, int(lane), violation->message);
  return !violation;
}
