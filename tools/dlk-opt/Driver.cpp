// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-opt is mlir-opt's main with one addition: `--emit` puts emission at the
// end of the pass pipeline and writes artifacts in place of MLIR. Without it
// mlir-opt's own main runs, so that all its flags work. `--dlk-compile` is a
// registered pipeline and needs nothing here.

#include "Driver.h"
#include "dlk/InitAll.h"
#include "dlk/Pipelines/Compile.h"
#include "dlk/Pipelines/Phases.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
namespace cl = llvm::cl;

static constexpr llvm::StringLiteral helpHeader = R"(dlk compiler driver

  Compiles linalg on tensors to Tensor Core kernels for NVIDIA GPUs, and is
  mlir-opt with dlk's dialects and passes: every flag of mlir-opt works.

  dlk-opt model.mlir --dlk-compile="chip=sm_80" --emit=bundle -o out/
      compile; out/ gets plan.json, report.json, PTX, and a cubin if ptxas is
      found. Run it with dlk-run out/plan.json.
  dlk-opt model.mlir --dlk-compile="chip=sm_80" --emit=ptx -o -
      compile and print the PTX
  dlk-opt model.mlir --dlk-compile="chip=sm_80 stop-after=tile"
      print the MLIR that phase `tile` leaves
  dlk-opt model.mlir --dlk-compile="chip=sm_80 dump-dir=phases" -o /dev/null
      write the MLIR after each phase into files
  dlk-opt tile.mlir --dlk-compile="start-after=tile" --emit=ptx -o -
      go on from there
  dlk-opt --list-phases
      the phases, in order

  --dlk-compile="..." takes chip, start-after, stop-after, dump-dir, remarks
  and verify-phases; it may stand among other passes, and in --pass-pipeline
  as dlk-compile{...}. ptxas is looked for in --ptxas, CUDA_HOME, PATH and
  /usr/local/cuda. Exit code: 0, or 1 after diagnostics.
)";

namespace {

/// The options beside those of mlir-opt. They live as long as the command
/// line is parsed and read.
struct DriverOptions {
  // Sorts before the categories of mlir-opt in the help.
  cl::OptionCategory category{"1. dlk options"};
  cl::opt<std::string> emit{
      "emit", cl::cat(category), cl::value_desc("kind"),
      cl::desc("Write an artifact: mlir, llvm, ptx, cubin, fatbin, plan, "
               "report (one file), or bundle (a folder)")};
  cl::opt<std::string> ptxas{"ptxas", cl::cat(category), cl::value_desc("file"),
                             cl::desc("The ptxas to run")};
  cl::opt<bool> listPhases{
      "list-phases", cl::cat(category),
      cl::desc("Print the phases of --dlk-compile and exit")};
};

} // namespace

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "dlk-opt") << message << "\n";
  return EXIT_FAILURE;
}

static void listPhases() {
  for (const dlk::Phase &phase : dlk::getPhases())
    llvm::outs() << llvm::formatv("{0,-10}{1}\n", phase.name, phase.sentence);
}

static dlk::CudaSearch readEnvironment(const DriverOptions &options) {
  dlk::CudaSearch search;
  search.ptxas = options.ptxas;
  search.cudaHome = llvm::sys::Process::GetEnv("CUDA_HOME").value_or("");
  search.path = llvm::sys::Process::GetEnv("PATH").value_or("");
  return search;
}

/// mlir-opt's main with emission at the end of the pipeline.
static int emitAndWrite(const dlk::EmitOptions &emission, llvm::StringRef input,
                        llvm::StringRef output, DialectRegistry &registry) {
  MlirOptMainConfig passes = MlirOptMainConfig::createFromCLOptions();
  if (!passes.inputSplitMarker().empty())
    return fail("--emit makes one artifact and cannot be combined with "
                "--split-input-file");
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(input, &error);
  if (!file)
    return fail(error);
  std::optional<dlk::Artifact> artifact;
  MlirOptMainConfig config = passes;
  config.setPassPipelineSetupFn([&](PassManager &pm) {
    if (failed(passes.setupPassPipeline(pm)))
      return failure();
    pm.addPass(dlk::createEmitPass(
        emission, [&](dlk::Artifact made) { artifact = std::move(made); }));
    return success();
  });
  if (failed(MlirOptMain(llvm::nulls(), std::move(file), registry, config)))
    return EXIT_FAILURE;
  if (!artifact) // --verify-diagnostics: failing was what was expected
    return EXIT_SUCCESS;
  if (llvm::Error failed = dlk::writeArtifact(*artifact, output))
    return fail(llvm::toString(std::move(failed)));
  return EXIT_SUCCESS;
}

static int runEmission(const DriverOptions &options, llvm::StringRef input,
                       llvm::StringRef output, DialectRegistry &registry) {
  std::optional<dlk::EmitKind> kind = dlk::parseEmitKind(options.emit);
  if (!kind)
    return fail("unknown kind in --emit: '" + options.emit + "'; kinds are " +
                dlk::getEmitKindNames());
  if (*kind == dlk::EmitKind::bundle && output == "-")
    return fail("--emit=bundle writes a folder: name it with -o");
  dlk::EmitOptions emission;
  emission.kind = *kind;
  emission.cuda = readEnvironment(options);
  return emitAndWrite(emission, input, output, registry);
}

/// LLVM brings about a thousand options of its backends; --help-hidden has
/// them. To be called before others are registered.
static void hideOptionsOfLlvm() {
  for (auto &entry : cl::getRegisteredOptions())
    entry.second->setHiddenFlag(cl::Hidden);
}

/// Diagnostics of a compilation name the place in the source and say it once;
/// the operation is printed on demand.
static void printOperationsOnDemand() {
  registerMLIRContextCLOptions();
  auto *option =
      cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  if (auto *flag = static_cast<cl::opt<bool> *>(option))
    flag->setInitialValue(false);
}

int dlk::runDriver(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  hideOptionsOfLlvm();
  printOperationsOnDemand();
  // What LLVM's backend cannot do becomes a diagnostic.
  llvm::CrashRecoveryContext::Enable();
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  DriverOptions options;
  cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "dlk " DLK_VERSION " (LLVM " LLVM_VERSION_STRING ")\n";
  });
  registerCLIOptions("dlk-opt", registry);
  auto [input, output] = parseCLIOptions(argc, argv, helpHeader);
  if (options.listPhases) {
    listPhases();
    return EXIT_SUCCESS;
  }
  if (options.emit.getNumOccurrences())
    return runEmission(options, input, output, registry);
  return asMainReturnCode(MlirOptMain(argc, argv, input, output, registry));
}
