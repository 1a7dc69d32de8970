// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vector clocks of the warps of a CTA: who knows how much of whose past. An
// access that warp v made at its clock c happens before what warp w does now if
// and only if knows(w, v, c). Arriving at a barrier publishes a warp's past;
// leaving one takes over what all that arrived have published. An arrival ends
// the warp's present clock, so that what it does after is not covered.

#ifndef DLK_LIB_EXECUTOR_WARPCLOCKS_H
#define DLK_LIB_EXECUTOR_WARPCLOCKS_H

#include "Lanes.h"
#include "llvm/ADT/DenseMap.h"
#include <algorithm>
#include <cstdint>
#include <vector>

namespace dlk::exec {

class WarpClocks {
public:
  /// With `proxies`, a warp also knows of how much of whose past a proxy fence
  /// was made since; barriers hand that on with the rest.
  explicit WarpClocks(unsigned warps, bool proxies = false)
      : warps(warps), width(proxies ? 2 * warps : warps),
        clocks(size_t(warps) * width), fences(proxies ? warps : 0) {
    for (unsigned w = 0; w < warps; ++w)
      row(w)[w] = 1;
  }

  unsigned count() const { return warps; }
  bool proxies() const { return !fences.empty(); }
  uint32_t now(unsigned warp) const { return row(warp)[warp]; }
  bool knows(unsigned warp, unsigned other, uint32_t clock) const {
    return warp == other || clock <= row(warp)[other];
  }
  /// Does every warp know?
  bool known(unsigned other, uint32_t clock) const {
    for (unsigned w = 0; w < warps; ++w)
      if (clock > row(w)[other])
        return false;
    return true;
  }

  /// All lanes of the warp make a proxy fence: all that the warp knows of.
  void fence(unsigned warp) {
    join(row(warp) + warps, row(warp), warps);
    fences[warp].parts.clear();
    ++row(warp)[warp];
  }
  /// Some lanes do: of the warp's own past, what they have done themselves, and
  /// what all had done when the warp was last together.
  void fence(unsigned warp, Mask lanes) {
    Fences &fence = fences[warp];
    uint32_t *covered = row(warp) + warps;
    uint32_t before = covered[warp];
    join(covered, row(warp), warps);
    covered[warp] = std::max(before, fence.together);
    if (fence.parts.size() == MostParts)
      fence.parts.erase(fence.parts.begin());
    fence.parts.push_back({own(warp)++, lanes});
  }
  /// All lanes of the warp have met.
  void together(unsigned warp) {
    if (proxies())
      fences[warp].together = own(warp)++;
  }
  /// Does `warp` know of a proxy fence after what the lane of `other` did at
  /// `clock`?
  bool fenced(unsigned warp, unsigned other, uint32_t clock,
              unsigned lane) const {
    if (clock <= row(warp)[warps + other])
      return true;
    for (auto [at, lanes] : fences[other].parts)
      if (at >= clock && lane < WarpSize && (lanes >> lane & 1) &&
          knows(warp, other, at))
        return true;
    return false;
  }

  /// A warp that has ended will not ask again: it knows everything.
  void retire(unsigned warp) { std::fill_n(row(warp), width, UINT32_MAX); }

  /// `place` is anything that orders: a barrier's number, an address.
  void publish(uint64_t place, unsigned warp) {
    std::vector<uint32_t> &published = places[place];
    published.resize(width);
    join(published.data(), row(warp), width);
    ++row(warp)[warp];
  }
  void takeOver(uint64_t place, unsigned warp) {
    auto found = places.find(place);
    if (found != places.end())
      join(row(warp), found->second.data(), width);
  }
  /// What has been published at `from` counts as published at `to`.
  void pass(uint64_t from, uint64_t to) {
    auto found = places.find(from);
    if (found == places.end())
      return;
    std::vector<uint32_t> published = std::move(found->second);
    places.erase(found);
    std::vector<uint32_t> &into = places[to];
    into.resize(width);
    join(into.data(), published.data(), width);
  }
  /// A new use of the same place starts without the old one's past.
  void reset(uint64_t place) { places.erase(place); }

private:
  static constexpr size_t MostParts = 64;
  struct Fences {
    uint32_t together = 0; ///< The clock when all lanes last met.
    std::vector<std::pair<uint32_t, Mask>> parts;
  };

  uint32_t &own(unsigned warp) { return row(warp)[warp]; }
  uint32_t *row(unsigned warp) { return &clocks[size_t(warp) * width]; }
  const uint32_t *row(unsigned warp) const {
    return &clocks[size_t(warp) * width];
  }
  static void join(uint32_t *into, const uint32_t *from, unsigned count) {
    for (unsigned w = 0; w < count; ++w)
      into[w] = std::max(into[w], from[w]);
  }

  unsigned warps, width;
  std::vector<uint32_t> clocks;
  std::vector<Fences> fences;
  llvm::DenseMap<uint64_t, std::vector<uint32_t>> places;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WARPCLOCKS_H
