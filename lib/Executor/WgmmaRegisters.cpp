// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WgmmaRegisters.h"
#include "Cta.h"
#include "Handlers.h"
#include "HopperSpecs.h"
#include "Warpgroups.h"

using namespace dlk::exec;

static int32_t numberOf(const Code &code, Slot slot) {
  return slot < 0 || size_t(slot / 4) >= code.wgmmaNumber.size()
             ? -1
             : code.wgmmaNumber[slot / 4];
}

template <class Body> static void forEachSlot(const Op &op, Body body) {
  for (Slot slot : op.a)
    body(slot);
  for (unsigned k = 0; k < op.moreCount; ++k)
    body(op.more[k]);
}

void dlk::exec::findWgmmaRegisters(Code &code) {
  for (const Op &op : code.ops) {
    if (op.run != wgmma)
      continue;
    code.wgmmaNumber.resize(code.registerBytes / 4, -1);
    for (unsigned k = 0; k < op.moreCount; ++k) {
      Slot slot = op.more[k];
      if (slot < 0 || numberOf(code, slot) >= 0)
        continue;
      code.wgmmaNumber[slot / 4] = int32_t(code.wgmmaSlots.size());
      code.wgmmaSlots.push_back(slot);
    }
  }
  if (code.wgmmaSlots.empty())
    return;
  for (Op &op : code.ops)
    if (op.run != wgmma)
      forEachSlot(op,
                  [&](Slot slot) { op.ofWgmma |= numberOf(code, slot) >= 0; });
}

bool dlk::exec::touchWgmmaRegisters(Warp &warp, const Op &op) {
  WgmmaRegisters *registers = warp.cta->warpgroups->registersOf(warp);
  return !registers || registers->touch(warp, op);
}

static uint32_t lineOf(const Warp &warp, uint32_t origin) {
  return warp.cta->launch->code->origins[origin].line;
}

static bool fail(Warp &warp, const Op &op, const llvm::Twine &message) {
  warp.fail(op, FindingKind::WgmmaRegisters, -1, message);
  return false;
}

bool WgmmaRegisters::touch(Warp &warp, const Op &op) {
  const Code &code = *warp.cta->launch->code;
  registers.resize(code.wgmmaSlots.size());
  const Register *busy = nullptr;
  forEachSlot(op, [&](Slot slot) {
    int32_t number = numberOf(code, slot);
    if (number < 0)
      return;
    Register &reg = registers[number];
    if (reg.lent > done)
      busy = &reg;
    reg.touched = epoch;
    reg.origin = op.origin;
  });
  if (!busy)
    return true;
  return fail(warp, op,
              llvm::Twine("names a register that the wgmma of line ") +
                  llvm::Twine(lineOf(warp, busy->wgmma->origin)) +
                  (busy->accumulates ? " accumulates in" : " takes A from") +
                  ": no wgmma.wait_group for it comes before");
}

bool WgmmaRegisters::lend(Warp &warp, const Op &op, unsigned operand,
                          bool accumulates) {
  const Code &code = *warp.cta->launch->code;
  int32_t number = numberOf(code, op.more[operand]);
  if (number < 0) // a constant as A
    return true;
  Register &reg = registers[number];
  if (reg.touched == epoch)
    return fail(warp, op,
                llvm::Twine("takes a register that the instruction of line ") +
                    llvm::Twine(lineOf(warp, reg.origin)) +
                    " names: no wgmma.fence comes between");
  const auto *own = static_cast<const WgmmaSpec *>(op.spec);
  const auto *other =
      reg.wgmma ? static_cast<const WgmmaSpec *>(reg.wgmma->spec) : nullptr;
  bool shared = reg.accumulates ? accumulates && other && other->n == own->n &&
                                      other->mma.k == own->mma.k &&
                                      other->mma.d == own->mma.d
                                : !accumulates;
  if (reg.lent > done && !shared)
    return fail(warp, op,
                llvm::Twine("takes a register that the wgmma of line ") +
                    llvm::Twine(lineOf(warp, reg.wgmma->origin)) +
                    ", of another shape or as another operand, still has: no "
                    "wgmma.wait_group for it comes before");
  reg.lent = issued + 1;
  reg.wgmma = &op;
  reg.accumulates = accumulates;
  return true;
}

bool WgmmaRegisters::issue(Warp &warp, const Op &op) {
  registers.resize(warp.cta->launch->code->wgmmaSlots.size());
  if (epoch == 1)
    return fail(warp, op, "no wgmma.fence comes before the first wgmma");
  const auto &spec = *static_cast<const WgmmaSpec *>(op.spec);
  unsigned sums = spec.n / (spec.mma.d == Type::f16 ? 4 : 2);
  for (unsigned k = 0; k < op.moreCount; ++k)
    if (!lend(warp, op, k, k < sums))
      return false;
  ++issued;
  lastLine = lineOf(warp, op.origin);
  return true;
}
