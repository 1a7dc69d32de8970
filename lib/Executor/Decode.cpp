// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The decoder's frame: shared memory layout, declarations of scopes, one pass
// over the instructions of the kernel and of the functions it calls, and the
// final resolution of labels, slots and constants.

#include "Decoder.h"
#include "Requirements.h"
#include "Slots.h"
#include "WgmmaRegisters.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace dlk::exec;

/// More shared memory than any GPU has is refused while decoding.
static constexpr uint64_t MaxSharedBytes = 1 << 20;
/// Local memory per thread, as CUDA limits it.
static constexpr uint64_t MaxLocalBytes = 512 << 10;

RegisterClass dlk::exec::registerClass(Type type) {
  if (type == Type::pred)
    return RegisterClass::Predicate;
  return typeBits(type) <= 32 ? RegisterClass::Word : RegisterClass::Double;
}

Decoder::Decoder(const ParsedModule &module, llvm::StringRef moduleName,
                 const Function &kernel)
    : module(module), moduleName(moduleName), kernel(kernel),
      code(std::make_unique<Code>()) {}

llvm::Error Decoder::error(const llvm::Twine &message) const {
  uint32_t line = instruction ? instruction->line : kernel.line;
  return llvm::createStringError(moduleName + ":" + llvm::Twine(line) + ": " +
                                 message);
}

const Function *Decoder::findFunction(llvm::StringRef name) const {
  const Function *found = nullptr;
  for (const Function &function : module.functions)
    if (!function.isEntry && function.name == name)
      if (!found || function.hasBody)
        found = &function;
  return found;
}

uint32_t Decoder::allocateLocal(uint64_t bytes, uint64_t align) {
  uint64_t offset = llvm::alignTo(code->localBytes, align);
  code->localBytes = uint32_t(offset + bytes);
  return uint32_t(offset);
}

/// Every name that an instruction of `function` mentions.
static void collectNames(const Function &function,
                         llvm::StringMap<bool> &names) {
  auto visit = [&](auto &&self, const Operand &operand) -> void {
    if (!operand.name.empty() && operand.name.front() != '%')
      names[operand.name] = true;
    for (const Operand &element : operand.elements)
      self(self, element);
  };
  for (const Instruction &instruction : function.body)
    for (const Operand &operand : instruction.operands)
      visit(visit, operand);
}

/// Places the static shared variables that the kernel can reach, in the order
/// of their declaration, and dynamic shared memory after them.
llvm::Error Decoder::layoutShared() {
  llvm::StringMap<bool> names;
  collectNames(kernel, names);
  for (size_t before = 0; before != names.size();) {
    before = names.size();
    for (const Function &function : module.functions)
      if (!function.isEntry && names.count(function.name))
        collectNames(function, names);
  }
  uint64_t end = SharedBase, dynamicAlign = 16;
  for (uint32_t i = 0; i < module.variables.size(); ++i) {
    const Variable &variable = module.variables[i];
    Symbol symbol;
    symbol.bytes = uint32_t(variable.bytes);
    if (variable.space != "shared") {
      symbol.space = Space::Global;
      symbol.variable = int32_t(i);
      moduleSymbols[variable.name] = symbol;
      continue;
    }
    if (!names.count(variable.name))
      continue;
    symbol.space = Space::Shared;
    if (variable.external || variable.bytes == 0) {
      symbol.variable = -2; // dynamic: patched below
      dynamicAlign = std::max(dynamicAlign, variable.align);
    } else {
      symbol.offset = llvm::alignTo(end, variable.align);
      end = symbol.offset + variable.bytes;
    }
    if (end > MaxSharedBytes)
      return error("too much static shared memory");
    moduleSymbols[variable.name] = symbol;
  }
  for (const Function &function : module.functions) {
    if (&function != &kernel &&
        (function.isEntry || !names.count(function.name)))
      continue;
    for (const Scope &scope : function.scopes)
      for (const Variable &variable : scope.variables)
        if (variable.space == "shared") {
          Symbol symbol;
          symbol.space = Space::Shared;
          symbol.bytes = uint32_t(variable.bytes);
          symbol.offset = llvm::alignTo(end, variable.align);
          end = symbol.offset + variable.bytes;
          if (end > MaxSharedBytes)
            return error("too much static shared memory");
          localShared[&variable] = symbol;
        }
  }
  code->staticShared = uint32_t(end - SharedBase);
  code->dynamicSharedOffset = uint32_t(llvm::alignTo(end, dynamicAlign));
  for (auto &entry : moduleSymbols)
    if (entry.second.variable == -2) {
      entry.second.variable = -1;
      entry.second.offset = code->dynamicSharedOffset;
    }
  return llvm::Error::success();
}

llvm::Error Decoder::declareVariable(FunctionState &state, unsigned scope,
                                     const Variable &variable) {
  Symbol symbol;
  symbol.bytes = uint32_t(variable.bytes);
  if (variable.space == "shared") {
    symbol = localShared[&variable];
  } else if (variable.space == "local" || variable.space == "param") {
    if (code->localBytes + variable.bytes > MaxLocalBytes)
      return error("too much local memory");
    symbol.space = Space::Local;
    symbol.offset = LocalBase + allocateLocal(variable.bytes, variable.align);
  } else {
    return error("unsupported variable in a function body: '" + variable.name +
                 "'");
  }
  if (!state.symbols[scope].try_emplace(variable.name, symbol).second)
    return error("variable is declared twice: '" + variable.name + "'");
  return llvm::Error::success();
}

/// A kernel's parameters lie in parameter space, a function's in local memory.
void Decoder::declareParams(FunctionState &state) {
  auto declare = [&](const std::vector<Variable> &list,
                     std::vector<Symbol> &out) {
    for (const Variable &param : list) {
      Symbol symbol;
      symbol.bytes = uint32_t(param.bytes);
      if (state.ast->isEntry) {
        symbol.space = Space::Param;
        symbol.offset = llvm::alignTo(code->paramBytes, param.align);
        code->paramBytes = uint32_t(symbol.offset + param.bytes);
      } else {
        symbol.space = Space::Local;
        symbol.offset = LocalBase + allocateLocal(param.bytes, param.align);
      }
      out.push_back(symbol);
      state.symbols[0][param.name] = symbol;
    }
  };
  declare(state.ast->params, state.params);
  declare(state.ast->returns, state.returns);
}

llvm::Error Decoder::declareScopes(FunctionState &state) {
  const Function &ast = *state.ast;
  state.registerCache.resize(ast.scopes.size());
  state.symbols.resize(ast.scopes.size());
  declareParams(state);
  for (unsigned scope = 0; scope < ast.scopes.size(); ++scope)
    for (const Variable &variable : ast.scopes[scope].variables)
      if (llvm::Error failed = declareVariable(state, scope, variable))
        return failed;
  return llvm::Error::success();
}

FunctionState *Decoder::called(const Function &function) {
  for (auto &state : functions)
    if (state->ast == &function)
      return state.get();
  auto state = std::make_unique<FunctionState>();
  state->ast = &function;
  state->returnPc = newRegister(Type::b32, true);
  state->number = uint32_t(functions.size());
  functions.push_back(std::move(state));
  if (llvm::Error failed = declareScopes(*functions.back())) {
    llvm::consumeError(std::move(failed));
    return nullptr;
  }
  return functions.back().get();
}

llvm::Expected<const Opcode *> Decoder::opcodeOf(llvm::StringRef text) {
  if (auto it = opcodes.find(text); it != opcodes.end())
    return &it->second;
  llvm::Expected<Opcode> opcode = parseOpcode(text);
  if (!opcode)
    return opcode.takeError();
  std::string unmet = unmetNeed(*opcode, {module.version, module.target});
  if (!unmet.empty())
    return llvm::createStringError(unmet);
  return &opcodes.try_emplace(text, std::move(*opcode)).first->second;
}

llvm::Error Decoder::decodeInstruction(const Instruction &next) {
  instruction = &next;
  guard = NoSlot;
  llvm::Expected<const Opcode *> opcode = opcodeOf(next.opcode);
  if (!opcode)
    return error(llvm::toString(opcode.takeError()));
  Origin origin;
  origin.line = next.line;
  origin.loc = next.loc;
  origin.text = next.opcode;
  origin.kind = (*opcode)->kind();
  code->origins.push_back(origin);
  if (!next.guard.empty()) {
    llvm::Expected<Ref> ref = lookupRegister(next.guard);
    if (!ref)
      return ref.takeError();
    if (*ref == NoSlot || classOf(*ref) != RegisterClass::Predicate)
      return error("guard is no predicate: '" + next.guard + "'");
    guard = *ref;
  }
  return (*opcode)->row->build(*this, next, **opcode);
}

llvm::Error Decoder::decodeFunction(FunctionState &state) {
  current = &state;
  state.firstOp = uint32_t(code->ops.size());
  for (const Instruction &next : state.ast->body) {
    state.opOfInstruction.push_back(uint32_t(code->ops.size()));
    if (llvm::Error failed = decodeInstruction(next)) {
      std::string text = llvm::toString(std::move(failed));
      if (!llvm::StringRef(text).contains(": unsupported instruction"))
        return llvm::createStringError(text);
      code->unsupported.push_back(text);
    }
  }
  state.opOfInstruction.push_back(uint32_t(code->ops.size()));
  // A body may end without ret.
  Instruction end;
  end.line =
      state.ast->body.empty() ? state.ast->line : state.ast->body.back().line;
  end.opcode = "ret";
  llvm::Error failed = decodeInstruction(end);
  instruction = nullptr;
  return failed;
}

llvm::Expected<std::unique_ptr<Code>> Decoder::run() {
  if (llvm::Error failed = layoutShared())
    return std::move(failed);
  functions.push_back(std::make_unique<FunctionState>());
  functions.back()->ast = &kernel;
  if (llvm::Error failed = declareScopes(*functions.back()))
    return std::move(failed);
  for (size_t i = 0; i < functions.size(); ++i) // grows by calls
    if (llvm::Error failed = decodeFunction(*functions[i]))
      return std::move(failed);
  if (code->localBytes > MaxLocalBytes)
    return error("too much local memory");
  assignSlots(*this);
  findWgmmaRegisters(*code);
  return std::move(code);
}
