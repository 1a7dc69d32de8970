// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix descriptors (PTX ISA, "Matrix Descriptor Format"): bits 0-13 the
// address, 16-29 the leading dimension byte offset, 32-45 the stride dimension
// byte offset, all in units of 16 bytes, 62-63 the swizzle (1: 128 bytes). The
// stride leads from one group of eight rows to the next; the leading dimension
// offset from one panel to the next, which K-major operands do not use.

#include "dlk/Transforms/WgmmaOperand.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

static constexpr int64_t kPanelRowBytes = 128;
static constexpr int64_t kGroupRows = 8;

bool WgmmaOperand::isDescribable(MemType tile, int64_t kDim) {
  if (!tile.getLayout() || tile.getRank() != 2)
    return false;
  int64_t rows = tile.getShape()[0], columns = tile.getShape()[1];
  int64_t bytes = tile.getElementBytes();
  Layout layout = tile.getLayout().getLayout();
  bool isPanels = columns * bytes % kPanelRowBytes == 0 &&
                  rows % kGroupRows == 0 &&
                  layout.getSwizzle() == Swizzle{3, 4, 3};
  Layout expected = Layout::sharedTile(rows, columns, bytes);
  return isPanels && layout.getModes() == expected.getModes() &&
         (kDim == 1 || bytes == 2);
}

WgmmaOperand WgmmaOperand::of(MemType tile, int64_t kDim) {
  WgmmaOperand operand;
  operand.kContiguous = kDim == 1;
  operand.elementBytes = tile.getElementBytes();
  operand.kBytes = tile.getShape()[kDim] * operand.elementBytes;
  operand.panelBytes = tile.getShape()[0] * kPanelRowBytes;
  return operand;
}

int64_t WgmmaOperand::sliceBytes(int64_t slice) const {
  constexpr int64_t sliceBytes = 32;
  if (!kContiguous)
    return slice * sliceBytes / elementBytes * kPanelRowBytes;
  int64_t k = slice * sliceBytes;
  return k / kPanelRowBytes * panelBytes + k % kPanelRowBytes;
}

int64_t WgmmaOperand::otherBytes(int64_t other) const {
  if (kContiguous)
    return other * kPanelRowBytes;
  return other * elementBytes / kPanelRowBytes * panelBytes;
}

/// The shared address of a view in 32 bits, which suffice: a pointer would be
/// moved in 64.
static Value emitAddress(DeviceBuilder &device, Value memory) {
  if (auto view = memory.getDefiningOp<ViewOp>()) {
    Value source = emitAddress(device, view.getSource());
    Value moved = device.add(source, view.getDynamicOffset());
    return device.add(moved, device.i32(view.getByteOffset()));
  }
  auto shared = LLVM::LLVMPointerType::get(
      memory.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
  Value pointer = PointerOp::create(device.builder, device.loc, shared, memory);
  return LLVM::PtrToIntOp::create(device.builder, device.loc,
                                  device.builder.getI32Type(), pointer);
}

Value WgmmaOperand::emitDescriptor(OpBuilder &builder, Location loc, Value tile,
                                   Value offset) const {
  DeviceBuilder device(builder, loc);
  Value address = device.add(emitAddress(device, tile), offset);
  Value start = device.toI64(
      arith::ShRUIOp::create(builder, loc, address, device.i32(4)));
  constexpr int64_t swizzle128 = int64_t(1) << 62;
  int64_t leading = kContiguous ? 1 : panelBytes / 16;
  int64_t stride = kGroupRows * kPanelRowBytes / 16;
  return arith::OrIOp::create(
      builder, loc, start,
      device.i64(swizzle128 | stride << 32 | leading << 16));
}
