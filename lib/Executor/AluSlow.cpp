// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lane-wise operations that kernels rarely use, one lane at a time: directed
// rounding, and all conversions between number formats that have no fast loop.
// The operation is read from the key in Op::spec.

#include "Alu.h"
#include "Float.h"
#include "Warp.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APSInt.h"
#include <cmath>

using namespace dlk::exec;
using llvm::APFloat;

static APFloat::roundingMode apRounding(const AluKey &key) {
  return key.has(flag::rz)   ? APFloat::rmTowardZero
         : key.has(flag::rm) ? APFloat::rmTowardNegative
         : key.has(flag::rp) ? APFloat::rmTowardPositive
                             : APFloat::rmNearestTiesToEven;
}

// Arithmetic with directed rounding.

static APFloat ofBits(uint64_t bits, bool wide) {
  return wide ? APFloat(__builtin_bit_cast(double, bits))
              : APFloat(__builtin_bit_cast(float, uint32_t(bits)));
}

static uint64_t flushBits(uint64_t bits) {
  return bits & 0x7f800000 ? bits : bits & 0x80000000;
}

/// The square root, moved by one place where the rounding asks for it.
static APFloat squareRoot(const APFloat &a, APFloat::roundingMode mode,
                          bool wide) {
  double x = a.convertToDouble();
  double root = std::sqrt(x);
  APFloat result(root);
  bool lossy;
  if (!wide)
    result.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lossy);
  if (!(x > 0) || std::isinf(x))
    return result;
  double near = wide ? root : double(result.convertToFloat());
  // What the result's square lacks, scaled so that it does not vanish where
  // the squares are subnormal.
  int scale = x < 1 ? 256 : 0;
  double scaled = std::ldexp(near, scale);
  double rest = std::fma(-scaled, scaled, std::ldexp(x, 2 * scale));
  if (rest < 0 &&
      (mode == APFloat::rmTowardZero || mode == APFloat::rmTowardNegative))
    result.next(true);
  if (rest > 0 && mode == APFloat::rmTowardPositive)
    result.next(false);
  return result;
}

static uint64_t directedLane(const AluKey &key, uint64_t a, uint64_t b,
                             uint64_t c) {
  bool wide = key.to == Type::f64, ftz = !wide && key.has(flag::ftz);
  auto mode = apRounding(key);
  APFloat x = ofBits(ftz ? flushBits(a) : a, wide);
  APFloat y = ofBits(ftz ? flushBits(b) : b, wide);
  APFloat z = ofBits(ftz ? flushBits(c) : c, wide);
  switch (key.op) {
  case Alu::add:
    x.add(y, mode);
    break;
  case Alu::sub:
    x.subtract(y, mode);
    break;
  case Alu::mul:
    x.multiply(y, mode);
    break;
  case Alu::div:
    x.divide(y, mode);
    break;
  case Alu::rcp: {
    APFloat one = APFloat::getOne(x.getSemantics());
    one.divide(x, mode);
    x = one;
    break;
  }
  case Alu::sqrt:
    x = squareRoot(x, mode, wide);
    break;
  default:
    x.fusedMultiplyAdd(y, z, mode);
  }
  if (!wide && x.isNaN())
    return key.has(flag::sat) ? 0 : 0x7fffffff;
  uint64_t bits = x.bitcastToAPInt().getZExtValue();
  if (ftz)
    bits = flushBits(bits);
  if (!key.has(flag::sat))
    return bits;
  float value = __builtin_bit_cast(float, uint32_t(bits));
  return bitsOf(value > 0 ? (value < 1 ? value : 1.0f) : 0.0f);
}

// Conversions.

static const FloatFormat *formatOf(Type type) {
  switch (type) {
  case Type::f16:
  case Type::f16x2:
    return &F16Format;
  case Type::bf16:
  case Type::bf16x2:
    return &BF16Format;
  case Type::f32:
    return &F32Format;
  case Type::tf32:
    return &TF32Format;
  case Type::e4m3x2:
    return &E4M3Format;
  case Type::e5m2x2:
    return &E5M2Format;
  default:
    return nullptr;
  }
}

static bool isPair(Type type) {
  return type == Type::f16x2 || type == Type::bf16x2 || type == Type::e4m3x2 ||
         type == Type::e5m2x2;
}

static bool isInteger(Type type) {
  return typeKind(type) == 'u' || typeKind(type) == 's';
}

static double decodeScalar(uint64_t bits, Type type) {
  if (type == Type::f64)
    return __builtin_bit_cast(double, bits);
  if (type == Type::f32)
    return floatOf(uint32_t(bits));
  return decodeFloat(uint32_t(bits), *formatOf(type));
}

static double toIntegral(double value, const AluKey &key) {
  if (key.has(flag::rzi) || key.has(flag::rz))
    return std::trunc(value);
  if (key.has(flag::rmi) || key.has(flag::rm))
    return std::floor(value);
  if (key.has(flag::rpi) || key.has(flag::rp))
    return std::ceil(value);
  return std::nearbyint(value);
}

static uint64_t saturated(double value, Type to) {
  unsigned bits = typeBits(to);
  if (value != value)
    return 0;
  double high = std::ldexp(1.0, int(isSigned(to) ? bits - 1 : bits));
  double low = isSigned(to) ? -high : 0.0;
  if (value >= high)
    return isSigned(to) ? (uint64_t(1) << (bits - 1)) - 1
                        : ~uint64_t(0) >> (64 - bits);
  if (value <= low)
    return isSigned(to) ? ~uint64_t(0) << (bits - 1) : 0;
  return isSigned(to) ? uint64_t(int64_t(value)) : uint64_t(value);
}

static Round roundOf(const AluKey &key) {
  return key.has(flag::rz)    ? Round::Zero
         : key.has(flag::rm)  ? Round::Down
         : key.has(flag::rp)  ? Round::Up
         : key.has(flag::rna) ? Round::NearestAway
                              : Round::Nearest;
}

static uint64_t encodeScalar(double value, Type to, const AluKey &key) {
  if (key.has(flag::sat))
    value = value > 0 ? (value < 1 ? value : 1.0) : 0.0;
  if (to == Type::f64)
    return __builtin_bit_cast(uint64_t, value);
  Rounding rounding;
  rounding.mode = roundOf(key);
  rounding.satfinite =
      key.has(flag::satfinite) || to == Type::e4m3x2 || to == Type::e5m2x2;
  rounding.relu = key.has(flag::relu);
  uint32_t bits = encodeFloat(value, *formatOf(to), rounding);
  if (to == Type::tf32)
    return uint64_t(bits) << 13;
  return to == Type::f32 && key.has(flag::ftz) ? flushBits(bits) : bits;
}

static uint64_t integerToFloat(uint64_t bits, const AluKey &key) {
  bool sign = isSigned(key.from);
  unsigned width = typeBits(key.from);
  llvm::APInt number(64, bits);
  number = number.trunc(width);
  const auto &semantics = key.to == Type::f64   ? APFloat::IEEEdouble()
                          : key.to == Type::f32 ? APFloat::IEEEsingle()
                          : key.to == Type::f16 ? APFloat::IEEEhalf()
                                                : APFloat::BFloat();
  APFloat value(semantics);
  value.convertFromAPInt(number, sign, apRounding(key));
  uint64_t result = value.bitcastToAPInt().getZExtValue();
  if (!key.has(flag::sat))
    return result;
  return encodeScalar(decodeScalar(result, key.to), key.to, key);
}

static uint64_t clampInteger(uint64_t bits, const AluKey &key) {
  unsigned from = typeBits(key.from), to = typeBits(key.to);
  __int128 value = isSigned(key.from)
                       ? __int128(int64_t(bits << (64 - from)) >> (64 - from))
                       : __int128(bits & (~uint64_t(0) >> (64 - from)));
  __int128 high = (__int128(1) << (isSigned(key.to) ? to - 1 : to)) - 1;
  __int128 low = isSigned(key.to) ? -high - 1 : 0;
  return uint64_t(value > high ? high : value < low ? low : value);
}

/// Same-size float conversions with .rni and friends round to whole numbers.
static uint64_t floatToFloat(uint64_t bits, const AluKey &key) {
  if (key.has(flag::ftz) && key.from == Type::f32)
    bits = flushBits(bits);
  double value = decodeScalar(bits, key.from);
  bool integral = key.flags & (flag::rni | flag::rzi | flag::rmi | flag::rpi);
  if (integral)
    value = toIntegral(value, key);
  return encodeScalar(value, key.to, key);
}

static uint64_t convertLane(const AluKey &key, uint64_t bits) {
  if (isInteger(key.to) && isInteger(key.from))
    return clampInteger(bits, key);
  if (isInteger(key.from))
    return integerToFloat(bits, key);
  if (!isInteger(key.to))
    return floatToFloat(bits, key);
  if (key.has(flag::ftz) && key.from == Type::f32)
    bits = flushBits(bits);
  return saturated(toIntegral(decodeScalar(bits, key.from), key), key.to);
}

/// Pairs: from two f32 (the first is the high half), or from a pair.
static uint64_t convertPair(const AluKey &key, uint64_t a, uint64_t b) {
  unsigned width = typeBits(key.to) / 2;
  uint64_t high, low;
  if (isPair(key.from)) {
    unsigned from = typeBits(key.from) / 2;
    uint64_t mask = (uint64_t(1) << from) - 1;
    high = encodeScalar(
        decodeFloat(uint32_t(a >> from & mask), *formatOf(key.from)), key.to,
        key);
    low = encodeScalar(decodeFloat(uint32_t(a & mask), *formatOf(key.from)),
                       key.to, key);
  } else {
    high = encodeScalar(decodeScalar(a, key.from), key.to, key);
    low = encodeScalar(decodeScalar(b, key.from), key.to, key);
  }
  return high << width | low;
}

// Handlers.

static uint64_t sourceLane(Warp &warp, Slot slot, Type type, unsigned lane) {
  if (slot == NoSlot)
    return 0;
  return typeBits(type) == 64 ? warp.r64(slot).v[lane] : warp.r32(slot).v[lane];
}

static void storeLane(Warp &warp, Slot slot, Type type, unsigned lane,
                      uint64_t value) {
  if (typeBits(type) == 64)
    warp.r64(slot).v[lane] = value;
  else
    warp.r32(slot).v[lane] = uint32_t(value);
}

static Step directed(Warp &warp, const Op &op, Mask mask) {
  const auto &key = *static_cast<const AluKey *>(op.spec);
  forEachLane(mask, [&](unsigned i) {
    uint64_t value = directedLane(key, sourceLane(warp, op.a[1], key.to, i),
                                  sourceLane(warp, op.a[2], key.to, i),
                                  sourceLane(warp, op.a[3], key.to, i));
    storeLane(warp, op.a[0], key.to, i, value);
  });
  return Step::Next;
}

static Step convert(Warp &warp, const Op &op, Mask mask) {
  const auto &key = *static_cast<const AluKey *>(op.spec);
  forEachLane(mask, [&](unsigned i) {
    uint64_t a = sourceLane(warp, op.a[1], key.from, i);
    uint64_t value =
        isPair(key.to)
            ? convertPair(key, a, sourceLane(warp, op.a[2], key.from, i))
            : convertLane(key, a);
    storeLane(warp, op.a[0], key.to, i, value);
  });
  return Step::Next;
}

static bool isScalarFloat(Type type) {
  return type == Type::f64 || (formatOf(type) && !isPair(type));
}

static bool convertible(const AluKey &key) {
  if (isPair(key.to))
    return key.from == Type::f32 || isPair(key.from);
  bool from = isInteger(key.from) ||
              (isScalarFloat(key.from) && key.from != Type::tf32);
  bool to = isInteger(key.to) || isScalarFloat(key.to);
  return from && to && !(isInteger(key.from) && key.to == Type::tf32);
}

Handler dlk::exec::findSlow(const AluKey &key) {
  if (key.op == Alu::cvt)
    return convertible(key) ? convert : nullptr;
  if (key.to != Type::f32 && key.to != Type::f64)
    return nullptr;
  if (!(key.flags & (flag::rz | flag::rm | flag::rp)))
    return nullptr;
  switch (key.op) {
  case Alu::add:
  case Alu::sub:
  case Alu::mul:
  case Alu::div:
  case Alu::fma:
  case Alu::mad:
  case Alu::rcp:
  case Alu::sqrt:
    return directed;
  default:
    return nullptr;
  }
}
