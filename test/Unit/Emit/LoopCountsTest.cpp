// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which loop is the main loop, and what is counted in it.

#include "dlk/Emit/LoopCounts.h"
#include "llvm/ADT/Twine.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

std::string kernel(llvm::StringRef name, llvm::StringRef body) {
  return (".visible .entry " + llvm::Twine(name) +
          "(\n\t.param .u64 .ptr .align 16 p0\n)\n.maxntid 128\n{\n"
          "\t.reg .b32 \t%r<9>;\n" +
          body + "\tret;\n}\n")
      .str();
}

const std::string mma = "\tmma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32\n"
                        "\t\t{%r1, %r2, %r3, %r4},\n\t\t{%r5, %r6, %r7, %r8},\n"
                        "\t\t{%r5, %r6},\n\t\t{%r1, %r2, %r3, %r4};\n";

TEST(LoopCounts, ClassifiesEveryInstruction) {
  std::string text = kernel(
      "k",
      "$L__BB0_1:                              // =>This Inner Loop Header\n"
      "\t.loc\t1 2 3\n"
      "\tadd.s64 \t%rd1, %rd1, 32;\n"
      "\t// begin inline asm\n"
      "\tcp.async.cg.shared.global [%r1], [%rd1], 16;\n"
      "\t// end inline asm\n"
      "\tcp.async.cg.shared.global.L2::128B [%r1], [%rd1+64], 16, %r3;\n"
      "\tcp.async.ca.shared.global [%r1], [%rd1], 4;\n"
      "\tcp.async.commit_group;\n"
      "\tcp.async.wait_group \t1;\n"
      "\tbar.sync \t0;\n"
      "\tldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1, %r2, %r3, %r4}, "
      "[%r5];\n"
      "\tldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%r1, %r2}, [%r5];\n"
      "\tld.shared.v4.b32 \t{%r1, %r2, %r3, %r4}, [%r5];\n"
      "\tst.shared::cta.b32 \t[%r5], %r1;\n"
      "\tld.global.nc.b32 \t%r1, [%rd1];\n"
      "\t@%p1 st.global.b32 \t[%rd1], %r1;\n"
      "\tld.local.b32 \t%r1, [%rd1];\n"
      "\tld.param.b64 \t%rd1, [p0];\n" +
          mma + "\t@%p1 bra \t$L__BB0_1;\n");
  std::optional<LoopCounts> counts = countMainLoop(text, "k");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->mma, 1u);
  EXPECT_EQ(counts->operandType, "f16");
  EXPECT_EQ(counts->cpAsyncCg, 2u);
  EXPECT_EQ(counts->cpAsyncCa, 1u);
  EXPECT_EQ(counts->cpAsync16Bytes, 2u);
  EXPECT_EQ(counts->commit, 1u);
  EXPECT_EQ(counts->wait, 1u);
  EXPECT_EQ(counts->barrier, 1u);
  EXPECT_EQ(counts->ldmatrix, 2u);
  EXPECT_EQ(counts->ldmatrixX4, 1u);
  EXPECT_EQ(counts->ldmatrixTrans, 1u);
  EXPECT_EQ(counts->ldShared, 1u);
  EXPECT_EQ(counts->stShared, 1u);
  EXPECT_EQ(counts->ldGlobal, 1u);
  EXPECT_EQ(counts->stGlobal, 1u);
  EXPECT_EQ(counts->local, 1u);
  EXPECT_EQ(counts->other, 3u); // add, ld.param, bra
  EXPECT_EQ(counts->all, 17u);
  EXPECT_EQ(counts->firstLine, 9u);
}

const std::string wgmma =
    "\twgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f1}, %rd1, %rd2, "
    "p, 1, 1, 0, 0;\n";
const std::string tmaLoad =
    "\tcp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
    "bytes.multicast::cluster [%r1], [%rd1, {%r2, %r3}], [%r4], %rs1;\n";
const std::string tmaStore = "\tcp.async.bulk.tensor.2d.global.shared::cta."
                             "bulk_group [%rd1, {%r2, %r3}], [%r1];\n";

TEST(LoopCounts, HopperInstructions) {
  std::string text =
      kernel("k", "$L__BB0_1:\n"
                  "\tmbarrier.try_wait.parity.shared.b64 %p1, [%r1], %r2;\n"
                  "\twgmma.fence.sync.aligned;\n" +
                      wgmma +
                      "\twgmma.commit_group.sync.aligned;\n"
                      "\twgmma.wait_group.sync.aligned 1;\n"
                      "\tmbarrier.arrive.shared::cluster.b64 _, [%r1];\n" +
                      tmaLoad + tmaStore +
                      "\tcp.async.bulk.prefetch.tensor.2d.L2.global.tile "
                      "[%rd1, {%r2, %r3}];\n"
                      "\tcp.async.bulk.commit_group;\n"
                      "\tcp.async.bulk.wait_group.read 0;\n"
                      "\tsetmaxnreg.inc.sync.aligned.u32 232;\n"
                      "\tbra.uni \t$L__BB0_1;\n");
  std::optional<LoopCounts> counts = countMainLoop(text, "k");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->wgmma, 1u);
  EXPECT_EQ(counts->operandType, "bf16");
  EXPECT_EQ(counts->wgmmaFence, 1u);
  EXPECT_EQ(counts->commit, 2u);
  EXPECT_EQ(counts->wait, 2u);
  EXPECT_EQ(counts->bulkCopy, 3u);
  EXPECT_EQ(counts->tmaLoad, 1u);
  EXPECT_EQ(counts->tmaStore, 1u);
  EXPECT_EQ(counts->mbarrier, 2u);
  EXPECT_EQ(counts->mbarrierTryWait, 1u);
  EXPECT_EQ(counts->mbarrierArrive, 1u);
  EXPECT_EQ(counts->setmaxnreg, 1u);
  EXPECT_EQ(counts->other, 1u);
  EXPECT_EQ(counts->all, 13u);
}

TEST(LoopCounts, RolesHaveLoopsOfTheirOwn) {
  // Both roles go through tiles and, in each, through k; the consumers also
  // store their tile.
  std::string text = kernel("k", "\tsetmaxnreg.dec.sync.aligned.u32 40;\n"
                                 "$L__BB0_1:\n"
                                 "$L__BB0_2:\n"
                                 "$L__BB0_3:\n"
                                 "\tmbarrier.try_wait.shared.b64 %p1, [%r1];\n"
                                 "\t@%p1 bra \t$L__BB0_3;\n"
                                 "\tmbarrier.arrive.expect_tx.shared.b64 _, "
                                 "[%r1], 49152;\n" +
                                     tmaLoad + tmaLoad +
                                     "\t@%p1 bra \t$L__BB0_2;\n"
                                     "\t@%p1 bra \t$L__BB0_1;\n"
                                     "\tsetmaxnreg.inc.sync.aligned.u32 232;\n"
                                     "$L__BB0_4:\n"
                                     "$L__BB0_5:\n" +
                                     wgmma +
                                     "\t@%p1 bra \t$L__BB0_5;\n"
                                     "$L__BB0_6:\n" +
                                     tmaStore +
                                     "\t@%p1 bra \t$L__BB0_6;\n"
                                     "\t@%p1 bra \t$L__BB0_4;\n");
  std::optional<LoopCounts> consumer = countMainLoop(text, "k");
  ASSERT_TRUE(consumer);
  EXPECT_EQ(consumer->wgmma, 1u);
  EXPECT_EQ(consumer->all, 2u);
  std::optional<LoopCounts> producer = countProducerLoop(text, "k");
  ASSERT_TRUE(producer);
  EXPECT_EQ(producer->tmaLoad, 2u);
  EXPECT_EQ(producer->mbarrierTryWait, 1u);
  EXPECT_EQ(producer->mbarrierArrive, 1u);
  EXPECT_EQ(producer->all, 6u);
  EXPECT_EQ(readRoleRegisters(text, "k"),
            (llvm::SmallVector<unsigned>{40, 232}));
}

TEST(LoopCounts, KernelsWithoutRoles) {
  // Loads in the loop with the products are nobody's else.
  std::string text =
      kernel("k", "$L__BB0_1:\n" + tmaLoad + wgmma + "\tbra \t$L__BB0_1;\n");
  EXPECT_TRUE(countMainLoop(text, "k"));
  EXPECT_FALSE(countProducerLoop(text, "k"));
  EXPECT_TRUE(readRoleRegisters(text, "k").empty());
  EXPECT_TRUE(readRoleRegisters(text, "other").empty());
}

TEST(LoopCounts, LoopsAreNotJustText) {
  // As the backend lays out a loop over tiles: its tail stands before its head,
  // to which the k loop leaves by a branch backwards.
  std::string text = kernel("k", "\tbra.uni \t$L__BB0_2;\n"
                                 "$L__BB0_1:\n"
                                 "\tst.global.b32 \t[%rd1], %r1;\n"
                                 "$L__BB0_2:\n"
                                 "\t@%p1 bra \t$L__BB0_5;\n" +
                                     mma +
                                     "\tbra.uni \t$L__BB0_4;\n"
                                     "$L__BB0_3:\n"
                                     "\tadd.s32 \t%r1, %r1, 64;\n"
                                     "$L__BB0_4:\n"
                                     "\t@%p2 bra \t$L__BB0_1;\n" +
                                     mma + mma +
                                     "\tbra.uni \t$L__BB0_3;\n"
                                     "$L__BB0_5:\n");
  std::optional<LoopCounts> counts = countMainLoop(text, "k");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->mma, 2u);
  EXPECT_EQ(counts->stGlobal, 0u);
  EXPECT_EQ(counts->all, 5u);
}

TEST(LoopCounts, SeveralBranchesBackAreOneLoop) {
  std::string text =
      kernel("k", "$L__BB0_1:\n" + mma + "\t@%p1 bra \t$L__BB0_1;\n" + mma +
                      "\t@%p2 bra \t$L__BB0_1;\n");
  std::optional<LoopCounts> counts = countMainLoop(text, "k");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->mma, 2u);
}

TEST(LoopCounts, OneStatementPerSemicolon) {
  std::string text =
      kernel("k", "$L__BB0_1:\n\t{ .reg .pred p; setp.ne.b32 p, %r1, 0; @p "
                  "add.s32 %r1, %r1, 1; }\n" +
                      mma + "\t@%p1 bra \t$L__BB0_1;\n");
  std::optional<LoopCounts> counts = countMainLoop(text, "k");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->all, 4u);
}

TEST(LoopCounts, InnermostLoopWithMostMma) {
  // An outer loop over tiles holds two k loops, and the second one polls.
  std::string text =
      kernel("k", "$L__BB0_1:\n"
                  "$L__BB0_2:\n" +
                      mma +
                      "\t@%p1 bra \t$L__BB0_2;\n"
                      "$L__BB0_3:\n"
                      "$L__BB0_4:\n"
                      "\tmbarrier.try_wait.shared.b64 %p1, [%r1], %r2;\n"
                      "\t@%p1 bra \t$L__BB0_4;\n" +
                      mma + mma +
                      "\t@%p1 bra \t$L__BB0_3;\n"
                      "\tbra.uni \t$L__BB0_1;\n");
  std::optional<LoopCounts> counts = countMainLoop(text, "k");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->mma, 2u);
  EXPECT_EQ(counts->mbarrier, 1u);
  EXPECT_EQ(counts->all, 5u);
}

TEST(LoopCounts, EachKernelItsOwn) {
  std::string loop = "$L__BB0_1:\n" + mma + "\t@%p1 bra \t$L__BB0_1;\n";
  std::string text =
      kernel("first", mma) + kernel("second", loop) + kernel("second_b", "");
  EXPECT_FALSE(countMainLoop(text, "first")) << "no loop";
  EXPECT_TRUE(countMainLoop(text, "second"));
  EXPECT_FALSE(countMainLoop(text, "second_b")) << "nothing in it";
  EXPECT_FALSE(countMainLoop(text, "third")) << "not there";
  EXPECT_FALSE(countMainLoop("", "k"));
}

TEST(LoopCounts, ForwardBranchesAreNoLoops) {
  EXPECT_FALSE(countMainLoop(
      kernel("k", "\t@%p1 bra \t$L__BB0_2;\n" + mma + "$L__BB0_2:\n"), "k"));
}

} // namespace
