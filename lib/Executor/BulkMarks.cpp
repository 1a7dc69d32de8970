// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BulkMarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace dlk::exec {

BulkMarks::BulkMarks(uint32_t sharedBytes, const WarpClocks &clocks,
                     Names names)
    : granules((sharedBytes + 15) / 16), clocks(clocks),
      names(std::move(names)) {}

uint32_t BulkMarks::newUse(uint32_t origin, uint32_t warp, const char *what) {
  if (uses.empty()) {
    uses.emplace_back();
    writes.resize(granules);
  }
  lastOver = 0;
  uint32_t number = uint32_t(uses.size());
  if (unused.empty()) {
    uses.emplace_back();
  } else {
    number = unused.back();
    unused.pop_back();
  }
  Use use;
  use.origin = origin;
  use.warp = warp;
  use.what = what;
  uses[number] = use;
  return number;
}

void BulkMarks::mark(std::vector<uint32_t> &plane, uint32_t use,
                     uint32_t offset, uint32_t bytes) {
  plane.resize(granules);
  for (uint32_t g = offset / 16; g <= (offset + bytes - 1) / 16; ++g) {
    uint32_t old = plane[g];
    if (old == use)
      continue;
    // Freed only after its end, so that nobody ends another use by its number.
    if (old && --uses[old].granules == 0 && uses[old].visibility)
      unused.push_back(old);
    plane[g] = use;
    ++uses[use].granules;
  }
}

void BulkMarks::markWrite(uint32_t use, uint32_t offset, uint32_t bytes) {
  mark(writes, use, offset, bytes);
  uses[use].writes = true;
}

std::optional<std::pair<uint32_t, uint32_t>> BulkMarks::unwaited() const {
  for (const Use &use : uses) {
    if (!use.writes || !use.granules)
      continue;
    if (!use.visibility || llvm::all_of(use.visibility->seenAt,
                                        [](uint32_t at) { return at == 0; }))
      return std::make_pair(use.origin, use.warp);
  }
  return std::nullopt;
}

void BulkMarks::markRead(uint32_t use, uint32_t offset, uint32_t bytes,
                         unsigned plane) {
  mark(reads[plane], use, offset, bytes);
}

bool BulkMarks::over(Use &use, unsigned warp) {
  // Wraps to a large number for warps of other CTAs: they are not remembered.
  unsigned own = warp - names.firstWarp;
  if (own < WarpSize && (use.knownTo >> own & 1))
    return true;
  if (!use.visibility)
    return false;
  const std::vector<uint32_t> &seenAt = use.visibility->seenAt;
  for (unsigned w = 0; w < seenAt.size(); ++w)
    if (seenAt[w] && clocks.knows(warp, w, seenAt[w])) {
      if (own < WarpSize)
        use.knownTo |= Mask(1) << own;
      return true;
    }
  return false;
}

Violation BulkMarks::report(const Use &use, const SharedAccess &access,
                            const char *doing) const {
  const char *kind = access.kind == Access::Read ? "read" : "write";
  return {FindingKind::InFlightCopy,
          llvm::formatv("{0} of {1} bytes at shared byte {2}, which the {3} of "
                        "line {4} by {5} {6}: no wait for it orders them",
                        kind, access.bytes, access.offset, use.what,
                        names.lineOf(use.origin),
                        names.warp(use.warp, access.warp), doing)};
}

void BulkMarks::addWriters(uint32_t offset, uint32_t bytes,
                           llvm::SmallVectorImpl<uint32_t> &to) const {
  if (!active())
    return;
  for (uint32_t g = offset / 16; g <= (offset + bytes - 1) / 16; ++g)
    if (writes[g] && (to.empty() || to.back() != writes[g]) &&
        !llvm::is_contained(to, writes[g]))
      to.push_back(writes[g]);
}

bool BulkMarks::areOver(llvm::ArrayRef<uint32_t> numbers, unsigned warp) {
  return llvm::all_of(
      numbers, [&](uint32_t number) { return over(uses[number], warp); });
}

std::optional<Violation> BulkMarks::check(const SharedAccess &access) {
  uint32_t last = (access.offset + access.bytes - 1) / 16;
  for (uint32_t g = access.offset / 16; g <= last; ++g) {
    uint32_t use = writes[g];
    if (use && (use != lastOver || access.warp != lastWarp)) {
      if (!over(uses[use], access.warp))
        return report(uses[use], access, "writes");
      lastOver = use;
      lastWarp = access.warp;
    }
    if (access.kind == Access::Read)
      continue;
    for (const std::vector<uint32_t> &plane : reads)
      if (!plane.empty() && plane[g] && !over(uses[plane[g]], access.warp))
        return report(uses[plane[g]], access, "reads");
  }
  return std::nullopt;
}

} // namespace dlk::exec
