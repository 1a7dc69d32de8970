// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// convert-dlk-to-llvm: kernels become LLVM functions.
//
// The tile operations that are left are lowered first, then everything else in
// one conversion, so that no cast between index and integers survives.

#include "LowerTileOps.h"
#include "dlk/Conversion/Passes.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/DialectConversion.h"

namespace dlk {
#define GEN_PASS_DEF_CONVERTDLKTOLLVM
#include "dlk/Conversion/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

constexpr llvm::StringLiteral kModuleName = "kernels";
// A CUtensorMap.
constexpr unsigned kTensorMapBytes = 128;
constexpr int64_t kTensorMapAlign = 64;

/// What `dlk.launch` says of a kernel.
DictionaryAttr launchAttribute(KernelOp kernel) {
  Builder b(kernel.getContext());
  SmallVector<int64_t> block{kernel.getNumThreads(), 1, 1};
  SmallVector<int64_t> cluster{kernel.getClusterSize(), 1, 1};
  int64_t shared = kernel.getSharedBytes().value_or(0);
  return b.getDictionaryAttr(
      {b.getNamedAttr("grid", kernel.getGridAttr()),
       b.getNamedAttr("block", b.getDenseI64ArrayAttr(block)),
       b.getNamedAttr("cluster", b.getDenseI64ArrayAttr(cluster)),
       b.getNamedAttr("shared_bytes", b.getI64IntegerAttr(shared))});
}

/// Memory is its address in global memory, a tensor map 128 bytes by value.
LLVM::LLVMPointerType parameterType(Type parameter) {
  auto space = isa<TmapType>(parameter) ? NVVM::NVVMMemorySpace::Generic
                                        : NVVM::NVVMMemorySpace::Global;
  return LLVM::LLVMPointerType::get(parameter.getContext(), unsigned(space));
}

DictionaryAttr memoryAttributes(Builder &b, bool isResult) {
  SmallVector<NamedAttribute> attributes{
      {LLVM::LLVMDialect::getAlignAttrName(), b.getI64IntegerAttr(16)},
      {LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr()}};
  if (!isResult)
    attributes.push_back(
        {LLVM::LLVMDialect::getReadonlyAttrName(), b.getUnitAttr()});
  return b.getDictionaryAttr(attributes);
}

/// TMA takes the descriptor where the driver put the parameters; the launch
/// plan reads in `dlk.tensor_map` how to encode it.
DictionaryAttr tensorMapAttributes(Builder &b, TmapType map) {
  auto bytes = LLVM::LLVMArrayType::get(b.getI8Type(), kTensorMapBytes);
  return b.getDictionaryAttr(
      {{LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(bytes)},
       {LLVM::LLVMDialect::getAlignAttrName(),
        b.getI64IntegerAttr(kTensorMapAlign)},
       {NVVM::NVVMDialect::getGridConstantAttrName(), b.getUnitAttr()},
       {"dlk.tensor_map", TypeAttr::get(map)}});
}

/// An empty function with the kernel's name and parameters. The last parameter
/// is the result.
LLVM::LLVMFuncOp createFunction(KernelOp kernel, OpBuilder &b) {
  SmallVector<Type> pointers;
  SmallVector<DictionaryAttr> attributes;
  for (BlockArgument argument : kernel.getBlock().getArguments()) {
    bool isResult =
        argument.getArgNumber() + 1 == kernel.getBlock().getNumArguments();
    pointers.push_back(parameterType(argument.getType()));
    auto map = dyn_cast<TmapType>(argument.getType());
    attributes.push_back(map ? tensorMapAttributes(b, map)
                             : memoryAttributes(b, isResult));
  }
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(kernel.getContext()), pointers);
  auto function =
      LLVM::LLVMFuncOp::create(b, kernel.getLoc(), kernel.getSymName(), type);
  for (auto [index, dictionary] : llvm::enumerate(attributes))
    function.setArgAttrs(index, dictionary);
  return function;
}

/// What the device compiler and the launch plan must know of a kernel.
void setKernelAttributes(LLVM::LLVMFuncOp function, KernelOp kernel) {
  Builder b(kernel.getContext());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    b.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(),
                    b.getDenseI32ArrayAttr(
                        {static_cast<int32_t>(kernel.getNumThreads()), 1, 1}));
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(1));
  // Without the attribute every block is a cluster, on every chip.
  if (kernel.getClusterSize() > 1)
    function->setAttr(
        NVVM::NVVMDialect::getClusterDimAttrName(),
        b.getDenseI32ArrayAttr(
            {static_cast<int32_t>(kernel.getClusterSize()), 1, 1}));
  function->setAttr("dlk.launch", launchAttribute(kernel));
  for (NamedAttribute attribute : kernel->getDiscardableAttrs())
    if (attribute.getName().strref().starts_with("dlk."))
      function->setAttr(attribute.getName(), attribute.getValue());
}

/// Moves the kernel's code into a new function and drops the kernel.
void convertKernel(KernelOp kernel, gpu::GPUModuleOp module) {
  OpBuilder b(kernel.getContext());
  b.setInsertionPointToEnd(module.getBody());
  LLVM::LLVMFuncOp function = createFunction(kernel, b);
  setKernelAttributes(function, kernel);
  Block *entry = function.addEntryBlock(b);
  lowerTileOps(kernel, SmallVector<Value>(entry->getArguments()));
  entry->getOperations().splice(entry->end(),
                                kernel.getBlock().getOperations());
  b.setInsertionPointToEnd(entry);
  LLVM::ReturnOp::create(b, kernel.getLoc(), ValueRange());
  kernel.erase();
}

void addArena(gpu::GPUModuleOp module) {
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  LLVM::GlobalOp::create(b, module.getLoc(), type, /*isConstant=*/false,
                         LLVM::Linkage::External, kArenaName, Attribute(),
                         /*alignment=*/1024,
                         unsigned(NVVM::NVVMMemorySpace::Shared));
}

LogicalResult convertToLLVM(gpu::GPUModuleOp module) {
  MLIRContext *context = module.getContext();
  LowerToLLVMOptions options(context);
  options.overrideIndexBitwidth(64);
  LLVMTypeConverter converter(context, options);
  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  index::populateIndexToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  populateNVVMToLLVMConversionPatterns(patterns);

  LLVMConversionTarget target(*context);
  // Instructions without an intrinsic become inline assembly: wgmma.
  target.addDynamicallyLegalDialect<NVVM::NVVMDialect>([](Operation *op) {
    auto ptx = dyn_cast<NVVM::BasicPtxBuilderInterface>(op);
    return !ptx || ptx.hasIntrinsic();
  });
  target.addLegalOp<gpu::GPUModuleOp>();
  return applyFullConversion(module, target, std::move(patterns));
}

struct ConvertDlkToLLVMPass
    : dlk::impl::ConvertDlkToLLVMBase<ConvertDlkToLLVMPass> {
  void runOnOperation() override {
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    if (kernels.empty())
      return;
    if (failed(checkModule(kernels)))
      return signalPassFailure();
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    auto module =
        gpu::GPUModuleOp::create(b, getOperation().getLoc(), kModuleName);
    retargetLaunches();
    addArena(module);
    for (KernelOp kernel : kernels)
      convertKernel(kernel, module);
    if (failed(convertToLLVM(module)))
      signalPassFailure();
  }

  LogicalResult checkModule(ArrayRef<KernelOp> kernels) {
    if (Operation *taken = getOperation().lookupSymbol(kModuleName))
      return taken->emitError("the name of the kernels' module is taken: ")
             << kModuleName << " [DLK-P72]";
    for (KernelOp kernel : kernels)
      if (failed(checkTileOps(kernel)))
        return failure();
    return success();
  }

  void retargetLaunches() {
    getOperation().walk([](LaunchOp launch) {
      if (auto name = dyn_cast<FlatSymbolRefAttr>(launch.getKernel()))
        launch.setKernelAttr(
            SymbolRefAttr::get(launch.getContext(), kModuleName, {name}));
    });
  }
};

} // namespace
