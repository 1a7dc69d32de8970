// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cvt of fp8 takes and gives pairs. There is none from fp8 to f32: f16 holds
// every value of both types, and lies between.

#include "dlk/Transforms/Fp8.h"
#include "dlk/Support/ElementTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace dlk;

Type dlk::getRegisterType(Type type) {
  return isFp8(type) ? IntegerType::get(type.getContext(), 8) : type;
}

static Value emitExtension(OpBuilder &b, Location loc, Value pair, Type type) {
  auto half = VectorType::get(2, b.getF16Type());
  Value values =
      NVVM::ConvertF8x2ToF16x2Op::create(b, loc, half, pair, false, type);
  return arith::ExtFOp::create(b, loc, VectorType::get(2, b.getF32Type()),
                               values);
}

static Value emitRounding(OpBuilder &b, Location loc, Value pair, Type type) {
  Value first = vector::ExtractOp::create(b, loc, pair, 0);
  Value second = vector::ExtractOp::create(b, loc, pair, 1);
  // The first operand becomes the upper byte.
  return NVVM::ConvertF32x2ToF8x2Op::create(
      b, loc, VectorType::get(2, b.getI8Type()), second, first,
      NVVM::FPRoundingMode::RN, NVVM::SaturationMode::SATFINITE,
      /*relu=*/false, type);
}

Value dlk::emitFp8Conversion(OpBuilder &b, Operation *op, Value pair) {
  if (auto extension = dyn_cast<arith::ExtFOp>(op))
    if (isFp8(extension.getIn().getType()))
      return emitExtension(b, op->getLoc(), pair, extension.getIn().getType());
  if (auto rounding = dyn_cast<arith::TruncFOp>(op))
    if (isFp8(rounding.getType()))
      return emitRounding(b, op->getLoc(), pair, rounding.getType());
  return {};
}
