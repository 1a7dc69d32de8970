// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One table names the figures, one classification gives every instruction its
// figure; which loop of a kernel is meant is a matter of scores.

#include "dlk/Emit/LoopCounts.h"
#include "PtxBody.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace dlk;

namespace {

using Field = unsigned LoopCounts::*;
struct NamedField {
  StringLiteral name;
  Field field;
};

} // namespace

static constexpr NamedField fields[] = {
    {"mma", &LoopCounts::mma},
    {"wgmma", &LoopCounts::wgmma},
    {"wgmma_fence", &LoopCounts::wgmmaFence},
    {"ldmatrix", &LoopCounts::ldmatrix},
    {"ldmatrix_x4", &LoopCounts::ldmatrixX4},
    {"ldmatrix_trans", &LoopCounts::ldmatrixTrans},
    {"cp_async_cg", &LoopCounts::cpAsyncCg},
    {"cp_async_ca", &LoopCounts::cpAsyncCa},
    {"cp_async_16_bytes", &LoopCounts::cpAsync16Bytes},
    {"bulk_copy", &LoopCounts::bulkCopy},
    {"tma_load", &LoopCounts::tmaLoad},
    {"tma_store", &LoopCounts::tmaStore},
    {"commit", &LoopCounts::commit},
    {"wait", &LoopCounts::wait},
    {"barrier", &LoopCounts::barrier},
    {"mbarrier", &LoopCounts::mbarrier},
    {"mbarrier_try_wait", &LoopCounts::mbarrierTryWait},
    {"mbarrier_arrive", &LoopCounts::mbarrierArrive},
    {"setmaxnreg", &LoopCounts::setmaxnreg},
    {"ld_shared", &LoopCounts::ldShared},
    {"st_shared", &LoopCounts::stShared},
    {"ld_global", &LoopCounts::ldGlobal},
    {"st_global", &LoopCounts::stGlobal},
    {"local", &LoopCounts::local},
    {"other", &LoopCounts::other},
    {"all", &LoopCounts::all},
    {"first_line", &LoopCounts::firstLine},
    {"last_line", &LoopCounts::lastLine}};

void dlk::forEachCount(const LoopCounts &counts,
                       function_ref<void(StringRef, unsigned)> visit) {
  for (const NamedField &entry : fields)
    visit(entry.name, counts.*entry.field);
}

/// The figure for an instruction that moves data between registers and
/// memory, none if its address is generic or in another space.
static Field memoryField(ArrayRef<StringRef> parts) {
  bool load = parts.front() == "ld";
  for (StringRef part : parts.drop_front()) {
    StringRef space = part.split("::").first;
    if (space == "shared")
      return load ? &LoopCounts::ldShared : &LoopCounts::stShared;
    if (space == "global")
      return load ? &LoopCounts::ldGlobal : &LoopCounts::stGlobal;
    if (space == "local")
      return &LoopCounts::local;
  }
  return &LoopCounts::other;
}

static Field copyField(ArrayRef<StringRef> parts) {
  StringRef kind = parts.size() > 2 ? parts[2] : StringRef();
  if (kind == "bulk")
    return parts.size() > 3 && parts[3].contains("_group")
               ? (parts[3].starts_with("wait") ? &LoopCounts::wait
                                               : &LoopCounts::commit)
               : &LoopCounts::bulkCopy;
  return StringSwitch<Field>(kind)
      .Case("cg", &LoopCounts::cpAsyncCg)
      .Case("ca", &LoopCounts::cpAsyncCa)
      .Case("commit_group", &LoopCounts::commit)
      .Cases({"wait_group", "wait_all"}, &LoopCounts::wait)
      .Case("mbarrier", &LoopCounts::mbarrier)
      .Default(&LoopCounts::other);
}

static Field wgmmaField(StringRef kind) {
  return StringSwitch<Field>(kind)
      .Case("mma_async", &LoopCounts::wgmma)
      .Case("fence", &LoopCounts::wgmmaFence)
      .Case("commit_group", &LoopCounts::commit)
      .Case("wait_group", &LoopCounts::wait)
      .Default(&LoopCounts::other);
}

/// The one figure beside `all` that every instruction is counted in.
static Field mainField(ArrayRef<StringRef> parts) {
  StringRef name = parts.front();
  StringRef kind = parts.size() > 1 ? parts[1] : StringRef();
  if (name == "ld" || name == "st")
    return memoryField(parts);
  if (name == "cp" && kind == "async")
    return copyField(parts);
  if (name == "wgmma")
    return wgmmaField(kind);
  return StringSwitch<Field>(name)
      .Case("mma", &LoopCounts::mma)
      .Case("ldmatrix", &LoopCounts::ldmatrix)
      .Cases({"bar", "barrier"}, &LoopCounts::barrier)
      .Case("mbarrier", &LoopCounts::mbarrier)
      .Case("setmaxnreg", &LoopCounts::setmaxnreg)
      .Default(&LoopCounts::other);
}

static bool copies16Bytes(StringRef statement) {
  // cp.async [shared], [global], 16 {, source size} {, cache policy}
  SmallVector<StringRef> operands;
  statement.split(operands, ',');
  return operands.size() > 2 && operands[2].trim() == "16";
}

/// cp.async.bulk.tensor.2d.TO.FROM...
static void countTma(LoopCounts &counts, ArrayRef<StringRef> parts) {
  if (parts.size() < 7 || parts[3] != "tensor")
    return;
  counts.tmaLoad += parts[6] == "global";
  counts.tmaStore += parts[5] == "global";
}

/// The type of A in wgmma.mma_async.sync.aligned.SHAPE.D.A.B and
/// mma.sync.aligned.SHAPE.row.col.D.A.B.C.
static StringRef getOperandType(ArrayRef<StringRef> parts) {
  size_t place = parts.front() == "wgmma" ? 6 : 7;
  return place < parts.size() ? parts[place] : StringRef();
}

static void count(LoopCounts &counts, StringRef statement) {
  SmallVector<StringRef> parts = splitOpcode(statement);
  Field field = mainField(parts);
  ++counts.all;
  ++(counts.*field);
  if (field == &LoopCounts::mma || field == &LoopCounts::wgmma)
    counts.operandType = getOperandType(parts);
  if (field == &LoopCounts::ldmatrix) {
    counts.ldmatrixX4 += is_contained(parts, "x4");
    counts.ldmatrixTrans += is_contained(parts, "trans");
  }
  if (field == &LoopCounts::cpAsyncCg || field == &LoopCounts::cpAsyncCa)
    counts.cpAsync16Bytes += copies16Bytes(statement);
  if (field == &LoopCounts::mbarrier) {
    counts.mbarrierTryWait += is_contained(parts, "try_wait");
    counts.mbarrierArrive += is_contained(parts, "arrive");
  }
  if (field == &LoopCounts::bulkCopy)
    countTma(counts, parts);
}

static LoopCounts countLoop(const PtxBody &body, const PtxLoop &loop) {
  LoopCounts counts;
  for (unsigned index : loop.statements.set_bits()) {
    const PtxStatement &statement = body.statements[index];
    if (statement.text.empty())
      continue;
    count(counts, statement.text);
    counts.lastLine = statement.line;
    if (counts.firstLine == 0)
      counts.firstLine = statement.line;
  }
  return counts;
}

using Score = function_ref<unsigned(const LoopCounts &)>;

/// Of the loops with a score that contain no other such loop, the one with the
/// largest.
static std::optional<LoopCounts> countBestLoop(StringRef ptx, StringRef kernel,
                                               Score score) {
  std::optional<PtxBody> body = PtxBody::find(ptx, kernel);
  if (!body)
    return std::nullopt;
  SmallVector<std::pair<PtxLoop, LoopCounts>> candidates;
  for (const PtxLoop &loop : body->findLoops()) {
    LoopCounts counts = countLoop(*body, loop);
    if (score(counts))
      candidates.push_back({loop, counts});
  }
  std::optional<LoopCounts> best;
  for (auto &[loop, counts] : candidates) {
    bool innermost = none_of(candidates, [&loop = loop](const auto &other) {
      return loop.contains(other.first);
    });
    if (innermost && (!best || score(counts) > score(*best)))
      best = counts;
  }
  return best;
}

std::optional<LoopCounts> dlk::countMainLoop(StringRef ptx, StringRef kernel) {
  return countBestLoop(ptx, kernel, [](const LoopCounts &counts) {
    return counts.mma + counts.wgmma;
  });
}

std::optional<LoopCounts> dlk::countProducerLoop(StringRef ptx,
                                                 StringRef kernel) {
  return countBestLoop(ptx, kernel, [](const LoopCounts &counts) {
    return counts.mma + counts.wgmma == 0 ? counts.tmaLoad : 0;
  });
}

SmallVector<unsigned> dlk::readRoleRegisters(StringRef ptx, StringRef kernel) {
  std::optional<PtxBody> body = PtxBody::find(ptx, kernel);
  SmallVector<unsigned> result;
  if (!body)
    return result;
  for (const PtxStatement &statement : body->statements) {
    unsigned registers = 0;
    StringRef operand =
        statement.text.drop_until([](char c) { return isSpace(c); }).trim();
    if (splitOpcode(statement.text).front() == "setmaxnreg" &&
        !operand.getAsInteger(10, registers))
      result.push_back(registers);
  }
  return result;
}
