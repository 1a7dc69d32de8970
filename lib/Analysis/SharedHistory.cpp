// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps, for every byte, its last write and the reads since; checks each new
// access against them.

#include "dlk/Analysis/SharedHistory.h"

using namespace dlk;

SharedHistory::Result SharedHistory::read(ByteRange range, int64_t event) {
  int64_t covered = 0;
  for (const Access &access : accesses) {
    if (!access.isWrite || !access.range.overlaps(range))
      continue;
    if (access.group >= 0)
      return SharedHazard{SharedHazardKind::UnfinishedCopy, access.event};
    if (access.interval == interval)
      return SharedHazard{SharedHazardKind::NoBarrierToRead, access.event};
    covered += std::min(access.range.end, range.end) -
               std::max(access.range.begin, range.begin);
  }
  if (covered != range.end - range.begin)
    return SharedHazard{SharedHazardKind::NeverWritten, -1};
  accesses.push_back({range, event, interval, /*isWrite=*/false});
  return std::nullopt;
}

SharedHistory::Result SharedHistory::write(ByteRange range, int64_t event) {
  return recordWrite({range, event, interval, /*isWrite=*/true});
}

SharedHistory::Result SharedHistory::writeAsync(ByteRange range,
                                                int64_t event) {
  return recordWrite({range, event, interval, /*isWrite=*/true, openGroup});
}

SharedHistory::Result SharedHistory::recordWrite(Access access) {
  for (const Access &earlier : accesses)
    if (earlier.range.overlaps(access.range) &&
        (earlier.interval == interval || earlier.group >= 0))
      return SharedHazard{SharedHazardKind::NoBarrierToWrite, earlier.event};
  forget(access.range);
  accesses.push_back(access);
  return std::nullopt;
}

void SharedHistory::wait(int64_t pending) {
  for (Access &access : accesses) {
    if (access.group < 0 || access.group >= openGroup - pending)
      continue;
    access.group = -1;
    access.interval = interval;
  }
}

/// Drops what is known of `range`, keeping the parts of accesses outside it.
void SharedHistory::forget(ByteRange range) {
  llvm::SmallVector<Access> kept;
  for (const Access &access : accesses) {
    Access left = access, right = access;
    left.range.end = std::min(access.range.end, range.begin);
    right.range.begin = std::max(access.range.begin, range.end);
    if (!access.range.overlaps(range)) {
      kept.push_back(access);
      continue;
    }
    if (left.range.begin < left.range.end)
      kept.push_back(left);
    if (right.range.begin < right.range.end)
      kept.push_back(right);
  }
  accesses = std::move(kept);
}
