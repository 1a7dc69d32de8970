// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mbarrier: counts, phases and tx-counts as the ISA defines them, waits as
// polls, and pairs of right and broken synchronisation.

#include "Mbarrier.h"
#include "CudaTest.h"
#include "PtxTest.h"

using namespace dlk::exec;

namespace {

/// Two warps; the barrier is initialised by thread 0; %r10 is its address, %r2
/// the thread, %r11 the address of the thread's word and %r12 that of the
/// thread in the other warp.
std::string prologue(unsigned count) {
  return ".shared .align 8 .b64 bar; .shared .align 16 .b8 buf[1024];\n"
         "mov.u32 %r10, bar; mov.u32 %r2, %tid.x;\n"
         "mov.u32 %r13, buf; mad.lo.u32 %r11, %r2, 4, %r13;\n"
         "xor.b32 %r14, %r2, 32; mad.lo.u32 %r12, %r14, 4, %r13;\n"
         "setp.eq.u32 %p1, %r2, 0; setp.lt.u32 %p3, %r2, 32;\n"
         "@%p1 mbarrier.init.shared.b64 [%r10], " +
         std::to_string(count) + ";\nbar.sync 0;\n";
}

std::string waitParity(unsigned parity, const std::string &label) {
  return label + ": mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r10], " +
         std::to_string(parity) + ";\n@!%p2 bra " + label + ";\n";
}

KernelRun run(unsigned count, const std::string &body,
              Options options = allChecks()) {
  options.checks.init = false;
  return runKernel(prologue(count) + body + storeR1, {64, 1, 1}, {1, 1, 1},
                   options);
}

void expectClean(const KernelRun &run) {
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  for (const Finding &finding : run.report.findings)
    ADD_FAILURE() << finding.str("test.ptx");
  for (const std::string &note : run.report.notes)
    ADD_FAILURE() << note;
}

void expectMisuse(const KernelRun &run, const std::string &text) {
  ASSERT_EQ(run.report.findings.size(), 1u);
  EXPECT_EQ(run.report.findings[0].kind, FindingKind::BarrierMisuse);
  EXPECT_NE(run.report.findings[0].message.find(text), std::string::npos)
      << run.report.findings[0].message;
}

void expectDeadlock(const KernelRun &run, const std::string &text) {
  ASSERT_EQ(statusName(run.report.status).str(), "deadlock");
  ASSERT_FALSE(run.report.notes.empty());
  EXPECT_NE(run.report.notes[0].find(text), std::string::npos)
      << run.report.notes[0];
}

const char *const ExchangeWrite = "st.shared.u32 [%r11], %r2;\n"
                                  "mbarrier.arrive.shared.b64 %x1, [%r10];\n";
const char *const ExchangeRead = "ld.shared.u32 %r1, [%r12];\n";

TEST(Mbarrier, phaseEndsWhenNothingIsPending) {
  alignas(8) std::byte shared[64];
  Mbarriers all(shared);
  EXPECT_EQ(all.init(16, 3), "");
  std::string error;
  Mbarrier *barrier = all.find(16, error);
  ASSERT_NE(barrier, nullptr);
  EXPECT_TRUE(barrier->parityDone(1));
  EXPECT_FALSE(barrier->parityDone(0));
  uint64_t token = barrier->token();
  EXPECT_FALSE(all.arrive(*barrier, 2, false, false).completed);
  // complete_tx before expect_tx holds the phase open.
  EXPECT_FALSE(all.addTx(*barrier, -64).completed);
  EXPECT_FALSE(all.arrive(*barrier, 1, false, false).completed);
  EXPECT_FALSE(barrier->tokenDone(token));
  EXPECT_TRUE(all.addTx(*barrier, 64).completed);
  EXPECT_TRUE(barrier->tokenDone(token));
  EXPECT_TRUE(barrier->parityDone(0));
  EXPECT_EQ(barrier->pending, 3u);
}

TEST(Mbarrier, dropLowersTheNextPhases) {
  alignas(8) std::byte shared[64];
  Mbarriers all(shared);
  EXPECT_EQ(all.init(0, 4), "");
  std::string error;
  Mbarrier *barrier = all.find(0, error);
  EXPECT_FALSE(all.arrive(*barrier, 1, true, false).completed);
  EXPECT_TRUE(all.arrive(*barrier, 3, false, false).completed);
  EXPECT_EQ(barrier->pending, 3u);
}

TEST(Mbarrier, limits) {
  alignas(8) std::byte shared[64];
  Mbarriers all(shared);
  EXPECT_NE(all.init(0, 0), "");
  EXPECT_NE(all.init(0, 1 << 20), "");
  EXPECT_EQ(all.init(0, (1 << 20) - 1), "");
  std::string error;
  Mbarrier *barrier = all.find(0, error);
  EXPECT_EQ(all.addTx(*barrier, (1 << 20) - 1).error, "");
  EXPECT_NE(all.addTx(*barrier, 1).error, "");
  EXPECT_NE(all.arrive(*barrier, 0, false, false).error, "");
  EXPECT_NE(all.init(0, 1), "");
  EXPECT_EQ(all.inval(0), "");
  EXPECT_EQ(all.find(0, error), nullptr);
  EXPECT_NE(all.inval(0), "");
}

TEST(Mbarrier, overwrittenStorage) {
  alignas(8) std::byte shared[64] = {};
  Mbarriers all(shared);
  EXPECT_EQ(all.init(8, 1), "");
  shared[9] = std::byte(0x55);
  std::string error;
  EXPECT_EQ(all.find(8, error), nullptr);
  EXPECT_NE(error.find("overwritten"), std::string::npos);
}

TEST(Mbarrier, waitOrdersWhatArrivalsCover) {
  KernelRun right =
      run(64, std::string(ExchangeWrite) + waitParity(0, "W") + ExchangeRead);
  expectClean(right);
  for (uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(right.out[i], i ^ 32);
  KernelRun broken = run(64, std::string(ExchangeWrite) + ExchangeRead);
  ASSERT_FALSE(broken.report.findings.empty());
  EXPECT_EQ(broken.report.findings[0].kind, FindingKind::Race);
}

TEST(Mbarrier, arrivalBeforeTheWriteOrdersNothing) {
  KernelRun broken = run(64, "mbarrier.arrive.shared.b64 %x1, [%r10];\n"
                             "st.shared.u32 [%r11], %r2;\n" +
                                 waitParity(0, "W") + ExchangeRead);
  ASSERT_FALSE(broken.report.findings.empty());
  EXPECT_EQ(broken.report.findings[0].kind, FindingKind::Race);
}

TEST(Mbarrier, tokenWaitAndPendingCount) {
  KernelRun right =
      run(64, std::string(ExchangeWrite) +
                  "W: mbarrier.test_wait.shared.b64 %p2, [%r10], %x1;\n"
                  "@!%p2 bra W;\n"
                  "mbarrier.pending_count.b64 %r1, %x1;\n");
  expectClean(right);
  // Each arrival saw another count, the lanes of a warp in order.
  std::vector<uint32_t> seen(right.out.begin(), right.out.begin() + 64);
  EXPECT_EQ(seen[0], seen[31] + 31);
  std::sort(seen.begin(), seen.end());
  for (uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(seen[i], i + 1);
}

TEST(Mbarrier, phasesFollowEachOther) {
  std::string body;
  for (unsigned phase = 0; phase < 4; ++phase)
    body += ExchangeWrite + waitParity(phase & 1, "W" + std::to_string(phase)) +
            ExchangeRead;
  // Without a second barrier the next write races with the read.
  KernelRun broken = run(64, body);
  ASSERT_FALSE(broken.report.findings.empty());
  EXPECT_EQ(broken.report.findings[0].kind, FindingKind::Race);
  std::string fixed;
  for (unsigned phase = 0; phase < 4; ++phase)
    fixed += ExchangeWrite + waitParity(0, "A" + std::to_string(phase)) +
             ExchangeRead + "mbarrier.arrive.shared.b64 %x1, [%r10];\n" +
             waitParity(1, "B" + std::to_string(phase));
  expectClean(run(64, fixed));
}

TEST(Mbarrier, transactions) {
  const std::string tx =
      "@%p1 mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [%r10], 48;\n"
      "@%p1 mbarrier.arrive.expect_tx.shared.b64 _, [%r10], 48;\n";
  expectClean(run(1, "mov.u32 %r1, 0;\n" + tx + waitParity(0, "W")));
  const std::string wrong =
      "@%p1 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r10], 16;\n" + tx;
  expectDeadlock(run(1, "mov.u32 %r1, 0;\n" + wrong + waitParity(0, "W")),
                 "phase 0, 0 of 1 arrivals pending, tx-count 16");
}

TEST(Mbarrier, missingArrivalIsADeadlock) {
  KernelRun broken = run(65, ExchangeWrite + waitParity(0, "W") + ExchangeRead);
  expectDeadlock(broken, "for parity 0: phase 0, 1 of 65 arrivals pending");
  EXPECT_NE(broken.report.notes[0].find("mbarrier.try_wait"),
            std::string::npos);
}

TEST(Mbarrier, failedTestMayBeFollowedByAnything) {
  // All ask in vain, three times, before they arrive.
  std::string ask = "mbarrier.test_wait.parity.shared.b64 %p2, [%r10], 0;\n"
                    "selp.u32 %r3, 1, 0, %p2; add.u32 %r1, %r1, %r3;\n";
  KernelRun asked = run(
      64, "mov.u32 %r1, 0;\n" + ask + ask + "bar.sync 0;\n" + ask +
              "mbarrier.arrive.shared.b64 %x1, [%r10];\nbar.sync 0;\n" + ask);
  expectClean(asked);
  for (unsigned i = 0; i < 64; ++i)
    EXPECT_EQ(asked.out[i], 1u);
}

TEST(Mbarrier, misuse) {
  expectMisuse(run(2, "mbarrier.arrive.shared.b64 %x1, [%r10], 3;\n"),
               "awaits");
  expectMisuse(run(1, "mbarrier.arrive.shared.b64 %x1, [%r10+8];\n"),
               "not initialised");
  expectMisuse(run(1, "@%p1 mbarrier.init.shared.b64 [%r10], 1;\n"), "in use");
  expectMisuse(run(1, "@%p1 mbarrier.arrive.noComplete.release.cta.shared.b64 "
                      "%x1, [%r10], 1;\n"),
               "noComplete");
  expectMisuse(run(64, "@%p1 st.shared.u32 [%r10], 5;\n bar.sync 0;\n"
                       "mbarrier.arrive.shared.b64 %x1, [%r10];\n"),
               "overwritten");
}

TEST(Mbarrier, initialisationNeedsABarrier) {
  std::string text = prologue(64);
  text.erase(text.find("bar.sync 0;"));
  Options options = allChecks();
  options.checks.init = false;
  KernelRun broken =
      runKernel(text + "@!%p3 bra S; nanosleep.u32 1;\nS:\n" + ExchangeWrite +
                    waitParity(0, "W") + ExchangeRead + storeR1,
                {64, 1, 1}, {1, 1, 1}, options);
  ASSERT_FALSE(broken.report.findings.empty());
  EXPECT_EQ(broken.report.findings[0].kind, FindingKind::Race);
}

TEST(Mbarrier, remoteArrivals) {
  // Every CTA arrives at the barrier of CTA 0, which waits.
  const std::string body =
      ".shared .align 8 .b64 bar;\n"
      "mov.u32 %r10, bar; mov.u32 %r2, %cluster_ctarank;\n"
      "setp.eq.u32 %p1, %r2, 0; mov.u32 %r1, 7;\n"
      "@%p1 mbarrier.init.shared::cta.b64 [%r10], 2;\n"
      "fence.mbarrier_init.release.cluster;\n"
      "barrier.cluster.arrive.release.aligned; "
      "barrier.cluster.wait.acquire.aligned;\n"
      "mapa.shared::cluster.u32 %r11, %r10, 0;\n"
      "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r11], 1;\n"
      "@!%p1 bra E;\n"
      "W: mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p2, "
      "[%r10], 0;\n @!%p2 bra W;\n"
      "E: barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;\n";
  KernelRun right =
      runKernel(body, {1, 1, 1}, {2, 1, 1}, allChecks(), 0, 64, "", {2, 1, 1});
  expectClean(right);
}

} // namespace
