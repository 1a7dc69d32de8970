// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics of a launch: distinct sectors, copies by kind, barrier waits and
// polls, tensor instructions by shape, and the places that .loc names.

#include "PtxTest.h"

using namespace dlk::exec;

static Options counting(unsigned threads = 1) {
  Options options;
  options.collectStats = true;
  options.threads = threads;
  return options;
}

static Stats statsOf(const std::string &body, Dim3 block = {32, 1, 1},
                     Dim3 grid = {1, 1, 1}, unsigned threads = 1) {
  KernelRun run = runKernel(body, block, grid, counting(threads));
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  for (const Finding &finding : run.report.findings)
    ADD_FAILURE() << finding.str("test.ptx");
  return run.report.stats;
}

TEST(Stats, distinctSectorsAreCountedOnce) {
  // Every CTA reads the same 128 bytes twice and writes 64 of its own, all but
  // the first 32 of which another CTA writes too.
  const char *body = R"(
    mov.u32 %r1, %tid.x; mul.wide.u32 %x1, %r1, 4; add.u64 %x1, %x1, %x0;
    ld.global.u32 %r2, [%x1]; ld.global.u32 %r2, [%x1];
    mov.u32 %r3, %ctaid.x; mul.wide.u32 %x2, %r3, 32; add.u64 %x2, %x2, %x0;
    mul.wide.u32 %x3, %r1, 2; add.u64 %x2, %x2, %x3;
    st.global.u16 [%x2+1024], %r2;)";
  for (unsigned threads : {1u, 3u}) {
    Stats stats = statsOf(body, {32, 1, 1}, {8, 1, 1}, threads);
    EXPECT_EQ(stats.globalRead, 128u);
    EXPECT_EQ(stats.globalWritten, 9u * 32);
    EXPECT_EQ(stats.total.globalSectors, 8u * (4 + 4 + 2));
  }
}

TEST(Stats, atomicsReadAndWrite) {
  Stats stats = statsOf("atom.global.add.u32 %r1, [%x0], 1;");
  EXPECT_EQ(stats.globalRead, 32u);
  EXPECT_EQ(stats.globalWritten, 32u);
}

TEST(Stats, copiesAreToldApart) {
  Stats stats = statsOf(R"(
    .shared .align 128 .b8 tile[1024]; .shared .align 8 .b8 bar[8];
    mov.u32 %r1, %tid.x; mov.u32 %r2, tile; mov.u32 %r3, bar;
    shl.b32 %r4, %r1, 4; add.u32 %r5, %r2, %r4; cvt.u64.u32 %x1, %r4;
    add.u64 %x1, %x1, %x0;
    cp.async.cg.shared.global [%r5], [%x1], 16;
    cp.async.commit_group; cp.async.wait_group 0; bar.sync 0;
    setp.eq.u32 %p1, %r1, 0;
    @%p1 mbarrier.init.shared.b64 [%r3], 1;
    fence.proxy.async; bar.sync 0;
    @%p1 mbarrier.arrive.expect_tx.shared.b64 %x2, [%r3], 256;
    @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r2+512], [%x0], 256, [%r3];
  W: mbarrier.try_wait.parity.shared.b64 %p2, [%r3], 0;
    @!%p2 bra W;
    @%p1 cp.async.bulk.global.shared::cta.bulk_group [%x0+2048], [%r2+512], 256;
    @%p1 cp.async.bulk.commit_group;
    @%p1 cp.async.bulk.wait_group 0;)");
  std::map<std::string, uint64_t> expected = {
      {"cp.async", 512}, {"bulk load", 256}, {"bulk store", 256}};
  EXPECT_EQ(stats.copies, expected);
  EXPECT_EQ(stats.globalRead, 512u);
  EXPECT_EQ(stats.globalWritten, 256u);
}

TEST(Stats, failedPollsAreCounted) {
  // Warp 1, which completes bar.sync, polls until warp 0 arrives.
  Stats stats = statsOf(R"(
    .shared .align 8 .b8 bar[8];
    mov.u32 %r1, %tid.x; mov.u32 %r3, bar; setp.eq.u32 %p1, %r1, 0;
    @%p1 mbarrier.init.shared.b64 [%r3], 32;
    bar.sync 0;
    setp.lt.u32 %p2, %r1, 32;
    @%p2 mbarrier.arrive.shared.b64 %x2, [%r3];
    @%p2 bra DONE;
  W: mbarrier.try_wait.parity.shared.b64 %p3, [%r3], 0;
    @!%p3 bra W;
  DONE: ret;)",
                        {64, 1, 1});
  EXPECT_EQ(stats.lines.at(12).opcode, "bar.sync");
  EXPECT_EQ(stats.lines.at(12).counters.warpInstructions, 2u);
  EXPECT_EQ(stats.total.failedPolls, 1u);
  EXPECT_EQ(stats.total.barrierWaits, 2u + 2);
}

TEST(Stats, wgmmaIsCountedPerWarpgroup) {
  Stats stats = statsOf(R"(
    .shared .align 1024 .b8 tile[4096];
    mov.u32 %r1, %tid.x; mov.u32 %r2, tile; shl.b32 %r3, %r1, 4;
    add.u32 %r3, %r3, %r2; mov.b32 %r4, 0;
    st.shared.v4.b32 [%r3], {%r4, %r4, %r4, %r4};
    st.shared.v4.b32 [%r3+2048], {%r4, %r4, %r4, %r4};
    fence.proxy.async; bar.sync 0;
    // Offsets between core matrices: 128 bytes along k, 256 along m and n.
    shr.u32 %r2, %r2, 4; cvt.u64.u32 %x1, %r2; or.b64 %x1, %x1, 0x1000080000;
    wgmma.fence.sync.aligned;
    wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%r10, %r11, %r12, %r13}, %x1, %x1, 0, 1, 1, 0, 0;
    wgmma.commit_group.sync.aligned;
    wgmma.wait_group.sync.aligned 0;)",
                        {128, 1, 1});
  std::map<std::string, uint64_t> expected = {
      {"wgmma.m64n8k16.f32.f16.f16", 1}};
  EXPECT_EQ(stats.tensor, expected);
}

TEST(Stats, sumsAddUp) {
  const char *body = "bar.sync 0; ld.global.u32 %r1, [%x0];";
  Stats one = statsOf(body), two = one;
  two += one;
  EXPECT_EQ(two.total.barrierWaits, 2 * one.total.barrierWaits);
  EXPECT_EQ(two.globalRead, 2 * one.globalRead);
  EXPECT_EQ(two.lines.at(8).counters.warpInstructions,
            2 * one.lines.at(8).counters.warpInstructions);
}

TEST(SourceLines, areThoseOfLoc) {
  const char *files = ".file 1 \"a.cu\"\n.file 2 \"b.h\", 123, 45\n";
  const char *body = R"(
    .loc 1 12 4
    mov.u32 %r1, 1;
    .loc 2 3 1, function_name $L__info_string0, inlined_at 1 13 9
    mov.u32 %r2, 2;
    .loc 2 4 1, function_name $L__info_string0+16, inlined_at 1 14 9
    mov.u32 %r3, 3; mov.u32 %r4, 4;
    .loc 9 1 1
    mov.u32 %r5, 5;
    .loc 1 20 0
    st.global.u32 [%x0+65536], %r1;)";
  KernelRun run =
      runKernel(body, {32, 1, 1}, {1, 1, 1}, counting(), 0, 16, files);
  std::vector<std::string> sources;
  for (const auto &[line, stats] : run.report.stats.lines)
    sources.push_back(stats.source);
  EXPECT_EQ(sources, (std::vector<std::string>{
                         "", "a.cu:12:4", "b.h:3:1 inlined at a.cu:13:9",
                         "b.h:4:1 inlined at a.cu:14:9", "", "a.cu:20:0"}));
  ASSERT_EQ(run.report.findings.size(), 1u);
  EXPECT_NE(run.report.findings[0].str("test.ptx").find(" [a.cu:20:0]"),
            std::string::npos);
}

TEST(SourceLines, areInDeadlockReports) {
  KernelRun run =
      runKernel(R"(
    mov.u32 %r1, %tid.x; setp.lt.u32 %p1, %r1, 32;
    .loc 1 7 3
    @%p1 bar.sync 1, 64;
    .loc 1 8 3
    @!%p1 bar.sync 2, 64;)",
                {64, 1, 1}, {1, 1, 1}, {}, 0, 16, ".file 1 \"k.cu\"\n");
  ASSERT_EQ(run.report.notes.size(), 2u);
  EXPECT_NE(run.report.notes[0].find(" [k.cu:7:3]"), std::string::npos)
      << run.report.notes[0];
  EXPECT_NE(run.report.notes[1].find(" [k.cu:8:3]"), std::string::npos);
}

TEST(SourceLines, badLocIsAnError) {
  auto error = [](const std::string &loc) {
    return parseError(ptxHeader() + ".entry k() {\n" + loc + "\nret;\n}");
  };
  EXPECT_NE(error(".loc 1 2").find("test.ptx:6: expected an integer"),
            std::string::npos)
      << error(".loc 1 2");
  EXPECT_NE(error(".loc 1 2 3, inlined_by 1 2 3").find("test.ptx:5: "),
            std::string::npos);
  EXPECT_NE(error(".loc 1 2 3, inlined_at 1 2").find("test.ptx:6: "),
            std::string::npos);
}
