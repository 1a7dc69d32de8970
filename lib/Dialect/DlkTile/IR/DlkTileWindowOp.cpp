// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of dlk_tile.window_reduce.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

/// Rows of `columns` contiguous elements, at one distance.
static bool isRowMemory(MemType type, int64_t columns) {
  if (!type.isShared() || type.getRank() != 2 || type.getShape()[1] != columns)
    return false;
  if (!type.getLayout())
    return true;
  Layout layout = type.getLayout().getLayout();
  return !layout.getSwizzle() && layout.getModes()[0].size() == 1 &&
         layout.getModes()[1].size() == 1 &&
         layout.getModes()[1].front().stride == 1;
}

static int64_t product(ArrayRef<int64_t> extents) {
  int64_t result = 1;
  for (int64_t extent : extents)
    result *= extent;
  return result;
}

static LogicalResult verifyGeometry(WindowReduceOp op) {
  size_t rank = op.getTile().size();
  auto refuse = [&](StringRef what) {
    return op.emitOpError()
           << what << ": tile [" << op.getTile() << "], halo [" << op.getHalo()
           << "], window [" << op.getWindow() << "], strides ["
           << op.getStrides() << "], dilations [" << op.getDilations()
           << "] [DLK-T94]";
  };
  for (ArrayRef<int64_t> extents : {op.getTile(), op.getHalo(), op.getWindow(),
                                    op.getStrides(), op.getDilations()})
    if (extents.size() != rank || rank == 0 ||
        llvm::any_of(extents, [](int64_t extent) {
          return extent < 1 || extent > INT32_MAX;
        }))
      return refuse("extents are not positive and of one rank");
  for (size_t i = 0; i < rank; ++i)
    if ((op.getTile()[i] - 1) * op.getStrides()[i] +
            (op.getWindow()[i] - 1) * op.getDilations()[i] >=
        op.getHalo()[i])
      return refuse("windows reach past the halo");
  if (op.getSource().getType().getShape()[0] < product(op.getHalo()) ||
      (op.getFilter() &&
       op.getFilter().getType().getShape()[0] != product(op.getWindow())))
    return refuse("rows of source or filter do not fit");
  return success();
}

LogicalResult WindowReduceOp::verify() {
  FragType result = getResult().getType();
  int64_t columns = result.getShape()[1];
  if (!isRowMemory(getSource().getType(), columns) ||
      (getFilter() && !isRowMemory(getFilter().getType(), columns)))
    return emitOpError("source or filter is not rows of ")
           << columns << " elements in shared memory [DLK-T92]";
  if (result.getLayout().getKind() != FragmentKind::MmaAcc ||
      !result.getElementType().isF32() ||
      result.getShape()[0] != product(getTile()))
    return emitOpError("result is no mma_acc fragment of f32 with a row for "
                       "each of ")
           << product(getTile()) << " positions: " << result << " [DLK-T93]";
  if (failed(verifyGeometry(*this)))
    return failure();
  bool known = llvm::is_contained({"sum", "max", "min", "multiply"}, getKind());
  bool checked = !getBounds().empty();
  if (!known || (getKind() == "multiply") != (getFilter() != Value()) ||
      getOrigin().size() != getBounds().size() ||
      (checked && getBounds().size() != getTile().size()))
    return emitOpError("kind, filter, origin and bounds do not fit: '")
           << getKind() << "', " << getOrigin().size() << " indices, "
           << getBounds().size() << " bounds [DLK-T95]";
  return success();
}
