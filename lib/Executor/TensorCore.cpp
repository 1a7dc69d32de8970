// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One layout rule serves all shapes: with e elements per register, register r
// of A holds, over the 32 lanes, the 8 x 4e block of rows 8(r % rowBlocks) and
// columns 4e(r / rowBlocks), stored row by row; B the same of its transpose.
// So a fragment's registers are gathered by plain loops, the sums are computed
// on small row-major matrices of doubles (8 columns wide, one vector), and the
// result is dealt out again.

#include "TensorCore.h"
#include "Float.h"
#include "HostTarget.h"
#include "Lanes.h"
#include "MatrixMove.h"
#include <cmath>
#include <cstring>

namespace dlk::exec {

static bool isNarrowInteger(Type type) {
  return type == Type::s8 || type == Type::u8 || type == Type::s4 ||
         type == Type::u4;
}
static bool isFp8(Type type) {
  return type == Type::e4m3 || type == Type::e5m2;
}

/// Is there an instruction that multiplies m x n x k elements of these types?
static bool knownShape(const MmaSpec &s) {
  bool m16 = s.m == 16;
  if (s.n != 8 || (s.m != 8 && !m16) || s.c != s.d)
    return false;
  auto k = [&](unsigned first, unsigned second, unsigned third = 0) {
    return s.k == first || s.k == second || (third && s.k == third);
  };
  bool floatSum = s.d == Type::f32;
  if (s.satfinite && s.d != Type::s32)
    return false;
  if (isNarrowInteger(s.a) && isNarrowInteger(s.b)) {
    if (typeBits(s.a) != typeBits(s.b) || s.d != Type::s32)
      return false;
    unsigned row = 128 / typeBits(s.a);
    return s.k == row || (m16 && s.k == 2 * row);
  }
  if (isFp8(s.a) && isFp8(s.b))
    return m16 && k(16, 32) && (floatSum || s.d == Type::f16);
  if (s.a != s.b)
    return false;
  switch (s.a) {
  case Type::f16:
    return m16 && k(8, 16) && (floatSum || s.d == Type::f16);
  case Type::bf16:
    return m16 && k(8, 16) && floatSum;
  case Type::tf32:
    return m16 && k(4, 8) && floatSum;
  case Type::f64:
    return s.d == Type::f64 && (m16 ? k(4, 8, 16) : s.k == 4);
  default:
    return false;
  }
}

std::optional<MmaRegisters> mmaRegisters(const MmaSpec &spec) {
  if (!knownShape(spec))
    return std::nullopt;
  // tf32 elements fill a register; f64 elements are counted in 64-bit ones.
  unsigned registerBits = spec.a == Type::f64 ? 64 : 32;
  auto count = [&](unsigned elements, Type type) {
    return elements * typeBits(type) / (WarpSize * registerBits);
  };
  MmaRegisters result;
  result.a = count(spec.m * spec.k, spec.a);
  result.b = count(spec.k * spec.n, spec.b);
  result.c = count(spec.m * spec.n, spec.c);
  result.d = count(spec.m * spec.n, spec.d);
  return result;
}

MmaModel hardwareModel(unsigned chip, Type operand) {
  MmaModel model;
  model.hardware = true;
  model.blockBytes = chip >= 90 ? 32 : 16;
  model.fractionBits = chip >= 90 ? 25 : 24;
  if (chip == 89 && isFp8(operand)) {
    model.fractionBits = 13;
    model.shortResult = true;
  }
  return model;
}

namespace {

// Vectors of one row of D. They are only used inside multiversioned functions
// and never passed to one that is not inlined.
typedef double Row __attribute__((vector_size(64)));
typedef int64_t IntRow __attribute__((vector_size(64)));
typedef float FloatRow __attribute__((vector_size(32)));
typedef int32_t WordRow __attribute__((vector_size(32)));

/// Operands as matrices: A[m][k], B[k][n], C and D[m][n].
template <class T> struct Matrices {
  alignas(64) T a[16][64];
  alignas(64) T b[64][8];
  alignas(64) T c[16][8];
};

template <Type type> DLK_INLINE double element(const void *block, unsigned i) {
  if constexpr (type == Type::tf32)
    return tf32Operand(static_cast<const uint32_t *>(block)[i]);
  else
    return static_cast<const double *>(block)[i];
}

/// Element i of a block of 8- or 4-bit integers. `sign` is the sign bit's value
/// for signed ones, 0 for unsigned ones.
template <unsigned bits>
DLK_INLINE int32_t integerElement(const void *block, unsigned i, int32_t sign) {
  const uint8_t *bytes = static_cast<const uint8_t *>(block);
  int32_t raw = bits == 8 ? bytes[i] : bytes[i / 2] >> (i % 2 * 4) & 15;
  return (raw ^ sign) - sign;
}

template <unsigned bits>
DLK_INLINE void gatherIntegers(const MmaSpec &spec, const MmaOperands &operands,
                               Matrices<int32_t> &m) {
  constexpr unsigned width = 128 / bits;
  unsigned rowBlocks = spec.m / 8;
  int32_t signA = isSigned(spec.a) ? 1 << (bits - 1) : 0;
  int32_t signB = isSigned(spec.b) ? 1 << (bits - 1) : 0;
  for (unsigned r = 0; r < spec.k / width * rowBlocks; ++r)
    for (unsigned g = 0; g < 8; ++g)
      for (unsigned j = 0; j < width; ++j)
        m.a[r % rowBlocks * 8 + g][r / rowBlocks * width + j] =
            integerElement<bits>(operands.a[r], g * width + j, signA);
  for (unsigned r = 0; r < spec.k / width; ++r)
    for (unsigned g = 0; g < 8; ++g)
      for (unsigned j = 0; j < width; ++j)
        m.b[r * width + j][g] =
            integerElement<bits>(operands.b[r], g * width + j, signB);
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

/// Operands of 16-bit elements; B's blocks lie transposed in the registers.
template <Type type>
DLK_INLINE void gatherHalves(const MmaSpec &spec, const MmaOperands &operands,
                             Matrices<double> &m) {
  for (unsigned r = 0; r < spec.k / 4; ++r)
    for (unsigned g = 0; g < 8; ++g)
      *(Row *)&m.a[r % 2 * 8 + g][r / 2 * 8] = eightHalves<type>(
          static_cast<const uint16_t *>(operands.a[r]) + 8 * g);
  for (unsigned r = 0; r < spec.k / 8; ++r) {
    Lanes32 block;
    transposeMatrix(block, *static_cast<const Lanes32 *>(operands.b[r]));
    for (unsigned j = 0; j < 8; ++j)
      *(Row *)m.b[r * 8 + j] =
          eightHalves<type>(reinterpret_cast<uint16_t *>(block.v) + 8 * j);
  }
}

/// Operands of elements that fill a register.
template <Type type>
DLK_INLINE void gatherWide(const MmaSpec &spec, const MmaOperands &operands,
                           Matrices<double> &m) {
  unsigned rowBlocks = spec.m / 8;
  // Exponents are taken eight at a time.
  for (unsigned i = 0; spec.k < 8 && i < spec.m; ++i)
    *(Row *)m.a[i] = Row{};
  for (unsigned r = 0; r < spec.k / 4 * rowBlocks; ++r)
    for (unsigned i = 0; i < WarpSize; ++i)
      m.a[r % rowBlocks * 8 + i / 4][r / rowBlocks * 4 + i % 4] =
          element<type>(operands.a[r], i);
  for (unsigned r = 0; r < spec.k / 4; ++r)
    for (unsigned i = 0; i < WarpSize; ++i)
      m.b[r * 4 + i % 4][i / 4] = element<type>(operands.b[r], i);
}

void gatherFp8(const MmaSpec &spec, const MmaOperands &operands,
               Matrices<double> &m) {
  const float *tableA =
      decodeTable(spec.a == Type::e4m3 ? E4M3Format : E5M2Format);
  const float *tableB =
      decodeTable(spec.b == Type::e4m3 ? E4M3Format : E5M2Format);
  for (unsigned r = 0; r < spec.k / 8; ++r)
    for (unsigned i = 0; i < 128; ++i)
      m.a[r % 2 * 8 + i / 16][r / 2 * 16 + i % 16] =
          tableA[static_cast<const uint8_t *>(operands.a[r])[i]];
  for (unsigned r = 0; r < spec.k / 16; ++r)
    for (unsigned i = 0; i < 128; ++i)
      m.b[r * 16 + i % 16][i / 16] =
          tableB[static_cast<const uint8_t *>(operands.b[r])[i]];
}

/// C of 32- and 64-bit elements: registers 2h and 2h + 1 hold columns 2t and
/// 2t + 1 of the rows 8h + g. An f16 accumulator is an 8 x 8 block.
template <class T, class From>
DLK_INLINE void gatherC(const MmaSpec &spec, const void *const *c,
                        T (*matrix)[8]) {
  for (unsigned h = 0; h < spec.m / 8; ++h)
    for (unsigned lane = 0; lane < WarpSize; ++lane)
      for (unsigned e = 0; e < 2; ++e)
        matrix[8 * h + lane / 4][lane % 4 * 2 + e] =
            T(static_cast<const From *>(c[2 * h + e])[lane]);
}

template <class T>
DLK_INLINE void scatterD(const MmaSpec &spec, const T (*matrix)[8],
                         void *const *d) {
  for (unsigned h = 0; h < spec.m / 8; ++h)
    for (unsigned lane = 0; lane < WarpSize; ++lane)
      for (unsigned e = 0; e < 2; ++e)
        static_cast<T *>(d[2 * h + e])[lane] =
            matrix[8 * h + lane / 4][lane % 4 * 2 + e];
}

/// f32 accumulators: two rows at a time, their even and odd columns
/// interleaved.
DLK_INLINE void gatherAccumulator(const MmaSpec &spec, const void *const *c,
                                  double (*matrix)[8]) {
  for (unsigned h = 0; h < 2; ++h) {
    if (spec.c != Type::f32) {
      for (unsigned g = 0; g < 8; ++g)
        *(Row *)matrix[8 * h + g] =
            eightHalves<Type::f16>(static_cast<const uint16_t *>(c[h]) + 8 * g);
      continue;
    }
    for (unsigned g = 0; g < 8; g += 2) {
      FloatRow even, odd;
      std::memcpy(&even, static_cast<const float *>(c[2 * h]) + 4 * g, 32);
      std::memcpy(&odd, static_cast<const float *>(c[2 * h + 1]) + 4 * g, 32);
      FloatRow first =
          __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11);
      FloatRow second =
          __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15);
      *(Row *)matrix[8 * h + g] = __builtin_convertvector(first, Row);
      *(Row *)matrix[8 * h + g + 1] = __builtin_convertvector(second, Row);
    }
  }
}

/// The inverse, for results; a NaN becomes the canonical one.
DLK_INLINE void scatterFloats(const float (*matrix)[8], void *const *d) {
  for (unsigned row = 0; row < 16; row += 2) {
    WordRow rows[2];
    for (unsigned i = 0; i < 2; ++i) {
      FloatRow floats = *(const FloatRow *)matrix[row + i];
      WordRow numbers = floats == floats;
      rows[i] = ((WordRow)floats & numbers) | (INT32_MAX & ~numbers);
    }
    WordRow even =
        __builtin_shufflevector(rows[0], rows[1], 0, 2, 4, 6, 8, 10, 12, 14);
    WordRow odd =
        __builtin_shufflevector(rows[0], rows[1], 1, 3, 5, 7, 9, 11, 13, 15);
    unsigned at = row % 8 * 4;
    std::memcpy(static_cast<float *>(d[row / 8 * 2]) + at, &even, 32);
    std::memcpy(static_cast<float *>(d[row / 8 * 2 + 1]) + at, &odd, 32);
  }
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

DLK_INLINE void scatterResults(const MmaSpec &spec, Results &results,
                               void *const *d) {
  if (spec.d == Type::f16) {
    std::memcpy(d[0], results.halves[0], 128);
    std::memcpy(d[1], results.halves[8], 128);
    return;
  }
  scatterFloats(results.floats, d);
}

DLK_INLINE void idealSums(const MmaSpec &spec, const Matrices<double> &m,
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

int leastExponent(Type type) {
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
DLK_INLINE Row hardwareBlock(const Matrices<double> &m, const Exponents &e,
                             unsigned i, unsigned first, unsigned last, Row c,
                             int leastC, unsigned fractionBits) {
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
                             const Matrices<double> &m, Results &results) {
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

template <Type type>
DLK_INLINE void floatMma(const MmaSpec &spec, const MmaModel &model,
                         const MmaOperands &operands) {
  Matrices<double> m;
  Results results;
  if constexpr (type == Type::tf32)
    gatherWide<type>(spec, operands, m);
  else if constexpr (type == Type::e4m3)
    gatherFp8(spec, operands, m);
  else
    gatherHalves<type>(spec, operands, m);
  gatherAccumulator(spec, operands.c, m.c);
  if (model.hardware)
    hardwareSums(spec, model, m, results);
  else
    idealSums(spec, m, results);
  scatterResults(spec, results, operands.d);
}

} // namespace

// The multiversioned entry points, one per operand type. k is pinned where that
// lets the inner loops unroll.
DLK_MULTIVERSION
static void mmaF16K16(const MmaSpec &given, const MmaModel &model,
                      const MmaOperands &operands) {
  MmaSpec spec = given;
  spec.k = 16;
  floatMma<Type::f16>(spec, model, operands);
}

DLK_MULTIVERSION
static void mmaBF16K16(const MmaSpec &given, const MmaModel &model,
                       const MmaOperands &operands) {
  MmaSpec spec = given;
  spec.k = 16;
  floatMma<Type::bf16>(spec, model, operands);
}

DLK_MULTIVERSION
static void mmaTF32(const MmaSpec &given, const MmaModel &model,
                    const MmaOperands &operands) {
  MmaSpec spec = given;
  spec.m = 16;
  floatMma<Type::tf32>(spec, model, operands);
}

DLK_MULTIVERSION
static void mmaF16(const MmaSpec &spec, const MmaModel &model,
                   const MmaOperands &operands) {
  floatMma<Type::f16>(spec, model, operands);
}

DLK_MULTIVERSION
static void mmaBF16(const MmaSpec &spec, const MmaModel &model,
                    const MmaOperands &operands) {
  floatMma<Type::bf16>(spec, model, operands);
}

DLK_MULTIVERSION
static void mmaFp8(const MmaSpec &spec, const MmaModel &model,
                   const MmaOperands &operands) {
  floatMma<Type::e4m3>(spec, model, operands);
}

/// Exact in 64 bits, then cut to 32 or clamped.
DLK_MULTIVERSION
static void mmaInteger(const MmaSpec &spec, const MmaModel &,
                       const MmaOperands &operands) {
  Matrices<int32_t> m;
  if (typeBits(spec.a) == 8)
    gatherIntegers<8>(spec, operands, m);
  else
    gatherIntegers<4>(spec, operands, m);
  gatherC<int32_t, int32_t>(spec, operands.c, m.c);
  for (unsigned i = 0; i < spec.m; ++i) {
    WordRow sum = {};
    for (unsigned k = 0; k < spec.k; ++k)
      sum += *(const WordRow *)m.b[k] * m.a[i][k];
    for (unsigned j = 0; j < 8; ++j) {
      int64_t exact = int64_t(sum[j]) + m.c[i][j];
      int64_t low = exact < INT32_MIN ? INT32_MIN : exact;
      int64_t clamped = low > INT32_MAX ? INT32_MAX : low;
      m.c[i][j] = int32_t(uint32_t(spec.satfinite ? clamped : exact));
    }
  }
  scatterD(spec, m.c, operands.d);
}

/// A chain of fused multiply-adds in the order of k, in both models.
static void mmaF64(const MmaSpec &spec, const MmaModel &,
                   const MmaOperands &operands) {
  Matrices<double> m;
  gatherWide<Type::f64>(spec, operands, m);
  gatherC<double, double>(spec, operands.c, m.c);
  for (unsigned i = 0; i < spec.m; ++i)
    for (unsigned k = 0; k < spec.k; ++k)
      for (unsigned j = 0; j < 8; ++j)
        m.c[i][j] = std::fma(m.a[i][k], m.b[k][j], m.c[i][j]);
  scatterD(spec, m.c, operands.d);
}

MmaFunction findMma(const MmaSpec &spec, const MmaModel &) {
  switch (spec.a) {
  case Type::f16:
    return spec.k == 16 ? mmaF16K16 : mmaF16;
  case Type::bf16:
    return spec.k == 16 ? mmaBF16K16 : mmaBF16;
  case Type::tf32:
    return mmaTF32;
  case Type::f64:
    return mmaF64;
  case Type::e4m3:
  case Type::e5m2:
    return mmaFp8;
  default:
    return mmaInteger;
  }
}

} // namespace dlk::exec
