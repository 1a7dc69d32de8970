// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Makes what the user asked for and nothing more: ptxas runs only for the
// kinds that hold its output, the backend only for those that hold PTX.

#include "dlk/Emit/Emit.h"
#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Emit/KernelInfo.h"
#include "dlk/Emit/Plan.h"
#include "dlk/Emit/Ptx.h"
#include "dlk/Emit/Report.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlk;

void dlk::registerEmitTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
}

namespace {

/// The steps of one emission, each done when its output is first needed.
class Emission {
public:
  Emission(ModuleOp module, const EmitOptions &options)
      : module(module), options(options) {}

  FailureOr<Artifact> run();

private:
  LogicalResult prepare();
  FailureOr<std::string> makePtx(bool asLlvm);
  LogicalResult assemble(bool required);
  FailureOr<std::string> makeFatbin();
  FailureOr<std::string> makePlan(StringRef name);
  FailureOr<std::string> makeFile();
  FailureOr<Artifact> makeBundle();

  ModuleOp module;
  const EmitOptions &options;
  const ChipInfo *chip = nullptr;
  std::string ptx;
  std::optional<Cubin> cubin;
};

} // namespace

/// Plans and PTX name kernels as the module does; PTX has fewer names.
static LogicalResult verifyKernelNames(ModuleOp module) {
  for (auto kernels : module.getOps<gpu::GPUModuleOp>())
    for (LLVM::LLVMFuncOp kernel : getKernels(kernels))
      if (!llvm::all_of(kernel.getName(), [](char c) {
            return llvm::isAlnum(c) || c == '_' || c == '$';
          }))
        return emitError(kernel.getLoc(), "not a name for PTX (letters, "
                                          "digits, _ and $): @\"")
               << kernel.getName() << "\"";
  return success();
}

LogicalResult Emission::prepare() {
  auto target = module->getAttrOfType<TargetAttr>("dlk.target");
  if (!target)
    return emitError(module.getLoc(),
                     "nothing to emit: the module was not compiled (no "
                     "dlk.target); use --dlk-compile=\"chip=...\"");
  chip = &target.getChipInfo();
  WalkResult result = module.walk([](Operation *op) {
    StringRef name = op->getName().getStringRef();
    if (!name.starts_with("dlk.") && name != "dlk_tile.kernel")
      return WalkResult::advance();
    emitError(op->getLoc(),
              "nothing to emit: the compilation stopped before phase "
              "'llvm'");
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  return verifyKernelNames(module);
}

FailureOr<std::string> Emission::makePtx(bool asLlvm) {
  FailureOr<gpu::GPUModuleOp> kernels = getKernelModule(module);
  if (failed(kernels))
    return failure();
  // All results may be empty: then the PTX has no kernel, but is PTX.
  OwningOpRef<gpu::GPUModuleOp> none;
  if (!*kernels) {
    OpBuilder builder(module.getContext());
    none = gpu::GPUModuleOp::create(builder, module.getLoc(), "kernels");
    kernels = *none;
  }
  FailureOr<DeviceModule> device = DeviceModule::create(*kernels, *chip);
  if (failed(device))
    return failure();
  return asLlvm ? device->printLlvm() : device->emitPtx();
}

/// Right, but slow: said to the user, since only readers of the report would
/// notice otherwise.
static void warnAboutResources(ModuleOp module, const PtxasLog &log) {
  FailureOr<gpu::GPUModuleOp> kernels = getKernelModule(module);
  if (failed(kernels) || !*kernels)
    return;
  for (LLVM::LLVMFuncOp kernel : getKernels(*kernels)) {
    const KernelResources *used = log.find(kernel.getName());
    if (used && (used->stackBytes || used->spillStoreBytes))
      emitWarning(kernel.getLoc(), "kernel keeps values in local memory: ")
          << used->stackBytes << " bytes of stack, " << used->spillStoreBytes
          << " bytes of spill stores; a smaller tile or more warps may avoid "
             "it";
  }
  for (const Advisory &advisory : log.advisories)
    emitWarning(module.getLoc(), "ptxas: ")
        << (advisory.code.empty() ? "" : "(" + advisory.code + ") ")
        << advisory.text;
}

LogicalResult Emission::assemble(bool required) {
  auto ptxas = findCudaTool("ptxas", options.cuda);
  if (!ptxas)
    return emitError(module.getLoc(), llvm::toString(ptxas.takeError()));
  if (!*ptxas) {
    if (!required)
      return success();
    return emitError(module.getLoc(), "ptxas is not found: looked at --ptxas, "
                                      "CUDA_HOME, PATH and ")
           << options.cuda.fallback;
  }
  auto result = assemblePtx(**ptxas, ptx, chip->name, options.timeoutSeconds);
  if (!result)
    return emitError(module.getLoc(), llvm::toString(result.takeError()));
  cubin = std::move(*result);
  warnAboutResources(module, cubin->log);
  return success();
}

FailureOr<std::string> Emission::makeFatbin() {
  auto fatbinary = findCudaTool("fatbinary", options.cuda);
  if (!fatbinary)
    return emitError(module.getLoc(), llvm::toString(fatbinary.takeError()));
  if (!*fatbinary)
    return emitError(module.getLoc(), "fatbinary is not found beside ptxas, in "
                                      "CUDA_HOME, PATH or ")
           << options.cuda.fallback;
  auto image = packFatbin(**fatbinary, ptx, cubin->image, chip->name,
                          options.timeoutSeconds);
  if (!image)
    return emitError(module.getLoc(), llvm::toString(image.takeError()));
  return std::move(*image);
}

FailureOr<std::string> Emission::makePlan(StringRef name) {
  FailureOr<runtime::Plan> plan =
      buildPlan(module, chip->name, (name + ".ptx").str());
  if (failed(plan))
    return failure();
  std::string text;
  llvm::raw_string_ostream os(text);
  runtime::writePlan(*plan, os);
  return text;
}

FailureOr<std::string> Emission::makeFile() {
  EmitKind kind = options.kind;
  if (kind == EmitKind::mlir) {
    std::string text;
    llvm::raw_string_ostream(text) << module << "\n";
    return text;
  }
  if (failed(prepare()))
    return failure();
  if (kind == EmitKind::plan) {
    FailureOr<std::string> name = getArtifactName(module);
    if (failed(name))
      return failure();
    return makePlan(*name);
  }
  FailureOr<std::string> text = makePtx(kind == EmitKind::llvm);
  if (failed(text) || kind == EmitKind::llvm || kind == EmitKind::ptx)
    return text;
  ptx = std::move(*text);
  if (failed(assemble(/*required=*/kind != EmitKind::report)))
    return failure();
  if (kind == EmitKind::report)
    return writeReport(module, *chip, ptx, cubin ? &*cubin : nullptr);
  return kind == EmitKind::cubin ? cubin->image : makeFatbin();
}

FailureOr<Artifact> Emission::makeBundle() {
  if (failed(prepare()))
    return failure();
  FailureOr<std::string> name = getArtifactName(module);
  if (failed(name))
    return failure();
  FailureOr<std::string> plan = makePlan(*name);
  if (failed(plan))
    return failure();
  FailureOr<std::string> text = makePtx(/*asLlvm=*/false);
  if (failed(text))
    return failure();
  ptx = std::move(*text);
  if (failed(assemble(/*required=*/false)))
    return failure();
  FailureOr<std::string> report =
      writeReport(module, *chip, ptx, cubin ? &*cubin : nullptr);
  if (failed(report))
    return failure();
  Artifact bundle{/*isBundle=*/true, {{*name + ".ptx", ptx}}};
  if (cubin)
    bundle.files.push_back({*name + ".cubin", std::move(cubin->image)});
  bundle.files.push_back({"report.json", std::move(*report)});
  // Last: who sees a plan finds what it names.
  bundle.files.push_back({"plan.json", std::move(*plan)});
  return bundle;
}

FailureOr<Artifact> Emission::run() {
  if (options.kind == EmitKind::bundle)
    return makeBundle();
  FailureOr<std::string> file = makeFile();
  if (failed(file))
    return failure();
  return Artifact{/*isBundle=*/false, {{"", std::move(*file)}}};
}

FailureOr<Artifact> dlk::emitArtifact(ModuleOp module,
                                      const EmitOptions &options) {
  return Emission(module, options).run();
}

namespace {

struct EmitPass : PassWrapper<EmitPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitPass)

  EmitPass(EmitOptions options, std::function<void(Artifact)> receive)
      : options(std::move(options)), receive(std::move(receive)) {}

  StringRef getName() const override { return "Emit"; }
  StringRef getArgument() const override { return "dlk-emit"; }
  StringRef getDescription() const override {
    return "Make PTX, cubin, launch plan and report";
  }

  void runOnOperation() override {
    markAllAnalysesPreserved();
    FailureOr<Artifact> artifact = emitArtifact(getOperation(), options);
    if (failed(artifact))
      return signalPassFailure();
    receive(std::move(*artifact));
  }

  EmitOptions options;
  std::function<void(Artifact)> receive;
};

} // namespace

std::unique_ptr<Pass>
dlk::createEmitPass(EmitOptions options,
                    std::function<void(Artifact)> receive) {
  return std::make_unique<EmitPass>(std::move(options), std::move(receive));
}
