// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RaceCheck.h"
#include "llvm/Support/FormatVariadic.h"
#include <cstring>

namespace dlk::exec {

std::string Names::warp(uint32_t actor, uint32_t reader) const {
  if (!warpsPerCta)
    return "warp " + std::to_string(actor);
  if (actor / warpsPerCta == reader / warpsPerCta)
    return "warp " + std::to_string(actor % warpsPerCta);
  return "warp " + std::to_string(actor % warpsPerCta) +
         " of the cluster's CTA " + std::to_string(actor / warpsPerCta);
}

RaceCheck::RaceCheck(uint32_t sharedBytes, WarpClocks &clocks, Names names)
    : clocks(clocks), names(std::move(names)), granules((sharedBytes + 3) / 4),
      writes(granules), writers(granules), reads(clocks.count()) {}

RaceCheck::Event RaceCheck::eventOf(const SharedAccess &access,
                                    uint32_t granule) const {
  uint32_t begin = std::max(access.offset, granule * 4) - granule * 4;
  uint32_t end =
      std::min(access.offset + access.bytes, granule * 4 + 4) - granule * 4;
  Event event;
  event.clock = clocks.now(access.warp);
  event.origin = access.origin;
  event.bytes = ((1u << end) - 1) & ~((1u << begin) - 1);
  event.lane = access.lane;
  event.atomic = access.kind == Access::Atomic;
  return event;
}

bool RaceCheck::ordered(const Event &earlier, unsigned warp,
                        const SharedAccess &access, const Event &now) const {
  return !earlier.clock || !(earlier.bytes & now.bytes) ||
         (earlier.atomic && now.atomic) ||
         clocks.knows(access.warp, warp, earlier.clock);
}

Violation RaceCheck::report(const Event &earlier, unsigned warp,
                            const char *earlierKind, const SharedAccess &access,
                            uint32_t granule) const {
  const char *kind = access.kind == Access::Read ? "read" : "write";
  return {FindingKind::Race,
          llvm::formatv("{0} of shared byte {1} races with the {2} at line {3} "
                        "by {4}: no barrier orders them",
                        kind, std::max(access.offset, granule * 4), earlierKind,
                        names.lineOf(earlier.origin),
                        names.warp(warp, access.warp))};
}

std::optional<Violation> RaceCheck::checkGranule(const SharedAccess &access,
                                                 uint32_t granule, bool copy) {
  Event now = eventOf(access, granule);
  Event &write = writes[granule];
  if (!ordered(write, writers[granule], access, now))
    return report(write, writers[granule], "write", access, granule);
  if (access.kind == Access::Read) {
    Plane &own = reads[access.warp];
    if (own.empty())
      own.resize(granules);
    Event &last = own[granule];
    // Bytes read earlier at the same clock stay on record.
    if (last.clock == now.clock)
      now.bytes |= last.bytes;
    last = now;
    return std::nullopt;
  }
  for (unsigned warp = 0; warp < reads.size(); ++warp)
    if (!reads[warp].empty())
      if (const Event &read = reads[warp][granule];
          !ordered(read, warp, access, now))
        return report(read, warp, "read", access, granule);
  if (copy) {
    now = Event();
  } else if (write.clock == now.clock && writers[granule] == access.warp) {
    now.bytes |= write.bytes;
    if (write.lane != now.lane)
      now.lane = SeveralLanes;
  }
  write = now;
  writers[granule] = uint16_t(access.warp);
  return std::nullopt;
}

std::optional<Violation> RaceCheck::check(const SharedAccess &access) {
  uint32_t last = (access.offset + access.bytes - 1) / 4;
  for (uint32_t granule = access.offset / 4; granule <= last; ++granule)
    if (auto violation = checkGranule(access, granule, false))
      return violation;
  return std::nullopt;
}

std::optional<Violation> RaceCheck::checkCopy(const SharedAccess &access) {
  uint32_t last = (access.offset + access.bytes - 1) / 4;
  for (uint32_t granule = access.offset / 4; granule <= last; ++granule)
    if (auto violation = checkGranule(access, granule, true))
      return violation;
  return std::nullopt;
}

std::optional<Violation> RaceCheck::checkAsyncRead(const SharedAccess &access) {
  uint32_t last = (access.offset + access.bytes - 1) / 4;
  for (uint32_t granule = access.offset / 4; granule <= last; ++granule)
    if (!ordered(writes[granule], writers[granule], access,
                 eventOf(access, granule)))
      return report(writes[granule], writers[granule], "write", access,
                    granule);
  return std::nullopt;
}

std::optional<Violation>
RaceCheck::checkProxy(const SharedAccess &access) const {
  uint32_t last = (access.offset + access.bytes - 1) / 4;
  for (uint32_t granule = access.offset / 4; granule <= last; ++granule) {
    const Event &write = writes[granule];
    unsigned warp = writers[granule];
    Event now = eventOf(access, granule);
    if (!write.clock || !(write.bytes & now.bytes) ||
        clocks.fenced(access.warp, warp, write.clock, write.lane))
      continue;
    return Violation{
        FindingKind::Proxy,
        llvm::formatv("the async proxy uses shared byte {0}, written at line "
                      "{1} by {2}: no fence.proxy.async comes between",
                      std::max(access.offset, granule * 4),
                      names.lineOf(write.origin),
                      names.warp(warp, access.warp))};
  }
  return std::nullopt;
}

std::optional<Violation> InitCheck::check(const SharedAccess &access) {
  uint8_t *bytes = &written[access.offset];
  if (access.kind == Access::Write) {
    std::memset(bytes, 1, access.bytes);
    return std::nullopt;
  }
  if (!std::memchr(bytes, 0, access.bytes))
    return std::nullopt;
  uint32_t first =
      access.offset +
      uint32_t(static_cast<uint8_t *>(std::memchr(bytes, 0, access.bytes)) -
               bytes);
  // Once per place is enough.
  std::memset(bytes, 1, access.bytes);
  return Violation{
      FindingKind::Uninitialised,
      llvm::formatv("read of shared byte {0}, which nobody has written",
                    first)};
}

} // namespace dlk::exec
