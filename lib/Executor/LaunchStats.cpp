// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the counters of each PTX instruction to the statistics of a launch.

#include "Code.h"
#include "Grid.h"
#include "Interpreter.h"
#include "llvm/ADT/StringExtras.h"

using namespace dlk::exec;
using llvm::StringRef;

/// Shape and types of a tensor instruction: "m16n8k16.f32.f16.f16.f32"; of all
/// but mma.sync with the instruction's first word.
static std::string tensorName(StringRef opcode) {
  std::string name;
  llvm::SmallVector<StringRef, 12> words;
  opcode.split(words, '.');
  if (words[0] != "mma")
    name = words[0].str();
  for (StringRef word : llvm::drop_begin(words)) {
    bool shape = word.size() > 3 && word[0] == 'm' && llvm::isDigit(word[1]);
    if (!shape && !parseType(word) && word != "sp")
      continue;
    if (!name.empty())
      name += ".";
    name += word;
  }
  return name;
}

/// What an instruction copies, from where to where.
static std::string copyName(StringRef opcode) {
  if (!opcode.contains("bulk"))
    return opcode.take_front(opcode.find('.', opcode.find('.') + 1)).str();
  StringRef what = opcode.contains(".tensor") ? "tensor" : "bulk";
  StringRef way = opcode.starts_with("cp.reduce")     ? " reduce"
                  : opcode.contains(".global.shared") ? " store"
                  : opcode.contains(".global")        ? " load"
                                                      : " shared";
  return (what + way).str();
}

static void addInstruction(Stats &stats, const Launch &launch,
                           const Origin &origin, const Counters &counters) {
  LineStats &line = stats.lines[origin.line];
  if (line.opcode.empty()) { // of several on a line the first names it
    line.opcode = origin.text.str();
    line.kind = origin.kind.str();
    line.source = sourceText(launch, origin);
  }
  line.counters += counters;
  stats.classes[origin.kind.str()] += counters;
  stats.total += counters;
  if (counters.asyncBytes)
    stats.copies[copyName(origin.text)] += counters.asyncBytes;
  // The four warps of a warpgroup execute one wgmma together.
  if (origin.kind == "tensor")
    stats.tensor[tensorName(origin.text)] +=
        counters.warpInstructions / (origin.text.starts_with("wgmma") ? 4 : 1);
}

Stats dlk::exec::gatherStats(const Launch &launch, const Tally &tally) {
  Stats stats;
  stats.ctas = launch.config->grid.count();
  stats.warps = stats.ctas * ((launch.config->block.count() + 31) / 32);
  for (size_t i = 0; i < tally.counters.size(); ++i)
    if (tally.counters[i].warpInstructions)
      addInstruction(stats, launch, launch.code->origins[i], tally.counters[i]);
  stats.globalRead = tally.footprint.readBytes();
  stats.globalWritten = tally.footprint.writtenBytes();
  return stats;
}
