// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mma.sync.m8n8k4 of f16: four independent products, one per pair of quads
// (lanes 4q to 4q + 3 and 16 above them), with operands in any layout. Each is
// computed as the upper half of a tile of TensorSums.h.

#include "TensorSums.h"

namespace dlk::exec {

namespace {

/// Half e of a lane's fragment.
DLK_INLINE uint16_t half(const void *const *registers, unsigned lane,
                         unsigned e) {
  uint32_t word = static_cast<const uint32_t *>(registers[e / 2])[lane];
  return uint16_t(word >> (16 * (e % 2)));
}

/// Place of element e of an f32 accumulator; `l` is the lane's number in its
/// quad, `upper` tells the quad.
struct Place {
  unsigned row, column;
};
DLK_INLINE Place floatPlace(unsigned l, bool upper, unsigned e) {
  return {(l & 1) + (e & 2) + 4 * upper, (e & 4) + (l & 2) + (e & 1)};
}

DLK_INLINE void gatherQuads(const MmaSpec &spec, const MmaOperands &operands,
                            unsigned quad, Matrices<double> &m) {
  for (unsigned i = 0; i < 8; ++i) {
    bool upper = i / 4;
    unsigned l = i % 4, lane = 4 * quad + l + 16 * upper;
    for (unsigned e = 0; e < 4; ++e) {
      double a = halfToFloat(half(operands.a, lane, e));
      double b = halfToFloat(half(operands.b, lane, e));
      (spec.columnA ? m.a[e + 4 * upper][l] : m.a[i][e]) = a;
      (spec.rowB ? m.b[l][e + 4 * upper] : m.b[e][i]) = b;
    }
    for (unsigned e = 0; e < 8; ++e) {
      if (spec.c == Type::f16) {
        m.c[i][e] = halfToFloat(half(operands.c, lane, e));
        continue;
      }
      Place p = floatPlace(l, upper, e);
      m.c[p.row][p.column] = static_cast<const float *>(operands.c[e])[lane];
    }
  }
}

DLK_INLINE void scatterQuads(const MmaSpec &spec, const Results &results,
                             unsigned quad, void *const *d) {
  for (unsigned i = 0; i < 8; ++i) {
    bool upper = i / 4;
    unsigned l = i % 4, lane = 4 * quad + l + 16 * upper;
    for (unsigned e = 0; e < 8; ++e) {
      if (spec.d == Type::f16) {
        static_cast<uint16_t *>(d[e / 2])[2 * lane + e % 2] =
            results.halves[i][e];
        continue;
      }
      Place p = floatPlace(l, upper, e);
      float value = results.floats[p.row][p.column];
      static_cast<uint32_t *>(d[e])[lane] =
          value == value ? bitsOf(value) : 0x7fffffff;
    }
  }
}

} // namespace

/// All four products are gathered before any result is written: D may be C or
/// A.
DLK_MULTIVERSION
static void multiplyQuads(const MmaSpec &spec, const MmaModel &model,
                          const MmaOperands &operands) {
  Results results[4];
  for (unsigned quad = 0; quad < 4; ++quad) {
    Matrices<double> m;
    std::memset(&m, 0, sizeof m);
    gatherQuads(spec, operands, quad, m);
    if (model.hardware)
      hardwareSums(spec, model, factorsOf(m), results[quad]);
    else
      idealSums(spec, factorsOf(m), results[quad]);
  }
  for (unsigned quad = 0; quad < 4; ++quad)
    scatterQuads(spec, results[quad], quad, operands.d);
}

void mmaQuads(const MmaSpec &spec, const MmaModel &model,
              const MmaOperands &operands) {
  multiplyQuads(spec, model, operands);
}

} // namespace dlk::exec
