// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrices of doubles and the registers of a warp: numbers to the bits of a
// type and back, and fragments filled and read element by element by a layout
// of MmaLayouts.h.

#ifndef DLK_TEST_UNIT_EXECUTOR_MMAFRAGMENTS_H
#define DLK_TEST_UNIT_EXECUTOR_MMAFRAGMENTS_H

#include "Float.h"
#include "Lanes.h"
#include "MmaLayouts.h"
#include <cstring>

namespace dlk::exec {

using Matrix = std::vector<std::vector<double>>;
inline Matrix zeros(unsigned rows, unsigned columns) {
  return Matrix(rows, std::vector<double>(columns));
}

inline uint64_t encode(double value, Type type) {
  switch (type) {
  case Type::f16:
    return encodeFloat(value, F16Format);
  case Type::bf16:
    return encodeFloat(value, BF16Format);
  case Type::tf32:
    return encodeFloat(value, TF32Format) << 13;
  case Type::e4m3:
    return encodeFloat(value, E4M3Format);
  case Type::e5m2:
    return encodeFloat(value, E5M2Format);
  case Type::f32:
    return bitsOf(float(value));
  case Type::f64:
    return __builtin_bit_cast(uint64_t, value);
  default:
    return uint64_t(int64_t(value)) & ((uint64_t(1) << typeBits(type)) - 1);
  }
}

inline double decode(uint64_t bits, Type type) {
  switch (type) {
  case Type::f16:
    return decodeFloat(uint32_t(bits), F16Format);
  case Type::f32:
    return floatOf(uint32_t(bits));
  case Type::f64:
    return __builtin_bit_cast(double, bits);
  default:
    return int32_t(bits);
  }
}

/// The registers of one operand, filled or read element by element.
struct Fragment {
  std::vector<Lanes32> words;
  std::vector<Lanes64> doubles;
  std::vector<void *> pointers;
  Type type;

  Fragment(unsigned registers, Type type) : type(type) {
    words.resize(registers);
    doubles.resize(registers);
    for (unsigned r = 0; r < registers; ++r) {
      std::memset(&words[r], 0, sizeof words[r]);
      pointers.push_back(type == Type::f64 ? (void *)&doubles[r]
                                           : (void *)&words[r]);
    }
  }
  unsigned perRegister() const {
    return type == Type::f64 ? 1 : 32 / typeBits(type);
  }
  unsigned elements() const { return unsigned(words.size()) * perRegister(); }
  void set(unsigned lane, unsigned i, double value) {
    if (type == Type::f64) {
      doubles[i].v[lane] = encode(value, type);
      return;
    }
    unsigned shift = i % perRegister() * typeBits(type);
    words[i / perRegister()].v[lane] |= uint32_t(encode(value, type)) << shift;
  }
  double get(unsigned lane, unsigned i) const {
    if (type == Type::f64)
      return decode(doubles[i].v[lane], type);
    uint64_t word = words[i / perRegister()].v[lane];
    word >>= i % perRegister() * typeBits(type);
    return decode(word & ((uint64_t(1) << typeBits(type)) - 1), type);
  }
  void fill(const Matrix &matrix, const Layout &layout) {
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < elements(); ++i) {
        Place p = layout(lane / 4, lane % 4, i);
        set(lane, i, matrix[p.row][p.column]);
      }
  }
};

} // namespace dlk::exec

#endif // DLK_TEST_UNIT_EXECUTOR_MMAFRAGMENTS_H
