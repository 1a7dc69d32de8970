// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The register orders of mma.sync and wgmma operands. In the terms of the PTX
// ISA: g = lane / 4 ("groupID"), t = lane mod 4 ("threadID_in_group").

#include "dlk/Analysis/FragmentLayout.h"

using namespace dlk;

std::pair<int64_t, int64_t> FragmentLayout::tileShape() const {
  switch (role) {
  case FragmentRole::MmaA:
    return {16, sliceExtent(elementBytes)};
  case FragmentRole::MmaB:
    return {sliceExtent(elementBytes), 8};
  case FragmentRole::MmaAcc:
    return {16, 8};
  case FragmentRole::WgmmaAcc:
    return {64, 8};
  }
  return {1, 1};
}

std::pair<int64_t, int64_t> FragmentLayout::warpShape() const {
  switch (role) {
  case FragmentRole::MmaA:
    return {rows / warpsM, columns};
  case FragmentRole::MmaB:
    return {rows, columns / warpsN};
  default:
    return {rows / warpsM, columns / warpsN};
  }
}

bool FragmentLayout::isValid() const {
  auto [tileRows, tileColumns] = tileShape();
  int64_t rowWarps = role == FragmentRole::MmaB ? 1 : warpsM;
  int64_t columnWarps = role == FragmentRole::MmaA ? 1 : warpsN;
  return rows > 0 && columns > 0 && rows % (tileRows * rowWarps) == 0 &&
         columns % (tileColumns * columnWarps) == 0;
}

int64_t FragmentLayout::elementsPerTile() const {
  switch (role) {
  case FragmentRole::MmaA:
    return 16 / elementBytes;
  case FragmentRole::MmaB:
    return 8 / elementBytes;
  default:
    return 4;
  }
}

int64_t FragmentLayout::elementsPerThread() const {
  auto [tileRows, tileColumns] = tileShape();
  auto [warpRows, warpColumns] = warpShape();
  return warpRows / tileRows * (warpColumns / tileColumns) * elementsPerTile();
}

/// Element `e` of `lane` in one instruction tile. A register of an operand
/// holds `each` neighbours along k, and every second one those 16 bytes
/// further.
static std::pair<int64_t, int64_t>
inTile(FragmentRole role, int64_t elementBytes, int64_t lane, int64_t e) {
  int64_t g = lane / 4, t = lane % 4;
  int64_t each = 4 / elementBytes, half = 4 * each, number = e / each;
  switch (role) {
  case FragmentRole::MmaA: // rows g, g+8; then the same further along k
    return {g + 8 * (number % 2), each * t + e % each + half * (number / 2)};
  case FragmentRole::MmaB: // column g
    return {each * t + e % each + half * number, g};
  default: // c0,c1 row g; c2,c3 row g+8
    return {g + 8 * (e / 2), 2 * t + e % 2};
  }
}

std::pair<int64_t, int64_t>
FragmentLayout::coordinate(int64_t warp, int64_t lane, int64_t element) const {
  auto [tileRows, tileColumns] = tileShape();
  auto [warpRows, warpColumns] = warpShape();
  int64_t groupRow, groupColumn, rowInTile = 0;
  if (role == FragmentRole::WgmmaAcc) { // four warps share 64 rows
    groupRow = warp / 4 / warpsN;
    groupColumn = warp / 4 % warpsN;
    rowInTile = warp % 4 * 16;
  } else {
    groupRow = warp / warpsN;
    groupColumn = warp % warpsN;
  }
  if (role == FragmentRole::MmaA)
    groupColumn = 0;
  if (role == FragmentRole::MmaB)
    groupRow = 0;
  int64_t tile = element / elementsPerTile(),
          tilesPerRow = warpColumns / tileColumns;
  auto [row, column] =
      inTile(role, elementBytes, lane, element % elementsPerTile());
  return {groupRow * warpRows + tile / tilesPerRow * tileRows + rowInTile + row,
          groupColumn * warpColumns + tile % tilesPerRow * tileColumns +
              column};
}
