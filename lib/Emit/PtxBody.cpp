// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads just enough PTX to count: statements, labels and branches.

#include "PtxBody.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace dlk;

namespace {

/// Splits a kernel's body into statements.
class BodyReader {
public:
  BodyReader(StringRef text, unsigned line) : text(text), line(line) {}

  PtxBody read() {
    while (!text.empty() && !(atEnd && depth == 0))
      step();
    return std::move(body);
  }

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
    body.labels[name] = body.statements.size();
    body.statements.push_back({StringRef(), line, /*guarded=*/false});
    take(name.size() + 1);
    return true;
  }

  void takeStatement() {
    unsigned start = line;
    StringRef taken = take(text.find(';'));
    take(1);
    bool guarded = taken.consume_front("@");
    if (guarded)
      taken = taken.drop_until([](char c) { return isSpace(c); }).ltrim();
    if (!taken.empty() && isAlpha(taken.front()))
      body.statements.push_back({taken.rtrim(), start, guarded});
  }

  StringRef text;
  unsigned line;
  int depth = 0;
  bool atEnd = false;
  PtxBody body;
};

} // namespace

/// The text from the body's opening brace on, with its line number.
std::optional<PtxBody> PtxBody::find(StringRef ptx, StringRef kernel) {
  size_t entry = ptx.find((".entry " + kernel + "(").str());
  size_t open = entry == StringRef::npos ? entry : ptx.find('{', entry);
  if (open == StringRef::npos)
    return std::nullopt;
  unsigned line = 1 + ptx.take_front(open).count('\n');
  return BodyReader(ptx.drop_front(open), line).read();
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

namespace {

/// Where control goes from each statement. A few hundred statements make blocks
/// unnecessary.
class FlowGraph {
public:
  explicit FlowGraph(const PtxBody &body)
      : predecessors(body.statements.size()) {
    for (size_t i = 0, end = body.statements.size(); i < end; ++i)
      addEdges(body, i);
  }

  /// A natural loop for each statement that dominates one that leads to it.
  SmallVector<PtxLoop> findLoops() const {
    SmallVector<BitVector> dominators = findDominators();
    SmallVector<PtxLoop> loops;
    for (size_t head = 0; head < size(); ++head) {
      PtxLoop loop{BitVector(size())};
      for (size_t latch : predecessors[head])
        if (dominators[latch].test(head))
          addPathsTo(latch, head, loop.statements);
      if (loop.statements.any())
        loops.push_back(std::move(loop));
    }
    return loops;
  }

private:
  size_t size() const { return predecessors.size(); }

  void addEdge(size_t from, size_t to) {
    if (to < size())
      predecessors[to].push_back(from);
  }

  void addEdges(const PtxBody &body, size_t index) {
    const PtxStatement &statement = body.statements[index];
    StringRef name = splitOpcode(statement.text).front();
    bool jumps = name == "bra";
    bool ends = name == "ret" || name == "exit" || name == "trap";
    if (statement.guarded || !(jumps || ends))
      addEdge(index, index + 1);
    auto isBlank = [](char c) { return isSpace(c); };
    StringRef target = statement.text.drop_until(isBlank).trim();
    auto label = body.labels.find(target);
    if (jumps && label != body.labels.end())
      addEdge(index, label->second);
  }

  /// For each statement those on all paths to it. Statements that nothing leads
  /// to are dominated by all, and so are in no loop that is looked for.
  SmallVector<BitVector> findDominators() const {
    SmallVector<BitVector> dominators(size(), BitVector(size(), true));
    if (size() != 0)
      dominators[0].reset().set(0);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 1; i < size(); ++i) {
        BitVector common(size(), true);
        for (size_t predecessor : predecessors[i])
          common &= dominators[predecessor];
        common.set(i);
        changed |= common != dominators[i];
        dominators[i] = std::move(common);
      }
    }
    return dominators;
  }

  void addPathsTo(size_t latch, size_t head, BitVector &statements) const {
    statements.set(head);
    SmallVector<size_t> pending{latch};
    while (!pending.empty()) {
      size_t statement = pending.pop_back_val();
      if (statements.test(statement))
        continue;
      statements.set(statement);
      llvm::append_range(pending, predecessors[statement]);
    }
  }

  SmallVector<SmallVector<size_t, 2>> predecessors;
};

} // namespace

SmallVector<PtxLoop> PtxBody::findLoops() const {
  return FlowGraph(*this).findLoops();
}

SmallVector<StringRef> dlk::splitOpcode(StringRef statement) {
  SmallVector<StringRef> parts;
  statement.take_until([](char c) { return isSpace(c); }).split(parts, '.');
  return parts;
}
