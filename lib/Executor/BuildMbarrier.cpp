// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builder of mbarrier.*. Order and scope of an operation say nothing here: the
// executor's memory is sequentially consistent, and every arrival counts as a
// release, every successful wait as an acquire.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "HopperSpecs.h"
#include <cstring>

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

/// [address] into a[0], with the space.
static llvm::Error barrierAddress(Decoder &d, const Operand &operand,
                                  const Opcode &opcode, Op &op,
                                  MbarrierSpec &spec) {
  const Symbol *symbol = nullptr;
  if (llvm::Error failed = d.address(operand, op.a[0], op.imm, &symbol))
    return failed;
  bool named = !opcode.oneOf("shared shared::cta shared::cluster").empty();
  spec.space = named || symbol ? Space::Shared : Space::Generic;
  spec.wideAddress = d.isWide(op.a[0]);
  return llvm::Error::success();
}

static llvm::Error secondSource(Decoder &d, const Operand &operand, Type type,
                                Op &op) {
  llvm::Expected<Ref> ref = d.source(operand, type);
  if (!ref)
    return ref.takeError();
  op.a[1] = *ref;
  return llvm::Error::success();
}

/// mbarrier.pending_count.b64 count, state
static llvm::Error buildPendingCount(Decoder &d,
                                     const Instruction &instruction) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  Op op;
  op.run = mbarrierPending;
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  op.a[2] = *to;
  if (llvm::Error failed =
          secondSource(d, instruction.operands[1], Type::b64, op))
    return failed;
  d.emit(op, 4);
  return llvm::Error::success();
}

/// init [a], n; inval [a]; expect_tx and complete_tx [a], bytes
static llvm::Error buildSetUp(Decoder &d, const Instruction &instruction,
                              const Opcode &opcode, llvm::StringRef name) {
  bool inval = name == "inval";
  if (instruction.operands.size() != (inval ? 1u : 2u))
    return wrongCount(d, instruction);
  Op op;
  MbarrierSpec spec;
  op.run = inval ? mbarrierInval : name == "init" ? mbarrierInit : mbarrierTx;
  spec.completeTx = name == "complete_tx";
  if (llvm::Error failed =
          barrierAddress(d, instruction.operands[0], opcode, op, spec))
    return failed;
  if (!inval)
    if (llvm::Error failed =
            secondSource(d, instruction.operands[1], Type::b32, op))
      return failed;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}

/// arrive {state,} [a] {, count or bytes}
static llvm::Error buildArrive(Decoder &d, const Instruction &instruction,
                               const Opcode &opcode, bool drop) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  Op op;
  MbarrierSpec spec;
  op.run = mbarrierArrive;
  spec.drop = drop;
  spec.expectTx = opcode.has("expect_tx");
  spec.noComplete = opcode.has("noComplete");
  bool hasState = !operands.empty() && operands[0].kind != Operand::Address;
  if (hasState) {
    if (operands[0].kind != Operand::Sink) {
      if (opcode.has("shared::cluster"))
        return d.error("mbarrier.arrive of shared::cluster returns no state: "
                       "the destination is '_'");
      llvm::Expected<Ref> to = d.dest(operands[0], Type::b64);
      if (!to)
        return to.takeError();
      op.a[2] = *to;
    }
    operands = operands.drop_front();
  }
  bool needsSecond = spec.expectTx || spec.noComplete;
  if (operands.empty() || operands.size() > 2 ||
      (needsSecond && operands.size() != 2))
    return wrongCount(d, instruction);
  if (llvm::Error failed = barrierAddress(d, operands[0], opcode, op, spec))
    return failed;
  if (operands.size() == 2)
    if (llvm::Error failed = secondSource(d, operands[1], Type::b32, op))
      return failed;
  op.spec = d.spec(spec);
  d.emit(op, op.a[2] == NoSlot ? 0 : 4);
  return llvm::Error::success();
}

/// test_wait and try_wait p, [a], state or parity {, time limit}
static llvm::Error buildWait(Decoder &d, const Instruction &instruction,
                             const Opcode &opcode, bool limit) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  if (operands.size() != 3 && !(limit && operands.size() == 4))
    return wrongCount(d, instruction);
  Op op;
  MbarrierSpec spec;
  op.run = mbarrierWait;
  spec.parity = opcode.has("parity");
  llvm::Expected<Ref> to = d.dest(operands[0], Type::pred);
  if (!to)
    return to.takeError();
  op.a[2] = *to;
  if (llvm::Error failed = barrierAddress(d, operands[1], opcode, op, spec))
    return failed;
  if (llvm::Error failed =
          secondSource(d, operands[2], spec.parity ? Type::b32 : Type::b64, op))
    return failed;
  op.spec = d.spec(spec);
  d.emit(op, 4);
  return llvm::Error::success();
}

/// cp.async.mbarrier.arrive{.noinc} [a]
static llvm::Error buildCopyArrive(Decoder &d, const Instruction &instruction,
                                   const Opcode &opcode) {
  if (instruction.operands.size() != 1)
    return wrongCount(d, instruction);
  Op op;
  MbarrierSpec spec;
  op.run = mbarrierCopyArrive;
  spec.noIncrement = opcode.has("noinc");
  if (llvm::Error failed =
          barrierAddress(d, instruction.operands[0], opcode, op, spec))
    return failed;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildMbarrier(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  if (opcode.row->mnemonic.starts_with("cp."))
    return buildCopyArrive(d, instruction, opcode);
  llvm::StringRef name = opcode.row->mnemonic.drop_front(strlen("mbarrier."));
  if (name == "pending_count")
    return buildPendingCount(d, instruction);
  if (name == "test_wait" || name == "try_wait") {
    if (opcode.has("shared::cluster"))
      return unsupported(d, instruction);
    return buildWait(d, instruction, opcode, name == "try_wait");
  }
  if (name == "arrive" || name == "arrive_drop")
    return buildArrive(d, instruction, opcode, name == "arrive_drop");
  return buildSetUp(d, instruction, opcode, name);
}

/// Only fences for the async proxy matter, since memory is sequentially
/// consistent between warps.
llvm::Error dlk::exec::buildFence(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  if (!instruction.operands.empty())
    return llvm::Error::success(); // tensormap: address and size
  bool async = opcode.has("async") || opcode.has("async::generic");
  bool elsewhere = opcode.has("global") && !opcode.has("shared::cta");
  Op op;
  if (opcode.has("mbarrier_init"))
    op.run = mbarrierInitFence;
  else if (opcode.has("proxy") && async && !elsewhere)
    op.run = proxyFence;
  else
    return llvm::Error::success();
  d.emit(op);
  return llvm::Error::success();
}
