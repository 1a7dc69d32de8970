// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The SIMD video instructions (vabsdiff4, vadd2, ...), which CUDA's intrinsics
// of bytes and halfwords become: each lane is taken out, computed in 32 bits,
// and put into the result or added to the third source.

#include "Builders.h"
#include "Decoder.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

namespace {

/// Micro-ops on 32-bit words; the first error is kept.
class Words {
public:
  explicit Words(Decoder &d) : d(d) {}

  Ref number(int64_t value) {
    return d.constant(uint32_t(value), RegisterClass::Word);
  }
  /// The result of an operation in a register of its own.
  Ref compute(Alu op, Type type, llvm::ArrayRef<Ref> sources) {
    Ref to = d.temporary(Type::b32);
    write(op, type, to, sources);
    return to;
  }
  void write(Alu op, Type type, Ref to, llvm::ArrayRef<Ref> sources) {
    llvm::SmallVector<Ref, 5> operands = {to};
    operands.append(sources.begin(), sources.end());
    emit(op, type, operands, 0);
  }
  /// 1 if the comparison of two s32 holds, else 0.
  Ref compare(Compare how, Ref a, Ref b) {
    Ref predicate = d.temporary(Type::pred);
    emit(Alu::setp, Type::s32, {predicate, NoSlot, a, b}, int32_t(how));
    return compute(Alu::selp, Type::u32, {number(1), number(0), predicate});
  }
  llvm::Error takeError() { return std::move(failed); }

private:
  void emit(Alu op, Type type, llvm::ArrayRef<Ref> operands, int32_t imm) {
    AluKey key;
    key.op = op;
    key.to = key.from = type;
    failed = llvm::joinErrors(std::move(failed), d.emitAlu(key, operands, imm));
  }

  Decoder &d;
  llvm::Error failed = llvm::Error::success();
};

} // namespace

/// Half of the sum, rounded up unless the sum is negative.
static Ref average(Words &words, Ref a, Ref b) {
  Ref sum = words.compute(Alu::add, Type::s32, {a, b});
  Ref one = words.compare(Compare::ge, sum, words.number(0));
  sum = words.compute(Alu::add, Type::s32, {sum, one});
  return words.compute(Alu::shr, Type::s32, {sum, words.number(1)});
}

/// What an instruction computes of two lanes, both as s32.
static Ref combineLanes(Words &words, const Opcode &opcode, Ref a, Ref b) {
  llvm::StringRef name = opcode.row->mnemonic.drop_front().drop_back();
  if (name == "set") {
    Compare how = llvm::StringSwitch<Compare>(opcode.oneOf("ne lt le gt ge"))
                      .Case("ne", Compare::ne)
                      .Case("lt", Compare::lt)
                      .Case("le", Compare::le)
                      .Case("gt", Compare::gt)
                      .Case("ge", Compare::ge)
                      .Default(Compare::eq);
    return words.compare(how, a, b);
  }
  if (name == "avrg")
    return average(words, a, b);
  if (name == "absdiff")
    return words.compute(Alu::sad, Type::s32, {a, b, words.number(0)});
  Alu op = llvm::StringSwitch<Alu>(name)
               .Case("sub", Alu::sub)
               .Case("min", Alu::min)
               .Case("max", Alu::max)
               .Default(Alu::add);
  return words.compute(op, Type::s32, {a, b});
}

static Ref saturated(Words &words, Type type, unsigned bits, Ref value) {
  int64_t low = isSigned(type) ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high = low + (int64_t(1) << bits) - 1;
  value = words.compute(Alu::max, Type::s32, {value, words.number(low)});
  return words.compute(Alu::min, Type::s32, {value, words.number(high)});
}

llvm::Error dlk::exec::buildVideo(Decoder &d, const Instruction &instruction,
                                  const Opcode &opcode) {
  bool set = opcode.row->mnemonic.starts_with("vset");
  unsigned lanes = opcode.row->mnemonic.ends_with("4") ? 4 : 2;
  bool sum = opcode.has("add"), saturate = opcode.has("sat");
  if (opcode.types.size() != (set ? 2 : 3) || (sum && saturate) ||
      (set && opcode.oneOf("eq ne lt le gt ge").empty()))
    return d.error("unsupported instruction: '" + instruction.opcode + "'");
  if (instruction.operands.size() != 4)
    return wrongCount(d, instruction);
  llvm::Expected<Ref> to = d.dest(instruction.operands[0], Type::b32);
  if (!to)
    return to.takeError();
  Ref sources[3];
  for (unsigned i = 0; i < 3; ++i) {
    llvm::Expected<Ref> source =
        d.source(instruction.operands[i + 1], Type::b32);
    if (!source)
      return source.takeError();
    sources[i] = *source;
  }
  Type typeA = opcode.type(set ? 0 : 1), typeB = opcode.type(set ? 1 : 2);
  Words words(d);
  Ref length = words.number(32 / lanes);
  Ref result = sum ? sources[2] : words.number(0);
  for (unsigned lane = 0; lane < lanes; ++lane) {
    Ref at = words.number(lane * 32 / lanes);
    Ref a = words.compute(Alu::bfe, typeA, {sources[0], at, length});
    Ref b = words.compute(Alu::bfe, typeB, {sources[1], at, length});
    Ref value = combineLanes(words, opcode, a, b);
    if (saturate)
      value = saturated(words, opcode.type(0), 32 / lanes, value);
    result =
        sum ? words.compute(Alu::add, Type::u32, {result, value})
            : words.compute(Alu::bfi, Type::b32, {value, result, at, length});
  }
  words.write(Alu::mov, Type::b32, *to, {result});
  return words.takeError();
}
