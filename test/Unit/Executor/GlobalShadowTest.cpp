// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks on global memory: bytes that nobody has written, and CTAs that race.

#include "CudaTest.h"

using namespace dlk::exec;

namespace {

std::string kernel(const std::string &body) {
  return ".version 8.0\n.target sm_80\n.address_size 64\n"
         ".visible .entry k(.param .u64 a, .param .u64 b)\n{\n"
         "  .reg .pred %p<4>; .reg .b32 %r<20>; .reg .b64 %x<8>;\n"
         "  ld.param.u64 %x1, [a]; ld.param.u64 %x2, [b];\n"
         "  mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x;\n"
         "  mad.wide.u32 %x3, %r1, 4, %x1;\n"
         "  setp.eq.u32 %p1, %r2, 0;\n"
         "  setp.eq.u32 %p2, %r1, 0;\n" +
         body + "  ret;\n}\n";
}

Options only(bool init, bool global) {
  Options options;
  options.checks.init = init;
  options.checks.global = global;
  return options;
}

void expectFinding(const Report &report, const char *kind) {
  ASSERT_EQ(statusName(report.status).str(), "findings");
  EXPECT_EQ(findingName(report.findings[0].kind).str(), kind)
      << report.findings[0].str("k");
}

TEST(GlobalInit, readOfWhatNobodyWrote) {
  std::string read = kernel("  ld.global.u32 %r3, [%x3];\n");
  CudaRun run(read);
  uint64_t fresh = run.buffer(256);
  expectFinding(run.launch("k", {1}, {32}, only(true, false), fresh, fresh),
                "uninitialised");
  uint64_t given = run.input(std::vector<uint32_t>(64));
  run.run("k", {1}, {32}, only(true, false), given, given);
}

TEST(GlobalInit, whatKernelsWriteCounts) {
  CudaRun run(kernel("  st.global.u32 [%x3], %r1;\n"
                     "  bar.sync 0;\n"
                     "  xor.b32 %r3, %r1, 1;\n"
                     "  mad.wide.u32 %x4, %r3, 4, %x1;\n"
                     "  ld.global.u32 %r4, [%x4];\n"));
  uint64_t fresh = run.buffer(256);
  run.run("k", {1}, {32}, only(true, false), fresh, fresh);
}

TEST(GlobalRace, twoCtasWriteOnePlace) {
  CudaRun run(kernel("  st.global.u32 [%x3], %r1;\n"));
  uint64_t a = run.buffer(256);
  run.run("k", {1}, {32}, only(false, true), a, a);
  expectFinding(run.launch("k", {2}, {32}, only(false, true), a, a),
                "global-race");
  CudaRun atomics(kernel("  red.global.add.u32 [%x3], %r1;\n"));
  uint64_t sums = atomics.buffer(256);
  atomics.run("k", {2}, {32}, only(false, true), sums, sums);
  // Bytes of one word are places of their own.
  CudaRun bytes(kernel("  cvt.u64.u32 %x4, %r2; add.u64 %x4, %x4, %x3;\n"
                       "  st.global.u8 [%x4], %r1;\n"));
  uint64_t b = bytes.buffer(256);
  bytes.run("k", {4}, {32}, only(false, true), b, b);
}

TEST(GlobalRace, flagsOrder) {
  auto text = [](const char *give, const char *take) {
    return kernel("  @!%p2 bra DONE;\n"
                  "  @!%p1 bra READER;\n"
                  "  st.global.u32 [%x1], 7;\n" +
                  std::string(give) +
                  "  bra DONE;\n"
                  "READER:\n" +
                  take +
                  "  ld.global.u32 %r5, [%x1];\n"
                  "DONE:\n");
  };
  const char *take = "  ld.acquire.gpu.global.u32 %r4, [%x2];\n"
                     "  setp.eq.u32 %p3, %r4, 0;\n"
                     "  @%p3 bra READER;\n";
  auto check = [&](const char *give, const char *waits) {
    CudaRun run(text(give, waits));
    uint64_t a = run.buffer(256), b = run.input(std::vector<uint32_t>(1));
    return run.launch("k", {2}, {32}, only(false, true), a, b);
  };
  EXPECT_EQ(check("  st.release.gpu.global.u32 [%x2], 1;\n", take).status,
            Status::Clean);
  EXPECT_EQ(check("  membar.gl;\n  atom.global.exch.b32 %r6, [%x2], 1;\n", take)
                .status,
            Status::Clean);
  expectFinding(check("", ""), "global-race");
  expectFinding(check("", "  ld.acquire.gpu.global.u32 %r4, [%x2];\n"),
                "global-race");
}

} // namespace
