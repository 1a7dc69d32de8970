// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packing and unpacking, clocks, float classification, cvt.pack, and addresses
// in other CTAs' shared memory.

#include "Code.h"
#include "Cta.h"
#include "Handlers.h"
#include "Memory.h"
#include <algorithm>
#include <cmath>

using namespace dlk::exec;

/// Virtual time: a kernel may measure it, but must not see the host's.
static uint64_t clockOf(const Warp &warp) { return warp.cta->cluster->steps; }

Step dlk::exec::readClock32(Warp &warp, const Op &op, Mask mask) {
  uint64_t now = clockOf(warp);
  auto which = Special(op.imm);
  bool high = which == Special::ClockHi || which == Special::GlobaltimerHi;
  Lanes32 &d = warp.r32(op.a[0]);
  forEachLane(mask,
              [&](unsigned i) { d.v[i] = uint32_t(high ? now >> 32 : now); });
  return Step::Next;
}

Step dlk::exec::readClock64(Warp &warp, const Op &op, Mask mask) {
  Lanes64 &d = warp.r64(op.a[0]);
  forEachLane(mask, [&](unsigned i) { d.v[i] = clockOf(warp); });
  return Step::Next;
}

// Packing: Op::more are the parts, low first, Op::imm their bits.

static uint64_t partOf(Warp &warp, Slot slot, int32_t bits, unsigned lane) {
  return warp.r32(slot).v[lane] & ((uint64_t(1) << bits) - 1);
}

static uint64_t packed(Warp &warp, const Op &op, unsigned lane) {
  uint64_t value = 0;
  for (unsigned k = 0; k < op.moreCount; ++k)
    value |= partOf(warp, op.more[k], op.imm, lane) << (k * unsigned(op.imm));
  return value;
}

Step dlk::exec::pack32(Warp &warp, const Op &op, Mask mask) {
  Lanes32 value;
  forEachLane(mask,
              [&](unsigned i) { value.v[i] = uint32_t(packed(warp, op, i)); });
  Lanes32 &d = warp.r32(op.a[0]);
  forEachLane(mask, [&](unsigned i) { d.v[i] = value.v[i]; });
  return Step::Next;
}

Step dlk::exec::pack64(Warp &warp, const Op &op, Mask mask) {
  Lanes64 &d = warp.r64(op.a[0]);
  forEachLane(mask, [&](unsigned i) { d.v[i] = packed(warp, op, i); });
  return Step::Next;
}

template <class Lanes>
static Step unpack(Warp &warp, const Op &op, Mask mask, const Lanes &source) {
  Lanes copy = source; // a part may be the same register
  uint64_t keep = (uint64_t(1) << op.imm) - 1;
  for (unsigned k = 0; k < op.moreCount; ++k) {
    Lanes32 &d = warp.r32(op.more[k]);
    unsigned shift = k * unsigned(op.imm);
    forEachLane(mask, [&](unsigned i) {
      d.v[i] = uint32_t((copy.v[i] >> shift) & keep);
    });
  }
  return Step::Next;
}

Step dlk::exec::unpack32(Warp &warp, const Op &op, Mask mask) {
  return unpack(warp, op, mask, warp.r32(op.a[0]));
}
Step dlk::exec::unpack64(Warp &warp, const Op &op, Mask mask) {
  return unpack(warp, op, mask, warp.r64(op.a[0]));
}

static bool testClass(FloatTest test, int kind) {
  switch (test) {
  case FloatTest::Finite:
    return kind != FP_INFINITE && kind != FP_NAN;
  case FloatTest::Infinite:
    return kind == FP_INFINITE;
  case FloatTest::Number:
    return kind != FP_NAN;
  case FloatTest::NotANumber:
    return kind == FP_NAN;
  case FloatTest::Normal:
    return kind == FP_NORMAL;
  case FloatTest::Subnormal:
    return kind == FP_SUBNORMAL;
  }
  return false;
}

template <class Value, class Lanes>
static Step testFloats(Warp &warp, const Op &op, Mask mask, const Lanes &a) {
  Mask result = 0;
  forEachLane(mask, [&](unsigned i) {
    int kind = std::fpclassify(__builtin_bit_cast(Value, a.v[i]));
    result |= Mask(testClass(FloatTest(op.imm), kind)) << i;
  });
  Mask &p = warp.predicate(op.a[0]);
  p = (p & ~mask) | result;
  return Step::Next;
}

Step dlk::exec::testFloat(Warp &warp, const Op &op, Mask mask) {
  return testFloats<float>(warp, op, mask, warp.r32(op.a[1]));
}
Step dlk::exec::testDouble(Warp &warp, const Op &op, Mask mask) {
  return testFloats<double>(warp, op, mask, warp.r64(op.a[1]));
}

/// Op::imm: bits of the parts, and 256 if they are signed. a[3] may be absent.
Step dlk::exec::convertPack(Warp &warp, const Op &op, Mask mask) {
  unsigned bits = op.imm & 0xff;
  bool sign = op.imm & 0x100;
  int64_t low = sign ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high = (int64_t(1) << (sign ? bits - 1 : bits)) - 1;
  uint32_t keep = uint32_t((uint64_t(1) << bits) - 1);
  Lanes32 &d = warp.r32(op.a[0]);
  forEachLane(mask, [&](unsigned i) {
    auto part = [&](Slot slot) {
      int64_t value = int32_t(warp.r32(slot).v[i]);
      return uint32_t(std::clamp(value, low, high)) & keep;
    };
    uint32_t both = part(op.a[1]) << bits | part(op.a[2]);
    uint32_t rest = op.a[3] == NoSlot ? 0 : warp.r32(op.a[3]).v[i];
    d.v[i] = 2 * bits < 32 ? rest << (2 * bits) | both : both;
  });
  return Step::Next;
}

// Addresses of distributed shared memory: rank + 1 in the bits above the
// offset.

static constexpr uint64_t OffsetMask = (uint64_t(1) << RankShift) - 1;

template <class Lanes>
static Step mapAddress(Warp &warp, const Op &op, Mask mask, Lanes &d,
                       const Lanes &a) {
  const Lanes32 &rank = warp.r32(op.a[2]);
  forEachLane(mask, [&](unsigned i) {
    uint64_t window = uint64_t(a.v[i]) & WindowMask;
    uint64_t offset = uint64_t(a.v[i]) & OffsetMask;
    uint64_t owner = uint64_t(rank.v[i]) + 1;
    d.v[i] = decltype(d.v[i] + 0)(window | owner << RankShift | offset);
  });
  return Step::Next;
}

Step dlk::exec::mapAddress32(Warp &warp, const Op &op, Mask mask) {
  return mapAddress(warp, op, mask, warp.r32(op.a[0]), warp.r32(op.a[1]));
}
Step dlk::exec::mapAddress64(Warp &warp, const Op &op, Mask mask) {
  return mapAddress(warp, op, mask, warp.r64(op.a[0]), warp.r64(op.a[1]));
}

template <class Lanes>
static Step addressRank(Warp &warp, const Op &op, Mask mask, const Lanes &a) {
  Lanes32 &d = warp.r32(op.a[0]);
  forEachLane(mask, [&](unsigned i) {
    uint32_t owner = uint32_t(a.v[i]) >> RankShift;
    d.v[i] = owner ? owner - 1 : warp.cta->rank;
  });
  return Step::Next;
}

Step dlk::exec::addressRank32(Warp &warp, const Op &op, Mask mask) {
  return addressRank(warp, op, mask, warp.r32(op.a[1]));
}
Step dlk::exec::addressRank64(Warp &warp, const Op &op, Mask mask) {
  return addressRank(warp, op, mask, warp.r64(op.a[1]));
}
