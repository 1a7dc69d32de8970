// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ld, st, atom and red: state space, vector operands, address; and the hints
// that have no effect on results.

#include "Builders.h"
#include "Code.h"
#include "Decoder.h"
#include "Handlers.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

/// The space of the address. A .param symbol of a function lies in local
/// memory.
static Space spaceOf(const Opcode &opcode, const Symbol *symbol) {
  if (symbol &&
      (symbol->space == Space::Local || symbol->space == Space::Param))
    return symbol->space;
  llvm::StringRef word = opcode.oneOf("global shared shared::cta "
                                      "shared::cluster local const param "
                                      "param::entry param::func");
  if (word.starts_with("shared"))
    return Space::Shared;
  if (word.starts_with("param"))
    return Space::Param;
  return llvm::StringSwitch<Space>(word)
      .Case("global", Space::Global)
      .Case("local", Space::Local)
      .Case("const", Space::Const)
      .Default(symbol ? symbol->space : Space::Generic);
}

static unsigned vectorLength(const Opcode &opcode) {
  llvm::StringRef word = opcode.oneOf("v2 v4 v8");
  return word.empty() ? 1 : unsigned(word[1] - '0');
}

static llvm::ArrayRef<Operand> elementsOf(const Operand &operand) {
  if (operand.kind == Operand::Vector)
    return operand.elements;
  return operand;
}

/// Fills in the address and the spec that loads, stores and atomics share.
static llvm::Error buildAddress(Decoder &d, const Operand &operand,
                                const Opcode &opcode, Op &op,
                                MemorySpec &spec) {
  const Symbol *symbol = nullptr;
  if (llvm::Error failed = d.address(operand, op.a[0], op.imm, &symbol))
    return failed;
  spec.space = spaceOf(opcode, symbol);
  spec.wideAddress = d.isWide(op.a[0]);
  spec.elementBytes = uint8_t(typeBytes(opcode.type()));
  spec.count = uint8_t(vectorLength(opcode));
  return llvm::Error::success();
}

/// What loads and stores share: the address, operand number `address`, and the
/// elements, the other one of the first two. Returns the elements.
static llvm::Expected<llvm::ArrayRef<Operand>>
buildAccess(Decoder &d, const Instruction &instruction, size_t address,
            const Opcode &opcode, Op &op, MemorySpec &spec) {
  // A cache policy may follow.
  if (instruction.operands.size() < 2 || instruction.operands.size() > 3)
    return wrongCount(d, instruction);
  if (llvm::Error failed =
          buildAddress(d, instruction.operands[address], opcode, op, spec))
    return std::move(failed);
  spec.strong = !opcode.oneOf("volatile acquire release relaxed mmio").empty();
  llvm::ArrayRef<Operand> elements =
      elementsOf(instruction.operands[1 - address]);
  if (elements.size() != spec.count)
    return d.error("vector of the wrong length");
  return elements;
}

llvm::Error dlk::exec::buildLoad(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  Op op;
  MemorySpec spec;
  llvm::Expected<llvm::ArrayRef<Operand>> elements =
      buildAccess(d, instruction, /*address=*/1, opcode, op, spec);
  if (!elements)
    return elements.takeError();
  llvm::SmallVector<Ref, 8> refs;
  bool wide = false;
  for (const Operand &element : *elements) {
    llvm::Expected<Ref> ref = element.kind == Operand::Sink
                                  ? d.dest(element, opcode.type())
                                  : d.anyDest(element);
    if (!ref)
      return ref.takeError();
    RegisterClass kind = d.classOf(*ref);
    bool isWide = kind == RegisterClass::Double;
    if (kind == RegisterClass::Predicate ||
        (typeBytes(opcode.type()) == 8 && !isWide) ||
        (!refs.empty() && isWide != wide))
      return d.error("destination does not fit the type");
    wide = isWide;
    refs.push_back(*ref);
  }
  // A load that is ordered with other CTAs' stores may wait for one.
  if (spec.space != Space::Shared &&
      !opcode.oneOf("volatile acquire relaxed mmio").empty())
    d.result().orderSensitive = true;
  op.run = findLoad(opcode.type(), wide);
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  d.emit(op).moreDefs = op.moreCount;
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildStore(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  Op op;
  MemorySpec spec;
  llvm::Expected<llvm::ArrayRef<Operand>> elements =
      buildAccess(d, instruction, /*address=*/0, opcode, op, spec);
  if (!elements)
    return elements.takeError();
  llvm::SmallVector<Ref, 8> refs;
  for (const Operand &element : *elements) {
    llvm::Expected<Ref> ref = d.source(element, opcode.type(), true);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  op.run = findStore(opcode.type(), typeBytes(opcode.type()) == 8);
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  d.emit(op);
  return llvm::Error::success();
}

std::optional<AtomicOp> dlk::exec::parseAtomicOp(llvm::StringRef word) {
  return llvm::StringSwitch<std::optional<AtomicOp>>(word)
      .Case("add", AtomicOp::Add)
      .Case("min", AtomicOp::Min)
      .Case("max", AtomicOp::Max)
      .Case("and", AtomicOp::And)
      .Case("or", AtomicOp::Or)
      .Case("xor", AtomicOp::Xor)
      .Case("exch", AtomicOp::Exch)
      .Case("cas", AtomicOp::Cas)
      .Case("inc", AtomicOp::Inc)
      .Case("dec", AtomicOp::Dec)
      .Default(std::nullopt);
}

/// atom d, [a], b {, c} {, policy}; red [a], b {, policy}.
llvm::Error dlk::exec::buildAtom(Decoder &d, const Instruction &instruction,
                                 const Opcode &opcode) {
  AtomicSpec spec;
  spec.returns = opcode.row->mnemonic == "atom";
  std::optional<AtomicOp> which =
      parseAtomicOp(opcode.oneOf("add min max and or xor exch cas inc dec"));
  unsigned first = spec.returns ? 1 : 0;
  unsigned values = which == AtomicOp::Cas ? 2 : 1;
  if (!which || instruction.operands.size() < first + 1 + values)
    return d.error("wrong number of operands of '" + instruction.opcode + "'");
  spec.op = *which;
  spec.type = opcode.type();
  Op op;
  if (llvm::Error failed =
          buildAddress(d, instruction.operands[first], opcode, op, spec.memory))
    return failed;
  llvm::SmallVector<Ref, 16> refs;
  if (spec.returns)
    for (const Operand &element : elementsOf(instruction.operands[0])) {
      llvm::Expected<Ref> ref = d.dest(element, spec.type);
      if (!ref)
        return ref.takeError();
      refs.push_back(*ref);
    }
  size_t results = refs.size();
  for (unsigned v = 0; v < values; ++v)
    for (const Operand &element :
         elementsOf(instruction.operands[first + 1 + v])) {
      llvm::Expected<Ref> ref = d.source(element, spec.type);
      if (!ref)
        return ref.takeError();
      refs.push_back(*ref);
    }
  if (refs.size() != results + values * spec.memory.count ||
      (spec.returns && results != spec.memory.count))
    return d.error("vector of the wrong length");
  op.run = atomic;
  op.spec = d.spec(spec);
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  d.emit(op).moreDefs = uint16_t(results);
  if (spec.memory.space != Space::Shared)
    d.result().orderSensitive = true;
  return llvm::Error::success();
}

/// Hints, fences and waits that need no action here: the executor's memory is
/// sequentially consistent between warps.
llvm::Error dlk::exec::buildNothing(Decoder &, const Instruction &,
                                    const Opcode &) {
  return llvm::Error::success();
}

/// The policy is only ever passed on to accesses, which ignore it.
llvm::Error dlk::exec::buildCreatePolicy(Decoder &d,
                                         const Instruction &instruction,
                                         const Opcode &opcode) {
  if (instruction.operands.empty())
    return d.error("wrong number of operands of '" + instruction.opcode + "'");
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b64);
  if (!to)
    return to.takeError();
  AluKey key;
  key.op = Alu::mov;
  key.to = Type::b64;
  return d.emitAlu(key, {*to, d.constant(0, RegisterClass::Double)});
}
