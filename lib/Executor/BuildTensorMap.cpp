// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders of tensormap.replace and tensormap.cp_fenceproxy.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "TensorMapField.h"
#include "llvm/ADT/STLExtras.h"

using namespace dlk::exec;

namespace {
struct FieldName {
  const char *name;
  TensorMapField field;
  bool ordinal; ///< Takes the dimension before the value.
  bool wide;    ///< Of 64 bits.
};
constexpr FieldName fieldNames[] = {
    {"global_address", TensorMapField::GlobalAddress, false, true},
    {"rank", TensorMapField::Rank, false, false},
    {"box_dim", TensorMapField::BoxDim, true, false},
    {"global_dim", TensorMapField::GlobalDim, true, false},
    {"global_stride", TensorMapField::GlobalStride, true, true},
    {"element_stride", TensorMapField::ElementStride, true, false},
    {"elemtype", TensorMapField::ElementType, false, false},
    {"interleave_layout", TensorMapField::Interleave, false, false},
    {"swizzle_mode", TensorMapField::Swizzle, false, false},
    {"fill_mode", TensorMapField::FillMode, false, false},
};
} // namespace

static llvm::Error unsupported(Decoder &d, const Instruction &instruction) {
  return d.error("unsupported instruction: '" + instruction.opcode + "'");
}

/// tensormap.replace.tile.FIELD{.space}.b1024.type [map], {dimension,} value
llvm::Error dlk::exec::buildTensorMapReplace(Decoder &d,
                                             const Instruction &instruction,
                                             const Opcode &opcode) {
  const FieldName *name = llvm::find_if(
      fieldNames, [&](const FieldName &f) { return opcode.has(f.name); });
  if (name == std::end(fieldNames) || !opcode.has("tile") ||
      !opcode.has("b1024") ||
      opcode.type() != (name->wide ? Type::b64 : Type::b32))
    return unsupported(d, instruction);
  llvm::ArrayRef<Operand> operands = instruction.operands;
  if (operands.size() != 2u + name->ordinal)
    return wrongCount(d, instruction);
  TensorMapFieldSpec spec;
  spec.field = name->field;
  spec.wideValue = name->wide;
  spec.space = opcode.has("global")        ? Space::Global
               : opcode.has("shared::cta") ? Space::Shared
                                           : Space::Generic;
  if (name->ordinal) {
    if (operands[1].kind != Operand::Integer || operands[1].bits > 4)
      return d.error("dimension of a tensor map is no number of 0 to 4");
    spec.ordinal = uint8_t(operands[1].bits);
  }
  Op op;
  op.run = tensorMapReplace;
  if (llvm::Error failed = d.address(operands[0], op.a[0], op.imm))
    return failed;
  spec.wideAddress = d.isWide(op.a[0]);
  llvm::Expected<Ref> value =
      d.source(operands.back(), name->wide ? Type::b64 : Type::b32);
  if (!value)
    return value.takeError();
  op.a[1] = *value;
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}

/// tensormap.cp_fenceproxy... [to], [from], 128
llvm::Error dlk::exec::buildTensorMapCopy(Decoder &d,
                                          const Instruction &instruction,
                                          const Opcode &opcode) {
  llvm::ArrayRef<Operand> operands = instruction.operands;
  if (operands.size() != 3)
    return wrongCount(d, instruction);
  if (!opcode.has("global") || !opcode.has("shared::cta") ||
      operands[2].kind != Operand::Integer || operands[2].bits != 128)
    return unsupported(d, instruction);
  TensorMapCopySpec spec;
  Op op;
  op.run = tensorMapCopy;
  op.aligned = true;
  if (llvm::Error failed = d.address(operands[0], op.a[0], op.imm))
    return failed;
  if (llvm::Error failed =
          d.address(operands[1], op.a[1], spec.fromDisplacement))
    return failed;
  spec.wideTo = d.isWide(op.a[0]);
  spec.wideFrom = d.isWide(op.a[1]);
  op.spec = d.spec(spec);
  d.emit(op);
  return llvm::Error::success();
}
