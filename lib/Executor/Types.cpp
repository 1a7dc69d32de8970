// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of PTX types, read by name and by enumerator.

#include "Types.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

namespace {
struct TypeRow {
  const char *name;
  unsigned bits;
  char kind;
};
constexpr TypeRow rows[] = {
#define X(name, bits, kind) {#name, bits, kind},
    DLK_PTX_TYPES(X)
#undef X
};
} // namespace

std::optional<Type> dlk::exec::parseType(llvm::StringRef name) {
  if (name.size() < 2 || name.size() > 7)
    return std::nullopt;
  return llvm::StringSwitch<std::optional<Type>>(name)
#define X(name, bits, kind) .Case(#name, Type::name)
      DLK_PTX_TYPES(X)
#undef X
          .Default(std::nullopt);
}

llvm::StringRef dlk::exec::typeName(Type type) {
  return rows[unsigned(type)].name;
}
unsigned dlk::exec::typeBits(Type type) { return rows[unsigned(type)].bits; }
char dlk::exec::typeKind(Type type) { return rows[unsigned(type)].kind; }
