// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mma.sync on the registers of one warp: D = A * B + C for every dense shape
// and type of sm_80 to sm_90 (f16, bf16, tf32, fp8, 8-, 4- and 1-bit integers,
// f64). wmma and wgmma are made of these.
//
// Sums of floating-point products come in two models:
//  - ideal: products and their sum in double precision, one rounding to nearest
//    at the end. A reference: a kernel's error against it is the error of its
//    own order of instructions.
//  - hardware: what the tensor cores of a generation are known to do. Per block
//    of products, all products and the accumulator are aligned to the largest
//    exponent, cut (not rounded) below F bits after the point, added exactly,
//    and cut to f32 (rounded to nearest for f16). The exponent of a product is
//    the sum of its factors' exponents, before normalisation.
//
//      generation           block             F
//      sm_75, sm_80         16 bytes of k     24
//      sm_89                16 bytes of k     24 (fp8: 13, result cut to 13)
//      sm_90, sm_100        32 bytes of k     25 (wgmma of fp8: as sm_89's)
//
// Both give whole numbers exactly as long as these need at most 24 bits. Ideal
// is the default because it judges a kernel and not a chip, and it is the
// faster one; a check of error bounds should hold in both.

#ifndef DLK_LIB_EXECUTOR_TENSORCORE_H
#define DLK_LIB_EXECUTOR_TENSORCORE_H

#include "Float.h"
#include "Lanes.h"
#include "Types.h"
#include <optional>

namespace dlk::exec {

struct MmaSpec {
  unsigned m = 16, n = 8, k = 16;
  Type d = Type::f32, a = Type::f16, b = Type::f16, c = Type::f32;
  bool satfinite = false; ///< s32 results clamp instead of wrapping.
  bool bitAnd = false;    ///< b1: and.popc, not xor.popc.
  bool columnA = false, rowB = false; ///< m8n8k4 of f16 has all layouts.
  Round rounding = Round::Nearest;    ///< Of f64.
};

/// Registers per operand: 32 bits each, 64 for f64.
struct MmaRegisters {
  unsigned d = 0, a = 0, b = 0, c = 0;
};

/// None if there is no such instruction.
std::optional<MmaRegisters> mmaRegisters(const MmaSpec &spec);

struct MmaModel {
  bool hardware = false;
  unsigned blockBytes = 16; ///< Bytes of k that are summed at once.
  unsigned fractionBits = 24;
  bool shortResult = false; ///< f32 results keep 13 fraction bits.
};

/// The model of `chip` (80 for sm_80) for operands of type `operand`.
MmaModel hardwareModel(unsigned chip, Type operand);
/// The same of wgmma, whose fp8 sums keep fewer bits than mma.sync's.
MmaModel hardwareWgmmaModel(unsigned chip, Type operand);

/// `registers[i]` points to the 32 lanes of register i of an operand (uint32_t,
/// or uint64_t for f64). Destinations may be the same as sources.
struct MmaOperands {
  void *const *d;
  const void *const *a;
  const void *const *b;
  const void *const *c;
};

using MmaFunction = void (*)(const MmaSpec &spec, const MmaModel &model,
                             const MmaOperands &operands);

/// The function that computes `spec` under `model`; `mmaRegisters` must know
/// the spec.
MmaFunction findMma(const MmaSpec &spec, const MmaModel &model);
/// The cases in files of their own: m8n8k4 of f16, and b1.
void mmaQuads(const MmaSpec &spec, const MmaModel &model,
              const MmaOperands &operands);
void mmaBits(const MmaSpec &spec, const MmaModel &model,
             const MmaOperands &operands);

/// One row of k of eight columns of B.
struct alignas(64) MmaRow {
  double v[8];
};

/// 16 rows of D in blocks of 8 columns, as wgmma has them: one A, and B in
/// doubles that several such rows share.
struct MmaBlocks {
  const void *const *a = nullptr; ///< Four registers.
  const MmaRow *b = nullptr;      ///< As prepared: k per block.
  unsigned count = 0;
  void *const *d = nullptr; ///< Registers of D, and of C if it accumulates.
  bool accumulate = true;
};

struct MmaBlockFunctions {
  /// From two registers per block to k rows per block.
  void (*prepare)(const MmaSpec &spec, const Lanes32 *b, unsigned count,
                  MmaRow *to) = nullptr;
  void (*multiply)(const MmaSpec &spec, const MmaModel &model,
                   const MmaBlocks &blocks) = nullptr;
};

/// For floating-point m16n8 specs with 32 bytes of k; null for others.
MmaBlockFunctions findBlocks(const MmaSpec &spec);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_TENSORCORE_H
