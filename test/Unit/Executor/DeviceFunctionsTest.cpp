// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// device_functions.cu and cooperative_groups.cu of test/Execution/cuda: CUDA's
// device headers in the hands of two compilers, against the host's arithmetic.

#include "CudaTest.h"
#include "Float.h"
#include <cmath>
#include <random>

using namespace dlk::exec;

namespace {

DLK_CUDA_SUITE(CudaDevice);

template <class T> std::vector<T> reals(size_t count, double low, double high) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> distribution(low, high);
  std::vector<T> values(count);
  for (T &value : values)
    value = T(distribution(random));
  return values;
}

TEST_P(CudaDevice, mathLibraryF32) {
  DLK_REQUIRE_PTX(ptx, "device_functions");
  CudaRun run(ptx);
  constexpr int N = 1000;
  auto x = reals<float>(N, -20, 20);
  uint64_t in = run.input(x), to = run.buffer(N * 18 * 4);
  run.run("math_f32", {(N + 127) / 128}, {128}, allChecks(), in, to, N);
  auto out = run.output<float>(to, N * 18);
  for (int i = 0; i < N; ++i) {
    double v = x[i], a = std::fabs(v);
    const double expected[18] = {
        std::sin(v),       std::cos(v),  std::exp(v),   std::log(a),
        std::pow(a, 1.3f), std::erf(v),  std::tanh(v),  1 / std::sqrt(a),
        std::fmod(v, 2.5), std::cbrt(v), std::round(v), std::trunc(v),
        std::atan2(v, 2.), std::exp2(v), std::log1p(a), 1 / v,
        std::sqrt(a),      v / 3};
    for (int k = 0; k < 18; ++k)
      ASSERT_NEAR(out[18 * i + k], expected[k],
                  std::fabs(expected[k]) * 5e-7 + 1e-7)
          << "function " << k << " of " << v;
  }
}

TEST_P(CudaDevice, mathLibraryF64) {
  DLK_REQUIRE_PTX(ptx, "device_functions");
  CudaRun run(ptx);
  constexpr int N = 500;
  auto x = reals<double>(N, -30, 30);
  uint64_t in = run.input(x), to = run.buffer(N * 8 * 8);
  run.run("math_f64", {(N + 127) / 128}, {128}, allChecks(), in, to, N);
  auto out = run.output<double>(to, N * 8);
  for (int i = 0; i < N; ++i) {
    double v = x[i], a = std::fabs(v);
    const double expected[8] = {std::sin(v),      std::exp(v),
                                std::log(a),      std::sqrt(a),
                                std::pow(a, 1.1), std::fma(v, v, 1.0),
                                std::floor(v),    std::trunc(v * 1e6)};
    for (int k = 0; k < 8; ++k)
      ASSERT_NEAR(out[8 * i + k], expected[k],
                  std::fabs(expected[k]) * 1e-15 + 1e-16)
          << "function " << k << " of " << v;
  }
}

uint32_t dotOfBytes(uint32_t a, uint32_t b, uint32_t c) {
  for (unsigned k = 0; k < 32; k += 8)
    c += uint32_t(int8_t(a >> k) * int8_t(b >> k));
  return c;
}

TEST_P(CudaDevice, integerIntrinsics) {
  DLK_REQUIRE_PTX(ptx, "device_functions");
  CudaRun run(ptx);
  std::vector<uint32_t> x = {0,          1,          2,         0x7fffffff,
                             0x80000000, 0xffffffff, 0x12345678};
  std::mt19937 random(3);
  while (x.size() < 500)
    x.push_back(random());
  int n = int(x.size());
  uint64_t in = run.input(x), small = run.buffer(n * 48),
           wide = run.buffer(n * 32);
  run.run("integers", {4}, {128}, allChecks(), in, small, wide, n);
  auto s = run.output<uint32_t>(small, n * 12);
  auto w = run.output<uint64_t>(wide, n * 4);
  for (int i = 0; i < n; ++i) {
    uint32_t v = x[i];
    uint64_t l = uint64_t(v) * v;
    unsigned __int128 big = (unsigned __int128)l * l + v;
    const uint32_t expected[12] = {
        (v & 0xff) | (v >> 16 & 0xff) << 8 | (v >> 8 & 0xff) << 16 |
            (v >> 24) << 24,
        uint32_t((uint64_t(~v) << 32 | v) << 5 >> 32),
        __builtin_bitreverse32(v),
        uint32_t(__builtin_popcount(v) * 100 + (v ? __builtin_clz(v) : 32)),
        uint32_t(__builtin_ffs(int(v))),
        dotOfBytes(v, 0x01ff7f80, 3),
        v << 3 | v >> 29,
        uint32_t(l >> 32),
        1 + uint32_t(std::llabs(int64_t(int32_t(v)) - 3)),
        v / 7,
        v % 11,
        uint32_t(int32_t(v) / -3)};
    for (int k = 0; k < 12; ++k)
      ASSERT_EQ(s[12 * i + k], expected[k]) << "function " << k << " of " << v;
    ASSERT_EQ(w[4 * i], l / (v | 1) + l % 1000003);
    ASSERT_EQ(w[4 * i + 1], uint64_t(((unsigned __int128)l * ~l) >> 64));
    ASSERT_EQ(w[4 * i + 2], __builtin_bitreverse64(l) +
                                uint64_t(__builtin_popcountll(l)) +
                                uint64_t(l ? __builtin_clzll(l) : 64));
    ASSERT_EQ(w[4 * i + 3], uint64_t(big >> 64) ^ uint64_t(big));
  }
}

TEST_P(CudaDevice, packedHalves) {
  DLK_REQUIRE_PTX(ptx, "device_functions");
  CudaRun run(ptx);
  constexpr int N = 256;
  auto values = reals<float>(4 * N, -9, 9);
  std::vector<uint16_t> a, b;
  for (int i = 0; i < 2 * N; ++i) {
    a.push_back(floatToHalf(values[i]));
    b.push_back(i % 5 ? floatToHalf(values[2 * N + i]) : a.back());
  }
  uint64_t pa = run.input(a), pb = run.input(b), to = run.buffer(N * 24);
  run.run("halves", {2}, {128}, allChecks(), pa, pb, to, N);
  auto out = run.output<uint16_t>(to, N * 12);
  for (int i = 0; i < 2 * N; ++i) {
    float x = halfToFloat(a[i]), y = halfToFloat(b[i]);
    int other = i ^ 1;
    bool bothGreater = x > y && halfToFloat(a[other]) > halfToFloat(b[other]);
    auto encode = [](double v) { return uint16_t(encodeFloat(v, F16Format)); };
    const uint16_t expected[6] = {encode(double(x) * y + x),
                                  x > y ? a[i] : b[i],
                                  uint16_t(x < y ? 0x3c00 : 0),
                                  bothGreater ? uint16_t(a[i] ^ 0x8000) : b[i],
                                  encode(std::max(double(x) * y + y, 0.0)),
                                  encode(std::nearbyint(x))};
    for (int k = 0; k < 6; ++k)
      ASSERT_EQ(out[12 * (i / 2) + 2 * k + i % 2] & 0x7fff
                    ? out[12 * (i / 2) + 2 * k + i % 2]
                    : 0,
                expected[k] & 0x7fff ? expected[k] : 0)
          << "function " << k << " of " << x << ", " << y;
  }
}

TEST_P(CudaDevice, cooperativeGroups) {
  DLK_REQUIRE_PTX(ptx, "cooperative_groups");
  CudaRun run(ptx);
  std::vector<int> in;
  std::mt19937 random(5);
  for (int i = 0; i < 96; ++i)
    in.push_back(int(random() % 100) - 40);
  uint64_t from = run.input(in), to = run.buffer(96 * 20);
  run.run("groups", {1}, {96}, allChecks(), from, to, 96);
  auto out = run.output<int>(to, 96 * 5);
  int above = 0;
  for (int v : in)
    above += v > 2;
  for (int i = 0; i < 96; ++i) {
    int warp = i / 32 * 32, sum = 0, most = in[i], odd = 0, rank = 0, same = 0;
    for (int j = 0; j < 32; ++j) {
      sum += in[warp + j];
      if ((warp + j) / 8 == i / 8)
        most = std::max(most, in[warp + j]);
      odd += in[warp + j] & 1;
      rank += warp + j < i && (in[warp + j] & 1);
      same |= int(uint32_t((in[warp + j] & 3) == (in[i] & 3)) << j);
    }
    EXPECT_EQ(out[5 * i], sum);
    EXPECT_EQ(out[5 * i + 1], most);
    EXPECT_EQ(out[5 * i + 2], in[i] & 1 ? odd * 100 + rank : 0);
    EXPECT_EQ(out[5 * i + 3], same);
    EXPECT_EQ(out[5 * i + 4], above);
  }
}

TEST_P(CudaDevice, aFailedAssertionIsATrap) {
  DLK_REQUIRE_PTX(ptx, "cooperative_groups");
  CudaRun run(ptx);
  uint64_t from = run.input(std::vector<int>(32)), to = run.buffer(32 * 20);
  Report report = run.launch("groups", {1}, {32}, Options(), from, to, -1);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::Trap);
  EXPECT_NE(report.findings[0].message.find("n > 0"), std::string::npos)
      << report.findings[0].message;
}

TEST_P(CudaDevice, locksAndHistograms) {
  DLK_REQUIRE_PTX(ptx, "device_functions");
  CudaRun run(ptx);
  std::vector<int> zeros(16);
  uint64_t lock = run.input(zeros), counter = run.input(zeros),
           sum = run.input(zeros), bins = run.input(zeros);
  Options options;
  options.maxSteps = 10000000;
  run.run("atomics", {3}, {64}, options, lock, counter, sum, bins);
  EXPECT_EQ(run.output<int>(counter, 1)[0], 192);
  EXPECT_EQ(run.output<float>(sum, 1)[0], 96);
  auto counts = run.output<uint32_t>(bins, 16);
  for (unsigned k = 0; k < 16; ++k)
    EXPECT_EQ(counts[k], k >= 13 ? 0 : 3 * (64 / 13 + (k < 64 % 13)));
}

struct Table {
  float entries[37];
};

TEST_P(CudaDevice, callsAndLocalArrays) {
  DLK_REQUIRE_PTX(ptx, "device_functions");
  CudaRun run(ptx);
  Table table;
  for (int k = 0; k < 37; ++k)
    table.entries[k] = 100.0f + k;
  uint64_t to = run.buffer(64 * 4);
  int n = 5;
  run.run("calls", {1}, {64}, Options(), to, table, n);
  auto out = run.output<float>(to, 64);
  for (int i = 0; i < 64; ++i) {
    float local[64];
    for (int k = 0; k < 64; ++k)
      local[(k * 7) % 64] = float(k * n);
    float v = local[i];
    switch ((i + n) & 7) {
    case 0:
      v += table.entries[i % 37];
      break;
    case 1:
      v += 2 * table.entries[(i + 5) % 37];
      break;
    case 2:
      v = -1;
      break;
    case 3:
      v *= 3;
      break;
    case 4:
      v -= 7;
      break;
    case 5:
      v += local[(i + 1) % 64];
      break;
    default:
      break;
    }
    EXPECT_EQ(out[i], v) << i;
  }
}

} // namespace
