// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cp.async groups, delivery policies, the check of copies in flight, races and
// uninitialised reads, driven step by step without a kernel. Each rule has a
// right and a broken sequence.

#include "SharedShadow.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace dlk::exec;

namespace {

/// Shared memory of a CTA and its shadow. Origins are PTX lines here.
struct Fixture {
  std::vector<std::byte> shared;
  std::vector<std::byte> global;
  SharedShadow shadow;

  static ShadowSetup setup(std::vector<std::byte> &shared, AsyncPolicy policy,
                           uint64_t seed, CheckSet checks, unsigned threads) {
    ShadowSetup result;
    result.policy = policy;
    result.seed = seed;
    result.checks = checks;
    result.threads = threads;
    result.shared = shared.data();
    result.sharedBytes = uint32_t(shared.size());
    result.lineOf = [](uint32_t origin) { return origin; };
    return result;
  }

  explicit Fixture(AsyncPolicy policy = AsyncPolicy::Immediate,
                   CheckSet checks = {}, uint64_t seed = 1,
                   unsigned threads = 128)
      : shared(65536), global(65536),
        shadow(setup(shared, policy, seed, checks, threads)) {
    for (size_t i = 0; i < global.size(); ++i)
      global[i] = std::byte(i * 7 + 1);
  }

  /// Each lane copies `bytes` from its place in global to the same in shared.
  std::optional<Violation> copy(unsigned warp, uint32_t base,
                                uint32_t bytes = 16, Mask lanes = FullMask,
                                uint32_t fromBytes = ~0u, uint32_t line = 100) {
    CopyRequest request;
    request.warp = warp;
    request.origin = line;
    request.lanes = lanes;
    request.bytes = bytes;
    for (unsigned lane = 0; lane < WarpSize; ++lane) {
      request.to[lane] = base + lane * bytes;
      request.from[lane] = &global[base + lane * bytes];
      request.fromBytes[lane] = std::min(bytes, fromBytes);
    }
    unsigned lane;
    return shadow.issue(request, lane);
  }
  std::optional<Violation> access(unsigned warp, uint32_t offset,
                                  uint32_t bytes, Access kind,
                                  uint32_t line = 200, unsigned lane = 0) {
    return shadow.check({offset, bytes, kind, warp, lane, line});
  }
  std::optional<Violation> read(unsigned warp, uint32_t offset,
                                uint32_t bytes = 4) {
    return access(warp, offset, bytes, Access::Read);
  }
  std::optional<Violation> write(unsigned warp, uint32_t offset,
                                 uint32_t bytes = 4) {
    return access(warp, offset, bytes, Access::Write, 300);
  }
  void barrier(std::initializer_list<unsigned> warps, unsigned number = 0) {
    for (unsigned warp : warps)
      shadow.arrive(number, warp);
    for (unsigned warp : warps)
      shadow.leave(number, warp);
    shadow.resetBarrier(number);
  }
  bool landed(uint32_t offset, uint32_t bytes) const {
    return std::memcmp(&shared[offset], &global[offset], bytes) == 0;
  }
};

CheckSet races() {
  CheckSet checks;
  checks.race = true;
  return checks;
}

TEST(AsyncCopies, immediateMovesAtOnceAndLateOnlyAtTheWait) {
  Fixture now(AsyncPolicy::Immediate), late(AsyncPolicy::Late);
  for (Fixture *f : {&now, &late}) {
    ASSERT_FALSE(f->copy(0, 0));
    f->shadow.copies.commit(0, FullMask);
    ASSERT_FALSE(f->copy(0, 512));
    f->shadow.copies.commit(0, FullMask);
  }
  EXPECT_TRUE(now.landed(0, 1024));
  EXPECT_FALSE(late.landed(0, 16));
  late.shadow.copies.wait(0, FullMask, 1);
  EXPECT_TRUE(late.landed(0, 512));
  EXPECT_FALSE(late.landed(512, 16));
  late.shadow.copies.wait(0, FullMask, 0);
  EXPECT_TRUE(late.landed(512, 512));
}

TEST(AsyncCopies, waitAllIncludesWhatIsNotCommitted) {
  Fixture f(AsyncPolicy::Late);
  ASSERT_FALSE(f.copy(0, 0));
  f.shadow.copies.wait(0, FullMask, 0);
  EXPECT_FALSE(f.landed(0, 16));
  f.shadow.copies.waitAll(0, FullMask);
  EXPECT_TRUE(f.landed(0, 512));
}

TEST(AsyncCopies, groupsBelongToThreads) {
  Fixture f(AsyncPolicy::Late);
  ASSERT_FALSE(f.copy(0, 0));
  f.shadow.copies.commit(0, FullMask);
  // Only the even lanes have a newer group; the odd ones' newest is the copy.
  f.shadow.copies.commit(0, 0x55555555);
  f.shadow.copies.wait(0, FullMask, 1);
  EXPECT_TRUE(f.landed(0, 16));
  EXPECT_FALSE(f.landed(16, 16));
  EXPECT_FALSE(f.read(0, 0, 16));
  EXPECT_TRUE(f.read(0, 16, 16));
}

TEST(AsyncCopies, sizesAndZeroFill) {
  for (uint32_t bytes : {4u, 8u, 16u})
    for (uint32_t real : {0u, 1u, 3u, bytes}) {
      Fixture f(AsyncPolicy::Late);
      std::memset(f.shared.data(), 0xcd, 1024);
      ASSERT_FALSE(f.copy(0, 0, bytes, FullMask, real));
      f.shadow.copies.waitAll(0, FullMask);
      for (uint32_t i = 0; i < 32 * bytes; ++i) {
        std::byte expected = i % bytes < real ? f.global[i] : std::byte(0);
        ASSERT_EQ(f.shared[i], expected) << bytes << " " << real << " " << i;
      }
      EXPECT_EQ(f.shared[32 * bytes], std::byte(0xcd));
    }
}

TEST(AsyncCopies, lateReadsTheSourceWhenItLands) {
  Fixture f(AsyncPolicy::Late);
  ASSERT_FALSE(f.copy(0, 0));
  f.global[5] = std::byte(99);
  f.shadow.copies.waitAll(0, FullMask);
  EXPECT_EQ(f.shared[5], std::byte(99));
}

TEST(AsyncCopies, randomIsRepeatableAndCompleteAfterTheWait) {
  auto pattern = [](uint64_t seed) {
    Fixture f(AsyncPolicy::Random, {}, seed);
    EXPECT_FALSE(f.copy(0, 0));
    std::vector<bool> landed;
    for (unsigned i = 0; i < 32; ++i)
      landed.push_back(f.landed(i * 16, 16));
    f.shadow.copies.waitAll(0, FullMask);
    EXPECT_TRUE(f.landed(0, 512));
    return landed;
  };
  EXPECT_EQ(pattern(3), pattern(3));
  EXPECT_NE(pattern(3), pattern(4));
  EXPECT_NE(pattern(2), pattern(3));
}

TEST(AsyncCopies, readBeforeTheWaitIsFound) {
  for (AsyncPolicy policy : {AsyncPolicy::Immediate, AsyncPolicy::Late}) {
    Fixture f(policy);
    ASSERT_FALSE(f.copy(1, 0));
    f.shadow.copies.commit(1, FullMask);
    auto violation = f.read(1, 20);
    ASSERT_TRUE(violation);
    EXPECT_EQ(violation->kind, FindingKind::InFlightCopy);
    EXPECT_EQ(violation->message,
              "read of 4 bytes at shared byte 20, the destination of the "
              "asynchronous copy of line 100 by warp 1 lane 1: its thread has "
              "not waited for it");
    EXPECT_TRUE(f.write(1, 20));
    EXPECT_FALSE(f.read(1, 512));
    f.shadow.copies.wait(1, FullMask, 0);
    EXPECT_FALSE(f.read(1, 20));
  }
}

TEST(AsyncCopies, otherWarpsNeedABarrierAfterTheWait) {
  Fixture f;
  ASSERT_FALSE(f.copy(1, 0));
  f.barrier({0, 1, 2, 3});
  f.shadow.copies.waitAll(1, FullMask);
  EXPECT_FALSE(f.read(1, 0));
  auto violation = f.read(0, 0);
  ASSERT_TRUE(violation);
  EXPECT_NE(violation->message.find("no barrier since"), std::string::npos);
  f.barrier({0, 1, 2, 3});
  EXPECT_FALSE(f.read(0, 0));
  EXPECT_FALSE(f.read(3, 0));
}

TEST(AsyncCopies, partialBarriersReachOnlyTheirWarps) {
  Fixture f;
  ASSERT_FALSE(f.copy(1, 0));
  f.shadow.copies.waitAll(1, FullMask);
  f.barrier({0, 1}, 5);
  EXPECT_FALSE(f.read(0, 0));
  EXPECT_TRUE(f.read(2, 0));
  // Warp 2 learns of it through warp 0.
  f.barrier({0, 2}, 6);
  EXPECT_FALSE(f.read(2, 0));
}

TEST(AsyncCopies, twoCopiesToOnePlaceAreFound) {
  Fixture f;
  ASSERT_FALSE(f.copy(0, 0));
  f.shadow.copies.commit(0, FullMask);
  EXPECT_TRUE(f.copy(0, 256));
  f.shadow.copies.waitAll(0, FullMask);
  EXPECT_FALSE(f.copy(0, 256));
}

TEST(AsyncCopies, manyCopiesReuseTheRing) {
  Fixture f(AsyncPolicy::Late);
  for (unsigned i = 0; i < 100000; ++i) {
    ASSERT_FALSE(f.copy(i % 4, i % 4 * 512)) << i;
    f.shadow.copies.commit(i % 4, FullMask);
    if (i % 4 != 3)
      continue;
    for (unsigned warp = 0; warp < 4; ++warp)
      f.shadow.copies.wait(warp, FullMask, 0);
    f.barrier({0, 1, 2, 3});
  }
  EXPECT_TRUE(f.landed(0, 2048));
}

TEST(AsyncCopies, leftoversAtExitAreFoundIfAsked) {
  CheckSet checks;
  checks.sync = true;
  Fixture asked(AsyncPolicy::Late, checks), unasked(AsyncPolicy::Late);
  for (Fixture *f : {&asked, &unasked}) {
    ASSERT_FALSE(f->copy(0, 0, 16, 0xff));
    f->shadow.copies.commit(0, FullMask);
  }
  EXPECT_FALSE(unasked.shadow.exit(0, FullMask));
  EXPECT_FALSE(asked.shadow.exit(0, 0xff00));
  auto violation = asked.shadow.exit(0, 1);
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->kind, FindingKind::Leftover);
}

TEST(Race, readAfterWriteNeedsABarrier) {
  Fixture f(AsyncPolicy::Immediate, races());
  EXPECT_FALSE(f.write(0, 40));
  EXPECT_FALSE(f.read(0, 40));
  auto violation = f.read(1, 40);
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->kind, FindingKind::Race);
  EXPECT_EQ(violation->message,
            "read of shared byte 40 races with the write "
            "at line 300 by warp 0: no barrier orders them");
  f.barrier({0, 1, 2, 3});
  EXPECT_FALSE(f.read(1, 40));
}

TEST(Race, writeAfterReadNeedsABarrier) {
  Fixture f(AsyncPolicy::Immediate, races());
  for (unsigned warp : {0u, 1u, 2u})
    EXPECT_FALSE(f.read(warp, 40));
  EXPECT_TRUE(f.write(3, 40));
  f.barrier({0, 1, 2, 3});
  EXPECT_FALSE(f.write(3, 40));
  EXPECT_TRUE(f.write(2, 40));
}

TEST(Race, bytesOfOneGranuleAreApart) {
  Fixture f(AsyncPolicy::Immediate, races());
  EXPECT_FALSE(f.write(0, 40, 2));
  EXPECT_FALSE(f.write(1, 42, 2));
  EXPECT_FALSE(f.write(2, 44, 1));
  EXPECT_TRUE(f.write(3, 42, 1));
}

TEST(Race, namedBarriersOrderTheirWarpsOnly) {
  Fixture f(AsyncPolicy::Immediate, races());
  EXPECT_FALSE(f.write(0, 0));
  // Producer arrives, consumer waits.
  f.shadow.arrive(3, 0);
  f.shadow.arrive(3, 1);
  f.shadow.leave(3, 1);
  f.shadow.resetBarrier(3);
  EXPECT_FALSE(f.read(1, 0));
  EXPECT_TRUE(f.read(2, 0));
  // What the producer does after its arrival is not covered.
  EXPECT_FALSE(f.write(0, 8));
  EXPECT_TRUE(f.read(1, 8));
}

TEST(Race, atomicsDoNotRaceAndOrder) {
  Fixture f(AsyncPolicy::Immediate, races());
  EXPECT_FALSE(f.access(0, 0, 4, Access::Atomic));
  EXPECT_FALSE(f.access(1, 0, 4, Access::Atomic));
  // A lock: write under it, hand it over, read.
  EXPECT_FALSE(f.write(0, 64));
  EXPECT_FALSE(f.access(0, 0, 4, Access::Atomic));
  EXPECT_FALSE(f.access(1, 0, 4, Access::Atomic));
  EXPECT_FALSE(f.read(1, 64));
  EXPECT_TRUE(f.read(2, 64));
}

TEST(Race, aCopyMustNotOverwriteWhatIsStillRead) {
  Fixture f(AsyncPolicy::Immediate, races());
  EXPECT_FALSE(f.read(1, 20));
  auto violation = f.copy(0, 0);
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->kind, FindingKind::Race);
  f.barrier({0, 1, 2, 3});
  EXPECT_FALSE(f.copy(0, 0));
}

TEST(Init, readsOfUnwrittenBytesAreFound) {
  CheckSet checks;
  checks.init = true;
  Fixture f(AsyncPolicy::Immediate, checks);
  EXPECT_FALSE(f.write(0, 8, 2));
  EXPECT_FALSE(f.read(0, 8, 2));
  auto violation = f.read(0, 8, 4);
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->kind, FindingKind::Uninitialised);
  EXPECT_NE(violation->message.find("byte 10"), std::string::npos);
  EXPECT_FALSE(f.copy(0, 1024));
  f.shadow.copies.waitAll(0, FullMask);
  EXPECT_FALSE(f.read(0, 1024, 16));
}

} // namespace
