// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sums of a tile of D, 16 rows by 8 columns, in both models of
// TensorCore.h: operands are matrices of doubles, one vector is one row of
// D. To be included in files whose functions are multiversioned: everything
// here is inlined into them, since vectors of this size cannot be passed to a
// function that is compiled for another machine.

#ifndef DLK_LIB_EXECUTOR_TENSORSUMS_H
#define DLK_LIB_EXECUTOR_TENSORSUMS_H

#include "Float.h"
#include "HostTarget.h"
#include "TensorCore.h"
#include <cstring>

namespace dlk::exec {

typedef double Row __attribute__((vector_size(64)));
typedef int64_t IntRow __attribute__((vector_size(64)));
typedef float FloatRow __attribute__((vector_size(32)));
typedef int32_t WordRow __attribute__((vector_size(32)));

/// Operands as matrices: A[m][k], B[k][n], C[m][n].
template <class T> struct Matrices {
  alignas(64) T a[16][64];
  alignas(64) T b[64][8];
  alignas(64) T c[16][8];
};

/// The same by pointer, for those who share A or B between tiles.
struct Factors {
  const double (*a)[64];
  const double (*b)[8];
  const double (*c)[8];
};
DLK_INLINE Factors factorsOf(const Matrices<double> &m) {
  return {m.a, m.b, m.c};
}

/// Eight neighbours of a block of 16-bit elements, as vectors so that nothing
/// is left to the vectoriser.
template <Type type> DLK_INLINE Row eightHalves(const uint16_t *from) {
  typedef uint16_t Halves __attribute__((vector_size(16)));
  Halves raw;
  std::memcpy(&raw, from, sizeof raw);
  WordRow bits = __builtin_convertvector(raw, WordRow);
  WordRow result = bits << 16;
  if constexpr (type == Type::f16) {
    // As halfToFloat.
    WordRow magnitude = bits & 0x7fff;
    WordRow special = magnitude >= (WordRow{} + 0x7c00);
    WordRow tiny = magnitude < (WordRow{} + 0x400);
    FloatRow small =
        __builtin_convertvector(magnitude, FloatRow) * (FloatRow{} + 0x1p-24f);
    WordRow normal = (magnitude << 13) + 0x38000000 + (special & 0x38000000);
    result = (tiny & (WordRow)small) | (~tiny & normal) | (bits & 0x8000) << 16;
  }
  return __builtin_convertvector((FloatRow)result, Row);
}

DLK_INLINE Row select(IntRow condition, Row yes, Row no) {
  return (Row)((condition & (IntRow)yes) | (~condition & (IntRow)no));
}

DLK_INLINE Row splat(double value) {
  return Row{value, value, value, value, value, value, value, value};
}

DLK_INLINE Row magnitude(Row x) { return (Row)((IntRow)x & INT64_MAX); }

/// Cut to a float's precision: its 24 bits, or its subnormals' last place.
DLK_INLINE FloatRow cutToFloat(Row x, unsigned fractionBits) {
  IntRow keep = IntRow{} + ~((int64_t(1) << (52 - fractionBits)) - 1);
  Row normal = (Row)((IntRow)x & keep);
  double unit = fractionBits == 23 ? 0x1p-149 : 0x1p-139;
  Row small = __builtin_elementwise_trunc(x * splat(1 / unit)) * splat(unit);
  Row result = select(magnitude(x) < splat(0x1p-126), small, normal);
  return __builtin_convertvector(result, FloatRow);
}

/// Rounds to the nearest half; the result is a number that a half can hold, or
/// beyond the largest one.
DLK_INLINE Row roundToHalf(Row x) {
  IntRow exponent = ((IntRow)x >> 52 & 0x7ff) - 1023;
  IntRow least = IntRow{} - 14, most = IntRow{} + 20;
  exponent = exponent < least ? least : exponent;
  exponent = exponent > most ? most : exponent;
  // 1.5 * 2^52 places of the half: adding it rounds there.
  Row shifter = (Row)(((exponent - 10 + 52 + 1023) << 52) |
                      (IntRow{} + (int64_t(1) << 51)));
  return x + shifter - shifter;
}

DLK_INLINE void storeHalves(Row row, uint16_t *to) {
  FloatRow floats = __builtin_convertvector(row, FloatRow);
  for (unsigned j = 0; j < 8; ++j)
    to[j] = floatToHalf(floats[j]);
}

/// Where results go: 32-bit floats (dealt out at the end) or halves.
struct Results {
  alignas(64) float floats[16][8];
  alignas(64) uint16_t halves[16][8];
};

DLK_INLINE void idealSums(const MmaSpec &spec, const Factors &m,
                          Results &results) {
  bool half = spec.d == Type::f16;
  for (unsigned i = 0; i < 16; i += 4) {
    Row sum[4];
    for (unsigned r = 0; r < 4; ++r)
      std::memcpy(&sum[r], m.c[i + r], sizeof(Row));
    for (unsigned k = 0; k < spec.k; ++k) {
      Row b;
      std::memcpy(&b, m.b[k], sizeof b);
      for (unsigned r = 0; r < 4; ++r)
        sum[r] += splat(m.a[i + r][k]) * b;
    }
    for (unsigned r = 0; r < 4; ++r) {
      if (half)
        storeHalves(roundToHalf(sum[r]), results.halves[i + r]);
      else
        *(FloatRow *)results.floats[i + r] =
            __builtin_convertvector(sum[r], FloatRow);
    }
  }
}

/// The exponents of doubles that came from a format whose least exponent is
/// `least`; zero gets one that never is the largest.
DLK_INLINE WordRow exponentsOf(Row x, int least) {
  IntRow exponents = ((IntRow)x >> 52 & 0x7ff) - 1023;
  IntRow lowest = IntRow{} + least;
  exponents = exponents < lowest ? lowest : exponents;
  IntRow zero = x == Row{};
  exponents = (zero & -1000) | (~zero & exponents);
  return __builtin_convertvector(exponents, WordRow);
}

inline int leastExponent(Type type) {
  switch (type) {
  case Type::f16:
  case Type::e5m2:
    return -14;
  case Type::e4m3:
    return -6;
  default:
    return -126;
  }
}

struct Exponents {
  alignas(64) int32_t a[16][64];
  alignas(64) int32_t b[64][8];
};

/// One block of one row: all terms cut at F bits below the largest exponent.
DLK_INLINE Row hardwareBlock(const Factors &m, const Exponents &e, unsigned i,
                             unsigned first, unsigned last, Row c, int leastC,
                             unsigned fractionBits) {
  WordRow largest = exponentsOf(c, leastC);
  // What is below the smallest float's exponent aligns there.
  WordRow floor = WordRow{} - 126;
  largest = largest < floor ? floor : largest;
  for (unsigned k = first; k < last; ++k) {
    WordRow sum = *(const WordRow *)e.b[k] + e.a[i][k];
    largest = sum > largest ? sum : largest;
  }
  IntRow wide = __builtin_convertvector(largest, IntRow);
  int64_t bits = fractionBits;
  Row scale = (Row)((bits - wide + 1023) << 52);
  Row unit = (Row)((wide - bits + 1023) << 52);
  Row total = __builtin_elementwise_trunc(c * scale);
  for (unsigned k = first; k < last; ++k) {
    Row product = splat(m.a[i][k]) * *(const Row *)m.b[k];
    total += __builtin_elementwise_trunc(product * scale);
  }
  return total * unit;
}

DLK_INLINE void hardwareSums(const MmaSpec &spec, const MmaModel &model,
                             const Factors &m, Results &results) {
  Exponents e;
  int leastA = leastExponent(spec.a), leastB = leastExponent(spec.b);
  for (unsigned i = 0; i < 16; ++i)
    for (unsigned k = 0; k < spec.k; k += 8)
      *(WordRow *)&e.a[i][k] = exponentsOf(*(const Row *)&m.a[i][k], leastA);
  for (unsigned k = 0; k < spec.k; ++k)
    *(WordRow *)e.b[k] = exponentsOf(*(const Row *)m.b[k], leastB);
  bool half = spec.d == Type::f16;
  int leastC = leastExponent(spec.c);
  unsigned block = model.blockBytes * 8 / typeBits(spec.a);
  block = block < spec.k ? block : spec.k;
  for (unsigned i = 0; i < 16; ++i) {
    Row c = *(const Row *)m.c[i];
    for (unsigned k = 0; k < spec.k; k += block) {
      Row exact =
          hardwareBlock(m, e, i, k, k + block, c, leastC, model.fractionBits);
      if (half) {
        storeHalves(roundToHalf(exact), results.halves[i]);
        for (unsigned j = 0; j < 8; ++j)
          c[j] = halfToFloat(results.halves[i][j]);
      } else {
        FloatRow cut = cutToFloat(exact, model.shortResult ? 13 : 23);
        *(FloatRow *)results.floats[i] = cut;
        c = __builtin_convertvector(cut, Row);
      }
    }
  }
}

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_TENSORSUMS_H
