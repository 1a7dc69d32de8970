// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TMA's im2col mode against a loop over the output positions of a convolution:
// random ranks, sizes, corners, strides, start positions and filter taps, loads
// and stores; and what the encoder refuses.

#include "CudaTest.h"
#include "dlk/Executor/TensorMap.h"
#include <random>

using namespace dlk::exec;

namespace {

struct Case {
  TensorMapSpec map;
  std::vector<int32_t> start; ///< Innermost (channel) first.
  std::vector<uint32_t> taps; ///< One per spatial dimension.
  uint64_t elements = 1;
};

std::mt19937 random_(1);
int pick(int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random_);
}

Case makeCase() {
  Case c;
  unsigned rank = unsigned(pick(3, 5));
  Im2colBox box;
  c.map.element = TensorElement::U32;
  c.map.dims.push_back(uint64_t(4 * pick(1, 6)));
  c.map.elementStrides.push_back(1);
  box.channels = uint32_t(4 * pick(1, 4));
  box.pixels = uint32_t(pick(1, 24));
  c.start.push_back(4 * pick(0, 2));
  uint64_t bytes = c.map.dims[0] * 4;
  for (unsigned i = 0; i + 2 < rank; ++i) {
    int size = pick(2, 7), lower = pick(-2, 1), upper = pick(-1, 1);
    uint32_t step = uint32_t(pick(1, 2));
    c.map.dims.push_back(uint64_t(size));
    c.map.elementStrides.push_back(step);
    box.lower.push_back(lower);
    box.upper.push_back(std::max(upper, lower + 1 - size));
    int positions = (size - 1 + box.upper[i] - lower) / int(step) + 1;
    c.start.push_back(lower + int(step) * pick(0, positions - 1));
    c.taps.push_back(uint32_t(pick(0, 3)));
    c.map.strides.push_back(bytes);
    bytes *= uint64_t(size);
  }
  c.map.dims.push_back(uint64_t(pick(1, 3)));
  c.map.elementStrides.push_back(1);
  c.map.strides.push_back(bytes);
  c.start.push_back(pick(0, 1));
  c.elements = bytes / 4 * c.map.dims.back();
  c.map.im2col = box;
  return c;
}

/// The pixels in order, from the nest of loops that a convolution is: those
/// positions from the start on, as {spatial..., image}.
std::vector<std::vector<int64_t>> pixelsOf(const Case &c) {
  const Im2colBox &box = *c.map.im2col;
  unsigned spatial = unsigned(box.lower.size());
  std::vector<std::vector<int64_t>> all;
  std::vector<int64_t> first(c.start.begin() + 1, c.start.end());
  for (int64_t image = 0; image < int64_t(c.map.dims.back()) + 30; ++image) {
    std::vector<int64_t> at(box.lower.begin(), box.lower.end());
    at.push_back(image);
    for (bool more = true; more;) {
      all.push_back(at);
      more = false;
      for (unsigned i = 0; i < spatial && !more; ++i) {
        at[i] += c.map.elementStrides[i + 1];
        more = at[i] <= int64_t(c.map.dims[i + 1]) - 1 + box.upper[i];
        if (!more)
          at[i] = box.lower[i];
      }
    }
  }
  auto begin = std::find(all.begin(), all.end(), first);
  EXPECT_NE(begin, all.end());
  return {begin, begin + std::min<ptrdiff_t>(box.pixels, all.end() - begin)};
}

/// Index of an element of the tensor, or -1 if it is outside.
int64_t indexOf(const Case &c, const std::vector<int64_t> &pixel, bool taps,
                int64_t channel) {
  int64_t index = c.start[0] + channel;
  if (index >= int64_t(c.map.dims[0]))
    return -1;
  for (unsigned i = 0; i < pixel.size(); ++i) {
    int64_t at = pixel[i];
    if (taps && i < c.taps.size())
      at += c.taps[i];
    if (at < 0 || at >= int64_t(c.map.dims[i + 1]))
      return -1;
    index += at * int64_t(c.map.strides[i] / 4);
  }
  return index;
}

std::string list(const std::vector<std::string> &words) {
  std::string text = "{";
  for (size_t i = 0; i < words.size(); ++i)
    text += (i ? ", " : "") + words[i];
  return text + "}";
}

/// Loads the column, writes it to out; or takes it from out and stores it.
std::string kernelOf(const Case &c, bool load) {
  std::vector<std::string> at, taps;
  for (int32_t x : c.start)
    at.push_back(std::to_string(x));
  for (uint32_t x : c.taps)
    taps.push_back(std::to_string(x));
  std::string rank = std::to_string(c.start.size());
  uint32_t words = c.map.im2col->channels * c.map.im2col->pixels;
  std::string copy =
      load ? "  @!%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r2], " +
                 std::to_string(words * 4) +
                 ";\n  @!%p0 cp.async.bulk.tensor." + rank +
                 "d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes"
                 " [%r1], [%x0, " +
                 list(at) + "], [%r2], " + list(taps) +
                 ";\nWAIT:\n  mbarrier.try_wait.parity.shared.b64 %p1, [%r2], "
                 "0;\n  @!%p1 bra WAIT;\n"
           : "";
  std::string store =
      load
          ? ""
          : "  fence.proxy.async;\n  bar.sync 0;\n"
            "  @!%p0 cp.async.bulk.tensor." +
                rank + "d.global.shared::cta.im2col_no_offs.bulk_group [%x0, " +
                list(at) +
                "], [%r1];\n"
                "  cp.async.bulk.commit_group;\n"
                "  cp.async.bulk.wait_group 0;\n";
  std::string move = load ? "  ld.shared.u32 %r5, [%r6];\n"
                            "  st.global.u32 [%x2], %r5;\n"
                          : "  ld.global.u32 %r5, [%x2];\n"
                            "  st.shared.u32 [%r6], %r5;\n";
  return ".version 8.5\n.target sm_90a\n.address_size 64\n"
         ".visible .entry k(.param .align 64 .b8 map[128], .param .u64 out)\n"
         "{\n  .reg .pred %p<4>; .reg .b32 %r<20>; .reg .b64 %x<8>;\n"
         "  .shared .align 128 .b8 tile[2048];\n"
         "  .shared .align 8 .b64 full;\n"
         "  mov.u64 %x0, map;\n  cvta.param.u64 %x0, %x0;\n"
         "  ld.param.u64 %x1, [out];\n  mov.u32 %r1, tile;\n"
         "  mov.u32 %r2, full;\n  mov.u32 %r3, %tid.x;\n"
         "  setp.ne.u32 %p0, %r3, 0;\n"
         "  @!%p0 mbarrier.init.shared.b64 [%r2], 1;\n"
         "  fence.proxy.async;\n  bar.sync 0;\n" +
         copy +
         "MORE:\n  shl.b32 %r4, %r3, 2;\n  add.s32 %r6, %r1, %r4;\n"
         "  cvt.u64.u32 %x2, %r4;\n  add.s64 %x2, %x2, %x1;\n"
         "  setp.ge.u32 %p2, %r3, " +
         std::to_string(words) + ";\n  @%p2 bra DONE;\n" + move +
         "  add.s32 %r3, %r3, 32;\n  bra MORE;\nDONE:\n" + store +
         "  ret;\n}\n";
}

void checkCase(Case c, bool load) {
  CudaRun run(kernelOf(c, load));
  std::vector<uint32_t> tensor(c.elements);
  for (uint32_t i = 0; i < tensor.size(); ++i)
    tensor[i] = i + 1;
  c.map.address = run.input(tensor);
  auto bytes = encodeTensorMap(c.map);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  std::array<std::byte, 128> param;
  std::copy(bytes->begin(), bytes->end(), param.begin());
  uint32_t channels = c.map.im2col->channels, pixels = c.map.im2col->pixels;
  std::vector<uint32_t> column(channels * pixels);
  for (uint32_t i = 0; i < column.size(); ++i)
    column[i] = 1000000 + i;
  uint64_t out = run.input(column);
  run.run("k", {1}, {32}, allChecks(AsyncPolicy::Late), param, out);
  auto places = pixelsOf(c);
  ASSERT_EQ(places.size(), pixels);
  auto got = run.output<uint32_t>(load ? out : c.map.address,
                                  load ? column.size() : tensor.size());
  std::vector<uint32_t> expected = load ? column : tensor;
  for (uint32_t p = 0; p < pixels; ++p)
    for (uint32_t i = 0; i < channels; ++i) {
      int64_t index = indexOf(c, places[p], load, i);
      if (load)
        expected[p * channels + i] = index < 0 ? 0 : tensor[size_t(index)];
      else if (index >= 0)
        expected[size_t(index)] = column[p * channels + i];
    }
  ASSERT_EQ(got, expected);
}

TEST(Im2col, loads) {
  for (int i = 0; i < 150; ++i)
    checkCase(makeCase(), true);
}

TEST(Im2col, stores) {
  for (int i = 0; i < 80; ++i)
    checkCase(makeCase(), false);
}

std::string refusal(TensorMapSpec map) {
  auto bytes = encodeTensorMap(map);
  return bytes ? "" : llvm::toString(bytes.takeError());
}

TEST(Im2col, whatTheEncoderRefuses) {
  Case c = makeCase();
  while (c.start.size() != 4)
    c = makeCase();
  EXPECT_EQ(refusal(c.map), "");
  auto with = [&](auto change) {
    TensorMapSpec map = c.map;
    change(map);
    return refusal(map);
  };
  EXPECT_EQ(with([](auto &m) { m.im2col->channels = 260; }),
            "tensor map: channels per pixel: 260; they are 1 to 256");
  EXPECT_EQ(with([](auto &m) { m.im2col->pixels = 0; }),
            "tensor map: pixels per column: 0; they are 1 to 1024");
  EXPECT_EQ(with([](auto &m) { m.im2col->lower[1] = -129; }),
            "tensor map: corner of dimension 2: -129; for rank 4 it is -128 to "
            "127");
  EXPECT_NE(with([](auto &m) {
              m.im2col->upper[0] = -100;
            }).find("no pixel of dimension 1"),
            std::string::npos);
  EXPECT_NE(with([](auto &m) {
              m.im2col->lower.pop_back();
            }).find("do not fit im2col of rank 4"),
            std::string::npos);
}

TEST(Im2col, mapAndInstructionMustAgree) {
  Case c = makeCase();
  std::string ptx = kernelOf(c, true);
  c.map.box = {4, 1, 1, 1, 1};
  c.map.box.resize(c.map.dims.size());
  c.map.im2col.reset();
  CudaRun run(ptx);
  c.map.address = run.input(std::vector<uint32_t>(c.elements));
  auto bytes = encodeTensorMap(c.map);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  std::array<std::byte, 128> param;
  std::copy(bytes->begin(), bytes->end(), param.begin());
  Report report =
      run.launch("k", {1}, {32}, allChecks(), param, run.buffer(4096));
  ASSERT_EQ(report.status, Status::Findings);
  EXPECT_EQ(report.findings[0].message, "the tensor map is no im2col map");
}

} // namespace
