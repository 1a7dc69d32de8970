// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of tensormap.replace and tensormap.cp_fenceproxy.

#include "Code.h"
#include "Handlers.h"
#include "Memory.h"
#include "TensorMapField.h"
#include "dlk/Executor/TensorMap.h"
#include <cstring>

using namespace dlk::exec;

Step dlk::exec::tensorMapReplace(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const TensorMapFieldSpec *>(op.spec);
  LaneAddresses addresses;
  gatherAddresses(warp, op.a[0], spec.wideAddress, op.imm, addresses);
  for (; mask; mask &= mask - 1) {
    unsigned lane = unsigned(__builtin_ctz(mask));
    std::byte *bytes = warp.resolve(op, spec.space, addresses.v[lane],
                                    TensorMapBytes, Access::Write, lane, 64);
    if (!bytes)
      return Step::Stop;
    uint64_t value =
        spec.wideValue ? warp.r64(op.a[1]).v[lane] : warp.r32(op.a[1]).v[lane];
    if (llvm::Error failed = replaceTensorMapField(
            {bytes, TensorMapBytes}, spec.field, spec.ordinal, value))
      return warp.fail(op, FindingKind::BadOperand, int(lane),
                       llvm::toString(std::move(failed)));
  }
  return Step::Next;
}

/// All lanes name the same bytes, so the first one copies them.
Step dlk::exec::tensorMapCopy(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const TensorMapCopySpec *>(op.spec);
  LaneAddresses to, from;
  gatherAddresses(warp, op.a[0], spec.wideTo, op.imm, to);
  gatherAddresses(warp, op.a[1], spec.wideFrom, spec.fromDisplacement, from);
  unsigned lane = unsigned(__builtin_ctz(mask));
  std::byte *source = warp.resolve(op, Space::Shared, from.v[lane],
                                   TensorMapBytes, Access::Read, lane, 64);
  if (!source)
    return Step::Stop;
  std::byte *target = warp.resolve(op, Space::Global, to.v[lane],
                                   TensorMapBytes, Access::Write, lane, 64);
  if (!target)
    return Step::Stop;
  std::memcpy(target, source, TensorMapBytes);
  return Step::Next;
}
