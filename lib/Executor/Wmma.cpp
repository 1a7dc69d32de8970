// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Wmma.h"
#include <cstring>

using namespace dlk::exec;

static bool isShape(const WmmaShape &s, unsigned m, unsigned n, unsigned k) {
  return s.m == m && s.n == n && s.k == k;
}

/// Shapes by operand type, and the accumulators that go with them.
bool WmmaFragment::exists() const {
  bool large = isShape(shape, 16, 16, 16) || isShape(shape, 32, 8, 16) ||
               isShape(shape, 8, 32, 16);
  bool nibbles = isShape(shape, 8, 8, 32), bits = isShape(shape, 8, 8, 128);
  bool tf32 = isShape(shape, 16, 16, 8), doubles = isShape(shape, 8, 8, 4);
  bool sum = matrix == WmmaMatrix::C;
  switch (type) {
  case Type::f16:
    return large;
  case Type::f32:
    return sum && (large || tf32);
  case Type::s32:
    return sum && (large || nibbles || bits);
  case Type::f64:
    return doubles;
  case Type::bf16:
  case Type::s8:
  case Type::u8:
    return !sum && large;
  case Type::tf32:
    return !sum && tf32;
  case Type::s4:
  case Type::u4:
    return !sum && nibbles;
  case Type::b1:
    return !sum && bits;
  default:
    return false;
  }
}

unsigned WmmaFragment::distinct() const {
  return rows() * columns() / (WarpSize * perRegister());
}

unsigned WmmaFragment::registers() const {
  return matrix != WmmaMatrix::C && type == Type::f16 ? 8 : distinct();
}

/// The layouts of mma.sync by the rule of TensorCore.cpp; B is A transposed,
/// with tiles of 8 rows.
WmmaFragment::Place WmmaFragment::place(unsigned reg, unsigned lane,
                                        unsigned e) const {
  unsigned g = lane / 4, t = lane % 4, each = perRegister();
  reg %= distinct();
  if (matrix == WmmaMatrix::C) {
    // A tile: per 8 rows one register of pairs, or two of single elements.
    unsigned halves = shape.m == 8 ? 1 : 2, perHalf = 2 / each;
    unsigned tile = reg / (halves * perHalf), inTile = reg % (halves * perHalf);
    unsigned tiles = shape.n / 8;
    unsigned row = tile / tiles * 16 + inTile / perHalf * 8 + g;
    return {row, tile % tiles * 8 + 2 * t + (each == 2 ? e : inTile % 2)};
  }
  unsigned blocks = matrix == WmmaMatrix::A && shape.m != 8 ? 2 : 1;
  unsigned perTile = shape.k / (4 * each) * blocks;
  unsigned tile = reg / perTile, inTile = reg % perTile;
  unsigned outer = (tile * blocks + inTile % blocks) * 8 + g;
  unsigned depth = inTile / blocks * 4 * each + t * each + e;
  return matrix == WmmaMatrix::A ? Place{outer, depth} : Place{depth, outer};
}

MmaSpec dlk::exec::wmmaTile(const WmmaSpec &spec) {
  MmaSpec tile = spec.tile;
  bool halves = typeBits(spec.a.type) == 16;
  tile.m = spec.a.shape.m == 8 && !halves ? 8 : 16;
  tile.n = 8;
  tile.k = spec.a.shape.k;
  tile.a = spec.a.type;
  tile.b = spec.b.type;
  tile.c = spec.c.type;
  tile.d = spec.d.type;
  return tile;
}

namespace {

/// Up to eight registers, of 32 or 64 bits.
struct Registers {
  Lanes64 storage[8];
  void *at[8];
  Registers(const WmmaFragment &fragment, const void *const *from) {
    unsigned bytes = fragment.registerBits() / 8 * WarpSize;
    for (unsigned i = 0; i < 8; ++i)
      at[i] = &storage[i];
    for (unsigned i = 0; from && i < fragment.distinct(); ++i)
      std::memcpy(at[i], from[i], bytes);
  }
};

} // namespace

void dlk::exec::multiplyFragments(const WmmaSpec &spec, const MmaModel &model,
                                  const MmaOperands &operands) {
  Registers a(spec.a, operands.a), b(spec.b, operands.b), c(spec.c, operands.c);
  static const Lanes64 zero = {};
  Lanes64 unused[2];
  // The upper half of a tile of 16 rows: every other register of A, the first
  // ones of C and D.
  bool upper = spec.a.shape.m == 8 && spec.tile.m == 16;
  unsigned tilesN = spec.b.shape.n / 8;
  unsigned tilesM = spec.a.shape.m == 32 ? 2 : 1;
  unsigned perA = spec.a.distinct() / tilesM, perB = spec.b.distinct() / tilesN;
  unsigned perC = spec.c.distinct() / (tilesM * tilesN);
  unsigned perD = spec.d.distinct() / (tilesM * tilesN);
  for (unsigned tile = 0; tile < tilesM * tilesN; ++tile) {
    const void *tileA[8], *tileB[8], *tileC[8];
    void *tileD[8];
    for (unsigned i = 0; i < perA; ++i) {
      tileA[upper ? 2 * i : i] = a.at[tile / tilesN * perA + i];
      if (upper)
        tileA[2 * i + 1] = &zero;
    }
    for (unsigned i = 0; i < perB; ++i)
      tileB[i] = b.at[tile % tilesN * perB + i];
    for (unsigned i = 0; i < perC; ++i) {
      tileC[i] = c.at[tile * perC + i];
      if (upper)
        tileC[perC + i] = &zero;
    }
    for (unsigned i = 0; i < perD; ++i) {
      tileD[i] = operands.d[tile * perD + i];
      if (upper)
        tileD[perD + i] = &unused[i];
    }
    spec.run(spec.tile, model, {tileD, tileA, tileB, tileC});
  }
}
