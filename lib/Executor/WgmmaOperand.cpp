// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WgmmaOperand.h"
#include "MatrixMove.h"
#include "TensorBox.h"
#include <cstring>

using namespace dlk::exec;

MatrixDescriptor::MatrixDescriptor(uint64_t bits) {
  auto field = [&](unsigned at) { return uint32_t(bits >> at & 0x3fff) << 4; };
  start = field(0);
  leading = field(16);
  stride = field(32);
  base = uint32_t(bits >> 49 & 7);
  static constexpr uint32_t spans[] = {16, 128, 64, 32};
  span = spans[bits >> 62];
}

/// K-major: chunk `half` of row `row`.
static uint32_t rowChunk(const MatrixDescriptor &d, unsigned row,
                         unsigned half) {
  uint32_t block = d.start + row / 8 * d.stride;
  return d.span == 16 ? block + half * d.leading + row % 8 * 16
                      : block + row % 8 * d.span + half * 16;
}

/// MN-major: the chunk of rows 8 * block and on at depth k. The two offsets
/// change roles with the swizzle.
static uint32_t columnChunk(const MatrixDescriptor &d, unsigned k,
                            unsigned block) {
  if (d.span == 16)
    return d.start + block * d.stride + k / 8 * d.leading + k % 8 * 16;
  unsigned width = d.span / 16;
  return d.start + block / width * d.leading + block % width * 16 +
         k / 8 * d.stride + k % 8 * d.span;
}

/// Chunks come row by row: a neighbour is in one of the last two ranges.
void WgmmaOperand::add(uint32_t address) {
  chunks.push_back(address);
  for (size_t i = ranges.size(); i > 0 && i + 2 > ranges.size(); --i) {
    Range &range = ranges[i - 1];
    if (address == range.end) {
      range.end += 16;
      return;
    }
    if (address + 16 == range.begin) {
      range.begin = address;
      return;
    }
  }
  ranges.push_back({address, address + 16});
}

WgmmaOperand::WgmmaOperand(const MatrixDescriptor &d, unsigned blocks,
                           bool transposed)
    : blocks(blocks), transposed(transposed) {
  chunks.reserve(16 * blocks);
  // The pattern starts where the base offset says.
  uint32_t shift = d.base * 128;
  auto place = [&](uint32_t address) {
    add(swizzled(address - shift, d.span) + shift);
  };
  if (!transposed)
    for (unsigned row = 0; row < 8 * blocks; ++row)
      for (unsigned half = 0; half < 2; ++half)
        place(rowChunk(d, row, half));
  else
    for (unsigned k = 0; k < 16; ++k)
      for (unsigned block = 0; block < blocks; ++block)
        place(columnChunk(d, k, block));
}

void WgmmaOperand::fragment(const std::byte *memory, unsigned block,
                            unsigned half, Lanes32 &out) const {
  Lanes32 rows;
  auto *to = reinterpret_cast<std::byte *>(transposed ? rows.v : out.v);
  for (unsigned i = 0; i < 8; ++i) {
    uint32_t from = transposed ? chunks[(8 * half + i) * blocks + block]
                               : chunks[(8 * block + i) * 2 + half];
    std::memcpy(to + 16 * i, memory + from, 16);
  }
  if (transposed)
    transposeMatrix(out, rows);
}
