// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches, divergence and reconvergence, loops, tables, calls, special
// registers.

#include "PtxTest.h"

using namespace dlk::exec;

namespace {

void expectClean(const KernelRun &run) {
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  for (const Finding &finding : run.report.findings)
    ADD_FAILURE() << finding.str("test.ptx");
  for (const std::string &note : run.report.notes)
    ADD_FAILURE() << note;
}

TEST(Control, LoopsWithATripCountPerLane) {
  // Collatz steps of tid + 1.
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; add.u32 %r2, %r2, 1; mov.u32 %r1, 0;
  loop:
    setp.eq.u32 %p1, %r2, 1; @%p1 bra done;
    and.b32 %r3, %r2, 1; setp.eq.u32 %p2, %r3, 0; add.u32 %r1, %r1, 1;
    @%p2 bra even;
    mad.lo.u32 %r2, %r2, 3, 1; bra.uni loop;
  even:
    shr.u32 %r2, %r2, 1; bra.uni loop;
  done:
    activemask.b32 %r4;
    setp.ne.u32 %p3, %r4, -1; @%p3 mov.u32 %r1, 9999;
  )" + std::string(storeR1));
  expectClean(run);
  for (unsigned i = 0; i < 32; ++i) {
    unsigned steps = 0;
    for (unsigned n = i + 1; n != 1; n = n % 2 ? 3 * n + 1 : n / 2)
      ++steps;
    EXPECT_EQ(run.out[i], steps) << i;
  }
}

TEST(Control, LanesMayExitEarly) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; and.b32 %r3, %r2, 1; setp.eq.u32 %p1, %r3, 0;
    @%p1 exit;
    vote.sync.ballot.b32 %r1, 1, 0xaaaaaaaa;
  )" + std::string(storeR1),
                            {48, 1, 1});
  expectClean(run);
  EXPECT_EQ(run.out[0], 0u);
  EXPECT_EQ(run.out[1], 0xaaaaaaaau);
  EXPECT_EQ(run.out[33], 0x0000aaaau);
}

TEST(Control, BranchTables) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; rem.u32 %r2, %r2, 3;
    table: .branchtargets one, two, three;
    brx.idx %r2, table;
  one: mov.u32 %r1, 10; bra done;
  two: mov.u32 %r1, 20; bra done;
  three: mov.u32 %r1, 30;
  done:
  )" + std::string(storeR1));
  expectClean(run);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(run.out[i], 10 * (i % 3 + 1));
}

const char *functions = R"(
.func (.param .b32 r) twice(.param .b32 a) {
  .reg .b32 %r<3>;
  ld.param.u32 %r1, [a]; add.u32 %r2, %r1, %r1; st.param.u32 [r], %r2; ret;
}
.func (.param .b32 r) more(.param .b32 a, .param .align 8 .b8 pair[16]) {
  .reg .b32 %r<5>; .reg .b64 %x<3>; .reg .pred %p;
  ld.param.u32 %r1, [a]; ld.param.u64 %x1, [pair+8];
  setp.gt.u32 %p, %r1, 15;
  @%p bra skip;
  { .param .b32 in; .param .b32 out;
    st.param.b32 [in], %r1; call.uni (out), twice, (in);
    ld.param.b32 %r1, [out]; }
skip:
  cvt.u32.u64 %r2, %x1; add.u32 %r1, %r1, %r2; st.param.u32 [r], %r1; ret;
}
)";

TEST(Control, CallsKeepTheCallersRegisters) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; mov.u32 %r3, 1000; mov.u64 %x2, 500;
    { .param .b32 in; .param .align 8 .b8 pair[16]; .param .b32 out;
      st.param.b32 [in], %r2; st.param.b64 [pair], %x0;
      st.param.b64 [pair+8], %x2;
      call.uni (out), more, (in, pair);
      ld.param.b32 %r1, [out]; }
    add.u32 %r1, %r1, %r3;
  )" + std::string(storeR1),
                            {32, 1, 1}, {1, 1, 1}, {}, 0, 64, functions);
  expectClean(run);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(run.out[i], (i > 15 ? i : 2 * i) + 1500);
}

TEST(Control, RecursionIsUnsupported) {
  auto module = parseOrFail(ptxHeader() + ".func f() { call.uni g; ret; }\n"
                                          ".func g() { call.uni f; ret; }\n"
                                          ".entry k() { call.uni f; ret; }");
  ASSERT_TRUE(module);
  ASSERT_EQ(module->kernels()[0].unsupported.size(), 1u);
  EXPECT_EQ(module->kernels()[0].unsupported[0],
            "test.ptx:5: unsupported instruction: 'call.uni' (recursion)");
}

TEST(Control, SpecialRegistersIn3D) {
  KernelRun run = runKernel(R"(
    mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; mov.u32 %r3, %tid.z;
    mov.u32 %r4, %ntid.x; mov.u32 %r5, %ntid.y;
    mad.lo.u32 %r6, %r3, %r5, %r2; mad.lo.u32 %r6, %r6, %r4, %r1;
    mov.u32 %r7, %ctaid.z; mov.u32 %r8, %nctaid.x; mov.u32 %r9, %nctaid.y;
    mov.u32 %r10, %ctaid.y; mov.u32 %r11, %ctaid.x;
    mad.lo.u32 %r12, %r7, %r9, %r10; mad.lo.u32 %r12, %r12, %r8, %r11;
    mad.lo.u32 %r13, %r12, 48, %r6;
    mad.wide.u32 %x1, %r13, 4, %x0;
    mov.u32 %r14, %laneid; mov.u32 %r15, %warpid;
    mad.lo.u32 %r16, %r15, 32, %r14;
    mad.lo.u32 %r17, %r12, 1000, %r16;
    st.global.u32 [%x1], %r17;
  )",
                            {4, 3, 4}, {2, 3, 2}, {}, 0, 48 * 12);
  expectClean(run);
  for (unsigned i = 0; i < 48 * 12; ++i)
    EXPECT_EQ(run.out[i], i / 48 * 1000 + i % 48);
}

TEST(Control, FourthComponentsAndCountersAreZero) {
  KernelRun run = runKernel(R"(
    mov.u32 %r1, %tid.w; mov.u32 %r2, %nctaid.w; add.u32 %r1, %r1, %r2;
    mov.u32 %r2, %cluster_ctaid.w; add.u32 %r1, %r1, %r2;
    mov.u32 %r2, %pm7; add.u32 %r1, %r1, %r2;
    mov.u64 %x1, %pm0_64; cvt.u32.u64 %r2, %x1; add.u32 %r1, %r1, %r2;
    st.global.u32 [%x0], %r1;
  )",
                            {2, 1, 1}, {1, 1, 1}, {}, 0, 1);
  expectClean(run);
  EXPECT_EQ(run.out[0], 0u);
}

TEST(Control, TheReportIsTheSameForAnyNumberOfWorkers) {
  std::string body = R"(
    mov.u32 %r2, %ctaid.x; mul.wide.u32 %x1, %r2, 4; add.u64 %x1, %x0, %x1;
    and.b32 %r3, %r2, 7; setp.eq.u32 %p1, %r3, 5; @%p1 add.u64 %x1, %x1, 99999;
    st.global.u32 [%x1], %r2;)";
  std::vector<std::string> first;
  for (unsigned threads : {1u, 2u, 5u}) {
    Options options;
    options.threads = threads;
    KernelRun run = runKernel(body, {1, 1, 1}, {256, 1, 1}, options);
    EXPECT_EQ(run.report.status, Status::Findings);
    std::vector<std::string> texts;
    for (const Finding &finding : run.report.findings)
      texts.push_back(finding.str("t").substr(0, 30) +
                      std::to_string(finding.cta.x));
    EXPECT_EQ(texts.size(), 16u);
    if (threads == 1)
      first = texts;
    EXPECT_EQ(texts, first);
  }
}

TEST(Control, EndlessLoopsMeetTheStepLimit) {
  Options options;
  options.maxSteps = 10000;
  KernelRun run = runKernel("loop: bra loop;", {32, 1, 1}, {1, 1, 1}, options);
  EXPECT_EQ(run.report.status, Status::StepLimit);
  ASSERT_EQ(run.report.notes.size(), 2u);
  EXPECT_EQ(run.report.notes[0],
            "a CTA has executed more than 10000 warp instructions");
  EXPECT_EQ(run.report.notes[1], "test.ptx:8: cta 0,0,0 warp 0 lanes "
                                 "0xffffffff: bra is next");
}

TEST(Control, LanesOfAWarpMayWaitForEachOther) {
  // Lane 0 spins at a low pc until lane 1, at a high one, has stored.
  Options options;
  options.maxSteps = 1000000;
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.eq.u32 %p1, %r2, 1; @%p1 bra writer;
  spin:
    ld.volatile.global.u32 %r3, [%x0+64];
    setp.eq.u32 %p2, %r3, 0; @%p2 bra spin;
    bra done;
  writer:
    st.volatile.global.u32 [%x0+64], 7;
  done:
    mov.u32 %r1, 5;
  )" + std::string(storeR1),
                            {2, 1, 1}, {1, 1, 1}, options);
  expectClean(run);
  EXPECT_EQ(run.out[0], 5u);
  EXPECT_EQ(run.out[1], 5u);
}

TEST(Control, CtasMayWaitForLaterOnes) {
  // A grid-wide barrier: each CTA counts itself and spins until all have.
  Options options;
  options.maxSteps = 50000000;
  options.threads = 4;
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %ctaid.x; mov.u32 %r3, %nctaid.x;
    red.release.gpu.global.add.u32 [%x0+256], 1;
  spin:
    ld.acquire.gpu.global.u32 %r4, [%x0+256];
    setp.lt.u32 %p1, %r4, %r3; @%p1 bra spin;
    mul.wide.u32 %x1, %r2, 4; add.u64 %x1, %x1, %x0; add.u32 %r5, %r2, 100;
    st.global.u32 [%x1], %r5;)",
                            {1, 1, 1}, {20, 1, 1}, options);
  expectClean(run);
  for (unsigned i = 0; i < 20; ++i)
    EXPECT_EQ(run.out[i], i + 100);
}

TEST(Control, TrapIsAFinding) {
  KernelRun run = runKernel("mov.u32 %r1, %tid.x; setp.eq.u32 %p1, %r1, 9;\n"
                            "@%p1 trap;");
  ASSERT_EQ(run.report.findings.size(), 1u);
  EXPECT_EQ(run.report.findings[0].kind, FindingKind::Trap);
  EXPECT_EQ(run.report.findings[0].lane, 9);
  EXPECT_EQ(run.report.findings[0].ptxLine, 9u);
}

} // namespace
