// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vector clocks of the warps of a CTA: who knows how much of whose past. An
// access that warp v made at its clock c happens before what warp w does now if
// and only if knows(w, v, c). Arriving at a barrier publishes a warp's past;
// leaving one takes over what all that arrived have published. An arrival ends
// the warp's present clock, so that what it does after is not covered.

#ifndef DLK_LIB_EXECUTOR_WARPCLOCKS_H
#define DLK_LIB_EXECUTOR_WARPCLOCKS_H

#include "llvm/ADT/DenseMap.h"
#include <algorithm>
#include <cstdint>
#include <vector>

namespace dlk::exec {

class WarpClocks {
public:
  explicit WarpClocks(unsigned warps)
      : warps(warps), clocks(size_t(warps) * warps) {
    for (unsigned w = 0; w < warps; ++w)
      row(w)[w] = 1;
  }

  unsigned count() const { return warps; }
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

  /// A warp that has ended will not ask again: it knows everything.
  void retire(unsigned warp) { std::fill_n(row(warp), warps, UINT32_MAX); }

  /// `place` is anything that orders: a barrier's number, an address.
  void publish(uint64_t place, unsigned warp) {
    std::vector<uint32_t> &published = places[place];
    published.resize(warps);
    join(published.data(), row(warp));
    ++row(warp)[warp];
  }
  void takeOver(uint64_t place, unsigned warp) {
    auto found = places.find(place);
    if (found != places.end())
      join(row(warp), found->second.data());
  }
  /// What has been published at `from` counts as published at `to`.
  void pass(uint64_t from, uint64_t to) {
    auto found = places.find(from);
    if (found == places.end())
      return;
    std::vector<uint32_t> published = std::move(found->second);
    places.erase(found);
    std::vector<uint32_t> &into = places[to];
    into.resize(warps);
    join(into.data(), published.data());
  }
  /// A new use of the same place starts without the old one's past.
  void reset(uint64_t place) { places.erase(place); }

private:
  uint32_t *row(unsigned warp) { return &clocks[size_t(warp) * warps]; }
  const uint32_t *row(unsigned warp) const {
    return &clocks[size_t(warp) * warps];
  }
  void join(uint32_t *into, const uint32_t *from) const {
    for (unsigned w = 0; w < warps; ++w)
      into[w] = std::max(into[w], from[w]);
  }

  unsigned warps;
  std::vector<uint32_t> clocks;
  llvm::DenseMap<uint64_t, std::vector<uint32_t>> places;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WARPCLOCKS_H
