// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the output of `ptxas -v` line by line. The form is not documented;
// this is what ptxas 12 and 13 print, and the tests keep samples of it.

#include "dlk/Emit/PtxasLog.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace dlk;

const KernelResources *PtxasLog::find(StringRef kernel) const {
  auto it = find_if(
      kernels, [&](const KernelResources &k) { return k.kernel == kernel; });
  return it == kernels.end() ? nullptr : &*it;
}

/// The text between two quotes after `key`, empty if `key` is not there.
static StringRef quotedAfter(StringRef line, StringRef key) {
  size_t at = line.find(key);
  if (at == StringRef::npos)
    return {};
  return line.drop_front(at + key.size())
      .split('\'')
      .second.take_until([](char c) { return c == '\''; });
}

/// "0 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads" and
/// "Used 219 registers, used 1 barriers, 49152 bytes smem, 376 bytes cmem[0]":
/// a list of numbers, each followed by what it counts.
static void readFigures(StringRef list, KernelResources &kernel) {
  SmallVector<StringRef> items;
  list.split(items, ',');
  for (StringRef item : items) {
    item = item.trim();
    if (!item.consume_front("Used "))
      item.consume_front("used ");
    unsigned value = 0;
    if (item.consumeInteger(10, value))
      continue;
    item = item.trim();
    item.consume_front("bytes ");
    if (item.starts_with("registers"))
      kernel.registers = value;
    else if (item.starts_with("barriers"))
      kernel.barriers = value;
    else if (item.starts_with("stack frame"))
      kernel.stackBytes = value;
    else if (item.starts_with("spill stores"))
      kernel.spillStoreBytes = value;
    else if (item.starts_with("spill loads"))
      kernel.spillLoadBytes = value;
    else if (item.starts_with("smem"))
      kernel.staticShared = value;
  }
}

namespace {

/// "ptxas FILE, line N; error   : text" or "ptxas info    : text".
struct Message {
  StringRef severity; // info, warning, error, fatal; empty if not a message
  StringRef place;    // "line N", or empty
  StringRef text;
};

} // namespace

static Message splitMessage(StringRef line) {
  if (!line.starts_with("ptxas"))
    return {{}, {}, line};
  auto [head, text] = line.split(" : ");
  StringRef place;
  if (head.contains(';')) {
    std::tie(place, head) = head.split(';');
    place = place.substr(place.rfind(", line ")).ltrim(", ");
  }
  StringRef severity = head.trim().rsplit(' ').second;
  if (severity.empty())
    severity = head.trim();
  return {severity, place, text.trim()};
}

static void readInfo(StringRef text, PtxasLog &log) {
  StringRef entry = quotedAfter(text, "Compiling entry function");
  if (!entry.empty()) {
    log.kernels.emplace_back().kernel = entry.str();
    return;
  }
  if (text.starts_with("Used ") && !log.kernels.empty())
    readFigures(text, log.kernels.back());
}

static void readMessage(const Message &message, PtxasLog &log) {
  StringRef text = message.text;
  if (message.severity == "error" || message.severity == "fatal") {
    log.errors.push_back(message.place.empty()
                             ? text.str()
                             : (message.place + ": " + text).str());
  } else if (text.starts_with("(C")) {
    auto [code, rest] = text.drop_front().split(')');
    log.advisories.push_back({code.str(), rest.trim().str()});
  } else if (message.severity == "warning") {
    log.advisories.push_back({"", text.str()});
  } else {
    readInfo(text, log);
  }
}

PtxasLog dlk::parsePtxasLog(StringRef text) {
  PtxasLog log;
  SmallVector<StringRef> lines;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    Message message = splitMessage(line);
    if (!message.severity.empty())
      readMessage(message, log);
    else if (line.contains("bytes stack frame") && !log.kernels.empty())
      readFigures(line, log.kernels.back());
  }
  return log;
}
