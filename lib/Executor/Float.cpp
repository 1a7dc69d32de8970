// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rounding to any small format in integer arithmetic: the significand of the
// double is shifted down to the format's last place, the bits shifted out
// decide, and exponent and significand are added as one number, so that a carry
// out of the significand raises the exponent by itself.

#include "Float.h"
#include "HostTarget.h"
#include <algorithm>
#include <array>
#include <cmath>

namespace dlk::exec {

/// `significand` * 2^-shift as an integer. `shift` is positive.
static uint64_t shiftAndRound(uint64_t significand, unsigned shift,
                              bool negative, Round mode) {
  // Beyond 62 all of it is below a quarter of the last place.
  shift = std::min(shift, 62u);
  uint64_t kept = significand >> shift;
  uint64_t lost = significand & ((uint64_t(1) << shift) - 1);
  uint64_t half = uint64_t(1) << (shift - 1);
  bool up = false;
  switch (mode) {
  case Round::Nearest:
    up = lost > half || (lost == half && (kept & 1));
    break;
  case Round::NearestAway:
    up = lost >= half;
    break;
  case Round::Zero:
    break;
  case Round::Down:
    up = negative && lost;
    break;
  case Round::Up:
    up = !negative && lost;
    break;
  }
  return kept + up;
}

static uint32_t overflowed(const FloatFormat &format, bool negative,
                           bool infinite, Rounding rounding) {
  bool towardZero = rounding.mode == Round::Zero ||
                    (rounding.mode == Round::Down && !negative) ||
                    (rounding.mode == Round::Up && negative);
  if (rounding.satfinite || !format.hasNaN || (towardZero && !infinite))
    return format.maxFinite;
  return format.hasInfinity ? format.maxFinite + 1 : format.nan;
}

uint32_t encodeFloat(double value, const FloatFormat &format,
                     Rounding rounding) {
  if (std::isnan(value))
    return format.hasNaN ? format.nan : format.maxFinite;
  uint64_t bits = __builtin_bit_cast(uint64_t, value);
  bool negative = bits >> 63;
  if (negative && rounding.relu)
    return 0;
  uint32_t sign = uint32_t(negative) << (format.bits() - 1);
  if (std::isinf(value))
    return sign | overflowed(format, negative, true, rounding);

  int field = int(bits >> 52 & 0x7ff);
  uint64_t significand = bits & ((uint64_t(1) << 52) - 1);
  if (field)
    significand |= uint64_t(1) << 52;
  int exponent = std::max(field, 1) - 1023;
  int least = 1 - format.bias();
  int base = std::max(exponent, least);
  unsigned shift = 52 - format.fractionBits + unsigned(base - exponent);
  uint64_t rounded = shiftAndRound(significand, shift, negative, rounding.mode);
  uint64_t result = (uint64_t(base - least) << format.fractionBits) + rounded;
  if (result > format.maxFinite)
    result = overflowed(format, negative, false, rounding);
  return sign | uint32_t(result);
}

double decodeFloat(uint32_t bits, const FloatFormat &format) {
  uint32_t magnitude = bits & ((1u << (format.bits() - 1)) - 1);
  bool negative = bits >> (format.bits() - 1) & 1;
  double value;
  if (magnitude > format.maxFinite) {
    bool infinite = format.hasInfinity && magnitude == format.maxFinite + 1;
    value = infinite ? HUGE_VAL : double(NAN);
  } else {
    int field = int(magnitude >> format.fractionBits);
    uint32_t fraction = magnitude & ((1u << format.fractionBits) - 1);
    if (field)
      fraction |= 1u << format.fractionBits;
    value = std::ldexp(double(fraction), std::max(field, 1) - format.bias() -
                                             format.fractionBits);
  }
  return negative ? -value : value;
}

static std::array<float, 256> makeTable(const FloatFormat &format) {
  std::array<float, 256> table;
  uint32_t mask = (1u << format.bits()) - 1;
  for (uint32_t bits = 0; bits < 256; ++bits)
    table[bits] = float(decodeFloat(bits & mask, format));
  return table;
}

const float *decodeTable(const FloatFormat &format) {
  static const std::array<float, 256> e4m3 = makeTable(E4M3Format);
  static const std::array<float, 256> e5m2 = makeTable(E5M2Format);
  static const std::array<float, 256> e2m1 = makeTable(E2M1Format);
  static const std::array<float, 256> e2m3 = makeTable(E2M3Format);
  static const std::array<float, 256> e3m2 = makeTable(E3M2Format);
  switch (format.exponentBits * 8 + format.fractionBits) {
  case 4 * 8 + 3:
    return e4m3.data();
  case 5 * 8 + 2:
    return e5m2.data();
  case 2 * 8 + 1:
    return e2m1.data();
  case 2 * 8 + 3:
    return e2m3.data();
  case 3 * 8 + 2:
    return e3m2.data();
  default:
    return nullptr;
  }
}

DLK_MULTIVERSION
void halvesToFloats(const uint16_t *from, float *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = halfToFloat(from[i]);
}

DLK_MULTIVERSION
void floatsToHalves(const float *from, uint16_t *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = floatToHalf(from[i]);
}

DLK_MULTIVERSION
void bf16sToFloats(const uint16_t *from, float *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = bf16ToFloat(from[i]);
}

DLK_MULTIVERSION
void floatsToBF16s(const float *from, uint16_t *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = floatToBF16(from[i]);
}

} // namespace dlk::exec
