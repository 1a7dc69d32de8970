// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gathers of dlk.matmul: which operands are no matrix in memory, how they
// look in another order of dimensions, and whether TMA can follow them.

#include "dlk/Analysis/TmaGather.h"
#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;

GatherAttr MatmulOp::getGather(unsigned operand) {
  ArrayAttr gathers = getGathersAttr();
  return gathers ? dyn_cast<GatherAttr>(gathers[operand]) : GatherAttr();
}

bool MatmulOp::isGathered(unsigned operand) {
  GatherAttr gather = getGather(operand);
  return gather &&
         !gather.getGather().asStrided(getOperandType(operand).getShape());
}

GatherAttr MatmulOp::getGatherView(unsigned operand, ArrayRef<unsigned> dims,
                                   int64_t channelMultiple) {
  GatherAttr attr = getGather(operand);
  Gather gather = attr.getGather();
  AffineMap map = getMap(operand);
  SmallVector<int64_t> sizes = getIterationSizes(), ranks, extents;
  SmallVector<AffineExpr> digits(gather.getNumDigits());
  for (unsigned dim : dims) {
    std::optional<unsigned> place =
        map.getResultPosition(getAffineDimExpr(dim, getContext()));
    if (!place) {
      ranks.push_back(1);
      extents.push_back(sizes[dim]);
      continue;
    }
    for (unsigned i = 0; i < gather.groups[*place].size(); ++i)
      digits[gather.getFirstDigit(*place) + i] =
          getAffineDimExpr(extents.size() + i, getContext());
    ranks.push_back(gather.groups[*place].size());
    llvm::append_range(extents, gather.groups[*place]);
    if (dim == getKDim() && getChannels() == extents.back())
      extents.back() = llvm::alignTo(extents.back(), channelMultiple);
  }
  return GatherAttr::get(
      getContext(), ranks, extents,
      attr.getMap().replaceDimsAndSymbols(digits, {}, extents.size(), 0));
}

/// Rows after which the pattern of the 128-byte swizzle repeats.
static constexpr int64_t kSwizzleRows = 8;

/// The digits of k in an operand.
static SmallVector<int64_t> getDigitsOfK(MatmulOp op, unsigned operand) {
  GatherAttr attr = op.getGather(operand);
  if (!attr)
    return {op.getK()};
  unsigned place = *op.getMap(operand).getResultPosition(
      getAffineDimExpr(op.getKDim(), op.getContext()));
  return llvm::to_vector(ArrayRef<int64_t>(attr.getGather().groups[place]));
}

/// With what is finer than channels taken together, as groups in a pack.
static SmallVector<int64_t> joinChannels(SmallVector<int64_t> digits,
                                         int64_t channels) {
  while (digits.size() > 1 && digits.back() < channels) {
    int64_t last = digits.pop_back_val();
    digits.back() *= last;
  }
  return digits;
}

int64_t MatmulOp::getChannels() {
  // Of a 1x1 filter the operand with channels last may be a matrix in memory.
  if (!isGathered(0) && !isGathered(1))
    return 0;
  for (unsigned operand : {0, 1}) {
    SmallVector<int64_t> digits = getDigitsOfK(*this, operand);
    if (getContiguousDim(operand) == getKDim() && digits.size() > 1)
      return digits.back();
  }
  return 0;
}

/// Whether k counts the same taps and channels in both operands.
static bool haveSameTaps(MatmulOp op) {
  int64_t channels = op.getChannels();
  return joinChannels(getDigitsOfK(op, 0), channels) ==
         joinChannels(getDigitsOfK(op, 1), channels);
}

/// The same of a gather, where an index that depends on one of the digits that
/// are taken together depends on the channel somehow.
static Gather joinChannels(Gather gather, int64_t channels) {
  auto &digits = gather.groups.back();
  while (digits.size() > 1 && digits.back() < channels) {
    int64_t last = digits.pop_back_val();
    digits.back() *= last;
    for (auto &coefficients : gather.coefficients) {
      bool depends = coefficients.pop_back_val() != 0;
      coefficients.back() = depends || coefficients.back() != 0;
    }
  }
  return gather;
}

std::optional<TapRanges> MatmulOp::getTapRanges() {
  int64_t channels = getChannels();
  if (!channels)
    return std::nullopt;
  SmallVector<GatheredOperand, 2> operands;
  for (auto [operand, other] : {std::pair(0u, getMDim()), {1u, getNDim()}}) {
    if (!getGather(operand) || !haveSameTaps(*this))
      continue;
    auto dims = llvm::to_vector(llvm::seq<unsigned>(0, getNumBatchDims()));
    dims.append({other, getKDim()});
    Gather gather = getGatherView(operand, dims).getGather();
    operands.push_back(
        {joinChannels(gather, channels), getOperandType(operand).getShape()});
  }
  return TapRanges::find(operands);
}

/// Of a view with channels padded to a multiple, of which boxes have one panel.
/// Rows along k are those of a step, which are of one tap if channels are
/// known; others, and rows along m and n, may cross any digit.
static std::string whyNotTma(MatmulOp op, unsigned operand, int64_t panel,
                             int64_t channelMultiple) {
  int64_t channels = op.getChannels();
  SmallVector<int64_t> digits = getDigitsOfK(op, operand);
  if (channels && !haveSameTaps(op))
    return "k has other digits in the other operand";
  bool isFiner = channels && digits.back() != channels;
  if (isFiner && channels % channelMultiple != 0)
    return llvm::formatv("channels of several groups are not a multiple of "
                         "{0}: {1}",
                         channelMultiple, channels)
        .str();
  unsigned other = operand == 0 ? op.getMDim() : op.getNDim();
  unsigned k = op.getKDim();
  bool kLast = op.getContiguousDim(operand) != other;
  auto dims = llvm::to_vector(llvm::seq<unsigned>(0, op.getNumBatchDims()));
  dims.append({kLast ? other : k, kLast ? k : other});
  Gather gather = op.getGatherView(operand, dims, channelMultiple).getGather();
  int64_t bytes = op.getLhsElementType().getIntOrFloatBitWidth() / 8;
  std::string why;
  std::optional<TmaGather> form =
      findTmaGather(gather, op.getOperandType(operand).getShape(), bytes, why);
  if (!form)
    return why;
  if (!fitsBoxes(gather, *form, 1, panel))
    return llvm::formatv("channels are not a multiple of {0}: {1}", panel,
                         gather.groups.back().back())
        .str();
  // Rows of a tile are several boxes, which start where the swizzle does.
  if (kLast || isFiner) {
    int64_t most = getBoxRows(gather, *form);
    if (most % kSwizzleRows == 0)
      return "";
    return llvm::formatv("rows of a box are not a multiple of {0}: {1}",
                         kSwizzleRows, most)
        .str();
  }
  int64_t rows = channels ? panel : INT64_MAX;
  if (!fitsBoxes(gather, *form, rows, panel))
    return why.empty() ? "rows of a box cross what they cannot" : why;
  return "";
}

void dlk::describeTmaGather(MatmulOp op, unsigned operand, GemmTensor &tensor) {
  constexpr int64_t kPanelBytes = 128;
  int64_t panel =
      kPanelBytes * 8 / op.getLhsElementType().getIntOrFloatBitWidth();
  if (op.isGathered(operand))
    tensor.noTmaReason = op.getOperandType(operand).getNumElements() == 0
                             ? "the tensor has no elements"
                             : whyNotTma(op, operand, panel, panel);
  // One panel more than there are channels.
  int64_t padded = llvm::alignTo(op.getChannels(), panel) + panel;
  tensor.channelsEndInside = op.getChannels() && tensor.noTmaReason.empty() &&
                             !whyNotTma(op, operand, panel, padded).empty();
}
