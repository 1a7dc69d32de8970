// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of wgmma; the work is done by Warpgroups.

#include "Handlers.h"
#include "HopperSpecs.h"
#include "Warpgroups.h"

using namespace dlk::exec;

Step dlk::exec::wgmma(Warp &warp, const Op &op, Mask) {
  return warp.cta->warpgroups->issue(warp, op) ? Step::Next : Step::Stop;
}

/// Registers are handed over as they are; the fence matters to checks only.
Step dlk::exec::wgmmaFence(Warp &warp, const Op &, Mask) {
  if (WgmmaRegisters *registers = warp.cta->warpgroups->registersOf(warp))
    registers->fence();
  return Step::Next;
}

Step dlk::exec::wgmmaCommit(Warp &warp, const Op &, Mask) {
  warp.cta->warpgroups->commit(warp);
  return Step::Next;
}

Step dlk::exec::setMaxRegisters(Warp &warp, const Op &op, Mask) {
  if (warp.cta->warpgroups->setRegisters(warp, op.imm))
    return Step::Next;
  warp.group().state = Group::Polling;
  warp.group().wait = uint32_t(warp.cta->cluster->progress);
  return Step::Retry;
}

Step dlk::exec::wgmmaWait(Warp &warp, const Op &op, Mask) {
  if (warp.cta->warpgroups->wait(warp, uint32_t(op.imm)))
    return Step::Next;
  warp.group().state = Group::Polling;
  warp.group().wait = uint32_t(warp.cta->cluster->progress);
  return Step::Retry;
}
