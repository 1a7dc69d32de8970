// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect dlk: its attributes, interfaces and operations.
#ifndef DLK_DIALECT_DLK_IR_DLK_H
#define DLK_DIALECT_DLK_IR_DLK_H

#include "dlk/Analysis/TapRanges.h"
#include "dlk/Dialect/Dlk/IR/ConvGeometry.h"
#include "dlk/Dialect/Dlk/IR/DlkAttributes.h"
#include "dlk/Dialect/Dlk/IR/GemmSchedule.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace dlk {
/// Builds an epilogue from its block arguments and returns the value to yield.
using EpilogueBuilder = llvm::function_ref<mlir::Value(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;
} // namespace dlk

#include "dlk/Dialect/Dlk/IR/DlkOpInterfaces.h.inc"

namespace dlk {

/// Whether an operation may stand in an epilogue region (rule V13).
bool isEpilogueOp(mlir::Operation *op);

/// Whether extras and results may have elements of this type (rule V3).
bool isStoredType(mlir::Type type);

} // namespace dlk

#define GET_OP_CLASSES
#include "dlk/Dialect/Dlk/IR/DlkOps.h.inc"

namespace dlk {

/// What TMA can copy of operand 0 or 1 in boxes whose rows have 128 bytes.
void describeTmaGather(MatmulOp op, unsigned operand, GemmTensor &tensor);

} // namespace dlk

#endif
