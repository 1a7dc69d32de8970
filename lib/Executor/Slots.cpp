// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lets registers share slots. PTX is close to SSA: thousands of names of which
// few are alive at a time, and a register file with one slot per name would not
// fit the caches. Liveness per function, then linear scan over intervals.
//
// Lanes own their part of a slot, and a lane's values follow the control flow
// like a thread's, so per-thread liveness is right under divergence too. A
// definition under a guard does not end the life of the old value. Slots of
// different functions are apart, since a caller's registers live across calls.

#include "Slots.h"
#include "Decoder.h"
#include <algorithm>
#include <cstring>

using namespace dlk::exec;

namespace dlk::exec {
class SlotAssigner {
public:
  explicit SlotAssigner(Decoder &decoder)
      : d(decoder), code(*decoder.code), slotOf(decoder.registers.size(), ~0u) {
  }
  void run();

private:
  struct Block {
    uint32_t begin, end;
    std::vector<uint32_t> successors;
    std::vector<uint64_t> use, kill, in, out;
  };
  struct Interval {
    uint32_t start = ~0u, end = 0;
    Ref reg = 0;
    void cover(uint32_t position) {
      start = std::min(start, position);
      end = std::max(end, position);
    }
  };

  template <class F> void forOperands(uint32_t index, F visit) const;
  void number(uint32_t begin, uint32_t end);
  void makeBlocks(const FunctionState &state, uint32_t begin, uint32_t end);
  void localSets(Block &block);
  void solve();
  std::vector<Interval> intervals();
  void scan(std::vector<Interval> list);
  void assignFunction(const FunctionState &state, uint32_t end);
  void patchTargets();
  void layConstants();
  Slot slot(Ref ref) const;

  Decoder &d;
  Code &code;
  std::vector<uint32_t> slotOf;     ///< Per register: number in its class.
  uint32_t used[3] = {0, 0, 0};     ///< Slots per class.
  std::vector<Ref> members;         ///< The function's registers,
  std::vector<int32_t> denseNumber; ///< and their numbers.
  std::vector<Block> blocks;
  std::vector<uint32_t> constantOffset;
};
} // namespace dlk::exec

/// Calls visit(ref, isUse, isDef) for the register operands of a micro-op.
template <class F>
void SlotAssigner::forOperands(uint32_t index, F visit) const {
  const Op &op = code.ops[index];
  const OpNotes &note = d.notes[index];
  for (unsigned k = 0; k < std::size(op.a); ++k)
    if (op.a[k] >= 0) {
      bool def = (note.defs | note.inOut) >> k & 1;
      visit(op.a[k], !def || (note.inOut >> k & 1), def);
    }
  for (unsigned k = 0; k < op.moreCount; ++k)
    if (op.more[k] >= 0)
      visit(op.more[k], k >= note.moreDefs || note.moreInOut,
            k < note.moreDefs);
  if (op.guard >= 0)
    visit(op.guard, true, false);
}

void SlotAssigner::number(uint32_t begin, uint32_t end) {
  for (Ref reg : members)
    denseNumber[reg] = -1;
  members.clear();
  for (uint32_t i = begin; i < end; ++i)
    forOperands(i, [&](Ref reg, bool, bool) {
      if (denseNumber[reg] < 0 && !d.registers[reg].pinned) {
        denseNumber[reg] = int32_t(members.size());
        members.push_back(reg);
      }
    });
}

void SlotAssigner::makeBlocks(const FunctionState &state, uint32_t begin,
                              uint32_t end) {
  std::vector<bool> leader(end - begin + 1, false);
  leader[0] = true;
  auto targetsOf = [&](uint32_t i) {
    std::vector<uint32_t> targets;
    const OpNotes &note = d.notes[i];
    if (note.flow == OpNotes::Branch)
      targets.push_back(state.opOfInstruction[note.target]);
    if (note.flow == OpNotes::Table)
      for (uint32_t target : d.tables[note.target])
        targets.push_back(state.opOfInstruction[target]);
    return targets;
  };
  for (uint32_t i = begin; i < end; ++i) {
    if (d.notes[i].flow == OpNotes::Fall || d.notes[i].flow == OpNotes::Call)
      continue;
    leader[i + 1 - begin] = true;
    for (uint32_t target : targetsOf(i))
      leader[target - begin] = true;
  }
  blocks.clear();
  std::vector<uint32_t> blockAt(end - begin + 1);
  for (uint32_t i = begin; i < end; ++i) {
    if (leader[i - begin])
      blocks.push_back({i, i, {}, {}, {}, {}, {}});
    blocks.back().end = i + 1;
    blockAt[i - begin] = uint32_t(blocks.size() - 1);
  }
  for (uint32_t b = 0; b < blocks.size(); ++b) {
    uint32_t last = blocks[b].end - 1;
    const OpNotes &note = d.notes[last];
    bool guarded = code.ops[last].guard != NoSlot;
    for (uint32_t target : targetsOf(last))
      blocks[b].successors.push_back(blockAt[target - begin]);
    bool falls =
        note.flow == OpNotes::Fall || note.flow == OpNotes::Call || guarded;
    if (falls && b + 1 < blocks.size())
      blocks[b].successors.push_back(b + 1);
  }
}

void SlotAssigner::localSets(Block &block) {
  size_t words = (members.size() + 63) / 64;
  for (auto *set : {&block.use, &block.kill, &block.in, &block.out})
    set->assign(words, 0);
  for (uint32_t i = block.begin; i < block.end; ++i) {
    auto test = [](std::vector<uint64_t> &set, uint32_t n) {
      return set[n / 64] >> (n % 64) & 1;
    };
    auto insert = [](std::vector<uint64_t> &set, uint32_t n) {
      set[n / 64] |= uint64_t(1) << (n % 64);
    };
    forOperands(i, [&](Ref reg, bool isUse, bool) {
      int32_t n = denseNumber[reg];
      if (n >= 0 && isUse && !test(block.kill, n))
        insert(block.use, n);
    });
    if (code.ops[i].guard != NoSlot)
      continue;
    forOperands(i, [&](Ref reg, bool, bool isDef) {
      int32_t n = denseNumber[reg];
      if (n >= 0 && isDef)
        insert(block.kill, n);
    });
  }
}

void SlotAssigner::solve() {
  for (Block &block : blocks)
    localSets(block);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = blocks.size(); b-- > 0;) {
      Block &block = blocks[b];
      for (size_t w = 0; w < block.in.size(); ++w) {
        uint64_t out = 0;
        for (uint32_t successor : block.successors)
          out |= blocks[successor].in[w];
        uint64_t in = block.use[w] | (out & ~block.kill[w]);
        block.out[w] = out;
        if (in != block.in[w]) {
          block.in[w] = in;
          changed = true;
        }
      }
    }
  }
}

std::vector<SlotAssigner::Interval> SlotAssigner::intervals() {
  std::vector<Interval> list(members.size());
  for (size_t n = 0; n < members.size(); ++n)
    list[n].reg = members[n];
  for (const Block &block : blocks) {
    for (size_t w = 0; w < block.in.size(); ++w) {
      for (uint64_t set = block.in[w]; set; set &= set - 1)
        list[w * 64 + __builtin_ctzll(set)].cover(block.begin);
      for (uint64_t set = block.out[w]; set; set &= set - 1)
        list[w * 64 + __builtin_ctzll(set)].cover(block.end);
    }
    // Uses and definitions of one micro-op overlap: handlers with several
    // results may write one before they have read everything.
    for (uint32_t i = block.begin; i < block.end; ++i)
      forOperands(i, [&](Ref reg, bool, bool) {
        if (denseNumber[reg] >= 0)
          list[denseNumber[reg]].cover(i);
      });
  }
  return list;
}

void SlotAssigner::scan(std::vector<Interval> list) {
  std::sort(list.begin(), list.end(), [](const Interval &a, const Interval &b) {
    return std::tie(a.start, a.reg) < std::tie(b.start, b.reg);
  });
  std::vector<uint32_t> free[3];
  // A heap of (end, class, slot), the earliest end first.
  std::vector<std::tuple<uint32_t, unsigned, uint32_t>> active;
  auto later = [](const auto &a, const auto &b) { return a > b; };
  for (const Interval &interval : list) {
    while (!active.empty() && std::get<0>(active.front()) < interval.start) {
      std::pop_heap(active.begin(), active.end(), later);
      auto [end, kind, slot] = active.back();
      active.pop_back();
      free[kind].push_back(slot);
    }
    unsigned kind = unsigned(d.registers[interval.reg].kind);
    uint32_t slot;
    if (free[kind].empty()) {
      slot = used[kind]++;
    } else {
      slot = free[kind].back();
      free[kind].pop_back();
    }
    slotOf[interval.reg] = slot;
    active.emplace_back(interval.end, kind, slot);
    std::push_heap(active.begin(), active.end(), later);
  }
}

void SlotAssigner::assignFunction(const FunctionState &state, uint32_t end) {
  number(state.firstOp, end);
  makeBlocks(state, state.firstOp, end);
  solve();
  scan(intervals());
}

/// Predicates first, then 32-bit lanes, then 64-bit lanes.
Slot SlotAssigner::slot(Ref ref) const {
  if (ref == NoSlot)
    return NoSlot;
  if (ref < 0)
    return Slot(constantOffset[-1 - ref] | 0x80000000u);
  uint32_t n = slotOf[ref];
  uint32_t words = (used[0] * 4 + 63) / 64 * 64;
  switch (d.registers[ref].kind) {
  case RegisterClass::Predicate:
    return Slot(n * 4);
  case RegisterClass::Word:
    return Slot(words + n * sizeof(Lanes32));
  case RegisterClass::Double:
    return Slot(words + used[1] * sizeof(Lanes32) + n * sizeof(Lanes64));
  }
  return NoSlot;
}

void SlotAssigner::layConstants() {
  uint32_t offset = 64; // a constant at 0 would look like NoSlot
  for (auto kind :
       {RegisterClass::Predicate, RegisterClass::Word, RegisterClass::Double}) {
    offset = (offset + 63) / 64 * 64;
    for (size_t i = 0; i < d.constants.size(); ++i) {
      if (d.constants[i].kind != kind)
        continue;
      constantOffset[i] = offset;
      offset += kind == RegisterClass::Predicate ? 4
                : kind == RegisterClass::Word    ? sizeof(Lanes32)
                                                 : sizeof(Lanes64);
    }
  }
  code.constants.resize(offset);
  for (size_t i = 0; i < d.constants.size(); ++i) {
    const auto &entry = d.constants[i];
    std::byte *at = code.constants.data() + constantOffset[i];
    unsigned count = entry.kind == RegisterClass::Predicate ? 1 : WarpSize;
    unsigned width = entry.kind == RegisterClass::Double ? 8 : 4;
    for (unsigned lane = 0; lane < count; ++lane)
      std::memcpy(at + lane * width, &entry.value, width);
    if (entry.variable >= 0)
      code.relocs.push_back(
          {constantOffset[i], uint32_t(entry.variable), width == 8});
  }
}

void SlotAssigner::patchTargets() {
  size_t f = 0;
  for (uint32_t i = 0; i < code.ops.size(); ++i) {
    while (f + 1 < d.functions.size() && d.functions[f + 1]->firstOp <= i)
      ++f;
    const FunctionState &state = *d.functions[f];
    const OpNotes &note = d.notes[i];
    if (note.flow == OpNotes::Branch)
      code.ops[i].imm = int32_t(state.opOfInstruction[note.target]);
    if (note.flow == OpNotes::Call)
      code.ops[i].imm = int32_t(d.functions[note.target]->firstOp);
    if (note.flow == OpNotes::Table) {
      auto *table = const_cast<uint32_t *>(
          static_cast<const uint32_t *>(code.ops[i].spec));
      for (uint32_t target : d.tables[note.target])
        *table++ = state.opOfInstruction[target];
    }
  }
}

void SlotAssigner::run() {
  denseNumber.assign(d.registers.size(), -1);
  constantOffset.resize(d.constants.size());
  for (size_t r = 0; r < d.registers.size(); ++r)
    if (d.registers[r].pinned)
      slotOf[r] = used[unsigned(d.registers[r].kind)]++;
  for (size_t f = 0; f < d.functions.size(); ++f)
    assignFunction(*d.functions[f], f + 1 < d.functions.size()
                                        ? d.functions[f + 1]->firstOp
                                        : uint32_t(code.ops.size()));
  layConstants();
  patchTargets();
  for (Op &op : code.ops) {
    for (Slot &operand : op.a)
      operand = slot(operand);
    for (unsigned k = 0; k < op.moreCount; ++k) {
      auto &operand = const_cast<Slot &>(op.more[k]);
      operand = slot(operand);
    }
    op.guard = slot(op.guard);
  }
  for (auto [reg, ref] : d.specials)
    code.specials.push_back({reg, slot(ref)});
  code.registerBytes = (used[0] * 4 + 63) / 64 * 64 +
                       used[1] * uint32_t(sizeof(Lanes32)) +
                       used[2] * uint32_t(sizeof(Lanes64));
}

void dlk::exec::assignSlots(Decoder &decoder) { SlotAssigner(decoder).run(); }
