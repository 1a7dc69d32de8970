// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lane-wise instructions: which handler computes which operation on which type.
// The handlers exist once per instruction set level of the host (baseline,
// x86-64-v3, x86-64-v4: AluBaseline.cpp, AluV3.cpp, AluV4.cpp), built from the
// same Alu*.inc text; the best one is picked at run time.

#ifndef DLK_LIB_EXECUTOR_ALU_H
#define DLK_LIB_EXECUTOR_ALU_H

#include "Op.h"
#include "Types.h"
#include "llvm/ADT/StringRef.h"

namespace dlk::exec {

/// Modifiers that select another handler, as bits.
namespace flag {
enum : uint64_t {
// clang-format off
#define DLK_ALU_FLAGS(X) \
  X(ftz, 0) X(sat, 1) X(rn, 2) X(rz, 3) X(rm, 4) X(rp, 5) X(rni, 6) \
  X(rzi, 7) X(rmi, 8) X(rpi, 9) X(hi, 10) X(lo, 11) X(wide, 12) \
  X(approx, 13) X(full, 14) X(relu, 15) X(NaN, 16) X(abs, 17) \
  X(xorsign, 18) X(wrap, 19) X(clamp, 20) X(shiftamt, 21) X(satfinite, 22) \
  X(rna, 23) X(cc, 24) X(l, 25) X(r, 26) X(f4e, 27) X(b4e, 28) X(rc8, 29) \
  X(ecl, 30) X(ecr, 31) X(rc16, 32) X(rs, 33)
// clang-format on
#define X(name, bit) name = uint64_t(1) << bit,
  DLK_ALU_FLAGS(X)
#undef X
};
} // namespace flag

/// The bit of a modifier, 0 if it selects nothing.
uint64_t aluFlag(llvm::StringRef modifier);

// clang-format off
#define DLK_ALU_OPS(X) \
  X(add) X(sub) X(mul) X(mad) X(fma) X(div) X(rem) X(abs) X(neg) X(min) \
  X(max) X(mul24) X(mad24) X(sad) X(popc) X(clz) X(bfind) X(brev) X(bfe) \
  X(bfi) X(fns) X(szext) X(bmsk) X(dp4a) X(dp2a) X(and_) X(or_) X(xor_) \
  X(not_) X(cnot) X(lop3) X(shl) X(shr) X(shf) X(prmt) X(selp) X(slct) \
  X(addc) X(subc) X(madc) X(rcp) X(sqrt) X(rsqrt) X(sin) X(cos) X(lg2) \
  X(ex2) X(tanh) X(copysign) X(testp) X(setp) X(set) X(cvt) X(mov)
// clang-format on

enum class Alu : uint8_t {
#define X(name) name,
  DLK_ALU_OPS(X)
#undef X
};

/// What selects a handler. `from` is the source type of cvt, set and slct.
struct AluKey {
  Alu op = Alu::mov;
  Type to = Type::b32;
  Type from = Type::b32;
  uint64_t flags = 0;
  bool has(uint64_t flag) const { return flags & flag; }
};

/// Null if no handler computes it.
Handler findAlu(const AluKey &key);

/// The comparison of setp, set and their kin, with how the result combines with
/// the predicate operand. Lives in Op::imm.
enum class Compare : uint8_t {
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  equ,
  neu,
  ltu,
  leu,
  gtu,
  geu,
  num,
  nan,
};
enum class BoolOp : uint8_t { none, and_, or_, xor_ };

/// One level's handlers, by group; each returns null for what is not its own.
#define DLK_ALU_LEVEL(level)                                                   \
  namespace level {                                                            \
  Handler findInteger(const AluKey &key);                                      \
  Handler findBits(const AluKey &key);                                         \
  Handler findFloat(const AluKey &key);                                        \
  Handler findHalf(const AluKey &key);                                         \
  Handler findConvert(const AluKey &key);                                      \
  Handler findSelect(const AluKey &key);                                       \
  }
DLK_ALU_LEVEL(baseline)
DLK_ALU_LEVEL(v3)
DLK_ALU_LEVEL(v4)

/// The same for any level: rare rounding modes and conversions, lane by lane.
Handler findSlow(const AluKey &key);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_ALU_H
