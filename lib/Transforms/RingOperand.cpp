// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which operand of an epilogue the ring brings. Its bytes are those of one or a
// few stages, which the producer fills after the last ones of the products:
// they arrive while the products run and need no memory of their own.

#include "dlk/Transforms/RingOperand.h"
#include "dlk/Transforms/MatmulViews.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

/// Bytes of a row of a box: one pattern of the 128-byte swizzle.
static constexpr int64_t kBoxRowBytes = 128;
static constexpr int64_t kStageAlignment = 1024;
/// Of a tensor map.
static constexpr int64_t kPieceBytes = 16;
static constexpr int64_t kMostDimensions = 5;

/// The operand as [batch..., m, n], if it has both m and n, the latter
/// contiguous, and at most the batch dimensions beside them.
static MemType viewAsResult(MatmulOp op, unsigned extra) {
  AffineMap map = op.getExtraMap(extra);
  unsigned m = op.getMDim(), n = op.getNDim(), rank = map.getNumResults();
  if (op.isGathered(2 + extra) || rank < 2 ||
      op.getContiguousDim(2 + extra) != n || !map.isFunctionOfDim(m))
    return {};
  return viewOperand(op, 2 + extra, m, n);
}

/// Whether TMA can copy from the memory, and threads read what it copied.
static bool isReadable(MemType memory) {
  Type element = memory.getElementType();
  if (!element.isF16() && !element.isBF16() && !element.isF32())
    return false;
  int64_t rank = 2;
  Layout layout = memory.getLayout().getLayout();
  for (auto [dim, mode] : llvm::enumerate(layout.getModes())) {
    bool isBatch = static_cast<int64_t>(dim) + 2 < memory.getRank();
    LayoutPart part = mode.front();
    rank += isBatch && part.stride != 0 && part.extent != 1;
  }
  int64_t rowBytes = memory.getShape().back() * memory.getElementBytes();
  return rank <= kMostDimensions && rowBytes % kPieceBytes == 0;
}

std::optional<RingOperand>
dlk::findRingOperand(MatmulOp op, ArrayRef<MemType> buffers, int64_t columns) {
  ScheduleAttr schedule = *op.getSchedule();
  if (schedule.getRoles() == Roles::None ||
      schedule.getSplit() != SplitKind::None || schedule.getSwapAb() ||
      op.getK() == 0)
    return std::nullopt;
  int64_t stageBytes = 0;
  for (MemType buffer : buffers)
    stageBytes += llvm::alignTo(
        buffer.getNumElements() * buffer.getElementBytes(), kStageAlignment);
  for (unsigned extra = 0; extra < op.getExtras().size(); ++extra) {
    MemType view = viewAsResult(op, extra);
    if (!view || !isReadable(view) || op.getExtraArgument(extra).use_empty())
      continue;
    int64_t width =
        std::gcd(columns, kBoxRowBytes / int64_t(view.getElementBytes()));
    auto panel =
        MemType::get(op.getContext(), {schedule.getTileM(), width},
                     view.getElementType(), LayoutAttr(), MemorySpace::Shared);
    int64_t bytes = llvm::alignTo(schedule.getTileM() * width *
                                      int64_t(view.getElementBytes()),
                                  kStageAlignment);
    int64_t panels = schedule.getTileN() / width;
    int64_t perStage = stageBytes / bytes;
    if (perStage == 0)
      continue;
    // As few stages as possible, each as empty as possible. The consumer holds
    // all of them; in turns, another one goes on meanwhile.
    int64_t stages = llvm::divideCeil(panels, perStage);
    int64_t most =
        schedule.getStages() - (schedule.getRoles() == Roles::Pingpong ? 1 : 0);
    if (stages <= most)
      return RingOperand{extra, view, panel, panels,
                         int64_t(llvm::divideCeil(panels, stages))};
  }
  return std::nullopt;
}
