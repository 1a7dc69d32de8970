// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, sizes and lookups of the launch plan's values. Reading and writing its
// text are files of their own.

#include "dlk/Runtime/LaunchPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace dlk::runtime;
using llvm::Error;
using llvm::StringRef;

namespace {

struct DTypeRow {
  DType type;
  StringRef name;
  unsigned bits;
  bool isFloat;
};

constexpr DTypeRow dtypes[] = {
    {DType::F64, "f64", 64, true},      {DType::F32, "f32", 32, true},
    {DType::TF32, "tf32", 32, true},    {DType::F16, "f16", 16, true},
    {DType::BF16, "bf16", 16, true},    {DType::F8E4M3FN, "f8E4M3FN", 8, true},
    {DType::F8E5M2, "f8E5M2", 8, true}, {DType::I64, "i64", 64, false},
    {DType::I32, "i32", 32, false},     {DType::I16, "i16", 16, false},
    {DType::I8, "i8", 8, false},        {DType::I4, "i4", 4, false},
};

const DTypeRow &getRow(DType type) {
  return *llvm::find_if(dtypes,
                        [&](const DTypeRow &r) { return r.type == type; });
}

/// More than any device has; keeps all sums of bytes far from overflow.
constexpr uint64_t maxBytes = uint64_t(1) << 40;

} // namespace

StringRef dlk::runtime::getName(DType type) { return getRow(type).name; }
unsigned dlk::runtime::getBits(DType type) { return getRow(type).bits; }
bool dlk::runtime::isFloat(DType type) { return getRow(type).isFloat; }

std::optional<DType> dlk::runtime::parseDType(StringRef name) {
  for (const DTypeRow &row : dtypes)
    if (row.name == name)
      return row.type;
  return std::nullopt;
}

StringRef dlk::runtime::getName(Role role) {
  constexpr StringRef names[] = {"input", "output", "inout", "workspace",
                                 "constant"};
  return names[unsigned(role)];
}

uint64_t Buffer::getNumElements() const {
  uint64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

uint64_t Buffer::getDenseBytes() const {
  return dtype ? llvm::divideCeil(getNumElements() * getBits(*dtype), 8)
               : bytes;
}

std::string dlk::runtime::getTypeText(const Buffer &buffer) {
  if (!buffer.dtype)
    return llvm::formatv("{0} bytes", buffer.bytes);
  std::string text = (getName(*buffer.dtype) + " [").str();
  for (auto [index, dim] : llvm::enumerate(buffer.shape))
    text += (index ? "x" : "") + std::to_string(dim);
  return text + "]";
}

const Buffer *Function::findBuffer(StringRef name) const {
  for (const Buffer &buffer : buffers)
    if (buffer.name == name)
      return &buffer;
  return nullptr;
}

const Function *Plan::findFunction(StringRef name) const {
  for (const Function &function : functions)
    if (function.name == name)
      return &function;
  return nullptr;
}

static Error fail(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

/// The elements that shape and strides span, from the first to the last; an
/// error if it is absurd or if two indices may name one element.
static llvm::Expected<uint64_t> computeSpan(const Buffer &buffer) {
  uint64_t count = 1, span = 1;
  std::vector<std::pair<uint64_t, uint64_t>> steps; // stride, extent
  for (auto [dim, stride] : llvm::zip_equal(buffer.shape, buffer.strides)) {
    count = llvm::SaturatingMultiply<uint64_t>(count, dim);
    if (dim > 1)
      steps.push_back({stride, dim});
  }
  if (count == 0)
    return 0;
  llvm::sort(steps);
  for (auto [stride, extent] : steps) {
    if (stride < span)
      return fail("elements overlap: stride " + llvm::Twine(stride));
    span = llvm::SaturatingAdd<uint64_t>(
        llvm::SaturatingMultiply<uint64_t>(stride, extent - 1), span);
  }
  return span;
}

Error dlk::runtime::computeBytes(Buffer &buffer) {
  // A zero among absurd sizes must not hide them from what multiplies later.
  uint64_t product = 1;
  for (int64_t dim : buffer.shape)
    product =
        llvm::SaturatingMultiply<uint64_t>(product, std::max<int64_t>(dim, 1));
  llvm::Expected<uint64_t> span = computeSpan(buffer);
  if (!span)
    return span.takeError();
  if (product > maxBytes || *span > maxBytes)
    return fail("too large: " + getTypeText(buffer) + ", at most 2^40 bytes");
  uint64_t bits = *span * getBits(*buffer.dtype);
  if (bits > maxBytes * 8)
    return fail("too large: " + getTypeText(buffer) + ", at most 2^40 bytes");
  buffer.bytes = llvm::divideCeil(bits, 8);
  return Error::success();
}
