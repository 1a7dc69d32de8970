// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts how often a shared-memory access of a warp must be served, from the
// addresses of its lanes alone. Written down independently of the layouts under
// test: 32 banks of 4 bytes; accesses of 8 (16) bytes are served half (a
// quarter) of a warp at a time; lanes in the same 4-byte word do not collide.
#ifndef DLK_TEST_UNIT_ANALYSIS_BANKS_H
#define DLK_TEST_UNIT_ANALYSIS_BANKS_H

#include "llvm/ADT/ArrayRef.h"
#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

namespace dlk::test {

/// Rounds that `lanes` need, served together: 1 is free of conflicts.
inline int64_t rounds(llvm::ArrayRef<int64_t> byteOffsets, int64_t width) {
  std::array<std::set<int64_t>, 32> words;
  for (int64_t offset : byteOffsets)
    for (int64_t word = offset / 4; word <= (offset + width - 1) / 4; ++word)
      words[word % 32].insert(word);
  size_t most = 0;
  for (const std::set<int64_t> &bank : words)
    most = std::max(most, bank.size());
  return most;
}

/// The most rounds of any group of lanes that is served together.
inline int64_t worstRounds(llvm::ArrayRef<int64_t> lanes, int64_t width) {
  size_t together = std::min<int64_t>(32, 128 / width);
  int64_t worst = 0;
  for (; !lanes.empty(); lanes = lanes.drop_front(together)) {
    together = std::min(together, lanes.size());
    worst = std::max(worst, rounds(lanes.take_front(together), width));
  }
  return worst;
}

} // namespace dlk::test

#endif
