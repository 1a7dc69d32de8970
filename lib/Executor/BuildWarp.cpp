// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exchange between the lanes of a warp: shfl, vote, match, redux, elect.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

/// `d|p`: the predicate of a pair, or NoSlot.
static llvm::Error secondDest(Decoder &d, const Operand &operand, Ref &out) {
  out = NoSlot;
  if (operand.second.empty() || operand.second == "_")
    return llvm::Error::success();
  Operand second;
  second.name = operand.second;
  llvm::Expected<Ref> ref = d.dest(second, Type::pred);
  if (!ref)
    return ref.takeError();
  out = *ref;
  return llvm::Error::success();
}

/// Resolves `types.size()` operands from `first` on as sources.
static llvm::Error sources(Decoder &d, const Instruction &instruction,
                           unsigned first, llvm::ArrayRef<Type> types,
                           Ref *out) {
  if (instruction.operands.size() != first + types.size())
    return wrongCount(d, instruction);
  for (unsigned i = 0; i < types.size(); ++i) {
    llvm::Expected<Ref> ref =
        d.source(instruction.operands[first + i], types[i]);
    if (!ref)
      return ref.takeError();
    out[i] = *ref;
  }
  return llvm::Error::success();
}

/// shfl.sync.mode.b32 d|p, a, b, c, members
llvm::Error dlk::exec::buildShfl(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  if (instruction.operands.size() != 5)
    return wrongCount(d, instruction);
  Op op;
  op.run = shuffle;
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  op.a[0] = *to;
  if (llvm::Error failed = secondDest(d, instruction.operands[0], op.a[1]))
    return failed;
  Ref refs[4];
  Type types[4] = {Type::b32, Type::b32, Type::b32, Type::b32};
  if (llvm::Error failed = sources(d, instruction, 1, types, refs))
    return failed;
  op.a[2] = refs[0];
  op.a[3] = refs[1];
  op.more = d.store({refs[2], refs[3]});
  op.moreCount = 2;
  auto mode = llvm::StringSwitch<ShuffleMode>(opcode.oneOf("idx up down bfly"))
                  .Case("up", ShuffleMode::Up)
                  .Case("down", ShuffleMode::Down)
                  .Case("bfly", ShuffleMode::Bfly)
                  .Default(ShuffleMode::Idx);
  op.imm = int32_t(mode);
  d.emit(op, op.a[1] == NoSlot ? 1 : 3);
  return llvm::Error::success();
}

/// vote.sync.{all,any,uni}.pred p, a, members; vote.sync.ballot.b32 d, a,
/// members
llvm::Error dlk::exec::buildVote(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  bool isBallot = opcode.has("ballot");
  if (instruction.operands.size() != 3 || opcode.modifiers.empty())
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to =
      d.dest(instruction.operands[0], isBallot ? Type::b32 : Type::pred);
  if (!to)
    return to.takeError();
  Op op;
  op.run = isBallot ? ballot : vote;
  op.a[0] = *to;
  Type types[2] = {Type::pred, Type::b32};
  if (llvm::Error failed = sources(d, instruction, 1, types, op.a + 1))
    return failed;
  op.imm = int32_t(opcode.has("all")   ? VoteMode::All
                   : opcode.has("any") ? VoteMode::Any
                                       : VoteMode::Uni);
  d.emit(op, 1);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildMatch(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  if (instruction.operands.size() != 3)
    return wrongCount(d, instruction);
  bool wide = typeBits(opcode.type()) == 64;
  bool all = opcode.row->mnemonic.contains("all");
  Op op;
  op.run =
      all ? (wide ? matchAll64 : matchAll32) : (wide ? matchAny64 : matchAny32);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  op.a[0] = *to;
  if (llvm::Error failed = secondDest(d, instruction.operands[0], op.a[1]))
    return failed;
  Type types[2] = {opcode.type(), Type::b32};
  if (llvm::Error failed = sources(d, instruction, 1, types, op.a + 2))
    return failed;
  d.emit(op, op.a[1] == NoSlot ? 1 : 3);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildRedux(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  if (instruction.operands.size() != 3 || opcode.modifiers.size() != 1 ||
      opcode.type() == Type::f32)
    return d.error("unsupported instruction: '" + instruction.opcode + "'");
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  Op op;
  op.run = redux;
  op.a[0] = *to;
  Type types[2] = {Type::b32, Type::b32};
  if (llvm::Error failed = sources(d, instruction, 1, types, op.a + 1))
    return failed;
  auto which = llvm::StringSwitch<ReduxOp>(opcode.modifiers[0])
                   .Case("add", ReduxOp::Add)
                   .Case("min", ReduxOp::Min)
                   .Case("max", ReduxOp::Max)
                   .Case("and", ReduxOp::And)
                   .Case("or", ReduxOp::Or)
                   .Default(ReduxOp::Xor);
  op.imm = int32_t(which) | (opcode.type() == Type::s32 ? 0x100 : 0);
  d.emit(op, 1);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildActiveMask(Decoder &d,
                                       const Instruction &instruction,
                                       const Opcode &) {
  if (instruction.operands.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  Op op;
  op.run = activeMask;
  op.a[0] = *to;
  d.emit(op, 1);
  return llvm::Error::success();
}

/// elect.sync d|p, members
llvm::Error dlk::exec::buildElect(Decoder &d, const Instruction &instruction,
                                  const Opcode &) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  Op op;
  op.run = elect;
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  op.a[0] = *to;
  if (llvm::Error failed = secondDest(d, instruction.operands[0], op.a[1]))
    return failed;
  if (op.a[1] == NoSlot)
    op.a[1] = d.temporary(Type::pred);
  Type types[1] = {Type::b32};
  if (llvm::Error failed = sources(d, instruction, 1, types, op.a + 2))
    return failed;
  d.emit(op, 3);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildWarpSync(Decoder &d, const Instruction &instruction,
                                     const Opcode &) {
  Op op;
  op.run = warpSync;
  Type types[1] = {Type::b32};
  if (llvm::Error failed = sources(d, instruction, 0, types, op.a))
    return failed;
  d.emit(op);
  return llvm::Error::success();
}
