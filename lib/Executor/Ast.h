// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PTX as text says it, before any meaning: declarations, scopes, instructions
// with operands. Strings are views of the module's text.

#ifndef DLK_LIB_EXECUTOR_AST_H
#define DLK_LIB_EXECUTOR_AST_H

#include "Types.h"
#include "dlk/Executor/Executor.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace dlk::exec {

struct Operand {
  enum Kind : uint8_t {
    Name,    ///< `name`, perhaps `name|second`, `!name`, `name+offset`.
    Integer, ///< `bits`.
    Float32, ///< `bits`: the f32 pattern.
    Float64, ///< `bits`: the f64 pattern.
    Vector,  ///< `elements`.
    Address, ///< `[name+offset]`, `[name, {elements}]` or `[offset]`.
    List,    ///< `(elements)` of a call.
    Sink,    ///< `_`.
  };
  Kind kind = Name;
  bool negated = false;
  llvm::StringRef name, second;
  uint64_t bits = 0;
  int64_t offset = 0;
  std::vector<Operand> elements;
};

/// A .loc: file number, line, column. File 0 means none.
struct SourceLoc {
  uint32_t file = 0, line = 0, column = 0;
  /// Where the function that this is in was inlined; file 0 if it was not.
  uint32_t callFile = 0, callLine = 0, callColumn = 0;
};

struct Instruction {
  uint32_t line = 0;
  uint32_t scope = 0;
  SourceLoc loc;
  llvm::StringRef guard; ///< Empty: none.
  bool guardNegated = false;
  llvm::StringRef opcode; ///< With modifiers: "ld.global.f32".
  llvm::SmallVector<Operand, 4> operands;
};

/// A symbol's address inside an initialiser.
struct InitReloc {
  uint64_t offset = 0;
  llvm::StringRef symbol;
  int64_t addend = 0;
};

/// A variable in .global, .const, .shared, .local or .param space.
struct Variable {
  llvm::StringRef name, space;
  uint32_t line = 0;
  uint64_t bytes = 0; ///< 0 for an array of open size.
  uint64_t align = 1;
  bool external = false;
  std::vector<uint8_t> init;
  std::vector<InitReloc> relocs;
};

/// `.reg .b32 %r<8>` (range) or `.reg .pred p`.
struct RegisterDecl {
  Type type = Type::b32;
  bool range = false;
  uint64_t count = 1;
};

/// A `{ }` block: names declared in it, and the block around it. Scope 0 is the
/// function's body.
struct Scope {
  int32_t parent = -1;
  llvm::StringMap<RegisterDecl> registers;
  llvm::StringMap<uint32_t> labels; ///< Index of the next instruction.
  llvm::StringMap<std::vector<llvm::StringRef>> branchTargets;
  std::vector<Variable> variables;
};

struct Function {
  llvm::StringRef name;
  uint32_t line = 0;
  bool isEntry = false;
  bool hasBody = false;
  std::vector<Variable> params, returns;
  std::vector<Scope> scopes;
  std::vector<Instruction> body;
  std::optional<Dim3> maxThreads, requiredThreads, requiredCluster;
};

struct ParsedModule {
  llvm::StringRef version, target;
  std::vector<Function> functions;
  std::vector<Variable> variables;
  std::vector<std::pair<uint32_t, std::string>> files;
};

/// Parses a whole module; one located error ("name:line: message") for bad
/// text.
llvm::Expected<ParsedModule> parsePtx(llvm::StringRef text,
                                      llvm::StringRef name);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_AST_H
