// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders of cp.async.bulk, plain and of tensors, and of bulk groups. The
// order of the first two modifiers says which way a copy goes.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "HopperSpecs.h"
#include "llvm/ADT/STLExtras.h"

using namespace dlk::exec;

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

/// From where to where, and that the completion mechanism fits.
static bool parseForm(const Opcode &opcode, BulkForm &form) {
  llvm::SmallVector<llvm::StringRef, 2> spaces;
  for (llvm::StringRef word : opcode.modifiers)
    if (word == "global" || word.starts_with("shared"))
      spaces.push_back(word);
  if (spaces.size() != 2)
    return false;
  bool toShared = spaces[0] != "global", fromShared = spaces[1] != "global";
  if (!toShared && spaces[1] != "shared::cta")
    return false;
  form = !toShared    ? BulkForm::Store
         : fromShared ? BulkForm::SharedToCluster
                      : BulkForm::Load;
  if (form == BulkForm::SharedToCluster &&
      (spaces[0] != "shared::cluster" || spaces[1] != "shared::cta"))
    return false;
  return toShared ? opcode.has("mbarrier::complete_tx::bytes") &&
                        !opcode.has("bulk_group")
                  : opcode.has("bulk_group") &&
                        !opcode.has("mbarrier::complete_tx::bytes") &&
                        !opcode.has("multicast::cluster");
}

/// The types of an operation, in global memory (`store`) or in shared memory.
static llvm::ArrayRef<Type> reductionTypes(AtomicOp op, bool store) {
  static const Type sums[] = {Type::u32, Type::s32, Type::u64, Type::f32,
                              Type::f64, Type::f16, Type::bf16};
  static const Type extremes[] = {Type::u32, Type::s32, Type::u64,
                                  Type::s64, Type::f16, Type::bf16};
  static const Type bits[] = {Type::b32, Type::b64};
  static const Type counters[] = {Type::u32};
  switch (op) {
  case AtomicOp::Add:
    return llvm::ArrayRef(sums).take_front(store ? 7 : 3);
  case AtomicOp::Min:
  case AtomicOp::Max:
    return llvm::ArrayRef(extremes).take_front(store ? 6 : 2);
  case AtomicOp::Inc:
  case AtomicOp::Dec:
    return counters;
  default:
    return llvm::ArrayRef(bits).take_front(store ? 2 : 1);
  }
}

/// The operation of cp.reduce, and whether the type has it there (PTX ISA,
/// cp.reduce.async.bulk).
static llvm::Error parseReduction(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode, BulkSpec &spec) {
  if (!opcode.row->mnemonic.starts_with("cp.reduce"))
    return llvm::Error::success();
  spec.reduce = parseAtomicOp(opcode.oneOf("add min max inc dec and or xor"));
  if (!spec.reduce || spec.form == BulkForm::Load)
    return unsupported(d, instruction);
  if (spec.form == BulkForm::Store)
    d.result().orderSensitive = true;
  if (spec.rank)
    return llvm::Error::success();
  spec.type = opcode.type();
  bool store = spec.form == BulkForm::Store;
  llvm::ArrayRef<Type> known = reductionTypes(*spec.reduce, store);
  bool halfSum = *spec.reduce == AtomicOp::Add && typeBits(spec.type) == 16;
  if (!llvm::is_contained(known, spec.type) || halfSum != opcode.has("noftz"))
    return unsupported(d, instruction);
  return llvm::Error::success();
}

static llvm::Error bulkAddress(Decoder &d, const Operand &operand, Ref &base,
                               int32_t &displacement, bool &wide) {
  if (llvm::Error failed = d.address(operand, base, displacement))
    return failed;
  wide = d.isWide(base);
  return llvm::Error::success();
}

/// {offsets} of im2col behind the coordinates in Op::more.
static llvm::Error im2colOffsets(Decoder &d, const Operand &operand, Op &op,
                                 BulkSpec &spec) {
  llvm::ArrayRef<Operand> elements = operand;
  if (operand.kind == Operand::Vector)
    elements = operand.elements;
  if (spec.rank < 3 || elements.size() != spec.rank - 2u)
    return d.error("im2col of a tensor of " + llvm::Twine(unsigned(spec.rank)) +
                   " dimensions, with " + llvm::Twine(elements.size()) +
                   " offsets: it has rank 3 to 5 and two offsets less");
  llvm::SmallVector<Ref, 8> refs(op.more, op.more + op.moreCount);
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref = d.source(element, Type::b16);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  spec.offsets = uint8_t(elements.size());
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  return llvm::Error::success();
}

/// mbarrier, multicast mask and cache policy, as far as the opcode has them.
static llvm::Error bulkTail(Decoder &d, const Instruction &instruction,
                            const Opcode &opcode,
                            llvm::ArrayRef<Operand> operands, Op &op,
                            BulkSpec &spec) {
  bool multicast = opcode.has("multicast::cluster");
  size_t wanted = (spec.form != BulkForm::Store) + multicast +
                  opcode.has("im2col") + opcode.has("L2::cache_hint");
  if (operands.size() != wanted)
    return wrongCount(d, instruction);
  if (spec.form != BulkForm::Store) {
    if (llvm::Error failed =
            bulkAddress(d, operands[0], op.a[2], spec.barrierDisplacement,
                        spec.wideBarrier))
      return failed;
    operands = operands.drop_front();
  }
  if (opcode.has("im2col")) {
    if (llvm::Error failed = im2colOffsets(d, operands[0], op, spec))
      return failed;
    operands = operands.drop_front();
  }
  if (multicast) {
    if (spec.form != BulkForm::Load)
      return unsupported(d, instruction);
    llvm::Expected<Ref> mask = d.source(operands[0], Type::b16);
    if (!mask)
      return mask.takeError();
    op.a[4] = *mask;
  }
  return llvm::Error::success();
}

/// cp.async.bulk [to], [from], bytes {, [mbarrier]} {, mask} {, policy}
llvm::Error dlk::exec::buildBulkCopy(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  BulkSpec spec;
  if (!parseForm(opcode, spec.form))
    return unsupported(d, instruction);
  if (llvm::Error failed = parseReduction(d, instruction, opcode, spec))
    return failed;
  if (operands.size() < 3)
    return wrongCount(d, instruction);
  Op op;
  op.run = bulkCopy;
  bool store = spec.form == BulkForm::Store;
  if (llvm::Error failed = bulkAddress(d, operands[store ? 1 : 0], op.a[0],
                                       op.imm, spec.wideShared))
    return failed;
  if (llvm::Error failed = bulkAddress(d, operands[store ? 0 : 1], op.a[1],
                                       spec.otherDisplacement, spec.wideOther))
    return failed;
  llvm::Expected<Ref> bytes = d.source(operands[2], Type::b32);
  if (!bytes)
    return bytes.takeError();
  op.a[3] = *bytes;
  if (llvm::Error failed =
          bulkTail(d, instruction, opcode, operands.drop_front(3), op, spec))
    return failed;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}

/// [map, {coordinates}]: the map's address to a[1], coordinates to Op::more.
static llvm::Error tensorOperand(Decoder &d, const Operand &operand, Op &op,
                                 BulkSpec &spec) {
  const Symbol *symbol = nullptr;
  if (llvm::Error failed =
          d.address(operand, op.a[1], spec.otherDisplacement, &symbol))
    return failed;
  spec.otherSpace = symbol ? symbol->space : Space::Generic;
  spec.wideOther = d.isWide(op.a[1]);
  llvm::ArrayRef<Operand> elements = operand.elements;
  if (elements.size() == 1 && elements[0].kind == Operand::Vector)
    elements = elements[0].elements;
  if (elements.size() != spec.rank)
    return d.error("a tensor of " + llvm::Twine(unsigned(spec.rank)) +
                   " dimensions has as many coordinates, not " +
                   llvm::Twine(elements.size()));
  llvm::SmallVector<Ref, 5> refs;
  for (const Operand &element : elements) {
    llvm::Expected<Ref> ref = d.source(element, Type::s32);
    if (!ref)
      return ref.takeError();
    refs.push_back(*ref);
  }
  op.more = d.store(refs);
  op.moreCount = uint16_t(refs.size());
  return llvm::Error::success();
}

/// cp.async.bulk.tensor [to], [map, {...}], [mbarrier] {, mask} {, policy} or
/// [map, {...}], [from] {, policy}
llvm::Error dlk::exec::buildBulkTensor(Decoder &d,
                                       const Instruction &instruction,
                                       const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  BulkSpec spec;
  llvm::StringRef rank = opcode.oneOf("1d 2d 3d 4d 5d");
  if (rank.empty() || !parseForm(opcode, spec.form) ||
      spec.form == BulkForm::SharedToCluster)
    return unsupported(d, instruction);
  spec.rank = uint8_t(rank[0] - '0');
  spec.im2col = opcode.has("im2col") || opcode.has("im2col_no_offs");
  if (opcode.has("im2col") != (spec.im2col && spec.form == BulkForm::Load) ||
      (spec.im2col && spec.rank < 3))
    return unsupported(d, instruction);
  if (llvm::Error failed = parseReduction(d, instruction, opcode, spec))
    return failed;
  if (operands.size() < 2)
    return wrongCount(d, instruction);
  Op op;
  op.run = bulkTensor;
  bool store = spec.form == BulkForm::Store;
  if (llvm::Error failed = bulkAddress(d, operands[store ? 1 : 0], op.a[0],
                                       op.imm, spec.wideShared))
    return failed;
  if (llvm::Error failed = tensorOperand(d, operands[store ? 0 : 1], op, spec))
    return failed;
  if (llvm::Error failed =
          bulkTail(d, instruction, opcode, operands.drop_front(2), op, spec))
    return failed;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}

/// Prefetches have no effect on results; a missing operand is still an error.
llvm::Error dlk::exec::buildBulkPrefetch(Decoder &d,
                                         const Instruction &instruction,
                                         const Opcode &opcode) {
  if (instruction.operands.empty() ||
      instruction.operands[0].kind != Operand::Address)
    return wrongCount(d, instruction);
  return llvm::Error::success();
}

llvm::Error dlk::exec::buildBulkCommit(Decoder &d,
                                       const Instruction &instruction,
                                       const Opcode &) {
  if (!instruction.operands.empty())
    return wrongCount(d, instruction);
  Op op;
  op.run = bulkCommit;
  d.emit(op);
  return llvm::Error::success();
}

/// Op::imm is 2 * groups + 1 if .read.
llvm::Error dlk::exec::buildBulkWait(Decoder &d, const Instruction &instruction,
                                     const Opcode &opcode) {
  if (instruction.operands.size() != 1)
    return wrongCount(d, instruction);
  llvm::Expected<uint64_t> newest = d.immediate(instruction.operands[0]);
  if (!newest)
    return newest.takeError();
  Op op;
  op.run = bulkWait;
  op.imm = int32_t(std::min<uint64_t>(*newest, INT32_MAX / 2)) * 2 +
           opcode.has("read");
  d.emit(op);
  return llvm::Error::success();
}
