// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrix descriptors against the canonical layouts of the PTX ISA ("Strides",
// "Canonical layouts" of wgmma), in every mode: major, swizzle, base offset,
// steps along k inside the swizzle's pattern, and both offsets with gaps.

#include "WgmmaOperand.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace dlk::exec;

namespace {

/// The ISA's Swizzle<bits, 4, 3> of a byte offset in a pattern.
uint32_t swizzle(uint32_t offset, unsigned bits) {
  return offset ^ (offset >> 7 & ((1u << bits) - 1)) << 4;
}

/// One way to store 16-bit elements of rows (of M or N) and depth k.
struct Mode {
  unsigned bits = 0; ///< 0 to 3: none, 32, 64, 128 bytes.
  bool transposed = false;
  unsigned leading = 0, stride = 0; ///< LBO and SBO in bytes.
  uint32_t pattern = 1024;          ///< Where the swizzle's pattern starts.
  unsigned step = 0;                ///< Steps of 16 along k from there.

  unsigned chunks() const { return 1u << bits; } ///< T in a row of the pattern.

  /// The layouts ((8, m), (T, 2)) and ((T, w, m), (8, k)), T being 16 bytes.
  uint32_t address(unsigned row, unsigned k) const {
    uint32_t linear;
    if (!transposed) {
      linear = row % 8 * 16 * chunks() + row / 8 * stride + k % 8 * 2 +
               k / 8 * (bits ? 16 : leading);
    } else {
      unsigned chunk = row / 8;
      linear = row % 8 * 2 + chunk % chunks() * 16 +
               chunk / chunks() * (bits ? leading : stride) +
               k % 8 * 16 * chunks() + k / 8 * (bits ? stride : leading);
    }
    return pattern + swizzle(linear, bits);
  }
  uint64_t descriptor() const {
    constexpr uint64_t codes[] = {0, 3, 2, 1};
    uint32_t start = pattern;
    // A step along k: 32 bytes in the row, or two groups of eight rows.
    if (!transposed)
      start += step * (bits ? 32 : 2 * leading);
    else
      start += step * 2 * (bits ? stride : leading);
    uint64_t base = bits ? pattern >> 7 & ((128u << bits) / 128 - 1) : 0;
    return (start >> 4 & 0x3fff) | uint64_t(leading >> 4) << 16 |
           uint64_t(stride >> 4) << 32 | base << 49 | codes[bits] << 62;
  }
  std::string text() const {
    return "swizzle " + std::to_string(bits) + " transposed " +
           std::to_string(transposed) + " leading " + std::to_string(leading) +
           " stride " + std::to_string(stride) + " pattern " +
           std::to_string(pattern) + " step " + std::to_string(step);
  }
};

/// Stores rows x depth distinct elements and compares all fragments.
void check(const Mode &mode, unsigned blocks, unsigned depth) {
  static std::vector<std::byte> memory(1 << 18);
  auto id = [](unsigned row, unsigned k) { return uint16_t(row * 64 + k + 1); };
  for (unsigned row = 0; row < 8 * blocks; ++row)
    for (unsigned k = 0; k < depth; ++k) {
      uint16_t value = id(row, k);
      ASSERT_LT(mode.address(row, k), memory.size() - 2);
      std::memcpy(&memory[mode.address(row, k)], &value, 2);
    }
  WgmmaOperand operand(MatrixDescriptor(mode.descriptor()), blocks,
                       mode.transposed);
  for (unsigned block = 0; block < blocks; ++block)
    for (unsigned half = 0; half < 2; ++half) {
      Lanes32 fragment;
      operand.fragment(memory.data(), block, half, fragment);
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned e = 0; e < 2; ++e) {
          unsigned row = 8 * block + lane / 4;
          unsigned k = 16 * mode.step + 8 * half + lane % 4 * 2 + e;
          ASSERT_EQ(uint16_t(fragment.v[lane] >> 16 * e), id(row, k))
              << mode.text() << " row " << row << " k " << k;
        }
    }
}

/// The smallest offsets, and larger ones: LBO, then SBO.
std::vector<std::pair<unsigned, unsigned>> offsets(const Mode &mode,
                                                   unsigned blocks) {
  unsigned chunks = mode.chunks(), pattern = 8 * 16 * chunks;
  if (!mode.transposed && !mode.bits)
    return {{128, 256}, {128 * blocks, 128}, {144 * blocks, 144}, {256, 1024}};
  if (!mode.transposed) // The leading offset is not read.
    return {{0, pattern}, {16, pattern}, {4096, 2 * pattern}};
  if (!mode.bits)
    return {{128, 1024}, {128 * blocks, 128}, {160 * blocks, 160}};
  unsigned columns = (blocks + chunks - 1) / chunks;
  return {{8 * pattern, pattern},
          {pattern, pattern * columns},
          {2 * pattern, 2 * pattern * columns}};
}

TEST(WgmmaOperand, everyDescriptorMode) {
  unsigned checked = 0;
  for (unsigned bits = 0; bits < 4; ++bits)
    for (bool transposed : {false, true})
      for (unsigned blocks : {1u, 2u, 8u, 12u, 32u})
        for (unsigned at = 0; at < (bits ? 8u : 2u); ++at)
          for (auto [leading, stride] :
               offsets({bits, transposed, 0, 0, 0, 0}, blocks)) {
            Mode mode{bits, transposed, leading, stride};
            mode.pattern = 1024 + 128 * at;
            // How many steps along k fit before the pattern's row ends.
            unsigned steps = transposed ? 2 : bits ? (1u << bits) / 2 : 1;
            if (!transposed && !bits && leading == 128 && stride == 1024)
              steps = 2;
            for (mode.step = 0; mode.step < steps; ++mode.step) {
              check(mode, blocks, 16 * steps);
              ++checked;
              if (testing::Test::HasFailure())
                return;
            }
          }
  EXPECT_GT(checked, 700u);
}

} // namespace
