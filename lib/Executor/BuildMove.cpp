// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mov with packing and unpacking of vectors, cvt and its wider destinations,
// and the conversions of addresses between windows.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "Memory.h"

using namespace dlk::exec;

/// mov.b64 {a, b}, c: the low part goes to the first element. `_` skips one.
static llvm::Error buildUnpack(Decoder &d, const Instruction &instruction,
                               Type type) {
  const auto &elements = instruction.operands[0].elements;
  unsigned bits = typeBits(type) / unsigned(elements.size());
  if ((elements.size() != 2 && elements.size() != 4) || bits < 8)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> from = d.source(instruction.operands[1], type);
  if (!from)
    return from.takeError();
  llvm::SmallVector<Ref, 4> refs;
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref =
        d.dest(element, bits == 32 ? Type::b32 : Type::b16);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  Op op;
  op.run = typeBits(type) == 64 ? unpack64 : unpack32;
  op.a[0] = *from;
  op.imm = int32_t(bits);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  d.emit(op).moreDefs = op.moreCount;
  return llvm::Error::success();
}

/// mov.b64 c, {a, b}
static llvm::Error buildPack(Decoder &d, const Instruction &instruction,
                             Type type) {
  const auto &elements = instruction.operands[1].elements;
  unsigned bits = typeBits(type) / unsigned(elements.size());
  if ((elements.size() != 2 && elements.size() != 4) || bits < 8)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], type);
  if (!to)
    return to.takeError();
  llvm::SmallVector<Ref, 4> refs;
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref = d.source(element, bits == 32   ? Type::b32
                                                : bits == 16 ? Type::b16
                                                             : Type::b8);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  Op op;
  op.run = typeBits(type) == 64 ? pack64 : pack32;
  op.a[0] = *to;
  op.imm = int32_t(bits);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  d.emit(op, 1);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildMov(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  Type type = opcode.type();
  const auto &to = instruction.operands[0], &from = instruction.operands[1];
  if (to.kind == Operand::Vector && to.elements.size() > 1)
    return buildUnpack(d, instruction, type);
  if (from.kind == Operand::Vector && from.elements.size() > 1)
    return buildPack(d, instruction, type);
  llvm::Expected<Ref> dest = d.dest(to, type);
  if (!dest)
    return dest.takeError();
  llvm::Expected<Ref> source = d.source(from, type);
  if (!source)
    return source.takeError();
  AluKey key;
  key.op = Alu::mov;
  key.to = type;
  return d.emitAlu(key, {*dest, *source});
}

static bool isIntegerType(Type type) {
  char kind = typeKind(type);
  return kind == 'u' || kind == 's' || kind == 'b';
}

/// A destination may be wider than the type: the value is then extended.
static llvm::Error emitConversion(Decoder &d, AluKey key, Ref to,
                                  llvm::ArrayRef<Ref> from) {
  bool wider = registerClass(key.to) == RegisterClass::Word && d.isWide(to);
  Ref target = wider ? d.temporary(Type::b32) : to;
  llvm::SmallVector<Ref, 4> refs{target};
  refs.append(from.begin(), from.end());
  if (llvm::Error failed = d.emitAlu(key, refs))
    return failed;
  if (!wider)
    return llvm::Error::success();
  AluKey extend;
  extend.op = Alu::cvt;
  extend.to = isSigned(key.to) ? Type::s64 : Type::u64;
  extend.from = key.to;
  return d.emitAlu(extend, {to, target});
}

llvm::Error dlk::exec::buildCvt(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode) {
  if (opcode.types.size() != 2 || instruction.operands.size() < 2 ||
      instruction.operands.size() > 3)
    return wrongCount(d, instruction);
  AluKey key;
  key.op = Alu::cvt;
  key.to = opcode.type(0);
  key.from = opcode.type(1);
  for (llvm::StringRef modifier : opcode.modifiers)
    key.flags |= aluFlag(modifier);
  // Between integers a rounding says nothing, nor does .ftz without an f32.
  if (isIntegerType(key.to) && isIntegerType(key.from))
    key.flags &= flag::sat;
  if (key.to != Type::f32 && key.from != Type::f32)
    key.flags &= ~flag::ftz;
  llvm::Expected<Ref> to = d.anyDest(instruction.operands[0]);
  if (!to)
    return to.takeError();
  if (d.classOf(*to) == RegisterClass::Predicate ||
      (registerClass(key.to) == RegisterClass::Double && !d.isWide(*to)))
    return d.error("destination is too narrow");
  llvm::SmallVector<Ref, 2> from;
  for (const Operand &operand : llvm::drop_begin(instruction.operands)) {
    llvm::Expected<Ref> ref = d.source(operand, key.from, true);
    if (!ref)
      return ref.takeError();
    from.push_back(*ref);
  }
  return emitConversion(d, key, *to, from);
}

/// cvt.pack.sat.u8.s32.b32 d, a, b, c: saturated a and b above the shifted c.
llvm::Error dlk::exec::buildCvtPack(Decoder &d, const Instruction &instruction,
                                    const Opcode &opcode) {
  size_t count = instruction.operands.size();
  if (opcode.types.size() < 2 || (count != 3 && count != 4))
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  Op op;
  op.run = convertPack;
  op.a[0] = *to;
  for (unsigned i = 1; i < count; ++i) {
    llvm::Expected<Ref> ref = d.source(instruction.operands[i], Type::b32);
    if (!ref)
      return ref.takeError();
    op.a[i] = *ref;
  }
  op.imm = int32_t(typeBits(opcode.type(0))) | isSigned(opcode.type(0)) << 8;
  d.emit(op, 1);
  return llvm::Error::success();
}

/// The window a space's addresses have among generic ones.
static uint64_t windowOf(llvm::StringRef space) {
  if (space.starts_with("shared"))
    return SharedWindow;
  if (space == "local")
    return LocalWindow;
  if (space.starts_with("param"))
    return ParamWindow;
  return 0; // global and const addresses are generic already
}

llvm::Error dlk::exec::buildCvta(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  if (instruction.operands.size() != 2 || opcode.modifiers.size() != 1)
    return wrongCount(d, instruction);
  Type type = opcode.type();
  bool toSpace = opcode.row->mnemonic == "cvta.to";
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], type);
  if (!to)
    return to.takeError();
  llvm::Expected<Ref> from = d.source(instruction.operands[1], type, true);
  if (!from)
    return from.takeError();
  uint64_t window = windowOf(opcode.modifiers[0]);
  AluKey key;
  key.to = type;
  if (window == 0 || typeBits(type) == 32) {
    key.op = Alu::mov;
    return d.emitAlu(key, {*to, *from});
  }
  key.to = Type::b64;
  key.op = toSpace ? Alu::and_ : Alu::or_;
  uint64_t value = toSpace ? ~WindowMask : window;
  return d.emitAlu(key, {*to, *from, d.constant(value, RegisterClass::Double)});
}

/// Is a generic address in the window? Compared by its top byte.
llvm::Error dlk::exec::buildIsspacep(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  if (instruction.operands.size() != 2 || opcode.modifiers.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> p = d.dest(instruction.operands[0], Type::pred);
  if (!p)
    return p.takeError();
  llvm::Expected<Ref> a = d.source(instruction.operands[1], Type::u64);
  if (!a)
    return a.takeError();
  if (opcode.modifiers[0] == "const")
    return d.error("unsupported instruction: '" + instruction.opcode + "'");
  Ref top = d.temporary(Type::b64);
  AluKey mask;
  mask.op = Alu::and_;
  mask.to = Type::b64;
  if (llvm::Error failed = d.emitAlu(
          mask, {top, *a, d.constant(WindowMask, RegisterClass::Double)}))
    return failed;
  AluKey compare;
  compare.op = Alu::setp;
  compare.to = Type::u64;
  Ref window = d.constant(windowOf(opcode.modifiers[0]), RegisterClass::Double);
  return d.emitAlu(compare, {*p, NoSlot, top, window}, int32_t(Compare::eq));
}

/// mapa d, a, rank: the address of the same place in another CTA's memory.
llvm::Error dlk::exec::buildMapa(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  if (instruction.operands.size() != 3)
    return wrongCount(d, instruction);
  Type type = opcode.type();
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], type);
  if (!to)
    return to.takeError();
  llvm::Expected<Ref> a = d.source(instruction.operands[1], type);
  if (!a)
    return a.takeError();
  llvm::Expected<Ref> rank = d.source(instruction.operands[2], Type::u32);
  if (!rank)
    return rank.takeError();
  Op op;
  op.run = typeBits(type) == 64 ? mapAddress64 : mapAddress32;
  op.a[0] = *to;
  op.a[1] = *a;
  op.a[2] = *rank;
  d.emit(op, 1);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildGetCtaRank(Decoder &d,
                                       const Instruction &instruction,
                                       const Opcode &opcode) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::u32);
  if (!to)
    return to.takeError();
  llvm::Expected<Ref> a = d.source(instruction.operands[1], opcode.type());
  if (!a)
    return a.takeError();
  Op op;
  op.run = d.isWide(*a) ? addressRank64 : addressRank32;
  op.a[0] = *to;
  op.a[1] = *a;
  d.emit(op, 1);
  return llvm::Error::success();
}
