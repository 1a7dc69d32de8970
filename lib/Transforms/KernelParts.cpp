// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names, memories and epilogues of tile kernels.

#include "dlk/Transforms/KernelParts.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

std::string dlk::getKernelName(Operation *op, SymbolTable &symbols) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  std::string base = function ? function.getName().str() : "dlk";
  for (char &c : base)
    if (!llvm::isAlnum(c) && c != '_')
      c = '_';
  if (llvm::isDigit(base.front()))
    base.insert(0, "_");
  base += "_kernel";
  std::string name = base;
  for (unsigned i = 1; symbols.lookup(name); ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

void dlk::cloneEpilogue(Region &epilogue, MapOp map, OpBuilder &builder) {
  IRMapping mapping;
  epilogue.cloneInto(&map.getBody(), mapping);
  auto yield = cast<dlk::YieldOp>(map.getBody().front().getTerminator());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(yield);
  tile::YieldOp::create(builder, yield.getLoc(), yield.getValue());
  yield.erase();
}

static MemType makeMemory(RankedTensorType type, ArrayRef<int64_t> shape,
                          GatherAttr gather) {
  return MemType::get(
      type.getContext(), shape, type.getElementType(),
      LayoutAttr::get(type.getContext(), Layout::rowMajor(type.getShape())),
      MemorySpace::Global, gather);
}

MemType dlk::rowMajorMemory(RankedTensorType type) {
  return makeMemory(type, type.getShape(), GatherAttr());
}

MemType dlk::gatherMemory(RankedTensorType type, GatherAttr gather) {
  return makeMemory(type, gather.getShape(), gather);
}
