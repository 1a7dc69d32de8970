// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each form of the sweeps computes what its reference says, on all pairs of
// edge values, with full and with partial masks; and ptxas accepts it.

#include "PtxTest.h"
#include "PtxasTest.h"
#include "RowSweep.h"
#include <random>

using namespace dlk::exec;

namespace {

char registerLetter(Type type) {
  return type == Type::pred     ? 'p'
         : typeBits(type) == 64 ? 'x'
         : typeBits(type) == 32 ? 'r'
                                : 'h';
}
bool hasImmediate(const Form &form) {
  return llvm::StringRef(form.sweep->operands).contains('N');
}

/// A destination of fewer than 16 bits takes a register of 32.
Type destinationType(const Form &form) {
  return form.result != Type::pred && typeBits(form.result) == 8 ? Type::b32
                                                                 : form.result;
}

/// "add.s32 %rd, %ra, %rb;" The fourth source is b again.
std::string instruction(const Form &form, unsigned immediate) {
  std::string text =
      form.text + " %" + registerLetter(destinationType(form)) + "d";
  for (unsigned i = 0; i < form.sources.size(); ++i)
    if (form.sweep->operands[i + 1] == 'N')
      text += ", " + std::to_string(immediate);
    else
      text += std::string(", %") + registerLetter(form.sources[i]) + "abcb"[i];
  return text + ";";
}

/// Edge values of a type and some random ones.
std::vector<uint64_t> valuesOf(Type type) {
  std::vector<uint64_t> values = {0, 1, 2, 3, 5, 31, 32, 33, 63, 64, 0x7f};
  unsigned bits = typeBits(type);
  if (type == Type::f32)
    values = {0,          1,          0x7fffff,   0x800000,   0x3f800000,
              0x3f7fffff, 0x3f800001, 0x40490fdb, 0x4b800001, 0x33800000,
              0x7f7fffff, 0x7f800000, 0x7fc12345, 0x477ff000, 0x43e80001,
              0x4efffffe, 0x3f000000, 0x3fc00000, 0x3a000000, 0x38800001};
  else if (type == Type::f64)
    values = {0,
              1,
              0x000fffffffffffff,
              0x0010000000000000,
              0x3ff0000000000000,
              0x3fefffffffffffff,
              0x3fe0000000000000,
              0x400921fb54442d18,
              0x7fefffffffffffff,
              0x7ff0000000000000,
              0x7ff8000000000000,
              0x41dfffffffc00000,
              0x380fffffe0000001,
              0x47efffffefffffff,
              0x40effdffffffffff};
  else if (typeKind(type) == 'h')
    values = {0x0000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x3bff, 0x3c01, 0x4248,
              0x7bff, 0x7c00, 0x7e00, 0x1400, 0x3555, 0x0080, 0x3f80, 0x3f81,
              0x7f7f, 0x7f80, 0x7fc0, 0x7eab, 0x007f, 0x4049};
  else
    for (unsigned i = 7; i < bits; i += i == 7 ? 1 : 8)
      for (uint64_t offset : {-1, 0, 1})
        values.push_back((uint64_t(1) << i) + offset);
  size_t edges = values.size();
  for (size_t i = 0; i < edges; ++i) // the negative ones
    values.push_back(typeKind(type) == 'f' || typeKind(type) == 'h'
                         ? values[i] ^ uint64_t(1)
                                           << (bits % 64 ? bits - 1 : 63)
                         : ~values[i]);
  std::mt19937_64 random(bits + unsigned(type));
  if (bits == 32 && typeKind(type) == 'h') // pairs of halves
    for (size_t i = 0; i < edges; ++i)
      values[i] |= values[random() % edges] << 16;
  for (unsigned i = 0; i < 12; ++i)
    values.push_back(random());
  return values;
}

uint64_t lowBits(uint64_t bits, Type type) {
  unsigned width = type == Type::pred ? 1 : typeBits(type);
  return width == 64 ? bits : bits & ((uint64_t(1) << width) - 1);
}

bool isNaN(uint64_t bits, Type type) { return floatFrom(bits, type).isNaN(); }

/// Equal bits. Where the ISA does not say which NaN it is, any will do; with
/// .relu the sign of zero is open.
bool agree(const Form &form, uint64_t got, uint64_t expected) {
  if (got == expected)
    return true;
  Type type = form.result;
  llvm::StringRef name = form.opcode.row->mnemonic;
  bool open = name == "abs" || name == "neg" || type == Type::f64;
  if (!open || (typeKind(type) != 'f' && typeKind(type) != 'h'))
    return false;
  bool pair = type == Type::f16x2 || type == Type::bf16x2;
  for (unsigned shift : {0u, 16u}) {
    uint64_t a = pair ? got >> shift & 0xffff : got;
    uint64_t b = pair ? expected >> shift & 0xffff : expected;
    if (a != b && !(isNaN(a, type) && isNaN(b, type)))
      return false;
  }
  return true;
}

struct Operands {
  std::vector<uint64_t> a, b, c;
};
Operands operandsOf(const Form &form) {
  std::vector<uint64_t> values = valuesOf(form.sources[0]);
  std::vector<uint64_t> thirds =
      form.sources.size() > 2 ? valuesOf(form.sources[2]) : values;
  size_t n = values.size(), stride = hasImmediate(form) ? 7 : 1;
  Operands operands;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < (form.sources.size() > 1 ? n : 1); j += stride) {
      operands.a.push_back(values[i]);
      operands.b.push_back(values[j]);
      operands.c.push_back(thirds[(3 * i + 5 * j) % thirds.size()]);
    }
  return operands;
}

/// Runs a form on its operands; with `guarded` only in lanes whose a is odd,
/// the others keep ones.
void check(const Form &form, unsigned immediate, bool guarded) {
  Operands operands = operandsOf(form);
  std::string code =
      "{ .reg .pred %pb, %pc; and.b32 %rd, %rb, 1; setp.ne.u32 %pb, %rd, 0;\n"
      "and.b32 %rd, %rc, 1; setp.ne.u32 %pc, %rd, 0;\n"
      "setp.eq.u32 %pd, %ra, %ra; mov.b32 %rd, -1;\n" +
      std::string(guarded ? "@%pa " : "") + instruction(form, immediate) +
      "\n}";
  Type destination = destinationType(form);
  unsigned bits = destination == Type::pred ? 1 : typeBits(destination);
  auto results = evaluate(code, bits, operands.a, operands.b, operands.c);
  ASSERT_EQ(results.size(), operands.a.size()) << form.text;
  unsigned shown = 0;
  for (size_t i = 0; i < results.size() && shown < 2; ++i) {
    uint64_t s[4] = {operands.a[i], operands.b[i], operands.c[i],
                     operands.b[i]};
    bool runs = !guarded || s[0] & 1;
    for (unsigned k = 0; k < form.sources.size(); ++k)
      s[k] = form.sweep->operands[k + 1] == 'N'
                 ? immediate
                 : lowBits(s[k], form.sources[k]);
    auto expected = runs ? form.sweep->reference(form.opcode, s)
                         : std::optional<uint64_t>(~uint64_t(0));
    if (!expected || agree(form, lowBits(results[i], destination),
                           lowBits(*expected, destination)))
      continue;
    ++shown;
    ADD_FAILURE() << form.text << (guarded ? " (guarded)" : "") << std::hex
                  << ": a=" << s[0] << " b=" << s[1] << " c=" << s[2]
                  << " gives " << lowBits(results[i], destination)
                  << ", expected " << lowBits(*expected, destination);
  }
}

void checkAll(llvm::ArrayRef<RowSweep> sweeps) {
  for (const Form &form : allForms()) {
    if (form.sweep < sweeps.begin() || form.sweep >= sweeps.end())
      continue;
    for (unsigned i = 0; i < (hasImmediate(form) ? 256u : 1u); i += 5)
      check(form, i, false);
    check(form, 0x96, true);
  }
}

TEST(EveryRow, integers) { checkAll(integerSweeps()); }
TEST(EveryRow, floats) { checkAll(floatSweeps()); }
TEST(EveryRow, comparisons) { checkAll(comparisonSweeps()); }
TEST(EveryRow, conversions) { checkAll(conversionSweeps()); }

TEST(EveryRow, ptxasAcceptsTheForms) {
  std::string body;
  for (const Form &form : allForms())
    body += instruction(form, 0x96) + "\n";
  DLK_EXPECT_PTXAS(
      ".version 8.5\n.target sm_90a\n.address_size 64\n"
      ".visible .entry k() {\n.reg .pred %pa, %pb, %pc, %pd;\n"
      ".reg .b16 %ha, %hb, %hc, %hd;\n.reg .b32 %ra, %rb, %rc, %rd;\n"
      ".reg .b64 %xa, %xb, %xc, %xd;\n" +
          body + "ret;\n}\n",
      "sm_90a");
}

} // namespace
