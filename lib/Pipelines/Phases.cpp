// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which passes each phase runs, in order, and why in that order.

#include "dlk/Pipelines/Phases.h"
#include "dlk/Conversion/Passes.h"
#include "dlk/Pipelines/Options.h"
#include "dlk/Pipelines/Passes.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dlk;

static void buildImportPhase(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(createAttachTarget(AttachTargetOptions{options.chip}));
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createImport(ImportOptions{options.tf32}));
  functions.addPass(createNormalize());
}

static void buildFusePhase(OpPassManager &pm, const CompileOptions &options) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createFuse());
  functions.addPass(
      createPropagateLayout(PropagateLayoutOptions{options.remarks}));
}

static void buildSchedulePhase(OpPassManager &pm,
                               const CompileOptions &options) {
  AssignScheduleOptions assign;
  assign.remarks = options.remarks;
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createConvToWindow(ConvToWindowOptions{options.remarks}));
  functions.addPass(createConvToGemm(ConvToGemmOptions{options.remarks}));
  functions.addPass(createAssignSchedule(assign));
  // A schedule that a user pinned has not been looked at yet.
  functions.addPass(createVerifySchedule());
}

static void buildTilePhase(OpPassManager &pm, const CompileOptions &) {
  pm.addPass(createToTile());
}

static void buildLayoutPhase(OpPassManager &pm, const CompileOptions &) {
  pm.addNestedPass<tile::KernelOp>(createTileAssignLayouts());
}

static void buildPipelinePhase(OpPassManager &pm, const CompileOptions &) {
  OpPassManager &kernels = pm.nest<tile::KernelOp>();
  // Kernels with roles are proved while their rings are still visible.
  kernels.addPass(createTileSpecializeWarps());
  kernels.addPass(createTileVerifyProtocol());
  kernels.addPass(createTileLowerRoles());
  kernels.addPass(createTileMaterializeBarriers());
  // All other kernels.
  kernels.addPass(createTilePipeline());
  kernels.addPass(createTileMaterializeRings());
  // Barriers follow from which buffers share memory, so memory comes first;
  // the proof sees both.
  kernels.addPass(createTilePlanMemory());
  kernels.addPass(createTileInsertSync());
  kernels.addPass(createTileVerifyProtocol());
}

static void buildAtomsPhase(OpPassManager &pm, const CompileOptions &) {
  OpPassManager &kernels = pm.nest<tile::KernelOp>();
  kernels.addPass(createTileRewriteAsyncCopies());
  kernels.addPass(createTileRewriteMma());
  kernels.addPass(createTileRewriteWgmma());
  kernels.addPass(createTileRewriteWindows());
  kernels.addPass(createTileLowerMaps());
}

static void buildLlvmPhase(OpPassManager &pm, const CompileOptions &) {
  pm.addPass(createConvertDlkToLLVM());
}

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
