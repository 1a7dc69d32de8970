// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bound of a launch from made-up counters, resource by resource, and the
// words of the table.

#include "dlk/Runtime/StatsTable.h"
#include "gtest/gtest.h"

using namespace dlk;
using namespace dlk::runtime;

namespace {

double cyclesOf(const exec::Stats &stats, llvm::StringRef chip,
                llvm::StringRef resource) {
  std::optional<Bound> bound = computeBound(stats, chip);
  EXPECT_TRUE(bound.has_value());
  for (const BoundResource &r : bound->resources)
    if (r.name == resource)
      return r.cycles;
  ADD_FAILURE() << resource.str();
  return -1;
}

exec::Stats blocks(uint64_t count) {
  exec::Stats stats;
  stats.ctas = count;
  return stats;
}

TEST(Bound, TensorCoresBySizeAndType) {
  // An m64n256k16 takes 128 cycles; so do 1024 x 128 products of mma.sync on an
  // A100.
  exec::Stats stats = blocks(1);
  stats.tensor["wgmma.m64n256k16.f32.bf16.bf16"] = 10;
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_90a", "tensor"), 1280);
  stats.tensor = {{"wgmma.m64n256k32.f32.e4m3.e4m3", 10}};
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_90a", "tensor"), 1280);
  stats.tensor = {{"wgmma.m64n256k8.f32.tf32.tf32", 10}};
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_90a", "tensor"), 1280);
  stats.tensor = {{"m16n8k16.f32.f16.f16.f32", 64}};
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_80", "tensor"), 128);
  stats.tensor = {{"m8n8k4.f64.f64.f64.f64", 1}};
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_80", "tensor"), 4);
  stats.tensor = {{"wmma.m16n16k16.f32.f32", 1}};
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_80", "tensor"), 4);
}

TEST(Bound, WorkIsSpreadOverTheMultiprocessorsThatHaveSome) {
  exec::Stats stats = blocks(4);
  stats.total.warpInstructions = 1600;
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_80", "issue"), 100);
  stats.ctas = 1000;
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_80", "issue"), 400.0 / 108);
}

TEST(Bound, SharedMemoryHasWavefrontsCopiesAndOperands) {
  exec::Stats stats = blocks(1);
  stats.total.sharedWavefronts = 100;
  stats.copies = {{"cp.async", 128000}, {"tensor load", 1280}};
  stats.tensor["wgmma.m64n128k16.f32.f16.f16"] = 2;
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_90a", "shared"), 100 + 10 + 64);
}

TEST(Bound, MemoryBySectorsAndBulkCopies) {
  exec::Stats stats = blocks(2);
  stats.total.globalSectors = 20;
  stats.copies = {{"cp.async", 4096}, {"bulk load", 640}, {"bulk shared", 99}};
  stats.globalRead = 1024;
  stats.globalWritten = 1024;
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_89", "l2"), (640 + 640) / 64.0 / 2);
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_90a", "dram"), 2048 / (3350 / 1.83));
  // The whole L2 gives less than all multiprocessors could take.
  stats = blocks(132);
  stats.copies = {{"tensor load", 6154 * 50}};
  EXPECT_DOUBLE_EQ(cyclesOf(stats, "sm_90a", "l2"), 50);
}

TEST(Bound, NamesTheLimiterAndSaysThatItIsAnEstimate) {
  exec::Stats stats = blocks(1);
  stats.classes["special"].laneInstructions = 1600;
  stats.total.warpInstructions = 100;
  std::optional<Bound> bound = computeBound(stats, "sm_90a");
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->limiter().name, "special");
  EXPECT_DOUBLE_EQ(bound->seconds(), 100 / 1.83e9);
  llvm::json::Value json = bound->toJSON();
  const llvm::json::Object &fields = *json.getAsObject();
  EXPECT_EQ(*fields.getString("note"),
            "estimate from chip figures, not a measurement");
  EXPECT_EQ(*fields.getString("limiter"), "special");
  EXPECT_EQ(*fields.getObject("cycles")->getNumber("issue"), 25);
  EXPECT_FALSE(computeBound(stats, "sm_1").has_value());
}

exec::LineStats makeLine() {
  exec::LineStats line;
  line.opcode = "ld.shared.u32";
  line.counters.warpInstructions = 2;
  line.counters.laneInstructions = 64;
  return line;
}

TEST(StatsTable, ExplainsWhatIsWrong) {
  exec::LineStats line = makeLine();
  EXPECT_TRUE(explainLine(line).empty());
  line.counters.sharedRequests = line.counters.sharedIdeal = 2;
  line.counters.sharedWavefronts = 8;
  ASSERT_EQ(explainLine(line).size(), 1u);
  EXPECT_EQ(explainLine(line)[0],
            "bank conflicts: 4.0 passes over the banks of shared memory per "
            "access, 1.0 would do: lanes ask for different words of the same "
            "bank");
  line = makeLine();
  line.counters.globalRequests = 2;
  line.counters.globalSectors = 64;
  line.counters.globalIdeal = 8;
  ASSERT_EQ(explainLine(line).size(), 1u);
  EXPECT_TRUE(llvm::StringRef(explainLine(line)[0])
                  .starts_with("uncoalesced: 32.0 sectors of 32 bytes per "
                               "access, its bytes would fit in 4.0"));
  line.counters.globalSectors = 8;
  line.counters.laneInstructions = 2;
  ASSERT_EQ(explainLine(line).size(), 1u);
  EXPECT_TRUE(
      llvm::StringRef(explainLine(line)[0]).starts_with("few lanes: 1.0"));
  line = makeLine();
  line.counters.barrierWaits = 5;
  line.counters.failedPolls = 3;
  EXPECT_TRUE(
      llvm::StringRef(explainLine(line)[0]).starts_with("3 of 5 waits"));
}

TEST(StatsTable, WorstLinesComeFirst) {
  exec::Stats stats = blocks(1);
  stats.lines[1] = makeLine();
  stats.lines[1].counters.warpInstructions = 1000;
  stats.lines[2] = makeLine();
  stats.lines[2].counters.sharedRequests = 1;
  stats.lines[2].counters.sharedWavefronts = 9;
  stats.lines[2].counters.sharedIdeal = 1;
  stats.lines[2].source = "k.cu:7:1";
  stats.lines[3] = stats.lines[4] = stats.lines[5] = makeLine();
  stats.lines[6] = makeLine();
  stats.lines[6].opcode = "ret";
  std::string text;
  llvm::raw_string_ostream os(text);
  printStats("k", stats, computeBound(stats, "sm_90a"), os, 3);
  size_t two = text.find("\n       2 ld.shared.u32"),
         one = text.find("\n       1 ld.shared.u32");
  EXPECT_LT(two, one);
  EXPECT_NE(one, std::string::npos) << text;
  EXPECT_NE(text.find("and 2 lines like it, up to 5\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("... 1 more lines"), std::string::npos);
  EXPECT_NE(text.find("bound (estimate from chip figures, not a measurement)"),
            std::string::npos);
  EXPECT_NE(text.find("by line of the source:"), std::string::npos);
}

} // namespace
