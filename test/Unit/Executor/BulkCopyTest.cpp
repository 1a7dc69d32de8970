// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cp.async.bulk and cp.async.bulk.tensor: against a loop over elements for
// random tensors, and what is reported when their waits are missing.

#include "CudaTest.h"
#include "PtxTest.h"
#include "dlk/Executor/TensorMap.h"
#include <random>

using namespace dlk::exec;

namespace {

using MapBytes = std::array<std::byte, TensorMapBytes>;

MapBytes encoded(const TensorMapSpec &spec) {
  MapBytes bytes = {};
  auto map = encodeTensorMap(spec);
  if (!map)
    ADD_FAILURE() << llvm::toString(map.takeError());
  else
    std::copy(map->begin(), map->end(), bytes.begin());
  return bytes;
}

constexpr unsigned BufferBytes = 32768;

/// k(map, tensor's or array's address, in/out words, c0..c4): %rd2 is the
/// words, %rd3 the map, %r20 to %r24 the coordinates, %p1 holds in thread 0.
std::string kernel(const std::string &body) {
  std::string text =
      ".version 8.5\n.target sm_90a\n.address_size 64\n"
      ".visible .entry k(.param .align 64 .b8 map[128], .param .u64 tensor,\n"
      " .param .u64 words, .param .u32 c0, .param .u32 c1, .param .u32 c2,\n"
      " .param .u32 c3, .param .u32 c4)\n{\n"
      ".reg .pred %p<6>; .reg .b32 %r<40>; .reg .b64 %rd<20>;\n"
      ".shared .align 1024 .b8 buf[" +
      std::to_string(BufferBytes) +
      "]; .shared .align 8 .b64 bar;\n"
      "ld.param.u64 %rd1, [tensor]; ld.param.u64 %rd2, [words];\n"
      "mov.b64 %rd3, map; cvta.param.u64 %rd3, %rd3;\n";
  for (unsigned i = 0; i < 5; ++i)
    text += "ld.param.u32 %r2" + std::to_string(i) + ", [c" +
            std::to_string(i) + "];\n";
  return text +
         "mov.u32 %r1, %tid.x; setp.eq.u32 %p1, %r1, 0;\n"
         "mov.u32 %r2, buf; mov.u32 %r3, bar;\n"
         "@%p1 mbarrier.init.shared.b64 [%r3], 1;\n"
         "fence.mbarrier_init.release.cluster; bar.sync 0;\n" +
         body + "ret;\n}\n";
}

/// Moves `bytes` between shared memory and the words, a thread per word.
std::string wordLoop(unsigned bytes, bool out) {
  return "mul.lo.u32 %r4, %r1, 4;\n"
         "L: add.u32 %r5, %r2, %r4; cvt.u64.u32 %rd5, %r4;\n"
         "add.u64 %rd6, %rd2, %rd5;\n" +
         std::string(out ? "ld.shared.u32 %r6, [%r5]; st.global.u32 [%rd6], "
                           "%r6;\n"
                         : "ld.global.u32 %r6, [%rd6]; st.shared.u32 [%r5], "
                           "%r6;\n") +
         "add.u32 %r4, %r4, 256; setp.lt.u32 %p2, %r4, " +
         std::to_string(bytes) + "; @%p2 bra L;\n";
}

std::string coordinates(unsigned rank) {
  std::string text = "{%r20";
  for (unsigned i = 1; i < rank; ++i)
    text += ", %r2" + std::to_string(i);
  return text + "}";
}

std::string loadBody(unsigned rank, unsigned bytes) {
  std::string n = std::to_string(rank);
  return "@%p1 mbarrier.arrive.expect_tx.shared.b64 _, [%r3], " +
         std::to_string(bytes) + ";\n@%p1 cp.async.bulk.tensor." + n +
         "d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r2], "
         "[%rd3, " +
         coordinates(rank) +
         "], [%r3];\n"
         "W: mbarrier.try_wait.parity.shared.b64 %p3, [%r3], 0;\n"
         "@!%p3 bra W;\n" +
         wordLoop(bytes, true);
}

std::string storeBody(unsigned rank, unsigned bytes) {
  return wordLoop(bytes, false) +
         "fence.proxy.async.shared::cta; bar.sync 0;\n"
         "@%p1 cp.async.bulk.tensor." +
         std::to_string(rank) + "d.global.shared::cta.tile.bulk_group [%rd3, " +
         coordinates(rank) +
         "], [%r2];\n"
         "@%p1 cp.async.bulk.commit_group;\n"
         "@%p1 cp.async.bulk.wait_group 0;\n";
}

/// A tensor, its box, and where every byte of the box lies, by a loop over
/// elements.
struct Case {
  TensorMapSpec spec;
  std::vector<int32_t> start;
  unsigned boxBytes = 0;
  uint64_t tensorBytes = 0;

  explicit Case(std::mt19937 &random) {
    auto pick = [&](unsigned low, unsigned high) {
      return low + unsigned(random() % (high - low + 1));
    };
    static constexpr TensorElement elements[] = {
        TensorElement::U8, TensorElement::BF16, TensorElement::F32,
        TensorElement::F64};
    spec.element = elements[pick(0, 3)];
    unsigned size = tensorElementBytes(spec.element), rank = pick(1, 5);
    spec.swizzle = TensorSwizzle(pick(0, 3));
    unsigned inner = spec.swizzle == TensorSwizzle::None
                         ? 16 * pick(1, 6)
                         : tensorSwizzleBytes(spec.swizzle);
    spec.nanFill = spec.element >= TensorElement::F16 && pick(0, 3) == 0;
    uint64_t stride = 0;
    boxBytes = size;
    for (unsigned i = 0; i < rank; ++i) {
      spec.dims.push_back(i == 0 ? inner / size * pick(1, 2) + pick(0, 3)
                                 : pick(1, 9));
      spec.box.push_back(i == 0 ? inner / size : pick(1, i < 3 ? 6 : 2));
      spec.elementStrides.push_back(pick(0, 2) ? 1 : pick(1, 3));
      if (i > 0)
        spec.strides.push_back(stride);
      stride = (i == 0 ? (spec.dims[0] * size + 15) / 16 * 16
                       : stride * spec.dims[i]) +
               16 * pick(0, 1);
      start.push_back(int32_t(pick(0, unsigned(spec.dims[i]) + 4)) - 3);
      boxBytes *= count(i);
    }
    tensorBytes = stride;
  }
  unsigned count(unsigned i) const {
    unsigned step = i == 0 ? 1 : spec.elementStrides[i];
    return (spec.box[i] + step - 1) / step;
  }
  unsigned rank() const { return unsigned(spec.dims.size()); }

  /// visit(offset in shared memory, offset in the tensor or -1) by element.
  template <class Visit> void forEachElement(Visit visit) const {
    unsigned size = tensorElementBytes(spec.element);
    for (unsigned at = 0; at < boxBytes; at += size) {
      unsigned rest = at / size;
      int64_t from = 0;
      for (unsigned i = 0; i < rank(); ++i) {
        int64_t index = start[i] + int64_t(rest % count(i)) *
                                       (i == 0 ? 1 : spec.elementStrides[i]);
        rest /= count(i);
        if (index < 0 || index >= int64_t(spec.dims[i]))
          from = -1;
        if (from >= 0)
          from += index * int64_t(i == 0 ? size : spec.strides[i - 1]);
      }
      unsigned chunk = at / 16 % 8, line = at / 128;
      unsigned keep = spec.swizzle == TensorSwizzle::B128  ? line % 8
                      : spec.swizzle == TensorSwizzle::B64 ? line % 4
                      : spec.swizzle == TensorSwizzle::B32 ? line % 2
                                                           : 0;
      visit(line * 128 + (chunk ^ keep) * 16 + at % 16, from);
    }
  }
};

void expectClean(const Report &report) {
  EXPECT_EQ(statusName(report.status).str(), "clean");
  for (const Finding &finding : report.findings)
    ADD_FAILURE() << finding.str("test.ptx");
  for (const std::string &note : report.notes)
    ADD_FAILURE() << note;
}

Options policyOf(unsigned trial) {
  Options options = allChecks(AsyncPolicy(trial % 3), trial);
  options.checks.init = false; // a swizzled box may leave holes
  return options;
}

std::vector<uint8_t> pattern(size_t bytes, unsigned seed) {
  std::vector<uint8_t> values(bytes);
  for (size_t i = 0; i < bytes; ++i)
    values[i] = uint8_t((i * 7 + i / 251 + seed) % 255 + 1);
  return values;
}

TEST(BulkTensor, loadsLikeALoopOverElements) {
  std::mt19937 random(5);
  for (unsigned trial = 0; trial < 150; ++trial) {
    Case c(random);
    std::vector<uint8_t> tensor = pattern(c.tensorBytes, trial);
    unsigned words = (c.boxBytes + 1023) / 1024 * 256;
    CudaRun run(kernel(loadBody(c.rank(), c.boxBytes)));
    uint64_t address = run.input(tensor);
    c.spec.address = address;
    uint64_t out = run.input(std::vector<uint32_t>(words));
    c.start.resize(5);
    expectClean(run.launch("k", {1}, {64}, policyOf(trial), encoded(c.spec),
                           address, out, c.start[0], c.start[1], c.start[2],
                           c.start[3], c.start[4]));
    std::vector<uint8_t> got = run.output<uint8_t>(out, words * 4);
    unsigned size = tensorElementBytes(c.spec.element), wrong = 0;
    c.forEachElement([&](unsigned to, int64_t from) {
      for (unsigned b = 0; b < size; ++b) {
        uint8_t fill = !c.spec.nanFill ? 0 : b + 1 == size ? 0x7f : 0xff;
        // What the copy loop of the kernel did not reach is not compared.
        if (to + b < c.boxBytes)
          wrong += got[to + b] != (from < 0 ? fill : tensor[from + b]);
      }
    });
    EXPECT_EQ(wrong, 0u) << "trial " << trial;
  }
}

TEST(BulkTensor, storesLikeALoopOverElements) {
  std::mt19937 random(6);
  for (unsigned trial = 0; trial < 150; ++trial) {
    Case c(random);
    // The whole 1024-byte patterns are filled.
    unsigned bytes = (c.boxBytes + 1023) / 1024 * 1024;
    std::vector<uint8_t> image = pattern(bytes, trial);
    std::vector<uint8_t> expected(c.tensorBytes, 0);
    CudaRun run(kernel(storeBody(c.rank(), bytes)));
    uint64_t address = run.input(expected);
    c.spec.address = address;
    uint64_t in = run.input(image);
    c.start.resize(5);
    expectClean(run.launch("k", {1}, {64}, policyOf(trial), encoded(c.spec),
                           address, in, c.start[0], c.start[1], c.start[2],
                           c.start[3], c.start[4]));
    unsigned size = tensorElementBytes(c.spec.element);
    c.forEachElement([&](unsigned to, int64_t from) {
      for (unsigned b = 0; b < size && from >= 0; ++b)
        expected[from + b] = image[to + b];
    });
    EXPECT_EQ(run.output<uint8_t>(address, c.tensorBytes), expected)
        << "trial " << trial;
  }
}

/// A plain bulk load of 256 bytes; `wait` in between.
Report bulkLoad(const std::string &wait, AsyncPolicy policy,
                std::vector<uint32_t> *result = nullptr) {
  const std::string issue =
      "@%p1 mbarrier.arrive.expect_tx.shared.b64 _, [%r3], 256;\n"
      "@%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%r2], [%rd1], 256, [%r3];\nbar.sync 0;\n";
  CudaRun run(kernel(issue + wait + wordLoop(256, true)));
  std::vector<uint32_t> values(64);
  for (uint32_t i = 0; i < 64; ++i)
    values[i] = i + 1;
  uint64_t in = run.input(values), out = run.input(std::vector<uint32_t>(64));
  Report report = run.launch("k", {1}, {64}, allChecks(policy), MapBytes(), in,
                             out, 0, 0, 0, 0, 0);
  if (result)
    *result = run.output<uint32_t>(out, 64);
  return report;
}

TEST(BulkCopy, loadNeedsItsWait) {
  const std::string wait = "W: mbarrier.try_wait.parity.shared.b64 %p3, [%r3], "
                           "0;\n@!%p3 bra W;\n";
  for (AsyncPolicy policy :
       {AsyncPolicy::Immediate, AsyncPolicy::Late, AsyncPolicy::Random}) {
    std::vector<uint32_t> result;
    expectClean(bulkLoad(wait, policy, &result));
    EXPECT_EQ(result[63], 64u);
    Report broken = bulkLoad("", policy);
    ASSERT_FALSE(broken.findings.empty());
    EXPECT_EQ(broken.findings[0].kind, FindingKind::InFlightCopy);
  }
}

TEST(BulkCopy, oneWaitsForAllIfABarrierFollows) {
  const std::string wait =
      "@!%p1 bra D;\nW: mbarrier.try_wait.parity.shared.b64 %p3, [%r3], 0;\n"
      "@!%p3 bra W;\nD: ";
  expectClean(bulkLoad(wait + "bar.sync 0;\n", AsyncPolicy::Late));
  Report broken = bulkLoad(wait + "bar.warp.sync -1;\n", AsyncPolicy::Late);
  ASSERT_FALSE(broken.findings.empty());
  EXPECT_EQ(broken.findings[0].kind, FindingKind::InFlightCopy);
}

/// A plain bulk store of 256 bytes; then the source is overwritten.
Report bulkStore(const std::string &wait, AsyncPolicy policy,
                 std::vector<uint32_t> *result = nullptr) {
  CudaRun run(kernel(
      "mad.lo.u32 %r7, %r1, 4, %r2; st.shared.u32 [%r7], %r1;\n"
      "fence.proxy.async.shared::cta; bar.sync 0;\n"
      "@%p1 cp.async.bulk.global.shared::cta.bulk_group [%rd2], [%r2], 256;\n"
      "@%p1 cp.async.bulk.commit_group;\n" +
      wait + "bar.sync 0; mov.u32 %r8, 99; st.shared.u32 [%r7], %r8;\n"));
  uint64_t out = run.input(std::vector<uint32_t>(64));
  Report report = run.launch("k", {1}, {64}, allChecks(policy), MapBytes(), out,
                             out, 0, 0, 0, 0, 0);
  if (result)
    *result = run.output<uint32_t>(out, 64);
  return report;
}

TEST(BulkCopy, storeNeedsItsWaitBeforeTheSourceIsReused) {
  for (AsyncPolicy policy :
       {AsyncPolicy::Immediate, AsyncPolicy::Late, AsyncPolicy::Random}) {
    std::vector<uint32_t> result;
    expectClean(
        bulkStore("@%p1 cp.async.bulk.wait_group.read 0;\n", policy, &result));
    for (uint32_t i = 0; i < 64; ++i)
      EXPECT_EQ(result[i], i);
    Report broken =
        bulkStore("@%p1 cp.async.bulk.wait_group.read 1;\n", policy);
    ASSERT_FALSE(broken.findings.empty());
    EXPECT_EQ(broken.findings[0].kind, FindingKind::InFlightCopy);
  }
}

TEST(BulkCopy, storeNeedsItsWaitBeforeTheEnd) {
  Report broken = bulkStore("ret;\n", AsyncPolicy::Immediate);
  ASSERT_FALSE(broken.findings.empty());
  EXPECT_EQ(broken.findings[0].kind, FindingKind::Leftover);
}

/// Two CTAs: rank 0 multicasts 256 bytes to both, each waits and stores.
KernelRun multicast(unsigned mask, AsyncPolicy policy) {
  return runKernel(
      ".shared .align 128 .b8 buf[256]; .shared .align 8 .b64 bar;\n"
      "mov.u32 %r10, bar; mov.u32 %r11, buf; mov.u32 %r2, %tid.x;\n"
      "mov.u32 %r3, %cluster_ctarank; mov.b16 %h1, " +
          std::to_string(mask) +
          ";\nsetp.eq.u32 %p1, %r2, 0; setp.eq.and.u32 %p2, %r3, 0, %p1;\n"
          "@%p1 mbarrier.init.shared::cta.b64 [%r10], 1;\n"
          "@%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r10], 256;\n"
          "fence.mbarrier_init.release.cluster;\n"
          "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;\n"
          "@%p2 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::"
          "bytes.multicast::cluster [%r11], [%x0+1024], 256, [%r10], %h1;\n"
          "W: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r10], 0;\n"
          "@!%p3 bra W;\n"
          "mad.lo.u32 %r12, %r2, 4, %r11; ld.shared.u32 %r1, [%r12];\n"
          "add.u32 %r1, %r1, 5; mad.lo.u32 %r4, %r3, 32, %r2;\n"
          "mad.wide.u32 %x2, %r4, 4, %x0; st.global.u32 [%x2], %r1;\n"
          "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;\n",
      {32, 1, 1}, {2, 1, 1}, allChecks(policy, 3), 0, 1024, "", {2, 1, 1});
}

TEST(BulkCopy, multicastReachesEveryCtaOfItsMask) {
  for (AsyncPolicy policy :
       {AsyncPolicy::Immediate, AsyncPolicy::Late, AsyncPolicy::Random}) {
    KernelRun run = multicast(3, policy);
    expectClean(run.report);
    for (unsigned i = 0; i < 64; ++i)
      EXPECT_EQ(run.out[i], 5u);
    EXPECT_EQ(statusName(multicast(1, policy).report.status).str(), "deadlock");
    Report outside = multicast(7, policy).report;
    ASSERT_FALSE(outside.findings.empty());
    EXPECT_EQ(outside.findings[0].kind, FindingKind::BadOperand);
  }
}

TEST(TensorMap, refusesWhatTheApiRefuses) {
  TensorMapSpec good;
  good.address = 4096;
  good.dims = {128, 64};
  good.strides = {256};
  good.box = {64, 8};
  good.swizzle = TensorSwizzle::B128;
  auto refused = [&](auto change) {
    TensorMapSpec spec = good;
    change(spec);
    auto map = encodeTensorMap(spec);
    if (map)
      return false;
    llvm::consumeError(map.takeError());
    return true;
  };
  EXPECT_FALSE(refused([](TensorMapSpec &) {}));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.address = 8; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.dims[1] = 0; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.strides[0] = 264; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.strides[0] = 128; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.box[1] = 257; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.box[0] = 128; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.elementStrides = {1, 9}; }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) { s.box.pop_back(); }));
  EXPECT_TRUE(refused([](TensorMapSpec &s) {
    s.element = TensorElement::U16;
    s.nanFill = true;
  }));
  auto foreign = decodeTensorMap(std::vector<std::byte>(TensorMapBytes));
  EXPECT_FALSE(bool(foreign));
  llvm::consumeError(foreign.takeError());
}

} // namespace
