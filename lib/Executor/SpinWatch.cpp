// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SpinWatch.h"
#include "Code.h"
#include "Cta.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace dlk::exec;

/// Long computations come here too, so that the first turns only count.
static constexpr uint64_t FreeTurns = 4;

static bool same(const Group &a, const Group &b) {
  return a.pc == b.pc && a.mask == b.mask && a.state == b.state &&
         a.wait == b.wait;
}

/// Brent's way of finding a cycle: compare with one earlier state, and take a
/// newer one at each power of two.
void SpinWatch::turn(const Warp &warp, uint64_t version) {
  State &state = states[warp.actor];
  const Code &code = *warp.cta->launch->code;
  if (state.version != version) {
    state.version = version;
    state.turns = 0;
    state.circles = false;
  }
  if (++state.turns < FreeTurns || state.circles || code.readsClock)
    return;
  size_t bytes = code.registerBytes;
  if (state.turns > FreeTurns && state.startAfter == warp.startAfter &&
      state.groups.size() == warp.groups.size() &&
      std::equal(state.groups.begin(), state.groups.end(), warp.groups.begin(),
                 same) &&
      !std::memcmp(state.registers.data(), warp.registers, bytes)) {
    state.circles = true;
    return;
  }
  if (state.turns & (state.turns - 1))
    return;
  state.startAfter = warp.startAfter;
  state.groups.assign(warp.groups.begin(), warp.groups.end());
  state.registers.assign(warp.registers, warp.registers + bytes);
}
