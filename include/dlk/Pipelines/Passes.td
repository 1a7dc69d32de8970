// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes that stand between the phases of a compilation.
#ifndef DLK_PIPELINES_PASSES_TD
#define DLK_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def AttachTarget : Pass<"dlk-attach-target", "::mlir::ModuleOp"> {
  let summary = "Say which chip the module is compiled for";
  let description = [{
    What: sets the attribute `dlk.target` of the module.
    Before: `module { ... }`.
    After: `module attributes {dlk.target = #dlk.target<chip = "sm_80">} { ... }`.
    Needs: nothing.
    Numbers: exact.
    Refuses: a chip that dlk has no code generation for; a module that already
    is for another chip [DLK-P93]; no chip, neither in the option nor in the
    module.
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"\"",
           "Name of the chip, as sm_80; may be left out if the module has one">,
  ];
  let dependentDialects = ["::dlk::DlkDialect"];
}

def VerifyPhase : Pass<"dlk-verify-phase", "::mlir::ModuleOp"> {
  let summary = "Check that a phase left only what may remain after it";
  let description = [{
    What: refuses operations that the phase should have replaced. Changes
    nothing.
    Before, After: the same IR.
    Needs: the phases up to `phase` to have run.
    Numbers: exact.
    Refuses: an operation that must not remain after the phase [DLK-P90]; an
    operation on tensors that dlk does not compile [DLK-P91]; an unknown phase
    [DLK-P92].
  }];
  let options = [
    Option<"phase", "phase", "std::string", /*default=*/"\"\"",
           "Name of the phase that has just run">,
  ];
}

def DumpPhase : Pass<"dlk-dump-phase", "::mlir::ModuleOp"> {
  let summary = "Write the module into a file";
  let description = [{
    What: writes the module as text to `file`; folders on the way are created.
    Changes nothing.
    Before, After: the same IR.
    Needs: nothing.
    Numbers: exact.
    Refuses: a file that cannot be written.
  }];
  let options = [
    Option<"file", "file", "std::string", /*default=*/"\"\"", "File to write">,
  ];
}

#endif
