// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// wgmma against a loop over elements: every layout of the operands in shared
// memory, A in registers, types, scales; and broken synchronisation.

#include "CudaTest.h"
#include "Float.h"
#include "PtxTest.h"
#include "PtxasTest.h"
#include <random>

using namespace dlk::exec;

namespace {

constexpr unsigned SharedBytes = 65536, OffsetB = 32768;

/// How an operand lies in shared memory.
struct OperandLayout {
  unsigned span = 128; ///< Of the swizzle, 16 for none.
  bool transposed = false;
  unsigned rows = 64;

  // Offsets in bytes as a kernel would choose them.
  unsigned leading() const {
    if (span == 16)
      return transposed ? rows * 16 : 128;
    return transposed ? 16 * span : 0;
  }
  unsigned stride() const {
    if (span == 16)
      return transposed ? 128 : 256;
    return transposed ? 8 * span * 0 + 8 * span : 8 * span;
  }
  uint64_t descriptor(unsigned address) const {
    uint64_t mode = span == 128 ? 1 : span == 64 ? 2 : span == 32 ? 3 : 0;
    return (address >> 4 & 0x3fff) | uint64_t(leading() >> 4) << 16 |
           uint64_t(stride() >> 4) << 32 | mode << 62;
  }
  /// The offset of the byte `byte` of depth element of row `row`; `size` is the
  /// element's.
  unsigned place(unsigned row, unsigned k, unsigned size) const {
    unsigned at;
    if (!transposed) {
      unsigned byte = k * size;
      at = span == 16 ? row / 8 * stride() + byte / 16 * leading() +
                            row % 8 * 16 + byte % 16
                      : row / 8 * stride() + row % 8 * span + byte;
    } else {
      unsigned perSpan = span / 2;
      at = span == 16 ? row / 8 * stride() + k / 8 * leading() + k % 8 * 16 +
                            row % 8 * 2
                      : row / perSpan * leading() + k / 8 * stride() +
                            k % 8 * span + row % perSpan * 2;
    }
    unsigned mask = span / 16 - 1;
    return at ^ (at / 128 & mask) * 16;
  }
};

struct Types {
  const char *name; ///< Of D, A and B.
  unsigned k, size; ///< Elements, and their bytes.
  uint32_t (*encode)(int value);
  uint32_t (*encodeB)(int value) = nullptr; ///< If it is another type.
  bool isUnsigned[2] = {false, false};

  bool integers() const { return name[0] == 's'; }
  bool halfSums() const { return name[1] == '1'; }
  bool bits() const { return llvm::StringRef(name).contains("b1"); }
  /// Single bits go by eight, k of the instruction counts them.
  unsigned depth() const { return bits() ? 8 * k : k; }
  int product(int a, int b) const {
    return bits() ? __builtin_popcount(unsigned(a & b)) : a * b;
  }
  unsigned registers(unsigned n) const { return n / (halfSums() ? 4 : 2); }
};

uint32_t halfBits(int v) { return floatToHalf(float(v)); }
uint32_t bfloatBits(int v) { return llvm::bit_cast<uint32_t>(float(v)) >> 16; }
uint32_t tf32Bits(int v) { return llvm::bit_cast<uint32_t>(float(v)); }
uint32_t byteBits(int v) { return uint8_t(v); }
/// -3 to 3 as e4m3.
uint32_t e4m3Bits(int v) {
  static constexpr uint8_t magnitudes[] = {0, 0x38, 0x40, 0x44};
  return magnitudes[std::abs(v)] | (v < 0 ? 0x80 : 0);
}

/// -3 to 3 as e5m2.
uint32_t e5m2Bits(int v) {
  static constexpr uint8_t magnitudes[] = {0, 0x3c, 0x40, 0x42};
  return magnitudes[std::abs(v)] | (v < 0 ? 0x80 : 0);
}

constexpr Types F16 = {"f32.f16.f16", 16, 2, halfBits};
constexpr Types BF16 = {"f32.bf16.bf16", 16, 2, bfloatBits};
constexpr Types TF32 = {"f32.tf32.tf32", 8, 4, tf32Bits};
constexpr Types E4M3 = {"f32.e4m3.e4m3", 32, 1, e4m3Bits};
constexpr Types S8 = {"s32.s8.s8", 32, 1, byteBits};

/// All types of the ISA.
const std::vector<Types> AllTypes = {
    F16,
    BF16,
    TF32,
    {"f16.f16.f16", 16, 2, halfBits},
    E4M3,
    {"f32.e5m2.e5m2", 32, 1, e5m2Bits},
    {"f32.e4m3.e5m2", 32, 1, e4m3Bits, e5m2Bits},
    {"f32.e5m2.e4m3", 32, 1, e5m2Bits, e4m3Bits},
    {"f16.e4m3.e4m3", 32, 1, e4m3Bits},
    {"f16.e5m2.e5m2", 32, 1, e5m2Bits},
    {"f16.e4m3.e5m2", 32, 1, e4m3Bits, e5m2Bits},
    {"f16.e5m2.e4m3", 32, 1, e5m2Bits, e4m3Bits},
    S8,
    {"s32.u8.u8", 32, 1, byteBits, nullptr, {true, true}},
    {"s32.s8.u8", 32, 1, byteBits, nullptr, {false, true}},
    {"s32.u8.s8", 32, 1, byteBits, nullptr, {true, false}},
    {"s32.s8.s8.satfinite", 32, 1, byteBits},
    {"s32.b1.b1.and.popc", 32, 1, byteBits, nullptr, {true, true}},
};

struct Problem {
  Types types = F16;
  unsigned n = 64;
  OperandLayout a, b;
  bool registersA = false;
  int scaleA = 1, scaleB = 1;
  std::string scaleD = "1";
  int start = 1; ///< What D holds before.
};

std::string registerList(const char *prefix, unsigned first, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::string(prefix) + std::to_string(first + i);
  return text + "}";
}

/// k(image, a's fragments, out): shared memory from image; D starts as ones and
/// is stored per thread. `sync` comes before, `wait` after the wgmma.
std::string kernel(const Problem &p, const std::string &wait,
                   const std::string &sync = "bar.sync 0;\n") {
  unsigned count = p.types.registers(p.n);
  std::string text =
      ".version 8.5\n.target sm_90a\n.address_size 64\n"
      ".visible .entry k(.param .u64 image, .param .u64 fragments, .param .u64 "
      "out, .param .u64 da, .param .u64 db)\n{\n"
      ".reg .pred %p<4>; .reg .b32 %r<20>; .reg .b32 %d<" +
      std::to_string(count) +
      ">; .reg .b64 %rd<20>;\n"
      ".shared .align 1024 .b8 buf[65536];\n"
      "ld.param.u64 %rd1, [image]; ld.param.u64 %rd2, [fragments];\n"
      "ld.param.u64 %rd3, [out]; ld.param.u64 %rd4, [da];\n"
      "ld.param.u64 %rd5, [db]; mov.u32 %r1, %tid.x; mov.u32 %r2, buf;\n"
      "mul.lo.u32 %r3, %r1, 4; cvt.u64.u32 %rd6, %r2;\n"
      "shr.u64 %rd6, %rd6, 4; add.u64 %rd4, %rd4, %rd6;\n"
      "add.u64 %rd5, %rd5, %rd6;\n"
      "mul.wide.u32 %rd9, %r1, 16; add.u64 %rd9, %rd9, %rd2;\n"
      "ld.global.v4.b32 {%r10, %r11, %r12, %r13}, [%rd9];\n"
      "L: add.u32 %r4, %r2, %r3; cvt.u64.u32 %rd7, %r3;\n"
      "add.u64 %rd8, %rd1, %rd7; ld.global.u32 %r5, [%rd8];\n"
      "st.shared.u32 [%r4], %r5; add.u32 %r3, %r3, 512;\n"
      "setp.lt.u32 %p1, %r3, 65536; @%p1 bra L;\n"
      "fence.proxy.async; " +
      sync;
  bool integers = p.types.integers();
  std::string first = integers             ? std::to_string(p.start)
                      : p.types.halfSums() ? "0x3c003c00"
                                           : "0f3f800000";
  for (unsigned i = 0; i < count; ++i)
    text += "mov.b32 %d" + std::to_string(i) + ", " + first + ";\n";
  text += "setp.ne.u32 %p2, 1, 0; wgmma.fence.sync.aligned;\n"
          "wgmma.mma_async.sync.aligned.m64n" +
          std::to_string(p.n) + "k" + std::to_string(p.types.depth()) + "." +
          p.types.name + " " + registerList("%d", 0, count) + ", " +
          (p.registersA ? "{%r10, %r11, %r12, %r13}" : "%rd4") + ", %rd5, " +
          p.scaleD;
  if (!integers)
    text += ", " + std::to_string(p.scaleA) + ", " + std::to_string(p.scaleB);
  if (p.types.size == 2) {
    if (!p.registersA)
      text += p.a.transposed ? ", 1" : ", 0";
    text += p.b.transposed ? ", 1" : ", 0";
  }
  text += ";\nwgmma.commit_group.sync.aligned;\n" + wait +
          "mul.lo.u32 %r6, %r1, " + std::to_string(count * 4) +
          ";\ncvt.u64.u32 %rd10, %r6; add.u64 %rd10, %rd10, %rd3;\n";
  for (unsigned i = 0; i < count; ++i)
    text += "st.global.b32 [%rd10+" + std::to_string(4 * i) + "], %d" +
            std::to_string(i) + ";\n";
  return text + "ret;\n}\n";
}

const char *const Wait = "wgmma.wait_group.sync.aligned 0;\n";

void put(std::vector<uint8_t> &to, unsigned at, uint32_t bits, unsigned size) {
  std::memcpy(&to[at], &bits, size);
}

/// Runs a problem on small whole numbers and compares all of D.
void check(const Problem &p, AsyncPolicy policy, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int> a(64 * p.types.k), b(p.n * p.types.k);
  for (auto *values : {&a, &b})
    for (int &value : *values) {
      value = int(random() % 7) - 3;
      if (p.types.isUnsigned[values == &b])
        value = int(random() % (p.types.bits() ? 256 : 7));
    }
  std::vector<uint8_t> image(SharedBytes), fragments(128 * 16);
  unsigned size = p.types.size, perWord = 4 / size;
  for (unsigned row = 0; row < 64; ++row)
    for (unsigned k = 0; k < p.types.k; ++k) {
      uint32_t bits = p.types.encode(a[row * p.types.k + k]);
      put(image, p.a.place(row, k, size), bits, size);
      // Rows g and g + 8 of a warp's 16, four columns of words, twice.
      unsigned word = k / perWord;
      unsigned thread = row / 16 * 32 + row % 8 * 4 + word % 4;
      unsigned reg = row / 8 % 2 + word / 4 * 2;
      put(fragments, thread * 16 + reg * 4 + k % perWord * size, bits, size);
    }
  for (unsigned row = 0; row < p.n; ++row)
    for (unsigned k = 0; k < p.types.k; ++k)
      put(image, OffsetB + p.b.place(row, k, size),
          (p.types.encodeB ? p.types.encodeB
                           : p.types.encode)(b[row * p.types.k + k]),
          size);
  CudaRun run(kernel(p, Wait));
  unsigned count = p.types.registers(p.n);
  uint64_t in = run.input(image), pa = run.input(fragments),
           out = run.input(std::vector<uint32_t>(128 * count));
  Options options = allChecks(policy, seed);
  run.run("k", {1}, {128}, options, in, pa, out, p.a.descriptor(0),
          p.b.descriptor(OffsetB));
  std::vector<uint32_t> d = run.output<uint32_t>(out, 128 * count);
  bool keep = p.scaleD != "0" && p.scaleD != "!%p2";
  unsigned wrong = 0;
  for (unsigned row = 0; row < 64; ++row)
    for (unsigned column = 0; column < p.n; ++column) {
      int64_t sum = 0;
      for (unsigned k = 0; k < p.types.k; ++k)
        sum +=
            p.types.product(a[row * p.types.k + k], b[column * p.types.k + k]);
      sum = sum * p.scaleA * p.scaleB + (keep ? p.start : 0);
      if (llvm::StringRef(p.types.name).ends_with("satfinite"))
        sum = std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX);
      sum = int32_t(sum);
      unsigned thread = row / 16 * 32 + row % 8 * 4 + column % 8 / 2;
      unsigned reg = column / 8 * 4 + row / 8 % 2 * 2 + column % 2;
      uint32_t bits = d[thread * count + reg / (p.types.halfSums() ? 2 : 1)];
      if (p.types.halfSums())
        bits = bitsOf(halfToFloat(uint16_t(bits >> 16 * (column % 2))));
      int64_t got = p.types.integers() ? int64_t(int32_t(bits))
                                       : int64_t(llvm::bit_cast<float>(bits));
      wrong += got != sum;
    }
  EXPECT_EQ(wrong, 0u) << p.types.name << " n " << p.n << " spans " << p.a.span
                       << " " << p.b.span << " transposed " << p.a.transposed
                       << p.b.transposed;
}

TEST(Wgmma, allLayoutsOfHalves) {
  unsigned seed = 0;
  for (unsigned spanA : {16, 32, 64, 128})
    for (unsigned spanB : {16, 32, 64, 128})
      for (unsigned transposed = 0; transposed < 4; ++transposed) {
        Problem p;
        p.types = seed % 2 ? F16 : BF16;
        p.a = {spanA, bool(transposed & 1), 64};
        p.b = {spanB, bool(transposed & 2), 64};
        check(p, AsyncPolicy(seed % 3), seed);
        ++seed;
      }
}

bool hasSize(const Types &types, unsigned n) {
  return n % 8 == 0 && (!types.integers() || n <= 24 || n % 16 == 0);
}

TEST(Wgmma, everySizeOfN) {
  for (unsigned n = 8; n <= 256; n += 8) {
    Problem p;
    p.types = AllTypes[n / 8 * 5 % AllTypes.size()];
    if (!hasSize(p.types, n))
      p.types = BF16;
    p.n = n;
    p.b.rows = n;
    check(p, AsyncPolicy::Immediate, n);
    p.types = BF16;
    p.b = {n % 64 ? n % 32 ? 16u : 64u : 128u, true, n};
    check(p, AsyncPolicy::Late, n);
  }
}

std::vector<Problem> typesAndScales() {
  std::vector<Problem> problems;
  for (const Types &types : AllTypes)
    for (bool registersA : {false, true})
      for (unsigned variant = 0; variant < 3; ++variant) {
        Problem p;
        p.types = types;
        p.registersA = registersA;
        p.n = 32;
        p.b.rows = 32;
        p.scaleD = variant == 0 ? "%p2" : variant == 1 ? "!%p2" : "1";
        if (!types.integers()) {
          p.scaleA = variant == 1 ? -1 : 1;
          p.scaleB = variant == 2 ? -1 : 1;
        } else {
          p.start = variant ? INT32_MAX - 5 : 1;
        }
        unsigned spans[] = {16, 32, 64, 128};
        p.a.span = spans[(variant + registersA) % 4];
        p.b.span = spans[problems.size() % 4];
        problems.push_back(p);
      }
  return problems;
}

TEST(Wgmma, registersTypesAndScales) {
  unsigned seed = 0;
  for (const Problem &p : typesAndScales()) {
    check(p, AsyncPolicy(seed % 3), seed);
    ++seed;
  }
}

/// All in one module, under names of their own, with less shared memory.
TEST(Wgmma, ptxasAcceptsTheForms) {
  std::string text;
  for (const Problem &p : typesAndScales()) {
    if (p.scaleD == "!%p2") // The negation is ours.
      continue;
    std::string one = kernel(p, Wait);
    one = mutated(one, ".entry k(",
                  ".entry k" + std::to_string(text.size()) + "(");
    one = mutated(one, "[65536]", "[49152]");
    text += text.empty() ? one : one.substr(one.find(".visible"));
  }
  DLK_EXPECT_PTXAS(text, "sm_90a");
}

/// 1 + 2^-14 in e4m3: the tensor core keeps 13 bits below the largest term.
TEST(Wgmma, hardwareSumsOfBytesKeepFewBits) {
  for (TensorArithmetic arithmetic :
       {TensorArithmetic::Ideal, TensorArithmetic::Hardware}) {
    Problem p;
    p.types = E4M3;
    CudaRun run(kernel(p, Wait));
    std::vector<uint8_t> image(SharedBytes);
    unsigned terms = 4;
    for (unsigned k = 0; k < terms; ++k) {
      image[p.a.place(0, k, 1)] = 0x04;           // 2^-7
      image[OffsetB + p.b.place(0, k, 1)] = 0x04; // 2^-7
    }
    // In column 1, what is not cut: 4 * 2^-13.
    for (unsigned k = 0; k < terms; ++k)
      image[OffsetB + p.b.place(1, k, 1)] = 0x08; // 2^-6
    uint64_t in = run.input(image), pa = run.input(std::vector<uint8_t>(2048)),
             out = run.input(std::vector<uint32_t>(128 * 32));
    Options options;
    options.arithmetic = arithmetic;
    run.run("k", {1}, {128}, options, in, pa, out, p.a.descriptor(0),
            p.b.descriptor(OffsetB));
    std::vector<float> d = run.output<float>(out, 2);
    bool ideal = arithmetic == TensorArithmetic::Ideal;
    EXPECT_EQ(d[0], ideal ? 1 + 0x1p-12f : 1);
    EXPECT_EQ(d[1], 1 + 0x1p-11f);
  }
}

Report broken(const std::string &wait, const std::string &sync,
              AsyncPolicy policy, std::vector<uint32_t> *result = nullptr) {
  Problem p;
  CudaRun run(kernel(p, wait, sync));
  uint64_t in = run.input(std::vector<uint8_t>(SharedBytes)),
           pa = run.input(std::vector<uint8_t>(2048)),
           out = run.input(std::vector<uint32_t>(128 * 32));
  Options options = allChecks(policy);
  options.checks.init = false;
  Report report = run.launch("k", {1}, {128}, options, in, pa, out,
                             p.a.descriptor(0), p.b.descriptor(OffsetB));
  if (result)
    *result = run.output<uint32_t>(out, 128 * 32);
  return report;
}

TEST(Wgmma, operandsWrittenWithoutABarrier) {
  Report report = broken(Wait, "", AsyncPolicy::Immediate);
  ASSERT_FALSE(report.findings.empty());
  // A warp may also write what the first part of the wgmma reads already.
  FindingKind kind = report.findings[0].kind;
  EXPECT_TRUE(kind == FindingKind::Race || kind == FindingKind::InFlightCopy);
}

TEST(Wgmma, operandsOverwrittenBeforeTheWait) {
  for (AsyncPolicy policy : {AsyncPolicy::Immediate, AsyncPolicy::Late}) {
    const std::string store = "st.shared.u32 [%r2], %r1;\n";
    Report early = broken("@%p1 bra S;\nsetp.eq.u32 %p3, %r1, 0;\n@%p3 " +
                              store + "S: bar.warp.sync -1;\n" + Wait,
                          "bar.sync 0;\n", policy);
    ASSERT_FALSE(early.findings.empty());
    EXPECT_EQ(early.findings[0].kind, FindingKind::InFlightCopy);
    Report late = broken(std::string(Wait) + "setp.eq.u32 %p3, %r1, 0;\n@%p3 " +
                             store + "bar.warp.sync -1;\n",
                         "bar.sync 0;\n", policy);
    EXPECT_EQ(statusName(late.status).str(), "clean");
  }
}

TEST(Wgmma, missingWaitIsFound) {
  for (AsyncPolicy policy : {AsyncPolicy::Immediate, AsyncPolicy::Late}) {
    Report report =
        broken("wgmma.wait_group.sync.aligned 1;\n", "bar.sync 0;\n", policy);
    ASSERT_FALSE(report.findings.empty());
    EXPECT_EQ(report.findings[0].kind, FindingKind::WgmmaRegisters);
  }
}

TEST(Wgmma, badForms) {
  Problem p;
  std::string text = kernel(p, Wait);
  auto with = [&](const std::string &from, const std::string &to) {
    return parseError(mutated(text, from, to));
  };
  EXPECT_NE(with("%rd4, %rd5, 1, 1, 1, 0, 0", "%rd4, %rd5, 1, 2, 1, 0, 0")
                .find("scales are 1 or -1"),
            std::string::npos);
  EXPECT_NE(with("%rd4, %rd5, 1, 1, 1, 0, 0", "%rd4, %rd5, 1, 1, 1, 0")
                .find("wrong number"),
            std::string::npos);
  EXPECT_NE(with("m64n64k16", "m64n72k16").find("registers, it needs"),
            std::string::npos);
}

} // namespace
