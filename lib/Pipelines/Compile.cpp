// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds the pipeline `dlk-compile` from the table of phases, and runs it for
// programs that embed dlk.

#include "dlk/Pipelines/Compile.h"
#include "dlk/Pipelines/Passes.h"
#include "dlk/Pipelines/Phases.h"
#include "dlk/Target/ChipInfo.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace dlk;

using ErrorHandler = llvm::function_ref<LogicalResult(const Twine &)>;

/// The place of the phase that an option names; `otherwise` if it is not set.
static FailureOr<unsigned> getPhase(StringRef option, StringRef name,
                                    unsigned otherwise,
                                    ErrorHandler errorHandler) {
  if (name.empty())
    return otherwise;
  if (std::optional<unsigned> index = findPhase(name))
    return *index;
  return errorHandler("unknown phase in " + option + ": '" + name +
                      "'; phases are " + getPhaseNames());
}

/// DIR/NN-phase.mlir
static std::string getDumpFile(StringRef folder, unsigned index) {
  llvm::SmallString<128> file(folder);
  llvm::sys::path::append(
      file,
      llvm::formatv("{0,0+2}-{1}.mlir", index, getPhases()[index].name).str());
  return file.str().str();
}

LogicalResult dlk::buildCompilePipeline(OpPassManager &pm,
                                        const CompileOptions &options,
                                        ErrorHandler errorHandler) {
  if (!options.chip.empty()) {
    auto chip = getSupportedChip(options.chip);
    if (!chip)
      return errorHandler(llvm::toString(chip.takeError()));
  }
  constexpr unsigned beforeAll = ~0u;
  FailureOr<unsigned> before =
      getPhase("start-after", options.startAfter, beforeAll, errorHandler);
  FailureOr<unsigned> last = getPhase("stop-after", options.stopAfter,
                                      getPhases().size() - 1, errorHandler);
  if (failed(before) || failed(last))
    return failure();
  if (*before != beforeAll && *before >= *last)
    return errorHandler("nothing to run: start-after=" + options.startAfter +
                        " is not before stop-after=" + options.stopAfter);
  for (unsigned index = *before + 1; index <= *last; ++index) {
    const Phase &phase = getPhases()[index];
    if (!phase.build)
      continue;
    phase.build(pm, options);
    if (options.verifyPhases)
      pm.addPass(createVerifyPhase(VerifyPhaseOptions{phase.name.str()}));
    if (!options.dumpDir.empty())
      pm.addPass(createDumpPhase(
          DumpPhaseOptions{getDumpFile(options.dumpDir, index)}));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

static LogicalResult parseAndBuild(OpPassManager &pm, StringRef text,
                                   ErrorHandler errorHandler) {
  CompileOptions options;
  std::string message;
  llvm::raw_string_ostream os(message);
  if (failed(options.parseFromString(text, os))) {
    StringRef reason = StringRef(message).trim();
    if (reason.empty()) // already said: a value of the wrong form
      return failure();
    reason.consume_front("<Pass-Options-Parser>: ");
    return errorHandler("in the options of dlk-compile: " + reason +
                        "; options are chip, start-after, stop-after, "
                        "dump-dir, remarks, verify-phases");
  }
  return buildCompilePipeline(pm, options, errorHandler);
}

void dlk::registerCompilePipeline() {
  registerPassPipeline(
      "dlk-compile",
      "Compile linalg to kernels: all phases of --list-phases in order",
      parseAndBuild,
      [](llvm::function_ref<void(const mlir::detail::PassOptions &)> visit) {
        visit(CompileOptions());
      });
}

//===----------------------------------------------------------------------===//
// Compilation in one call
//===----------------------------------------------------------------------===//

FailureOr<Artifact> dlk::compile(ModuleOp module, const CompileOptions &options,
                                 const EmitOptions &emission) {
  PassManager pm(module->getName());
  auto report = [&](const Twine &message) -> LogicalResult {
    return emitError(module.getLoc(), message);
  };
  if (failed(buildCompilePipeline(pm, options, report)) ||
      failed(pm.run(module)))
    return failure();
  return emitArtifact(module, emission);
}
