// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every dense shape of mma.sync of one product per warp, with its types and
// the place of each element of a fragment, written down shape by shape from
// the PTX ISA ("Matrix Fragments for mma.*"). Nothing here knows the block rule
// of TensorCore.cpp.

#ifndef DLK_TEST_UNIT_EXECUTOR_MMALAYOUTS_H
#define DLK_TEST_UNIT_EXECUTOR_MMALAYOUTS_H

#include "TensorCore.h"
#include "llvm/ADT/StringRef.h"
#include <functional>
#include <string>
#include <vector>

namespace dlk::exec {

struct Place {
  unsigned row, column;
};

/// Place of element i of a lane's fragment. g and t are the ISA's groupID and
/// threadID_in_group.
using Layout = std::function<Place(unsigned g, unsigned t, unsigned i)>;

struct Shape {
  const char *name; ///< With the type where the shape alone says too little.
  unsigned m, k;
  std::vector<std::pair<Type, Type>> types; ///< Of A and B.
  std::vector<Type> accumulators;
  Layout a, b;
};

inline std::vector<std::pair<Type, Type>> pairsOf(Type x, Type y) {
  return {{x, x}, {y, y}, {x, y}, {y, x}};
}

inline std::vector<Shape> narrowShapes() {
  Layout wordB = [](unsigned g, unsigned t, unsigned i) {
    return Place{t * 4 + (i & 3) + (i < 4 ? 0 : 16), g};
  };
  return {
      {"m16n8k8",
       16,
       8,
       {{Type::f16, Type::f16}, {Type::bf16, Type::bf16}},
       {Type::f32, Type::f16},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i < 2 ? g : g + 8, t * 2 + (i & 1)};
       },
       [](unsigned g, unsigned t, unsigned i) { return Place{t * 2 + i, g}; }},
      {"m16n8k16",
       16,
       16,
       {{Type::f16, Type::f16}, {Type::bf16, Type::bf16}},
       {Type::f32, Type::f16},
       [](unsigned g, unsigned t, unsigned i) {
         bool low = i < 2 || (4 <= i && i < 6);
         return Place{low ? g : g + 8, t * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
       },
       [](unsigned g, unsigned t, unsigned i) {
         return Place{t * 2 + (i & 1) + (i >= 2 ? 8 : 0), g};
       }},
      {"m16n8k4.tf32",
       16,
       4,
       {{Type::tf32, Type::tf32}},
       {Type::f32},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i == 0 ? g : g + 8, t};
       },
       [](unsigned g, unsigned t, unsigned) { return Place{t, g}; }},
      {"m16n8k8.tf32",
       16,
       8,
       {{Type::tf32, Type::tf32}},
       {Type::f32},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i % 2 == 0 ? g : g + 8, i < 2 ? t : t + 4};
       },
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i == 0 ? t : t + 4, g};
       }},
      {"m16n8k32.fp8",
       16,
       32,
       pairsOf(Type::e4m3, Type::e5m2),
       {Type::f32, Type::f16},
       [](unsigned g, unsigned t, unsigned i) {
         bool low = i < 4 || (8 <= i && i < 12);
         return Place{low ? g : g + 8, t * 4 + (i & 3) + (i < 8 ? 0 : 16)};
       },
       wordB},
      {"m16n8k16.fp8",
       16,
       16,
       pairsOf(Type::e4m3, Type::e5m2),
       {Type::f32, Type::f16},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i < 4 ? g : g + 8, t * 4 + (i & 3)};
       },
       wordB},
  };
}

inline std::vector<Shape> doubleShapes() {
  const std::vector<std::pair<Type, Type>> types = {{Type::f64, Type::f64}};
  Layout b = [](unsigned g, unsigned t, unsigned i) {
    return Place{t + 4 * i, g};
  };
  return {
      {"m8n8k4.f64",
       8,
       4,
       types,
       {Type::f64},
       [](unsigned g, unsigned t, unsigned) { return Place{g, t}; },
       b},
      {"m16n8k4.f64",
       16,
       4,
       types,
       {Type::f64},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i == 0 ? g : g + 8, t};
       },
       b},
      {"m16n8k8.f64",
       16,
       8,
       types,
       {Type::f64},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i % 2 == 0 ? g : g + 8, i < 2 ? t : t + 4};
       },
       b},
      {"m16n8k16.f64",
       16,
       16,
       types,
       {Type::f64},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i % 2 == 0 ? g : g + 8, t + i / 2 * 4};
       },
       b},
  };
}

inline std::vector<Shape> integerShapes() {
  std::vector<std::pair<Type, Type>> bytes = pairsOf(Type::s8, Type::u8),
                                     nibbles = pairsOf(Type::s4, Type::u4);
  Layout byteB = [](unsigned g, unsigned t, unsigned i) {
    return Place{t * 4 + (i & 3) + (i < 4 ? 0 : 16), g};
  };
  Layout nibbleB = [](unsigned g, unsigned t, unsigned i) {
    return Place{t * 8 + (i & 7) + (i < 8 ? 0 : 32), g};
  };
  return {
      {"m8n8k16",
       8,
       16,
       bytes,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) { return Place{g, t * 4 + i}; },
       byteB},
      {"m16n8k16",
       16,
       16,
       bytes,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i < 4 ? g : g + 8, t * 4 + (i & 3)};
       },
       byteB},
      {"m16n8k32",
       16,
       32,
       bytes,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) {
         bool low = i < 4 || (8 <= i && i < 12);
         return Place{low ? g : g + 8, t * 4 + (i & 3) + (i < 8 ? 0 : 16)};
       },
       byteB},
      {"m8n8k32",
       8,
       32,
       nibbles,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) { return Place{g, t * 8 + i}; },
       nibbleB},
      {"m16n8k32.s4",
       16,
       32,
       nibbles,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i < 8 ? g : g + 8, t * 8 + (i & 7)};
       },
       nibbleB},
      {"m16n8k64",
       16,
       64,
       nibbles,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) {
         bool low = i < 8 || (16 <= i && i < 24);
         return Place{low ? g : g + 8, t * 8 + (i & 7) + (i < 16 ? 0 : 32)};
       },
       nibbleB}};
}

/// Single bits; the product is of another kind, so they have tests of their
/// own.
inline std::vector<Shape> bitShapes() {
  const std::vector<std::pair<Type, Type>> bits = {{Type::b1, Type::b1}};
  Layout b = [](unsigned g, unsigned t, unsigned i) {
    return Place{t * 32 + (i & 31) + (i < 32 ? 0 : 128), g};
  };
  return {
      {"m8n8k128",
       8,
       128,
       bits,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) { return Place{g, t * 32 + i}; },
       b},
      {"m16n8k128",
       16,
       128,
       bits,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) {
         return Place{i < 32 ? g : g + 8, t * 32 + (i & 31)};
       },
       b},
      {"m16n8k256",
       16,
       256,
       bits,
       {Type::s32},
       [](unsigned g, unsigned t, unsigned i) {
         bool low = i < 32 || (64 <= i && i < 96);
         return Place{low ? g : g + 8, t * 32 + (i & 31) + (i < 64 ? 0 : 128)};
       },
       b}};
}

inline Shape shapeNamed(const std::vector<Shape> &shapes,
                        llvm::StringRef name) {
  for (const Shape &shape : shapes)
    if (name == shape.name)
      return shape;
  return shapes.front();
}

inline Place accumulatorPlace(unsigned g, unsigned t, unsigned i) {
  return {i < 2 ? g : g + 8, t * 2 + (i & 1)};
}

} // namespace dlk::exec

#endif // DLK_TEST_UNIT_EXECUTOR_MMALAYOUTS_H
