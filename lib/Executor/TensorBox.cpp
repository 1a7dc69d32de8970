// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TensorBox.h"
#include <algorithm>
#include <cstring>

using namespace dlk::exec;

TensorBox::TensorBox(TensorMapSpec spec, llvm::ArrayRef<int32_t> coordinates,
                     llvm::ArrayRef<uint32_t> offsets)
    : map(std::move(spec)) {
  elementBytes = tensorElementBytes(map.element);
  span = tensorSwizzleBytes(map.swizzle);
  for (unsigned i = 0; i < map.dims.size(); ++i) {
    start[i] = coordinates[i];
    step[i] = i == 0 ? 1 : map.elementStrides[i];
    if (map.im2col)
      continue;
    count[i] = (map.box[i] + step[i] - 1) / step[i];
    if (i > 0)
      rows *= count[i];
  }
  if (map.im2col) {
    count[0] = map.im2col->channels;
    rows = map.im2col->pixels;
    std::copy(offsets.begin(), offsets.end(), offset.begin() + 1);
  }
  rowBytes = count[0] * elementBytes;
}

std::pair<uint64_t, uint64_t> TensorBox::globalRange() const {
  if (map.im2col) {
    uint64_t low = UINT64_MAX, high = 0;
    forEachRun([&](uint64_t address, uint64_t bytes) {
      low = std::min(low, address);
      high = std::max(high, address + bytes);
    });
    return {std::min(low, high), high};
  }
  uint64_t first = map.address, last = map.address;
  for (unsigned i = 0; i < map.dims.size(); ++i) {
    int64_t low = start[i], end = int64_t(map.dims[i]);
    if (low < 0)
      low += (-low + step[i] - 1) / step[i] * int64_t(step[i]);
    int64_t high = start[i] + int64_t(count[i] - 1) * step[i];
    if (high >= end)
      high -= (high - end) / int64_t(step[i]) * step[i] + step[i];
    if (low > high || low >= end)
      return {map.address, map.address};
    uint64_t stride = i == 0 ? elementBytes : map.strides[i - 1];
    first += uint64_t(low) * stride;
    last += uint64_t(high) * stride;
  }
  return {first, last + elementBytes};
}

/// forEachRow of im2col: row by row through the pixels between the corners.
template <class Visit> void TensorBox::forEachPixel(Visit visit) const {
  unsigned images = unsigned(map.dims.size()) - 1;
  std::array<int64_t, 5> at = start;
  for (uint32_t row = 0; row < rows; ++row) {
    uint64_t global = map.address;
    for (unsigned i = 1; i <= images && global; ++i) {
      int64_t place = at[i] + offset[i];
      if (place < 0 || place >= int64_t(map.dims[i]))
        global = 0;
      else
        global += uint64_t(place) * map.strides[i - 1];
    }
    visit(row, global);
    for (unsigned i = 1; i <= images; ++i) {
      at[i] += i == images ? 1 : step[i];
      if (i == images ||
          at[i] < int64_t(map.dims[i]) + map.im2col->upper[i - 1])
        break;
      at[i] = map.im2col->lower[i - 1];
    }
  }
}

/// Calls visit(row, global) for each row of the box; `global` is the address of
/// the tensor's element 0 of that row, or 0 if the row is outside.
template <class Visit> void TensorBox::forEachRow(Visit visit) const {
  if (map.im2col)
    return forEachPixel(visit);
  std::array<uint32_t, 5> index = {};
  for (uint32_t row = 0; row < rows; ++row) {
    uint64_t global = map.address;
    for (unsigned i = 1; i < map.dims.size() && global; ++i) {
      int64_t at = start[i] + int64_t(index[i]) * step[i];
      if (at < 0 || at >= int64_t(map.dims[i]))
        global = 0;
      else
        global += uint64_t(at) * map.strides[i - 1];
    }
    visit(row, global);
    for (unsigned i = 1; i < 5 && ++index[i] == count[i]; ++i)
      index[i] = 0;
  }
}

void TensorBox::forEachRun(
    llvm::function_ref<void(uint64_t address, uint64_t bytes)> visit) const {
  int64_t first = std::clamp<int64_t>(-start[0], 0, count[0]);
  int64_t end =
      std::clamp<int64_t>(int64_t(map.dims[0]) - start[0], first, count[0]);
  forEachRow([&](uint32_t, uint64_t global) {
    if (global && end > first)
      visit(global + uint64_t((start[0] + first) * int64_t(elementBytes)),
            uint64_t(end - first) * elementBytes);
  });
}

/// A NaN of the type, as bytes of elements.
static uint8_t fillByte(const TensorMapSpec &map, unsigned byteOfElement) {
  unsigned bytes = tensorElementBytes(map.element);
  return !map.nanFill ? 0 : byteOfElement + 1 == bytes ? 0x7f : 0xff;
}

void TensorBox::load(std::byte *shared, uint32_t address) const {
  std::vector<std::byte> line(rowBytes);
  // The part of a row that is inside the tensor.
  int64_t first = std::clamp<int64_t>(-start[0], 0, count[0]);
  int64_t end =
      std::clamp<int64_t>(int64_t(map.dims[0]) - start[0], first, count[0]);
  forEachRow([&](uint32_t row, uint64_t global) {
    if (first || end < count[0] || !global)
      for (uint32_t i = 0; i < rowBytes; ++i)
        line[i] = std::byte(fillByte(map, i % elementBytes));
    if (global && end > first)
      std::memcpy(line.data() + first * elementBytes,
                  reinterpret_cast<const std::byte *>(global) +
                      (start[0] + first) * int64_t(elementBytes),
                  size_t(end - first) * elementBytes);
    for (uint32_t i = 0; i < rowBytes; i += 16) {
      uint32_t at = swizzled(address + row * rowBytes + i, span);
      std::memcpy(shared + int64_t(at) - int64_t(address), line.data() + i, 16);
    }
  });
}

void TensorBox::store(
    const std::byte *shared, uint32_t address,
    llvm::function_ref<void(std::byte *, const std::byte *, uint64_t)> put)
    const {
  std::vector<std::byte> line(rowBytes);
  int64_t first = std::clamp<int64_t>(-start[0], 0, count[0]);
  int64_t end =
      std::clamp<int64_t>(int64_t(map.dims[0]) - start[0], first, count[0]);
  forEachRow([&](uint32_t row, uint64_t global) {
    if (!global || end <= first)
      return;
    for (uint32_t i = 0; i < rowBytes; i += 16) {
      uint32_t at = swizzled(address + row * rowBytes + i, span);
      std::memcpy(line.data() + i, shared + int64_t(at) - int64_t(address), 16);
    }
    put(reinterpret_cast<std::byte *>(global) +
            (start[0] + first) * int64_t(elementBytes),
        line.data() + first * elementBytes,
        uint64_t(end - first) * elementBytes);
  });
}
