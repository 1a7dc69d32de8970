// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the builders of BuildMatrix.cpp tell the handlers of MatrixOps.cpp
// (Op::spec).

#ifndef DLK_LIB_EXECUTOR_MATRIXSPECS_H
#define DLK_LIB_EXECUTOR_MATRIXSPECS_H

#include "TensorCore.h"
#include "Warp.h"

namespace dlk::exec {

/// cp.async. Operands: shared address, global address, source size or NoSlot,
/// predicate of ignore-src or NoSlot. Op::imm displaces the shared address.
struct CopySpec {
  uint32_t bytes = 16;
  int32_t sourceDisplacement = 0;
  bool wideTo = false, wideFrom = true;
};

/// ldmatrix and stmatrix. Operand: address; Op::more: the registers.
struct MatrixMoveSpec {
  Space space = Space::Shared;
  bool wideAddress = false;
  bool transposed = false;
};

/// mma. Op::more: registers of D, A, B, C.
struct MmaOpSpec {
  MmaSpec mma;
  MmaRegisters registers;
  MmaFunction run = nullptr;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_MATRIXSPECS_H
