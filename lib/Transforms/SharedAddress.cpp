// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates a layout on coordinates that are a thread's value plus a constant.
//
// A swizzle reads bits below its pattern size only, so a constant's multiple of
// that size commutes with it; only the rest has to be added before the XOR.

#include "dlk/Transforms/SharedAddress.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;

namespace {

class AddressEmitter {
public:
  AddressEmitter(OpBuilder &builder, Location loc, int64_t elementBytes)
      : builder(builder), loc(loc), elementBytes(elementBytes) {}

  void addMode(const LayoutMode &mode, ThreadCoordinate rest) {
    for (auto [index, part] : llvm::enumerate(mode)) {
      if (index + 1 == mode.size()) {
        addTerm(rest.variable, rest.offset, part.stride);
        return;
      }
      rest = addPart(part, rest);
    }
  }

  ThreadAddress swizzled(Swizzle swizzle) {
    Value sum = thread ? thread : constant(0);
    if (!swizzle)
      return {sum, constantBytes};
    int64_t pattern = int64_t(1)
                      << (swizzle.base + swizzle.shift + swizzle.bits);
    int64_t low = llvm::mod(constantBytes, pattern);
    if (low != 0)
      sum = builder.createOrFold<arith::AddIOp>(loc, sum, constant(low));
    int64_t mask = ((int64_t(1) << swizzle.bits) - 1) << swizzle.base;
    Value source =
        builder.createOrFold<arith::ShRUIOp>(loc, sum, constant(swizzle.shift));
    Value bits =
        builder.createOrFold<arith::AndIOp>(loc, source, constant(mask));
    return {builder.createOrFold<arith::XOrIOp>(loc, sum, bits),
            constantBytes - low};
  }

private:
  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                        value);
  }

  /// Adds the innermost part of a coordinate and returns what is left of it.
  ThreadCoordinate addPart(LayoutPart part, ThreadCoordinate coordinate) {
    int64_t within = coordinate.offset % part.extent;
    if (within + coordinate.bound <= part.extent) {
      addTerm(coordinate.variable, within, part.stride);
      return {Value(), 1, coordinate.offset / part.extent};
    }
    Value variable = coordinate.variable;
    if (within != 0) {
      variable =
          builder.createOrFold<arith::AddIOp>(loc, variable, constant(within));
      coordinate.bound += within;
    }
    Value extent = constant(part.extent);
    addTerm(builder.createOrFold<arith::RemUIOp>(loc, variable, extent), 0,
            part.stride);
    return {builder.createOrFold<arith::DivUIOp>(loc, variable, extent),
            int64_t(llvm::divideCeil(coordinate.bound, part.extent)),
            coordinate.offset / part.extent};
  }

  void addTerm(Value variable, int64_t offset, int64_t stride) {
    constantBytes += offset * stride * elementBytes;
    if (!variable)
      return;
    Value term = builder.createOrFold<arith::MulIOp>(
        loc, variable, constant(stride * elementBytes));
    thread =
        thread ? builder.createOrFold<arith::AddIOp>(loc, thread, term) : term;
  }

  OpBuilder &builder;
  Location loc;
  int64_t elementBytes;
  Value thread;
  int64_t constantBytes = 0;
};

} // namespace

ThreadAddress dlk::emitThreadAddress(OpBuilder &builder, Location loc,
                                     const Layout &layout, int64_t elementBytes,
                                     ArrayRef<ThreadCoordinate> coordinate) {
  AddressEmitter emitter(builder, loc, elementBytes);
  for (auto [mode, part] : llvm::zip_equal(layout.getModes(), coordinate))
    emitter.addMode(mode, part);
  return emitter.swizzled(layout.getSwizzle());
}

Value dlk::emitPointerOffset(OpBuilder &builder, Location loc, Value pointer,
                             ThreadAddress address) {
  Type byte = builder.getI8Type();
  Value moved =
      LLVM::GEPOp::create(builder, loc, pointer.getType(), byte, pointer,
                          ArrayRef<LLVM::GEPArg>{address.thread});
  if (address.constant == 0)
    return moved;
  return LLVM::GEPOp::create(
      builder, loc, pointer.getType(), byte, moved,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(address.constant)});
}
