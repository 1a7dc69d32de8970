// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The floating-point formats below f32 that PTX knows, and conversion to and
// from them with any rounding. Decoding is exact. Encoding rounds once, from a
// double, so f32 and f64 sources give the same bits as the PTX instruction.
// A NaN becomes the format's canonical NaN, as on the GPU.
//
// The functions marked "bulk" are written without branches, so that a loop over
// them vectorises.

#ifndef DLK_LIB_EXECUTOR_FLOAT_H
#define DLK_LIB_EXECUTOR_FLOAT_H

#include <cstddef>
#include <cstdint>

namespace dlk::exec {

/// .rn, .rz, .rm, .rp and .rna (ties away from zero, for tf32).
enum class Round : uint8_t { Nearest, Zero, Down, Up, NearestAway };

/// A sign bit, then exponent and significand. What is above `maxFinite` is
/// infinity or NaN; a format without infinity overflows to NaN, one without NaN
/// to its largest number.
struct FloatFormat {
  uint8_t exponentBits;
  uint8_t fractionBits;
  bool hasInfinity;
  bool hasNaN;
  uint32_t maxFinite;
  uint32_t nan;

  unsigned bits() const { return 1u + exponentBits + fractionBits; }
  int bias() const { return (1 << (exponentBits - 1)) - 1; }
};

inline constexpr FloatFormat F16Format{5, 10, true, true, 0x7bff, 0x7fff};
inline constexpr FloatFormat BF16Format{8, 7, true, true, 0x7f7f, 0x7fff};
/// The upper 19 bits of an f32; PTX keeps them at the top of 32 bits.
inline constexpr FloatFormat TF32Format{8, 10, true, true, 0x3fbff, 0x3ffff};
inline constexpr FloatFormat E4M3Format{4, 3, false, true, 0x7e, 0x7f};
inline constexpr FloatFormat E5M2Format{5, 2, true, true, 0x7b, 0x7f};
inline constexpr FloatFormat E2M1Format{2, 1, false, false, 0x7, 0x7};
inline constexpr FloatFormat E2M3Format{2, 3, false, false, 0x1f, 0x1f};
inline constexpr FloatFormat E3M2Format{3, 2, false, false, 0x1f, 0x1f};
inline constexpr FloatFormat F32Format{8,    23,         true,
                                       true, 0x7f7fffff, 0x7fffffff};

struct Rounding {
  Round mode = Round::Nearest;
  bool satfinite = false; ///< Overflow and infinity give the largest number.
  bool relu = false;      ///< Negative numbers (and -0) give +0.
};

/// Rounds `value` to the format. The result is in the low bits.
uint32_t encodeFloat(double value, const FloatFormat &format,
                     Rounding rounding = {});

/// The number that the low bits stand for.
double decodeFloat(uint32_t bits, const FloatFormat &format);

inline uint32_t bitsOf(float value) {
  return __builtin_bit_cast(uint32_t, value);
}
inline float floatOf(uint32_t bits) { return __builtin_bit_cast(float, bits); }

/// Bulk. A NaN stays a NaN.
inline float halfToFloat(uint16_t half) {
  uint32_t magnitude = half & 0x7fffu;
  uint32_t sign = uint32_t(half & 0x8000u) << 16;
  // Infinity and NaN move up by twice the difference of the biases.
  uint32_t rebias = magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u;
  uint32_t normal = (magnitude << 13) + rebias;
  uint32_t small = bitsOf(float(int32_t(magnitude)) * 0x1p-24f);
  return floatOf((magnitude < 0x400u ? small : normal) | sign);
}

/// Bulk.
inline float bf16ToFloat(uint16_t value) {
  return floatOf(uint32_t(value) << 16);
}

/// Bulk: .rn, overflow to infinity.
inline uint16_t floatToHalf(float value) {
  uint32_t bits = bitsOf(value);
  uint32_t magnitude = bits & 0x7fffffffu;
  uint16_t sign = uint16_t((bits >> 16) & 0x8000u);
  // Half subnormals: adding 0.5 puts their last place at the float's.
  uint32_t small = bitsOf(floatOf(magnitude) + 0.5f) - 0x3f000000u;
  uint32_t odd = (magnitude >> 13) & 1;
  uint32_t normal = (magnitude - 0x38000000u + 0xfffu + odd) >> 13;
  uint32_t half = magnitude < 0x38800000u ? small : normal;
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;
  half = magnitude > 0x7f800000u ? 0x7fffu : half;
  uint16_t result = uint16_t(half | sign);
  return magnitude > 0x7f800000u ? uint16_t(0x7fff) : result;
}

/// Bulk: .rn.
inline uint16_t floatToBF16(float value) {
  uint32_t bits = bitsOf(value);
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
  return (bits & 0x7fffffffu) > 0x7f800000u ? uint16_t(0x7fff)
                                            : uint16_t(rounded);
}

/// What a tensor core reads of a tf32 operand: the low 13 bits are ignored.
inline float tf32Operand(uint32_t bits) { return floatOf(bits & 0xffffe000u); }

/// Exact tables of the 256 values of a format of at most 8 bits.
const float *decodeTable(const FloatFormat &format);

void halvesToFloats(const uint16_t *from, float *to, size_t count);
void floatsToHalves(const float *from, uint16_t *to, size_t count);
void bf16sToFloats(const uint16_t *from, float *to, size_t count);
void floatsToBF16s(const float *from, uint16_t *to, size_t count);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_FLOAT_H
