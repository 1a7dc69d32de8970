// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders of wgmma and setmaxnreg. Accumulators keep their slots for the whole
// kernel, since a wgmma may write them after the last instruction that names
// them.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "HopperSpecs.h"

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

/// Shape and types; false if there is no such instruction.
static bool parseWgmma(const Opcode &opcode, WgmmaSpec &spec) {
  if (opcode.types.size() != 3)
    return false;
  unsigned n = 0, k = 0;
  for (llvm::StringRef word : opcode.modifiers) {
    llvm::StringRef rest = word;
    if (rest.consume_front("m64n") &&
        (rest.consumeInteger(10, n) || !rest.consume_front("k") ||
         rest.consumeInteger(10, k) || !rest.empty()))
      return false;
  }
  // Integers have fewer widths.
  bool narrow = opcode.types[0] == Type::s32 && n > 24;
  if (n < 8 || n > 256 || n % (narrow ? 16 : 8))
    return false;
  spec.n = uint16_t(n);
  spec.mma.n = 8;
  spec.mma.k = k;
  spec.mma.d = spec.mma.c = opcode.types[0];
  spec.mma.a = opcode.types[1];
  spec.mma.b = opcode.types[2];
  spec.mma.satfinite = opcode.has("satfinite");
  spec.mma.bitAnd = opcode.has("and") && opcode.has("popc");
  if (spec.mma.bitAnd != (spec.mma.a == Type::b1))
    return false;
  // The k of every wgmma is 32 bytes.
  if (k * typeBits(spec.mma.a) !=
          (spec.mma.a == Type::tf32 ? 8u * 32 : 32u * 8) ||
      !mmaRegisters(spec.mma))
    return false;
  spec.run = findMma(spec.mma, {});
  spec.blocks = findBlocks(spec.mma);
  return true;
}

/// The immediates after scale-d: imm-scale-a, imm-scale-b, then imm-trans of
/// the operands in shared memory for 16-bit types.
static llvm::Error parseImmediates(Decoder &d, const Instruction &instruction,
                                   llvm::ArrayRef<Operand> operands,
                                   bool sharedA, WgmmaSpec &spec) {
  bool integers = spec.mma.d == Type::s32;
  bool halves = typeBits(spec.mma.a) == 16;
  size_t wanted = (integers ? 0 : 2) + (halves ? 1 + sharedA : 0);
  if (operands.size() != wanted)
    return wrongCount(d, instruction);
  llvm::SmallVector<int64_t, 4> values;
  for (const Operand &operand : operands) {
    llvm::Expected<uint64_t> value = d.immediate(operand);
    if (!value)
      return value.takeError();
    values.push_back(int64_t(int32_t(*value)));
  }
  for (unsigned i = 0; i < values.size(); ++i)
    if (i < 2 ? values[i] != 1 && values[i] != -1
              : values[i] != 0 && values[i] != 1)
      return d.error("bad immediate of '" + instruction.opcode +
                     "': " + llvm::Twine(values[i]) +
                     "; scales are 1 or -1, transpositions 0 or 1");
  if (!integers) {
    spec.negateA = values[0] < 0;
    spec.negateB = values[1] < 0;
  }
  if (halves) {
    spec.transposeA = sharedA && values[2];
    spec.transposeB = values.back();
  }
  return llvm::Error::success();
}

static llvm::Error scaleOperand(Decoder &d, const Operand &operand, Op &op) {
  if (operand.kind == Operand::Integer) {
    op.a[2] = d.constant(operand.bits != 0, RegisterClass::Predicate);
    return llvm::Error::success();
  }
  llvm::Expected<Ref> scale = d.source(operand, Type::pred);
  if (!scale)
    return scale.takeError();
  op.a[2] = *scale;
  return llvm::Error::success();
}

/// A: four registers or a descriptor.
static llvm::Error operandA(Decoder &d, const Operand &operand, Op &op,
                            llvm::SmallVectorImpl<Ref> &refs) {
  if (operand.kind != Operand::Vector) {
    llvm::Expected<Ref> descriptor = d.source(operand, Type::b64);
    if (!descriptor)
      return descriptor.takeError();
    op.a[0] = *descriptor;
    return llvm::Error::success();
  }
  if (operand.elements.size() != 4)
    return d.error("A in registers has 4 of them, not " +
                   llvm::Twine(operand.elements.size()));
  for (const Operand &element : operand.elements) {
    llvm::Expected<Ref> ref = d.source(element, Type::b32);
    if (!ref)
      return ref.takeError();
    d.pin(*ref); // wgmma reads it until it is waited for
    refs.push_back(*ref);
  }
  return llvm::Error::success();
}

/// wgmma.mma_async d, a, b, scale-d {, imm-scale-a, imm-scale-b {, imm-trans}}
llvm::Error dlk::exec::buildWgmma(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  WgmmaSpec spec;
  if (!parseWgmma(opcode, spec))
    return unsupported(d, instruction);
  if (operands.size() < 4 || operands[0].kind != Operand::Vector)
    return wrongCount(d, instruction);
  size_t count = spec.n / (spec.mma.d == Type::f16 ? 4 : 2);
  if (operands[0].elements.size() != count)
    return d.error("the accumulator of '" + instruction.opcode + "' has " +
                   llvm::Twine(operands[0].elements.size()) +
                   " registers, it needs " + llvm::Twine(count));
  Op op;
  op.run = wgmma;
  op.aligned = true;
  llvm::SmallVector<Ref, 136> refs;
  for (const Operand &element : operands[0].elements) {
    llvm::Expected<Ref> ref = d.dest(element, Type::b32);
    if (!ref)
      return ref.takeError();
    d.pin(*ref);
    refs.push_back(*ref);
  }
  if (llvm::Error failed = operandA(d, operands[1], op, refs))
    return failed;
  llvm::Expected<Ref> descriptor = d.source(operands[2], Type::b64);
  if (!descriptor)
    return descriptor.takeError();
  op.a[1] = *descriptor;
  if (llvm::Error failed = scaleOperand(d, operands[3], op))
    return failed;
  if (llvm::Error failed = parseImmediates(
          d, instruction, operands.drop_front(4), op.a[0] != NoSlot, spec))
    return failed;
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  OpNotes &notes = d.emit(op);
  notes.moreDefs = uint16_t(count);
  notes.moreInOut = true;
  return llvm::Error::success();
}

static llvm::Error emitAligned(Decoder &d, Handler run, int32_t imm = 0) {
  Op op;
  op.run = run;
  op.imm = imm;
  op.aligned = true;
  d.emit(op);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildWgmmaFence(Decoder &d,
                                       const Instruction &instruction,
                                       const Opcode &) {
  return instruction.operands.empty() ? emitAligned(d, wgmmaFence)
                                      : wrongCount(d, instruction);
}

llvm::Error dlk::exec::buildWgmmaCommit(Decoder &d,
                                        const Instruction &instruction,
                                        const Opcode &) {
  return instruction.operands.empty() ? emitAligned(d, wgmmaCommit)
                                      : wrongCount(d, instruction);
}

llvm::Error dlk::exec::buildWgmmaWait(Decoder &d,
                                      const Instruction &instruction,
                                      const Opcode &) {
  if (instruction.operands.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<uint64_t> newest = d.immediate(instruction.operands[0]);
  if (!newest)
    return newest.takeError();
  return emitAligned(d, wgmmaWait,
                     int32_t(std::min<uint64_t>(*newest, INT32_MAX)));
}

llvm::Error dlk::exec::buildSetMaxRegisters(Decoder &d,
                                            const Instruction &instruction,
                                            const Opcode &opcode) {
  if (instruction.operands.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<uint64_t> count = d.immediate(instruction.operands[0]);
  if (!count)
    return count.takeError();
  if (*count < 24 || *count > 256 || *count % 8)
    return d.error("register count of setmaxnreg: " + llvm::Twine(*count) +
                   "; it is a multiple of 8 from 24 to 256");
  Op op;
  op.run = setMaxRegisters;
  op.imm = opcode.has("dec") ? -int32_t(*count) : int32_t(*count);
  op.aligned = true;
  d.emit(op);
  return llvm::Error::success();
}
