// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels, launches and memory operations: text and rules.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

#define GET_OP_CLASSES
#include "dlk/Dialect/DlkTile/IR/DlkTileOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

/// `@name(%a: type, ...) grid [x, y, z] warps n shared_bytes n attributes {...}
/// region`
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<int64_t> grid;
  int64_t warps, sharedBytes;
  auto parseExtent = [&] { return parser.parseInteger(grid.emplace_back()); };
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseKeyword("grid") ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     parseExtent) ||
      parser.parseKeyword("warps") || parser.parseInteger(warps))
    return failure();
  Builder &builder = parser.getBuilder();
  result.addAttribute(getGridAttrName(result.name),
                      builder.getDenseI64ArrayAttr(grid));
  result.addAttribute(getWarpsAttrName(result.name),
                      builder.getI64IntegerAttr(warps));
  if (succeeded(parser.parseOptionalKeyword("shared_bytes"))) {
    if (parser.parseInteger(sharedBytes))
      return failure();
    result.addAttribute(getSharedBytesAttrName(result.name),
                        builder.getI64IntegerAttr(sharedBytes));
  }
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    body->emplaceBlock();
  return success();
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(
      getBlock().getArguments(), printer,
      [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ") grid [" << getGrid() << "] warps " << getWarps();
  if (getSharedBytes())
    printer << " shared_bytes " << *getSharedBytes();
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getSymNameAttrName(), getGridAttrName(),
                            getWarpsAttrName(), getSharedBytesAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  constexpr int64_t limits[] = {INT32_MAX, 65535, 65535};
  if (getGrid().size() != 3)
    return emitOpError("grid does not have 3 extents: ")
           << getGrid().size() << " [DLK-T20]";
  for (auto [extent, limit] : llvm::zip(getGrid(), limits))
    if (extent < 1 || extent > limit)
      return emitOpError("grid extent is not in 1..")
             << limit << ": " << extent << " [DLK-T20]";
  int64_t warps = getWarps();
  if (warps < 1 || warps > 32)
    return emitOpError("warps is not in 1..32: ") << warps << " [DLK-T21]";
  for (Type type : getBlock().getArgumentTypes())
    if (auto mem = dyn_cast<MemType>(type); !mem || mem.isShared())
      return emitOpError("parameter is not global memory: ")
             << type << " [DLK-T22]";
  return success();
}

//===----------------------------------------------------------------------===//
// Launch
//===----------------------------------------------------------------------===//

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *target = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  size_t given = getInputs().size() + 1;
  if (auto function = dyn_cast_or_null<LLVM::LLVMFuncOp>(target)) {
    if (function.getNumArguments() == given)
      return success();
    return emitOpError("kernel takes ")
           << function.getNumArguments() << " parameters, not " << given
           << " [DLK-T23]";
  }
  auto kernel = dyn_cast_or_null<KernelOp>(target);
  if (!kernel)
    return emitOpError("symbol is no kernel: ") << getKernel() << " [DLK-T23]";
  auto parameters = kernel.getBlock().getArgumentTypes();
  if (parameters.size() != given)
    return emitOpError("kernel takes ")
           << parameters.size() << " parameters, not " << given << " [DLK-T23]";
  SmallVector<Type> types(getInputs().getTypes());
  types.push_back(getResult().getType());
  for (auto [index, parameter, type] : llvm::enumerate(parameters, types)) {
    auto mem = dyn_cast<MemType>(parameter);
    if (!mem ||
        mem.getElementType() != cast<RankedTensorType>(type).getElementType())
      return emitOpError("parameter ")
             << index << " of the kernel is " << parameter << ", not " << type
             << " [DLK-T23]";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Tile coordinates and memory
//===----------------------------------------------------------------------===//

LogicalResult TileCoordOp::verify() {
  if (getTiles().size() != 2)
    return emitOpError("tiles does not have 2 counts: ")
           << getTiles().size() << " [DLK-T24]";
  int64_t batches = getBatches(), group = getGroup(), total = batches;
  for (int64_t count : getTiles())
    total *= count;
  if (getTiles()[0] < 1 || getTiles()[1] < 1 || batches < 1 || group < 1)
    return emitOpError("counts are not positive [DLK-T24]");
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (kernel && !kernel.getGrid().empty() && kernel.getGrid()[0] != total)
    return emitOpError("tiles times batches is ")
           << total << ", the kernel's grid x " << kernel.getGrid()[0]
           << " [DLK-T24]";
  return success();
}

LogicalResult CopyOp::verify() {
  MemType source = getSource().getType(), target = getTarget().getType();
  if (source.isShared() || !target.isShared() ||
      source.getElementType() != target.getElementType())
    return emitOpError("does not copy from global to shared memory of the same "
                       "element type: ")
           << source << " to " << target << " [DLK-T25]";
  if (static_cast<int64_t>(getOrigin().size()) != source.getRank() ||
      target.getRank() != 2 || source.getRank() < 2)
    return emitOpError("has ")
           << getOrigin().size() << " indices for a source of rank "
           << source.getRank() << " and a target of rank " << target.getRank()
           << " [DLK-T26]";
  int64_t vector = getVector(), bytes = vector * source.getElementBytes();
  if (vector < 1 || bytes > 16 || !llvm::isPowerOf2_64(bytes) ||
      source.getShape().back() % vector != 0 ||
      target.getShape().back() % vector != 0)
    return emitOpError("vector is no power of two of at most 16 bytes that "
                       "divides the innermost "
                       "extents: ")
           << vector << " [DLK-T27]";
  if (getKind() != "cp_async" && getKind() != "ld")
    return emitOpError("kind is neither cp_async nor ld: '")
           << getKind() << "' [DLK-T27]";
  if (getKind() == "cp_async" && bytes < 4)
    return emitOpError("cp_async moves 4, 8 or 16 bytes, not ")
           << bytes << " [DLK-T27]";
  return success();
}

LogicalResult SlotViewOp::verify() {
  auto buffers = getSlot().getType().getBuffers();
  uint64_t index = getIndex();
  if (index >= buffers.size())
    return emitOpError("slot has ")
           << buffers.size() << " buffers, none of index " << index
           << " [DLK-T28]";
  if (buffers[index] != getMemory().getType())
    return emitOpError("buffer ")
           << index << " is " << buffers[index] << ", not "
           << getMemory().getType() << " [DLK-T28]";
  return success();
}
