// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads, stores and atomics in all spaces; addresses that are wrong; device
// memory; what a launch refuses.

#include "PtxTest.h"

using namespace dlk::exec;

namespace {

void expectClean(const KernelRun &run) {
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  for (const Finding &finding : run.report.findings)
    ADD_FAILURE() << finding.str("test.ptx");
}

TEST(Memory, WidthsSignsAndVectors) {
  KernelRun run = runKernel(R"(
    mov.b64 %x1, 0xfedcba9876543210; st.global.u64 [%x0], %x1;
    ld.global.s8 %r1, [%x0+7]; st.global.u32 [%x0+8], %r1;
    ld.global.u8 %r1, [%x0+7]; st.global.u32 [%x0+12], %r1;
    ld.global.s16 %x2, [%x0+6]; st.global.u64 [%x0+16], %x2;
    ld.global.v2.u32 {%r2, %r3}, [%x0]; st.global.v2.u32 [%x0+24], {%r3, %r2};
    ld.global.v4.u16 {%h1, %h2, %h3, %h4}, [%x0];
    st.global.v2.b16 [%x0+32], {%h4, %h1};
    st.global.u8 [%x0+36], %x1; st.global.b32 [%x0+40], 7;
    ld.global.v2.b64 {%x3, %x4}, [%x0+16]; st.global.b64 [%x0+48], %x4;
    ld.global.v4.b32 {_, %r4, _, _}, [%x0]; st.global.u32 [%x0+44], %r4;
  )",
                            {1, 1, 1});
  expectClean(run);
  const uint32_t expected[] = {0x76543210, 0xfedcba98, 0xfffffffe, 0xfe,
                               0xfffffedc, 0xffffffff, 0xfedcba98, 0x76543210,
                               0x3210fedc, 0x10,       7,          0xfedcba98,
                               0xfedcba98, 0x76543210};
  for (unsigned i = 0; i < std::size(expected); ++i)
    EXPECT_EQ(run.out[i], expected[i]) << i;
}

TEST(Memory, SpacesAndGenericAddresses) {
  KernelRun run = runKernel(R"(
    .local .align 8 .b8 frame[16]; .shared .align 4 .b8 tile[128];
    mov.u32 %r2, %tid.x; mul.wide.u32 %x4, %r2, 4;
    mov.u64 %x1, frame; cvta.local.u64 %x2, %x1; st.u32 [%x2+4], %r2;
    ld.local.u32 %r3, [%x1+4];
    mov.b64 %x3, tile; add.s64 %x3, %x3, %x4; cvta.shared.u64 %x5, %x3;
    st.u32 [%x5], %r3; ld.shared.u32 %r4, [%x3];
    cvta.to.shared.u64 %x6, %x5; cvt.u32.u64 %r5, %x6; ld.shared.u32 %r6, [%r5];
    ld.global.u32 %r7, [number]; mov.u64 %x7, number; ld.u32 %r8, [%x7+4];
    ld.const.u8 %r9, [bytes+1];
    isspacep.shared %p1, %x5; isspacep.global %p2, %x0; isspacep.local %p3, %x2;
    isspacep.shared %p4, %x0;
    add.u32 %r1, %r4, %r6; add.u32 %r1, %r1, %r7; add.u32 %r1, %r1, %r8;
    add.u32 %r1, %r1, %r9;
    @!%p1 mov.u32 %r1, 0; @!%p2 mov.u32 %r1, 1; @!%p3 mov.u32 %r1, 2;
    @%p4 mov.u32 %r1, 3;
  )" + std::string(storeR1),
                            {32, 1, 1}, {1, 1, 1}, {}, 0, 64,
                            ".global .align 4 .u32 number[2] = {1000, 2000};\n"
                            ".const .align 1 .b8 bytes[2] = {1, 200};\n");
  expectClean(run);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(run.out[i], 2 * i + 3200);
}

TEST(Memory, Atomics) {
  struct {
    const char *code;
    uint32_t start, expected;
  } cases[] = {
      {"red.global.add.u32 [%x0+256], %r2;", 5, 501},
      {"atom.global.add.u32 %r1, [%x0+256], 1;", 0, 32},
      {"atom.global.max.s32 %r1, [%x0+256], %r2;", uint32_t(-7), 31},
      {"atom.global.min.u32 %r1, [%x0+256], %r2;", 77, 0},
      {"atom.global.or.b32 %r1, [%x0+256], %r2;", 64, 95},
      {"atom.global.xor.b32 %r1, [%x0+256], 1;", 3, 3},
      {"atom.global.exch.b32 %r1, [%x0+256], %r2;", 3, 31},
      {"atom.global.inc.u32 %r1, [%x0+256], 9;", 0, 2},
      {"atom.global.dec.u32 %r1, [%x0+256], 9;", 0, 8},
      {"atom.global.cas.b32 %r1, [%x0+256], 4, 9;", 4, 9},
      {"red.global.add.f32 [%x0+256], 0f3F800000;", 0, 0x42000000},
      // Subnormals: flushed in global memory, but not in shared.
      {"red.global.add.f32 [%x0+256], 0f00000001;", 0x80000000, 0},
      {"red.add.f32 [%x0+256], 0f00000001;", 0x00800000, 0x00800000},
      {".shared .align 4 .b32 tile; st.shared.u32 [tile], 5; "
       "bar.warp.sync -1; red.shared.add.f32 [tile], 0f00000001; "
       "bar.warp.sync -1; ld.shared.u32 %r1, [tile]; "
       "st.global.u32 [%x0+256], %r1;",
       0, 37},
      {"atom.global.add.u32 _, [%x0+256], 1;", 0, 32},
      {"red.global.add.noftz.f16x2 [%x0+256], 0x3c003c00;", 0, 0x50005000},
      {"red.relaxed.gpu.global.add.u64 [%x0+256], 3;", 1, 97},
  };
  for (const auto &test : cases) {
    KernelRun run = runKernel("mov.u32 %r2, %tid.x; setp.eq.u32 %p1, %r2, 0;\n"
                              "@%p1 st.global.u32 [%x0+256], " +
                              std::to_string(test.start) + ";\n" + test.code);
    expectClean(run);
    EXPECT_EQ(run.out[64], test.expected) << test.code;
  }
  KernelRun run = runKernel("atom.global.add.u32 %r1, [%x0+256], 2;\n" +
                            std::string(storeR1));
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(run.out[i], 2 * i);
}

/// A NaN loses against a number, two give the canonical one, -0 is below +0:
/// the first word of a vector of pairs.
TEST(Memory, MinimaAndMaximaOfHalves) {
  const struct {
    const char *op, *type;
    uint32_t a, b, expected;
  } cases[] = {
      {"min", "f16x2", 0x7e003c00, 0x4000fe01, 0x40003c00},
      {"max", "f16x2", 0x7e003c00, 0x4000fe01, 0x40003c00},
      {"min", "f16x2", 0xfe01fe01, 0x7e007c01, 0x7fff7fff},
      {"min", "f16x2", 0x80000000, 0x00008000, 0x80008000},
      {"max", "f16x2", 0x80000000, 0x00008000, 0x00000000},
      {"max", "f16x2", 0x7c00fc00, 0x3c003c00, 0x7c003c00},
      {"min", "bf16x2", 0x7fc03f80, 0x4000ffc1, 0x40003f80},
      {"max", "bf16x2", 0xffc10000, 0x7fc08000, 0x7fff0000},
      {"min", "bf16x2", 0x00000000, 0x80000000, 0x80000000},
  };
  for (const auto &test : cases) {
    std::string at = "[%x0+256]", type = test.type;
    KernelRun run = runKernel(
        "mov.u32 %r2, %tid.x; setp.ne.u32 %p1, %r2, 0; @%p1 ret;\n"
        "mov.b32 %r3, " +
        std::to_string(test.a) + "; mov.b32 %r4, " + std::to_string(test.b) +
        ";\nst.global.v2.b32 " + at + ", {%r3, %r3}; red.global.v2." + type +
        "." + test.op + ".noftz " + at + ", {%r4, %r4};\nret;");
    expectClean(run);
    EXPECT_EQ(run.out[64], test.expected)
        << test.op << "." << type << std::hex << " " << test.a << " " << test.b;
    EXPECT_EQ(run.out[65], test.expected);
  }
}

struct BadAccess {
  const char *body;
  FindingKind kind;
  const char *message;
};

TEST(Memory, WrongAddressesAreFound) {
  const BadAccess cases[] = {
      {"st.global.u32 [%x0+4096], %r1;", FindingKind::OutOfBounds,
       "4 bytes past the end of the allocation of 4096 bytes"},
      {"ld.global.u32 %r1, [%x0+-4];", FindingKind::OutOfBounds,
       "4 bytes before the allocation of 4096 bytes"},
      {"ld.global.v4.u32 {%r1,%r2,%r3,%r4}, [%x0+4088];",
       FindingKind::Misaligned, "needs 16-byte alignment"},
      {"ld.global.u32 %r1, [%x0+2];", FindingKind::Misaligned,
       "read of 4 bytes"},
      {"mov.u64 %x1, 0; ld.u32 %r1, [%x1];", FindingKind::OutOfBounds,
       "global address 0x0"},
      {"mov.u32 %r1, 0; st.shared.u32 [%r1], %r1;", FindingKind::OutOfBounds,
       "the CTA has 64 bytes of shared memory from address 0x400"},
      {"st.shared.u32 [tile+64], %r1;", FindingKind::OutOfBounds,
       "write of 4 bytes at shared address 0x440"},
      {"mov.u32 %r1, tile; st.shared.b64 [%r1+4], %x0;",
       FindingKind::Misaligned, "write of 8 bytes"},
      {"mov.u64 %x1, 4000; ld.local.u32 %r1, [%x1];", FindingKind::OutOfBounds,
       "bytes of local memory"},
      {"mov.u64 %x1, -4; ld.local.u32 %r1, [%x1];", FindingKind::OutOfBounds,
       "local address 0xfffffffffffffffc"},
      {"mov.u64 %x1, -8; ld.shared.u64 %x2, [%x1];", FindingKind::OutOfBounds,
       "shared address 0x"},
      {"mov.u64 %x1, -8; ld.param.u64 %x2, [%x1];", FindingKind::OutOfBounds,
       "param address 0x"},
      {"mov.u64 %x1, -8; ld.global.u64 %x2, [%x1];", FindingKind::OutOfBounds,
       "global address 0xfffffffffffffff8"},
      {"ld.param.u64 %x1, [out+8];", FindingKind::OutOfBounds,
       "read-only parameters"},
      {"mov.u32 %r1, 0x3000400; ld.shared::cluster.u32 %r1, [%r1];",
       FindingKind::OutOfBounds, "shared address 0x3000400"},
      {"atom.global.add.u32 %r1, [%x0+4096], 1;", FindingKind::OutOfBounds,
       "atomic access of 4 bytes"},
  };
  for (const BadAccess &test : cases) {
    KernelRun run =
        runKernel(std::string(".shared .align 16 .b8 tile[64];\n") + test.body);
    EXPECT_EQ(run.report.status, Status::Findings) << test.body;
    ASSERT_EQ(run.report.findings.size(), 1u) << test.body;
    const Finding &finding = run.report.findings[0];
    EXPECT_EQ(finding.kind, test.kind) << test.body;
    EXPECT_NE(finding.message.find(test.message), std::string::npos)
        << finding.message;
    EXPECT_EQ(finding.ptxLine, 9u);
    EXPECT_EQ(finding.lane, 0);
  }
}

TEST(Memory, OnlyTheFaultyLaneIsBlamed) {
  KernelRun run =
      runKernel(R"(
    mov.u32 %r2, %tid.x; mul.wide.u32 %x1, %r2, 140; add.u64 %x1, %x1, %x0;
    .loc 1 77 5
    st.global.u32 [%x1], %r2;)",
                {32, 1, 1}, {1, 1, 1}, {}, 0, 1024, ".file 1 \"kernel.cu\"\n");
  ASSERT_EQ(run.report.findings.size(), 1u);
  EXPECT_EQ(run.report.findings[0].lane, 30);
  EXPECT_EQ(run.report.findings[0].source, "kernel.cu:77:5");
}

TEST(Memory, PredicatedLanesAreNotChecked) {
  KernelRun run = runKernel(R"(
    mov.u32 %r2, %tid.x; setp.lt.u32 %p1, %r2, 4; mul.wide.u32 %x1, %r2, 1024;
    add.u64 %x1, %x1, %x0; @%p1 st.global.u32 [%x1], %r2;)");
  expectClean(run);
  EXPECT_EQ(run.out[768], 3u);
}

TEST(Memory, StatisticsAreExact) {
  Options options;
  options.collectStats = true;
  KernelRun run = runKernel(R"(
    .shared .align 16 .b8 tile[8192];
    mov.u32 %r2, %tid.x; mul.wide.u32 %x1, %r2, 4; add.u64 %x1, %x1, %x0;
    st.global.u32 [%x1], %r2;
    mul.lo.u32 %r3, %r2, 128; mov.u32 %r4, tile; add.u32 %r4, %r4, %r3;
    st.shared.u32 [%r4], %r2;)",
                            {32, 1, 1}, {2, 1, 1}, options);
  expectClean(run);
  const Stats &stats = run.report.stats;
  EXPECT_EQ(stats.ctas, 2u);
  EXPECT_EQ(stats.lines.at(11).counters.globalSectors, 2u * 4);
  EXPECT_EQ(stats.lines.at(11).counters.globalIdeal, 2u * 4);
  EXPECT_EQ(stats.lines.at(13).counters.sharedWavefronts, 2u * 32);
  EXPECT_EQ(stats.lines.at(13).counters.sharedIdeal, 2u);
  EXPECT_EQ(stats.lines.at(13).opcode, "st.shared.u32");
  EXPECT_EQ(stats.classes.at("memory").warpInstructions, 2u * 3);
}

TEST(Device, AllocationsAreChecked) {
  Device device;
  uint64_t a = llvm::cantFail(device.allocate(10, 512));
  EXPECT_EQ(a % 512, 0u);
  std::vector<std::byte> data(11);
  EXPECT_TRUE(bool(device.copyIn(a, llvm::ArrayRef(data).drop_back())) ==
              false);
  llvm::Error failed = device.copyIn(a, data);
  ASSERT_TRUE(bool(failed));
  llvm::consumeError(std::move(failed));
  EXPECT_FALSE(bool(device.free(a)));
  failed = device.free(a);
  ASSERT_TRUE(bool(failed));
  llvm::consumeError(std::move(failed));
  for (auto [bytes, align] :
       {std::pair<uint64_t, uint64_t>{8, 3}, {uint64_t(1) << 62, 256}}) {
    auto bad = device.allocate(bytes, align);
    ASSERT_FALSE(bool(bad));
    llvm::consumeError(bad.takeError());
  }
  EXPECT_TRUE(bool(device.allocate(0)));
}

TEST(Launch, RefusesWhatDoesNotFit) {
  auto module = parseOrFail(ptxHeader() + ".entry k(.param .u32 a)\n"
                                          ".maxntid 64 { ret; }");
  ASSERT_TRUE(module);
  Device device;
  LaunchConfig good;
  good.kernel = "k";
  good.params = {paramOf(1, 4)};
  auto error = [&](auto change) {
    LaunchConfig config = good;
    change(config);
    auto report = launch(*module, device, config);
    return report ? std::string() : llvm::toString(report.takeError());
  };
  EXPECT_EQ(error([](LaunchConfig &) {}), "");
  EXPECT_EQ(error([](LaunchConfig &c) { c.kernel = "q"; }),
            "no such kernel: 'q'");
  EXPECT_EQ(error([](LaunchConfig &c) { c.params.clear(); }),
            "kernel 'k' has 1 parameters, got 0");
  EXPECT_EQ(error([](LaunchConfig &c) { c.params = {paramOf(1, 8)}; }),
            "parameter 0 of 'k' has 4 bytes, got 8");
  EXPECT_EQ(error([](LaunchConfig &c) { c.block.x = 65; }),
            "block of 65 threads: the kernel allows 64 (.maxntid)");
  EXPECT_EQ(error([](LaunchConfig &c) { c.grid.y = 0; }),
            "grid, block or cluster is empty: 1x0x1");
  EXPECT_EQ(error([](LaunchConfig &c) { c.cluster.x = 2; }),
            "grid 1x1x1 is no multiple of the cluster 2x1x1");
  EXPECT_EQ(error([](LaunchConfig &c) { c.sharedBytes = 300000; }),
            "too much shared memory: 300000 bytes, the largest GPU has 232448");
}

} // namespace
