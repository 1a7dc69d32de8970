// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches, calls and returns, barriers.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "Memory.h"

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction,
                               const llvm::Twine &why) {
  return d.error("unsupported instruction: '" + instruction.opcode + "' (" +
                 why + ")");
}

llvm::Error dlk::exec::buildBra(Decoder &d, const Instruction &instruction,
                                const Opcode &) {
  if (instruction.operands.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<uint32_t> target = d.label(instruction.operands[0]);
  if (!target)
    return target.takeError();
  Op op;
  op.run = branch;
  OpNotes &notes = d.emit(op);
  notes.flow = OpNotes::Branch;
  notes.target = *target;
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildBrx(Decoder &d, const Instruction &instruction,
                                const Opcode &) {
  if (instruction.operands.size() != 2)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> index = d.source(instruction.operands[0], Type::u32);
  if (!index)
    return index.takeError();
  llvm::Expected<std::vector<uint32_t>> targets =
      d.branchTable(instruction.operands[1]);
  if (!targets)
    return targets.takeError();
  Op op;
  op.run = branchTable;
  op.a[0] = *index;
  op.imm = int32_t(targets->size());
  op.spec = d.result().storage.Allocate<uint32_t>(targets->size());
  OpNotes &notes = d.emit(op);
  notes.flow = OpNotes::Table;
  notes.target = d.addTable(std::move(*targets));
  return llvm::Error::success();
}

/// Copies a parameter from the caller's place to the callee's, or a result
/// back.
static llvm::Error copyParam(Decoder &d, const Symbol &from, const Symbol &to) {
  if (from.space != Space::Local || to.space != Space::Local ||
      from.bytes < to.bytes)
    return d.error("argument does not fit the parameter");
  uint32_t done = 0;
  for (unsigned width : {8u, 4u, 2u, 1u})
    for (; to.bytes - done >= width && (from.offset + done) % width == 0 &&
           (to.offset + done) % width == 0;
         done += width) {
      Type type = width == 8   ? Type::b64
                  : width == 4 ? Type::b32
                  : width == 2 ? Type::b16
                               : Type::b8;
      Ref value = d.temporary(type);
      MemorySpec spec;
      spec.space = Space::Local;
      spec.elementBytes = uint8_t(width);
      Op load;
      load.run = findLoad(type, width == 8);
      load.a[0] = d.constant(from.offset + done, RegisterClass::Double);
      load.spec = d.spec(spec);
      load.more = d.store(value);
      load.moreCount = 1;
      Op save = load;
      d.emit(load).moreDefs = 1;
      save.run = findStore(type, width == 8);
      save.a[0] = d.constant(to.offset + done, RegisterClass::Double);
      save.more = d.store(value);
      d.emit(save);
    }
  return llvm::Error::success();
}

/// `__assertfail(message, file, line, function, charSize)` and what else CUDA
/// provides without a body.
static llvm::Error buildIntrinsicCall(Decoder &d,
                                      const Instruction &instruction,
                                      llvm::StringRef callee,
                                      llvm::ArrayRef<Operand> arguments) {
  if (callee != "__assertfail")
    return unsupported(d, instruction,
                       "function without a body: '" + callee + "'");
  Op op;
  op.run = assertFailed;
  if (!arguments.empty()) {
    const Symbol *message = d.findSymbol(arguments[0].name);
    if (!message || message->space != Space::Local)
      return d.error("unknown name: '" + arguments[0].name + "'");
    Ref value = d.temporary(Type::b64);
    MemorySpec spec;
    spec.space = Space::Local;
    spec.elementBytes = 8;
    Op load;
    load.run = findLoad(Type::b64, true);
    load.a[0] = d.constant(message->offset, RegisterClass::Double);
    load.spec = d.spec(spec);
    load.more = d.store(value);
    load.moreCount = 1;
    d.emit(load).moreDefs = 1;
    op.a[0] = value;
  }
  d.emit(op);
  return llvm::Error::success();
}

static bool reaches(const FunctionState &from, const FunctionState &to) {
  if (&from == &to)
    return true;
  for (const FunctionState *callee : from.callees)
    if (reaches(*callee, to))
      return true;
  return false;
}

/// call (results), function, (arguments); the functions' frames are static, so
/// recursion is refused.
llvm::Error dlk::exec::buildCall(Decoder &d, const Instruction &instruction,
                                 const Opcode &) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  llvm::ArrayRef<Operand> results, arguments;
  if (!operands.empty() && operands[0].kind == Operand::List) {
    results = operands[0].elements;
    operands = operands.drop_front();
  }
  if (operands.empty() || operands[0].kind != Operand::Name)
    return wrongCount(d, instruction);
  llvm::StringRef name = operands[0].name;
  if (operands.size() > 1 && operands[1].kind == Operand::List)
    arguments = operands[1].elements;
  const Function *callee = d.findFunction(name);
  if (!callee)
    return unsupported(d, instruction, "indirect call");
  if (!callee->hasBody)
    return buildIntrinsicCall(d, instruction, name, arguments);
  FunctionState *state = d.called(*callee);
  if (!state)
    return d.error("function cannot be called: '" + name + "'");
  if (reaches(*state, d.function()))
    return unsupported(d, instruction, "recursion");
  d.function().callees.push_back(state);
  if (arguments.size() != state->params.size() ||
      results.size() != state->returns.size())
    return wrongCount(d, instruction);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Symbol *symbol = d.findSymbol(arguments[i].name);
    if (!symbol)
      return unsupported(d, instruction, "argument that is no .param");
    if (llvm::Error failed = copyParam(d, *symbol, state->params[i]))
      return failed;
  }
  Op op;
  op.run = callFunction;
  op.a[0] = state->returnPc;
  OpNotes &notes = d.emit(op, 1);
  notes.flow = OpNotes::Call;
  notes.target = state->number;
  for (size_t i = 0; i < results.size(); ++i) {
    const Symbol *symbol = d.findSymbol(results[i].name);
    if (!symbol)
      return unsupported(d, instruction, "result that is no .param");
    if (llvm::Error failed = copyParam(d, state->returns[i], *symbol))
      return failed;
  }
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildRet(Decoder &d, const Instruction &instruction,
                                const Opcode &opcode) {
  if (d.function().returnPc == NoSlot)
    return buildExit(d, instruction, opcode);
  Op op;
  op.run = returnFromFunction;
  op.a[0] = d.function().returnPc;
  d.emit(op).flow = OpNotes::End;
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildExit(Decoder &d, const Instruction &,
                                 const Opcode &) {
  Op op;
  op.run = exitThread;
  d.emit(op).flow = OpNotes::End;
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildTrap(Decoder &d, const Instruction &,
                                 const Opcode &) {
  Op op;
  op.run = trap;
  d.emit(op).flow = OpNotes::End;
  return llvm::Error::success();
}

/// bar.sync a{, b}; bar.arrive a, b; bar.red d, a{, b}, p.
llvm::Error dlk::exec::buildBarrier(Decoder &d, const Instruction &instruction,
                                    const Opcode &opcode) {
  llvm::StringRef name = opcode.row->mnemonic;
  bool isRed = name.ends_with("red");
  llvm::ArrayRef<Operand> operands = instruction.operands;
  Op op;
  op.run = barrier;
  op.aligned = name.starts_with("bar.") || opcode.has("aligned");
  op.imm = int32_t(name.ends_with("arrive") ? BarrierKind::Arrive
                   : !isRed                 ? BarrierKind::Sync
                   : opcode.has("popc")     ? BarrierKind::RedPopc
                   : opcode.has("and")      ? BarrierKind::RedAnd
                                            : BarrierKind::RedOr);
  if (isRed) {
    if (operands.size() < 3)
      return wrongCount(d, instruction);
    llvm::Expected<Ref> to =
        d.dest(operands[0], opcode.has("popc") ? Type::u32 : Type::pred);
    if (!to)
      return to.takeError();
    llvm::Expected<Ref> p = d.source(operands.back(), Type::pred);
    if (!p)
      return p.takeError();
    op.a[3] = *to;
    op.a[2] = *p;
    operands = operands.drop_front().drop_back();
  }
  if (operands.empty() || operands.size() > 2)
    return wrongCount(d, instruction);
  for (unsigned i = 0; i < operands.size(); ++i) {
    llvm::Expected<Ref> ref = d.source(operands[i], Type::u32);
    if (!ref)
      return ref.takeError();
    op.a[i] = *ref;
  }
  // A guard that excludes lanes leaves the old value: read and written.
  d.emit(op, isRed ? 8 : 0).inOut = isRed ? 8 : 0;
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildClusterBarrier(Decoder &d,
                                           const Instruction &instruction,
                                           const Opcode &opcode) {
  if (!instruction.operands.empty())
    return wrongCount(d, instruction);
  Op op;
  op.run =
      opcode.row->mnemonic.ends_with("arrive") ? clusterArrive : clusterWait;
  op.aligned = true;
  d.emit(op);
  return llvm::Error::success();
}
