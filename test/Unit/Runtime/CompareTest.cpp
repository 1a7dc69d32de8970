// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparison with a reference: what is right, and what the report says.

#include "dlk/Runtime/Compare.h"
#include "dlk/Runtime/Elements.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace dlk::runtime;

namespace {

std::vector<uint8_t> pack(DType type, const std::vector<double> &values) {
  size_t bytes = getBits(type) / 8;
  std::vector<uint8_t> data(values.size() * bytes);
  for (size_t i = 0; i < values.size(); ++i)
    storeElement(type, values[i], data.data() + i * bytes);
  return data;
}

Comparison compareValues(const std::vector<double> &got,
                         const std::vector<double> &expected,
                         Tolerance tolerance) {
  Buffer buffer;
  buffer.name = "out0";
  buffer.dtype = DType::F32;
  buffer.shape = {int64_t(got.size())};
  NpyArray reference{"<f8", buffer.shape, pack(DType::F64, expected)};
  auto result = compare(buffer, pack(DType::F32, got), reference, tolerance);
  EXPECT_TRUE(bool(result));
  return *result;
}

TEST(Compare, Tolerances) {
  EXPECT_EQ(compareValues({1, 2}, {1, 2}, {}).wrong, 0u);
  EXPECT_EQ(compareValues({1, 2}, {1, 2.5}, {}).wrong, 1u);
  EXPECT_EQ(compareValues({1, 2}, {1, 2.5}, {0.2, 0}).wrong, 0u);
  EXPECT_EQ(compareValues({1, 2}, {1, 2.5}, {0.1, 0.2}).wrong, 1u);
  EXPECT_EQ(compareValues({1, 2}, {1, 2.5}, {0.1, 0.25}).wrong, 0u);
  EXPECT_EQ(compareValues({0}, {-0.0}, {}).wrong, 0u);
}

TEST(Compare, NotNumbers) {
  EXPECT_EQ(compareValues({NAN}, {NAN}, {}).wrong, 0u);
  EXPECT_EQ(compareValues({NAN}, {1}, {1, 1e9}).wrong, 1u);
  EXPECT_EQ(compareValues({1}, {NAN}, {1, 1e9}).wrong, 1u);
  EXPECT_EQ(compareValues({INFINITY}, {INFINITY}, {}).wrong, 0u);
  EXPECT_EQ(compareValues({INFINITY}, {-INFINITY}, {1, 1e9}).wrong, 1u);
  EXPECT_EQ(compareValues({INFINITY}, {1}, {1, 1e9}).wrong, 1u);
}

TEST(Compare, ReportShowsTheFirstFive) {
  Comparison result =
      compareValues({0, 1, 2, 3, 4, 5, 6}, {0, 2, 3, 4, 5, 6, 8}, {});
  EXPECT_EQ(result.str("out0"),
            "out0: 6 of 7 elements differ, by at most 2.000e+00 absolute, "
            "5.000e-01 relative\n"
            "  [1]: got 1, expected 2\n  [2]: got 2, expected 3\n"
            "  [3]: got 3, expected 4\n  [4]: got 4, expected 5\n"
            "  [5]: got 5, expected 6");
}

TEST(Compare, IndicesAndTypes) {
  Buffer buffer;
  buffer.name = "out0";
  buffer.dtype = DType::BF16;
  buffer.shape = {2, 3};
  std::vector<uint8_t> got = pack(DType::BF16, {1, 2, 3, 4, 5, 6});
  // The bits of the type itself.
  auto same = compare(buffer, got, {"<u2", {2, 3}, got}, {});
  ASSERT_TRUE(bool(same));
  EXPECT_EQ(same->wrong, 0u);
  auto wide = compare(
      buffer, got, {"<f4", {2, 3}, pack(DType::F32, {1, 2, 3, 4, 7, 6})}, {});
  ASSERT_TRUE(bool(wide));
  ASSERT_EQ(wide->wrong, 1u);
  EXPECT_EQ(wide->first[0].index, (std::vector<int64_t>{1, 1}));
  auto shape = compare(buffer, got, {"<u2", {3, 2}, got}, {});
  EXPECT_EQ(llvm::toString(shape.takeError()),
            "out0: expected bf16 [2x3], got uint16 [3x2]");
  auto type = compare(buffer, got, {"<u8", {2, 3}, {}}, {});
  EXPECT_EQ(llvm::toString(type.takeError()),
            "out0: expected bf16 [2x3], got uint64 [2x3]");
}

} // namespace
