// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mutations that keep most of a text PTX: words take one another's places or
// become extreme numbers, lines move, vanish, double, and wander from one text
// to another. A quarter of the time libFuzzer's own mutations of bytes are
// used.

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

using llvm::StringRef;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t most, unsigned seed);
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *first,
                                            size_t firstSize,
                                            const uint8_t *second,
                                            size_t secondSize, uint8_t *out,
                                            size_t most, unsigned seed);

namespace {

using Random = std::minstd_rand;

bool inWord(char c) { return llvm::isAlnum(c) || StringRef("_$%").contains(c); }

/// Words and, between them, everything else.
llvm::SmallVector<StringRef, 0> piecesOf(StringRef text) {
  llvm::SmallVector<StringRef, 0> pieces;
  while (!text.empty()) {
    size_t length = text.take_while(inWord).size();
    pieces.push_back(text.take_front(length ? length : 1));
    text = text.drop_front(pieces.back().size());
  }
  return pieces;
}

StringRef extreme(Random &random) {
  static constexpr const char *numbers[] = {"0",
                                            "1",
                                            "-1",
                                            "2147483647",
                                            "4294967295",
                                            "4294967296",
                                            "0x7fffffff",
                                            "0x80000000",
                                            "65536",
                                            "255",
                                            "256",
                                            "1048576",
                                            "-2147483648",
                                            "1073741824",
                                            "32",
                                            "16",
                                            "8",
                                            "64",
                                            "128",
                                            "0f7fc00000",
                                            "9223372036854775807",
                                            "18446744073709551615"};
  return numbers[random() % std::size(numbers)];
}

std::string changeWord(StringRef text, Random &random) {
  auto pieces = piecesOf(text);
  if (pieces.empty())
    return text.str();
  size_t at = random() % pieces.size();
  for (unsigned tries = 0; tries < 20 && !inWord(pieces[at][0]); ++tries)
    at = random() % pieces.size();
  bool number = llvm::isDigit(pieces[at][0]) && random() % 2;
  size_t other = random() % pieces.size();
  for (unsigned tries = 0; tries < 20 && !inWord(pieces[other][0]); ++tries)
    other = random() % pieces.size();
  pieces[at] = number ? extreme(random) : pieces[other];
  return llvm::join(pieces, "");
}

/// Deletes, doubles or moves a line of `text`, or adds one of `from`.
std::string changeLine(StringRef text, StringRef from, Random &random) {
  llvm::SmallVector<StringRef, 0> lines, others;
  text.split(lines, '\n');
  from.split(others, '\n');
  size_t at = random() % lines.size(), to = random() % lines.size();
  switch (random() % 4) {
  case 0:
    lines.erase(lines.begin() + at);
    break;
  case 1:
    lines.insert(lines.begin() + to, StringRef(lines[at]));
    break;
  case 2:
    std::swap(lines[at], lines[to]);
    break;
  default:
    lines.insert(lines.begin() + to, others[random() % others.size()]);
  }
  return llvm::join(lines, "\n");
}

size_t give(const std::string &text, uint8_t *data, size_t most) {
  size_t size = std::min(text.size(), most);
  std::memcpy(data, text.data(), size);
  return size;
}

} // namespace

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed) {
  Random random(seed);
  if (random() % 4 == 0)
    return LLVMFuzzerMutate(data, size, most);
  std::string text(reinterpret_cast<const char *>(data), size);
  for (unsigned count = 1 + random() % 3; count; --count)
    text = random() % 3 ? changeWord(text, random)
                        : changeLine(text, text, random);
  return give(text, data, most);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t firstSize,
                                 const uint8_t *second, size_t secondSize,
                                 uint8_t *out, size_t most, unsigned seed) {
  Random random(seed);
  StringRef from(reinterpret_cast<const char *>(second), secondSize);
  std::string text(reinterpret_cast<const char *>(first), firstSize);
  for (unsigned count = 1 + random() % 4; count; --count)
    text = changeLine(text, from, random);
  return give(text, out, most);
}
