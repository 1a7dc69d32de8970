// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exchange between lanes, and barriers of CTAs and clusters.

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

/// shfl.sync as the PTX ISA words it.
uint32_t shuffled(const std::string &mode, unsigned lane, uint32_t b,
                  uint32_t c, bool &inRange) {
  unsigned clamp = c & 31, segment = c >> 8 & 31;
  int maxLane = int((lane & segment) | (clamp & ~segment & 31));
  int minLane = int(lane & segment), j;
  if (mode == "up") {
    j = int(lane) - int(b & 31);
    inRange = j >= maxLane;
  } else {
    j = mode == "down"   ? int(lane + (b & 31))
        : mode == "bfly" ? int(lane ^ (b & 31))
                         : int(minLane | (b & 31 & ~segment));
    inRange = j <= maxLane;
  }
  return inRange ? unsigned(j) : lane;
}

TEST(Warp, Shuffles) {
  for (std::string mode : {"up", "down", "bfly", "idx"})
    for (uint32_t b : {0u, 1u, 3u, 16u, 31u})
      for (uint32_t c : {31u, 0u, 0x1807u, 0x1c03u, 0x1f1fu}) {
        KernelRun run =
            runKernel("mov.u32 %r2, %tid.x; add.u32 %r2, %r2, 100;\n"
                      "shfl.sync." +
                      mode + ".b32 %r1|%p1, %r2, " + std::to_string(b) + ", " +
                      std::to_string(c) +
                      ", -1;\n@%p1 add.u32 %r1, %r1, 1000;\n" + storeR1);
        expectClean(run);
        for (unsigned lane = 0; lane < 32; ++lane) {
          bool inRange;
          uint32_t from = shuffled(mode, lane, b, c, inRange);
          EXPECT_EQ(run.out[lane], from + 100 + 1000 * inRange)
              << mode << " b=" << b << " c=" << c << " lane " << lane;
        }
      }
}

TEST(Warp, AShuffleWaitsForItsMembers) {
  // Half of the lanes take a longer road to the same shuffle.
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 16; @%p1 bra short;
    add.u32 %r2, %r2, 1; add.u32 %r2, %r2, -1;
  short:
    shfl.sync.bfly.b32 %r1, %r2, 16, 31, -1;
  )" + std::string(storeR1));
  expectClean(run);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(run.out[i], i ^ 16);
}

TEST(Warp, AShuffleThatSomeNeverReachIsADeadlock) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 16; @%p1 bra other;
    shfl.sync.bfly.b32 %r1, %r2, 16, 31, -1; bra done;
  other:
    shfl.sync.bfly.b32 %r1, %r2, 16, 31, -1;
  done:)");
  EXPECT_EQ(run.report.status, Status::Deadlock);
  ASSERT_EQ(run.report.notes.size(), 2u);
  EXPECT_NE(run.report.notes[0].find("shfl.sync.bfly.b32 waits for lanes 0x"),
            std::string::npos)
      << run.report.notes[0];
}

TEST(Warp, VotesAndMatches) {
  struct {
    const char *code;
    uint32_t (*expected)(unsigned lane);
  } cases[] = {
      {"setp.lt.u32 %p1, %r2, 5; vote.sync.ballot.b32 %r1, %p1, -1;",
       [](unsigned) { return 31u; }},
      {"setp.lt.u32 %p1, %r2, 5; vote.sync.any.pred %p2, %p1, -1; "
       "selp.u32 %r1, 1, 0, %p2;",
       [](unsigned) { return 1u; }},
      {"setp.lt.u32 %p1, %r2, 5; vote.sync.all.pred %p2, !%p1, -1; "
       "selp.u32 %r1, 1, 0, %p2;",
       [](unsigned) { return 0u; }},
      {"setp.lt.u32 %p1, %r2, 50; vote.sync.uni.pred %p2, %p1, -1; "
       "selp.u32 %r1, 1, 0, %p2;",
       [](unsigned) { return 1u; }},
      {"and.b32 %r3, %r2, 3; match.any.sync.b32 %r1, %r3, -1;",
       [](unsigned lane) { return 0x11111111u << (lane & 3); }},
      {"match.all.sync.b32 %r1|%p1, %r2, -1; selp.u32 %r3, 7, 0, %p1; "
       "or.b32 %r1, %r1, %r3;",
       [](unsigned) { return 0u; }},
      {"redux.sync.add.s32 %r1, %r2, -1;", [](unsigned) { return 496u; }},
      {"sub.u32 %r3, %r2, 9; redux.sync.min.s32 %r1, %r3, -1;",
       [](unsigned) { return uint32_t(-9); }},
      {"sub.u32 %r3, %r2, 9; redux.sync.max.u32 %r1, %r3, -1;",
       [](unsigned) { return uint32_t(-1); }},
      {"shl.b32 %r3, 1, %r2; redux.sync.or.b32 %r1, %r3, -1;",
       [](unsigned) { return uint32_t(-1); }},
      {"elect.sync %r3|%p1, -1; selp.u32 %r1, 5, 6, %p1;",
       [](unsigned lane) { return lane ? 6u : 5u; }},
      {"elect.sync _|%p1, -1; selp.u32 %r1, 5, 6, %p1;",
       [](unsigned lane) { return lane ? 6u : 5u; }},
      {"mov.u32 %r1, %lanemask_lt;",
       [](unsigned lane) { return (1u << lane) - 1; }},
  };
  for (const auto &test : cases) {
    KernelRun run =
        runKernel(std::string("mov.u32 %r2, %tid.x;\n") + test.code + storeR1);
    expectClean(run);
    for (unsigned lane = 0; lane < 32; ++lane)
      EXPECT_EQ(run.out[lane], test.expected(lane)) << test.code << lane;
  }
}

const char *reverse = R"(
  mov.u32 %r2, %tid.x; mov.u32 %r3, %ntid.x;
  shl.b32 %r4, %r2, 2; mov.u32 %r5, arena; add.u32 %r6, %r5, %r4;
  st.shared.u32 [%r6], %r2;
  BARRIER
  sub.u32 %r7, %r3, %r2; shl.b32 %r7, %r7, 2; add.u32 %r8, %r5, %r7;
  ld.shared.u32 %r1, [%r8+-4];
)";
const char *arena = ".extern .shared .align 16 .b8 arena[];\n";

std::string withBarrier(const std::string &barrier) {
  std::string text = reverse;
  return text.replace(text.find("BARRIER"), 7, barrier) + storeR1;
}

TEST(Barrier, OrdersSharedMemory) {
  Options options;
  options.checks.race = options.checks.init = options.checks.sync = true;
  for (const char *barrier :
       {"bar.sync 0;", "barrier.sync 3;", "barrier.cta.sync.aligned 15, 96;",
        "bar.arrive 1, 192; bar.sync 1, 192;"}) {
    if (std::string(barrier).find("arrive") != std::string::npos)
      continue;
    KernelRun run = runKernel(withBarrier(barrier), {96, 1, 1}, {1, 1, 1},
                              options, 400, 96, arena);
    expectClean(run);
    for (unsigned i = 0; i < 96; ++i)
      EXPECT_EQ(run.out[i], 95 - i) << barrier;
  }
  KernelRun run = runKernel(withBarrier(""), {96, 1, 1}, {1, 1, 1}, options,
                            400, 96, arena);
  EXPECT_EQ(run.report.status, Status::Findings);
}

TEST(Barrier, Reductions) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 40;
    bar.red.popc.u32 %r1, 0, %p1;
    bar.red.and.pred %p2, 0, 96, %p1; bar.red.or.pred %p3, 0, %p1;
    @%p2 add.u32 %r1, %r1, 1000; @%p3 add.u32 %r1, %r1, 500;
  )" + std::string(storeR1),
                            {96, 1, 1});
  expectClean(run);
  for (unsigned i = 0; i < 96; ++i)
    EXPECT_EQ(run.out[i], 540u);
}

TEST(Barrier, ProducersArriveConsumersWait) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 32; mov.u32 %r5, arena;
    @%p1 bra consumer;
    mov.u32 %r3, 77; st.shared.u32 [%r5], %r3;
    bar.arrive 1, 64; bra done;
  consumer:
    bar.sync 1, 64; ld.shared.u32 %r1, [%r5];
  done:
  )" + std::string(storeR1),
                            {64, 1, 1}, {1, 1, 1}, {}, 16, 64, arena);
  expectClean(run);
  EXPECT_EQ(run.out[5], 77u);
}

TEST(Barrier, ExitedThreadsAreNotWaitedFor) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 32; @%p1 exit;
    bar.sync 0; mov.u32 %r1, 3;
  )" + std::string(storeR1),
                            {96, 1, 1});
  expectClean(run);
  EXPECT_EQ(run.out[95], 3u);
}

TEST(Barrier, DeadlocksNameEachWarp) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 32; @%p1 bra other;
    bar.sync 1;
  other:
    bar.sync 2;)",
                            {64, 1, 1});
  EXPECT_EQ(run.report.status, Status::Deadlock);
  ASSERT_EQ(run.report.notes.size(), 2u);
  EXPECT_EQ(run.report.notes[0],
            "test.ptx:12: cta 0,0,0 warp 0 lanes 0xffffffff: bar.sync waits at "
            "barrier 2, 32 of 64 threads have arrived");
  EXPECT_EQ(run.report.notes[1],
            "test.ptx:10: cta 0,0,0 warp 1 lanes 0xffffffff: bar.sync waits at "
            "barrier 1, 32 of 64 threads have arrived");
}

TEST(Barrier, MisuseIsFound) {
  struct {
    const char *body;
    FindingKind kind;
  } cases[] = {
      {"bar.sync 0, 33;", FindingKind::BarrierMisuse},
      {"mov.u32 %r1, 16; bar.sync %r1;", FindingKind::BarrierMisuse},
      {"mov.u32 %r1, %tid.x; setp.lt.u32 %p1, %r1, 7; @%p1 bar.sync 0;",
       FindingKind::Divergence},
      {"mov.u32 %r1, %warpid; shl.b32 %r1, %r1, 5; add.u32 %r1, %r1, 64; "
       "bar.sync 0, %r1;",
       FindingKind::BarrierMisuse},
      {"mov.u32 %r1, %tid.x; setp.lt.u32 %p1, %r1, 7; "
       "@%p1 vote.sync.ballot.b32 %r1, %p1, -1;",
       FindingKind::Divergence},
      {"vote.sync.ballot.b32 %r1, 1, 7;", FindingKind::BarrierMisuse},
  };
  for (const auto &test : cases) {
    KernelRun run = runKernel(test.body, {64, 1, 1});
    ASSERT_FALSE(run.report.findings.empty()) << test.body;
    EXPECT_EQ(run.report.findings[0].kind, test.kind)
        << test.body << ": " << run.report.findings[0].message;
  }
}

TEST(Barrier, WarpSyncJoinsDifferentPlaces) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; mov.u32 %r5, arena; setp.lt.u32 %p1, %r2, 16;
    @%p1 bra low;
    bar.warp.sync -1; ld.shared.u32 %r1, [%r5]; bra done;
  low:
    mov.u32 %r3, 9; st.shared.u32 [%r5], %r3; bar.warp.sync -1;
    mov.u32 %r1, 4;
  done:
  )" + std::string(storeR1),
                            {32, 1, 1}, {1, 1, 1}, {}, 16, 64, arena);
  expectClean(run);
  EXPECT_EQ(run.out[0], 4u);
  EXPECT_EQ(run.out[31], 9u);
}

TEST(Cluster, DistributedSharedMemory) {
  KernelRun run = runKernel(R"(
    mov.u32 %r5, arena; mov.u32 %r2, %cluster_ctarank; mov.u32 %r6, %ctaid.x;
    add.u32 %r3, %r6, 50; st.shared.u32 [%r5], %r3;
    barrier.cluster.arrive; barrier.cluster.wait;
    xor.b32 %r4, %r2, 1; mapa.shared::cluster.u32 %r7, %r5, %r4;
    ld.shared::cluster.u32 %r1, [%r7];
    barrier.cluster.arrive; barrier.cluster.wait;
    mul.wide.u32 %x1, %r6, 4; add.u64 %x1, %x1, %x0;
    st.global.u32 [%x1], %r1;
  )",
                            {1, 1, 1}, {4, 1, 1}, {}, 16, 64, arena, {2, 1, 1});
  expectClean(run);
  for (unsigned i = 0; i < 4; ++i)
    EXPECT_EQ(run.out[i], (i ^ 1) + 50);
}

} // namespace
