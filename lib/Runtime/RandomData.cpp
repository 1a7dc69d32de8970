// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A counter-based generator: element i depends on the seed, the buffer's name
// and i alone. Only integer arithmetic and one multiplication stand between the
// counter and the value, so any language gets the same bits.

#include "dlk/Runtime/RandomData.h"
#include "dlk/Runtime/Elements.h"

using namespace dlk::runtime;

/// The output function of SplitMix64.
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// FNV-1a.
static uint64_t hash(llvm::StringRef name) {
  uint64_t state = 0xcbf29ce484222325u;
  for (unsigned char c : name)
    state = (state ^ c) * 0x100000001b3u;
  return state;
}

/// Four 16-bit numbers added: mean 131070, deviation 37837.2.
static double getReal(uint64_t bits) {
  int64_t sum = 0;
  for (unsigned i = 0; i < 4; ++i)
    sum += (bits >> (16 * i)) & 0xffff;
  return double(sum - 131070) * (1.0 / 37837.0);
}

int dlk::runtime::getWholeRange(DType type, bool small) {
  switch (type) {
  case DType::F64:
  case DType::F32:
  case DType::TF32:
    return 8;
  case DType::F16:
  case DType::BF16:
    return 3;
  case DType::F8E4M3FN:
  case DType::F8E5M2:
    return 2;
  case DType::I64:
  case DType::I32:
  case DType::I16:
    return small ? 8 : 1000;
  case DType::I8:
    return small ? 8 : 127;
  case DType::I4:
    return 7;
  }
  return 1;
}

std::vector<uint8_t> RandomData::make(const Buffer &buffer) const {
  DType type = *buffer.dtype;
  size_t bytes = getBits(type) / 8;
  std::vector<uint8_t> data(buffer.getDenseBytes());
  uint64_t start = mix(seed + 0x9e3779b97f4a7c15u) ^ hash(buffer.name);
  bool whole = wholeNumbers || !isFloat(type);
  int64_t range = getWholeRange(type, wholeNumbers);
  for (uint64_t i = 0, e = buffer.getNumElements(); i < e; ++i) {
    uint64_t bits = mix(start + 0x9e3779b97f4a7c15u * (i + 1));
    double value =
        whole ? double(int64_t(bits % (2 * range + 1)) - range) : getReal(bits);
    storeElement(type, value, data.data() + i * bytes);
  }
  return data;
}
