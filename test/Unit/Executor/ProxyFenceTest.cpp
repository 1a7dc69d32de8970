// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fence.proxy.async: pairs of kernels that write shared memory by ordinary
// stores and let the async proxy use it, with and without the fence.

#include "PtxTest.h"

using namespace dlk::exec;

namespace {

/// One CTA of 64 threads; each stores its number into buf, `between` follows,
/// and thread 0 stores buf to global memory in bulk.
std::string storeThenBulk(const std::string &between) {
  return ".shared .align 128 .b8 buf[256];\n"
         "mov.u32 %r1, %tid.x;\n"
         "mov.u32 %r2, buf;\n"
         "shl.b32 %r3, %r1, 2;\n"
         "add.u32 %r3, %r3, %r2;\n"
         "setp.ne.u32 %p1, %r1, 0;\n"
         "st.shared.u32 [%r3], %r1;\n" +
         between +
         "@%p1 bra DONE;\n"
         "cp.async.bulk.global.shared::cta.bulk_group [%x0], [%r2], 256;\n"
         "cp.async.bulk.commit_group;\n"
         "cp.async.bulk.wait_group 0;\n"
         "DONE:\n"
         "ret;\n";
}

KernelRun runProxy(const std::string &body, Level level = Level::Error,
                   unsigned threads = 64, bool strict = false) {
  Options options;
  options.checks.proxy = level;
  options.checks.strict = strict;
  options.checks.race = options.checks.sync = true;
  return runKernel(body, {threads, 1, 1}, {1, 1, 1}, options);
}

void expectClean(const KernelRun &run) {
  EXPECT_EQ(statusName(run.report.status).str(), "clean");
  for (const Finding &finding : run.report.findings)
    ADD_FAILURE() << finding.str("k");
  for (const std::string &note : run.report.notes)
    ADD_FAILURE() << note;
}

void expectProxy(const KernelRun &run) {
  ASSERT_EQ(statusName(run.report.status).str(), "findings");
  EXPECT_EQ(findingName(run.report.findings[0].kind).str(), "proxy")
      << run.report.findings[0].str("k");
}

TEST(ProxyFence, writersFenceThenBarrier) {
  expectClean(runProxy(storeThenBulk("fence.proxy.async;\nbar.sync 0;\n")));
  expectClean(
      runProxy(storeThenBulk("fence.proxy.async.shared::cta;\nbar.sync 0;\n")));
  expectProxy(runProxy(storeThenBulk("bar.sync 0;\n")));
}

TEST(ProxyFence, fenceOfGlobalMemoryIsNone) {
  expectProxy(
      runProxy(storeThenBulk("fence.proxy.async.global;\nbar.sync 0;\n")));
}

TEST(ProxyFence, readerMayFenceAfterTheBarrier) {
  expectClean(runProxy(storeThenBulk("bar.sync 0;\nfence.proxy.async;\n")));
}

TEST(ProxyFence, fenceBeforeTheWriteIsNone) {
  std::string text = storeThenBulk("bar.sync 0;\n");
  text.insert(text.find("st.shared"), "fence.proxy.async;\n");
  expectProxy(runProxy(text));
}

TEST(ProxyFence, oneThreadFencesItsOwnWritesOnly) {
  expectProxy(runProxy(
      storeThenBulk("@!%p1 fence.proxy.async;\nbar.warp.sync 0xffffffff;\n"),
      Level::Error, 32));
  expectClean(runProxy(
      storeThenBulk("bar.warp.sync 0xffffffff;\n@!%p1 fence.proxy.async;\n"),
      Level::Error, 32));
}

TEST(ProxyFence, levels) {
  std::string broken = storeThenBulk("bar.sync 0;\n");
  KernelRun warned = runProxy(broken, Level::Warning);
  EXPECT_EQ(warned.report.status, Status::Clean);
  ASSERT_EQ(warned.report.findings.size(), 1u);
  EXPECT_TRUE(warned.report.findings[0].warning);
  EXPECT_NE(warned.report.findings[0].str("k").find(": warning: proxy: "),
            std::string::npos);
  EXPECT_EQ(warned.out[63], 63u); // it went on
  expectClean(runProxy(broken, Level::Off));
  expectProxy(runProxy(broken, Level::Warning, 64, true));
}

TEST(ProxyFence, asynchronousCopiesNeedOneToo) {
  auto text = [](const char *fence) {
    return std::string(".shared .align 128 .b8 buf[256];\n"
                       "mov.u32 %r1, %tid.x;\n"
                       "mov.u32 %r2, buf;\n"
                       "shl.b32 %r3, %r1, 2;\n"
                       "cvt.u64.u32 %x1, %r3;\n"
                       "add.u64 %x1, %x1, %x0;\n"
                       "add.u32 %r3, %r3, %r2;\n"
                       "setp.ne.u32 %p1, %r1, 0;\n"
                       "cp.async.ca.shared.global [%r3], [%x1], 4;\n"
                       "cp.async.wait_all;\n") +
           fence +
           "bar.sync 0;\n"
           "@%p1 bra DONE;\n"
           "cp.async.bulk.global.shared::cta.bulk_group [%x0+256], [%r2], "
           "256;\n"
           "cp.async.bulk.commit_group;\n"
           "cp.async.bulk.wait_group 0;\n"
           "DONE:\n"
           "ret;\n";
  };
  expectClean(runProxy(text("fence.proxy.async;\n")));
  expectProxy(runProxy(text("")));
}

TEST(ProxyFence, mbarrierMustBeVisible) {
  auto text = [](const char *fence) {
    return std::string(".shared .align 128 .b8 buf[256];\n"
                       ".shared .align 8 .b64 bar;\n"
                       "mov.u32 %r1, buf; mov.u32 %r2, bar;\n"
                       "mbarrier.init.shared.b64 [%r2], 1;\n") +
           fence +
           "mbarrier.arrive.expect_tx.shared.b64 _, [%r2], 256;\n"
           "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
           "[%r1], [%x0], 256, [%r2];\n"
           "WAIT:\n"
           "mbarrier.try_wait.parity.shared.b64 %p1, [%r2], 0;\n"
           "@!%p1 bra WAIT;\n"
           "ld.shared.u32 %r3, [%r1];\n"
           "ret;\n";
  };
  expectClean(runProxy(text("fence.mbarrier_init.release.cluster;\n"),
                       Level::Error, 1, true));
  expectClean(runProxy(text("fence.proxy.async;\n"), Level::Error, 1, true));
  expectProxy(runProxy(text(""), Level::Error, 1, true));
  expectClean(runProxy(text(""), Level::Error, 1));
}

} // namespace
