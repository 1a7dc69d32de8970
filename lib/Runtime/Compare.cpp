// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element-wise comparison with a reference; see Compare.h.

#include "dlk/Runtime/Compare.h"
#include "dlk/Runtime/Elements.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>

using namespace dlk::runtime;

/// The type of a reference's elements: the buffer's own where the bits are
/// those of its .npy form, else what NumPy says.
static std::optional<DType> getReferenceType(const Buffer &buffer,
                                             const NpyArray &reference) {
  Buffer flat = buffer;
  flat.shape = reference.shape;
  if (llvm::Error error = checkFits(reference, flat))
    llvm::consumeError(std::move(error));
  else
    return buffer.dtype;
  return llvm::StringSwitch<std::optional<DType>>(reference.descr)
      .Case("<f8", DType::F64)
      .Case("<f4", DType::F32)
      .Case("<f2", DType::F16)
      .Case("<i8", DType::I64)
      .Case("<i4", DType::I32)
      .Case("<i2", DType::I16)
      .Case("|i1", DType::I8)
      .Default(std::nullopt);
}

static bool isRight(double got, double expected, Tolerance tolerance) {
  if (std::isnan(got) || std::isnan(expected))
    return std::isnan(got) && std::isnan(expected);
  if (std::isinf(got) || std::isinf(expected))
    return got == expected;
  return std::fabs(got - expected) <=
         tolerance.absolute + tolerance.relative * std::fabs(expected);
}

static std::vector<int64_t> getIndex(llvm::ArrayRef<int64_t> shape,
                                     uint64_t flat) {
  std::vector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0; flat /= shape[d])
    index[d] = int64_t(flat % shape[d]);
  return index;
}

llvm::Expected<Comparison> dlk::runtime::compare(const Buffer &buffer,
                                                 llvm::ArrayRef<uint8_t> data,
                                                 const NpyArray &reference,
                                                 Tolerance tolerance) {
  std::optional<DType> type = getReferenceType(buffer, reference);
  if (!type || reference.shape != buffer.shape)
    return llvm::createStringError(buffer.name + ": expected " +
                                   getTypeText(buffer) + ", got " +
                                   getTypeText(reference));
  size_t gotBytes = getBits(*buffer.dtype) / 8;
  size_t expectedBytes = getBits(*type) / 8;
  // Doubles do not hold every i64.
  bool exact = type == DType::I64 && buffer.dtype == type &&
               tolerance.absolute == 0 && tolerance.relative == 0;
  Comparison result;
  result.count = buffer.getNumElements();
  for (uint64_t i = 0; i < result.count; ++i) {
    double got = loadElement(*buffer.dtype, data.data() + i * gotBytes);
    double expected =
        loadElement(*type, reference.data.data() + i * expectedBytes);
    if (std::isfinite(got) && std::isfinite(expected)) {
      double error = std::fabs(got - expected);
      result.maxAbsolute = std::max(result.maxAbsolute, error);
      if (error > 0 && expected != 0)
        result.maxRelative =
            std::max(result.maxRelative, error / std::fabs(expected));
    }
    if (isRight(got, expected, tolerance) &&
        !(exact && std::memcmp(data.data() + i * gotBytes,
                               reference.data.data() + i * gotBytes, gotBytes)))
      continue;
    if (result.wrong++ < 5)
      result.first.push_back({getIndex(buffer.shape, i), got, expected});
  }
  return result;
}

std::string Comparison::str(llvm::StringRef name) const {
  std::string text = llvm::formatv(
      "{0}: {1} of {2} elements differ, by at most {3:e3} absolute, {4:e3} "
      "relative",
      name, wrong, count, maxAbsolute, maxRelative);
  llvm::raw_string_ostream os(text);
  for (const Wrong &element : first) {
    os << "\n  [";
    llvm::interleave(element.index, os, ",");
    os << llvm::format("]: got %.9g, expected %.9g", element.got,
                       element.expected);
  }
  return text;
}
