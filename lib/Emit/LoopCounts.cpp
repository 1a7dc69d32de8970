// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads just enough PTX to count: statements, labels and branches. A loop is
// the text from a label to a later branch back to it, which is how the NVPTX
// backend lays loops out. Not a parser: it accepts text that ptxas refuses.

#include "dlk/Emit/LoopCounts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace dlk;

namespace {

struct Statement {
  StringRef text; // without label and guard, up to the semicolon
  unsigned line;
};

struct Loop {
  size_t first, last;
  bool contains(const Loop &other) const {
    return first <= other.first && other.last <= last &&
           (first != other.first || last != other.last);
  }
};

/// Splits a kernel's body into statements.
class BodyReader {
public:
  BodyReader(StringRef text, unsigned line) : text(text), line(line) {}

  void read() {
    while (!text.empty() && !(atEnd && depth == 0))
      step();
  }

  SmallVector<Statement> statements;
  StringMap<size_t> labels; // name -> index of the statement after it

private:
  /// Drops `count` characters and counts the lines in them.
  StringRef take(size_t count) {
    StringRef taken = text.take_front(count);
    line += taken.count('\n');
    text = text.drop_front(taken.size());
    return taken;
  }

  void step() {
    if (isSpace(text.front())) {
      take(1);
    } else if (text.front() == '{') {
      ++depth;
      take(1);
    } else if (text.front() == '}') {
      --depth;
      atEnd = true;
      take(1);
    } else if (text.starts_with("//") || text.front() == '#' ||
               text.starts_with(".loc") || text.starts_with(".file")) {
      take(text.find('\n'));
    } else if (!takeLabel()) {
      takeStatement();
    }
  }

  bool takeLabel() {
    StringRef name = text.take_while(
        [](char c) { return isAlnum(c) || c == '_' || c == '$'; });
    StringRef rest = text.drop_front(name.size());
    if (name.empty() || !rest.starts_with(":") || rest.starts_with("::"))
      return false;
    labels[name] = statements.size();
    take(name.size() + 1);
    return true;
  }

  void takeStatement() {
    unsigned start = line;
    StringRef taken = take(text.find(';'));
    take(1);
    if (taken.consume_front("@"))
      taken = taken.drop_until([](char c) { return isSpace(c); }).ltrim();
    if (!taken.empty() && isAlpha(taken.front()))
      statements.push_back({taken.rtrim(), start});
  }

  StringRef text;
  unsigned line;
  int depth = 0;
  bool atEnd = false;
};

using Field = unsigned LoopCounts::*;
struct NamedField {
  StringLiteral name;
  Field field;
};

} // namespace

static constexpr NamedField fields[] = {
    {"mma", &LoopCounts::mma},
    {"wgmma", &LoopCounts::wgmma},
    {"ldmatrix", &LoopCounts::ldmatrix},
    {"ldmatrix_x4", &LoopCounts::ldmatrixX4},
    {"ldmatrix_trans", &LoopCounts::ldmatrixTrans},
    {"cp_async_cg", &LoopCounts::cpAsyncCg},
    {"cp_async_ca", &LoopCounts::cpAsyncCa},
    {"cp_async_16_bytes", &LoopCounts::cpAsync16Bytes},
    {"bulk_copy", &LoopCounts::bulkCopy},
    {"commit", &LoopCounts::commit},
    {"wait", &LoopCounts::wait},
    {"barrier", &LoopCounts::barrier},
    {"mbarrier", &LoopCounts::mbarrier},
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
      .Default(&LoopCounts::other);
}

static bool copies16Bytes(StringRef statement) {
  // cp.async [shared], [global], 16 {, source size} {, cache policy}
  SmallVector<StringRef> operands;
  statement.split(operands, ',');
  return operands.size() > 2 && operands[2].trim() == "16";
}

static void count(LoopCounts &counts, StringRef statement) {
  SmallVector<StringRef> parts;
  statement.take_until([](char c) { return isSpace(c); }).split(parts, '.');
  Field field = mainField(parts);
  ++counts.all;
  ++(counts.*field);
  if (field == &LoopCounts::ldmatrix) {
    counts.ldmatrixX4 += is_contained(parts, "x4");
    counts.ldmatrixTrans += is_contained(parts, "trans");
  }
  if (field == &LoopCounts::cpAsyncCg || field == &LoopCounts::cpAsyncCa)
    counts.cpAsync16Bytes += copies16Bytes(statement);
}

static LoopCounts countLoop(const BodyReader &body, const Loop &loop) {
  LoopCounts counts;
  auto statements =
      ArrayRef(body.statements).slice(loop.first, loop.last - loop.first + 1);
  for (const Statement &statement : statements)
    count(counts, statement.text);
  counts.firstLine = statements.front().line;
  counts.lastLine = statements.back().line;
  return counts;
}

static SmallVector<Loop> findLoops(const BodyReader &body) {
  SmallVector<Loop> loops;
  for (auto [index, statement] : enumerate(body.statements)) {
    if (!statement.text.starts_with("bra"))
      continue;
    StringRef target =
        statement.text.drop_until([](char c) { return isSpace(c); }).trim();
    auto label = body.labels.find(target);
    if (label != body.labels.end() && label->second <= index)
      loops.push_back({label->second, index});
  }
  return loops;
}

/// The text from the body's opening brace on, with its line number.
static std::optional<BodyReader> findBody(StringRef ptx, StringRef kernel) {
  size_t entry = ptx.find((".entry " + kernel + "(").str());
  size_t open = entry == StringRef::npos ? entry : ptx.find('{', entry);
  if (open == StringRef::npos)
    return std::nullopt;
  unsigned line = 1 + ptx.take_front(open).count('\n');
  return BodyReader(ptx.drop_front(open), line);
}

std::optional<LoopCounts> dlk::countMainLoop(StringRef ptx, StringRef kernel) {
  std::optional<BodyReader> body = findBody(ptx, kernel);
  if (!body)
    return std::nullopt;
  body->read();
  SmallVector<std::pair<Loop, LoopCounts>> candidates;
  for (const Loop &loop : findLoops(*body)) {
    LoopCounts counts = countLoop(*body, loop);
    if (counts.mma + counts.wgmma)
      candidates.push_back({loop, counts});
  }
  std::optional<LoopCounts> best;
  for (auto &[loop, counts] : candidates) {
    bool innermost = none_of(candidates, [&loop = loop](const auto &other) {
      return loop.contains(other.first);
    });
    if (innermost &&
        (!best || counts.mma + counts.wgmma > best->mma + best->wgmma))
      best = counts;
  }
  return best;
}
