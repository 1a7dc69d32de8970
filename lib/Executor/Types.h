// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PTX's type names and what the decoder asks of them: width and kind.

#ifndef DLK_LIB_EXECUTOR_TYPES_H
#define DLK_LIB_EXECUTOR_TYPES_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace dlk::exec {

// Name, bits, kind letter: u unsigned, s signed, b untyped, f float, h packed
// or narrow float, p predicate.
// clang-format off
#define DLK_PTX_TYPES(X) \
  X(u8, 8, 'u') X(u16, 16, 'u') X(u32, 32, 'u') X(u64, 64, 'u') \
  X(s8, 8, 's') X(s16, 16, 's') X(s32, 32, 's') X(s64, 64, 's') \
  X(b8, 8, 'b') X(b16, 16, 'b') X(b32, 32, 'b') X(b64, 64, 'b') \
  X(b128, 128, 'b') X(f16, 16, 'h') X(bf16, 16, 'h') X(f16x2, 32, 'h') \
  X(bf16x2, 32, 'h') X(f32, 32, 'f') X(f64, 64, 'f') X(tf32, 32, 'h') \
  X(e4m3, 8, 'h') X(e5m2, 8, 'h') X(e4m3x2, 16, 'h') X(e5m2x2, 16, 'h') \
  X(e2m1x2, 8, 'h') X(e2m3x2, 16, 'h') X(e3m2x2, 16, 'h') \
  X(ue8m0x2, 16, 'h') X(u16x2, 32, 'u') X(s16x2, 32, 's') X(s4, 4, 's') \
  X(u4, 4, 'u') X(b1, 1, 'b') X(f32x2, 64, 'f') X(pred, 1, 'p')
// clang-format on

enum class Type : uint8_t {
#define X(name, bits, kind) name,
  DLK_PTX_TYPES(X)
#undef X
};

/// The type that `.name` names (without the dot).
std::optional<Type> parseType(llvm::StringRef name);
llvm::StringRef typeName(Type type);
unsigned typeBits(Type type);
/// The kind letter of the table above.
char typeKind(Type type);

inline unsigned typeBytes(Type type) { return (typeBits(type) + 7) / 8; }
inline bool isSigned(Type type) { return typeKind(type) == 's'; }

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_TYPES_H
