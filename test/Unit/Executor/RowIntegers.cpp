// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the integer and bit instructions compute, in 128-bit arithmetic.

#include "RowSweep.h"

using namespace dlk::exec;

namespace {

using Wide = __int128;
using Result = std::optional<uint64_t>;

Wide value(const Opcode &op, uint64_t bits) {
  return integerOf(bits, op.type());
}

Result packedHalves(const Opcode &op, const uint64_t *s,
                    Wide (*combine)(const Opcode &op, Wide a, Wide b)) {
  Type half = op.type() == Type::u16x2 ? Type::u16 : Type::s16;
  uint64_t low =
      uint64_t(combine(op, integerOf(s[0], half), integerOf(s[1], half)));
  uint64_t high = uint64_t(
      combine(op, integerOf(s[0] >> 16, half), integerOf(s[1] >> 16, half)));
  return (low & 0xffff) | (high & 0xffff) << 16;
}
bool isPacked(const Opcode &op) {
  return op.type() == Type::u16x2 || op.type() == Type::s16x2;
}

Result add(const Opcode &op, const uint64_t *s) {
  if (isPacked(op))
    return packedHalves(op, s,
                        [](const Opcode &, Wide a, Wide b) { return a + b; });
  Wide sum = value(op, s[0]) + value(op, s[1]);
  return uint64_t(op.has("sat") ? clampTo(sum, op.type()) : sum);
}
Result sub(const Opcode &op, const uint64_t *s) {
  Wide sum = value(op, s[0]) - value(op, s[1]);
  return uint64_t(op.has("sat") ? clampTo(sum, op.type()) : sum);
}

/// The part of a product that .lo, .hi or .wide selects.
Wide product(const Opcode &op, uint64_t a, uint64_t b) {
  Wide full = isSigned(op.type()) ? value(op, a) * value(op, b)
                                  : Wide((unsigned __int128)value(op, a) *
                                         (unsigned __int128)value(op, b));
  if (!op.has("hi"))
    return full;
  unsigned bits = typeBits(op.type());
  return isSigned(op.type()) ? full >> bits
                             : Wide((unsigned __int128)full >> bits);
}
Result mul(const Opcode &op, const uint64_t *s) {
  return uint64_t(product(op, s[0], s[1]));
}
Result mad(const Opcode &op, const uint64_t *s) {
  if (op.has("sat"))
    return uint64_t(
        clampTo(product(op, s[0], s[1]) + value(op, s[2]), op.type()));
  return uint64_t(product(op, s[0], s[1])) + s[2];
}
Wide product24(const Opcode &op, uint64_t a, uint64_t b) {
  auto low24 = [&](uint64_t x) {
    return isSigned(op.type()) ? Wide(int32_t(x << 8) >> 8)
                               : Wide(x & 0xffffff);
  };
  Wide full = low24(a) * low24(b);
  return op.has("hi") ? full >> 16 : full;
}
Result mul24(const Opcode &op, const uint64_t *s) {
  return uint64_t(product24(op, s[0], s[1]));
}
Result mad24(const Opcode &op, const uint64_t *s) {
  // The 32 bits of the product are an operand of the addition.
  Wide part = integerOf(uint64_t(product24(op, s[0], s[1])), op.type());
  Wide sum = part + value(op, s[2]);
  return uint64_t(op.has("sat") ? clampTo(sum, op.type()) : sum);
}

Result divide(const Opcode &op, const uint64_t *s) {
  Wide a = value(op, s[0]), b = value(op, s[1]);
  if (b == 0)
    return std::nullopt;
  return uint64_t(op.row->mnemonic == "div" ? a / b : a % b);
}
Result absolute(const Opcode &op, const uint64_t *s) {
  Wide a = value(op, s[0]);
  return uint64_t(op.row->mnemonic == "abs" && a > 0 ? a : -a);
}
Wide smallerOrLarger(const Opcode &op, Wide a, Wide b) {
  Wide result = op.row->mnemonic == "min" ? std::min(a, b) : std::max(a, b);
  return op.has("relu") ? std::max(result, Wide(0)) : result;
}
Result minmax(const Opcode &op, const uint64_t *s) {
  if (isPacked(op))
    return packedHalves(op, s, smallerOrLarger);
  return uint64_t(smallerOrLarger(op, value(op, s[0]), value(op, s[1])));
}
Result sad(const Opcode &op, const uint64_t *s) {
  Wide a = value(op, s[0]), b = value(op, s[1]);
  return s[2] + uint64_t(a < b ? b - a : a - b);
}

/// Sums of products of the bytes of b with bytes (dp4a) or halves (dp2a) of a.
Result dot(const Opcode &op, const uint64_t *s) {
  bool halves = op.row->mnemonic == "dp2a";
  Type a = halves ? (isSigned(op.type(0)) ? Type::s16 : Type::u16)
                  : (isSigned(op.type(0)) ? Type::s8 : Type::u8);
  Type b = isSigned(op.type(1)) ? Type::s8 : Type::u8;
  uint64_t bytes = op.has("hi") ? s[1] >> 16 : s[1];
  Wide sum = int32_t(s[2]);
  for (unsigned i = 0; i < (halves ? 2u : 4u); ++i)
    sum += integerOf(s[0] >> (i * typeBits(a)), a) *
           integerOf(bytes >> (8 * i), b);
  return uint64_t(sum);
}

Result bitwise(const Opcode &op, const uint64_t *s) {
  llvm::StringRef name = op.row->mnemonic;
  return name == "and"   ? s[0] & s[1]
         : name == "or"  ? s[0] | s[1]
         : name == "xor" ? s[0] ^ s[1]
         : name == "not" ? ~s[0]
                         : uint64_t(s[0] == 0);
}
Result lop3(const Opcode &, const uint64_t *s) {
  uint64_t result = 0;
  for (unsigned i = 0; i < 32; ++i) {
    unsigned index =
        (s[0] >> i & 1) * 4 + (s[1] >> i & 1) * 2 + (s[2] >> i & 1);
    result |= (s[3] >> index & 1) << i;
  }
  return result;
}
Result shift(const Opcode &op, const uint64_t *s) {
  unsigned count = unsigned(std::min<uint64_t>(s[1], 64));
  if (op.row->mnemonic == "shl")
    return count >= 64 ? 0 : s[0] << count;
  return uint64_t(value(op, s[0]) >> count);
}
Result funnel(const Opcode &op, const uint64_t *s) {
  uint64_t both = s[1] << 32 | s[0];
  unsigned n =
      op.has("wrap") ? s[2] & 31 : unsigned(std::min<uint64_t>(s[2], 32));
  return op.has("l") ? both << n >> 32 : both >> n;
}

Result extract(const Opcode &op, const uint64_t *s) {
  unsigned msb = typeBits(op.type()) - 1, pos = s[1] & 255, len = s[2] & 255;
  bool sign =
      isSigned(op.type()) && len && (s[0] >> std::min(pos + len - 1, msb) & 1);
  uint64_t result = 0;
  for (unsigned i = 0; i <= msb; ++i) {
    bool bit = i < len && pos + i <= msb ? s[0] >> (pos + i) & 1 : sign;
    result |= uint64_t(bit) << i;
  }
  return result;
}
Result insert(const Opcode &op, const uint64_t *s) {
  unsigned msb = typeBits(op.type()) - 1, pos = s[2] & 255, len = s[3] & 255;
  uint64_t result = s[1];
  for (unsigned i = 0; i < len && pos + i <= msb; ++i) {
    uint64_t bit = uint64_t(1) << (pos + i);
    result = s[0] >> i & 1 ? result | bit : result & ~bit;
  }
  return result;
}
Result findBit(const Opcode &op, const uint64_t *s) {
  unsigned bits = typeBits(op.type());
  bool invert = isSigned(op.type()) && s[0] >> (bits - 1) & 1;
  for (unsigned i = bits; i-- > 0;)
    if ((s[0] >> i & 1) != invert)
      return op.has("shiftamt") ? bits - 1 - i : i;
  return 0xffffffff;
}
Result count(const Opcode &op, const uint64_t *s) {
  unsigned bits = typeBits(op.type()), ones = 0, zeros = 0;
  for (unsigned i = 0; i < bits; ++i)
    ones += s[0] >> i & 1;
  while (zeros < bits && !(s[0] >> (bits - 1 - zeros) & 1))
    ++zeros;
  return op.row->mnemonic == "popc" ? ones : zeros;
}
Result reverse(const Opcode &op, const uint64_t *s) {
  unsigned bits = typeBits(op.type());
  uint64_t result = 0;
  for (unsigned i = 0; i < bits; ++i)
    result |= (s[0] >> i & 1) << (bits - 1 - i);
  return result;
}
Result nthBit(const Opcode &, const uint64_t *s) {
  int64_t offset = int32_t(s[2]), position = int64_t(s[1]);
  if (position > 31)
    return std::nullopt;
  if (offset == 0)
    return s[0] >> position & 1 ? uint64_t(position) : 0xffffffff;
  int64_t left = std::abs(offset), step = offset > 0 ? 1 : -1;
  for (; position >= 0 && position < 32; position += step)
    if ((s[0] >> position & 1) && --left == 0)
      return uint64_t(position);
  return 0xffffffff;
}
Result extend(const Opcode &op, const uint64_t *s) {
  unsigned n = s[1] & 31;
  bool tooLarge = s[1] >= 32 && op.has("clamp");
  uint32_t mask = tooLarge ? 0 : ~0u << n;
  bool sign = n && !tooLarge && isSigned(op.type()) && (s[0] >> (n - 1) & 1);
  return (s[0] & ~mask) | (sign ? mask : 0);
}
Result bitMask(const Opcode &op, const uint64_t *s) {
  unsigned start = s[0] & 31, width = s[1] & 31;
  bool clamp = op.has("clamp");
  uint32_t from = clamp && s[0] >= 32 ? 0 : ~0u << start;
  bool open = start + width >= 32 || (clamp && (s[0] >= 32 || s[1] >= 32));
  uint32_t beyond = open ? 0 : ~0u << (start + width);
  return from & ~beyond;
}
Result permute(const Opcode &op, const uint64_t *s) {
  unsigned k = s[2] & 3;
  uint64_t selector =
      op.has("f4e") ? k | (k + 1) << 4 | (k + 2) << 8 | (k + 3) << 12
      : op.has("b4e")
          ? k | ((k + 7) & 7) << 4 | ((k + 6) & 7) << 8 | ((k + 5) & 7) << 12
      : op.has("rc8") ? k * 0x1111
      : op.has("ecl") ? std::max(k, 0u) | std::max(k, 1u) << 4 |
                            std::max(k, 2u) << 8 | 3u << 12
      : op.has("ecr")
          ? 0 | std::min(k, 1u) << 4 | std::min(k, 2u) << 8 | k << 12
      : op.has("rc16") ? (k & 1 ? 0x3232 : 0x1010)
                       : s[2];
  uint64_t both = s[1] << 32 | s[0], result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    unsigned nibble = selector >> (4 * i) & 15;
    uint64_t byte = both >> (8 * (nibble & 7)) & 255;
    if (nibble & 8)
      byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}

Wide videoLane(const Opcode &op, Wide a, Wide b) {
  llvm::StringRef name = op.row->mnemonic.drop_front().drop_back();
  if (name == "add" || name == "sub")
    return name == "add" ? a + b : a - b;
  if (name == "avrg")
    return a + b >= 0 ? (a + b + 1) / 2 : (a + b) >> 1;
  if (name == "absdiff")
    return a < b ? b - a : a - b;
  if (name == "min" || name == "max")
    return (name == "min") == (a < b) ? a : b;
  return (op.has("eq") && a == b) || (op.has("ne") && a != b) ||
         (op.has("lt") && a < b) || (op.has("le") && a <= b) ||
         (op.has("gt") && a > b) || (op.has("ge") && a >= b);
}

/// Bytes or halfwords by themselves, or their sum and the third source.
Result video(const Opcode &op, const uint64_t *s) {
  bool set = op.row->mnemonic.starts_with("vset");
  unsigned bits = op.row->mnemonic.ends_with("4") ? 8 : 16;
  auto lane = [&](uint64_t word, unsigned at, Type type) {
    Wide value = word >> at & ((1u << bits) - 1);
    bool negative = isSigned(type) && value >> (bits - 1);
    return negative ? value - (Wide(1) << bits) : value;
  };
  Wide low = isSigned(op.type(0)) ? -(Wide(1) << (bits - 1)) : 0;
  uint64_t sum = s[2], packed = 0;
  for (unsigned at = 0; at < 32; at += bits) {
    Wide value = videoLane(op, lane(s[0], at, op.type(set ? 0 : 1)),
                           lane(s[1], at, op.type(set ? 1 : 2)));
    if (op.has("sat"))
      value = std::clamp(value, low, low + (Wide(1) << bits) - 1);
    sum += uint64_t(value);
    packed |= (uint64_t(value) & ((1u << bits) - 1)) << at;
  }
  return op.has("add") ? sum : packed;
}

const RowSweep sweeps[] = {
    {"add.{u16,s16,u32,s32,u64,s64,u16x2,s16x2}", "DSS", add},
    {"{add,sub}.sat.s32", "DSS",
     [](const Opcode &op, const uint64_t *s) {
       return op.row->mnemonic == "add" ? add(op, s) : sub(op, s);
     }},
    {"sub.{u16,s16,u32,s32,u64,s64}", "DSS", sub},
    {"mul.{lo,hi}.{u16,s16,u32,s32,u64,s64}", "DSS", mul},
    {"mul.wide.{u16,s16,u32,s32}", "WSS", mul},
    {"mad.{lo,hi}.{u16,s16,u32,s32,u64,s64}", "DSSS", mad},
    {"mad.hi.sat.s32", "DSSS", mad},
    {"mad.wide.{u16,s16,u32,s32}", "WSSA", mad},
    {"mul24.{lo,hi}.{u32,s32}", "DSS", mul24},
    {"mad24.{lo,hi}.{u32,s32}", "DSSS", mad24},
    {"mad24.hi.sat.s32", "DSSS", mad24},
    {"{div,rem}.{u16,s16,u32,s32,u64,s64}", "DSS", divide},
    {"{abs,neg}.{s16,s32,s64}", "DS", absolute},
    {"{min,max}.{u16,s16,u32,s32,u64,s64,u16x2,s16x2}", "DSS", minmax},
    {"{min,max}.relu.{s32,s16x2}", "DSS", minmax},
    {"sad.{u16,s16,u32,s32,u64,s64}", "DSSS", sad},
    {"dp4a.{u32,s32}.{u32,s32}", "DIII", dot},
    {"dp2a.{lo,hi}.{u32,s32}.{u32,s32}", "DIII", dot},
    {"{and,or,xor}.{b16,b32,b64,pred}", "DSS", bitwise},
    {"not.{b16,b32,b64,pred}", "DS", bitwise},
    {"cnot.{b16,b32,b64}", "DS", bitwise},
    {"lop3.b32", "DSSSN", lop3},
    {"shl.{b16,b32,b64}", "DSI", shift},
    {"shr.{b16,b32,b64,u16,s16,u32,s32,u64,s64}", "DSI", shift},
    {"shf.{l,r}.{wrap,clamp}.b32", "DSSI", funnel},
    {"bfe.{u32,s32,u64,s64}", "DSII", extract},
    {"bfi.{b32,b64}", "DSSII", insert},
    {"bfind{,.shiftamt}.{u32,s32,u64,s64}", "RS", findBit},
    {"{popc,clz}.{b32,b64}", "RS", count},
    {"brev.{b32,b64}", "DS", reverse},
    {"fns.b32", "DSII", nthBit},
    {"szext.{wrap,clamp}.{u32,s32}", "DSI", extend},
    {"bmsk.{wrap,clamp}.b32", "DII", bitMask},
    {"v{add,sub,avrg,absdiff,min,max}4.{u32,s32}.{u32,s32}.s32{,.sat,.add}",
     "DSSS", video},
    {"v{add,sub,avrg,absdiff,min,max}2.{u32.u32.u32,s32.s32.u32}{,.sat,.add}",
     "DSSS", video},
    {"vset{4,2}.{u32,s32}.u32.{eq,ne,lt,le,gt,ge}{,.add}", "DSSS", video},
    {"prmt.b32{,.f4e,.b4e,.rc8,.ecl,.ecr,.rc16}", "DSSI", permute},
};

} // namespace

llvm::ArrayRef<RowSweep> dlk::exec::integerSweeps() { return sweeps; }
