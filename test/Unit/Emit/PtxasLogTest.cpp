// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples of what ptxas 13.0 prints.

#include "dlk/Emit/PtxasLog.h"
#include "gtest/gtest.h"

using namespace dlk;

namespace {

TEST(PtxasLog, ResourcesOfEachKernel) {
  PtxasLog log = parsePtxasLog(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'first' for 'sm_80'\n"
      "ptxas info    : Function properties for first\n"
      "    16 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads\n"
      "ptxas info    : Used 219 registers, used 1 barriers, 16 bytes "
      "cumulative "
      "stack size, 49152 bytes smem, 376 bytes cmem[0], 8 bytes cmem[2]\n"
      "ptxas info    : Compile time = 63.876 ms\n"
      "ptxas info    : Compiling entry function 'second' for 'sm_80'\n"
      "ptxas info    : Function properties for second\n"
      "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 10 registers, 376 bytes cmem[0]\n");
  ASSERT_EQ(log.kernels.size(), 2u);
  const KernelResources *first = log.find("first");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->registers, 219u);
  EXPECT_EQ(first->barriers, 1u);
  EXPECT_EQ(first->stackBytes, 16u);
  EXPECT_EQ(first->spillStoreBytes, 8u);
  EXPECT_EQ(first->spillLoadBytes, 4u);
  EXPECT_EQ(first->staticShared, 49152u);
  const KernelResources *second = log.find("second");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->registers, 10u);
  EXPECT_EQ(second->barriers, 0u);
  EXPECT_EQ(second->staticShared, 0u);
  EXPECT_EQ(log.find("third"), nullptr);
  EXPECT_TRUE(log.advisories.empty());
  EXPECT_TRUE(log.errors.empty());
}

TEST(PtxasLog, AdvisoriesWithAndWithoutCode) {
  PtxasLog log = parsePtxasLog(
      "ptxas info    : (C7519) warpgroup.arrive is injected in around line 196 "
      "by compiler to allow use of registers in GMMA in function 'k'\n"
      "ptxas /tmp/x.ptx, line 9; warning : Instruction 'shfl' without '.sync' "
      "is deprecated\n");
  ASSERT_EQ(log.advisories.size(), 2u);
  EXPECT_EQ(log.advisories[0].code, "C7519");
  EXPECT_EQ(log.advisories[0].text.find("warpgroup.arrive"), 0u);
  EXPECT_EQ(log.advisories[1].code, "");
  EXPECT_EQ(log.advisories[1].text.find("Instruction 'shfl'"), 0u);
}

TEST(PtxasLog, ErrorsKeepTheirLine) {
  PtxasLog log = parsePtxasLog(
      "ptxas /tmp/bad.ptx, line 5; error   : Not a name of any known "
      "instruction: 'foo'\n"
      "ptxas /tmp/bad.ptx, line 1; fatal   : Unsupported .version 9.9; current "
      "version is '9.0'\n"
      "ptxas fatal   : Ptx assembly aborted due to errors\n");
  ASSERT_EQ(log.errors.size(), 3u);
  EXPECT_EQ(log.errors[0],
            "line 5: Not a name of any known instruction: 'foo'");
  EXPECT_EQ(log.errors[1],
            "line 1: Unsupported .version 9.9; current version is '9.0'");
  EXPECT_EQ(log.errors[2], "Ptx assembly aborted due to errors");
}

TEST(PtxasLog, RubbishIsPassedOver) {
  PtxasLog log = parsePtxasLog("ptxas\nptxas info\n\xff\n12 bytes stack frame\n"
                               "Used registers, ,, used\n : \n'\n");
  EXPECT_TRUE(log.kernels.empty());
  EXPECT_TRUE(log.advisories.empty());
  EXPECT_TRUE(log.errors.empty());
}

} // namespace
