// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Banks.h"
#include "llvm/ADT/SmallVector.h"
#include <algorithm>

namespace dlk::exec {

/// Passes for the lanes of one part: the most different words in one bank.
static unsigned passes(const uint32_t *addresses, Mask mask, uint32_t bytes) {
  constexpr unsigned Banks = 32;
  // The words met so far, chained by bank.
  uint32_t words[WarpSize * 8];
  uint16_t next[WarpSize * 8], head[Banks] = {};
  uint8_t depth[Banks] = {};
  unsigned count = 0, most = 0;
  forEachLane(mask, [&](unsigned lane) {
    uint32_t last = (addresses[lane] + bytes - 1) / 4;
    for (uint32_t word = addresses[lane] / 4; word <= last; ++word) {
      unsigned bank = word % Banks, found = head[bank];
      while (found && words[found - 1] != word)
        found = next[found - 1];
      if (found)
        continue;
      words[count] = word;
      next[count] = head[bank];
      head[bank] = uint16_t(++count);
      most = std::max<unsigned>(most, ++depth[bank]);
    }
  });
  return most;
}

SharedCost sharedCost(const uint32_t *addresses, Mask mask, uint32_t bytes) {
  unsigned lanes = bytes <= 4 ? 32 : bytes <= 8 ? 16 : bytes <= 16 ? 8 : 4;
  SharedCost cost;
  for (unsigned first = 0; first < WarpSize; first += lanes) {
    Mask part = mask & (FullMask >> (WarpSize - lanes)) << first;
    if (!part)
      continue;
    cost.wavefronts += passes(addresses, part, bytes);
    ++cost.ideal;
  }
  return cost;
}

GlobalCost globalCost(const uint64_t *addresses, Mask mask, uint32_t bytes) {
  struct Range {
    uint64_t begin, end;
    bool operator<(const Range &other) const { return begin < other.begin; }
  };
  llvm::SmallVector<Range, WarpSize> ranges;
  bool sorted = true;
  forEachLane(mask, [&](unsigned lane) {
    sorted &= ranges.empty() || ranges.back().begin <= addresses[lane];
    ranges.push_back({addresses[lane], addresses[lane] + bytes});
  });
  if (!sorted)
    std::sort(ranges.begin(), ranges.end());
  GlobalCost cost;
  uint64_t distinct = 0, end = 0, nextSector = 0;
  for (const Range &range : ranges) {
    uint64_t begin = std::max(range.begin, end);
    if (range.end > begin) {
      distinct += range.end - begin;
      end = range.end;
    }
    uint64_t sector = std::max(range.begin / 32, nextSector);
    uint64_t last = (range.end - 1) / 32;
    if (last >= sector) {
      cost.sectors += unsigned(last - sector + 1);
      nextSector = last + 1;
    }
  }
  cost.ideal = unsigned((distinct + 31) / 32);
  return cost;
}

void countShared(const uint64_t *addresses, Mask mask, uint32_t bytes,
                 Counters &counters) {
  uint32_t narrow[WarpSize];
  for (unsigned lane = 0; lane < WarpSize; ++lane)
    narrow[lane] = uint32_t(addresses[lane]);
  SharedCost cost = sharedCost(narrow, mask, bytes);
  counters.sharedRequests += mask != 0;
  counters.sharedWavefronts += cost.wavefronts;
  counters.sharedIdeal += cost.ideal;
}

void countGlobal(const uint64_t *addresses, Mask mask, uint32_t bytes,
                 Counters &counters) {
  GlobalCost cost = globalCost(addresses, mask, bytes);
  counters.globalRequests += mask != 0;
  counters.globalSectors += cost.sectors;
  counters.globalIdeal += cost.ideal;
  counters.globalBytes += uint64_t(bytes) * unsigned(__builtin_popcount(mask));
}

} // namespace dlk::exec
