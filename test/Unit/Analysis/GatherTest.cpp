// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a gather: ranges, vectors, strides, and what TMA can follow.

#include "dlk/Analysis/Gather.h"
#include "dlk/Analysis/TmaGather.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

/// Activations of a 3x3 convolution: (n, p, q) x (r, s, c) of n x h x w x c.
Gather activations(int64_t n, int64_t p, int64_t q, int64_t c, int64_t stride,
                   int64_t dilation, int64_t pad) {
  Gather gather;
  gather.groups = {{n, p, q}, {3, 3, c}};
  gather.coefficients = {{1, 0, 0, 0, 0, 0},
                         {0, stride, 0, dilation, 0, 0},
                         {0, 0, stride, 0, dilation, 0},
                         {0, 0, 0, 0, 0, 1}};
  gather.constants = {0, -pad, -pad, 0};
  return gather;
}

TEST(Gather, Extents) {
  Gather gather = activations(8, 14, 14, 64, 1, 1, 1);
  EXPECT_EQ(gather.getRank(), 2u);
  EXPECT_EQ(gather.getTensorRank(), 4u);
  EXPECT_EQ(gather.getNumDigits(), 6u);
  EXPECT_EQ(gather.getFirstDigit(1), 3u);
  EXPECT_EQ(gather.getExtent(0), 8 * 14 * 14);
  EXPECT_EQ(gather.getExtent(1), 9 * 64);
}

TEST(Gather, RangesReachIntoThePadding) {
  Gather gather = activations(8, 14, 14, 64, 2, 3, 1);
  EXPECT_EQ(gather.getRange(0).least, 0);
  EXPECT_EQ(gather.getRange(0).most, 7);
  EXPECT_EQ(gather.getRange(1).least, -1);
  EXPECT_EQ(gather.getRange(1).most, 2 * 13 + 3 * 2 - 1);
}

TEST(Gather, NegativeCoefficients) {
  Gather gather;
  gather.groups = {{5}, {3}};
  gather.coefficients = {{1, -2}};
  gather.constants = {4};
  EXPECT_EQ(gather.getRange(0).least, 0);
  EXPECT_EQ(gather.getRange(0).most, 8);
}

TEST(Gather, VectorsAreWholeInsideOrOutside) {
  EXPECT_EQ(activations(1, 4, 4, 64, 1, 1, 1).getContiguousDim(), 1u);
  EXPECT_EQ(activations(1, 4, 4, 64, 1, 1, 1).getVector({1, 4, 4, 64}, 8), 8);
  EXPECT_EQ(activations(1, 4, 4, 12, 1, 1, 1).getVector({1, 4, 4, 12}, 8), 4);
  EXPECT_EQ(activations(1, 4, 4, 3, 1, 1, 1).getVector({1, 4, 4, 3}, 8), 1);
  // Channels of a group that start in the middle of a piece.
  Gather groups = activations(1, 4, 4, 8, 1, 1, 1);
  groups.coefficients[3][0] = 4;
  EXPECT_EQ(groups.getVector({1, 4, 4, 16}, 8), 4);
}

TEST(Gather, StridesOfAPointwiseConvolution) {
  Gather gather;
  gather.groups = {{8, 14, 14}, {1, 1, 64}};
  gather.coefficients = {{1, 0, 0, 0, 0, 0},
                         {0, 1, 0, 1, 0, 0},
                         {0, 0, 1, 0, 1, 0},
                         {0, 0, 0, 0, 0, 1}};
  gather.constants = {0, 0, 0, 0};
  std::optional<Layout> layout = gather.asStrided({8, 14, 14, 64});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->getModes()[0].front().extent, 8 * 14 * 14);
  EXPECT_EQ(layout->getModes()[0].front().stride, 64);
  EXPECT_EQ(layout->getModes()[1].front().stride, 1);
  // A crop is no matrix: the next row does not follow.
  EXPECT_FALSE(gather.asStrided({8, 14, 15, 64}));
  // Neither is what leaves the tensor.
  EXPECT_FALSE(activations(8, 14, 14, 64, 1, 1, 1).asStrided({8, 14, 14, 64}));
  // One row has a stride, too: tensor maps want one.
  gather.groups[0] = {1, 1, 1};
  layout = gather.asStrided({1, 1, 1, 64});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->getModes()[0].front().stride, 64);
  // All of it is outside a tensor without elements, unless it has none itself.
  EXPECT_FALSE(gather.asStrided({1, 0, 1, 64}));
  gather.groups[0] = {1, 0, 1};
  EXPECT_TRUE(gather.asStrided({1, 0, 1, 64}));
}

std::optional<TmaGather> find(const Gather &gather,
                              llvm::ArrayRef<int64_t> shape,
                              std::string *reason = nullptr) {
  std::string why;
  auto form = findTmaGather(gather, shape, 2, why);
  if (reason)
    *reason = why;
  return form;
}

TEST(TmaGather, CornersOfPixels) {
  auto form = find(activations(8, 14, 14, 64, 1, 1, 1), {8, 14, 14, 64});
  ASSERT_TRUE(form && form->im2col);
  EXPECT_EQ(form->lower[0], -1);
  EXPECT_EQ(form->upper[0], -1);
  EXPECT_EQ(form->strides[0], 1);
  // Stride 2 over 15 rows with padding 1: base pixels -1, 1, ..., 13.
  form = find(activations(8, 8, 8, 64, 2, 1, 1), {8, 15, 15, 64});
  ASSERT_TRUE(form && form->im2col);
  EXPECT_EQ(form->lower[1], -1);
  EXPECT_EQ(form->upper[1], -1 + 7 * 2 + 1 - 15);
  EXPECT_EQ(form->strides[1], 2);
}

TEST(TmaGather, FiltersAreTiled) {
  Gather filter;
  filter.groups = {{128}, {3, 3, 64}};
  filter.coefficients = {
      {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  filter.constants = {0, 0, 0, 0};
  auto form = find(filter, {128, 3, 3, 64});
  ASSERT_TRUE(form && !form->im2col);
  EXPECT_EQ(form->rowTensorDim, 0u);
  EXPECT_TRUE(fitsBoxes(filter, *form, 128, 64));
  EXPECT_FALSE(fitsBoxes(filter, *form, 128, 128));
}

TEST(TmaGather, Refusals) {
  std::string why;
  EXPECT_FALSE(
      find(activations(8, 14, 14, 12, 1, 1, 1), {8, 14, 14, 12}, &why));
  EXPECT_EQ(why, "rows of 12 elements are not aligned to 16 bytes");
  EXPECT_FALSE(
      find(activations(8, 14, 14, 64, 9, 1, 0), {8, 200, 200, 64}, &why));
  EXPECT_EQ(why, "stride is not in 1..8: 9");
  // Boxes of one image's row would do, but not those that cross its end.
  Gather far = activations(8, 14, 14, 64, 1, 128, 0);
  auto form = find(far, {8, 300, 300, 64}, &why);
  ASSERT_TRUE(form && !form->im2col);
  EXPECT_TRUE(fitsBoxes(far, *form, 7, 64));
  EXPECT_FALSE(fitsBoxes(far, *form, 64, 64));
  EXPECT_EQ(why, "filter reaches over 256 pixels; TMA allows 255");
}

} // namespace
