// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dlk/Executor/TensorMap.h"
#include "TensorMapField.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cstring>

using namespace dlk::exec;

static constexpr uint64_t Magic = 0x70614d5278544b44; // "DKTxRMap"

namespace {
/// The fields as they lie in the 128 bytes.
struct Layout {
  uint64_t magic;
  uint64_t address;
  uint64_t strides[4];
  uint32_t lastIndex[5]; ///< dims - 1
  uint16_t box[5];
  uint8_t elementStrides[5];
  uint8_t rank, element, swizzle, nanFill;
  uint16_t channels, pixels; ///< 0: tiled.
  int16_t lower[3], upper[3];
};
} // namespace
static_assert(sizeof(Layout) <= TensorMapBytes);

unsigned dlk::exec::tensorElementBytes(TensorElement element) {
  switch (element) {
  case TensorElement::U8:
    return 1;
  case TensorElement::U16:
  case TensorElement::F16:
  case TensorElement::BF16:
    return 2;
  case TensorElement::U64:
  case TensorElement::S64:
  case TensorElement::F64:
    return 8;
  default:
    return 4;
  }
}

unsigned dlk::exec::tensorSwizzleBytes(TensorSwizzle swizzle) {
  return 16u << unsigned(swizzle);
}

static bool isFloat(TensorElement element) {
  return element >= TensorElement::F16;
}

template <class... Args>
static llvm::Error refuse(const char *format, Args... args) {
  return llvm::createStringError("tensor map: " +
                                 llvm::formatv(format, args...).str());
}

static llvm::Error checkExtents(const TensorMapSpec &s, unsigned rank) {
  for (unsigned i = 0; i < rank; ++i) {
    if (s.dims[i] == 0 || s.dims[i] > uint64_t(1) << 32)
      return refuse("size of dimension {0}: {1}; it is 1 to 2^32", i,
                    s.dims[i]);
    if (!s.im2col && (s.box[i] == 0 || s.box[i] > 256))
      return refuse("box size of dimension {0}: {1}; it is 1 to 256", i,
                    s.box[i]);
    uint32_t step = s.elementStrides.empty() ? 1 : s.elementStrides[i];
    if (step == 0 || step > 8)
      return refuse("element stride of dimension {0}: {1}; it is 1 to 8", i,
                    step);
  }
  uint64_t extent = s.dims[0] * tensorElementBytes(s.element);
  for (unsigned i = 0; i + 1 < rank; ++i) {
    if (s.strides[i] % 16 || s.strides[i] >= uint64_t(1) << 40)
      return refuse("stride of dimension {0}: {1} bytes; it is a multiple of "
                    "16 less than 2^40",
                    i + 1, s.strides[i]);
    if (s.strides[i] < extent && i == 0)
      return refuse("stride of dimension 1: {0} bytes; the dimension below "
                    "has {1}",
                    s.strides[i], extent);
  }
  return llvm::Error::success();
}

/// The corners' range shrinks with their number (cuTensorMapEncodeIm2col).
static llvm::Error checkIm2col(const TensorMapSpec &s, unsigned rank) {
  const Im2colBox &box = *s.im2col;
  if (rank < 3)
    return refuse("im2col with rank {0}; it is 3 to 5", rank);
  if (!s.box.empty() || box.lower.size() != rank - 2 ||
      box.upper.size() != rank - 2)
    return refuse("box or corners do not fit im2col of rank {0}", rank);
  if (box.channels == 0 || box.channels > 256)
    return refuse("channels per pixel: {0}; they are 1 to 256", box.channels);
  if (box.pixels == 0 || box.pixels > 1024)
    return refuse("pixels per column: {0}; they are 1 to 1024", box.pixels);
  int32_t limit = rank == 3 ? 32768 : rank == 4 ? 128 : 16;
  for (unsigned i = 0; i < rank - 2; ++i) {
    for (int32_t corner : {box.lower[i], box.upper[i]})
      if (corner < -limit || corner >= limit)
        return refuse("corner of dimension {0}: {1}; for rank {2} it is {3} "
                      "to {4}",
                      i + 1, corner, rank, -limit, limit - 1);
    if (int64_t(s.dims[i + 1]) - 1 + box.upper[i] < box.lower[i])
      return refuse("no pixel of dimension {0} lies between its corners {1} "
                    "and {2}",
                    i + 1, box.lower[i], box.upper[i]);
  }
  return llvm::Error::success();
}

static llvm::Error checkSpec(const TensorMapSpec &s) {
  size_t rank = s.dims.size();
  if (rank < 1 || rank > 5)
    return refuse("rank {0}; it is 1 to 5", rank);
  if (s.im2col)
    if (llvm::Error failed = checkIm2col(s, unsigned(rank)))
      return failed;
  if (s.strides.size() + 1 != rank || (!s.im2col && s.box.size() != rank) ||
      (!s.elementStrides.empty() && s.elementStrides.size() != rank))
    return refuse("strides, box or element strides do not fit rank {0}", rank);
  if (s.element > TensorElement::TF32Ftz || s.swizzle > TensorSwizzle::B128)
    return refuse("element type or swizzle unknown");
  if (s.address % 16)
    return refuse("address {0:x}; it is a multiple of 16", s.address);
  if (llvm::Error failed = checkExtents(s, unsigned(rank)))
    return failed;
  uint32_t inner = (s.im2col ? s.im2col->channels : s.box[0]) *
                   tensorElementBytes(s.element);
  if (inner % 16)
    return refuse("inner box size: {0} bytes; it is a multiple of 16", inner);
  unsigned span = tensorSwizzleBytes(s.swizzle);
  if (s.swizzle != TensorSwizzle::None && inner > span)
    return refuse("inner box size: {0} bytes; the swizzle allows {1}", inner,
                  span);
  if (s.swizzle != TensorSwizzle::None && inner < span && rank > 1)
    return refuse("inner box of {0} bytes with a swizzle of {1}: boxes "
                  "narrower than the swizzle are not supported",
                  inner, span);
  if (s.nanFill && !isFloat(s.element))
    return refuse("fills with NaN, but its elements are integers");
  return llvm::Error::success();
}

llvm::Expected<std::vector<std::byte>>
dlk::exec::encodeTensorMap(const TensorMapSpec &s) {
  if (llvm::Error failed = checkSpec(s))
    return std::move(failed);
  Layout layout = {};
  layout.magic = Magic;
  layout.address = s.address;
  layout.rank = uint8_t(s.dims.size());
  for (unsigned i = 0; i < layout.rank; ++i) {
    layout.lastIndex[i] = uint32_t(s.dims[i] - 1);
    layout.box[i] = s.im2col ? 0 : uint16_t(s.box[i]);
    layout.elementStrides[i] =
        s.elementStrides.empty() ? 1 : uint8_t(s.elementStrides[i]);
    if (i + 1 < layout.rank)
      layout.strides[i] = s.strides[i];
  }
  layout.element = uint8_t(s.element);
  layout.swizzle = uint8_t(s.swizzle);
  layout.nanFill = s.nanFill;
  if (s.im2col) {
    layout.channels = uint16_t(s.im2col->channels);
    layout.pixels = uint16_t(s.im2col->pixels);
    llvm::copy(s.im2col->lower, layout.lower);
    llvm::copy(s.im2col->upper, layout.upper);
  }
  std::vector<std::byte> bytes(TensorMapBytes);
  std::memcpy(bytes.data(), &layout, sizeof layout);
  return bytes;
}

llvm::Expected<TensorMapSpec>
dlk::exec::decodeTensorMap(llvm::ArrayRef<std::byte> bytes) {
  Layout layout = {};
  if (bytes.size() == TensorMapBytes)
    std::memcpy(&layout, bytes.data(), sizeof layout);
  if (layout.magic != Magic || layout.rank < 1 || layout.rank > 5)
    return refuse("these bytes are no tensor map of the executor");
  TensorMapSpec s;
  s.address = layout.address;
  for (unsigned i = 0; i < layout.rank; ++i) {
    s.dims.push_back(uint64_t(layout.lastIndex[i]) + 1);
    if (!layout.pixels)
      s.box.push_back(layout.box[i]);
    s.elementStrides.push_back(layout.elementStrides[i]);
    if (i + 1u < layout.rank)
      s.strides.push_back(layout.strides[i]);
  }
  s.element = TensorElement(layout.element);
  s.swizzle = TensorSwizzle(layout.swizzle);
  s.nanFill = layout.nanFill;
  if (layout.pixels) {
    unsigned spatial = layout.rank >= 2 ? layout.rank - 2u : 0u;
    s.im2col = Im2colBox{{layout.lower, layout.lower + spatial},
                         {layout.upper, layout.upper + spatial},
                         layout.channels,
                         layout.pixels};
  }
  if (llvm::Error failed = checkSpec(s))
    return std::move(failed);
  return s;
}

/// PTX's numbers of element types: f32.ftz stands before f64.
static constexpr TensorElement replacedElements[] = {
    TensorElement::U8,     TensorElement::U16,  TensorElement::U32,
    TensorElement::S32,    TensorElement::U64,  TensorElement::S64,
    TensorElement::F16,    TensorElement::F32,  TensorElement::F32Ftz,
    TensorElement::F64,    TensorElement::BF16, TensorElement::TF32,
    TensorElement::TF32Ftz};

/// The largest value of a field; of an address or a stride anything.
static uint64_t mostOf(TensorMapField field) {
  switch (field) {
  case TensorMapField::Rank:
    return 4;
  case TensorMapField::BoxDim:
    return 256;
  case TensorMapField::ElementStride:
    return 8;
  case TensorMapField::ElementType:
    return std::size(replacedElements) - 1;
  case TensorMapField::Interleave:
    return 0;
  case TensorMapField::Swizzle:
    return 3;
  case TensorMapField::FillMode:
    return 1;
  default:
    return ~uint64_t(0);
  }
}

static void setField(Layout &layout, TensorMapField field, unsigned i,
                     uint64_t value) {
  switch (field) {
  case TensorMapField::GlobalAddress:
    layout.address = value;
    return;
  case TensorMapField::Rank:
    layout.rank = uint8_t(value + 1);
    return;
  case TensorMapField::BoxDim:
    layout.box[i] = uint16_t(value);
    return;
  case TensorMapField::GlobalDim:
    layout.lastIndex[i] = uint32_t(value - 1);
    return;
  case TensorMapField::GlobalStride:
    layout.strides[std::min(i, 3u)] = value;
    return;
  case TensorMapField::ElementStride:
    layout.elementStrides[i] = uint8_t(value);
    return;
  case TensorMapField::ElementType:
    layout.element = uint8_t(replacedElements[value]);
    return;
  case TensorMapField::Swizzle:
    layout.swizzle = uint8_t(value);
    return;
  case TensorMapField::FillMode:
    layout.nanFill = uint8_t(value);
    return;
  case TensorMapField::Interleave:
    return; // only none is known
  }
}

llvm::Error
dlk::exec::replaceTensorMapField(llvm::MutableArrayRef<std::byte> bytes,
                                 TensorMapField field, unsigned ordinal,
                                 uint64_t value) {
  Layout layout = {};
  std::memcpy(&layout, bytes.data(), sizeof layout);
  bool empty =
      llvm::all_of(bytes, [](std::byte b) { return b == std::byte(); });
  if (!empty && layout.magic != Magic)
    return refuse("these bytes are no tensor map of the executor");
  if (value > mostOf(field))
    return refuse("value of the field: {0}; it is at most {1}", value,
                  mostOf(field));
  layout.magic = Magic;
  setField(layout, field, ordinal, value);
  std::memcpy(bytes.data(), &layout, sizeof layout);
  return llvm::Error::success();
}
