// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The instruction table is well formed, and opcodes are sorted by it.

#include "InstructionTable.h"
#include "gtest/gtest.h"
#include <set>

using namespace dlk::exec;

namespace {

TEST(InstructionTable, RowsAreWellFormed) {
  std::set<llvm::StringRef> names;
  for (const InstructionRow &row : instructionTable()) {
    EXPECT_TRUE(names.insert(row.mnemonic).second) << row.mnemonic.str();
    EXPECT_NE(row.build, nullptr);
    EXPECT_FALSE(row.kind.empty());
    llvm::SmallVector<llvm::StringRef, 16> words;
    row.types.split(words, ' ', -1, false);
    for (llvm::StringRef word : words)
      EXPECT_TRUE(word == "-" || parseType(word))
          << row.mnemonic.str() << " " << word.str();
    words.clear();
    row.modifiers.split(words, ' ', -1, false);
    for (llvm::StringRef word : words) {
      std::string opcode = (row.mnemonic + "." + word.rtrim('*') +
                            (word.ends_with("*") ? "x" : ""))
                               .str();
      auto parsed = parseOpcode(opcode);
      if (!parsed) // only a missing type may be wrong with it
        EXPECT_EQ(llvm::toString(parsed.takeError()),
                  "instruction without a type: '" + opcode + "'");
    }
  }
  EXPECT_GT(names.size(), 100u);
}

TEST(InstructionTable, TheLongestMnemonicCounts) {
  auto opcode = parseOpcode("bar.warp.sync");
  ASSERT_TRUE(bool(opcode));
  EXPECT_EQ(opcode->row->mnemonic, "bar.warp.sync");
  opcode = parseOpcode("ld.global.nc.L1::no_allocate.L2::128B.v4.u32");
  ASSERT_TRUE(bool(opcode));
  EXPECT_EQ(opcode->row->mnemonic, "ld");
  EXPECT_EQ(opcode->types.size(), 1u);
  EXPECT_EQ(opcode->type(), Type::u32);
  EXPECT_TRUE(opcode->has("v4"));
  EXPECT_EQ(opcode->oneOf("global shared"), "global");
  EXPECT_EQ(opcode->kind(), "memory");
  opcode = parseOpcode("cvt.rn.f16x2.f32");
  ASSERT_TRUE(bool(opcode));
  EXPECT_EQ(opcode->type(0), Type::f16x2);
  EXPECT_EQ(opcode->type(1), Type::f32);
}

TEST(InstructionTable, UnknownWordsAreNamed) {
  for (auto [text, error] :
       {std::pair<const char *, const char *>{
            "add.s32.fast", "unsupported instruction: 'add.s32.fast' "
                            "(unknown modifier '.fast')"},
        {"tcgen05.alloc", "unsupported instruction: 'tcgen05.alloc'"},
        {"add.b32", "unsupported instruction: 'add.b32' (unknown modifier "
                    "'.b32')"}}) {
    auto opcode = parseOpcode(text);
    ASSERT_FALSE(bool(opcode));
    EXPECT_EQ(llvm::toString(opcode.takeError()), error);
  }
}

} // namespace
