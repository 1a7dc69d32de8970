// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// report.json: what became of each kernel, and why.
#ifndef DLK_EMIT_REPORT_H
#define DLK_EMIT_REPORT_H

#include "dlk/Emit/CudaTools.h"
#include "dlk/Target/ChipInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include <string>

namespace dlk {

/// The report on a compiled module as JSON text. `cubin` is null if there is
/// no ptxas: then the figures that only it knows are null.
mlir::FailureOr<std::string> writeReport(mlir::ModuleOp module,
                                         const ChipInfo &chip,
                                         llvm::StringRef ptx,
                                         const Cubin *cubin);

} // namespace dlk

#endif
