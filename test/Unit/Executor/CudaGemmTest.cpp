// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tensor-core GEMM compiled by nvcc and by clang: right results under every
// delivery policy with all checks on and nothing found, and faults planted in
// its PTX that the checks must find.

#include "CudaTest.h"
#include "Float.h"
#include <cmath>
#include <random>

using namespace dlk::exec;

namespace {

DLK_CUDA_SUITE(CudaGemm);

struct Problem {
  int m, n, k;
  std::vector<float> a, b;
  std::vector<double> c;

  Problem(int m, int n, int k, bool whole, unsigned seed = 1)
      : m(m), n(n), k(k), a(size_t(m) * k), b(size_t(k) * n), c(size_t(m) * n) {
    std::mt19937 random(seed);
    auto draw = [&] {
      double value = whole ? int(random() % 5) - 2
                           : (int(random() % 2001) - 1000) / 1000.0;
      return float(decodeFloat(encodeFloat(value, F16Format), F16Format));
    };
    for (float &x : a)
      x = draw();
    for (float &x : b)
      x = draw();
    for (int i = 0; i < m; ++i)
      for (int p = 0; p < k; ++p) {
        double x = a[size_t(i) * k + p];
        for (int j = 0; j < n; ++j)
          c[size_t(i) * n + j] += x * b[size_t(p) * n + j];
      }
  }
  double error(const std::vector<uint16_t> &bits) const {
    double worst = 0;
    for (size_t i = 0; i < c.size(); ++i) {
      double difference = std::fabs(decodeFloat(bits[i], F16Format) - c[i]);
      worst = std::max(worst, std::isnan(difference) ? HUGE_VAL : difference);
    }
    return worst;
  }
};

std::vector<uint16_t> halves(const std::vector<float> &values) {
  std::vector<uint16_t> bits(values.size());
  floatsToHalves(values.data(), bits.data(), values.size());
  return bits;
}

struct Outcome {
  Report report;
  double error = 0;
};

Outcome runGemm(llvm::StringRef ptx, const Problem &p, const Options &options,
                bool mustBeClean = true) {
  CudaRun run(ptx);
  uint64_t a = run.input(halves(p.a)), b = run.input(halves(p.b)),
           c = run.buffer(p.c.size() * 2);
  Dim3 grid{uint32_t(p.n + 127) / 128, uint32_t(p.m + 127) / 128};
  Outcome outcome;
  outcome.report =
      mustBeClean
          ? run.run("gemm", grid, {128}, options, a, b, c, p.m, p.n, p.k)
          : run.launch("gemm", grid, {128}, options, a, b, c, p.m, p.n, p.k);
  outcome.error = p.error(run.output<uint16_t>(c, p.c.size()));
  return outcome;
}

bool has(const Report &report, FindingKind kind) {
  for (const Finding &finding : report.findings)
    if (finding.kind == kind)
      return true;
  return false;
}

TEST_P(CudaGemm, wholeNumbersExactUnderEveryPolicy) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  for (auto [m, n, k] : {std::array<int, 3>{128, 128, 32},
                         {128, 128, 160},
                         {200, 136, 72},
                         {16, 8, 8},
                         {129, 264, 104}}) {
    Problem p(m, n, k, true);
    for (AsyncPolicy policy :
         {AsyncPolicy::Immediate, AsyncPolicy::Late, AsyncPolicy::Random})
      for (TensorArithmetic arithmetic :
           {TensorArithmetic::Ideal, TensorArithmetic::Hardware}) {
        Options options = allChecks(policy, 7);
        options.arithmetic = arithmetic;
        EXPECT_EQ(runGemm(ptx, p, options).error, 0)
            << m << "x" << n << "x" << k;
      }
  }
}

TEST_P(CudaGemm, realsWithinRounding) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  Problem p(256, 128, 256, false);
  for (TensorArithmetic arithmetic :
       {TensorArithmetic::Ideal, TensorArithmetic::Hardware}) {
    Options options = allChecks(AsyncPolicy::Late);
    options.arithmetic = arithmetic;
    EXPECT_LT(runGemm(ptx, p, options).error, 32 * 0x1p-11);
  }
}

TEST_P(CudaGemm, noBankConflictsAndFullSectors) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  Options options;
  options.collectStats = true;
  Outcome outcome = runGemm(ptx, Problem(128, 128, 128, true), options);
  const Stats &stats = outcome.report.stats;
  for (const char *kind : {"matrix", "async"}) {
    auto found = stats.classes.find(kind);
    ASSERT_NE(found, stats.classes.end()) << kind;
    EXPECT_GT(found->second.sharedWavefronts, 0u) << kind;
    EXPECT_EQ(found->second.sharedWavefronts, found->second.sharedIdeal);
    EXPECT_EQ(found->second.globalSectors, found->second.globalIdeal);
  }
  // 4 steps of 128 x 32 of A and of B, 2 bytes each.
  EXPECT_EQ(stats.classes.at("async").asyncBytes, 4u * 2 * 128 * 32 * 2);
  EXPECT_EQ(stats.tensor.at("m16n8k16.f32.f16.f16.f32"), 4u * 4 * 64);
}

TEST_P(CudaGemm, aWaitThatIsOneTooShortIsFound) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  std::string broken =
      mutated(ptx, "cp.async.wait_group 1;", "cp.async.wait_group 2;");
  Problem p(128, 128, 160, true);
  Options plain;
  plain.async = AsyncPolicy::Late;
  for (AsyncPolicy policy : {AsyncPolicy::Immediate, AsyncPolicy::Late}) {
    plain.async = policy;
    Outcome outcome = runGemm(broken, p, plain, false);
    EXPECT_EQ(outcome.report.status, Status::Findings);
    EXPECT_TRUE(has(outcome.report, FindingKind::InFlightCopy));
    ASSERT_FALSE(outcome.report.findings.empty());
    EXPECT_NE(outcome.report.findings[0].ptxLine, 0u);
  }
}

TEST_P(CudaGemm, aMissingBarrierIsFound) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  std::string broken = mutated(ptx, "bar.sync", "// bar.sync");
  Options options = allChecks();
  options.checks.init = false;
  Outcome outcome =
      runGemm(broken, Problem(128, 128, 160, true), options, false);
  EXPECT_EQ(outcome.report.status, Status::Findings);
  EXPECT_TRUE(has(outcome.report, FindingKind::InFlightCopy) ||
              has(outcome.report, FindingKind::Race));
}

TEST_P(CudaGemm, aBarrierAfterTheCopiesIsFound) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  // The wait behind the barrier: right data for the own warp only.
  std::string broken = mutated(ptx, "cp.async.wait_group 1;", "");
  size_t at = broken.find("bar.sync");
  ASSERT_NE(at, std::string::npos);
  broken.insert(broken.find(';', at) + 1, "\n\tcp.async.wait_group 1;");
  Outcome outcome =
      runGemm(broken, Problem(128, 128, 160, true), allChecks(), false);
  EXPECT_TRUE(has(outcome.report, FindingKind::InFlightCopy));
}

TEST_P(CudaGemm, aDroppedTransposeGivesWrongNumbers) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  std::string broken = replaced(ptx, "x4.trans.shared", "x4.shared");
  Outcome outcome = runGemm(broken, Problem(128, 128, 64, true), allChecks());
  EXPECT_GT(outcome.error, 0);
}

TEST_P(CudaGemm, anOutOfBoundsCopyIsFound) {
  DLK_REQUIRE_PTX(ptx, "gemm_cp_async_mma");
  // The kernel believes in more rows of A than there are.
  Problem p(128, 128, 64, true);
  CudaRun run(ptx);
  std::vector<float> shorter(p.a.begin(), p.a.begin() + 100 * 64);
  uint64_t a = run.input(halves(shorter)), b = run.input(halves(p.b)),
           c = run.buffer(p.c.size() * 2);
  Report report =
      run.launch("gemm", {1}, {128}, Options(), a, b, c, 128, 128, 64);
  EXPECT_EQ(report.status, Status::Findings);
  EXPECT_TRUE(has(report, FindingKind::OutOfBounds));
}

} // namespace
