// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of bulk copies: operands to places, with all checks that the issuing
// thread can be blamed for; the moving is BulkCopies' affair.

#include "BulkCopies.h"
#include "Code.h"
#include "Footprint.h"
#include "Handlers.h"
#include "HopperSpecs.h"
#include "MbarrierOps.h"
#include "Memory.h"
#include "SharedShadow.h"

using namespace dlk::exec;

namespace {
/// One lane's bulk instruction.
struct Lane {
  Warp &warp;
  const Op &op;
  const BulkSpec &spec;
  unsigned number;

  uint64_t address(Slot base, bool wide, int32_t displacement) const {
    return (wide ? warp.r64(base).v[number] : warp.r32(base).v[number]) +
           int64_t(displacement);
  }
  bool fail(FindingKind kind, const llvm::Twine &message) const {
    warp.fail(op, kind, int(number), message);
    return false;
  }
  bool sharedRange(uint64_t address, uint32_t bytes, uint32_t align,
                   SharedPlace &out) const;
  bool checkShared(SharedPlace place, uint32_t bytes, Access access) const;
  bool barrierOf(SharedPlace to, uint32_t &offset) const;
  bool signals(SharedPlace place) const;
  bool issueLoad(BulkTransfer transfer, SharedPlace to) const;
  bool issueStore(BulkTransfer transfer, SharedPlace from) const;
  bool copy() const;
  bool tensor() const;
  bool store() const;
};
} // namespace

/// Bounds and alignment of bytes that the async proxy touches.
bool Lane::sharedRange(uint64_t address, uint32_t bytes, uint32_t align,
                       SharedPlace &out) const {
  uint64_t at = address & ~WindowMask;
  uint64_t rank = at >> RankShift;
  uint64_t offset = (at & ((uint64_t(1) << RankShift) - 1)) - SharedBase;
  auto &ctas = warp.cta->cluster->ctas;
  std::string text = llvm::Twine(bytes).str() + " bytes at shared address 0x" +
                     llvm::Twine::utohexstr(address).str();
  if (address & (align - 1))
    return fail(FindingKind::Misaligned, "bulk copy of " + text + ": needs " +
                                             llvm::Twine(align) +
                                             "-byte alignment");
  if (rank > ctas.size() || offset + bytes > warp.cta->sharedBytes ||
      offset > warp.cta->sharedBytes)
    return fail(FindingKind::OutOfBounds,
                "bulk copy of " + text + ": the CTA has " +
                    llvm::Twine(warp.cta->sharedBytes) +
                    " bytes of shared memory from address 0x" +
                    llvm::Twine::utohexstr(SharedBase));
  out = {rank ? &ctas[rank - 1] : warp.cta, uint32_t(offset)};
  return true;
}

bool Lane::checkShared(SharedPlace place, uint32_t bytes, Access access) const {
  SharedAccess request{place.offset, bytes,  access,
                       warp.actor,   number, op.origin};
  SharedShadow &shadow = *place.cta->shadow;
  if (place.cta != warp.cta)
    if (auto violation = shadow.checkRemote(warp.actor))
      return fail(violation->kind, violation->message);
  if (auto violation = shadow.checkAsync(request))
    return fail(violation->kind, violation->message);
  return true;
}

bool Lane::barrierOf(SharedPlace to, uint32_t &offset) const {
  uint64_t at = address(op.a[2], spec.wideBarrier, spec.barrierDisplacement);
  SharedPlace place;
  if (!locateMbarrier(warp, op, Space::Shared, at, number, Access::Read, place))
    return false;
  offset = place.offset;
  if (place.cta != to.cta && op.a[4] == NoSlot)
    return fail(FindingKind::BadOperand,
                "the destination and the mbarrier are in different CTAs");
  return true;
}

/// Is there an mbarrier that the async proxy can see?
bool Lane::signals(SharedPlace place) const {
  const Mbarrier *barrier = mbarrierAt(warp, op, number, place);
  if (!barrier)
    return false;
  if (barrier->initFenced || !warp.cta->launch->options->checks.strict)
    return true;
  SharedAccess access{place.offset, 8,      Access::Read,
                      warp.actor,   number, op.origin};
  if (auto violation = place.cta->shadow->checkProxy(access))
    return fail(violation->kind, violation->message);
  return true;
}

/// One transfer per destination; a multicast names them by a mask.
bool Lane::issueLoad(BulkTransfer transfer, SharedPlace to) const {
  uint32_t barrier = 0;
  if (!barrierOf(to, barrier))
    return false;
  auto &ctas = warp.cta->cluster->ctas;
  uint32_t targets = uint32_t(1) << to.cta->rank;
  if (op.a[4] != NoSlot)
    targets = warp.r32(op.a[4]).v[number] & 0xffff;
  if (targets >> ctas.size())
    return fail(FindingKind::BadOperand,
                "multicast to CTAs 0x" + llvm::Twine::utohexstr(targets) +
                    ": the cluster has " + llvm::Twine(ctas.size()));
  for (uint32_t rest = targets; rest; rest &= rest - 1) {
    SharedPlace place{&ctas[__builtin_ctz(rest)], to.offset};
    // Reductions of several threads meet in the same bytes.
    bool alone = !transfer.reduce;
    if ((alone && !checkShared(place, transfer.bytes, Access::Write)) ||
        !signals({place.cta, barrier}))
      return false;
    BulkTransfer part = transfer;
    part.cta = place.cta->rank;
    part.offset = place.offset;
    part.barrier = barrier;
    BulkMarks &marks = place.cta->shadow->bulk;
    part.use = marks.newUse(op.origin, warp.actor, "bulk copy");
    if (alone)
      marks.markWrite(part.use, part.offset, part.bytes);
    warp.cta->cluster->bulk->issue(std::move(part));
  }
  return true;
}

bool Lane::issueStore(BulkTransfer transfer, SharedPlace from) const {
  if (from.cta != warp.cta)
    return fail(FindingKind::BadOperand,
                "the source is in another CTA's shared memory");
  if (!checkShared(from, transfer.bytes, Access::Read))
    return false;
  transfer.load = false;
  transfer.cta = from.cta->rank;
  transfer.offset = from.offset;
  BulkMarks &marks = from.cta->shadow->bulk;
  transfer.use = marks.newUse(op.origin, warp.actor, "bulk store");
  marks.markRead(transfer.use, from.offset, transfer.bytes,
                 BulkMarks::StorePlane);
  warp.cta->cluster->bulk->issue(std::move(transfer));
  return true;
}

static BulkTransfer transferOf(const Lane &lane) {
  BulkTransfer transfer;
  transfer.owner = lane.warp.cta->rank;
  transfer.warp = lane.warp.index;
  transfer.lane = lane.number;
  transfer.origin = lane.op.origin;
  return transfer;
}

static AtomicSpec reductionOf(const BulkSpec &spec, Type type) {
  AtomicSpec reduction;
  reduction.op = *spec.reduce;
  reduction.type = type;
  return reduction;
}

/// The type in which a tensor's elements are reduced.
static std::optional<Type> reducedType(TensorElement element, AtomicOp op) {
  bool bits = op == AtomicOp::And || op == AtomicOp::Or || op == AtomicOp::Xor;
  switch (element) {
  case TensorElement::U32:
    return bits ? Type::b32 : Type::u32;
  case TensorElement::S32:
    return bits ? Type::b32 : Type::s32;
  case TensorElement::U64:
    return bits ? Type::b64 : Type::u64;
  case TensorElement::S64:
    return bits ? Type::b64 : Type::s64;
  case TensorElement::F16:
    return Type::f16;
  case TensorElement::BF16:
    return Type::bf16;
  case TensorElement::F32:
  case TensorElement::F32Ftz:
    return Type::f32;
  case TensorElement::F64:
    return Type::f64;
  default:
    return std::nullopt;
  }
}

bool Lane::copy() const {
  BulkTransfer transfer = transferOf(*this);
  transfer.bytes = warp.r32(op.a[3]).v[number];
  if (transfer.bytes % 16)
    return fail(FindingKind::BadOperand,
                "size of a bulk copy: " + llvm::Twine(transfer.bytes) +
                    "; it is a multiple of 16");
  if (transfer.bytes == 0)
    return true;
  if (spec.reduce)
    transfer.reduce = reductionOf(spec, spec.type);
  uint64_t shared = address(op.a[0], spec.wideShared, op.imm);
  uint64_t other = address(op.a[1], spec.wideOther, spec.otherDisplacement);
  SharedPlace place, source;
  if (!sharedRange(shared, transfer.bytes, 16, place))
    return false;
  if (spec.form == BulkForm::SharedToCluster) {
    if (!sharedRange(other, transfer.bytes, 16, source) ||
        !checkShared(source, transfer.bytes, Access::Read))
      return false;
    transfer.other = source.cta->shared + source.offset;
  } else {
    bool store = spec.form == BulkForm::Store;
    Access access = spec.reduce ? Access::Atomic
                    : store     ? Access::Write
                                : Access::Read;
    transfer.other = warp.resolve(op, Space::Global, other, transfer.bytes,
                                  access, number, 16);
    if (!transfer.other || !checkGlobal(warp, op, other, transfer.bytes, access,
                                        GlobalUse::Copy, number))
      return false;
  }
  if (warp.counters) {
    warp.counts(op).asyncBytes += transfer.bytes;
    if (spec.form != BulkForm::SharedToCluster)
      warp.footprint->touch(other, transfer.bytes,
                            spec.form == BulkForm::Store ? Access::Write
                                                         : Access::Read);
  }
  return spec.form == BulkForm::Store ? issueStore(std::move(transfer), place)
                                      : issueLoad(std::move(transfer), place);
}

bool Lane::tensor() const {
  uint64_t at = address(op.a[1], spec.wideOther, spec.otherDisplacement);
  std::byte *bytes = warp.resolve(op, spec.otherSpace, at, TensorMapBytes,
                                  Access::Read, number, 64);
  if (!bytes)
    return false;
  auto map = decodeTensorMap({bytes, TensorMapBytes});
  if (!map)
    return fail(FindingKind::BadOperand, llvm::toString(map.takeError()));
  if (map->dims.size() != spec.rank)
    return fail(FindingKind::BadOperand,
                "the tensor map has rank " + llvm::Twine(map->dims.size()));
  BulkTransfer transfer = transferOf(*this);
  if (spec.reduce) {
    std::optional<Type> type = reducedType(map->element, *spec.reduce);
    if (!type)
      return fail(FindingKind::BadOperand,
                  "the element type of the tensor map has no reductions");
    transfer.reduce = reductionOf(spec, *type);
  }
  int32_t coordinates[5];
  for (unsigned i = 0; i < spec.rank; ++i)
    coordinates[i] = int32_t(warp.r32(op.more[i]).v[number]);
  if (map->im2col.has_value() != spec.im2col)
    return fail(FindingKind::BadOperand,
                spec.im2col ? "the tensor map is no im2col map"
                            : "the tensor map is an im2col map");
  uint32_t offsets[3];
  for (unsigned i = 0; i < spec.offsets; ++i)
    offsets[i] = warp.r32(op.more[spec.rank + i]).v[number] & 0xffff;
  auto box = std::make_shared<TensorBox>(
      std::move(*map), llvm::ArrayRef<int32_t>(coordinates, spec.rank),
      llvm::ArrayRef<uint32_t>(offsets, spec.offsets));
  auto [low, high] = box->globalRange();
  const auto *block = warp.cta->launch->global->find(low);
  if (high > low && (!block || high > block->end))
    return fail(FindingKind::OutOfBounds,
                "the box touches global addresses 0x" +
                    llvm::Twine::utohexstr(low) + " to 0x" +
                    llvm::Twine::utohexstr(high) +
                    ", which are not inside one allocation");
  transfer.bytes = box->bytes();
  transfer.box = std::move(box);
  SharedPlace place;
  if (!sharedRange(address(op.a[0], spec.wideShared, op.imm), transfer.bytes,
                   128, place))
    return false;
  if (warp.cta->launch->globalShadow) {
    bool fine = true;
    Access access = spec.form == BulkForm::Store ? Access::Write : Access::Read;
    transfer.box->forEachRun([&](uint64_t address, uint64_t bytes) {
      fine = fine && checkGlobal(warp, op, address, uint32_t(bytes), access,
                                 GlobalUse::Copy, number);
    });
    if (!fine)
      return false;
  }
  if (warp.counters) {
    warp.counts(op).asyncBytes += transfer.bytes;
    transfer.box->forEachRun([&](uint64_t address, uint64_t bytes) {
      warp.footprint->touch(address, bytes,
                            spec.form == BulkForm::Store ? Access::Write
                                                         : Access::Read);
    });
  }
  return spec.form == BulkForm::Store ? issueStore(std::move(transfer), place)
                                      : issueLoad(std::move(transfer), place);
}

/// st.async and red.async: the values travel with the transfer.
bool Lane::store() const {
  BulkTransfer transfer = transferOf(*this);
  unsigned element = typeBits(spec.type) / 8;
  transfer.bytes = element * op.moreCount;
  transfer.staging.resize(transfer.bytes);
  for (unsigned i = 0; i < op.moreCount; ++i)
    std::memcpy(transfer.staging.data() + i * element,
                element == 8
                    ? static_cast<const void *>(&warp.r64(op.more[i]).v[number])
                    : &warp.r32(op.more[i]).v[number],
                element);
  if (spec.reduce)
    transfer.reduce = reductionOf(spec, spec.type);
  SharedPlace place;
  return sharedRange(address(op.a[0], spec.wideShared, op.imm), transfer.bytes,
                     transfer.bytes, place) &&
         issueLoad(std::move(transfer), place);
}

static Step forEachIssuer(Warp &warp, const Op &op, Mask mask,
                          bool (Lane::*issue)() const) {
  const auto &spec = *static_cast<const BulkSpec *>(op.spec);
  for (; mask; mask &= mask - 1) {
    Lane lane{warp, op, spec, unsigned(__builtin_ctz(mask))};
    if (!(lane.*issue)())
      return Step::Stop;
  }
  return Step::Next;
}

Step dlk::exec::bulkCopy(Warp &warp, const Op &op, Mask mask) {
  return forEachIssuer(warp, op, mask, &Lane::copy);
}

Step dlk::exec::asyncStore(Warp &warp, const Op &op, Mask mask) {
  return forEachIssuer(warp, op, mask, &Lane::store);
}

Step dlk::exec::bulkTensor(Warp &warp, const Op &op, Mask mask) {
  return forEachIssuer(warp, op, mask, &Lane::tensor);
}

Step dlk::exec::bulkCommit(Warp &warp, const Op &, Mask mask) {
  forEachLane(mask, [&](unsigned lane) {
    warp.cta->cluster->bulk->commit(warp, lane);
  });
  return Step::Next;
}

Step dlk::exec::bulkWait(Warp &warp, const Op &op, Mask mask) {
  forEachLane(mask, [&](unsigned lane) {
    warp.cta->cluster->bulk->wait(warp, lane, uint32_t(op.imm) / 2, op.imm & 1);
  });
  return Step::Next;
}
