// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pairs of right and broken synchronisation as PTX: what orders two warps, and
// what does not. Each program runs with warps in the executor's usual order and
// with random deliveries.

#include "CudaTest.h"

using namespace dlk::exec;

namespace {

/// `body` runs in `threads` threads; %r1 is the thread, %r2 the warp, %r3 the
/// address of its own word in buf, %r4 that of the same lane of the next warp
/// (round about), %p0 is true in warp 0.
Report runBody(const std::string &body, unsigned threads = 128) {
  std::string ptx = ".version 8.0\n.target sm_80\n.address_size 64\n"
                    ".visible .entry k()\n{\n"
                    "  .reg .pred %p<4>; .reg .b32 %r<20>;\n"
                    "  .shared .align 16 .b8 buf[1024];\n"
                    "  .shared .align 16 .b8 lock[16];\n"
                    "  mov.u32 %r1, %tid.x;\n"
                    "  shr.u32 %r2, %r1, 5;\n"
                    "  mov.u32 %r10, buf;\n"
                    "  mov.u32 %r13, lock;\n"
                    "  shl.b32 %r11, %r1, 2;\n"
                    "  add.s32 %r3, %r10, %r11;\n"
                    "  add.s32 %r12, %r1, 32;\n"
                    "  rem.u32 %r12, %r12, " +
                    std::to_string(threads) +
                    ";\n"
                    "  shl.b32 %r12, %r12, 2;\n"
                    "  add.s32 %r4, %r10, %r12;\n"
                    "  setp.eq.u32 %p0, %r2, 0;\n" +
                    body + "  ret;\n}\n";
  Report last;
  for (uint64_t seed : {1, 2, 3}) {
    CudaRun run(ptx);
    Options options = allChecks(AsyncPolicy::Random, seed);
    options.checks.init = false;
    last = run.launch("k", {2}, {threads}, options);
    if (last.status != Status::Clean)
      return last;
  }
  return last;
}

void expectClean(const std::string &body, unsigned threads = 128) {
  Report report = runBody(body, threads);
  EXPECT_EQ(statusName(report.status).str(), statusName(Status::Clean).str());
  for (const Finding &finding : report.findings)
    ADD_FAILURE() << finding.str("k");
}

void expectRace(const std::string &body, unsigned threads = 128) {
  Report report = runBody(body, threads);
  ASSERT_EQ(report.status, Status::Findings) << body;
  EXPECT_EQ(report.findings.at(0).kind, FindingKind::Race);
  EXPECT_NE(report.findings[0].message.find("at line"), std::string::npos);
}

TEST(RacePtx, barrierBetweenWriteAndRead) {
  expectClean("  st.shared.u32 [%r3], %r1;\n"
              "  bar.sync 0;\n"
              "  ld.shared.u32 %r5, [%r4];\n");
  expectRace("  st.shared.u32 [%r3], %r1;\n"
             "  ld.shared.u32 %r5, [%r4];\n");
}

TEST(RacePtx, barrierBetweenReadAndTheNextWrite) {
  const std::string once = "  st.shared.u32 [%r3], %r1;\n"
                           "  bar.sync 0;\n"
                           "  ld.shared.u32 %r5, [%r4];\n";
  expectClean(once + "  bar.sync 0;\n" + once);
  expectRace(once + once);
}

TEST(RacePtx, halfWordsOfOneWord) {
  // Two warps write the two halves of each word.
  expectClean("  and.b32 %r5, %r1, 31;\n  shl.b32 %r5, %r5, 2;\n"
              "  shl.b32 %r6, %r2, 1;\n  add.s32 %r5, %r5, %r6;\n"
              "  add.s32 %r5, %r5, %r10;\n"
              "  st.shared.u16 [%r5], %r1;\n",
              64);
  expectRace("  and.b32 %r5, %r1, 31;\n  shl.b32 %r5, %r5, 2;\n"
             "  add.s32 %r5, %r5, %r10;\n"
             "  st.shared.u16 [%r5], %r1;\n",
             64);
}

TEST(RacePtx, lanesOfOneWarpAreInOrder) {
  expectClean("  st.shared.u32 [%r3], %r1;\n"
              "  xor.b32 %r5, %r11, 4;\n"
              "  add.s32 %r5, %r5, %r10;\n"
              "  bar.warp.sync 0xffffffff;\n"
              "  ld.shared.u32 %r6, [%r5];\n"
              "  st.shared.u32 [%r5], %r6;\n");
}

TEST(RacePtx, producerArrivesConsumerWaits) {
  auto text = [](const char *producer, const char *consumer) {
    return std::string("  @!%p0 bra CONSUME;\n"
                       "  st.shared.u32 [%r3], %r1;\n") +
           producer +
           "  bra DONE;\n"
           "CONSUME:\n" +
           consumer +
           "  ld.shared.u32 %r5, [%r4];\n"
           "DONE:\n";
  };
  expectClean(text("  bar.arrive 1, 64;\n", "  bar.sync 1, 64;\n"), 64);
  expectRace(text("", ""), 64);
  // The write comes after the arrival.
  expectRace("  @!%p0 bra CONSUME;\n"
             "  bar.arrive 1, 64;\n"
             "  st.shared.u32 [%r3], %r1;\n"
             "  bra DONE;\n"
             "CONSUME:\n"
             "  bar.sync 1, 64;\n"
             "  ld.shared.u32 %r5, [%r4];\n"
             "DONE:\n",
             64);
}

TEST(RacePtx, namedBarriersOfWarpPairs) {
  // Warps 0 and 1 meet at barrier 1, warps 2 and 3 at barrier 2.
  const std::string meet = "  st.shared.u32 [%r3], %r1;\n"
                           "  shr.u32 %r5, %r2, 1;\n"
                           "  add.s32 %r5, %r5, 1;\n"
                           "  barrier.sync %r5, 64;\n";
  // Everybody reads from the other warp of its pair.
  expectClean(meet + "  xor.b32 %r6, %r11, 128;\n"
                     "  add.s32 %r6, %r6, %r10;\n"
                     "  ld.shared.u32 %r7, [%r6];\n");
  // The next warp may be of the other pair.
  expectRace(meet + "  ld.shared.u32 %r7, [%r4];\n");
}

TEST(RacePtx, barrierInDivergentCode) {
  // The two halves of each warp arrive at the barrier from different places.
  expectClean("  and.b32 %r5, %r1, 1;\n"
              "  setp.eq.u32 %p1, %r5, 0;\n"
              "  st.shared.u32 [%r3], %r1;\n"
              "  @%p1 bra EVEN;\n"
              "  barrier.sync 0;\n"
              "  bra JOIN;\n"
              "EVEN:\n"
              "  barrier.sync 0;\n"
              "JOIN:\n"
              "  ld.shared.u32 %r6, [%r4];\n");
}

TEST(RacePtx, reductionBarrierOrdersToo) {
  expectClean("  st.shared.u32 [%r3], %r1;\n"
              "  barrier.red.popc.u32 %r5, 0, %p0;\n"
              "  ld.shared.u32 %r6, [%r4];\n");
}

TEST(RacePtx, atomicsOnSharedMemory) {
  expectClean("  atom.shared.add.u32 %r5, [%r10], 1;\n"
              "  red.shared.max.u32 [%r10+4], %r1;\n");
  expectRace("  atom.shared.add.u32 %r5, [%r10], 1;\n"
             "  @%p0 st.shared.u32 [%r10], %r1;\n");
}

TEST(RacePtx, warpsThatEndEarlyDoNotDisturb) {
  expectClean("  setp.eq.u32 %p1, %r2, 3;\n"
              "  @%p1 ret;\n"
              "  st.shared.u32 [%r3], %r1;\n"
              "  bar.sync 0;\n"
              "  setp.eq.u32 %p1, %r2, 0;\n"
              "  @%p1 ld.shared.u32 %r5, [%r4];\n");
}

} // namespace
