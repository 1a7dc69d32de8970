// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the attributes, types and operations of dlk_tile, and the aliases
// under which its types are printed: `!f16_128x32_shared`, `!f32_128x128_acc`,
// `!ring`. Without them every line of a kernel repeats its layouts.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlk::tile;

#include "dlk/Dialect/DlkTile/IR/DlkTileDialect.cpp.inc"
#include "dlk/Dialect/DlkTile/IR/DlkTileEnums.cpp.inc"

namespace {

/// A name that does not end with a digit, as aliases must not.
void printAlias(raw_ostream &os, Type element, ArrayRef<int64_t> shape,
                StringRef role) {
  os << element << '_';
  llvm::interleave(shape, os, "x");
  os << '_' << role;
}

struct TypeAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Type type, raw_ostream &os) const override {
    if (auto mem = dyn_cast<MemType>(type))
      printAlias(os, mem.getElementType(), mem.getShape(),
                 stringifyMemorySpace(mem.getSpace()));
    else if (auto frag = dyn_cast<FragType>(type))
      printAlias(os, frag.getElementType(), frag.getShape(),
                 stringifyFragmentKind(frag.getLayout().getKind()));
    else if (auto map = dyn_cast<TmapType>(type))
      printAlias(os, map.getElementType(), map.getBox(), "tmap");
    else if (auto inflight = dyn_cast<InflightType>(type))
      printAlias(os, inflight.getFragment().getElementType(),
                 inflight.getFragment().getShape(), "inflight");
    else if (isa<RingType>(type))
      os << "ring";
    else if (isa<SlotType>(type))
      os << "slot";
    else
      return AliasResult::NoAlias;
    return AliasResult::OverridableAlias;
  }
};

} // namespace

void DlkTileDialect::initialize() {
  addInterfaces<TypeAliases>();
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dlk/Dialect/DlkTile/IR/DlkTileOps.cpp.inc"
      >();
}
