// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders of wmma.load, wmma.store and wmma.mma.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "Wmma.h"

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

static llvm::ArrayRef<Operand> elementsOf(const Operand &operand) {
  if (operand.kind == Operand::Vector)
    return operand.elements;
  return operand;
}

static WmmaShape parseShape(const Opcode &opcode) {
  WmmaShape shape;
  for (llvm::StringRef word : opcode.modifiers) {
    unsigned m, n, k;
    if (word.consume_front("m") && !word.consumeInteger(10, m) &&
        word.consume_front("n") && !word.consumeInteger(10, n) &&
        word.consume_front("k") && !word.getAsInteger(10, k))
      shape = {m, n, k};
  }
  return shape;
}

/// The registers of one fragment, appended to `refs`.
static llvm::Error fragmentRefs(Decoder &d, const Instruction &instruction,
                                const Operand &operand,
                                const WmmaFragment &fragment, bool written,
                                llvm::SmallVectorImpl<Ref> &refs) {
  llvm::ArrayRef<Operand> elements = elementsOf(operand);
  if (elements.size() != fragment.registers())
    return d.error("a fragment of '" + instruction.opcode + "' has " +
                   llvm::Twine(elements.size()) + " registers, it needs " +
                   llvm::Twine(fragment.registers()));
  Type type = fragment.type == Type::f64 ? Type::b64 : Type::b32;
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref =
        written ? d.dest(element, type) : d.source(element, type);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  return llvm::Error::success();
}

/// Narrow integers lie along k in memory, so only one layout can be loaded.
static bool layoutExists(const WmmaMoveSpec &spec) {
  return typeBits(spec.fragment.type) >= 8 ||
         spec.columnMajor == (spec.fragment.matrix == WmmaMatrix::B);
}

/// wmma.load d, [p] {, stride} and wmma.store [p], d {, stride}.
llvm::Error dlk::exec::buildWmmaMove(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  if (operands.size() != 2 && operands.size() != 3)
    return wrongCount(d, instruction);
  llvm::StringRef name = opcode.row->mnemonic;
  bool load = name.starts_with("wmma.load");
  WmmaMoveSpec spec;
  WmmaFragment &fragment = spec.fragment;
  fragment.shape = parseShape(opcode);
  fragment.matrix = name.ends_with("a")   ? WmmaMatrix::A
                    : name.ends_with("b") ? WmmaMatrix::B
                                          : WmmaMatrix::C;
  fragment.type = opcode.type();
  spec.columnMajor = opcode.has("col");
  if (spec.columnMajor == opcode.has("row") || !fragment.exists() ||
      !layoutExists(spec))
    return unsupported(d, instruction);
  Op op;
  const Symbol *symbol = nullptr;
  if (llvm::Error failed =
          d.address(operands[load ? 1 : 0], op.a[0], op.imm, &symbol))
    return failed;
  spec.wideAddress = d.isWide(op.a[0]);
  if (!opcode.oneOf("shared shared::cta").empty())
    spec.space = Space::Shared;
  else if (opcode.has("global"))
    spec.space = Space::Global;
  else if (symbol)
    spec.space = symbol->space;
  if (operands.size() == 3) {
    llvm::Expected<Ref> stride = d.source(operands[2], Type::b32);
    if (!stride)
      return stride.takeError();
    op.a[1] = *stride;
  }
  llvm::SmallVector<Ref, 8> refs;
  if (llvm::Error failed = fragmentRefs(d, instruction, operands[load ? 0 : 1],
                                        fragment, load, refs))
    return failed;
  op.run = load ? wmmaLoad : wmmaStore;
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  op.aligned = true;
  OpNotes &notes = d.emit(op);
  if (load)
    notes.moreDefs = op.moreCount;
  return llvm::Error::success();
}

/// The types of D, A, B and C; f16 operands are not named.
static bool parseTypes(const Opcode &opcode, WmmaSpec &spec) {
  llvm::ArrayRef<Type> types = opcode.types;
  if (types.size() != 2 && types.size() != 4)
    return false;
  bool halves = types.size() == 2;
  spec.d.type = types.front();
  spec.c.type = types.back();
  spec.a.type = halves ? Type::f16 : types[1];
  spec.b.type = halves ? Type::f16 : types[2];
  if (spec.a.type != spec.b.type)
    return false;
  switch (spec.a.type) {
  case Type::f16:
    return halves && spec.c.type != Type::s32 && spec.d.type != Type::s32;
  case Type::bf16:
  case Type::tf32:
    return spec.c.type == Type::f32 && spec.d.type == Type::f32;
  case Type::f64:
    return spec.c.type == Type::f64 && spec.d.type == Type::f64;
  default:
    return spec.c.type == Type::s32 && spec.d.type == Type::s32;
  }
}

static bool parseMultiply(const Opcode &opcode, WmmaSpec &spec) {
  if (!parseTypes(opcode, spec))
    return false;
  WmmaFragment *fragments[] = {&spec.a, &spec.b, &spec.c, &spec.d};
  constexpr WmmaMatrix matrices[] = {WmmaMatrix::A, WmmaMatrix::B,
                                     WmmaMatrix::C, WmmaMatrix::C};
  for (unsigned i = 0; i < 4; ++i) {
    fragments[i]->shape = parseShape(opcode);
    fragments[i]->matrix = matrices[i];
    if (!fragments[i]->exists())
      return false;
  }
  // row and col may be the same word, which then stands twice.
  llvm::SmallVector<llvm::StringRef, 2> layouts;
  for (llvm::StringRef word : opcode.modifiers)
    if (word == "row" || word == "col")
      layouts.push_back(word);
  bool narrow = typeBits(spec.a.type) < 8;
  if (layouts.size() != 2 ||
      (narrow && (layouts[0] != "row" || layouts[1] != "col")))
    return false;
  bool bits = spec.a.type == Type::b1;
  llvm::StringRef rounding = opcode.oneOf("rn rz rm rp");
  spec.tile.satfinite = opcode.has("satfinite");
  spec.tile.bitAnd = opcode.has("and");
  spec.tile.rounding = rounding == "rz"   ? Round::Zero
                       : rounding == "rm" ? Round::Down
                       : rounding == "rp" ? Round::Up
                                          : Round::Nearest;
  spec.tile = wmmaTile(spec);
  spec.run = findMma(spec.tile, {});
  return bits == (opcode.has("popc") && !opcode.oneOf("and xor").empty()) &&
         (rounding.empty() || spec.a.type == Type::f64) &&
         (!spec.tile.satfinite || (spec.d.type == Type::s32 && !bits));
}

llvm::Error dlk::exec::buildWmmaMultiply(Decoder &d,
                                         const Instruction &instruction,
                                         const Opcode &opcode) {
  WmmaSpec spec;
  if (!parseMultiply(opcode, spec))
    return unsupported(d, instruction);
  if (instruction.operands.size() != 4)
    return wrongCount(d, instruction);
  const WmmaFragment *fragments[] = {&spec.d, &spec.a, &spec.b, &spec.c};
  llvm::SmallVector<Ref, 32> refs;
  for (unsigned i = 0; i < 4; ++i)
    if (llvm::Error failed =
            fragmentRefs(d, instruction, instruction.operands[i], *fragments[i],
                         i == 0, refs))
      return failed;
  Op op;
  op.run = wmmaMultiply;
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  op.aligned = true;
  d.emit(op).moreDefs = uint16_t(spec.d.registers());
  return llvm::Error::success();
}
