// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cp.async, ldmatrix, stmatrix and mma as PTX text: operands, forms, and what
// is reported when they are misused.

#include "CudaTest.h"
#include "Float.h"

using namespace dlk::exec;

namespace {

constexpr const char *Header = ".version 8.0\n"
                               ".target sm_90\n"
                               ".address_size 64\n";

/// A kernel k(in, out) of one warp with 4096 bytes of shared memory at `buf`;
/// %rd1 is in, %rd2 is out, %r1 the lane, %r2 the address of buf.
std::string kernel(const std::string &body) {
  return std::string(Header) +
         ".visible .entry k(.param .u64 in, .param .u64 out)\n"
         "{\n"
         "  .reg .pred %p<4>; .reg .b32 %r<40>; .reg .f32 %f<20>;\n"
         "  .reg .b64 %rd<20>; .reg .f64 %fd<12>;\n"
         "  .shared .align 128 .b8 buf[4096];\n"
         "  ld.param.u64 %rd1, [in];\n"
         "  ld.param.u64 %rd2, [out];\n"
         "  mov.u32 %r1, %tid.x;\n"
         "  mov.u32 %r2, buf;\n" +
         body + "  ret;\n}\n";
}

/// 32-bit words of shared memory to out: 128 bytes from `offset`.
std::string copyOut(unsigned offset) {
  return "  shl.b32 %r30, %r1, 2;\n"
         "  add.s32 %r31, %r2, %r30;\n"
         "  ld.shared.u32 %r32, [%r31+" +
         std::to_string(offset) +
         "];\n"
         "  cvt.u64.u32 %rd18, %r30;\n"
         "  add.s64 %rd19, %rd2, %rd18;\n"
         "  st.global.u32 [%rd19], %r32;\n";
}

struct Result {
  Report report;
  std::vector<uint32_t> out;
};

Result runKernel(const std::string &body, std::vector<uint32_t> in = {},
                 const Options &options = allChecks(), unsigned threads = 32) {
  in.resize(std::max<size_t>(in.size(), 1024));
  CudaRun run(kernel(body));
  uint64_t pin = run.input(in),
           pout = run.input(std::vector<uint32_t>(1024, 0xcdcdcdcd));
  Result result;
  result.report = run.launch("k", {1}, {threads}, options, pin, pout);
  result.out = run.output<uint32_t>(pout, 1024);
  return result;
}

std::vector<uint32_t> counting() {
  std::vector<uint32_t> values(1024);
  for (uint32_t i = 0; i < 1024; ++i)
    values[i] = i + 1;
  return values;
}

std::string firstFinding(const Report &report) {
  return report.findings.empty() ? "" : report.findings[0].str("t.ptx");
}

constexpr const char *LaneCopy = "  shl.b32 %r3, %r1, 2;\n"
                                 "  add.s32 %r4, %r2, %r3;\n"
                                 "  cvt.u64.u32 %rd3, %r3;\n"
                                 "  add.s64 %rd4, %rd1, %rd3;\n";

TEST(TensorPtx, copyOfFourBytesWithSourceSize) {
  Result r =
      runKernel(std::string(LaneCopy) +
                    "  and.b32 %r5, %r1, 3;\n"
                    "  cp.async.ca.shared.global [%r4], [%rd4], 4, %r5;\n"
                    "  cp.async.commit_group;\n"
                    "  cp.async.wait_group 0;\n" +
                    copyOut(0),
                counting());
  EXPECT_EQ(firstFinding(r.report), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(r.out[i], i % 4 == 0 ? 0 : i + 1);
}

TEST(TensorPtx, copyWithIgnoredSourceAndDisplacements) {
  Result r =
      runKernel(std::string(LaneCopy) +
                    "  setp.lt.u32 %p1, %r1, 5;\n"
                    "  cp.async.ca.shared.global [%r4+256], [%rd4+8], 4, %p1;\n"
                    "  cp.async.wait_all;\n" +
                    copyOut(256),
                counting());
  EXPECT_EQ(firstFinding(r.report), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(r.out[i], i < 5 ? 0 : i + 3);
}

TEST(TensorPtx, copyIntoA64BitSharedAddress) {
  Result r = runKernel(std::string(LaneCopy) +
                           "  cvt.u64.u32 %rd5, %r4;\n"
                           "  cp.async.ca.shared.global [%rd5], [%rd4], 4;\n"
                           "  cp.async.wait_all;\n" +
                           copyOut(0),
                       counting(), allChecks(AsyncPolicy::Late));
  EXPECT_EQ(firstFinding(r.report), "");
  EXPECT_EQ(r.out[31], 32u);
}

TEST(TensorPtx, guardedCopyAndPerLaneSourceBounds) {
  // Lanes that copy nothing may have any source address.
  Result r =
      runKernel(std::string(LaneCopy) +
                    "  setp.gt.u32 %p1, %r1, 7;\n"
                    "  selp.b32 %r5, 4, 0, %p1;\n"
                    "  selp.b64 %rd5, %rd4, 64, %p1;\n"
                    "  cp.async.ca.shared.global [%r4], [%rd5], 4, %r5;\n"
                    "  @%p1 cp.async.ca.shared.global [%r4+512], [%rd4], 4;\n"
                    "  cp.async.wait_all;\n" +
                    copyOut(0),
                counting());
  EXPECT_EQ(firstFinding(r.report), "");
  EXPECT_EQ(r.out[7], 0u);
  EXPECT_EQ(r.out[8], 9u);
}

TEST(TensorPtx, copyFaults) {
  auto body = [](const char *instruction) {
    return std::string(LaneCopy) + instruction + "  cp.async.wait_all;\n";
  };
  Result r = runKernel(body("  cp.async.cg.shared.global [%r4], [%rd4], 16;\n"),
                       counting());
  EXPECT_EQ(r.report.findings.at(0).kind, FindingKind::Misaligned);
  EXPECT_EQ(r.report.findings[0].lane, 1);
  r = runKernel(body("  cp.async.ca.shared.global [%r4+4096], [%rd4], 4;\n"));
  EXPECT_EQ(r.report.findings.at(0).kind, FindingKind::OutOfBounds);
  r = runKernel(body("  cp.async.ca.shared.global [%r4], [%rd4+4096], 4;\n"));
  EXPECT_EQ(r.report.findings.at(0).kind, FindingKind::OutOfBounds);
  r = runKernel(body("  cp.async.ca.shared.global [%r4], [%rd4], 4, %r1;\n"));
  EXPECT_EQ(r.report.findings.at(0).kind, FindingKind::BadOperand);
  EXPECT_EQ(r.report.findings[0].lane, 5);
}

TEST(TensorPtx, readOfACopyInFlightNamesBothLines) {
  Result r = runKernel(std::string(LaneCopy) +
                       "  cp.async.ca.shared.global [%r4], [%rd4], 4;\n"
                       "  cp.async.commit_group;\n"
                       "  cp.async.wait_group 1;\n"
                       "  ld.shared.u32 %r6, [%r4];\n");
  ASSERT_EQ(r.report.findings.size(), 1u);
  const Finding &finding = r.report.findings[0];
  EXPECT_EQ(finding.kind, FindingKind::InFlightCopy);
  EXPECT_EQ(finding.ptxLine, 20u);
  EXPECT_NE(finding.message.find("line 17"), std::string::npos)
      << finding.message;
}

TEST(TensorPtx, copyThatNobodyWaitsFor) {
  std::string body = std::string(LaneCopy) +
                     "  cp.async.ca.shared.global [%r4], [%rd4], 4;\n"
                     "  cp.async.commit_group;\n";
  EXPECT_EQ(runKernel(body).report.findings.at(0).kind, FindingKind::Leftover);
  EXPECT_EQ(runKernel(body, {}, Options()).report.status, Status::Clean);
}

/// Fills buf with 16-bit numbers 0, 1, 2, ...: 4 bytes per lane and step.
std::string fillShared(unsigned bytes) {
  std::string text = "  shl.b32 %r3, %r1, 2;\n  add.s32 %r4, %r2, %r3;\n"
                     "  shl.b32 %r5, %r1, 1;\n  shl.b32 %r6, %r5, 16;\n"
                     "  or.b32 %r5, %r5, %r6;\n  add.s32 %r5, %r5, 0x10000;\n";
  for (unsigned at = 0; at < bytes; at += 128)
    text += "  st.shared.u32 [%r4+" + std::to_string(at) +
            "], %r5;\n  add.s32 %r5, %r5, 0x400040;\n";
  return text + "  bar.sync 0;\n";
}

/// Rows of 16 bytes, one after the other.
constexpr const char *RowAddresses = "  shl.b32 %r7, %r1, 4;\n"
                                     "  add.s32 %r8, %r2, %r7;\n";

std::string storeFour(const char *registers) {
  return "  mul.wide.u32 %rd5, %r1, 16;\n"
         "  add.s64 %rd6, %rd2, %rd5;\n"
         "  st.global.v4.b32 [%rd6], " +
         std::string(registers) + ";\n";
}

TEST(TensorPtx, ldmatrixFourMatrices) {
  for (bool transposed : {false, true}) {
    Result r = runKernel(fillShared(512) + RowAddresses +
                         "  ldmatrix.sync.aligned.m8n8.x4" +
                         (transposed ? ".trans" : "") +
                         ".shared.b16 {%r10, %r11, %r12, %r13}, [%r8];\n" +
                         storeFour("{%r10, %r11, %r12, %r13}"));
    EXPECT_EQ(firstFinding(r.report), "");
    for (uint32_t lane = 0; lane < 32; ++lane)
      for (uint32_t q = 0; q < 4; ++q) {
        uint32_t g = lane / 4, t = lane % 4;
        uint32_t low = transposed ? (2 * t) * 8 + g : g * 8 + 2 * t;
        uint32_t high = transposed ? low + 8 : low + 1;
        EXPECT_EQ(r.out[lane * 4 + q], (q * 64 + low) | (q * 64 + high) << 16);
      }
  }
}

TEST(TensorPtx, ldmatrixNeedsAlignedRows) {
  Result r = runKernel(fillShared(512) + RowAddresses +
                       "  add.s32 %r8, %r8, 8;\n"
                       "  ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r10}, "
                       "[%r8];\n");
  EXPECT_EQ(r.report.findings.at(0).kind, FindingKind::Misaligned);
}

TEST(TensorPtx, stmatrixAndMovmatrix) {
  Result r = runKernel(
      fillShared(128) + RowAddresses +
      "  ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r10}, [%r8];\n"
      "  movmatrix.sync.aligned.m8n8.trans.b16 %r11, %r10;\n"
      "  stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%r8+1024], {%r11};\n"
      "  bar.sync 0;\n" +
      copyOut(1024));
  EXPECT_EQ(firstFinding(r.report), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(r.out[i], 2 * i | (2 * i + 1) << 16);
}

TEST(TensorPtx, mmaBF16WithIdentity) {
  // A is the identity: a0 and a3 hold ones where g == 2t or 2t + 1.
  Result r = runKernel(
      "  shr.u32 %r3, %r1, 2;\n  and.b32 %r4, %r1, 3;\n  shl.b32 %r4, %r4, 1;\n"
      "  setp.eq.s32 %p1, %r3, %r4;\n"
      "  selp.b32 %r5, 0x3f80, 0, %p1;\n"
      "  add.s32 %r4, %r4, 1;\n"
      "  setp.eq.s32 %p1, %r3, %r4;\n"
      "  selp.b32 %r6, 0x3f800000, 0, %p1;\n"
      "  or.b32 %r5, %r5, %r6;\n"
      "  mov.b32 %r7, 0;\n"
      "  mul.wide.u32 %rd3, %r1, 8;\n"
      "  add.s64 %rd4, %rd1, %rd3;\n"
      "  ld.global.v2.b32 {%r8, %r9}, [%rd4];\n"
      "  mov.f32 %f1, 0f40000000;\n"
      "  mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32\n"
      "    {%f2, %f3, %f4, %f5}, {%r5, %r7, %r7, %r5}, {%r8, %r9},\n"
      "    {%f1, %f1, %f1, %f1};\n" +
          storeFour("{%f2, %f3, %f4, %f5}"),
      [] {
        // B's lane l, register j: k = 8j + 2t, 2t + 1, column g.
        std::vector<uint32_t> b;
        for (uint32_t lane = 0; lane < 32; ++lane)
          for (uint32_t j = 0; j < 2; ++j) {
            auto value = [&](uint32_t e) {
              uint32_t k = 8 * j + lane % 4 * 2 + e;
              return uint32_t(floatToBF16(float(k * 8 + lane / 4)));
            };
            b.push_back(value(0) | value(1) << 16);
          }
        return b;
      }());
  EXPECT_EQ(firstFinding(r.report), "");
  for (uint32_t lane = 0; lane < 32; ++lane)
    for (uint32_t i = 0; i < 4; ++i) {
      uint32_t row = lane / 4 + (i < 2 ? 0 : 8), column = lane % 4 * 2 + i % 2;
      EXPECT_EQ(floatOf(r.out[lane * 4 + i]), float(row * 8 + column + 2));
    }
}

TEST(TensorPtx, mmaIntegersAndDoubles) {
  Result r = runKernel(
      "  mov.b32 %r3, 0x01010101;\n"
      "  mov.b32 %r4, 0xffffffff;\n"
      "  mov.b32 %r5, 7;\n"
      "  mma.sync.aligned.m16n8k32.row.col.satfinite.s32.u8.s8.s32\n"
      "    {%r10, %r11, %r12, %r13}, {%r3, %r3, %r3, %r3}, {%r4, %r4},\n"
      "    {%r5, %r5, %r5, %r5};\n"
      "  mov.f64 %fd1, 0d4000000000000000;\n"
      "  mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64\n"
      "    {%fd2, %fd3}, {%fd1}, {%fd1}, {%fd1, %fd1};\n"
      "  cvt.rzi.s32.f64 %r13, %fd3;\n" +
      storeFour("{%r10, %r11, %r12, %r13}"));
  EXPECT_EQ(firstFinding(r.report), "");
  EXPECT_EQ(int32_t(r.out[20]), 7 - 32);
  EXPECT_EQ(r.out[23], 18u);
}

TEST(TensorPtx, unknownFormsAreUnsupportedWithTheirLine) {
  for (const char *form :
       {"mma.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 "
        "{%f1,%f2,%f3,%f4}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f2,%f3,%f4};",
        "ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r3,%r4}, [%r2];"}) {
    auto module = Module::parse(kernel(std::string("  ") + form + "\n"), "t");
    ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
    const auto &unsupported = (*module)->findKernel("k")->unsupported;
    ASSERT_EQ(unsupported.size(), 1u);
    EXPECT_NE(unsupported[0].find(":13"), std::string::npos) << unsupported[0];
  }
}

TEST(TensorPtx, wrongOperandsAreErrors) {
  for (const char *form :
       {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%f1,%f2,%f3}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f2,%f3,%f4};",
        "cp.async.cg.shared.global [%r2], [%rd1], 8;",
        "cp.async.ca.shared.global [%r2], [%rd1], 5;",
        "cp.async.ca.shared.global [%r2], [%rd1];",
        "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r3}, [%r2];"}) {
    auto module = Module::parse(kernel(std::string("  ") + form + "\n"), "t");
    EXPECT_FALSE(bool(module)) << form;
    if (!module) {
      std::string text = llvm::toString(module.takeError());
      EXPECT_NE(text.find("t:13"), std::string::npos) << text;
    }
  }
}

} // namespace
