// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Typed access to the fields of a JSON document with errors that name a field
// by its path. The first error is kept and all that follows returns harmless
// values, so a reader is written straight through and checked once at its end.

#ifndef DLK_LIB_RUNTIME_JSONFIELDS_H
#define DLK_LIB_RUNTIME_JSONFIELDS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace dlk::runtime {

/// Keeps the first error.
class JsonErrors {
public:
  void report(const llvm::Twine &path, const llvm::Twine &message);
  bool any() const { return !first.empty(); }
  const std::string &text() const { return first; }

private:
  std::string first;
};

/// A value and its path. A null value stands for a field that is not there.
struct JsonValue {
  const llvm::json::Value *value = nullptr;
  std::string path;
  JsonErrors *errors = nullptr;

  explicit operator bool() const { return value; }
  /// Reports "<path>: <message>".
  void report(const llvm::Twine &message) const;
  /// Reports "<path>: expected <what>, got <the value>".
  void expected(const llvm::Twine &what) const;

  std::string getString() const;
  /// An integer of the range. A string stands for a size that is known only at
  /// the launch, which is refused by its own message.
  int64_t getInteger(int64_t least, int64_t most) const;
  /// Integers of the range, all or none.
  llvm::SmallVector<int64_t> getIntegers(int64_t least, int64_t most,
                                         size_t mostCount) const;
  /// Visits the elements of an array.
  void forEach(llvm::function_ref<void(const JsonValue &)> visit) const;
};

/// The fields of an object. Fields that nobody asked for are an error.
class JsonObject {
public:
  explicit JsonObject(const JsonValue &object);
  /// A field that must be there.
  JsonValue get(llvm::StringRef name);
  /// A field that may be left out.
  JsonValue find(llvm::StringRef name);
  /// Reports the fields that were never asked for.
  void finish();

private:
  JsonValue object;
  const llvm::json::Object *fields;
  llvm::SmallVector<std::string> known;
};

} // namespace dlk::runtime

#endif // DLK_LIB_RUNTIME_JSONFIELDS_H
