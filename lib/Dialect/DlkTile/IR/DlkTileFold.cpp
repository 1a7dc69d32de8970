// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folds and canonical forms of tile operations. None of them moves or merges an
// operation that synchronizes, except barriers with nothing between them.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

//===----------------------------------------------------------------------===//
// View
//===----------------------------------------------------------------------===//

/// The whole of a buffer, seen as it is.
OpFoldResult ViewOp::fold(FoldAdaptor) {
  bool whole = getByteOffset() == 0 && isZeroInteger(getDynamicOffset());
  return whole && getView().getType() == getSource().getType() ? getSource()
                                                               : Value();
}

static Value createI32(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                      value);
}

/// Constant offsets go into `byte_offset`; a view of a view is one view.
LogicalResult ViewOp::canonicalize(ViewOp op, PatternRewriter &rewriter) {
  Location loc = op.getLoc();
  int64_t byteOffset = op.getByteOffset();
  auto replace = [&](Value source, Value dynamic, int64_t bytes) {
    rewriter.replaceOpWithNewOp<ViewOp>(op, op.getType(), source, dynamic,
                                        bytes);
    return success();
  };
  std::optional<int64_t> known = getConstantIntValue(op.getDynamicOffset());
  if (known && *known > 0)
    return replace(op.getSource(), createI32(rewriter, loc, 0),
                   byteOffset + *known);
  auto inner = op.getSource().getDefiningOp<ViewOp>();
  if (!inner)
    return rewriter.notifyMatchFailure(op, "not a view of a view");
  Value dynamic = inner.getDynamicOffset();
  if (isZeroInteger(dynamic))
    dynamic = op.getDynamicOffset();
  else if (!isZeroInteger(op.getDynamicOffset()))
    dynamic =
        arith::AddIOp::create(rewriter, loc, dynamic, op.getDynamicOffset());
  return replace(inner.getSource(), dynamic,
                 byteOffset + static_cast<int64_t>(inner.getByteOffset()));
}

//===----------------------------------------------------------------------===//
// Copy and barrier
//===----------------------------------------------------------------------===//

/// A predicate that is always true says nothing.
LogicalResult CopyOp::canonicalize(CopyOp op, PatternRewriter &rewriter) {
  std::optional<int64_t> known;
  if (op.getPredicate())
    known = getConstantIntValue(op.getPredicate());
  if (!known || *known == 0)
    return rewriter.notifyMatchFailure(op, "predicate is not known to be true");
  rewriter.modifyOpInPlace(op, [&] { op.getPredicateMutable().clear(); });
  return success();
}

/// Of barriers with nothing between them one is enough.
LogicalResult BarrierOp::canonicalize(BarrierOp op, PatternRewriter &rewriter) {
  if (!isa_and_nonnull<BarrierOp>(op->getNextNode()))
    return rewriter.notifyMatchFailure(op, "no barrier follows");
  rewriter.eraseOp(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Map
//===----------------------------------------------------------------------===//

/// The identity.
OpFoldResult MapOp::fold(FoldAdaptor) {
  Block &block = getBody().front();
  auto yield = cast<YieldOp>(block.getTerminator());
  bool identity = yield.getValue() == block.getArgument(0);
  return identity && getType() == getSource().getType() ? getSource() : Value();
}

/// Operands that the region does not use are not read.
LogicalResult MapOp::canonicalize(MapOp op, PatternRewriter &rewriter) {
  Block &block = op.getBody().front();
  BitVector unused(block.getNumArguments());
  SmallVector<Value> inputs;
  SmallVector<Attribute> maps;
  for (auto [index, input, map] :
       llvm::enumerate(op.getInputs(), op.getMaps())) {
    if (block.getArgument(1 + index).use_empty()) {
      unused.set(1 + index);
      continue;
    }
    inputs.push_back(input);
    maps.push_back(map);
  }
  bool dropsTiles =
      !op.getTiles().empty() && block.getArguments().back().use_empty();
  if (dropsTiles)
    unused.set(block.getNumArguments() - 1);
  if (unused.none())
    return rewriter.notifyMatchFailure(op, "all operands are used");
  rewriter.modifyOpInPlace(op, [&] {
    block.eraseArguments(unused);
    op.getInputsMutable().assign(inputs);
    if (dropsTiles)
      op.getTilesMutable().clear();
    op.setMapsAttr(rewriter.getArrayAttr(maps));
  });
  return success();
}
