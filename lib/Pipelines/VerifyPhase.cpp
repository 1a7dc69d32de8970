// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The verifier that closes each phase: a table of what may not remain, and two
// rules on what may (host code after `tile`, device code after `llvm`).

#include "dlk/Pipelines/Passes.h"
#include "dlk/Pipelines/Phases.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace dlk {
#define GEN_PASS_DEF_VERIFYPHASE
#include "dlk/Pipelines/Passes.h.inc"
} // namespace dlk

using namespace mlir;

namespace {

/// Operations whose name starts with `prefix` do not outlive `phase`.
struct Rule {
  StringLiteral phase;
  StringLiteral prefix;
};

constexpr Rule rules[] = {
    {"import", "linalg.matmul"},    {"import", "linalg.batch_matmul"},
    {"import", "linalg.contract"},  {"tile", "dlk."},
    {"pipeline", "dlk_tile.ring."}, {"pipeline", "dlk_tile.slot."},
    {"atoms", "dlk_tile.copy"},     {"atoms", "dlk_tile.load_fragment"},
    {"atoms", "dlk_tile.mma"},      {"atoms", "dlk_tile.map"},
    {"atoms", "dlk_tile.window"},   {"llvm", "dlk_tile.kernel"},
};

struct VerifyPhasePass : dlk::impl::VerifyPhaseBase<VerifyPhasePass> {
  using VerifyPhaseBase::VerifyPhaseBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    std::optional<unsigned> index = dlk::findPhase(phase);
    if (!index) {
      emitError(getOperation().getLoc(), "unknown phase: '")
          << phase << "'; phases are " << dlk::getPhaseNames() << " [DLK-P92]";
      return signalPassFailure();
    }
    auto reached = [&](StringRef name) {
      return *dlk::findPhase(name) <= *index;
    };
    bool ok = true;
    getOperation()->walk(
        [&](Operation *op) { ok &= checkRules(op, reached).succeeded(); });
    if (ok && reached("tile"))
      for (auto function : getOperation().getOps<func::FuncOp>())
        ok &= checkHost(function).succeeded();
    if (ok && reached("llvm"))
      for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>())
        ok &= checkDevice(kernels).succeeded();
    if (!ok)
      signalPassFailure();
  }

  LogicalResult checkRules(Operation *op,
                           function_ref<bool(StringRef)> reached) {
    StringRef name = op->getName().getStringRef();
    for (const Rule &rule : rules) {
      if (!name.starts_with(rule.prefix) || !reached(rule.phase))
        continue;
      InFlightDiagnostic error = emitError(op->getLoc(), "'");
      error << name << "' may not remain after phase '" << rule.phase << "'";
      if (name.starts_with("linalg."))
        error << ": dlk takes f16 x f16 and bf16 x bf16 with accumulation in "
                 "f32";
      return error << " [DLK-P90]";
    }
    return success();
  }

  /// What a launch plan can say.
  LogicalResult checkHost(func::FuncOp function) {
    for (Operation &op : function.getOps())
      if (!llvm::is_contained({"func.return", "arith.constant", "tensor.empty",
                               "tensor.collapse_shape", "tensor.expand_shape",
                               "dlk_tile.launch"},
                              op.getName().getStringRef()))
        return emitError(op.getLoc(), "dlk does not compile '")
               << op.getName()
               << "'; it takes matrix multiplications of tensors and "
                  "elementwise operations on their results [DLK-P91]";
    return success();
  }

  LogicalResult checkDevice(gpu::GPUModuleOp kernels) {
    WalkResult result = kernels.walk([&](Operation *op) {
      if (op == kernels ||
          llvm::is_contained({"llvm", "nvvm"},
                             op->getName().getDialectNamespace()))
        return WalkResult::advance();
      emitError(op->getLoc(), "'")
          << op->getName() << "' may not remain after phase 'llvm' [DLK-P90]";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
