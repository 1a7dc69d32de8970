// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of warps and its seeds, and deadlocks of warps that spin.

#include "PtxTest.h"
#include <set>

using namespace dlk::exec;

namespace {

Options ordered(WarpOrder order, uint64_t seed = 1, unsigned threads = 1) {
  Options options;
  options.order = order;
  options.seed = seed;
  options.threads = threads;
  return options;
}

/// The number of each warp in the order in which they pass an atomic.
std::vector<uint32_t> ranks(const Options &options) {
  KernelRun run = runKernel(".shared .align 4 .b32 count;\n"
                            "mov.u32 %r1, %tid.x; mov.u32 %r2, count;\n"
                            "setp.ne.u32 %p1, %r1, 0;\n"
                            "@!%p1 st.shared.u32 [%r2], 0;\n"
                            "bar.sync 0;\n"
                            "and.b32 %r3, %r1, 31;\n"
                            "setp.ne.u32 %p1, %r3, 0;\n"
                            "@%p1 ret;\n"
                            "atom.shared.add.u32 %r4, [%r2], 1;\n"
                            "shr.u32 %r5, %r1, 3;\n"
                            "mov.u32 %r6, %ctaid.x; shl.b32 %r6, %r6, 5;\n"
                            "add.u32 %r5, %r5, %r6;\n"
                            "cvt.u64.u32 %x1, %r5; add.u64 %x1, %x1, %x0;\n"
                            "st.global.u32 [%x1], %r4;\n"
                            "ret;\n",
                            {256, 1, 1}, {16, 1, 1}, options);
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  run.out.resize(128);
  return run.out;
}

TEST(Schedule, orders) {
  std::vector<uint32_t> forward = ranks(ordered(WarpOrder::RoundRobin));
  std::vector<uint32_t> backward = ranks(ordered(WarpOrder::Reversed));
  // The last at the barrier goes on with its turn.
  EXPECT_EQ(forward[7], 0u);
  EXPECT_EQ(backward[0], 0u);
  for (unsigned w = 1; w < 7; ++w)
    EXPECT_GT(backward[w], backward[w + 1]);
  EXPECT_NE(forward, backward);
  std::vector<uint32_t> one = ranks(ordered(WarpOrder::Random, 1));
  EXPECT_NE(one, forward);
  EXPECT_NE(one, ranks(ordered(WarpOrder::Random, 2)));
}

TEST(Schedule, sameSeedSameRunWithAnyNumberOfThreads) {
  for (uint64_t seed : {1, 5}) {
    std::vector<uint32_t> one = ranks(ordered(WarpOrder::Random, seed));
    for (unsigned threads : {2, 7})
      EXPECT_EQ(one, ranks(ordered(WarpOrder::Random, seed, threads)));
  }
}

TEST(Schedule, anyLaneMayBeElected) {
  std::set<uint32_t> leaders;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    KernelRun run =
        runKernel("elect.sync %r1|%p1, 0xffffffff;\n"
                  "elect.sync %r2|%p2, 0xffffffff;\n"
                  "setp.ne.u32 %p3, %r1, %r2;\n"
                  "@%p3 trap;\n" +
                      std::string(storeR1) + "ret;\n",
                  {32, 1, 1}, {1, 1, 1}, ordered(WarpOrder::Random, seed));
    EXPECT_EQ(statusName(run.report.status).str(), "clean");
    leaders.insert(run.out[0]);
  }
  EXPECT_GT(leaders.size(), 4u);
}

/// Ends with a deadlock whose notes contain `text`, without a step limit.
void expectDeadlock(const std::string &body, const std::string &text,
                    Dim3 grid = {1, 1, 1}) {
  for (WarpOrder order :
       {WarpOrder::RoundRobin, WarpOrder::Reversed, WarpOrder::Random}) {
    KernelRun run = runKernel(body, {64, 1, 1}, grid, ordered(order));
    ASSERT_EQ(statusName(run.report.status).str(), "deadlock");
    std::string notes;
    for (const std::string &note : run.report.notes)
      notes += note + "\n";
    EXPECT_NE(notes.find(text), std::string::npos) << notes;
  }
}

const char *spin = "SPIN:\n"
                   "ld.volatile.shared.u32 %r5, [%r2];\n"
                   "setp.eq.u32 %p2, %r5, 0;\n"
                   "@%p2 bra SPIN;\n";

std::string flagged(const std::string &body) {
  return ".shared .align 4 .b32 flag;\n"
         "mov.u32 %r1, %tid.x; mov.u32 %r2, flag;\n"
         "setp.lt.u32 %p1, %r1, 32;\n"
         "@%p1 st.shared.u32 [%r2], 0;\n"
         "bar.sync 0;\n" +
         body + "ret;\n";
}

TEST(Deadlock, spinOnSharedMemory) {
  expectDeadlock(flagged(spin), "goes round in circles");
  // The flag comes late, but it comes.
  std::string work = "@!%p1 bra WAIT;\n"
                     "mov.u32 %r6, 0;\n"
                     "WORK:\n"
                     "add.u32 %r6, %r6, 1;\n"
                     "setp.lt.u32 %p3, %r6, 200000;\n"
                     "@%p3 bra WORK;\n"
                     "st.volatile.shared.u32 [%r2], 1;\n"
                     "WAIT:\n";
  KernelRun run = runKernel(flagged(work + spin), {64, 1, 1});
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
}

TEST(Deadlock, lockNeverReleased) {
  expectDeadlock(flagged("@%p1 bra DONE;\n"
                         "LOCK:\n"
                         "atom.shared.cas.b32 %r5, [%r2], 0, 1;\n"
                         "setp.ne.u32 %p2, %r5, 0;\n"
                         "@%p2 bra LOCK;\n"
                         "DONE:\n"),
                 "goes round in circles");
}

TEST(Deadlock, oneSpinsTheOtherWaits) {
  expectDeadlock(flagged(std::string("@%p1 bra SPIN;\n"
                                     "bar.sync 1;\n") +
                         spin),
                 "waits at barrier 1, 32 of 64 threads have arrived");
}

TEST(Deadlock, spinOnGlobalMemoryOfAllCtas) {
  // Each CTA waits for one arrival more than there are CTAs.
  auto text = [](const char *count) {
    return "mov.u32 %r1, %tid.x; setp.ne.u32 %p1, %r1, 0; @%p1 bra DONE;\n"
           "atom.global.add.u32 %r2, [%x0], 1;\n"
           "SPIN:\n"
           "ld.acquire.gpu.global.u32 %r3, [%x0];\n"
           "setp.lt.u32 %p2, %r3, " +
           std::string(count) +
           ";\n"
           "@%p2 bra SPIN;\n"
           "DONE:\nret;\n";
  };
  expectDeadlock(text("5"), "goes round in circles", {4, 1, 1});
  KernelRun run = runKernel(text("4"), {64, 1, 1}, {4, 1, 1});
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
}

TEST(Deadlock, registersThatNobodyGivesBack) {
  auto run = [](const char *release) {
    return runKernel("mov.u32 %r1, %tid.x;\n"
                     "setp.lt.u32 %p1, %r1, 128;\n"
                     "@%p1 bra PRODUCER;\n"
                     "setmaxnreg.inc.sync.aligned.u32 232;\n"
                     "ret;\n"
                     "PRODUCER:\n" +
                         std::string(release) + "ret;\n",
                     {384, 1, 1});
  };
  EXPECT_EQ(run("setmaxnreg.dec.sync.aligned.u32 40;\n").report.status,
            Status::Clean);
  for (const char *release : {"", "setmaxnreg.dec.sync.aligned.u32 48;\n"}) {
    KernelRun broken = run(release);
    ASSERT_EQ(statusName(broken.report.status).str(), "deadlock");
    EXPECT_NE(broken.report.notes[0].find("waits for registers"),
              std::string::npos)
        << broken.report.notes[0];
  }
}

TEST(Deadlock, loopThatCountsIsNone) {
  Options options;
  options.maxSteps = 300000;
  KernelRun run = runKernel("mov.u32 %r1, 0;\n"
                            "LOOP:\n"
                            "add.u32 %r1, %r1, 1;\n"
                            "setp.ne.u32 %p1, %r1, 0;\n"
                            "@%p1 bra LOOP;\n"
                            "ret;\n",
                            {32, 1, 1}, {1, 1, 1}, options);
  EXPECT_EQ(statusName(run.report.status).str(), "step-limit");
}

} // namespace
