// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chooses the handler of a lane-wise operation for the host's processor.

#include "Alu.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

uint64_t dlk::exec::aluFlag(llvm::StringRef modifier) {
  return llvm::StringSwitch<uint64_t>(modifier)
#define X(name, bit) .Case(#name, flag::name)
      DLK_ALU_FLAGS(X)
#undef X
          .Default(0);
}

namespace {
enum class Level { Baseline, V3, V4 };

Level hostLevel() {
#if defined(__x86_64__) && defined(__clang__)
  static const Level level = [] {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
      return Level::V4;
    return __builtin_cpu_supports("x86-64-v3") ? Level::V3 : Level::Baseline;
  }();
  return level;
#else
  return Level::Baseline;
#endif
}

using Finder = Handler (*)(const AluKey &);
} // namespace

#define DLK_ALU_GROUP(group) {baseline::group, v3::group, v4::group}

Handler dlk::exec::findAlu(const AluKey &key) {
  static constexpr Finder groups[][3] = {
      DLK_ALU_GROUP(findConvert), DLK_ALU_GROUP(findInteger),
      DLK_ALU_GROUP(findBits),    DLK_ALU_GROUP(findSelect),
      DLK_ALU_GROUP(findFloat),   DLK_ALU_GROUP(findHalf)};
  for (const auto &group : groups)
    if (Handler handler = group[unsigned(hostLevel())](key))
      return handler;
  return findSlow(key);
}
