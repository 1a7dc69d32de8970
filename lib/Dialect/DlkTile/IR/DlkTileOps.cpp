// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels, launches and tile coordinates: text and rules.

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

/// `@name(%a: type, ...) grid [x, y, z] warps n cluster [m, n] shared_bytes n
/// attributes {...} region`
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
  if (succeeded(parser.parseOptionalKeyword("cluster"))) {
    SmallVector<int64_t> cluster;
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(cluster.emplace_back());
        }))
      return failure();
    result.addAttribute(getClusterAttrName(result.name),
                        builder.getDenseI64ArrayAttr(cluster));
  }
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
  if (getCluster())
    printer << " cluster [" << *getCluster() << "]";
  if (getSharedBytes())
    printer << " shared_bytes " << *getSharedBytes();
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getSymNameAttrName(), getGridAttrName(), getWarpsAttrName(),
       getSharedBytesAttrName(), getClusterAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

static LogicalResult verifyCluster(KernelOp kernel) {
  std::optional<ArrayRef<int64_t>> cluster = kernel.getCluster();
  if (!cluster)
    return success();
  bool legal = cluster->size() == 2 && (*cluster)[0] >= 1 &&
               (*cluster)[1] >= 1 && (*cluster)[0] <= 8 && (*cluster)[1] <= 8 &&
               kernel.getClusterSize() <= 8;
  if (legal && kernel.getGrid()[0] % kernel.getClusterSize() == 0)
    return success();
  return kernel.emitOpError("cluster does not have 1 to 8 blocks that divide "
                            "grid x: [")
         << *cluster << "] and " << kernel.getGrid()[0] << " [DLK-T52]";
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
    if (auto mem = dyn_cast<MemType>(type);
        mem ? mem.isShared() : !isa<TmapType>(type))
      return emitOpError("parameter is not global memory or a tensor map: ")
             << type << " [DLK-T22]";
  return verifyCluster(*this);
}

//===----------------------------------------------------------------------===//
// Launch
//===----------------------------------------------------------------------===//

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *target = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  SmallVector<Type> given(getInputs().getTypes());
  given.push_back(getResult().getType());
  auto checkCount = [&](size_t taken) -> LogicalResult {
    if (taken == given.size())
      return success();
    return emitOpError("kernel takes ")
           << taken << " parameters, not " << given.size() << " [DLK-T23]";
  };
  if (auto function = dyn_cast_or_null<LLVM::LLVMFuncOp>(target))
    if (function->getParentOp()->getName().getStringRef() == "gpu.module")
      return checkCount(function.getNumArguments());
  auto kernel = dyn_cast_or_null<KernelOp>(target);
  if (!kernel)
    return emitOpError("symbol is no kernel: ") << getKernel() << " [DLK-T23]";
  auto parameters = kernel.getBlock().getArgumentTypes();
  if (failed(checkCount(parameters.size())))
    return failure();
  for (auto [index, parameter, type] : llvm::enumerate(parameters, given)) {
    auto mem = dyn_cast<MemType>(parameter);
    if (auto map = dyn_cast<TmapType>(parameter))
      mem = map.getMemory();
    auto tensor = cast<RankedTensorType>(type);
    if (!mem || mem.getElementType() != tensor.getElementType() ||
        !tensor.hasStaticShape() ||
        mem.getLayout().getLayout().getSpan() > tensor.getNumElements())
      return emitOpError("parameter ")
             << index << " of the kernel is " << parameter
             << ", which is no view of " << type << " [DLK-T23]";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Tile coordinates
//===----------------------------------------------------------------------===//

LogicalResult StreamCoordOp::verify() {
  for (int64_t count : {getSteps(), getClusters()})
    if (count < 1 || count > INT32_MAX)
      return emitOpError("count is not in 1..2147483647: ")
             << count << " [DLK-T88]";
  return success();
}

LogicalResult TileCoordOp::verify() {
  if (getTiles().size() != 2)
    return emitOpError("tiles does not have 2 counts: ")
           << getTiles().size() << " [DLK-T24]";
  for (int64_t count : {getTiles()[0], getTiles()[1], int64_t(getBatches()),
                        int64_t(getGroup())})
    if (count < 1 || count > INT32_MAX)
      return emitOpError("count is not in 1..2147483647: ")
             << count << " [DLK-T24]";
  // At most 2^62; a batch count that would overflow exceeds any grid.
  int64_t tiles = getTiles()[0] * getTiles()[1], batches = getBatches();
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (getTile() || !kernel || kernel.getGrid().empty())
    return success();
  int64_t blocks = kernel.getGrid()[0];
  if (tiles > blocks || tiles * batches != blocks)
    return emitOpError("tiles times batches is not the kernel's grid x: ")
           << tiles << " x " << batches << " and " << blocks << " [DLK-T24]";
  return success();
}
