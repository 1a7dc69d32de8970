// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads just enough PTX to count: statements, labels and branches.

#include "PtxBody.h"
#include "llvm/ADT/MapVector.h"
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
      body.statements.push_back({taken.rtrim(), start});
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

SmallVector<PtxLoop> PtxBody::findLoops() const {
  // By label: nested loops may start at the same statement.
  MapVector<StringRef, PtxLoop> loops;
  for (auto [index, statement] : enumerate(statements)) {
    if (!statement.text.starts_with("bra"))
      continue;
    StringRef target =
        statement.text.drop_until([](char c) { return isSpace(c); }).trim();
    auto label = labels.find(target);
    if (label != labels.end() && label->second <= index)
      loops[label->first()] = {label->second, index};
  }
  return to_vector(make_second_range(loops));
}

SmallVector<StringRef> dlk::splitOpcode(StringRef statement) {
  SmallVector<StringRef> parts;
  statement.take_until([](char c) { return isSpace(c); }).split(parts, '.');
  return parts;
}
