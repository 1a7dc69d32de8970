// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers the attributes and operations of dlk, and holds what tablegen
// generates for its enums and interfaces.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dlk;

#include "dlk/Dialect/Dlk/IR/DlkDialect.cpp.inc"
#include "dlk/Dialect/Dlk/IR/DlkEnums.cpp.inc"
#include "dlk/Dialect/Dlk/IR/DlkOpInterfaces.cpp.inc"

void DlkDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dlk/Dialect/Dlk/IR/DlkOps.cpp.inc"
      >();
}

LogicalResult DlkDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  StringRef name = attribute.getName();
  bool isRight = name == "dlk.schedule"
                     ? isa<ScheduleAttr>(attribute.getValue())
                 : name == "dlk.target" ? isa<TargetAttr>(attribute.getValue())
                                        : true;
  if (isRight)
    return success();
  return op->emitError("attribute does not hold #")
         << name << "<...>: " << attribute.getValue() << " [DLK-A7]";
}
