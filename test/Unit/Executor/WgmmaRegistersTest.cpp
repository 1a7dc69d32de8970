// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers that wgmma has: touching them before the wait, and wgmma.fence.

#include "PtxTest.h"

using namespace dlk::exec;

namespace {

const char *issue = "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
                    "{%r1, %r2, %r3, %r4}, %x1, %x2, 1, 1, 1, 0, 0;\n";
const char *issueFromRegisters =
    "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
    "{%r1, %r2, %r3, %r4}, {%r5, %r6, %r7, %r8}, %x2, 1, 1, 1, 0;\n";
const char *issueWider = "wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 "
                         "{%r1, %r2, %r3, %r4, %r11, %r12, %r13, %r14}, %x1, "
                         "%x2, 1, 1, 1, 0, 0;\n";
const std::string fence = "wgmma.fence.sync.aligned;\n";
const std::string commit = "wgmma.commit_group.sync.aligned;\n";
const std::string wait = "wgmma.wait_group.sync.aligned 0;\n";

/// `body` runs in one warpgroup with zeroed operands in shared memory; %x1 and
/// %x2 describe them, %r1 to %r14 are 0.
void runWgmma(const std::string &body, const std::string &expected) {
  std::string text = ".shared .align 1024 .b8 buf[4096];\n"
                     "mov.u32 %r20, buf; mov.u32 %r21, %tid.x;\n"
                     "shl.b32 %r21, %r21, 5; add.u32 %r22, %r20, %r21;\n"
                     "mov.b64 %x5, 0;\n"
                     "st.shared.v2.b64 [%r22], {%x5, %x5};\n"
                     "st.shared.v2.b64 [%r22+16], {%x5, %x5};\n"
                     "fence.proxy.async;\n"
                     "bar.sync 0;\n"
                     "shr.u32 %r20, %r20, 4; cvt.u64.u32 %x1, %r20;\n"
                     "or.b64 %x1, %x1, 0x0000001000080000;\n"
                     "mov.b64 %x2, %x1;\n";
  for (unsigned r = 1; r <= 14; ++r)
    text += "mov.b32 %r" + std::to_string(r) + ", 0;\n";
  text += body + "bar.sync 0;\nret;\n";
  for (AsyncPolicy policy : {AsyncPolicy::Immediate, AsyncPolicy::Late}) {
    Options options;
    options.async = policy;
    options.checks.init = options.checks.race = options.checks.sync = true;
    options.checks.proxy = Level::Error;
    KernelRun run = runKernel(text, {128, 1, 1}, {1, 1, 1}, options);
    if (expected.empty()) {
      EXPECT_EQ(statusName(run.report.status).str(), "clean") << body;
      for (const Finding &finding : run.report.findings)
        ADD_FAILURE() << finding.str("k");
      continue;
    }
    ASSERT_EQ(statusName(run.report.status).str(), "findings") << body;
    EXPECT_NE(run.report.findings[0].str("k").find(expected), std::string::npos)
        << run.report.findings[0].str("k");
  }
}

TEST(WgmmaRegisters, waitBeforeUse) {
  const std::string use = "add.u32 %r30, %r2, 1;\n";
  runWgmma(fence + issue + commit + wait + use, "");
  runWgmma(fence + issue + commit + use + wait,
           "wgmma-registers: names a register that the wgmma of line");
  // Writing is no better, nor is a group that is not the one waited for.
  runWgmma(fence + issue + commit + "mov.b32 %r3, 1;\n" + wait,
           "accumulates in");
  runWgmma(fence + issue + commit + fence + issue + commit +
               "wgmma.wait_group.sync.aligned 1;\n" + use + wait,
           "accumulates in");
}

TEST(WgmmaRegisters, fragmentsOfA) {
  const std::string change = "mov.b32 %r7, 5;\n";
  runWgmma(fence + issueFromRegisters + commit + wait + change, "");
  runWgmma(fence + issueFromRegisters + commit + change + wait, "takes A from");
  runWgmma(fence + issueFromRegisters + issueFromRegisters + commit + wait, "");
}

TEST(WgmmaRegisters, fence) {
  runWgmma(issue + commit + wait, "no wgmma.fence comes before the first");
  const std::string once = fence + issue + commit + wait;
  const std::string change = "mov.b32 %r1, 0;\n";
  runWgmma(once + change + once, "");
  runWgmma(once + change + issue + commit + wait,
           "no wgmma.fence comes between");
  // Products of one shape may follow one another.
  runWgmma(fence + issue + issue + commit + issue + commit + wait, "");
}

TEST(WgmmaRegisters, otherShapesWait) {
  runWgmma(fence + issue + commit + wait + issueWider + commit + wait, "");
  runWgmma(fence + issue + issueWider + commit + wait, "of another shape");
}

TEST(WgmmaRegisters, leftAtExit) {
  runWgmma(fence + issue + commit, "leftover: the thread ends");
}

} // namespace
