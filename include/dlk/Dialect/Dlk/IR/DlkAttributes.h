// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect dlk and its attributes, for those that need no operation of it.
#ifndef DLK_DIALECT_DLK_IR_DLKATTRIBUTES_H
#define DLK_DIALECT_DLK_IR_DLKATTRIBUTES_H

#include "dlk/Analysis/Gather.h"
#include "dlk/Dialect/Dlk/IR/Schedule.h"
#include "dlk/Target/ChipInfo.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Dialect.h"

#include "dlk/Dialect/Dlk/IR/DlkDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dlk/Dialect/Dlk/IR/DlkAttrs.h.inc"

#endif
