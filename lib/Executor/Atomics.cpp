// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// atom and red. Lanes are served in order. A kernel with atomics on global
// memory runs on one worker, so that order, and with it floating-point results
// and returned values, is always the same; plain read-modify-write is enough.

#include "Float.h"
#include "Memory.h"
#include <cmath>
#include <cstring>

using namespace dlk::exec;

static float halfSum(uint16_t a, uint16_t b) {
  return halfToFloat(a) + halfToFloat(b);
}
static float brainSum(uint16_t a, uint16_t b) {
  return bf16ToFloat(a) + bf16ToFloat(b);
}

/// Sums round once. Minimum and maximum are those of min and max: a number
/// before a NaN, -0 before +0, two NaNs give the canonical one.
static uint16_t combineHalf(AtomicOp op, bool brain, uint16_t a, uint16_t b) {
  if (op == AtomicOp::Add)
    return brain ? floatToBF16(brainSum(a, b)) : floatToHalf(halfSum(a, b));
  float x = brain ? bf16ToFloat(a) : halfToFloat(a);
  float y = brain ? bf16ToFloat(b) : halfToFloat(b);
  if (std::isnan(x))
    return std::isnan(y) ? 0x7fff : b;
  if (std::isnan(y))
    return a;
  bool below = x < y || (x == y && std::signbit(x));
  return below == (op == AtomicOp::Min) ? a : b;
}

/// Subnormals become zeros of their sign.
static float flushed(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value)
                                                : value;
}

/// f32 sums in global memory flush subnormals, those in shared memory do not.
static uint64_t addFloats(uint64_t a, uint64_t b, bool flush) {
  float x = floatOf(uint32_t(a)), y = floatOf(uint32_t(b));
  return bitsOf(flush ? flushed(flushed(x) + flushed(y)) : x + y);
}

static uint64_t combineFloat(AtomicOp op, Type type, uint64_t a, uint64_t b,
                             bool flush) {
  switch (type) {
  case Type::f32:
    return addFloats(a, b, flush);
  case Type::f64:
    return __builtin_bit_cast(uint64_t, __builtin_bit_cast(double, a) +
                                            __builtin_bit_cast(double, b));
  case Type::f16:
  case Type::bf16:
    return combineHalf(op, type == Type::bf16, uint16_t(a), uint16_t(b));
  default: {
    bool brain = type == Type::bf16x2;
    uint64_t low = combineHalf(op, brain, uint16_t(a), uint16_t(b));
    uint64_t high =
        combineHalf(op, brain, uint16_t(a >> 16), uint16_t(b >> 16));
    return high << 16 | low;
  }
  }
}

/// Values are kept in 64 bits; signed ones sign-extended, so that one
/// comparison serves both widths.
static uint64_t extended(uint64_t value, Type type) {
  if (typeBits(type) == 64)
    return value;
  return isSigned(type) ? uint64_t(int64_t(int32_t(value))) : uint32_t(value);
}

static uint64_t combine(const AtomicSpec &spec, uint64_t old, uint64_t b,
                        uint64_t c, bool global) {
  if (spec.op == AtomicOp::Exch)
    return b;
  if (spec.op == AtomicOp::Cas)
    return old == b ? c : old;
  char kind = typeKind(spec.type);
  if (kind == 'f' || kind == 'h')
    return combineFloat(spec.op, spec.type, old, b, global);
  bool less = isSigned(spec.type) ? int64_t(old) < int64_t(b) : old < b;
  switch (spec.op) {
  case AtomicOp::Add:
    return old + b;
  case AtomicOp::Min:
    return less ? old : b;
  case AtomicOp::Max:
    return less ? b : old;
  case AtomicOp::And:
    return old & b;
  case AtomicOp::Or:
    return old | b;
  case AtomicOp::Xor:
    return old ^ b;
  case AtomicOp::Inc:
    return old >= b ? 0 : old + 1;
  case AtomicOp::Dec:
    return old == 0 || old > b ? b : old - 1;
  default:
    return old;
  }
}

void dlk::exec::reduceElement(const AtomicSpec &spec, std::byte *to,
                              const std::byte *from, bool shared) {
  uint64_t old = 0, value = 0;
  unsigned bytes = typeBits(spec.type) / 8;
  std::memcpy(&old, to, bytes);
  std::memcpy(&value, from, bytes);
  uint64_t fresh = combine(spec, extended(old, spec.type),
                           extended(value, spec.type), 0, !shared);
  std::memcpy(to, &fresh, bytes);
}

static uint64_t operandLane(Warp &warp, Slot slot, unsigned bytes,
                            unsigned lane) {
  if (bytes == 8)
    return warp.r64(slot).v[lane];
  uint32_t value = warp.r32(slot).v[lane];
  return bytes == 2 ? value & 0xffff : value;
}

/// The lanes whose place is in global memory.
static Mask globalLanes(Warp &warp, const Op &op, const MemorySpec &spec) {
  if (spec.space != Space::Generic)
    return spec.space == Space::Global ? ~Mask(0) : 0;
  LaneAddresses addresses;
  gatherAddresses(warp, op.a[0], spec.wideAddress, op.imm, addresses);
  Mask found = 0;
  for (unsigned lane = 0; lane < WarpSize; ++lane)
    found |= Mask((addresses.v[lane] & WindowMask) == 0) << lane;
  return found;
}

Step dlk::exec::atomic(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const AtomicSpec *>(op.spec);
  LanePointers pointers;
  if (!resolveAccess(warp, op, spec.memory, mask, Access::Atomic, pointers))
    return Step::Stop;
  Mask global = globalLanes(warp, op, spec.memory);
  unsigned count = spec.memory.count, bytes = spec.memory.elementBytes;
  const Slot *values = op.more + (spec.returns ? count : 0);
  for (unsigned k = 0; k < count; ++k) {
    uint64_t olds[WarpSize];
    forEachLane(mask, [&](unsigned lane) {
      std::byte *at = pointers.v[lane] + k * bytes;
      uint64_t old = 0;
      std::memcpy(&old, at, bytes);
      uint64_t b = operandLane(warp, values[k], bytes, lane);
      uint64_t c = spec.op == AtomicOp::Cas
                       ? operandLane(warp, values[count + k], bytes, lane)
                       : 0;
      uint64_t fresh =
          combine(spec, extended(old, spec.type), extended(b, spec.type),
                  extended(c, spec.type), global >> lane & 1);
      std::memcpy(at, &fresh, bytes);
      warp.cta->cluster->writes += std::memcmp(at, &old, bytes) != 0;
      olds[lane] = old;
    });
    if (!spec.returns)
      continue;
    forEachLane(mask, [&](unsigned lane) {
      if (bytes == 8)
        warp.r64(op.more[k]).v[lane] = olds[lane];
      else
        warp.r32(op.more[k]).v[lane] = uint32_t(olds[lane]);
    });
  }
  return Step::Next;
}
