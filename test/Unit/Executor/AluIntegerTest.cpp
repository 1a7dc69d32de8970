// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer and bit instructions against one-element references, on all pairs of
// edge values.

#include "PtxTest.h"

using namespace dlk::exec;

namespace {

const std::vector<uint64_t> edges = {0,
                                     1,
                                     2,
                                     3,
                                     5,
                                     31,
                                     32,
                                     33,
                                     63,
                                     64,
                                     65,
                                     0x7f,
                                     0x80,
                                     0xff,
                                     0x100,
                                     0x7fff,
                                     0x8000,
                                     0xffff,
                                     0x10000,
                                     0x7fffff,
                                     0x800000,
                                     0xffffff,
                                     0x12345678,
                                     0x7fffffff,
                                     0x80000000,
                                     0x80000001,
                                     0xffffffff,
                                     0x100000000ull,
                                     0x0123456789abcdefull,
                                     0x7fffffffffffffffull,
                                     0x8000000000000000ull,
                                     0xfedcba9876543210ull,
                                     0xffffffffffffffffull};

int32_t s32(uint64_t x) { return int32_t(x); }
uint32_t u32(uint64_t x) { return uint32_t(x); }
int16_t s16(uint64_t x) { return int16_t(x); }
uint16_t u16(uint64_t x) { return uint16_t(x); }
int64_t s64(uint64_t x) { return int64_t(x); }
int32_t clamp32(int64_t x) {
  return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : int32_t(x);
}
using s128 = __int128;
using u128 = unsigned __int128;

#define CASE(code, bits, expression)                                           \
  LaneCase {                                                                   \
    code, bits, [](uint64_t a, uint64_t b, uint64_t c) -> uint64_t {           \
      (void)a, (void)b, (void)c;                                               \
      return uint64_t(expression);                                             \
    }                                                                          \
  }

void checkAll(std::initializer_list<LaneCase> cases) {
  for (const LaneCase &test : cases)
    checkCase(test, edges);
}

TEST(AluInteger, AddSub) {
  checkAll({
      CASE("add.u16 %hd, %ha, %hb;", 16, u16(a) + u16(b)),
      CASE("add.s32 %rd, %ra, %rb;", 32, u32(a) + u32(b)),
      CASE("add.u64 %xd, %xa, %xb;", 64, a + b),
      CASE("add.sat.s32 %rd, %ra, %rb;", 32, clamp32(int64_t(s32(a)) + s32(b))),
      CASE("sub.s16 %hd, %ha, %hb;", 16, u16(a) - u16(b)),
      CASE("sub.u32 %rd, %ra, %rb;", 32, u32(a) - u32(b)),
      CASE("sub.s64 %xd, %xa, %xb;", 64, a - b),
      CASE("sub.sat.s32 %rd, %ra, %rb;", 32, clamp32(int64_t(s32(a)) - s32(b))),
      CASE("add.s32 %rd, %ra, -5;", 32, u32(a) - 5),
      CASE("neg.s32 %rd, %ra;", 32, 0 - u32(a)),
      CASE("neg.s64 %xd, %xa;", 64, 0 - a),
      CASE("abs.s32 %rd, %ra;", 32, s32(a) < 0 ? 0 - u32(a) : u32(a)),
      CASE("abs.s64 %xd, %xa;", 64, s64(a) < 0 ? 0 - a : a),
  });
}

TEST(AluInteger, Multiply) {
  checkAll({
      CASE("mul.lo.u16 %hd, %ha, %hb;", 16, u32(u16(a)) * u16(b)),
      CASE("mul.lo.s32 %rd, %ra, %rb;", 32, u32(a) * u32(b)),
      CASE("mul.lo.u64 %xd, %xa, %xb;", 64, a * b),
      CASE("mul.hi.u16 %hd, %ha, %hb;", 16, (u32(u16(a)) * u16(b)) >> 16),
      CASE("mul.hi.s16 %hd, %ha, %hb;", 16, (int32_t(s16(a)) * s16(b)) >> 16),
      CASE("mul.hi.u32 %rd, %ra, %rb;", 32, (uint64_t(u32(a)) * u32(b)) >> 32),
      CASE("mul.hi.s32 %rd, %ra, %rb;", 32, (int64_t(s32(a)) * s32(b)) >> 32),
      CASE("mul.hi.u64 %xd, %xa, %xb;", 64, (u128(a) * b) >> 64),
      CASE("mul.hi.s64 %xd, %xa, %xb;", 64, (s128(s64(a)) * s64(b)) >> 64),
      CASE("mul.wide.u16 %rd, %ha, %hb;", 32, u32(u16(a)) * u16(b)),
      CASE("mul.wide.s16 %rd, %ha, %hb;", 32, int32_t(s16(a)) * s16(b)),
      CASE("mul.wide.u32 %xd, %ra, %rb;", 64, uint64_t(u32(a)) * u32(b)),
      CASE("mul.wide.s32 %xd, %ra, %rb;", 64, int64_t(s32(a)) * s32(b)),
      CASE("mad.lo.s32 %rd, %ra, %rb, %rc;", 32, u32(a) * u32(b) + u32(c)),
      CASE("mad.lo.u64 %xd, %xa, %xb, %xc;", 64, a * b + c),
      CASE("mad.hi.s32 %rd, %ra, %rb, %rc;", 32,
           u32((int64_t(s32(a)) * s32(b)) >> 32) + u32(c)),
      CASE("mad.wide.u32 %xd, %ra, %rb, %xc;", 64,
           uint64_t(u32(a)) * u32(b) + c),
      CASE("mad.wide.s32 %xd, %ra, %rb, %xc;", 64,
           uint64_t(int64_t(s32(a)) * s32(b)) + c),
      CASE("mad.hi.sat.s32 %rd, %ra, %rb, %rc;", 32,
           clamp32(((int64_t(s32(a)) * s32(b)) >> 32) + s32(c))),
      CASE("mul24.lo.u32 %rd, %ra, %rb;", 32,
           uint64_t(a & 0xffffff) * (b & 0xffffff)),
      CASE("mul24.hi.u32 %rd, %ra, %rb;", 32,
           (uint64_t(a & 0xffffff) * (b & 0xffffff)) >> 16),
      CASE("mul24.lo.s32 %rd, %ra, %rb;", 32,
           int64_t(s32(a << 8) >> 8) * (s32(b << 8) >> 8)),
  });
}

TEST(AluInteger, DivideAndCompare) {
  checkAll({
      CASE("div.u32 %rd, %ra, %rb;", 32, u32(b) ? u32(a) / u32(b) : ~0u),
      CASE("div.s32 %rd, %ra, %rb;", 32,
           s32(b) ? int64_t(s32(a)) / s32(b) : -1),
      CASE("div.u64 %xd, %xa, %xb;", 64, b ? a / b : ~uint64_t(0)),
      CASE("div.s64 %xd, %xa, %xb;", 64,
           s64(b) ? s128(s64(a)) / s64(b) : s128(-1)),
      CASE("rem.u32 %rd, %ra, %rb;", 32, u32(b) ? u32(a) % u32(b) : u32(a)),
      CASE("rem.s32 %rd, %ra, %rb;", 32,
           s32(b) ? int64_t(s32(a)) % s32(b) : int64_t(s32(a))),
      CASE("div.u16 %hd, %ha, %hb;", 16, u16(b) ? u16(a) / u16(b) : 0xffff),
      CASE("min.s32 %rd, %ra, %rb;", 32, std::min(s32(a), s32(b))),
      CASE("min.u32 %rd, %ra, %rb;", 32, std::min(u32(a), u32(b))),
      CASE("max.s64 %xd, %xa, %xb;", 64, std::max(s64(a), s64(b))),
      CASE("max.u16 %hd, %ha, %hb;", 16, std::max(u16(a), u16(b))),
      CASE("max.s16 %hd, %ha, %hb;", 16, std::max(s16(a), s16(b))),
      CASE("sad.s32 %rd, %ra, %rb, %rc;", 32,
           u32(c) + u32(std::abs(int64_t(s32(a)) - s32(b)))),
      CASE("sad.u32 %rd, %ra, %rb, %rc;", 32,
           u32(c) + (u32(a) < u32(b) ? u32(b) - u32(a) : u32(a) - u32(b))),
      CASE("setp.lt.s32 %pd, %ra, %rb;", 1, s32(a) < s32(b)),
      CASE("setp.lo.u32 %pd, %ra, %rb;", 1, u32(a) < u32(b)),
      CASE("setp.ge.u64 %pd, %xa, %xb;", 1, a >= b),
      CASE("setp.gt.s64 %pd, %xa, %xb;", 1, s64(a) > s64(b)),
      CASE("setp.eq.b16 %pd, %ha, %hb;", 1, u16(a) == u16(b)),
      CASE("setp.le.s16 %pd, %ha, %hb;", 1, s16(a) <= s16(b)),
      CASE("setp.ne.and.b32 %pd|%pq, %ra, %rb, %pa;", 1,
           u32(a) != u32(b) && (a & 1)),
      CASE("setp.ne.or.b32 %pq|%pd, %ra, %rb, !%pa;", 1,
           u32(a) == u32(b) || !(a & 1)),
      CASE("set.lt.u32.s32 %rd, %ra, %rb;", 32, s32(a) < s32(b) ? ~0u : 0),
      CASE("slct.s32.s32 %rd, %ra, %rb, %rc;", 32, s32(c) >= 0 ? a : b),
      CASE("selp.b64 %xd, %xa, %xb, %pa;", 64, (a & 1) ? a : b),
      CASE("selp.b16 %hd, %ha, 7, !%pa;", 16, (a & 1) ? 7 : a),
  });
}

uint32_t permute(uint64_t a, uint64_t b, uint32_t selector) {
  uint64_t both = uint64_t(u32(b)) << 32 | u32(a);
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    unsigned nibble = selector >> (4 * i) & 15;
    unsigned byte = both >> (8 * (nibble & 7)) & 0xff;
    if (nibble & 8)
      byte = byte & 0x80 ? 0xff : 0;
    result |= byte << (8 * i);
  }
  return result;
}

uint64_t extract(uint64_t a, unsigned position, unsigned length, unsigned top,
                 bool sign) {
  bool fill = sign && length && (a >> std::min(position + length - 1, top) & 1);
  uint64_t result = 0;
  for (unsigned i = 0; i <= top; ++i) {
    bool inside = i < length && position + i <= top;
    result |= uint64_t(inside ? a >> (position + i) & 1 : fill) << i;
  }
  return result;
}

uint64_t insert(uint64_t a, uint64_t b, unsigned position, unsigned length,
                unsigned top) {
  for (unsigned i = 0; i < length && position + i <= top; ++i) {
    uint64_t bit = uint64_t(1) << (position + i);
    b = (a >> i & 1) ? b | bit : b & ~bit;
  }
  return b;
}

TEST(AluInteger, Bits) {
  checkAll({
      CASE("and.b32 %rd, %ra, %rb;", 32, a & b),
      CASE("or.b64 %xd, %xa, %xb;", 64, a | b),
      CASE("xor.b16 %hd, %ha, %hb;", 16, a ^ b),
      CASE("not.b64 %xd, %xa;", 64, ~a),
      CASE("cnot.b32 %rd, %ra;", 32, u32(a) == 0),
      CASE("shl.b32 %rd, %ra, %rb;", 32, u32(b) > 31 ? 0 : u32(a) << u32(b)),
      CASE("shl.b64 %xd, %xa, %rb;", 64, u32(b) > 63 ? 0 : a << u32(b)),
      CASE("shl.b16 %hd, %ha, %rb;", 16, u32(b) > 15 ? 0 : u32(a) << u32(b)),
      CASE("shr.u32 %rd, %ra, %rb;", 32, u32(b) > 31 ? 0 : u32(a) >> u32(b)),
      CASE("shr.s32 %rd, %ra, %rb;", 32, s32(a) >> std::min(u32(b), 31u)),
      CASE("shr.s64 %xd, %xa, %rb;", 64, s64(a) >> std::min(u32(b), 63u)),
      CASE("shr.s16 %hd, %ha, %rb;", 16, s16(a) >> std::min(u32(b), 15u)),
      CASE("shf.l.wrap.b32 %rd, %ra, %rb, %rc;", 32,
           ((b << 32 | u32(a)) << (c & 31)) >> 32),
      CASE("shf.r.wrap.b32 %rd, %ra, %rb, %rc;", 32,
           (uint64_t(u32(b)) << 32 | u32(a)) >> (c & 31)),
      CASE("shf.r.clamp.b32 %rd, %ra, %rb, %rc;", 32,
           (uint64_t(u32(b)) << 32 | u32(a)) >> std::min(u32(c), 32u)),
      CASE("shf.l.clamp.b32 %rd, %ra, %rb, %rc;", 32,
           ((uint64_t(u32(b)) << 32 | u32(a)) << std::min(u32(c), 32u)) >> 32),
      CASE("popc.b32 %rd, %ra;", 32, __builtin_popcount(u32(a))),
      CASE("popc.b64 %rd, %xa;", 32, __builtin_popcountll(a)),
      CASE("clz.b32 %rd, %ra;", 32, u32(a) ? __builtin_clz(u32(a)) : 32),
      CASE("clz.b64 %rd, %xa;", 32, a ? __builtin_clzll(a) : 64),
      CASE("brev.b32 %rd, %ra;", 32, __builtin_bitreverse32(u32(a))),
      CASE("brev.b64 %xd, %xa;", 64, __builtin_bitreverse64(a)),
      CASE("bfind.u32 %rd, %ra;", 32, u32(a) ? 31 - __builtin_clz(u32(a)) : -1),
      CASE("bfind.shiftamt.s32 %rd, %ra;", 32,
           s32(a) == 0 || s32(a) == -1
               ? -1
               : __builtin_clz(u32(s32(a) < 0 ? ~a : a))),
      CASE("bfind.u64 %rd, %xa;", 32, a ? 63 - __builtin_clzll(a) : -1),
      CASE("bfe.u32 %rd, %ra, %rb, %rc;", 32,
           extract(u32(a), b & 255, c & 255, 31, false)),
      CASE("bfe.s32 %rd, %ra, %rb, %rc;", 32,
           extract(u32(a), b & 255, c & 255, 31, true)),
      CASE("bfe.s64 %xd, %xa, %rb, %rc;", 64,
           extract(a, b & 255, c & 255, 63, true)),
      CASE("bfi.b32 %rd, %ra, %rb, %rc, 7;", 32,
           insert(u32(a), u32(b), c & 255, 7, 31)),
      CASE("bfi.b64 %xd, %xa, %xb, 3, %rc;", 64, insert(a, b, 3, c & 255, 63)),
      CASE("lop3.b32 %rd, %ra, %rb, %rc, 0x96;", 32, a ^ b ^ c),
      CASE("lop3.b32 %rd, %ra, %rb, %rc, 0xca;", 32, (a & b) | (~a & c)),
      CASE("lop3.b32 %rd, %ra, %rb, %rc, 0x1b;", 32,
           (~a & ~b & ~c) | (~a & ~b & c) | (~a & b & c) | (a & ~b & ~c)),
      CASE("prmt.b32 %rd, %ra, %rb, %rc;", 32, permute(a, b, u32(c))),
      CASE("prmt.b32 %rd, %ra, %rb, 0xb3a1;", 32, permute(a, b, 0xb3a1)),
      CASE("prmt.b32.f4e %rd, %ra, %rb, 1;", 32, permute(a, b, 0x4321)),
      CASE("prmt.b32.b4e %rd, %ra, %rb, 1;", 32, permute(a, b, 0x6701)),
      CASE("prmt.b32.rc8 %rd, %ra, %rb, 2;", 32, permute(a, b, 0x2222)),
      CASE("prmt.b32.ecl %rd, %ra, %rb, 1;", 32, permute(a, b, 0x3211)),
      CASE("prmt.b32.ecr %rd, %ra, %rb, 2;", 32, permute(a, b, 0x2210)),
      CASE("prmt.b32.rc16 %rd, %ra, %rb, 1;", 32, permute(a, b, 0x3232)),
      CASE("and.pred %pd, %pa, %pa;", 1, a),
      CASE("xor.pred %pd, %pa, 1;", 1, !(a & 1)),
      CASE("not.pred %pd, %pa;", 1, ~a),
  });
}

TEST(AluInteger, CarryChains) {
  checkAll({
      CASE("add.cc.u32 %rd, %ra, %rb; addc.u32 %rd, 0, 0;", 32,
           (uint64_t(u32(a)) + u32(b)) >> 32),
      CASE("add.cc.u32 %rd, %ra, %rb; addc.cc.u32 %rd, %rb, %rc; "
           "addc.u32 %rd, 0, 0;",
           32,
           (uint64_t(u32(b)) + u32(c) + ((uint64_t(u32(a)) + u32(b)) >> 32)) >>
               32),
      CASE("sub.cc.u32 %rd, %ra, %rb; subc.u32 %rd, 9, 2;", 32,
           7 - (u32(a) < u32(b))),
      CASE("mad.lo.cc.u32 %rd, %ra, %rb, %rc; madc.hi.u32 %rd, %ra, %rb, 0;",
           32, (uint64_t(u32(a)) * u32(b) + u32(c)) >> 32),
      CASE("add.cc.u64 %xd, %xa, %xb; addc.u64 %xd, 0, 0;", 64,
           (u128(a) + b) >> 64),
  });
}

TEST(AluInteger, DotAndPacked) {
  checkAll({
      CASE("dp4a.s32.s32 %rd, %ra, %rb, %rc;", 32,
           int8_t(a) * int8_t(b) + int8_t(a >> 8) * int8_t(b >> 8) +
               int8_t(a >> 16) * int8_t(b >> 16) +
               int8_t(a >> 24) * int8_t(b >> 24) + u32(c)),
      CASE("dp4a.u32.s32 %rd, %ra, %rb, 1;", 32,
           uint8_t(a) * int8_t(b) + uint8_t(a >> 8) * int8_t(b >> 8) +
               uint8_t(a >> 16) * int8_t(b >> 16) +
               uint8_t(a >> 24) * int8_t(b >> 24) + 1),
      CASE("dp2a.lo.s32.u32 %rd, %ra, %rb, 0;", 32,
           s16(a) * uint8_t(b) + s16(a >> 16) * uint8_t(b >> 8)),
      CASE("dp2a.hi.u32.u32 %rd, %ra, %rb, 0;", 32,
           u32(u16(a)) * uint8_t(b >> 16) +
               u32(u16(a >> 16)) * uint8_t(b >> 24)),
      CASE("add.s16x2 %rd, %ra, %rb;", 32,
           u16(a + b) | uint64_t(u16((a >> 16) + (b >> 16))) << 16),
      CASE("max.s16x2 %rd, %ra, %rb;", 32,
           u16(std::max(s16(a), s16(b))) |
               uint64_t(u16(std::max(s16(a >> 16), s16(b >> 16)))) << 16),
  });
}

TEST(AluInteger, Conversions) {
  checkAll({
      CASE("cvt.s32.s8 %rd, %ra;", 32, int8_t(a)),
      CASE("cvt.u32.u8 %rd, %ra;", 32, uint8_t(a)),
      CASE("cvt.s64.s32 %xd, %ra;", 64, s32(a)),
      CASE("cvt.u64.u32 %xd, %ra;", 64, u32(a)),
      CASE("cvt.s64.s16 %xd, %ha;", 64, s16(a)),
      CASE("cvt.u16.u32 %hd, %ra;", 16, a),
      CASE("cvt.s8.s32 %xd, %ra;", 64, int64_t(int8_t(a))),
      CASE("cvt.u8.u32 %rd, %ra;", 32, uint8_t(a)),
      CASE("cvt.s8.s32 %hd, %ra; cvt.u32.u16 %rd, %hd;", 32, u16(int8_t(a))),
      CASE("cvt.sat.s8.s32 %rd, %ra;", 32,
           std::min(127, std::max(-128, s32(a)))),
      CASE("cvt.sat.u8.s32 %rd, %ra;", 32, std::min(255, std::max(0, s32(a)))),
      CASE("cvt.sat.u32.s64 %rd, %xa;", 32,
           s64(a) < 0 ? 0 : std::min<int64_t>(s64(a), 0xffffffff)),
      CASE("cvt.pack.sat.u8.s32.b32 %rd, %ra, %rb, %rc;", 32,
           u32(c) << 16 | std::min(255, std::max(0, s32(a))) << 8 |
               std::min(255, std::max(0, s32(b)))),
      CASE("mov.b64 {%rd, %rc}, %xa;", 32, a),
      CASE("mov.b64 {_, %rd}, %xa;", 32, a >> 32),
      CASE("mov.b64 %xd, {%rb, %ra};", 64, a << 32 | u32(b)),
      CASE("mov.b32 %rd, {%ha, %hb};", 32, b << 16 | u16(a)),
      CASE("mov.b32 {%hc, %hd}, %ra;", 16, a >> 16),
      CASE("mov.b64 %xd, {%ha, %hb, %hc, %ha};", 64,
           u16(a) | uint64_t(u16(b)) << 16 | uint64_t(u16(c)) << 32 | a << 48),
  });
}

} // namespace
