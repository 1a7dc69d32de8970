// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints docs/generated/Instructions.md from the executor's instruction table
// and its requirements, so that the page says what the decoder takes. A family
// or a builder without its words here is an error: no row can be left out.

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <string>

using llvm::StringRef;

namespace {
struct Row {
  StringRef mnemonic, kind, types, modifiers, builder;
};
struct Need {
  StringRef mnemonic, words;
  unsigned version;
  StringRef chip;
};
struct Text {
  StringRef key, text;
};
} // namespace

static const Row rows[] = {
#define PTX_INSTR(mnemonic, kind, operands, types, modifiers, builder)         \
  {mnemonic, kind, types, modifiers, #builder},
#include "Instructions.def"
#undef PTX_INSTR
};

static const Need needs[] = {
#define PTX_NEEDS(mnemonic, words, version, chip)                              \
  {mnemonic, words, version, chip},
#include "Requirements.def"
#undef PTX_NEEDS
};

static const Text families[] = {
    {"alu", "Arithmetic and bits"},
    {"special", "Approximations and divisions"},
    {"predicate", "Comparisons"},
    {"move", "Moves and addresses"},
    {"convert", "Conversions"},
    {"memory", "Memory"},
    {"atomic", "Atomics and reductions"},
    {"control", "Control"},
    {"warp", "Lanes of a warp"},
    {"barrier", "Barriers, mbarriers and fences"},
    {"async", "Asynchronous copies"},
    {"matrix", "Matrices"},
    {"tensor", "Tensor cores"},
};

/// What the executor does, by the function that makes the micro-ops.
static const Text meanings[] = {
    {"buildAlu", "lane by lane"},
    {"buildCarry", "lane by lane, with the carry flag"},
    {"buildCount", "lane by lane"},
    {"buildSetp", "lane by lane"},
    {"buildSet", "lane by lane"},
    {"buildSlct", "lane by lane"},
    {"buildTestp", "lane by lane"},
    {"buildMov", "packs and unpacks vectors; reads special registers; refuses "
                 "addresses of functions"},
    {"buildCvt", "lane by lane"},
    {"buildCvtPack", "lane by lane; refuses 4-bit and 2-bit results"},
    {"buildCvta", "spaces are ranges of generic addresses"},
    {"buildIsspacep", "by the range of the address; refuses `.const`"},
    {"buildMapa", "shared memory of another CTA of the cluster"},
    {"buildGetCtaRank", "by the range of the address"},
    {"buildLoad", "checked for bounds, alignment, races, first use; hints and "
                  "orders have no effect"},
    {"buildStore", "checked for bounds, alignment, races; hints and orders "
                   "have no effect"},
    {"buildAtom", "atomic for all CTAs of the grid, in any scope"},
    {"buildNothing", "no effect"},
    {"buildCreatePolicy", "a policy without effect"},
    {"buildFence", "no effect on values; the race and proxy checks count it"},
    {"buildBra", "lanes part and join again"},
    {"buildBrx", "lanes part and join again"},
    {"buildCall", "refuses indirect calls and recursion"},
    {"buildRet", "lane by lane"},
    {"buildExit", "lane by lane"},
    {"buildTrap", "ends the launch with a finding"},
    {"buildShfl", "waits for the member mask"},
    {"buildVote", "waits for the member mask"},
    {"buildMatch", "waits for the member mask"},
    {"buildRedux", "waits for the member mask"},
    {"buildActiveMask", "lanes that are at the same place"},
    {"buildElect", "waits for the member mask; elects the lowest lane"},
    {"buildWarpSync", "waits for the member mask"},
    {"buildBarrier", "counts warps; mismatched counts and deadlocks are "
                     "findings"},
    {"buildClusterBarrier", "waits for all threads of the cluster"},
    {"buildCpAsync", "lands at once, late or at random (`--async`)"},
    {"buildCpAsyncCommit", "ends a group of the thread"},
    {"buildCpAsyncWait", "lands the thread's groups"},
    {"buildLdmatrix", "waits for the warp; rows must be aligned"},
    {"buildStmatrix", "waits for the warp; rows must be aligned"},
    {"buildMovmatrix", "waits for the warp"},
    {"buildMma", "ideal or hardware sums (`--hardware-sums`); refuses shapes "
                 "that the types do not have"},
    {"buildWmmaMove", "waits for the warp; fragments as sm_80 and newer keep "
                      "them"},
    {"buildWmmaMultiply", "as `mma`"},
    {"buildMbarrier", "phases, arrivals and bytes are counted; misuse is a "
                      "finding"},
    {"buildBulkCopy", "lands at once, late or at random; refuses reductions "
                      "that the type does not have"},
    {"buildBulkTensor", "tiles and im2col boxes, with swizzles and fills; "
                        "lands at once, late or at random"},
    {"buildBulkPrefetch", "no effect"},
    {"buildBulkCommit", "ends a group of the thread"},
    {"buildBulkWait", "lands the thread's groups"},
    {"buildTensorMapReplace", "changes a field of the map in memory"},
    {"buildTensorMapCopy", "copies a map"},
    {"buildAsyncStore", "lands at once, late or at random"},
    {"buildSetMaxRegisters", "counted; registers are not limited"},
    {"buildVideo", "lane by lane; refuses masks and selections of lanes"},
    {"buildWgmma",
     "runs at the wait; operands and accumulators are checked until then"},
    {"buildWgmmaFence", "checked: accumulators need it"},
    {"buildWgmmaCommit", "ends a group of the warpgroup"},
    {"buildWgmmaWait", "finishes the warpgroup's groups"},
};

static StringRef textOf(llvm::ArrayRef<Text> list, StringRef key) {
  for (const Text &entry : list)
    if (entry.key == key)
      return entry.text;
  return "";
}

/// Words as code; "-" says that there may be none.
static std::string codeOf(StringRef words) {
  std::string out;
  while (!words.empty()) {
    auto [word, rest] = words.split(' ');
    if (!word.empty())
      out += word == "-" ? " none" : " `." + word.str() + "`";
    words = rest;
  }
  return out;
}

static std::string versionOf(unsigned version) {
  return std::to_string(version / 10) + "." + std::to_string(version % 10);
}

static bool concerns(const Need &need, StringRef mnemonic) {
  StringRef pattern = need.mnemonic;
  return pattern.consume_back("*") ? mnemonic.starts_with(pattern)
                                   : mnemonic == pattern;
}

/// Can "a" or "a*" be a word of the row's opcodes?
static bool knows(const Row &row, StringRef word) {
  bool prefix = word.consume_back("*");
  for (StringRef list : {row.types, row.modifiers})
    while (!list.empty()) {
      auto [known, rest] = list.split(' ');
      bool open = known.consume_back("*");
      if (known == word || (prefix && known.starts_with(word)) ||
          (open && word.starts_with(known)))
        return true;
      list = rest;
    }
  return false;
}

/// Can an opcode of the row meet all conditions? Entries may hold for all rows.
static bool possible(const Row &row, StringRef words) {
  while (!words.empty()) {
    auto [condition, rest] = words.split(' ');
    bool some = condition.starts_with("!");
    while (!some && !condition.empty()) {
      auto [word, others] = condition.split('|');
      some = knows(row, word.split('.').first);
      condition = others;
    }
    if (!some)
      return false;
    words = rest;
  }
  return true;
}

/// "a|b c !d" as " `.a` or `.b`, with `.c`, without `.d`", of the words that
/// the row knows.
static std::string conditionOf(const Row &row, StringRef words) {
  std::string out;
  while (!words.empty()) {
    auto [condition, rest] = words.split(' ');
    bool negated = condition.consume_front("!");
    std::string alternatives;
    while (!condition.empty()) {
      auto [word, others] = condition.split('|');
      if (knows(row, word.split('.').first))
        alternatives +=
            (alternatives.empty() ? " `." : " or `.") + word.str() + "`";
      condition = others;
    }
    if (!out.empty() && !alternatives.empty())
      out += negated ? ", without" : ", with";
    out += alternatives;
    words = rest;
  }
  return out;
}

/// 80 for "sm_80"; those for one chip or its kind come after it.
static unsigned rankOf(StringRef chip) {
  unsigned number = 0;
  chip.consume_front("sm_");
  chip.consumeInteger(10, number);
  return 2 * number + !chip.empty();
}

/// What all opcodes of the row need.
static Need baseOf(const Row &row) {
  Need base = {row.mnemonic, "", 65, "sm_75"};
  for (const Need &need : needs)
    if (concerns(need, row.mnemonic) && need.words.empty()) {
      base.version = std::max(base.version, need.version);
      if (rankOf(need.chip) > rankOf(base.chip))
        base.chip = need.chip;
    }
  return base;
}

static void printRow(const Row &row) {
  Need base = baseOf(row);
  std::string more;
  for (const Need &need : needs) {
    bool later = need.version > base.version;
    bool newer = rankOf(need.chip) > rankOf(base.chip);
    if (!concerns(need, row.mnemonic) || !possible(row, need.words) ||
        (!later && !newer))
      continue;
    more += more.empty() ? "" : "; ";
    more += later ? versionOf(need.version) : "";
    more += newer ? (later ? " " : "") + need.chip.str() : "";
    more += ":" + conditionOf(row, need.words);
  }
  llvm::outs() << "| `" << row.mnemonic << "` |" << codeOf(row.types) << " |"
               << codeOf(row.modifiers) << " | "
               << (base.version > 65 ? versionOf(base.version) : "") << " | "
               << (base.chip == "sm_75" ? "" : base.chip) << " | " << more
               << " | " << textOf(meanings, row.builder) << " |\n";
}

int main() {
  for (const Row &row : rows)
    if (textOf(families, row.kind).empty() ||
        textOf(meanings, row.builder).empty()) {
      llvm::errs() << "no words for " << row.mnemonic << " in " << __FILE__
                   << ": " << row.kind << ", " << row.builder << "\n";
      return 1;
    }
  llvm::outs()
      << "<!-- Made from lib/Executor/Instructions.def and Requirements.def; "
         "do "
         "not edit. -->\n# Instructions of the executor\n\n"
      << std::size(rows)
      << " rows. An opcode belongs to the row with the longest name that it "
         "begins with; each of its further words must be among the row's types "
         "or modifiers,\nelse it is unsupported and named with its line. `x*` "
         "stands for all words that begin with x. PTX and chip are the lowest "
         "`.version` and `.target` of a\nmodule that may have the instruction; "
         "none means that PTX 6.5 and sm_75 have it. `sm_90a` means this chip "
         "alone, `sm_90a+` also later ones with an `a`.\n";
  for (const Text &family : families) {
    llvm::outs() << "\n## " << family.text
                 << "\n\n| instruction | types | modifiers | PTX | chip | with "
                    "some words | executor |\n| --- | --- | --- | --- | --- | "
                    "--- | --- |\n";
    for (const Row &row : rows)
      if (row.kind == family.key)
        printRow(row);
  }
}
