// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of asynchronous copies and of matrices: they fetch addresses and
// registers, ask memory for host pointers, and leave the work to AsyncCopies,
// MatrixMove and TensorCore.

#include "Banks.h"
#include "Code.h"
#include "Footprint.h"
#include "MatrixMove.h"
#include "MatrixSpecs.h"
#include "Memory.h"
#include "SharedShadow.h"

using namespace dlk::exec;

/// Offsets of the destinations in the CTA's shared memory. The shadow checks
/// the copy itself, so only bounds and alignment are looked at here; the
/// careful road says what is wrong.
static bool copyDestinations(Warp &warp, const Op &op, Mask mask,
                             uint32_t bytes, LaneAddresses &addresses,
                             CopyRequest &request) {
  bool fine = true;
  uint64_t size = warp.cta->sharedBytes;
  forEachLane(mask, [&](unsigned lane) {
    uint64_t address = addresses.v[lane];
    if ((address & WindowMask) == SharedWindow)
      address &= ~WindowMask;
    uint64_t offset = address - SharedBase;
    fine &= address >= SharedBase && offset + bytes <= size &&
            !(address & (bytes - 1));
    addresses.v[lane] = address;
    request.to[lane] = uint32_t(offset);
  });
  for (Mask rest = fine ? 0 : mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    if (!warp.resolve(op, Space::Shared, addresses.v[lane], bytes,
                      Access::Write, lane))
      return false;
  }
  return true;
}

/// How many bytes each lane reads. Without a source size it is all of them.
static bool copySizes(Warp &warp, const Op &op, Mask mask, uint32_t bytes,
                      CopyRequest &request) {
  const uint32_t *sizes = op.a[2] == NoSlot ? nullptr : warp.r32(op.a[2]).v;
  Mask ignored = op.a[3] == NoSlot ? 0 : warp.predicate(op.a[3]);
  for (Mask rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    uint32_t size = sizes ? sizes[lane] : bytes;
    if (size > bytes) {
      warp.fail(op, FindingKind::BadOperand, int(lane),
                "cp.async of " + llvm::Twine(bytes) +
                    " bytes with a source size of " + llvm::Twine(size));
      return false;
    }
    request.fromBytes[lane] = (ignored >> lane & 1) ? 0 : size;
  }
  return true;
}

/// Host pointers of the sources. Lanes that read nothing need no valid address;
/// those that read a part need it to be aligned all the same.
static bool copySources(Warp &warp, const Op &op, Mask mask, uint32_t bytes,
                        const LaneAddresses &addresses, CopyRequest &request) {
  Mask whole = 0, part = 0;
  forEachLane(mask, [&](unsigned lane) {
    uint32_t size = request.fromBytes[lane];
    whole |= Mask(size == bytes) << lane;
    part |= Mask(size != bytes && size != 0) << lane;
  });
  LanePointers pointers;
  if (whole && !resolveLanes(warp, op, Space::Global, addresses, whole, bytes,
                             Access::Read, pointers, GlobalUse::Copy))
    return false;
  for (Mask rest = part; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    pointers.v[lane] =
        warp.resolve(op, Space::Global, addresses.v[lane],
                     request.fromBytes[lane], Access::Read, lane, bytes);
    if (!pointers.v[lane])
      return false;
  }
  if (warp.counters && part) {
    if (!whole)
      countGlobal(addresses.v, part, bytes, warp.counts(op));
    forEachLane(part, [&](unsigned lane) {
      warp.footprint->touch(addresses.v[lane], request.fromBytes[lane],
                            Access::Read);
    });
  }
  forEachLane(whole | part,
              [&](unsigned lane) { request.from[lane] = pointers.v[lane]; });
  return true;
}

Step dlk::exec::copyAsync(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const CopySpec *>(op.spec);
  CopyRequest request;
  request.warp = warp.actor;
  request.origin = op.origin;
  request.lanes = mask;
  request.bytes = spec.bytes;
  LaneAddresses to, from;
  gatherAddresses(warp, op.a[0], spec.wideTo, op.imm, to);
  gatherAddresses(warp, op.a[1], spec.wideFrom, spec.sourceDisplacement, from);
  if (!copySizes(warp, op, mask, spec.bytes, request) ||
      !copyDestinations(warp, op, mask, spec.bytes, to, request) ||
      !copySources(warp, op, mask, spec.bytes, from, request))
    return Step::Stop;
  unsigned lane = 0;
  if (auto violation = warp.cta->shadow->issue(request, lane))
    return warp.fail(op, violation->kind, int(lane), violation->message);
  if (warp.counters) {
    Counters &counters = warp.counts(op);
    countShared(to.v, mask, spec.bytes, counters);
    forEachLane(
        mask, [&](unsigned l) { counters.asyncBytes += request.fromBytes[l]; });
  }
  return Step::Next;
}

Step dlk::exec::commitCopies(Warp &warp, const Op &, Mask mask) {
  warp.cta->shadow->copies.commit(warp.actor, mask);
  return Step::Next;
}

Step dlk::exec::waitCopies(Warp &warp, const Op &op, Mask mask) {
  warp.cta->shadow->copies.wait(warp.actor, mask, uint32_t(op.imm));
  return Step::Next;
}

Step dlk::exec::waitAllCopies(Warp &warp, const Op &, Mask mask) {
  warp.cta->shadow->copies.waitAll(warp.actor, mask);
  return Step::Next;
}

/// Host pointers of the rows: lane 8q + r has the address of row r of matrix q.
static bool matrixRows(Warp &warp, const Op &op, Mask mask, Access access,
                       LanePointers &rows) {
  const auto &spec = *static_cast<const MatrixMoveSpec *>(op.spec);
  Mask lanes = op.moreCount == 4 ? FullMask : (1u << 8 * op.moreCount) - 1;
  if (lanes & ~mask) {
    unsigned missing = unsigned(__builtin_ctz(lanes & ~mask));
    warp.fail(op, FindingKind::Divergence, int(missing),
              "the lane has a row's address but does not take part");
    return false;
  }
  LaneAddresses addresses;
  gatherAddresses(warp, op.a[0], spec.wideAddress, op.imm, addresses);
  return resolveLanes(warp, op, spec.space, addresses, lanes, 16, access, rows);
}

Step dlk::exec::loadMatrix(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MatrixMoveSpec *>(op.spec);
  LanePointers rows;
  if (!matrixRows(warp, op, mask, Access::Read, rows))
    return Step::Stop;
  Lanes32 matrices[4];
  Lanes32 *registers[4];
  for (unsigned q = 0; q < op.moreCount; ++q)
    registers[q] = mask == FullMask ? &warp.r32(op.more[q]) : &matrices[q];
  loadMatrices(rows.v, op.moreCount, spec.transposed, registers);
  if (mask != FullMask)
    for (unsigned q = 0; q < op.moreCount; ++q)
      forEachLane(mask, [&](unsigned lane) {
        warp.r32(op.more[q]).v[lane] = matrices[q].v[lane];
      });
  return Step::Next;
}

Step dlk::exec::storeMatrix(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MatrixMoveSpec *>(op.spec);
  LanePointers rows;
  if (!matrixRows(warp, op, mask, Access::Write, rows))
    return Step::Stop;
  const Lanes32 *registers[4];
  for (unsigned q = 0; q < op.moreCount; ++q)
    registers[q] = &warp.r32(op.more[q]);
  storeMatrices(rows.v, op.moreCount, spec.transposed, registers);
  return Step::Next;
}

Step dlk::exec::moveMatrix(Warp &warp, const Op &op, Mask mask) {
  Lanes32 result;
  transposeMatrix(result, warp.r32(op.a[1]));
  forEachLane(
      mask, [&](unsigned lane) { warp.r32(op.a[0]).v[lane] = result.v[lane]; });
  return Step::Next;
}

Step dlk::exec::multiplyMatrices(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MmaOpSpec *>(op.spec);
  void *registers[32];
  for (unsigned i = 0; i < op.moreCount; ++i)
    registers[i] = warp.at(op.more[i]);
  const MmaRegisters &counts = spec.registers;
  MmaOperands operands;
  operands.d = registers;
  operands.a = registers + counts.d;
  operands.b = operands.a + counts.a;
  operands.c = operands.b + counts.b;
  const Launch &launch = *warp.cta->launch;
  MmaModel model;
  if (launch.options->arithmetic == TensorArithmetic::Hardware)
    model = hardwareModel(launch.chip, spec.mma.a);
  spec.run(spec.mma, model, operands);
  return Step::Next;
}
