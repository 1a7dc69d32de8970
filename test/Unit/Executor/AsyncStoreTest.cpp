// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// st.async and red.async into the other CTA of a cluster, and cp.reduce into
// its shared memory: what lands, and that it signals the mbarrier there.

#include "CudaTest.h"

using namespace dlk::exec;

namespace {

/// Each CTA of two hands values to the other one: `send` is executed by 32
/// threads with %r3 the address of the thread's 16 bytes there, %r7 the
/// mbarrier there, %r9 = 100 * rank + thread; `bytes` arrive here. Then the
/// thread's first two words are written to out.
std::vector<uint32_t> exchange(const std::string &send, unsigned bytes) {
  std::string ptx =
      ".version 8.5\n.target sm_90a\n.address_size 64\n"
      ".visible .entry k(.param .u64 out)\n.reqnctapercluster 2, 1, 1\n{\n"
      "  .reg .pred %p<4>; .reg .b32 %r<20>; .reg .b64 %x<8>;\n"
      "  .shared .align 16 .b8 buf[512];\n"
      "  .shared .align 16 .b8 source[512];\n"
      "  .shared .align 8 .b64 full;\n"
      "  mov.u32 %r1, %tid.x;\n  mov.u32 %r2, %cluster_ctarank;\n"
      "  xor.b32 %r5, %r2, 1;\n  shl.b32 %r4, %r1, 4;\n"
      "  mov.u32 %r8, buf;\n  add.s32 %r8, %r8, %r4;\n"
      "  mov.u32 %r13, source;\n  add.s32 %r14, %r13, %r4;\n"
      "  mapa.shared::cluster.u32 %r3, %r8, %r5;\n  mov.u32 %r6, full;\n"
      "  mapa.shared::cluster.u32 %r7, %r6, %r5;\n"
      "  mad.lo.u32 %r9, %r2, 100, %r1;\n  mov.u32 %r10, 7;\n"
      "  st.shared.v4.u32 [%r8], {%r10, %r10, %r10, %r10};\n"
      "  st.shared.v4.u32 [%r14], {%r9, %r9, %r9, %r9};\n"
      "  setp.ne.u32 %p0, %r1, 0;\n"
      "  @!%p0 mbarrier.init.shared.b64 [%r6], 1;\n"
      "  @!%p0 fence.mbarrier_init.release.cluster;\n"
      "  fence.proxy.async;\n"
      "  barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;\n"
      "  @!%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r6], " +
      std::to_string(bytes) + ";\n" + send +
      "WAIT:\n"
      "  mbarrier.try_wait.parity.acquire.cluster.shared.b64 %p1, [%r6], 0;\n"
      "  @!%p1 bra WAIT;\n"
      "  ld.shared.v2.u32 {%r11, %r12}, [%r8];\n"
      "  ld.param.u64 %x0, [out];\n  cvta.to.global.u64 %x0, %x0;\n"
      "  mad.lo.u32 %r15, %r2, 32, %r1;\n  mul.wide.u32 %x1, %r15, 8;\n"
      "  add.s64 %x0, %x0, %x1;\n"
      "  st.global.v2.u32 [%x0], {%r11, %r12};\n"
      "  barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;\n"
      "  ret;\n}\n";
  std::vector<uint32_t> last;
  for (AsyncPolicy policy :
       {AsyncPolicy::Immediate, AsyncPolicy::Late, AsyncPolicy::Random}) {
    CudaRun run(ptx);
    uint64_t out = run.buffer(64 * 8);
    run.run("k", {2}, {32}, allChecks(policy), out);
    last = run.output<uint32_t>(out, 128);
  }
  return last;
}

TEST(AsyncStore, wordsAndVectors) {
  auto one = exchange("  st.async.weak.shared::cluster.mbarrier::complete_tx::"
                      "bytes.u32 [%r3], %r9, [%r7];\n",
                      32 * 4);
  auto two = exchange("  st.async.shared::cluster.mbarrier::complete_tx::bytes"
                      ".v2.b32 [%r3], {%r10, %r9}, [%r7];\n",
                      32 * 8);
  for (unsigned rank = 0; rank < 2; ++rank)
    for (unsigned t = 0; t < 32; ++t) {
      unsigned sent = 100 * (1 - rank) + t, at = (rank * 32 + t) * 2;
      EXPECT_EQ(one[at], sent);
      EXPECT_EQ(one[at + 1], 7u);
      EXPECT_EQ(two[at], 7u);
      EXPECT_EQ(two[at + 1], sent);
    }
}

TEST(AsyncStore, reductions) {
  auto add = exchange("  red.async.relaxed.cluster.shared::cluster.mbarrier::"
                      "complete_tx::bytes.add.u32 [%r3], %r9, [%r7];\n",
                      32 * 4);
  auto max = exchange("  red.async.relaxed.cluster.shared::cluster.mbarrier::"
                      "complete_tx::bytes.max.s32 [%r3], %r9, [%r7];\n",
                      32 * 4);
  auto bits = exchange("  red.async.relaxed.cluster.shared::cluster.mbarrier::"
                       "complete_tx::bytes.xor.b32 [%r3], %r9, [%r7];\n",
                       32 * 4);
  for (unsigned i = 0; i < 64; ++i) {
    unsigned sent = 100 * (1 - i / 32) + i % 32;
    EXPECT_EQ(add[2 * i], sent + 7);
    EXPECT_EQ(max[2 * i], std::max(sent, 7u));
    EXPECT_EQ(bits[2 * i], sent ^ 7);
  }
}

TEST(AsyncStore, bulkReductionIntoAnotherCta) {
  auto sums =
      exchange("  @!%p0 cp.reduce.async.bulk.shared::cluster.shared::cta."
               "mbarrier::complete_tx::bytes.add.u32 [%r3], [%r13], 512, "
               "[%r7];\n",
               512);
  for (unsigned i = 0; i < 64; ++i) {
    unsigned sent = 100 * (1 - i / 32) + i % 32;
    EXPECT_EQ(sums[2 * i], sent + 7);
    EXPECT_EQ(sums[2 * i + 1], sent + 7);
  }
}

} // namespace
