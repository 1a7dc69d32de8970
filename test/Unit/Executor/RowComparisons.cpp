// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What comparisons, selections and classifications compute.

#include "RowSweep.h"

using namespace dlk::exec;
using llvm::APFloat;

namespace {

using Result = std::optional<uint64_t>;

bool isFloat(Type type) {
  return typeKind(type) == 'f' || typeKind(type) == 'h';
}
bool isPair(Type type) { return type == Type::f16x2 || type == Type::bf16x2; }

enum class Order { Less, Equal, Greater, Unordered };

Order orderOf(const Opcode &op, Type type, uint64_t a, uint64_t b) {
  if (!isFloat(type)) {
    __int128 x = integerOf(a, type), y = integerOf(b, type);
    return x < y ? Order::Less : x == y ? Order::Equal : Order::Greater;
  }
  APFloat x = floatFrom(a, type), y = floatFrom(b, type);
  if (op.has("ftz")) {
    x = flushed(x);
    y = flushed(y);
  }
  switch (x.compare(y)) {
  case APFloat::cmpLessThan:
    return Order::Less;
  case APFloat::cmpEqual:
    return Order::Equal;
  case APFloat::cmpGreaterThan:
    return Order::Greater;
  default:
    return Order::Unordered;
  }
}

bool holds(const Opcode &op, Type type, uint64_t a, uint64_t b) {
  Order order = orderOf(op, type, a, b);
  llvm::StringRef word = op.oneOf("eq ne lt le gt ge lo ls hi hs equ neu ltu "
                                  "leu gtu geu num nan");
  if (word == "num" || word == "nan")
    return (order == Order::Unordered) == (word == "nan");
  if (order == Order::Unordered)
    return word.size() == 3; // equ neu ltu leu gtu geu
  llvm::StringRef name = word.take_front(2);
  bool less = order == Order::Less, equal = order == Order::Equal;
  return name == "eq"                   ? equal
         : name == "ne"                 ? !equal
         : name == "lt" || name == "lo" ? less
         : name == "le" || name == "ls" ? less || equal
         : name == "gt" || name == "hi" ? !less && !equal
                                        : !less;
}

/// The comparison combined with the predicate operand, if there is one.
bool combined(const Opcode &op, bool result, bool predicate) {
  return op.has("and")   ? result && predicate
         : op.has("or")  ? result || predicate
         : op.has("xor") ? result != predicate
                         : result;
}
Result setPredicate(const Opcode &op, const uint64_t *s) {
  return combined(op, holds(op, op.type(), s[0], s[1]), s[2] & 1);
}
Result setValue(const Opcode &op, const uint64_t *s) {
  Type to = op.type(0), from = op.type(1);
  auto one = [&](unsigned shift) -> uint64_t {
    if (!combined(op, holds(op, from, s[0] >> shift, s[1] >> shift), s[2] & 1))
      return 0;
    if (!isFloat(to))
      return isPair(from) ? 0xffff : 0xffffffff;
    return bitsFrom(APFloat::getOne(semanticsOf(to)), to);
  };
  return isPair(from) ? one(0) | one(16) << 16 : one(0);
}
Result copy(const Opcode &, const uint64_t *s) { return s[0]; }
Result select(const Opcode &, const uint64_t *s) {
  return s[2] & 1 ? s[0] : s[1];
}
Result selectBySign(const Opcode &op, const uint64_t *s) {
  if (op.type(1) == Type::s32)
    return int32_t(s[2]) >= 0 ? s[0] : s[1];
  APFloat c = floatFrom(s[2], Type::f32);
  bool flush = op.has("ftz") && c.isDenormal();
  return !c.isNaN() && (flush || c.isZero() || !c.isNegative()) ? s[0] : s[1];
}
Result test(const Opcode &op, const uint64_t *s) {
  APFloat x = floatFrom(s[0], op.type());
  llvm::StringRef word = op.modifiers.front();
  return word == "finite"       ? x.isFinite()
         : word == "infinite"   ? x.isInfinity()
         : word == "number"     ? !x.isNaN()
         : word == "notanumber" ? x.isNaN()
         : word == "normal"     ? x.isNormal()
                                : x.isDenormal();
}

#define ORDERED "eq,ne,lt,le,gt,ge"
#define FLOATS ORDERED ",equ,neu,ltu,leu,gtu,geu,num,nan"
const RowSweep sweeps[] = {
    {"setp.{" ORDERED "}.{u16,s16,u32,s32,u64,s64}", "PSS", setPredicate},
    {"setp.{eq,ne}.{b16,b32,b64}", "PSS", setPredicate},
    {"setp.{lo,ls,hi,hs}.{u16,u32,u64}", "PSS", setPredicate},
    {"setp.lt.{and,or,xor}.{s16,u32,s64,f32}", "PSSC", setPredicate},
    {"setp.{" FLOATS "}.{f16,bf16,f32,f64}", "PSS", setPredicate},
    {"setp.{" FLOATS "}.ftz.{f16,f32}", "PSS", setPredicate},
    {"set.{" ORDERED "}.{u32,s32,f32}.{u16,s16,u32,s32,u64,s64}", "DLL",
     setValue},
    {"set.{eq,ne}.{u32,s32,f32}.{b16,b32,b64}", "DLL", setValue},
    {"set.{lo,ls,hi,hs}.{u32,s32,f32}.{u16,u32,u64}", "DLL", setValue},
    {"set.{" FLOATS "}.{u32,s32,f32}.{f32,f64}", "DLL", setValue},
    {"set.{" FLOATS "}.{u16,s16,u32,s32,f16}.{f16}", "DLL", setValue},
    {"set.{" FLOATS "}.{u16,s16,u32,s32,bf16}.{bf16}", "DLL", setValue},
    {"set.{" FLOATS "}.f16x2.f16x2", "DLL", setValue},
    {"set.{" FLOATS "}.bf16x2.bf16x2", "DLL", setValue},
    {"set.{" ORDERED "}.{f16,bf16}.{s32,f32}", "DLL", setValue},
    {"set.{lt,geu}.ftz.f16x2.f16x2", "DLL", setValue},
    {"set.ge.{and,or,xor}.{u32,f32}.{s32,f32}", "DLLC", setValue},
    {"set.lt.ftz.{u32,f32}.f32", "DLL", setValue},
    {"mov.{b16,b32,b64,u16,u32,u64,s16,s32,s64,f32,f64,pred}", "DS", copy},
    {"selp.{b16,b32,b64,u16,u32,u64,s16,s32,s64,f32,f64}", "DSSC", select},
    {"slct.{b16,b32,b64,u16,u32,u64,s16,s32,s64,f32,f64}.{s32,f32}", "DSSL",
     selectBySign},
    {"slct.ftz.{b32,s64,f32}.f32", "DSSL", selectBySign},
    {"testp.{finite,infinite,number,notanumber,normal,subnormal}.{f32,f64}",
     "PS", test},
};

} // namespace

llvm::ArrayRef<RowSweep> dlk::exec::comparisonSweeps() { return sweeps; }
