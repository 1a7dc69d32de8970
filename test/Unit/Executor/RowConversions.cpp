// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What cvt computes between any two types, by exact integers and APFloat.

#include "RowSweep.h"
#include "llvm/ADT/APSInt.h"

using namespace dlk::exec;
using llvm::APFloat;

namespace {

using Result = std::optional<uint64_t>;

/// A destination narrower than its register is extended by its own sign.
uint64_t extended(uint64_t bits, Type type) {
  return uint64_t(integerOf(bits, type));
}

Result integers(const Opcode &op, const uint64_t *s) {
  __int128 value = integerOf(s[0], op.type(1));
  if (op.has("sat"))
    value = clampTo(value, op.type(0));
  return extended(uint64_t(value), op.type(0));
}

APFloat saturated(const APFloat &value) {
  APFloat one = APFloat::getOne(value.getSemantics());
  if (value.isNaN() || value.isNegative())
    return APFloat::getZero(value.getSemantics());
  return value > one ? one : value;
}

Result toFloat(const Opcode &op, const uint64_t *s) {
  unsigned bits = typeBits(op.type(1));
  APFloat value(semanticsOf(op.type(0)));
  value.convertFromAPInt(llvm::APInt(64, s[0]).trunc(bits),
                         isSigned(op.type(1)), roundingOf(op));
  return bitsFrom(op.has("sat") ? saturated(value) : value, op.type(0));
}

Result toInteger(const Opcode &op, const uint64_t *s) {
  APFloat value = floatFrom(s[0], op.type(1));
  if (op.has("ftz"))
    value = flushed(value);
  llvm::APSInt result(typeBits(op.type(0)), !isSigned(op.type(0)));
  bool exact;
  // Out of range gives the nearest number, NaN gives 0.
  value.convertToInteger(result, roundingOf(op), &exact);
  return extended(result.getZExtValue(), op.type(0));
}

APFloat converted(const Opcode &op, APFloat value, Type to) {
  bool lossy;
  if (op.has("ftz") && op.type(1) == Type::f32)
    value = flushed(value);
  if (op.oneOf("rni rzi rmi rpi") != "")
    value.roundToIntegral(roundingOf(op));
  value.convert(semanticsOf(to), roundingOf(op), &lossy);
  if (op.has("ftz") && to == Type::f32)
    value = flushed(value);
  if (op.has("sat"))
    value = saturated(value);
  if (op.has("relu") && !value.isNaN() && value.isNegative())
    value = APFloat::getZero(value.getSemantics());
  return value;
}

Result betweenFloats(const Opcode &op, const uint64_t *s) {
  Type to = op.type(0);
  APFloat value = converted(op, floatFrom(s[0], op.type(1)), to);
  if (to == Type::tf32)
    return value.isNaN() ? std::nullopt
                         : Result(value.bitcastToAPInt().getZExtValue() << 13);
  return bitsFrom(value, to);
}

/// Eight bits: beyond the largest number, or infinite, is the largest.
uint64_t narrow(const Opcode &op, const APFloat &from, Type to) {
  if (from.isNaN())
    return 0x7f;
  bool negative = from.isNegative();
  if (negative && op.has("relu"))
    return 0;
  APFloat largest = APFloat::getLargest(semanticsOf(to), negative);
  APFloat value = from;
  bool lossy;
  value.convert(semanticsOf(to), llvm::RoundingMode::NearestTiesToEven, &lossy);
  if (from.isInfinity() || value.isNaN() || value.isInfinity())
    value = largest;
  return value.bitcastToAPInt().getZExtValue();
}
uint64_t half(const Opcode &op, const APFloat &from, Type to) {
  if (to == Type::e4m3x2 || to == Type::e5m2x2)
    return narrow(op, from, to);
  return bitsFrom(converted(op, from, to), to);
}
/// The first source is the high half.
Result toPair(const Opcode &op, const uint64_t *s) {
  Type to = op.type(0);
  return half(op, floatFrom(s[0], op.type(1)), to) << (typeBits(to) / 2) |
         half(op, floatFrom(s[1], op.type(1)), to);
}
Result betweenPairs(const Opcode &op, const uint64_t *s) {
  Type to = op.type(0), from = op.type(1);
  APFloat high = floatFrom(s[0] >> (typeBits(from) / 2), from);
  return half(op, high, to) << (typeBits(to) / 2) |
         half(op, floatFrom(s[0], from), to);
}

#define WIDER "u16,s16,u32,s32,u64,s64"
#define INTS "u8,s8,u16,s16,u32,s32,u64,s64"
const RowSweep sweeps[] = {
    {"cvt.{" INTS "}.{" INTS "}", "DL", integers},
    {"cvt.sat.u8.{s8,u16,s16,u32,s32,u64,s64}", "DL", integers},
    {"cvt.sat.s8.{u8,u16,s16,u32,s32,u64,s64}", "DL", integers},
    {"cvt.sat.u16.{s8,s16,u32,s32,u64,s64}", "DL", integers},
    {"cvt.sat.s16.{u16,u32,s32,u64,s64}", "DL", integers},
    {"cvt.sat.u32.{s8,s16,s32,u64,s64}", "DL", integers},
    {"cvt.sat.s32.{u32,u64,s64}", "DL", integers},
    {"cvt.sat.u64.{s8,s16,s32,s64}", "DL", integers},
    {"cvt.sat.s64.u64", "DL", integers},
    {"cvt.{rn,rz,rm,rp}{,.sat}.{f16,f32,f64}.{" INTS "}", "DL", toFloat},
    {"cvt.{rn,rz,rm,rp}.bf16.{" WIDER "}", "DL", toFloat},
    {"cvt.{rni,rzi,rmi,rpi}{,.sat}.{" INTS "}.{f16,f32,f64}", "DL", toInteger},
    {"cvt.{rni,rzi,rmi,rpi}.{" WIDER "}.bf16", "DL", toInteger},
    {"cvt.{rni,rzi,rmi,rpi}.ftz.{" INTS "}.f32", "DL", toInteger},
    {"cvt.{rni,rzi,rmi,rpi}{,.sat}.f16.f16", "DL", betweenFloats},
    {"cvt.{rni,rzi,rmi,rpi}{,.ftz}{,.sat}.f32.f32", "DL", betweenFloats},
    {"cvt.{rni,rzi,rmi,rpi}{,.sat}.f64.f64", "DL", betweenFloats},
    {"cvt.{rni,rzi,rmi,rpi}.bf16.bf16", "DL", betweenFloats},
    {"cvt{,.ftz}{,.sat}.f32.f16", "DL", betweenFloats},
    {"cvt{,.sat}.f64.f16", "DL", betweenFloats},
    {"cvt{,.ftz}{,.sat}.f64.f32", "DL", betweenFloats},
    {"cvt.{rn,rz,rm,rp}{,.ftz}{,.sat}.f32.f64", "DL", betweenFloats},
    {"cvt.{rn,rz,rm,rp}{,.ftz}{,.sat}.f16.f32", "DL", betweenFloats},
    {"cvt.{rn,rz,rm,rp}{,.sat}.f16.f64", "DL", betweenFloats},
    {"cvt.{f32,f64}.bf16", "DL", betweenFloats},
    {"cvt.rn.bf16.{f16,f64}", "DL", betweenFloats},
    {"cvt.rn.f16.bf16", "DL", betweenFloats},
    {"cvt.{rn,rz}{,.relu}.{f16,bf16}.f32", "DL", betweenFloats},
    {"cvt.{rna,rn,rz}.tf32.f32", "DL", betweenFloats},
    {"cvt.{rn,rz}.relu.tf32.f32", "DL", betweenFloats},
    {"cvt.{rn,rz}{,.relu}.{f16x2,bf16x2}.f32", "DLL", toPair},
    {"cvt.rn.satfinite{,.relu}.{e4m3x2,e5m2x2}.f32", "DLL", toPair},
    {"cvt.rn.satfinite{,.relu}.{e4m3x2,e5m2x2}.f16x2", "DL", betweenPairs},
    {"cvt.rn{,.relu}.f16x2.{e4m3x2,e5m2x2}", "DL", betweenPairs},
};

} // namespace

llvm::ArrayRef<RowSweep> dlk::exec::conversionSweeps() { return sweeps; }
