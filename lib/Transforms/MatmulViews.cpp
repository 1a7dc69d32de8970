// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strides of a matmul's operands as layouts of global memory, and its batch
// dimensions as one.

#include "dlk/Transforms/MatmulViews.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

MemType dlk::viewOperand(MatmulOp op, unsigned index, unsigned row,
                         unsigned column, int64_t channelMultiple) {
  bool isPadded = op.getGather(index) && channelMultiple > 1 &&
                  op.getChannels() % channelMultiple != 0;
  if (op.isGathered(index) || isPadded) {
    auto dims = llvm::to_vector(llvm::seq<unsigned>(0, op.getNumBatchDims()));
    dims.append({row, column});
    return gatherMemory(op.getOperandType(index),
                        op.getGatherView(index, dims, channelMultiple));
  }
  SmallVector<int64_t> operandStrides = op.getOperandStrides(index);
  SmallVector<int64_t> sizes = op.getIterationSizes();
  SmallVector<int64_t> shape, strides;
  for (unsigned dim = 0; dim < op.getNumBatchDims(); ++dim) {
    shape.push_back(sizes[dim]);
    strides.push_back(operandStrides[dim]);
  }
  for (unsigned dim : {row, column}) {
    shape.push_back(sizes[dim]);
    strides.push_back(operandStrides[dim]);
  }
  return MemType::get(
      op.getContext(), shape, op.getOperandType(index).getElementType(),
      LayoutAttr::get(op.getContext(), Layout::strided(shape, strides)),
      MemorySpace::Global);
}

int64_t dlk::vectorAlong(MatmulOp op, unsigned index, unsigned dim) {
  if (op.getContiguousDim(index) != dim)
    return 1;
  int64_t bytes = op.getOperandType(index).getElementTypeBitWidth() / 8;
  return std::max<int64_t>(1, op.getPieceBytes(index) / bytes);
}

int64_t dlk::mostBoxRows(MemType memory) {
  if (!memory.getGather())
    return 0;
  Gather gather = memory.getGather().getGather();
  std::string why;
  std::optional<TmaGather> form = findTmaGather(gather, memory.getTensorShape(),
                                                memory.getElementBytes(), why);
  return form ? getBoxRows(gather, *form) : 0;
}

unsigned dlk::resultIndex(MatmulOp op) { return 2 + op.getExtras().size(); }

MemType dlk::viewExtra(MatmulOp op, unsigned extra) {
  RankedTensorType type = op.getOperandType(2 + extra);
  GatherAttr gather = op.getGather(2 + extra);
  if (!gather)
    return rowMajorMemory(type);
  std::optional<Layout> layout = gather.getGather().asStrided(type.getShape());
  if (!layout)
    return gatherMemory(type, gather);
  return MemType::get(op.getContext(), gather.getShape(), type.getElementType(),
                      LayoutAttr::get(op.getContext(), *layout),
                      MemorySpace::Global);
}

SmallVector<Value> dlk::emitBatchCoordinates(OpBuilder &builder, Location loc,
                                             MatmulOp op, Value linear) {
  SmallVector<int64_t> sizes = op.getBatchSizes();
  SmallVector<Value> coordinates(sizes.size());
  Value rest = linear;
  for (size_t dim = sizes.size(); dim-- > 1;) {
    Value size = arith::ConstantIndexOp::create(builder, loc, sizes[dim]);
    coordinates[dim] = arith::RemUIOp::create(builder, loc, rest, size);
    rest = arith::DivUIOp::create(builder, loc, rest, size);
  }
  if (!sizes.empty())
    coordinates[0] = rest;
  return coordinates;
}
