// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups in the channels: tensors of fewer dimensions, in which the channels of
// several groups are contiguous, and which TMA has the dimensions for.

#include "dlk/Transforms/MergeGroups.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace dlk;

namespace {

class GroupMerger {
public:
  explicit GroupMerger(ConvOp op)
      : op(op), builder(op), geometry(op.getGeometry()) {}

  ConvOp run() {
    std::optional<unsigned> input = findPair(geometry.inputLayout, "gc");
    std::optional<unsigned> filter = findPair(geometry.filterLayout, "gf");
    std::optional<unsigned> output = findPair(geometry.outputLayout, "gf");
    bool dgrad = op.getKind() == ConvKind::Dgrad;
    bool wgrad = op.getKind() == ConvKind::Wgrad;
    std::optional<unsigned> &result = dgrad ? input : wgrad ? filter : output;
    if (result && !llvm::all_of(llvm::seq(op.getExtras().size()),
                                [&](size_t i) { return keeps(i, *result); }))
      result.reset();
    if (!input && !filter && !output)
      return op;
    merge(geometry.inputLayout, input);
    merge(geometry.filterLayout, filter);
    merge(geometry.outputLayout, output);
    return rewrite(dgrad ? output : input, wgrad ? output : filter, result);
  }

private:
  /// Where the letters stand side by side.
  static std::optional<unsigned> findPair(StringRef layout, StringRef pair) {
    size_t place = layout.find(pair);
    return place == StringRef::npos ? std::nullopt
                                    : std::optional<unsigned>(place);
  }

  static void merge(std::string &layout, std::optional<unsigned> pair) {
    if (pair)
      layout.erase(*pair, 1);
  }

  /// Where an extra has the two dimensions of the result side by side.
  std::optional<unsigned> findInExtra(unsigned extra, unsigned pair) {
    AffineMap map = op.getExtraMap(extra);
    for (unsigned i = 0; i + 1 < map.getNumResults(); ++i)
      if (map.getDimPosition(i) == pair &&
          map.getDimPosition(i + 1) == pair + 1)
        return i;
    return std::nullopt;
  }

  /// Whether an extra has both dimensions, as one, or none.
  bool keeps(unsigned extra, unsigned pair) {
    AffineMap map = op.getExtraMap(extra);
    return findInExtra(extra, pair) ||
           (!map.isFunctionOfDim(pair) && !map.isFunctionOfDim(pair + 1));
  }

  static SmallVector<ReassociationIndices> groupDims(unsigned rank,
                                                     unsigned pair) {
    SmallVector<ReassociationIndices> groups;
    for (unsigned dim = 0; dim < rank; ++dim) {
      if (dim != pair + 1)
        groups.emplace_back();
      groups.back().push_back(dim);
    }
    return groups;
  }

  static unsigned rankOf(Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getRank();
  }

  Value collapse(Value tensor, std::optional<unsigned> pair) {
    if (!pair)
      return tensor;
    return tensor::CollapseShapeOp::create(builder, op.getLoc(), tensor,
                                           groupDims(rankOf(tensor), *pair));
  }

  /// The map of an extra over the dimensions of the collapsed result.
  AffineMap collapseMap(AffineMap map, unsigned pair) {
    SmallVector<AffineExpr> results;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      if (unsigned dim = map.getDimPosition(i); dim != pair)
        results.push_back(builder.getAffineDimExpr(dim - (dim > pair)));
    return AffineMap::get(map.getNumDims() - 1, 0, results, op.getContext());
  }

  Value makeInit(RankedTensorType type, unsigned pair) {
    SmallVector<int64_t> shape(type.getShape());
    shape[pair + 1] *= shape[pair];
    shape.erase(shape.begin() + pair);
    return tensor::EmptyOp::create(builder, op.getLoc(), shape,
                                   type.getElementType());
  }

  ConvOp rewrite(std::optional<unsigned> lhs, std::optional<unsigned> rhs,
                 std::optional<unsigned> result) {
    SmallVector<Value> extras;
    SmallVector<AffineMap> maps;
    for (unsigned i = 0; i < op.getExtras().size(); ++i) {
      AffineMap map = op.getExtraMap(i);
      extras.push_back(
          result ? collapse(op.getExtras()[i], findInExtra(i, *result))
                 : op.getExtras()[i]);
      maps.push_back(result ? collapseMap(map, *result) : map);
    }
    Value init = result ? makeInit(op.getType(), *result) : op.getInit();
    auto merged = ConvOp::create(
        builder, op.getLoc(), op.getKind(), collapse(op.getLhs(), lhs),
        collapse(op.getRhs(), rhs), extras, init, maps, geometry,
        [&](OpBuilder &b, Location, ValueRange args) {
          IRMapping mapping;
          mapping.map(op.getBody()->getArguments(), args);
          for (Operation &inner : op.getBody()->without_terminator())
            b.clone(inner, mapping);
          return mapping.lookupOrDefault(op.getYield().getValue());
        },
        op.getAccType());
    merged.setPrecision(op.getPrecision());
    merged.setPromoteAttr(op.getPromoteAttr());
    merged.setScheduleAttr(op.getScheduleAttr());
    merged->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    Value back = merged.getResult();
    if (result)
      back = tensor::ExpandShapeOp::create(
          builder, op.getLoc(), op.getType(), back,
          groupDims(op.getType().getRank(), *result));
    op.getResult().replaceAllUsesWith(back);
    op.erase();
    return merged;
  }

  ConvOp op;
  OpBuilder builder;
  ConvGeometry geometry;
};

} // namespace

ConvOp dlk::mergeGroups(ConvOp op) { return GroupMerger(op).run(); }
