// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints docs/generated/Instructions.md from the executor's instruction table,
// so that the page says what the decoder accepts, no more and no less.

#include <cstdio>
#include <cstring>

namespace {
struct Row {
  const char *mnemonic, *kind, *types, *modifiers;
};
} // namespace

static const Row rows[] = {
#define PTX_INSTR(mnemonic, kind, operands, types, modifiers, builder)         \
  {mnemonic, kind, types, modifiers},
#include "Instructions.def"
#undef PTX_INSTR
};

static const char *const kinds[][2] = {
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

/// Words as code; "-" says that there may be none.
static void printWords(const char *words) {
  std::printf(" |");
  while (*words) {
    size_t length = std::strcspn(words, " ");
    bool none = length == 1 && *words == '-';
    if (length && !none)
      std::printf(" `.%.*s`", int(length), words);
    else if (none)
      std::printf(" none");
    words += length + (words[length] == ' ');
  }
}

int main() {
  std::printf(
      "<!-- Made from lib/Executor/Instructions.def; do not edit. -->\n"
      "# Instructions of the executor\n\n"
      "%zu rows. An opcode is looked up by its longest row; each of its "
      "further words must be among the row's types or modifiers,\n"
      "else the instruction is unsupported and named with its line. "
      "`x*` stands for all words that begin with x.\n",
      sizeof rows / sizeof *rows);
  for (const auto &kind : kinds) {
    std::printf("\n## %s\n\n| instruction | types | modifiers |\n| --- | --- | "
                "--- |\n",
                kind[1]);
    for (const Row &row : rows) {
      if (std::strcmp(row.kind, kind[0]) != 0)
        continue;
      std::printf("| `%s`", row.mnemonic);
      printWords(row.types);
      printWords(row.modifiers);
      std::printf(" |\n");
    }
  }
}
