// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operands to references: registers by scope, special registers, immediates,
// symbols, addresses and labels.

#include "Builders.h"
#include "Decoder.h"
#include "Handlers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

Ref Decoder::newRegister(Type type, bool pinned) {
  VirtualRegister reg;
  reg.kind = registerClass(type);
  reg.type = type;
  reg.pinned = pinned;
  registers.push_back(reg);
  return Ref(registers.size() - 1);
}

Ref Decoder::temporary(Type type) { return newRegister(type); }

Ref Decoder::carryFlag() {
  if (current->carry == NoSlot)
    current->carry = newRegister(Type::pred);
  return current->carry;
}

RegisterClass Decoder::classOf(Ref ref) const {
  return ref < 0 ? constants[-1 - ref].kind : registers[ref].kind;
}

Ref Decoder::intern(const ConstantEntry &entry) {
  auto [it, inserted] = constantIndex.try_emplace(
      std::make_tuple(entry.value, entry.kind, entry.variable),
      -1 - Ref(constants.size()));
  if (inserted)
    constants.push_back(entry);
  return it->second;
}

Ref Decoder::constant(uint64_t value, RegisterClass kind) {
  if (kind == RegisterClass::Predicate)
    value = value ? FullMask : 0;
  else if (kind == RegisterClass::Word)
    value = uint32_t(value);
  return intern({value, kind, -1});
}

Ref Decoder::symbolConstant(const Symbol &symbol, int64_t offset,
                            RegisterClass kind) {
  if (symbol.variable < 0)
    return constant(symbol.offset + uint64_t(offset), kind);
  return intern({uint64_t(offset), kind, symbol.variable});
}

/// `%r12` of `.reg .b32 %r<20>`, or a name declared alone; the innermost scope
/// that knows it counts. NoSlot if nobody does.
llvm::Expected<Ref> Decoder::lookupRegister(llvm::StringRef name) {
  size_t digits = name.size();
  while (digits > 0 && llvm::isDigit(name[digits - 1]))
    --digits;
  uint64_t number = 0;
  bool numbered = digits < name.size() && digits > 0 &&
                  !name.drop_front(digits).getAsInteger(10, number);
  for (int32_t scope = int32_t(instruction->scope); scope >= 0;
       scope = current->ast->scopes[scope].parent) {
    auto &cache = current->registerCache[scope];
    if (auto it = cache.find(name); it != cache.end())
      return it->second;
    const auto &declared = current->ast->scopes[scope].registers;
    auto it = declared.find(name);
    if (it == declared.end() || it->second.range) {
      if (!numbered)
        continue;
      it = declared.find(name.take_front(digits));
      if (it == declared.end() || !it->second.range ||
          number >= it->second.count)
        continue;
    }
    if (typeBits(it->second.type) > 64)
      return error("unsupported instruction: 128-bit register '" + name + "'");
    return cache[name] = newRegister(it->second.type);
  }
  return NoSlot;
}

const Symbol *Decoder::findSymbol(llvm::StringRef name) {
  for (int32_t scope = int32_t(instruction->scope); scope >= 0;
       scope = current->ast->scopes[scope].parent) {
    auto &symbols = current->symbols[scope];
    if (auto it = symbols.find(name); it != symbols.end())
      return &it->second;
  }
  auto it = moduleSymbols.find(name);
  return it == moduleSymbols.end() ? nullptr : &it->second;
}

static std::optional<Special> specialNamed(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<Special>>(name)
#define X(text, id) .Case(text, Special::id)
      DLK_SPECIAL_REGISTERS(X)
#undef X
          .Default(std::nullopt);
}

/// The fourth component of tid and the like, and the counters %pm0 to %pm7 and
/// %pm0_64 to %pm7_64, which nobody has set up here.
static bool isAlwaysZero(llvm::StringRef name) {
  if (name.consume_back(".w"))
    return specialNamed((name + ".x").str()).has_value();
  unsigned counter;
  name.consume_back("_64");
  return name.consume_front("pm") && !name.getAsInteger(10, counter) &&
         counter < 8;
}

/// Fixed registers get a slot that is filled when the warp starts; the clocks
/// are read by a micro-op here and now.
Ref Decoder::specialRegister(llvm::StringRef name, Type type) {
  std::optional<Special> found = specialNamed(name.drop_front());
  if (!found)
    return isAlwaysZero(name.drop_front()) ? constant(0, registerClass(type))
                                           : NoSlot;
  if (*found >= Special::Clock) {
    bool wide = *found == Special::Clock64 || *found == Special::Globaltimer;
    Op op;
    op.run = wide ? readClock64 : readClock32;
    code->readsClock = true;
    op.imm = int32_t(*found);
    op.a[0] = temporary(wide ? Type::b64 : Type::b32);
    Ref result = op.a[0];
    emit(op, 1);
    return result;
  }
  auto [it, inserted] = specials.try_emplace(*found, NoSlot);
  Type held = *found == Special::Gridid              ? Type::b64
              : *found == Special::IsExplicitCluster ? Type::pred
                                                     : Type::b32;
  if (inserted)
    it->second = newRegister(held, true);
  return it->second;
}

Ref Decoder::truncated(Ref ref, Type type) {
  AluKey key;
  key.op = Alu::cvt;
  key.to = Type::u32;
  key.from = Type::u64;
  Op op;
  op.run = findAlu(key);
  op.a[0] = temporary(Type::b32);
  op.a[1] = ref;
  Ref result = op.a[0];
  emit(op, 1);
  return result;
}

static llvm::StringRef className(RegisterClass kind) {
  return kind == RegisterClass::Predicate ? "a predicate"
         : kind == RegisterClass::Word    ? "at most 32 bits"
                                          : "64 bits";
}

llvm::Expected<Ref> Decoder::nameSource(const Operand &operand, Type type,
                                        bool wider) {
  RegisterClass wanted = registerClass(type);
  llvm::Expected<Ref> ref = lookupRegister(operand.name);
  if (!ref)
    return ref;
  if (*ref == NoSlot && operand.name.front() == '%')
    *ref = specialRegister(operand.name, type);
  if (*ref != NoSlot) {
    RegisterClass kind = classOf(*ref);
    if (kind == RegisterClass::Double && wanted == RegisterClass::Word &&
        (wider || registers[*ref].pinned))
      return truncated(*ref, type);
    if (kind == RegisterClass::Word && wanted == RegisterClass::Double &&
        *ref >= 0 && registers[*ref].pinned) {
      // A special register of 32 bits read as 64.
      Op op;
      op.run = findAlu({Alu::cvt, Type::u64, Type::u32, 0});
      op.a[0] = temporary(Type::b64);
      op.a[1] = *ref;
      Ref result = op.a[0];
      emit(op, 1);
      return result;
    }
    if (kind != wanted)
      return error("register '" + operand.name + "' has " + className(kind) +
                   ", the instruction needs " + className(wanted));
    return *ref;
  }
  if (operand.name == "WARP_SZ")
    return constant(WarpSize, wanted);
  if (const Symbol *symbol = findSymbol(operand.name)) {
    if (wanted == RegisterClass::Predicate)
      return error("symbol used as a predicate: '" + operand.name + "'");
    return symbolConstant(*symbol, operand.offset, wanted);
  }
  if (findFunction(operand.name))
    return error("unsupported instruction: address of function '" +
                 operand.name + "'");
  return error("unknown name: '" + operand.name + "'");
}

/// The bits of a literal as `type`.
static uint64_t literalBits(const Operand &operand, Type type) {
  if (operand.kind == Operand::Float64 && type == Type::f32)
    return llvm::bit_cast<uint32_t>(
        float(llvm::bit_cast<double>(operand.bits)));
  if (operand.kind == Operand::Float32 && type == Type::f64)
    return llvm::bit_cast<uint64_t>(
        double(llvm::bit_cast<float>(uint32_t(operand.bits))));
  unsigned bits = typeBits(type);
  return type == Type::pred || bits >= 64
             ? operand.bits
             : operand.bits & ((uint64_t(1) << bits) - 1);
}

llvm::Expected<Ref> Decoder::source(const Operand &operand, Type type,
                                    bool wider) {
  switch (operand.kind) {
  case Operand::Integer:
  case Operand::Float32:
  case Operand::Float64:
    // A signed narrow literal lies in its lane like a result: sign-extended.
    if (isSigned(type) && operand.kind == Operand::Integer)
      return constant(operand.bits, registerClass(type));
    return constant(literalBits(operand, type), registerClass(type));
  case Operand::Name:
    break;
  case Operand::Vector:
    if (operand.elements.size() == 1)
      return source(operand.elements[0], type, wider);
    [[fallthrough]];
  default:
    return error("bad operand");
  }
  llvm::Expected<Ref> ref = nameSource(operand, type, wider);
  if (!ref || !operand.negated)
    return ref;
  if (type != Type::pred)
    return error("'!' before something that is no predicate");
  Op op;
  op.run = findAlu({Alu::not_, Type::pred, Type::pred, 0});
  op.a[0] = temporary(Type::pred);
  op.a[1] = *ref;
  Ref result = op.a[0];
  emit(op, 1);
  return result;
}

llvm::Expected<Ref> Decoder::anyDest(const Operand &operand) {
  if (operand.kind == Operand::Vector && operand.elements.size() == 1)
    return anyDest(operand.elements[0]);
  if (operand.kind != Operand::Name || operand.negated)
    return error("destination is no register");
  llvm::Expected<Ref> ref = lookupRegister(operand.name);
  if (ref && *ref == NoSlot)
    return error("unknown register: '" + operand.name + "'");
  return ref;
}

llvm::Expected<Ref> Decoder::dest(const Operand &operand, Type type) {
  if (operand.kind == Operand::Sink)
    return temporary(type);
  llvm::Expected<Ref> ref = anyDest(operand);
  if (ref && classOf(*ref) != registerClass(type))
    return error("register '" + operand.name + "' has " +
                 className(classOf(*ref)) + ", the instruction needs " +
                 className(registerClass(type)));
  return ref;
}

llvm::Error Decoder::address(const Operand &operand, Ref &base,
                             int32_t &displacement, const Symbol **symbol) {
  if (operand.kind != Operand::Address)
    return error("expected an address");
  displacement = 0;
  llvm::Expected<Ref> ref = operand.name.empty() ? llvm::Expected<Ref>(NoSlot)
                                                 : lookupRegister(operand.name);
  if (!ref)
    return ref.takeError();
  if (*ref != NoSlot) {
    if (classOf(*ref) == RegisterClass::Predicate)
      return error("address in a predicate: '" + operand.name + "'");
    if (operand.offset != int32_t(operand.offset))
      return error("address offset is too large");
    base = *ref;
    displacement = int32_t(operand.offset);
    return llvm::Error::success();
  }
  if (operand.name.empty()) {
    base = constant(uint64_t(operand.offset), RegisterClass::Double);
    return llvm::Error::success();
  }
  const Symbol *found = findSymbol(operand.name);
  if (!found)
    return error("unknown name: '" + operand.name + "'");
  if (symbol)
    *symbol = found;
  base = symbolConstant(*found, operand.offset, RegisterClass::Double);
  return llvm::Error::success();
}

llvm::Expected<uint64_t> Decoder::immediate(const Operand &operand) {
  if (operand.kind != Operand::Integer)
    return error("expected an integer constant");
  return operand.bits;
}

llvm::Expected<uint32_t> Decoder::label(const Operand &operand) {
  if (operand.kind == Operand::Name)
    for (int32_t scope = int32_t(instruction->scope); scope >= 0;
         scope = current->ast->scopes[scope].parent) {
      const auto &labels = current->ast->scopes[scope].labels;
      if (auto it = labels.find(operand.name); it != labels.end())
        return it->second;
    }
  return error("unknown label: '" + operand.name + "'");
}

llvm::Expected<std::vector<uint32_t>>
Decoder::branchTable(const Operand &operand) {
  for (int32_t scope = int32_t(instruction->scope); scope >= 0;
       scope = current->ast->scopes[scope].parent) {
    const auto &tables = current->ast->scopes[scope].branchTargets;
    auto it = tables.find(operand.name);
    if (it == tables.end())
      continue;
    std::vector<uint32_t> targets;
    for (llvm::StringRef name : it->second) {
      Operand target;
      target.name = name;
      llvm::Expected<uint32_t> index = label(target);
      if (!index)
        return index.takeError();
      targets.push_back(*index);
    }
    return targets;
  }
  return error("unknown branch target list: '" + operand.name + "'");
}

OpNotes &Decoder::emit(Op op, uint8_t defs) {
  op.guard = guard;
  op.guardNegated = guard != NoSlot && instruction->guardNegated;
  op.origin = uint32_t(code->origins.size() - 1);
  code->ops.push_back(op);
  notes.emplace_back();
  notes.back().defs = defs;
  return notes.back();
}

llvm::Error Decoder::emitAlu(const AluKey &key, llvm::ArrayRef<Ref> operands,
                             int32_t imm, uint8_t defs) {
  Op op;
  op.run = findAlu(key);
  if (!op.run)
    return error("unsupported instruction: '" + instruction->opcode + "'");
  std::copy(operands.begin(), operands.end(), op.a);
  op.imm = imm;
  op.spec = spec(key);
  emit(op, defs);
  return llvm::Error::success();
}

const Slot *Decoder::store(llvm::ArrayRef<Ref> refs) {
  Slot *copy = code->storage.Allocate<Slot>(refs.size());
  std::copy(refs.begin(), refs.end(), copy);
  return copy;
}
