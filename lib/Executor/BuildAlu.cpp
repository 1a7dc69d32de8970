// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lane-wise arithmetic: operands by the codes of Instructions.def, the handler
// by operation, type and modifiers.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

static std::optional<Alu> aluOf(llvm::StringRef mnemonic) {
  return llvm::StringSwitch<std::optional<Alu>>(mnemonic)
      .Case("and", Alu::and_)
      .Case("or", Alu::or_)
      .Case("xor", Alu::xor_)
      .Case("not", Alu::not_)
#define X(name) .Case(#name, Alu::name)
          DLK_ALU_OPS(X)
#undef X
      .Default(std::nullopt);
}

static AluKey keyOf(const Opcode &opcode) {
  AluKey key;
  key.op = aluOf(opcode.row->mnemonic).value_or(Alu::mov);
  key.to = opcode.type(0);
  key.from = opcode.type(unsigned(opcode.types.size()) - 1);
  for (llvm::StringRef modifier : opcode.modifiers)
    key.flags |= aluFlag(modifier);
  return key;
}

/// The type twice as wide, for .wide.
static Type widened(Type type) {
  switch (type) {
  case Type::u16:
    return Type::u32;
  case Type::s16:
    return Type::s32;
  case Type::u32:
    return Type::u64;
  case Type::s32:
    return Type::s64;
  default:
    return type;
  }
}

static llvm::Expected<Ref> operandByCode(Decoder &d, char code,
                                         const Operand &operand,
                                         const Opcode &opcode) {
  Type type = opcode.type(0);
  Type wide = opcode.has("wide") ? widened(type) : type;
  switch (code) {
  case 'D':
    return d.dest(operand, type);
  case 'W':
    return d.dest(operand, wide);
  case 'A':
    return d.source(operand, wide);
  case 'I':
    return d.source(operand, Type::u32);
  case 'C':
    return d.source(operand, Type::pred);
  default:
    return d.source(operand, type);
  }
}

llvm::Error dlk::exec::buildAlu(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode) {
  if (opcode.has("cc"))
    return buildCarry(d, instruction, opcode);
  llvm::StringRef codes = opcode.row->operands;
  if (instruction.operands.size() != codes.size())
    return wrongCount(d, instruction);
  llvm::SmallVector<Ref, 5> refs;
  int32_t imm = 0;
  for (unsigned i = 0; i < codes.size(); ++i) {
    if (codes[i] == 'N') {
      llvm::Expected<uint64_t> value = d.immediate(instruction.operands[i]);
      if (!value)
        return value.takeError();
      imm = int32_t(*value);
      continue;
    }
    llvm::Expected<Ref> ref =
        operandByCode(d, codes[i], instruction.operands[i], opcode);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  return d.emitAlu(keyOf(opcode), refs, imm);
}

/// add.cc, addc, sub.cc, subc, mad.cc, madc: bit 0 of imm reads the carry, bit
/// 1 writes it.
llvm::Error dlk::exec::buildCarry(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  llvm::StringRef name = opcode.row->mnemonic;
  bool reads = name.ends_with("c"), writes = opcode.has("cc");
  bool mad = name.starts_with("mad");
  if (instruction.operands.size() != (mad ? 4u : 3u))
    return wrongCount(d, instruction);
  llvm::SmallVector<Ref, 5> refs(5, NoSlot);
  for (unsigned i = 0; i < instruction.operands.size(); ++i) {
    llvm::Expected<Ref> ref =
        i == 0 ? d.dest(instruction.operands[i], opcode.type())
               : d.source(instruction.operands[i], opcode.type());
    if (!ref)
      return ref.takeError();
    refs[i] = *ref;
  }
  refs[4] = d.carryFlag();
  AluKey key = keyOf(opcode);
  key.op = mad ? Alu::madc : name.starts_with("add") ? Alu::addc : Alu::subc;
  uint8_t defs = writes ? 0x11 : 0x01;
  return d.emitAlu(key, refs, (reads ? 1 : 0) | (writes ? 2 : 0), defs);
}

/// popc, clz, bfind: a 32-bit result of any operand.
llvm::Error dlk::exec::buildCount(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::u32);
  if (!to)
    return to.takeError();
  llvm::Expected<Ref> from = d.source(instruction.operands[1], opcode.type());
  if (!from)
    return from.takeError();
  return d.emitAlu(keyOf(opcode), {*to, *from});
}

static constexpr const char *CompareWords =
    "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan";

static int32_t compareCode(const Opcode &opcode) {
  auto compare = llvm::StringSwitch<Compare>(opcode.oneOf(CompareWords))
                     .Case("eq", Compare::eq)
                     .Case("ne", Compare::ne)
                     .Cases({"lt", "lo"}, Compare::lt)
                     .Cases({"le", "ls"}, Compare::le)
                     .Cases({"gt", "hi"}, Compare::gt)
                     .Cases({"ge", "hs"}, Compare::ge)
                     .Case("equ", Compare::equ)
                     .Case("neu", Compare::neu)
                     .Case("ltu", Compare::ltu)
                     .Case("leu", Compare::leu)
                     .Case("gtu", Compare::gtu)
                     .Case("geu", Compare::geu)
                     .Case("num", Compare::num)
                     .Default(Compare::nan);
  auto combine = llvm::StringSwitch<BoolOp>(opcode.oneOf("and or xor"))
                     .Case("and", BoolOp::and_)
                     .Case("or", BoolOp::or_)
                     .Case("xor", BoolOp::xor_)
                     .Default(BoolOp::none);
  return int32_t(compare) | int32_t(combine) << 8;
}

/// Emits p|q = a compare b [combined with c]; `type` is what is compared.
static llvm::Error emitCompare(Decoder &d, const Instruction &instruction,
                               const Opcode &opcode, Type type, Ref p, Ref q) {
  int32_t code = compareCode(opcode);
  bool combines = code >> 8;
  if (opcode.oneOf(CompareWords).empty())
    return d.error("comparison without an operator");
  if (instruction.operands.size() != (combines ? 4u : 3u))
    return wrongCount(d, instruction);
  Ref refs[5] = {p, q, NoSlot, NoSlot, NoSlot};
  for (unsigned i = 1; i < instruction.operands.size(); ++i) {
    llvm::Expected<Ref> ref =
        d.source(instruction.operands[i], i == 3 ? Type::pred : type);
    if (!ref)
      return ref.takeError();
    refs[i + 1] = *ref;
  }
  AluKey key = keyOf(opcode);
  key.op = Alu::setp;
  key.to = type;
  // Unsigned order is asked for by name (lo, ls, hi, hs) on .b types only.
  return d.emitAlu(key, refs, code, q == NoSlot ? 1 : 3);
}

llvm::Error dlk::exec::buildSetp(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  if (instruction.operands.empty())
    return wrongCount(d, instruction);
  const Operand &first = instruction.operands[0];
  llvm::Expected<Ref> p = d.dest(first, Type::pred);
  if (!p)
    return p.takeError();
  Ref q = NoSlot;
  if (!first.second.empty() && first.second != "_") {
    Operand second;
    second.name = first.second;
    llvm::Expected<Ref> ref = d.dest(second, Type::pred);
    if (!ref)
      return ref.takeError();
    q = *ref;
  }
  return emitCompare(d, instruction, opcode, opcode.type(), *p, q);
}

/// What set stores for "true", in one element of `to`.
static uint64_t truthOf(Type to) {
  switch (to) {
  case Type::f32:
    return 0x3f800000;
  case Type::f16:
  case Type::f16x2:
    return 0x3c00;
  case Type::bf16:
  case Type::bf16x2:
    return 0x3f80;
  default:
    return 0xffffffff;
  }
}

/// d = p ? truth : 0
static llvm::Error emitTruth(Decoder &d, Type type, Ref dest, uint64_t truth,
                             Ref p) {
  AluKey key;
  key.op = Alu::selp;
  key.to = type;
  RegisterClass kind = registerClass(type);
  return d.emitAlu(key,
                   {dest, d.constant(truth, kind), d.constant(0, kind), p});
}

/// set on pairs: each half by its own predicate.
static llvm::Error buildSetPair(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode, Ref dest) {
  Ref p = d.temporary(Type::pred), q = d.temporary(Type::pred);
  Type from = opcode.type(1);
  if (llvm::Error failed = emitCompare(d, instruction, opcode, from, p, q))
    return failed;
  uint64_t truth = truthOf(opcode.type(0)) & 0xffff;
  Ref low = d.temporary(Type::b16), high = d.temporary(Type::b16);
  if (llvm::Error failed = emitTruth(d, Type::b16, low, truth, p))
    return failed;
  if (llvm::Error failed = emitTruth(d, Type::b16, high, truth, q))
    return failed;
  Op op;
  op.run = pack32;
  op.a[0] = dest;
  op.imm = 16;
  op.more = d.store({low, high});
  op.moreCount = 2;
  d.emit(op, 1);
  return llvm::Error::success();
}

/// set: the comparison, then a selection between "true" and 0.
llvm::Error dlk::exec::buildSet(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode) {
  if (instruction.operands.empty() || opcode.types.size() != 2)
    return wrongCount(d, instruction);
  Type to = opcode.type(0), from = opcode.type(1);
  llvm::Expected<Ref> dest = d.dest(instruction.operands[0], to);
  if (!dest)
    return dest.takeError();
  if (from == Type::f16x2 || from == Type::bf16x2)
    return buildSetPair(d, instruction, opcode, *dest);
  Ref p = d.temporary(Type::pred);
  if (llvm::Error failed = emitCompare(d, instruction, opcode, from, p, NoSlot))
    return failed;
  return emitTruth(d, to, *dest, truthOf(to), p);
}

/// slct: a if c >= 0, else b.
llvm::Error dlk::exec::buildSlct(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  if (instruction.operands.size() != 4 || opcode.types.size() != 2)
    return wrongCount(d, instruction);
  Type to = opcode.type(0), from = opcode.type(1);
  Ref refs[4];
  for (unsigned i = 0; i < 4; ++i) {
    llvm::Expected<Ref> ref =
        i == 0 ? d.dest(instruction.operands[0], to)
               : d.source(instruction.operands[i], i == 3 ? from : to);
    if (!ref)
      return ref.takeError();
    refs[i] = *ref;
  }
  AluKey compare = keyOf(opcode);
  compare.op = Alu::setp;
  compare.to = from;
  Ref p = d.temporary(Type::pred);
  if (llvm::Error failed = d.emitAlu(
          compare, {p, NoSlot, refs[3], d.constant(0, registerClass(from))},
          int32_t(Compare::ge)))
    return failed;
  AluKey select;
  select.op = Alu::selp;
  select.to = to;
  return d.emitAlu(select, {refs[0], refs[1], refs[2], p});
}

llvm::Error dlk::exec::buildTestp(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  if (instruction.operands.size() != 2 || opcode.modifiers.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> p = d.dest(instruction.operands[0], Type::pred);
  if (!p)
    return p.takeError();
  llvm::Expected<Ref> a = d.source(instruction.operands[1], opcode.type());
  if (!a)
    return a.takeError();
  Op op;
  op.run = opcode.type() == Type::f64 ? testDouble : testFloat;
  op.imm = llvm::StringSwitch<int32_t>(opcode.modifiers[0])
               .Case("finite", int32_t(FloatTest::Finite))
               .Case("infinite", int32_t(FloatTest::Infinite))
               .Case("number", int32_t(FloatTest::Number))
               .Case("notanumber", int32_t(FloatTest::NotANumber))
               .Case("normal", int32_t(FloatTest::Normal))
               .Default(int32_t(FloatTest::Subnormal));
  op.a[0] = *p;
  op.a[1] = *a;
  d.emit(op, 1);
  return llvm::Error::success();
}
