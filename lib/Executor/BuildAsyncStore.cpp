// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builder of st.async and red.async: stores into the shared memory of a CTA of
// the cluster that signal an mbarrier there when they have landed.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "HopperSpecs.h"

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

/// Do operation and type of red.async go together?
static bool fits(AtomicOp op, Type type) {
  switch (op) {
  case AtomicOp::Inc:
  case AtomicOp::Dec:
    return type == Type::u32;
  case AtomicOp::Min:
  case AtomicOp::Max:
    return type == Type::u32 || type == Type::s32;
  case AtomicOp::Add:
    return type == Type::u32 || type == Type::s32 || type == Type::u64;
  default:
    return type == Type::b32;
  }
}

static llvm::Error valuesOf(Decoder &d, const Operand &operand, Type type,
                            size_t count, Op &op) {
  llvm::ArrayRef<Operand> elements = operand;
  if (operand.kind == Operand::Vector)
    elements = operand.elements;
  if (elements.size() != count)
    return d.error("vector of the wrong length");
  llvm::SmallVector<Ref, 4> refs;
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref = d.source(element, type);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  return llvm::Error::success();
}

/// st.async [a], b, [mbarrier]; red.async [a], b, [mbarrier]
llvm::Error dlk::exec::buildAsyncStore(Decoder &d,
                                       const Instruction &instruction,
                                       const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  BulkSpec spec;
  spec.type = opcode.type();
  if (!opcode.has("shared::cluster") ||
      !opcode.has("mbarrier::complete_tx::bytes"))
    return unsupported(d, instruction);
  if (opcode.row->mnemonic == "red.async") {
    spec.reduce = parseAtomicOp(opcode.oneOf("add min max inc dec and or xor"));
    if (!spec.reduce || !fits(*spec.reduce, spec.type))
      return unsupported(d, instruction);
  }
  if (operands.size() != 3)
    return wrongCount(d, instruction);
  Op op;
  op.run = asyncStore;
  if (llvm::Error failed = d.address(operands[0], op.a[0], op.imm))
    return failed;
  spec.wideShared = d.isWide(op.a[0]);
  if (llvm::Error failed =
          d.address(operands[2], op.a[2], spec.barrierDisplacement))
    return failed;
  spec.wideBarrier = d.isWide(op.a[2]);
  size_t count = opcode.has("v4") ? 4 : opcode.has("v2") ? 2 : 1;
  if (llvm::Error failed = valuesOf(d, operands[1], spec.type, count, op))
    return failed;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}
