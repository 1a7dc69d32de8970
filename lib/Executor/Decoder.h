// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns a kernel's AST into Code. Builders (one per group of instructions, see
// Builders.h) ask the decoder for operands and emit micro-ops; the decoder then
// lays registers out in slots (Slots.cpp).
//
// While decoding, the operands of an Op are references, not slots yet: a
// virtual register is its number, a constant is -1 - its number.

#ifndef DLK_LIB_EXECUTOR_DECODER_H
#define DLK_LIB_EXECUTOR_DECODER_H

#include "Alu.h"
#include "Code.h"
#include "Cta.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <tuple>

namespace dlk::exec {

using Ref = Slot;

/// Local memory starts here in its space.
constexpr uint32_t LocalBase = 1024;

/// How wide a register's lanes are.
enum class RegisterClass : uint8_t { Predicate, Word, Double };
RegisterClass registerClass(Type type);

struct VirtualRegister {
  RegisterClass kind = RegisterClass::Word;
  Type type = Type::b32;
  bool pinned = false; ///< Holds a value from start to end.
};

/// What liveness needs to know of a micro-op besides its operands.
struct OpNotes {
  uint8_t defs = 0;       ///< Bit k: a[k] is written.
  uint8_t inOut = 0;      ///< Bit k: a[k] is read and written.
  uint16_t moreDefs = 0;  ///< more[0..moreDefs) are written,
  bool moreInOut = false; ///< and read as well.
  enum Flow : uint8_t { Fall, Branch, Table, End, Call } flow = Fall;
  /// Branch, Call: instruction index of the target in the function; Table:
  /// index into tables.
  uint32_t target = 0;
};

/// A symbol's place.
struct Symbol {
  Space space = Space::Global;
  uint64_t offset = 0;   ///< In its space.
  int32_t variable = -1; ///< Global and const: index of the module variable.
  uint32_t bytes = 0;
};

struct FunctionState {
  const Function *ast = nullptr;
  std::vector<llvm::StringMap<Ref>> registerCache; ///< Per scope.
  std::vector<llvm::StringMap<Symbol>> symbols;    ///< Per scope.
  std::vector<Symbol> params, returns;
  Ref returnPc = NoSlot; ///< Set for called functions.
  Ref carry = NoSlot;    ///< CC.CF
  uint32_t number = 0;   ///< In the order of decoding.
  std::vector<const FunctionState *> callees;
  uint32_t firstOp = 0;
  std::vector<uint32_t> opOfInstruction;
};

class Decoder {
public:
  Decoder(const ParsedModule &module, llvm::StringRef moduleName,
          const Function &kernel);
  /// Bad operands are an error; unknown instructions go to Code::unsupported.
  llvm::Expected<std::unique_ptr<Code>> run();

  // What builders use. Errors are located at the current instruction.
  llvm::Error error(const llvm::Twine &message) const;
  /// A value of `type`. With `wider`, a register with wider lanes is truncated.
  llvm::Expected<Ref> source(const Operand &operand, Type type,
                             bool wider = false);
  llvm::Expected<Ref> dest(const Operand &operand, Type type);
  /// A register of any class, for instructions that allow wider destinations.
  llvm::Expected<Ref> anyDest(const Operand &operand);
  /// `[...]`: the base goes to `base` (any width, see isWide), the displacement
  /// to `displacement`; `symbol` is set if the base is one.
  llvm::Error address(const Operand &operand, Ref &base, int32_t &displacement,
                      const Symbol **symbol = nullptr);
  llvm::Expected<uint64_t> immediate(const Operand &operand);
  llvm::Expected<uint32_t> label(const Operand &operand);
  llvm::Expected<std::vector<uint32_t>> branchTable(const Operand &operand);
  const Symbol *findSymbol(llvm::StringRef name);
  const Function *findFunction(llvm::StringRef name) const;
  /// The state of a called function; queues it for decoding.
  FunctionState *called(const Function &function);

  Ref constant(uint64_t value, RegisterClass kind);
  Ref temporary(Type type);
  Ref carryFlag();
  /// The register keeps its slot: something writes it behind the back of the
  /// instructions that name it.
  void pin(Ref ref) {
    if (ref >= 0)
      registers[ref].pinned = true;
  }
  bool isWide(Ref ref) const { return classOf(ref) == RegisterClass::Double; }
  RegisterClass classOf(Ref ref) const;

  /// Appends a micro-op with the current instruction's guard and origin.
  OpNotes &emit(Op op, uint8_t defs = 0);
  /// Emits a lane-wise operation; an error if nothing computes it.
  llvm::Error emitAlu(const AluKey &key, llvm::ArrayRef<Ref> operands,
                      int32_t imm = 0, uint8_t defs = 1);
  const Slot *store(llvm::ArrayRef<Ref> refs);
  template <class T> const T *spec(const T &value) {
    return new (code->storage.Allocate<T>()) T(value);
  }
  uint32_t addTable(std::vector<uint32_t> targets) {
    tables.push_back(std::move(targets));
    return uint32_t(tables.size() - 1);
  }

  Code &result() { return *code; }
  FunctionState &function() { return *current; }
  uint32_t allocateLocal(uint64_t bytes, uint64_t align);

private:
  friend void assignSlots(Decoder &decoder);
  friend class SlotAssigner;

  llvm::Error layoutShared();
  llvm::Error declareScopes(FunctionState &state);
  llvm::Error declareVariable(FunctionState &state, unsigned scope,
                              const Variable &variable);
  void declareParams(FunctionState &state);
  llvm::Error decodeFunction(FunctionState &state);
  llvm::Error decodeInstruction(const Instruction &instruction);
  llvm::Expected<const Opcode *> opcodeOf(llvm::StringRef text);
  llvm::Expected<Ref> lookupRegister(llvm::StringRef name);
  llvm::Expected<Ref> nameSource(const Operand &operand, Type type, bool wider);
  Ref specialRegister(llvm::StringRef name, Type type);
  Ref symbolConstant(const Symbol &symbol, int64_t offset, RegisterClass kind);
  Ref newRegister(Type type, bool pinned = false);
  Ref truncated(Ref ref, Type type);

  const ParsedModule &module;
  llvm::StringRef moduleName;
  const Function &kernel;
  std::unique_ptr<Code> code;
  std::vector<OpNotes> notes;
  std::vector<std::vector<uint32_t>> tables;
  std::vector<VirtualRegister> registers;
  struct ConstantEntry {
    uint64_t value;
    RegisterClass kind;
    int32_t variable;
  };
  Ref intern(const ConstantEntry &entry);
  std::vector<ConstantEntry> constants;
  std::map<std::tuple<uint64_t, RegisterClass, int32_t>, Ref> constantIndex;
  std::map<Special, Ref> specials;
  llvm::StringMap<Symbol> moduleSymbols;
  llvm::StringMap<Opcode> opcodes;
  std::vector<std::unique_ptr<FunctionState>> functions;
  FunctionState *current = nullptr;
  const Instruction *instruction = nullptr;
  Ref guard = NoSlot;
  llvm::DenseMap<const Variable *, Symbol> localShared;
};

/// The error of an instruction with too many or too few operands.
inline llvm::Error wrongCount(Decoder &d, const Instruction &instruction) {
  return d.error("wrong number of operands of '" + instruction.opcode + "'");
}

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_DECODER_H
