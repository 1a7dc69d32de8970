// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lane-wise handlers of all instruction set levels that this machine has
// give the same bits, with all lanes active and with some. The other tests
// check the best level only.

#include "Alu.h"
#include "Warp.h"
#include "gtest/gtest.h"
#include <cstring>
#include <random>

using namespace dlk::exec;

namespace {

using Finder = Handler (*)(const AluKey &);
struct LevelFinders {
  Finder groups[6];
};
#define LEVEL(level)                                                           \
  LevelFinders {                                                               \
    level::findInteger, level::findBits, level::findFloat, level::findHalf,    \
        level::findConvert, level::findSelect                                  \
  }

std::vector<LevelFinders> hostLevels() {
  std::vector<LevelFinders> levels{LEVEL(baseline)};
#if defined(__x86_64__) && defined(__clang__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v3"))
    levels.push_back(LEVEL(v3));
  if (__builtin_cpu_supports("x86-64-v4"))
    levels.push_back(LEVEL(v4));
#endif
  return levels;
}

/// Four registers and a predicate, each in 256 bytes of its own.
struct alignas(64) Registers {
  uint64_t words[5][32];
  bool operator==(const Registers &other) const {
    return std::memcmp(words, other.words, sizeof(words)) == 0;
  }
};

Registers randomRegisters(std::mt19937_64 &random, const AluKey &key) {
  Registers registers;
  for (auto &reg : registers.words)
    for (uint64_t &word : reg) {
      word = random();
      // Small numbers too, and no NaN in f64, whose payload may differ.
      if (random() % 4 == 0)
        word &= 0x0000003f0000003f;
      if (key.to == Type::f64 || key.from == Type::f64)
        word &= 0xbfffffffffffffff;
    }
  return registers;
}

Registers runOn(Handler handler, const AluKey &key, Registers registers,
                int32_t imm, Mask mask) {
  Warp warp;
  warp.registers = reinterpret_cast<std::byte *>(registers.words);
  Op op;
  for (int k = 0; k < 5; ++k)
    op.a[k] = k * 256;
  op.imm = imm;
  op.spec = &key;
  handler(warp, op, mask);
  return registers;
}

void compareLevels(const AluKey &key, unsigned group, unsigned &compared) {
  static const std::vector<LevelFinders> levels = hostLevels();
  Handler first = levels[0].groups[group](key);
  for (size_t i = 1; i < levels.size(); ++i) {
    Handler other = levels[i].groups[group](key);
    ASSERT_EQ(first == nullptr, other == nullptr);
    if (!first)
      continue;
    ++compared;
    std::mt19937_64 random(unsigned(key.op) * 1000 + unsigned(key.to));
    for (Mask mask : {FullMask, Mask(0x80f00f01), Mask(random())}) {
      Registers registers = randomRegisters(random, key);
      int32_t imm = key.op == Alu::setp ? int32_t(random() % 14 | 0x100)
                                        : int32_t(random() & 0xff);
      ASSERT_TRUE(runOn(first, key, registers, imm, mask) ==
                  runOn(other, key, registers, imm, mask))
          << "operation " << unsigned(key.op) << " " << typeName(key.to).str()
          << " from " << typeName(key.from).str() << " flags " << key.flags
          << " level " << i;
    }
  }
}

TEST(AluLevels, AgreeOnEveryHandler) {
  const uint64_t flags[] = {0,
                            flag::ftz,
                            flag::sat,
                            flag::hi,
                            flag::wide,
                            flag::NaN,
                            flag::relu,
                            flag::rn,
                            flag::rzi,
                            flag::wrap | flag::l,
                            flag::l,
                            flag::ftz | flag::sat,
                            flag::shiftamt,
                            flag::b4e};
  unsigned compared = 0;
  for (unsigned op = 0; op <= unsigned(Alu::mov); ++op)
    for (unsigned to = 0; to <= unsigned(Type::pred); ++to)
      for (unsigned from = 0; from <= unsigned(Type::pred); ++from)
        for (uint64_t flag : flags) {
          AluKey key{Alu(op), Type(to), Type(from), flag};
          // Only conversions look at the source type.
          if (key.op != Alu::cvt && to != from)
            continue;
          for (unsigned group = 0; group < 6; ++group)
            compareLevels(key, group, compared);
        }
  if (hostLevels().size() > 1)
    EXPECT_GT(compared, 1000u);
}

} // namespace
