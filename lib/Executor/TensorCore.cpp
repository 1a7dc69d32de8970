// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One layout rule serves all shapes: with e elements per register, register r
// of A holds, over the 32 lanes, the 8 x 4e block of rows 8(r % rowBlocks) and
// columns 4e(r / rowBlocks), stored row by row; B the same of its transpose.
// So a fragment's registers are gathered by plain loops, the sums are computed
// on small row-major matrices of doubles (8 columns wide, one vector), and the
// result is dealt out again.

#include "Lanes.h"
#include "MatrixMove.h"
#include "TensorSums.h"
#include <cfenv>
#include <cmath>

namespace dlk::exec {

static bool isNarrowInteger(Type type) {
  return type == Type::s8 || type == Type::u8 || type == Type::s4 ||
         type == Type::u4;
}
static bool isFp8(Type type) {
  return type == Type::e4m3 || type == Type::e5m2;
}

/// The shape that only f16 has, four products by quads (TensorQuads.cpp). Its
/// accumulators may differ, but f32 ones do not become f16.
static bool isQuadShape(const MmaSpec &s) {
  return s.m == 8 && s.n == 8 && s.k == 4 && s.a == Type::f16 &&
         s.b == Type::f16 && (s.d == Type::f32 || s.d == Type::f16) &&
         (s.c == s.d || s.c == Type::f16);
}

static bool knownIntegers(const MmaSpec &s) {
  if (s.d != Type::s32 || typeBits(s.a) != typeBits(s.b))
    return false;
  unsigned row = 128 / typeBits(s.a);
  return s.k == row || (s.m == 16 && s.k == 2 * row);
}

static bool knownFloats(const MmaSpec &s) {
  bool m16 = s.m == 16, floatSum = s.d == Type::f32;
  auto k = [&](unsigned first, unsigned second) {
    return s.k == first || s.k == second;
  };
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
    return s.d == Type::f64 && (s.k == 4 || (m16 && k(8, 16)));
  default:
    return false;
  }
}

/// Is there an instruction that multiplies m x n x k elements of these types?
static bool knownShape(const MmaSpec &s) {
  if ((s.satfinite && (s.d != Type::s32 || s.a == Type::b1)) ||
      (s.rounding != Round::Nearest && s.a != Type::f64))
    return false;
  if (isQuadShape(s))
    return true;
  if (s.n != 8 || (s.m != 8 && s.m != 16) || s.c != s.d || s.columnA || s.rowB)
    return false;
  bool bits = s.a == Type::b1 && s.b == Type::b1;
  if (bits || (isNarrowInteger(s.a) && isNarrowInteger(s.b)))
    return knownIntegers(s);
  return knownFloats(s);
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
  if (isQuadShape(spec)) {
    result.a = result.b = 2;
    result.c = spec.c == Type::f32 ? 8 : 4;
    result.d = spec.d == Type::f32 ? 8 : 4;
  }
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

MmaModel hardwareWgmmaModel(unsigned chip, Type operand) {
  MmaModel model = hardwareModel(chip, operand);
  if (isFp8(operand)) {
    model.fractionBits = 13;
    model.shortResult = true;
  }
  return model;
}

namespace {

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

const float *fp8Table(Type type) {
  return decodeTable(type == Type::e4m3 ? E4M3Format : E5M2Format);
}

/// A of any floating-point type; e4m3 stands for both of 8 bits.
template <Type type>
DLK_INLINE void gatherA(const MmaSpec &spec, const void *const *a,
                        double (*m)[64]) {
  if constexpr (type == Type::e4m3) {
    const float *table = fp8Table(spec.a);
    for (unsigned r = 0; r < spec.k / 8; ++r)
      for (unsigned i = 0; i < 128; ++i)
        m[r % 2 * 8 + i / 16][r / 2 * 16 + i % 16] =
            table[static_cast<const uint8_t *>(a[r])[i]];
  } else if constexpr (type == Type::tf32 || type == Type::f64) {
    unsigned rowBlocks = spec.m / 8;
    // Exponents are taken eight at a time.
    for (unsigned i = 0; spec.k < 8 && i < spec.m; ++i)
      *(Row *)m[i] = Row{};
    for (unsigned r = 0; r < spec.k / 4 * rowBlocks; ++r)
      for (unsigned i = 0; i < WarpSize; ++i)
        m[r % rowBlocks * 8 + i / 4][r / rowBlocks * 4 + i % 4] =
            element<type>(a[r], i);
  } else {
    for (unsigned r = 0; r < spec.k / 4; ++r)
      for (unsigned g = 0; g < 8; ++g)
        *(Row *)&m[r % 2 * 8 + g][r / 2 * 8] =
            eightHalves<type>(static_cast<const uint16_t *>(a[r]) + 8 * g);
  }
}

/// B; its blocks lie transposed in the registers.
template <Type type>
DLK_INLINE void gatherB(const MmaSpec &spec, const void *const *b,
                        double (*m)[8]) {
  if constexpr (type == Type::e4m3) {
    const float *table = fp8Table(spec.b);
    for (unsigned r = 0; r < spec.k / 16; ++r)
      for (unsigned i = 0; i < 128; ++i)
        m[r * 16 + i % 16][i / 16] =
            table[static_cast<const uint8_t *>(b[r])[i]];
  } else if constexpr (type == Type::tf32 || type == Type::f64) {
    for (unsigned r = 0; r < spec.k / 4; ++r)
      for (unsigned i = 0; i < WarpSize; ++i)
        m[r * 4 + i % 4][i / 4] = element<type>(b[r], i);
  } else {
    for (unsigned r = 0; r < spec.k / 8; ++r) {
      Lanes32 block;
      transposeMatrix(block, *static_cast<const Lanes32 *>(b[r]));
      for (unsigned j = 0; j < 8; ++j)
        *(Row *)m[r * 8 + j] =
            eightHalves<type>(reinterpret_cast<uint16_t *>(block.v) + 8 * j);
    }
  }
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

DLK_INLINE void scatterResults(const MmaSpec &spec, Results &results,
                               void *const *d) {
  if (spec.d == Type::f16) {
    std::memcpy(d[0], results.halves[0], 128);
    std::memcpy(d[1], results.halves[8], 128);
    return;
  }
  scatterFloats(results.floats, d);
}

template <Type type>
DLK_INLINE void floatMma(const MmaSpec &spec, const MmaModel &model,
                         const MmaOperands &operands) {
  Matrices<double> m;
  Results results;
  gatherA<type>(spec, operands.a, m.a);
  gatherB<type>(spec, operands.b, m.b);
  gatherAccumulator(spec, operands.c, m.c);
  if (model.hardware)
    hardwareSums(spec, model, factorsOf(m), results);
  else
    idealSums(spec, factorsOf(m), results);
  scatterResults(spec, results, operands.d);
}

/// All blocks of a row of D, their B as prepared.
template <Type type, unsigned k>
DLK_INLINE void multiplyFloats(const MmaSpec &given, const MmaModel &model,
                               const MmaBlocks &blocks) {
  MmaSpec spec = given;
  spec.m = 16;
  spec.k = k;
  alignas(64) double a[16][64], c[16][8];
  Results results;
  gatherA<type>(spec, blocks.a, a);
  unsigned perBlock = spec.d == Type::f16 ? 2 : 4;
  std::memset(c, 0, sizeof c);
  for (unsigned i = 0; i < blocks.count; ++i) {
    void *const *d = blocks.d + i * perBlock;
    if (blocks.accumulate)
      gatherAccumulator(spec, d, c);
    auto b = reinterpret_cast<const double (*)[8]>(blocks.b + i * k);
    if (model.hardware)
      hardwareSums(spec, model, Factors{a, b, c}, results);
    else
      idealSums(spec, Factors{a, b, c}, results);
    scatterResults(spec, results, d);
  }
}

template <Type type, unsigned k>
DLK_INLINE void prepareFloats(const MmaSpec &given, const Lanes32 *registers,
                              unsigned count, MmaRow *to) {
  MmaSpec spec = given;
  spec.k = k;
  for (unsigned i = 0; i < count; ++i) {
    const void *b[] = {&registers[2 * i], &registers[2 * i + 1]};
    gatherB<type>(spec, b, reinterpret_cast<double (*)[8]>(to + i * k));
  }
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
#pragma STDC FENV_ACCESS ON
  static constexpr int directions[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                                       FE_UPWARD};
  Matrices<double> m;
  gatherA<Type::f64>(spec, operands.a, m.a);
  gatherB<Type::f64>(spec, operands.b, m.b);
  gatherC<double, double>(spec, operands.c, m.c);
  int before = std::fegetround();
  std::fesetround(directions[unsigned(spec.rounding)]);
  for (unsigned i = 0; i < spec.m; ++i)
    for (unsigned k = 0; k < spec.k; ++k)
      for (unsigned j = 0; j < 8; ++j)
        m.c[i][j] = std::fma(m.a[i][k], m.b[k][j], m.c[i][j]);
  std::fesetround(before);
  scatterD(spec, m.c, operands.d);
}

MmaFunction findMma(const MmaSpec &spec, const MmaModel &) {
  switch (spec.a) {
  case Type::f16:
    return spec.k == 4 ? mmaQuads : spec.k == 16 ? mmaF16K16 : mmaF16;
  case Type::bf16:
    return spec.k == 16 ? mmaBF16K16 : mmaBF16;
  case Type::tf32:
    return mmaTF32;
  case Type::f64:
    return mmaF64;
  case Type::e4m3:
  case Type::e5m2:
    return mmaFp8;
  case Type::b1:
    return mmaBits;
  default:
    return mmaInteger;
  }
}

DLK_MULTIVERSION
static void prepareBlocks(const MmaSpec &spec, const Lanes32 *b, unsigned count,
                          MmaRow *to) {
  switch (spec.a) {
  case Type::f16:
    return prepareFloats<Type::f16, 16>(spec, b, count, to);
  case Type::bf16:
    return prepareFloats<Type::bf16, 16>(spec, b, count, to);
  case Type::tf32:
    return prepareFloats<Type::tf32, 8>(spec, b, count, to);
  default:
    return prepareFloats<Type::e4m3, 32>(spec, b, count, to);
  }
}

DLK_MULTIVERSION
static void multiplyBlocks(const MmaSpec &spec, const MmaModel &model,
                           const MmaBlocks &blocks) {
  switch (spec.a) {
  case Type::f16:
    return multiplyFloats<Type::f16, 16>(spec, model, blocks);
  case Type::bf16:
    return multiplyFloats<Type::bf16, 16>(spec, model, blocks);
  case Type::tf32:
    return multiplyFloats<Type::tf32, 8>(spec, model, blocks);
  default:
    return multiplyFloats<Type::e4m3, 32>(spec, model, blocks);
  }
}

MmaBlockFunctions findBlocks(const MmaSpec &spec) {
  if (spec.d == Type::s32 || spec.d == Type::f64)
    return {};
  return {prepareBlocks, multiplyBlocks};
}

} // namespace dlk::exec
