// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts the banks that a warp meets when its lanes access pairs of columns:
// accesses of 64 bits are served half a warp at a time, those of 128 a quarter.

#include "dlk/Transforms/TileExchange.h"
#include "llvm/ADT/STLExtras.h"

using namespace dlk;

static bool isConflictFree(const Layout &layout, int64_t bytes,
                           TileExchange exchange) {
  int64_t lanesAtOnce = std::min<int64_t>(32, 128 / (2 * bytes));
  for (int64_t start = 0; start < 32; start += lanesAtOnce) {
    llvm::SmallVector<llvm::SmallVector<int64_t>> words(32);
    for (int64_t lane = start; lane < start + lanesAtOnce; ++lane) {
      int64_t row = lane / 4, column = lane % 4 * 2;
      if (row & exchange.rowBit)
        column += 8 * exchange.distance;
      int64_t first = layout.byteOffset({row, column}, bytes);
      for (int64_t byte = first; byte < first + 2 * bytes; byte += 4) {
        llvm::SmallVector<int64_t> &bank = words[byte / 4 % 32];
        if (!llvm::is_contained(bank, byte / 4))
          bank.push_back(byte / 4);
        if (bank.size() > 1)
          return false;
      }
    }
  }
  return true;
}

TileExchange dlk::findTileExchange(const Layout &layout, int64_t elementBytes,
                                   int64_t tiles) {
  if (isConflictFree(layout, elementBytes, {}))
    return {};
  for (int64_t distance = 1; tiles % (2 * distance) == 0; distance *= 2)
    for (int64_t rowBit : {1, 2, 4})
      if (isConflictFree(layout, elementBytes, {rowBit, distance}))
        return {rowBit, distance};
  return {};
}
