// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Translation to LLVM IR, the middle-end and the NVPTX backend.
//
// The pass list is short on purpose: the schedule has already decided the shape
// of every loop. Rotation, unrolling and vectorisation would undo it (rotation
// makes ptxas serialize wgmma) and are absent.

#include "dlk/Emit/Ptx.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace mlir;
using namespace dlk;

DeviceModule::DeviceModule(gpu::GPUModuleOp kernels)
    : kernels(kernels), context(std::make_unique<llvm::LLVMContext>()) {}
DeviceModule::DeviceModule(DeviceModule &&) = default;
DeviceModule::~DeviceModule() {
  // The module lives in the context.
  module.reset();
}

FailureOr<DeviceModule> DeviceModule::create(gpu::GPUModuleOp kernels,
                                             const ChipInfo &chip) {
  DeviceModule result(kernels);
  if (failed(result.translate(chip)))
    return failure();
  result.optimise();
  if (failed(result.verifyNoCalls()))
    return failure();
  return result;
}

//===----------------------------------------------------------------------===//
// Translation
//===----------------------------------------------------------------------===//

static std::unique_ptr<llvm::TargetMachine>
createMachine(const llvm::Triple &triple, const ChipInfo &chip) {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  std::string features = llvm::formatv("+ptx{0}", chip.ptxVersion);
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, chip.name, features, llvm::TargetOptions(), llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// MLIR translates inline assembly as if it could move between threads that
/// diverged; what dlk writes as assembly is executed by whole warps.
static void markAssemblyConvergent(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction))
        if (call->isInlineAsm())
          call->setConvergent();
}

/// Attributes of parameters that are for the host; translation would warn of
/// them.
static void removeHostAttributes(Operation *kernels) {
  kernels->walk([](LLVM::LLVMFuncOp kernel) {
    for (unsigned i = 0; i < kernel.getNumArguments(); ++i)
      kernel.removeArgAttr(i, "dlk.tensor_map");
  });
}

LogicalResult DeviceModule::translate(const ChipInfo &chip) {
  // Translation may change the operation that it is given.
  OwningOpRef<Operation *> copy = kernels->clone();
  removeHostAttributes(*copy);
  module = translateModuleToLLVMIR(*copy, *context, kernels.getName());
  if (!module)
    return failure();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  machine = createMachine(triple, chip);
  if (!machine)
    return emitError(kernels.getLoc(), "this LLVM has no NVPTX backend");
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  markAssemblyConvergent(*module);
  return success();
}

LogicalResult DeviceModule::verifyNoCalls() {
  for (llvm::Function &function : *module)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !function.use_empty())
      return emitError(kernels.getLoc(),
                       "a kernel calls a function without a body: ")
             << std::string_view(function.getName());
  return success();
}

//===----------------------------------------------------------------------===//
// Optimisation
//===----------------------------------------------------------------------===//

static llvm::FunctionPassManager buildPasses() {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(
      llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(llvm::GVNPass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::ADCEPass());
  passes.addPass(llvm::SimplifyCFGPass());
  return passes;
}

/// Marks every loop as not to be unrolled, which the backend hands on to ptxas:
/// stages of a ring already overlap, and unrolled copies of a loop only compete
/// for registers.
static void keepLoops(llvm::Function &function) {
  llvm::DominatorTree dominators(function);
  llvm::LoopInfo loops(dominators);
  for (llvm::Loop *loop : loops.getLoopsInPreorder())
    loop->setLoopAlreadyUnrolled();
}

void DeviceModule::optimise() {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(machine.get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  llvm::ModulePassManager passes;
  passes.addPass(createModuleToFunctionPassAdaptor(buildPasses()));
  passes.run(*module, modules);
  for (llvm::Function &function : *module)
    if (!function.isDeclaration())
      keepLoops(function);
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

std::string DeviceModule::printLlvm() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, nullptr);
  return text;
}

/// Leaves the backend on a fatal error; only called inside RunSafely.
static void leaveBackend(void *message, const char *reason, bool) {
  *static_cast<std::string *>(message) = reason;
  llvm::CrashRecoveryContext::GetCurrent()->HandleExit(1);
}

/// Runs `codegen`; if LLVM gave up, the reason. Then what it was working on is
/// in no state to be used or destroyed.
static std::optional<std::string>
runBackend(llvm::function_ref<void()> codegen) {
  std::string message = "it crashed";
  bool recovers = false;
  llvm::CrashRecoveryContext recovery;
  bool finished = recovery.RunSafely([&] {
    recovers = llvm::CrashRecoveryContext::GetCurrent() != nullptr;
    if (recovers)
      llvm::install_fatal_error_handler(leaveBackend, &message);
    codegen();
  });
  if (recovers)
    llvm::remove_fatal_error_handler();
  if (finished)
    return std::nullopt;
  return message;
}

/// Collects errors that the backend reports in the regular way.
static void collectError(const llvm::DiagnosticInfo *info, void *error) {
  if (info->getSeverity() != llvm::DS_Error)
    return;
  llvm::raw_string_ostream os(*static_cast<std::string *>(error));
  llvm::DiagnosticPrinterRawOStream printer(os);
  info->print(printer);
}

FailureOr<std::string> DeviceModule::emitPtx() {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  std::string error;
  context->setDiagnosticHandlerCallBack(collectError, &error);
  std::optional<std::string> crash = runBackend([&] {
    llvm::legacy::PassManager passes;
    if (machine->addPassesToEmitFile(passes, os, nullptr,
                                     llvm::CodeGenFileType::AssemblyFile))
      error = "it cannot write assembly";
    else
      passes.run(*module);
  });
  if (crash) {
    error = *crash;
    (void)module.release();
    (void)machine.release();
    (void)context.release();
  }
  if (!error.empty())
    return emitError(kernels.getLoc(), "the NVPTX backend failed: ") << error;
  return text.str().str();
}
