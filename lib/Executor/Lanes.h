// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the executor holds a register: the values of all 32 lanes side by side,
// so that a handler is one loop that the compiler vectorises. A PTX register of
// 8, 16 or 32 bits is a Lanes32, one of 64 bits a Lanes64, a predicate one
// Mask. In a Lanes32 only the low bits of the register's type mean something: a
// reader of a 16-bit type truncates, a writer stores zero-extended.

#ifndef DLK_LIB_EXECUTOR_LANES_H
#define DLK_LIB_EXECUTOR_LANES_H

#include <cstdint>

namespace dlk::exec {

constexpr unsigned WarpSize = 32;

/// Bit i stands for lane i.
using Mask = uint32_t;
constexpr Mask FullMask = ~Mask(0);

struct alignas(64) Lanes32 {
  uint32_t v[WarpSize];
};
struct alignas(64) Lanes64 {
  uint64_t v[WarpSize];
};

/// Calls `body(lane)` for each set bit, lowest first.
template <class Body> inline void forEachLane(Mask mask, Body body) {
  for (; mask; mask &= mask - 1)
    body(unsigned(__builtin_ctz(mask)));
}

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_LANES_H
