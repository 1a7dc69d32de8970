// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element-wise and reduction kernels written in CUDA C++ and compiled by nvcc
// and by clang, against double-precision references: independent sources of
// PTX, with NVIDIA's own conversions and library functions in it.

#include "CudaTest.h"
#include "Float.h"
#include <cmath>
#include <random>

using namespace dlk::exec;

namespace {

DLK_CUDA_SUITE(CudaElementwise);
DLK_CUDA_SUITE(CudaReduce);

std::vector<uint16_t> encodeAll(const std::vector<double> &values,
                                const FloatFormat &format) {
  std::vector<uint16_t> bits;
  for (double value : values)
    bits.push_back(uint16_t(encodeFloat(value, format)));
  return bits;
}

std::vector<double> uniform(size_t count, double low, double high,
                            unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> distribution(low, high);
  std::vector<double> values(count);
  for (double &value : values)
    value = distribution(random);
  return values;
}

TEST_P(CudaElementwise, geluHalf) {
  DLK_REQUIRE_PTX(ptx, "elementwise");
  CudaRun run(ptx);
  constexpr int N = 3001;
  auto bits = encodeAll(uniform(N, -6, 6, 1), F16Format);
  uint64_t x = run.input(bits), y = run.buffer(N * 2);
  run.run("gelu_half", {(N + 255) / 256}, {256}, allChecks(), x, y, N);
  auto out = run.output<uint16_t>(y, N);
  for (int i = 0; i < N; ++i) {
    double v = decodeFloat(bits[i], F16Format);
    double expected = 0.5 * v * (1 + std::erf(v * std::sqrt(0.5)));
    ASSERT_NEAR(decodeFloat(out[i], F16Format), expected,
                std::fabs(expected) * 0x1p-11 + 3e-6)
        << v;
  }
}

TEST_P(CudaElementwise, mixBF16) {
  DLK_REQUIRE_PTX(ptx, "elementwise");
  CudaRun run(ptx);
  constexpr int N = 2000;
  auto a = encodeAll(uniform(N, -3, 3, 2), BF16Format);
  auto b = encodeAll(uniform(N, -3, 3, 3), BF16Format);
  uint64_t pa = run.input(a), pb = run.input(b), out = run.buffer(N * 4),
           rounded = run.buffer(N * 2);
  run.run("mix_bf16", {(N + 127) / 128}, {128}, allChecks(), pa, pb, out,
          rounded, N);
  auto values = run.output<float>(out, N);
  auto roundedBits = run.output<uint16_t>(rounded, N);
  for (int i = 0; i < N; ++i) {
    double x = decodeFloat(a[i], BF16Format), y = decodeFloat(b[i], BF16Format);
    double expected =
        std::tanh(x) * y + std::exp(-std::fabs(x)) + 1 / std::sqrt(1 + y * y);
    ASSERT_NEAR(values[i], expected, 2e-6) << x << " " << y;
    ASSERT_EQ(roundedBits[i], encodeFloat(values[i], BF16Format));
  }
}

TEST_P(CudaElementwise, packedHalfIsExactOnWholeNumbers) {
  DLK_REQUIRE_PTX(ptx, "elementwise");
  CudaRun run(ptx);
  constexpr int N = 1000;
  std::vector<double> a, b;
  for (int i = 0; i < 2 * N; ++i) {
    a.push_back(i * 7 % 31 - 15);
    b.push_back(i * 5 % 29 - 14);
  }
  uint64_t pa = run.input(encodeAll(a, F16Format)),
           pb = run.input(encodeAll(b, F16Format)), out = run.buffer(N * 4);
  run.run("packed_half", {4}, {256}, allChecks(), pa, pb, out, N);
  auto bits = run.output<uint16_t>(out, 2 * N);
  for (int i = 0; i < 2 * N; ++i)
    ASSERT_EQ(decodeFloat(bits[i], F16Format),
              std::max(0.0, a[i] * b[i] + 2 - 2 * b[i]));
}

TEST_P(CudaElementwise, division) {
  DLK_REQUIRE_PTX(ptx, "elementwise");
  CudaRun run(ptx);
  constexpr int N = 1200, Width = 37;
  std::mt19937 random(5);
  std::vector<int32_t> in(N * 2);
  for (int32_t &value : in)
    value = int32_t(random());
  uint64_t pin = run.input(in), out = run.buffer(N * 8);
  uint32_t divisor = 12345;
  int64_t wide = -987654321987;
  run.run("divide", {3}, {128}, allChecks(), pin, out, N, Width, divisor, wide);
  auto values = run.output<int64_t>(out, N);
  for (int i = 0; i < N; ++i) {
    int32_t value = in[i % Width * (N / Width) + i / Width];
    int64_t expected = value / 7 + value % 13;
    expected += uint32_t(value) / divisor - uint32_t(value) % divisor;
    expected += int64_t(value) * 1000003 / wide;
    ASSERT_EQ(values[i], expected) << i;
  }
}

TEST_P(CudaReduce, softmax) {
  DLK_REQUIRE_PTX(ptx, "reduce_shuffle");
  for (int columns : {1, 31, 128, 1000}) {
    CudaRun run(ptx);
    constexpr int Rows = 5;
    auto values = uniform(size_t(Rows) * columns, -8, 8, unsigned(columns));
    std::vector<float> in(values.begin(), values.end());
    uint64_t pin = run.input(in), pout = run.buffer(in.size() * 4);
    run.run("softmax", {Rows}, {128}, allChecks(), pin, pout, columns);
    auto out = run.output<float>(pout, in.size());
    for (int r = 0; r < Rows; ++r) {
      double sum = 0;
      for (int c = 0; c < columns; ++c)
        sum += std::exp(double(in[r * columns + c]));
      for (int c = 0; c < columns; ++c) {
        double expected = std::exp(double(in[r * columns + c])) / sum;
        ASSERT_NEAR(out[r * columns + c], expected, expected * 4e-6);
      }
    }
  }
}

TEST_P(CudaReduce, aMissingBarrierIsARace) {
  DLK_REQUIRE_PTX(ptx, "reduce_shuffle");
  CudaRun run(mutated(ptx, "bar.sync", "// bar.sync", "entry softmax"));
  std::vector<float> in(256, 1);
  uint64_t pin = run.input(in), pout = run.buffer(1024);
  Report report =
      run.launch("softmax", {1}, {128}, allChecks(), pin, pout, 256);
  ASSERT_EQ(report.status, Status::Findings);
  bool found = false;
  for (const Finding &finding : report.findings)
    found |= finding.kind == FindingKind::Race ||
             finding.kind == FindingKind::Uninitialised;
  EXPECT_TRUE(found);
}

TEST_P(CudaReduce, shufflesVotesAndDivergence) {
  DLK_REQUIRE_PTX(ptx, "reduce_shuffle");
  CudaRun run(ptx);
  std::mt19937 random(9);
  std::vector<int32_t> in(192);
  for (int32_t &value : in)
    value = int32_t(random() % 1000);
  uint64_t pin = run.input(in), pout = run.buffer(in.size() * 4);
  run.run("warp_tricks", {2}, {96}, allChecks(), pin, pout);
  auto out = run.output<int32_t>(pout, in.size());
  for (size_t warp = 0; warp < in.size(); warp += 32) {
    int sum = 0, odd = 0, odds = 0;
    for (size_t lane = 0; lane < 32; ++lane)
      odds += in[warp + lane] & 1;
    for (size_t lane = 0; lane < 32; ++lane) {
      int value = in[warp + lane];
      sum += value;
      int extra = (value & 1) ? odd++ : odds - 32;
      ASSERT_EQ(out[warp + lane], sum * 100 + extra);
    }
  }
}

TEST_P(CudaReduce, atomicsMakeAHistogram) {
  DLK_REQUIRE_PTX(ptx, "reduce_shuffle");
  CudaRun run(ptx);
  std::vector<int32_t> in(5000), expected(16);
  for (size_t i = 0; i < in.size(); ++i) {
    in[i] = int32_t(i * i % 97);
    ++expected[in[i] & 15];
  }
  uint64_t pin = run.input(in), bins = run.input(std::vector<int32_t>(16));
  run.run("histogram", {4}, {256}, allChecks(), pin, bins, int(in.size()));
  EXPECT_EQ(run.output<int32_t>(bins, 16), expected);
}

} // namespace
