// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the counters of each PTX instruction to the statistics of a launch.

#include "Code.h"
#include "Grid.h"
#include "llvm/ADT/StringExtras.h"

using namespace dlk::exec;

/// Shape and types of a tensor instruction: "m16n8k16.f32.f16.f16.f32".
static std::string tensorName(llvm::StringRef opcode) {
  std::string name;
  llvm::SmallVector<llvm::StringRef, 12> words;
  opcode.split(words, '.');
  for (llvm::StringRef word : llvm::drop_begin(words)) {
    bool shape = word.size() > 3 && word[0] == 'm' && llvm::isDigit(word[1]);
    if (!shape && !parseType(word))
      continue;
    if (!name.empty())
      name += ".";
    name += word;
  }
  return name;
}

/// The statistics of a PTX instruction go to its line and its class.
Stats dlk::exec::gatherStats(const Launch &launch,
                             const std::vector<Counters> &counters) {
  Stats stats;
  stats.ctas = launch.config->grid.count();
  stats.warps = stats.ctas * ((launch.config->block.count() + 31) / 32);
  for (size_t i = 0; i < counters.size(); ++i) {
    const Origin &origin = launch.code->origins[i];
    if (!counters[i].warpInstructions)
      continue;
    LineStats &line = stats.lines[origin.line];
    if (line.opcode.empty()) { // of several on a line the first names it
      line.opcode = origin.text.str();
      line.kind = origin.kind.str();
    }
    line.counters += counters[i];
    stats.classes[origin.kind.str()] += counters[i];
    stats.total += counters[i];
    if (origin.kind == "tensor")
      stats.tensor[tensorName(origin.text)] += counters[i].warpInstructions;
  }
  return stats;
}
