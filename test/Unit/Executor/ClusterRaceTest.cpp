// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pairs of right and broken synchronisation between the CTAs of a cluster: who
// may touch whose shared memory when.

#include "CudaTest.h"

using namespace dlk::exec;

namespace {

/// `body` runs in 64 threads of each of two CTAs; %r1 is the thread, %r2 the
/// rank, %r3 the address of the thread's word, %r4 that of the same word of the
/// other CTA, %r6 an mbarrier for 64 arrivals, %r7 the other CTA's.
Report runBody(const std::string &body) {
  std::string ptx = ".version 8.5\n.target sm_90a\n.address_size 64\n"
                    ".visible .entry k()\n.reqnctapercluster 2, 1, 1\n{\n"
                    "  .reg .pred %p<4>; .reg .b32 %r<20>; .reg .b64 %x<4>;\n"
                    "  .shared .align 16 .b8 buf[256];\n"
                    "  .shared .align 8 .b64 full;\n"
                    "  mov.u32 %r1, %tid.x;\n"
                    "  mov.u32 %r2, %cluster_ctarank;\n"
                    "  xor.b32 %r5, %r2, 1;\n"
                    "  shl.b32 %r3, %r1, 2;\n"
                    "  mov.u32 %r8, buf;\n"
                    "  add.s32 %r3, %r3, %r8;\n"
                    "  mapa.shared::cluster.u32 %r4, %r3, %r5;\n"
                    "  mov.u32 %r6, full;\n"
                    "  mapa.shared::cluster.u32 %r7, %r6, %r5;\n"
                    "  setp.ne.u32 %p0, %r1, 0;\n"
                    "  @!%p0 mbarrier.init.shared.b64 [%r6], 64;\n"
                    "  @!%p0 fence.mbarrier_init.release.cluster;\n" +
                    body + "  ret;\n}\n";
  Report last;
  for (uint64_t seed : {1, 2, 3}) {
    CudaRun run(ptx);
    last = run.launch("k", {4}, {64}, allChecks(AsyncPolicy::Random, seed));
    if (last.status != Status::Clean)
      return last;
  }
  return last;
}

const std::string Meet = "  barrier.cluster.arrive.aligned;\n"
                         "  barrier.cluster.wait.aligned;\n";
const std::string PutThere = "  st.shared::cluster.u32 [%r4], %r1;\n";
const std::string GetHere = "  ld.shared.u32 %r9, [%r3];\n";

void expectClean(const std::string &body) {
  Report report = runBody(body);
  EXPECT_EQ(statusName(report.status).str(), "clean");
  for (const Finding &finding : report.findings)
    ADD_FAILURE() << finding.str("k");
}

void expectRace(const std::string &body, const char *text) {
  Report report = runBody(body);
  ASSERT_EQ(report.status, Status::Findings) << body;
  EXPECT_EQ(report.findings[0].kind, FindingKind::Race);
  EXPECT_NE(report.findings[0].message.find(text), std::string::npos)
      << report.findings[0].message;
}

TEST(ClusterRace, barrierBetweenRemoteWriteAndRead) {
  expectClean(Meet + PutThere + Meet + GetHere);
  expectRace("  st.shared.u32 [%r3], %r1;\n" + Meet + PutThere + GetHere + Meet,
             "of the cluster's CTA");
}

TEST(ClusterRace, remoteReadAndLocalWrite) {
  const std::string put = "  st.shared.u32 [%r3], %r1;\n";
  const std::string get = "  ld.shared::cluster.u32 %r9, [%r4];\n";
  expectClean(put + Meet + get + Meet + put);
  expectRace(put + Meet + get + put + Meet, "of the cluster's CTA");
}

TEST(ClusterRace, theOtherCtaMayNotHaveStarted) {
  expectRace(PutThere + Meet, "may not have started");
}

TEST(ClusterRace, theOtherCtaHasEnded) {
  expectClean(Meet + PutThere + Meet);
  // CTA 1 ends after the first barrier; CTA 0 lets some time pass.
  expectRace(Meet +
                 "  setp.eq.u32 %p1, %r2, 1;\n  @%p1 ret;\n"
                 "  mov.u32 %r10, 0;\nMORE:\n  add.s32 %r10, %r10, 1;\n"
                 "  setp.lt.u32 %p2, %r10, 20000;\n  @%p2 bra MORE;\n" +
                 PutThere,
             "has ended");
}

TEST(ClusterRace, remoteArrivalPublishes) {
  const std::string arrive =
      "  mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r7];\n";
  const std::string wait =
      "WAIT:\n"
      "  mbarrier.try_wait.parity.acquire.cluster.shared.b64 %p1, [%r6], 0;\n"
      "  @!%p1 bra WAIT;\n";
  expectClean(Meet + PutThere + arrive + wait + GetHere + Meet);
  expectRace(Meet + arrive + PutThere + wait + GetHere + Meet,
             "of the cluster's CTA");
}

} // namespace
