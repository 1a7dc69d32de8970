// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders of cp.async and its groups, ldmatrix, stmatrix, movmatrix and mma.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "MatrixSpecs.h"

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

static llvm::ArrayRef<Operand> elementsOf(const Operand &operand) {
  if (operand.kind == Operand::Vector)
    return operand.elements;
  return operand;
}

/// The optional fourth operand of cp.async: a source size or a predicate.
static llvm::Error copySource(Decoder &d, const Operand &operand, Op &op) {
  bool predicate = false;
  if (operand.kind == Operand::Name) {
    if (llvm::Expected<Ref> ref = d.anyDest(operand))
      predicate = d.classOf(*ref) == RegisterClass::Predicate;
    else
      llvm::consumeError(ref.takeError());
  }
  Type type = predicate || operand.negated ? Type::pred : Type::b32;
  llvm::Expected<Ref> ref = d.source(operand, type);
  if (!ref)
    return ref.takeError();
  op.a[type == Type::pred ? 3 : 2] = *ref;
  return llvm::Error::success();
}

/// cp.async [to], [from], bytes {, source size or ignore-src} {, policy}
llvm::Error dlk::exec::buildCpAsync(Decoder &d, const Instruction &instruction,
                                    const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  if (opcode.has("L2::cache_hint") && operands.size() > 3)
    operands = operands.drop_back();
  if (operands.size() != 3 && operands.size() != 4)
    return wrongCount(d, instruction);
  Op op;
  op.run = copyAsync;
  CopySpec spec;
  if (llvm::Error failed = d.address(operands[0], op.a[0], op.imm))
    return failed;
  if (llvm::Error failed =
          d.address(operands[1], op.a[1], spec.sourceDisplacement))
    return failed;
  spec.wideTo = d.isWide(op.a[0]);
  spec.wideFrom = d.isWide(op.a[1]);
  llvm::Expected<uint64_t> bytes = d.immediate(operands[2]);
  if (!bytes)
    return bytes.takeError();
  bool valid =
      *bytes == 16 || ((*bytes == 4 || *bytes == 8) && opcode.has("ca"));
  if (!valid)
    return d.error("copy size of '" + instruction.opcode +
                   "': " + llvm::Twine(*bytes) +
                   "; .cg copies 16 bytes, .ca copies 4, 8 or 16");
  spec.bytes = uint32_t(*bytes);
  if (operands.size() == 4)
    if (llvm::Error failed = copySource(d, operands[3], op))
      return failed;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildCpAsyncCommit(Decoder &d,
                                          const Instruction &instruction,
                                          const Opcode &) {
  if (!instruction.operands.empty())
    return wrongCount(d, instruction);
  Op op;
  op.run = commitCopies;
  d.emit(op);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildCpAsyncWait(Decoder &d,
                                        const Instruction &instruction,
                                        const Opcode &opcode) {
  bool all = opcode.row->mnemonic == "cp.async.wait_all";
  if (instruction.operands.size() != (all ? 0u : 1u))
    return wrongCount(d, instruction);
  Op op;
  op.run = all ? waitAllCopies : waitCopies;
  if (!all) {
    llvm::Expected<uint64_t> newest = d.immediate(instruction.operands[0]);
    if (!newest)
      return newest.takeError();
    op.imm = int32_t(std::min<uint64_t>(*newest, INT32_MAX));
  }
  d.emit(op);
  return llvm::Error::success();
}

/// What ldmatrix and stmatrix share; `registers` are operands of 32 bits.
static llvm::Error buildMatrixMove(Decoder &d, const Instruction &instruction,
                                   const Opcode &opcode, const Operand &address,
                                   const Operand &registers, bool load) {
  if (opcode.type() != Type::b16 || !opcode.has("m8n8"))
    return unsupported(d, instruction);
  llvm::StringRef number = opcode.oneOf("x1 x2 x4");
  llvm::ArrayRef<Operand> elements = elementsOf(registers);
  if (number.empty() || elements.size() != size_t(number[1] - '0'))
    return d.error("vector of the wrong length");
  Op op;
  MatrixMoveSpec spec;
  const Symbol *symbol = nullptr;
  if (llvm::Error failed = d.address(address, op.a[0], op.imm, &symbol))
    return failed;
  bool shared = !opcode.oneOf("shared shared::cta").empty() || symbol;
  spec.space = shared ? Space::Shared : Space::Generic;
  spec.wideAddress = d.isWide(op.a[0]);
  spec.transposed = opcode.has("trans");
  llvm::SmallVector<Ref, 4> refs;
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref =
        load ? d.dest(element, Type::b32) : d.source(element, Type::b32);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  op.run = load ? loadMatrix : storeMatrix;
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  op.aligned = true;
  OpNotes &notes = d.emit(op);
  if (load)
    notes.moreDefs = op.moreCount;
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildLdmatrix(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  return buildMatrixMove(d, instruction, opcode, instruction.operands[1],
                         instruction.operands[0], true);
}

llvm::Error dlk::exec::buildStmatrix(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  return buildMatrixMove(d, instruction, opcode, instruction.operands[0],
                         instruction.operands[1], false);
}

llvm::Error dlk::exec::buildMovmatrix(Decoder &d,
                                      const Instruction &instruction,
                                      const Opcode &) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  llvm::Expected<Ref> from = d.source(instruction.operands[1], Type::b32);
  if (!from)
    return from.takeError();
  Op op;
  op.run = moveMatrix;
  op.a[0] = *to;
  op.a[1] = *from;
  op.aligned = true;
  d.emit(op, 1);
  return llvm::Error::success();
}

/// The words behind mma's shape: layouts, rounding, the operation on bits.
static bool parseMmaWords(const Opcode &opcode, MmaSpec &mma) {
  llvm::SmallVector<llvm::StringRef, 2> layouts;
  for (llvm::StringRef word : opcode.modifiers)
    if (word == "row" || word == "col")
      layouts.push_back(word);
  if (layouts.size() != 2)
    return false;
  mma.columnA = layouts[0] == "col";
  mma.rowB = layouts[1] == "row";
  mma.satfinite = opcode.has("satfinite");
  mma.bitAnd = opcode.has("and");
  llvm::StringRef rounding = opcode.oneOf("rn rz rm rp");
  mma.rounding = rounding == "rz"   ? Round::Zero
                 : rounding == "rm" ? Round::Down
                 : rounding == "rp" ? Round::Up
                                    : Round::Nearest;
  bool bits = opcode.has("popc") && !opcode.oneOf("and xor").empty();
  return bits == (mma.a == Type::b1) &&
         (rounding.empty() || mma.a == Type::f64);
}

/// Shape and types of an mma opcode, if there is such an instruction.
static bool parseMma(const Opcode &opcode, MmaOpSpec &spec) {
  if (opcode.types.size() != 4)
    return false;
  for (llvm::StringRef word : opcode.modifiers) {
    llvm::StringRef rest = word;
    unsigned m, n, k;
    if (rest.consume_front("m") && !rest.consumeInteger(10, m) &&
        rest.consume_front("n") && !rest.consumeInteger(10, n) &&
        rest.consume_front("k") && !rest.consumeInteger(10, k)) {
      spec.mma.m = m;
      spec.mma.n = n;
      spec.mma.k = k;
    }
  }
  spec.mma.d = opcode.types[0];
  spec.mma.a = opcode.types[1];
  spec.mma.b = opcode.types[2];
  spec.mma.c = opcode.types[3];
  if (!parseMmaWords(opcode, spec.mma))
    return false;
  auto registers = mmaRegisters(spec.mma);
  if (!registers)
    return false;
  spec.registers = *registers;
  spec.run = findMma(spec.mma, {});
  return true;
}

llvm::Error dlk::exec::buildMma(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode) {
  MmaOpSpec spec;
  if (!parseMma(opcode, spec))
    return unsupported(d, instruction);
  if (instruction.operands.size() != 4)
    return wrongCount(d, instruction);
  const MmaRegisters &counts = spec.registers;
  unsigned expected[] = {counts.d, counts.a, counts.b, counts.c};
  Type type = spec.mma.a == Type::f64 ? Type::b64 : Type::b32;
  llvm::SmallVector<Ref, 32> refs;
  for (unsigned i = 0; i < 4; ++i) {
    llvm::ArrayRef<Operand> elements = elementsOf(instruction.operands[i]);
    if (elements.size() != expected[i])
      return d.error("operand " + llvm::Twine(i) + " of '" +
                     instruction.opcode + "' has " +
                     llvm::Twine(elements.size()) + " registers, it needs " +
                     llvm::Twine(expected[i]));
    for (const Operand &element : elements) {
      llvm::Expected<Ref> ref =
          i == 0 ? d.dest(element, type) : d.source(element, type);
      if (!ref)
        return ref.takeError();
      refs.push_back(*ref);
    }
  }
  Op op;
  op.run = multiplyMatrices;
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  op.aligned = true;
  d.emit(op).moreDefs = uint16_t(counts.d);
  return llvm::Error::success();
}
