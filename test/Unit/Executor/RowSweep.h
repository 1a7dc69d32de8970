// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sweeps over the lane-wise rows of the instruction table: opcodes with all
// their types and modifiers, and what each computes, one element at a time,
// written from the text of the PTX ISA and not from the executor's code.

#ifndef DLK_TEST_UNIT_EXECUTOR_ROWSWEEP_H
#define DLK_TEST_UNIT_EXECUTOR_ROWSWEEP_H

#include "InstructionTable.h"
#include "llvm/ADT/APFloat.h"
#include <deque>
#include <string>
#include <vector>

namespace dlk::exec {

/// The result's bits for the sources' bits (each in the width of its operand,
/// immediates too); nullopt where the ISA leaves the result open.
using RowReference = std::optional<uint64_t> (*)(const Opcode &op,
                                                 const uint64_t *s);

struct RowSweep {
  /// "add{,.sat}.{s32,u32}": every combination of the alternatives.
  const char *pattern;
  /// One code per operand, the destination first:
  ///   D first type   W twice as wide if .wide   R 32 bits   P predicate
  /// and then the sources:
  ///   S first type   A twice as wide if .wide   I 32 bits   C predicate
  ///   L last type    N immediate 0..255
  const char *operands;
  RowReference reference;
};

/// An opcode of a sweep with its operands' types.
struct Form {
  std::string text;
  Opcode opcode;
  const RowSweep *sweep = nullptr;
  Type result = Type::b32;
  std::vector<Type> sources;
};
/// Those of all sweeps. A deque: the words of an opcode are views of its text.
std::deque<Form> allForms();

llvm::ArrayRef<RowSweep> integerSweeps();
llvm::ArrayRef<RowSweep> floatSweeps();
llvm::ArrayRef<RowSweep> comparisonSweeps();
llvm::ArrayRef<RowSweep> conversionSweeps();

/// The number that the low bits are, as an integer type.
inline __int128 integerOf(uint64_t bits, Type type) {
  unsigned unused = 64 - typeBits(type);
  return isSigned(type) ? __int128(int64_t(bits << unused) >> unused)
                        : __int128(bits << unused >> unused);
}
inline __int128 highest(Type type) {
  return (__int128(1) << (typeBits(type) - (isSigned(type) ? 1 : 0))) - 1;
}
inline __int128 lowest(Type type) {
  return isSigned(type) ? -highest(type) - 1 : 0;
}
inline __int128 clampTo(__int128 value, Type type) {
  return std::max(lowest(type), std::min(highest(type), value));
}

/// Floats of any format. Pairs are taken apart by eachHalf.
inline const llvm::fltSemantics &semanticsOf(Type type) {
  switch (type) {
  case Type::f64:
    return llvm::APFloat::IEEEdouble();
  case Type::f32:
    return llvm::APFloat::IEEEsingle();
  case Type::bf16:
  case Type::bf16x2:
    return llvm::APFloat::BFloat();
  case Type::tf32:
    return llvm::APFloat::FloatTF32();
  case Type::e4m3x2:
    return llvm::APFloat::Float8E4M3FN();
  case Type::e5m2x2:
    return llvm::APFloat::Float8E5M2();
  default:
    return llvm::APFloat::IEEEhalf();
  }
}
inline llvm::APFloat floatFrom(uint64_t bits, Type type) {
  const llvm::fltSemantics &semantics = semanticsOf(type);
  unsigned width = llvm::APFloat::getSizeInBits(semantics);
  return llvm::APFloat(semantics, llvm::APInt(64, bits).trunc(width));
}
/// A NaN result is the canonical one, except that f64's is any.
inline uint64_t bitsFrom(const llvm::APFloat &value, Type type) {
  if (value.isNaN())
    return type == Type::f64   ? 0x7ff8000000000000
           : type == Type::f32 ? 0x7fffffff
                               : 0x7fff;
  return value.bitcastToAPInt().getZExtValue();
}
inline llvm::APFloat flushed(llvm::APFloat value) {
  return value.isDenormal()
             ? llvm::APFloat::getZero(value.getSemantics(), value.isNegative())
             : value;
}
inline llvm::RoundingMode roundingOf(const Opcode &op) {
  llvm::StringRef word = op.oneOf("rz rm rp rzi rmi rpi rna");
  return word.starts_with("rz")    ? llvm::RoundingMode::TowardZero
         : word.starts_with("rm")  ? llvm::RoundingMode::TowardNegative
         : word.starts_with("rp")  ? llvm::RoundingMode::TowardPositive
         : word.starts_with("rna") ? llvm::RoundingMode::NearestTiesToAway
                                   : llvm::RoundingMode::NearestTiesToEven;
}

} // namespace dlk::exec

#endif // DLK_TEST_UNIT_EXECUTOR_ROWSWEEP_H
