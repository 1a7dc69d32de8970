// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Warpgroups.h"
#include "HopperSpecs.h"
#include "SharedShadow.h"
#include <cstdlib>

using namespace dlk::exec;

/// Of the 64 Ki registers of an SM, in units of eight; at most 256.
static uint32_t firstRegisters(const Cta &cta) {
  uint32_t warps = std::max<uint32_t>(1, uint32_t(cta.warps.size()));
  return std::min<uint32_t>(256, (65536 / WarpSize / warps) & ~7u);
}

Warpgroups::Warpgroups(Cta &cta)
    : cta(cta), registers(cta.warps.size(), firstRegisters(cta)),
      policy(cta.launch->options->async),
      random(uint32_t((cta.launch->options->seed + cta.linearId) *
                          0x9e3779b97f4a7c15 >>
                      33) |
             1),
      groups(cta.warps.size() / Warps) {}

bool Warpgroups::setRegisters(Warp &warp, int32_t count) {
  uint32_t &own = registers[warp.index];
  uint32_t wanted = uint32_t(std::abs(count));
  bool less = count < 0;
  if (less ? own <= wanted : own >= wanted)
    return true;
  if (!less && wanted - own > pool)
    return false;
  pool += own - wanted; // wraps as it should
  own = wanted;
  ++cta.cluster->progress;
  return true;
}

static const WgmmaSpec &specOf(const Op &op) {
  return *static_cast<const WgmmaSpec *>(op.spec);
}

/// All lanes must agree on a descriptor or on scale-d.
static bool uniform(Warp &warp, const Op &op, Slot slot, uint64_t &value) {
  const Lanes64 &lanes = warp.r64(slot);
  value = lanes.v[0];
  for (unsigned i = 1; i < WarpSize; ++i)
    if (lanes.v[i] != value) {
      warp.fail(op, FindingKind::BadOperand, int(i),
                "the lanes have different matrix descriptors");
      return false;
    }
  return true;
}

/// The issue that the warp's part belongs to: the one after its last, perhaps
/// begun by another warp, which must have meant the same.
Warpgroups::Issue *Warpgroups::issueOf(Warp &warp, const Op &op,
                                       Warpgroup &group) {
  const WgmmaSpec &spec = specOf(op);
  uint64_t a = 0, b = 0;
  if ((op.a[0] != NoSlot && !uniform(warp, op, op.a[0], a)) ||
      !uniform(warp, op, op.a[1], b))
    return nullptr;
  Mask scale = warp.predicate(op.a[2]);
  if (scale != 0 && scale != FullMask) {
    warp.fail(op, FindingKind::BadOperand, -1,
              "the lanes have different values of scale-d");
    return nullptr;
  }
  uint64_t number = group.parts[warp.index % Warps].issued;
  if (number == group.first + group.issues.size()) {
    auto fresh = std::make_unique<Issue>();
    fresh->op = &op;
    fresh->a = a;
    fresh->b = b;
    fresh->accumulate = scale != 0;
    fresh->done = std::make_shared<Visibility>();
    if (op.a[0] != NoSlot)
      fresh->operandA.emplace(MatrixDescriptor(a), 8, spec.transposeA);
    fresh->operandB.emplace(MatrixDescriptor(b), spec.n / 8u, spec.transposeB);
    group.issues.push_back(std::move(fresh));
  }
  Issue &issue = *group.issues[number - group.first];
  if (issue.op != &op || issue.a != a || issue.b != b ||
      issue.accumulate != (scale != 0)) {
    warp.fail(op, FindingKind::Divergence, -1,
              "the warps of the warpgroup execute different wgmma "
              "instructions, or with different descriptors or scale-d");
    return nullptr;
  }
  return &issue;
}

bool Warpgroups::checkOperand(Warp &warp, const Op &op,
                              const WgmmaOperand &operand) {
  uint32_t end = SharedBase + cta.sharedBytes;
  for (WgmmaOperand::Range range : operand.ranges) {
    if (range.begin < SharedBase || range.end > end) {
      uint32_t address = range.begin;
      if (address >= SharedBase)
        address = std::max(address, end / 16 * 16);
      warp.fail(op, FindingKind::OutOfBounds, -1,
                "the descriptor names 16 bytes at shared address 0x" +
                    llvm::Twine::utohexstr(address) + ": the CTA has " +
                    llvm::Twine(cta.sharedBytes) +
                    " bytes of shared memory from address 0x" +
                    llvm::Twine::utohexstr(SharedBase));
      return false;
    }
    SharedAccess access{range.begin - SharedBase,
                        range.end - range.begin,
                        Access::Read,
                        warp.actor,
                        0,
                        op.origin};
    if (auto violation = cta.shadow->checkAsync(access)) {
      warp.fail(op, violation->kind, -1, violation->message);
      return false;
    }
  }
  return true;
}

/// The first warp looks at all bytes; for the others it is enough to ask about
/// the copies that it has met there, if nothing else is watched.
bool Warpgroups::checkOperands(Warp &warp, const Op &op, const Issue &issue) {
  if (issue.parts && !cta.shadow->watchesAsyncReads() &&
      cta.shadow->bulk.areOver(issue.writers, warp.actor))
    return true;
  return (!issue.operandA || checkOperand(warp, op, *issue.operandA)) &&
         checkOperand(warp, op, *issue.operandB);
}

void Warpgroups::mark(Warp &warp, const Op &op, Issue &issue) {
  BulkMarks &marks = cta.shadow->bulk;
  uint32_t use = marks.newUse(op.origin, warp.actor, "wgmma");
  unsigned plane = BulkMarks::FirstWarpgroupPlane + warp.index / Warps;
  for (const auto *operand : {&issue.operandA, &issue.operandB})
    if (*operand)
      for (WgmmaOperand::Range range : (*operand)->ranges) {
        uint32_t offset = range.begin - SharedBase;
        uint32_t bytes = range.end - range.begin;
        marks.addWriters(offset, bytes, issue.writers);
        marks.markRead(use, offset, bytes, plane);
      }
  marks.finish(use, issue.done);
}

bool Warpgroups::issue(Warp &warp, const Op &op) {
  unsigned number = warp.index / Warps, w = warp.index % Warps;
  if (number >= groups.size()) {
    warp.fail(op, FindingKind::BadOperand, -1,
              "the CTA has no whole warpgroup of four warps here");
    return false;
  }
  Warpgroup &group = groups[number];
  Issue *issue = issueOf(warp, op, group);
  if (!issue)
    return false;
  if (!checkOperands(warp, op, *issue))
    return false;
  if (!issue->parts)
    mark(warp, op, *issue);
  if (!issue->operandA)
    for (unsigned r = 0; r < 4; ++r)
      issue->registersA[w][r] = warp.r32(op.more[op.moreCount - 4 + r]);
  if (!group.parts[w].registers.issue(warp, op))
    return false;
  issue->parts |= 1u << w;
  ++group.parts[w].issued;
  ++cta.cluster->progress;
  bool now = policy == AsyncPolicy::Immediate ||
             (policy == AsyncPolicy::Random && random() % 2);
  if (issue->parts == 15 && now)
    execute(group, number, group.parts[w].issued);
  return true;
}

void Warpgroups::commit(Warp &warp) {
  unsigned number = warp.index / Warps;
  if (number >= groups.size())
    return;
  Part &part = groups[number].parts[warp.index % Warps];
  part.ends.push_back(part.issued);
  ++part.committed;
}

bool Warpgroups::wait(Warp &warp, uint32_t newest) {
  unsigned number = warp.index / Warps;
  if (number >= groups.size())
    return true;
  Warpgroup &group = groups[number];
  Part &part = group.parts[warp.index % Warps];
  if (part.ends.size() <= newest)
    return true;
  size_t groupsDone = part.ends.size() - newest;
  uint64_t end = part.ends[groupsDone - 1];
  for (uint64_t i = std::max(group.executed, group.first); i < end; ++i)
    if (group.issues[i - group.first]->parts != 15)
      return false;
  execute(group, number, end);
  part.registers.waited(end);
  for (; part.waited < end; ++part.waited)
    group.issues[part.waited - group.first]->done->seen(
        warp.actor, cta.shadow->now(warp.actor));
  part.ends.erase(part.ends.begin(), part.ends.begin() + groupsDone);
  uint64_t least = UINT64_MAX;
  for (const Part &each : group.parts)
    least = std::min(least, each.waited);
  for (; group.first < least; ++group.first)
    group.issues.pop_front();
  return true;
}

void Warpgroups::execute(Warpgroup &group, unsigned number, uint64_t end) {
  for (; group.executed < end; ++group.executed)
    compute(*group.issues[group.executed - group.first], number);
}

/// The sign bits of a register's elements.
static uint32_t signsOf(Type type) {
  return type == Type::tf32     ? 0x80000000
         : typeBits(type) == 16 ? 0x80008000
                                : 0x80808080;
}

void Warpgroups::compute(const Issue &issue, unsigned number) {
  const WgmmaSpec &spec = specOf(*issue.op);
  const std::byte *memory = cta.shared - SharedBase;
  fragmentsB.resize(spec.n / 4);
  for (unsigned i = 0; i < fragmentsB.size(); ++i) {
    issue.operandB->fragment(memory, i / 2, i % 2, fragmentsB[i]);
    for (unsigned lane = 0; spec.negateB && lane < WarpSize; ++lane)
      fragmentsB[i].v[lane] ^= signsOf(spec.mma.b);
  }
  if (spec.blocks.prepare) {
    preparedB.resize(spec.n / 8 * spec.mma.k);
    spec.blocks.prepare(spec.mma, fragmentsB.data(), spec.n / 8,
                        preparedB.data());
  }
  for (unsigned w = 0; w < Warps; ++w)
    computeWarp(issue, cta.warps[number * Warps + w]);
}

/// Rows 16w and on of D: one mma.sync per 8 columns.
void Warpgroups::computeWarp(const Issue &issue, Warp &warp) {
  const Op &op = *issue.op;
  const WgmmaSpec &spec = specOf(op);
  const std::byte *memory = cta.shared - SharedBase;
  unsigned w = warp.index % Warps;
  Lanes32 a[4];
  for (unsigned r = 0; r < 4; ++r) {
    if (issue.operandA)
      issue.operandA->fragment(memory, 2 * w + r % 2, r / 2, a[r]);
    else
      a[r] = issue.registersA[w][r];
    for (unsigned lane = 0; spec.negateA && lane < WarpSize; ++lane)
      a[r].v[lane] ^= signsOf(spec.mma.a);
  }
  const void *pointersA[4] = {&a[0], &a[1], &a[2], &a[3]};
  MmaModel model;
  if (cta.launch->options->arithmetic == TensorArithmetic::Hardware)
    model = hardwareWgmmaModel(cta.launch->chip, spec.mma.a);
  unsigned perBlock = spec.mma.d == Type::f16 ? 2 : 4;
  void *d[128];
  for (unsigned r = 0; r < spec.n / 8u * perBlock; ++r)
    d[r] = warp.at(op.more[r]);
  if (spec.blocks.multiply) {
    spec.blocks.multiply(
        spec.mma, model,
        {pointersA, preparedB.data(), spec.n / 8u, d, issue.accumulate});
    return;
  }
  static const Lanes32 zero = {};
  for (unsigned block = 0; block < spec.n / 8u; ++block) {
    const void *c[4];
    const void *b[2] = {&fragmentsB[2 * block], &fragmentsB[2 * block + 1]};
    for (unsigned r = 0; r < perBlock; ++r)
      c[r] = issue.accumulate ? d[block * perBlock + r] : &zero;
    spec.run(spec.mma, model, {d + block * perBlock, pointersA, b, c});
  }
}
