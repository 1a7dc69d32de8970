// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which thread and register hold which element of a register fragment.
// Plain values, no IR. Source: PTX ISA, "Matrix Fragments for mma.m16n8k16",
// "... mma.m16n8k8", "... mma.m16n8k32" and "Register Fragments and Shared
// Memory Matrix Layouts" (wgmma).
#ifndef DLK_ANALYSIS_FRAGMENTLAYOUT_H
#define DLK_ANALYSIS_FRAGMENTLAYOUT_H

#include <cstdint>
#include <utility>

namespace dlk {

/// The instruction operand whose register order a fragment follows.
enum class FragmentRole { MmaA, MmaB, MmaAcc, WgmmaAcc };

/// A block-level fragment of rows x columns over warpsM x warpsN warps (or
/// warpgroups, for WgmmaAcc).
///
/// Element e of a thread belongs to instruction tile e / perTile and is
/// element e % perTile of that tile in the order of the PTX ISA. Tiles of a
/// warp are numbered row by row: MmaA 16xK (four registers of 32 bits per
/// lane), MmaB Kx8 (two), MmaAcc 16x8 (four elements), WgmmaAcc 64xN as 16x8
/// pieces per warp (four). K is 32 bytes of elements.
struct FragmentLayout {
  FragmentRole role;
  int64_t rows, columns;
  int64_t warpsM, warpsN;
  /// Of MmaA and MmaB: 1, 2 or 4.
  int64_t elementBytes = 2;

  /// The k of one mma.sync.
  static int64_t sliceExtent(int64_t elementBytes) { return 32 / elementBytes; }
  /// Rows and columns of one instruction tile.
  std::pair<int64_t, int64_t> tileShape() const;
  /// Rows and columns owned by one warp (warpgroup).
  std::pair<int64_t, int64_t> warpShape() const;
  /// Whether the shape is a multiple of tile and warps.
  bool isValid() const;
  int64_t elementsPerThread() const;
  int64_t elementsPerTile() const;
  /// (row, column) of element `element` of lane `lane` of warp `warp`.
  std::pair<int64_t, int64_t> coordinate(int64_t warp, int64_t lane,
                                         int64_t element) const;
};

} // namespace dlk

#endif
