// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which passes each phase runs, in order, and why in that order.

#include "dlk/Pipelines/Phases.h"
#include "dlk/Pipelines/Options.h"
#include "dlk/Pipelines/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlk;

static void add(OpPassManager &pm, StringRef argument) {
  if (const PassInfo *info = PassInfo::lookup(argument))
    (void)info->addToPipeline(pm, "", [](const Twine &) { return failure(); });
}

static void addToFunctions(OpPassManager &pm, StringRef argument) {
  add(pm.nest<func::FuncOp>(), argument);
}

static void addToKernels(OpPassManager &pm, StringRef argument) {
  add(pm.nest("dlk_tile.kernel"), argument);
}

static void buildImportPhase(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(createAttachTarget(AttachTargetOptions{options.chip}));
  addToFunctions(pm, "dlk-import");
  addToFunctions(pm, "dlk-normalize");
}

static void buildFusePhase(OpPassManager &pm, const CompileOptions &) {
  addToFunctions(pm, "dlk-fuse");
}

static void buildSchedulePhase(OpPassManager &pm, const CompileOptions &) {
  addToFunctions(pm, "dlk-assign-schedule");
  addToFunctions(pm, "dlk-verify-schedule");
}

static void buildTilePhase(OpPassManager &pm, const CompileOptions &) {
  add(pm, "dlk-to-tile");
}

static void buildLayoutPhase(OpPassManager &pm, const CompileOptions &) {
  addToKernels(pm, "dlk-tile-assign-layouts");
}

static void buildPipelinePhase(OpPassManager &pm, const CompileOptions &) {
  addToKernels(pm, "dlk-tile-pipeline");
  addToKernels(pm, "dlk-tile-materialize-rings");
  // Barriers follow from which buffers share memory, so memory comes first;
  // the proof sees both.
  addToKernels(pm, "dlk-tile-plan-memory");
  addToKernels(pm, "dlk-tile-insert-sync");
  addToKernels(pm, "dlk-tile-verify-protocol");
}

static void buildAtomsPhase(OpPassManager &pm, const CompileOptions &) {
  addToKernels(pm, "dlk-tile-rewrite-async-copies");
  addToKernels(pm, "dlk-tile-rewrite-mma");
  addToKernels(pm, "dlk-tile-lower-maps");
}

static void buildLlvmPhase(OpPassManager &pm, const CompileOptions &) {
  add(pm, "convert-dlk-to-llvm");
}

/// Emission reads the module and leaves it as it is: see dlk/Emit/Emit.h.
static void buildEmitPhase(OpPassManager &, const CompileOptions &) {}

static constexpr Phase phases[] = {
#define DLK_PHASE(name, sentence, builder) {#name, sentence, builder},
#include "dlk/Pipelines/Phases.def"
};

ArrayRef<Phase> dlk::getPhases() { return phases; }

std::optional<unsigned> dlk::findPhase(StringRef name) {
  for (auto [index, phase] : llvm::enumerate(phases))
    if (phase.name == name)
      return index;
  return std::nullopt;
}

std::string dlk::getPhaseNames() {
  return llvm::join(
      llvm::map_range(phases, [](const Phase &phase) { return phase.name; }),
      ", ");
}
