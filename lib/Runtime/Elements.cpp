// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions of single elements, and of whole buffers between their strided
// form and rows without gaps.

#include "dlk/Runtime/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <cstring>

using namespace dlk::runtime;
using llvm::support::endian::read;
using llvm::support::endian::write;
constexpr auto little = llvm::endianness::little;

namespace {

/// A float of at most 16 bits.
struct SmallFloat {
  int exponentBits, mantissaBits;
  bool hasInfinity;

  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  int maxExponent() const { return (1 << exponentBits) - 1; }
  /// With the sign bit clear.
  uint16_t nan() const { return (1 << (exponentBits + mantissaBits)) - 1; }
  uint16_t infinity() const {
    return hasInfinity ? maxExponent() << mantissaBits : nan();
  }
  double decode(uint16_t bits) const;
  uint16_t encode(double value) const;
};

constexpr SmallFloat half = {5, 10, true};
constexpr SmallFloat brain = {8, 7, true};
constexpr SmallFloat e5m2 = {5, 2, true};
constexpr SmallFloat e4m3 = {4, 3, false};

} // namespace

double SmallFloat::decode(uint16_t bits) const {
  int exponent = (bits >> mantissaBits) & maxExponent();
  int mantissa = bits & ((1 << mantissaBits) - 1);
  bool negative = (bits >> (exponentBits + mantissaBits)) & 1;
  double value;
  if (hasInfinity && exponent == maxExponent())
    value = mantissa ? NAN : INFINITY;
  else if (!hasInfinity && (bits & nan()) == nan())
    value = NAN;
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - bias() - mantissaBits);
  else
    value = std::ldexp(mantissa + (1 << mantissaBits),
                       exponent - bias() - mantissaBits);
  return negative ? -value : value;
}

uint16_t SmallFloat::encode(double value) const {
  uint16_t sign = std::signbit(value) ? 1 << (exponentBits + mantissaBits) : 0;
  double size = std::fabs(value);
  if (std::isnan(size))
    return sign | nan();
  if (std::isinf(size))
    return sign | infinity();
  if (size == 0)
    return sign;
  int exponent = std::max(std::ilogb(size), 1 - bias());
  // In units of the last place; the default rounding mode is to nearest even.
  double units = std::nearbyint(std::ldexp(size, mantissaBits - exponent));
  // Subnormals and the carry into the next exponent come out right by
  // themselves: the encoding is monotonic.
  double code = units + std::ldexp(exponent + bias() - 1, mantissaBits);
  double largest = hasInfinity ? infinity() : nan();
  return sign | (code >= largest ? infinity() : uint16_t(code));
}

double dlk::runtime::loadElement(DType type, const uint8_t *bytes) {
  switch (type) {
  case DType::F64:
    return read<double, little>(bytes);
  case DType::F32:
  case DType::TF32:
    return read<float, little>(bytes);
  case DType::F16:
    return half.decode(read<uint16_t, little>(bytes));
  case DType::BF16:
    return brain.decode(read<uint16_t, little>(bytes));
  case DType::F8E4M3FN:
    return e4m3.decode(*bytes);
  case DType::F8E5M2:
    return e5m2.decode(*bytes);
  case DType::I64:
    return double(read<int64_t, little>(bytes));
  case DType::I32:
    return read<int32_t, little>(bytes);
  case DType::I16:
    return read<int16_t, little>(bytes);
  case DType::I8:
  case DType::I4:
    return int8_t(*bytes);
  }
  return 0;
}

static void storeInteger(unsigned bits, int64_t value, uint8_t *bytes) {
  for (unsigned i = 0; i < llvm::divideCeil(bits, 8); ++i)
    bytes[i] = uint8_t(uint64_t(value) >> (8 * i));
}

void dlk::runtime::storeElement(DType type, double value, uint8_t *bytes) {
  switch (type) {
  case DType::F64:
    return write<double, little>(bytes, value);
  case DType::F32:
  case DType::TF32:
    return write<float, little>(bytes, float(value));
  case DType::F16:
    return write<uint16_t, little>(bytes, half.encode(value));
  case DType::BF16:
    return write<uint16_t, little>(bytes, brain.encode(value));
  case DType::F8E4M3FN:
    *bytes = uint8_t(e4m3.encode(value));
    return;
  case DType::F8E5M2:
    *bytes = uint8_t(e5m2.encode(value));
    return;
  case DType::I64:
  case DType::I32:
  case DType::I16:
  case DType::I8:
  case DType::I4:
    return storeInteger(getBits(type), std::llrint(value), bytes);
  }
}

std::vector<uint8_t> dlk::runtime::getBytes(const ValueParam &param) {
  std::vector<uint8_t> bytes(llvm::divideCeil(getBits(param.dtype), 8));
  if (const auto *integer = std::get_if<int64_t>(&param.number)) {
    if (!isFloat(param.dtype))
      storeInteger(getBits(param.dtype), *integer, bytes.data());
    else
      storeElement(param.dtype, double(*integer), bytes.data());
  } else {
    storeElement(param.dtype, std::get<double>(param.number), bytes.data());
  }
  return bytes;
}

/// Calls `visit(dense offset, strided offset, bytes)` for runs of bytes that
/// are without gaps in both forms.
template <typename Visit>
static void forEachRun(const Buffer &buffer, Visit visit) {
  if (!buffer.dtype || getBits(*buffer.dtype) < 8)
    return visit(0, 0, buffer.getDenseBytes());
  if (buffer.getNumElements() == 0)
    return;
  size_t bytes = getBits(*buffer.dtype) / 8;
  size_t rank = buffer.shape.size();
  // The innermost dimensions that lie without gaps.
  size_t outer = rank, run = 1;
  while (outer > 0 && (buffer.shape[outer - 1] == 1 ||
                       size_t(buffer.strides[outer - 1]) == run)) {
    --outer;
    run *= buffer.shape[outer];
  }
  std::vector<int64_t> index(outer, 0);
  for (size_t dense = 0;; dense += run) {
    size_t strided = 0;
    for (size_t d = 0; d < outer; ++d)
      strided += index[d] * buffer.strides[d];
    visit(dense * bytes, strided * bytes, run * bytes);
    size_t d = outer;
    while (d > 0 && ++index[d - 1] == buffer.shape[d - 1])
      index[--d] = 0;
    if (d == 0)
      return;
  }
}

void dlk::runtime::scatter(const Buffer &buffer, const uint8_t *dense,
                           uint8_t *strided) {
  forEachRun(buffer, [&](size_t from, size_t to, size_t bytes) {
    std::memcpy(strided + to, dense + from, bytes);
  });
}

void dlk::runtime::gather(const Buffer &buffer, const uint8_t *strided,
                          uint8_t *dense) {
  forEachRun(buffer, [&](size_t to, size_t from, size_t bytes) {
    std::memcpy(dense + to, strided + from, bytes);
  });
}
