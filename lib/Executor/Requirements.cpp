// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compares an opcode's entries of Requirements.def with a module's .version and
// .target, so that a module for one chip has no instructions of another.

#include "Requirements.h"
#include "InstructionTable.h"
#include "llvm/ADT/Twine.h"

using namespace dlk::exec;

static constexpr Requirement entries[] = {
#define PTX_NEEDS(mnemonic, words, version, chip)                              \
  {mnemonic, words, version, chip},
#include "Requirements.def"
#undef PTX_NEEDS
};

llvm::ArrayRef<Requirement> dlk::exec::requirements() { return entries; }

bool dlk::exec::concerns(const Requirement &requirement,
                         llvm::StringRef mnemonic) {
  llvm::StringRef pattern = requirement.mnemonic;
  return pattern.consume_back("*") ? mnemonic.starts_with(pattern)
                                   : mnemonic == pattern;
}

/// Is `word` ("f16", "f32.bf16", "L2::*") among the dotted words of `rest`?
static bool hasWord(llvm::StringRef rest, llvm::StringRef word) {
  bool prefix = word.consume_back("*");
  for (size_t at = rest.find(word); at != llvm::StringRef::npos;
       at = rest.find(word, at + 1)) {
    llvm::StringRef after = rest.drop_front(at + word.size());
    if (at && rest[at - 1] == '.' &&
        (prefix || after.empty() || after.front() == '.'))
      return true;
  }
  return false;
}

/// Do all of the blank-separated conditions hold? `rest` begins with a dot.
static bool holds(llvm::StringRef conditions, llvm::StringRef rest) {
  while (!conditions.empty()) {
    auto [condition, others] = conditions.split(' ');
    bool negated = condition.consume_front("!");
    bool found = false;
    while (!condition.empty()) {
      auto [word, alternatives] = condition.split('|');
      found = found || hasWord(rest, word);
      condition = alternatives;
    }
    if (found == negated)
      return false;
    conditions = others;
  }
  return true;
}

namespace {
struct Chip {
  unsigned number = 0;
  bool specific = false; ///< "a" or "f" after the number.
};
} // namespace

static bool parseChip(llvm::StringRef text, Chip &chip) {
  if (!text.consume_front("sm_") || text.consumeInteger(10, chip.number))
    return false;
  chip.specific = text == "a" || text == "f";
  return chip.specific || text.empty();
}

static bool chipSuffices(llvm::StringRef needed, llvm::StringRef target) {
  Chip module, need;
  if (!parseChip(target, module))
    return true;
  bool later = needed.consume_back("+");
  if (!parseChip(needed, need))
    return false;
  if (!need.specific)
    return module.number >= need.number;
  return module.specific &&
         (later ? module.number >= need.number : module.number == need.number);
}

static bool versionSuffices(unsigned needed, llvm::StringRef version) {
  unsigned major = 0, minor = 0;
  if (version.consumeInteger(10, major) || !version.consume_front(".") ||
      version.consumeInteger(10, minor))
    return true;
  return major * 10 + minor >= needed;
}

bool dlk::exec::applies(const Requirement &requirement, const Opcode &opcode) {
  llvm::StringRef mnemonic = opcode.row->mnemonic;
  return concerns(requirement, mnemonic) &&
         holds(requirement.words, opcode.text.drop_front(mnemonic.size()));
}

std::string dlk::exec::unmetNeed(const Opcode &opcode,
                                 const ModuleLevel &level) {
  llvm::StringRef mnemonic = opcode.row->mnemonic;
  std::string versionNeed;
  for (const Requirement &entry : entries) {
    if (!applies(entry, opcode))
      continue;
    std::string name =
        "'" + (entry.words.empty() ? mnemonic : opcode.text).str() + "' needs ";
    if (!chipSuffices(entry.chip, level.target))
      return (llvm::Twine(name) + entry.chip.rtrim('+') +
              "; the module is for " + level.target)
          .str();
    if (versionNeed.empty() && !versionSuffices(entry.version, level.version))
      versionNeed =
          (llvm::Twine(name) + "PTX " + llvm::Twine(entry.version / 10) + "." +
           llvm::Twine(entry.version % 10) + "; the module is PTX " +
           level.version)
              .str();
  }
  return versionNeed;
}
