// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the builders of mbarrier, bulk copies and wgmma tell their handlers
// (Op::spec), and what the scheduler asks of waits that poll.

#ifndef DLK_LIB_EXECUTOR_HOPPERSPECS_H
#define DLK_LIB_EXECUTOR_HOPPERSPECS_H

#include "Cta.h"
#include "Handlers.h"
#include "TensorCore.h"
#include <string>

namespace dlk::exec {

/// mbarrier.*: address in a[0] with displacement Op::imm; count, bytes, token
/// or parity in a[1] or NoSlot; result in a[2] or NoSlot.
struct MbarrierSpec {
  Space space = Space::Shared;
  bool wideAddress = false;
  bool drop = false, noComplete = false, expectTx = false, parity = false;
  bool completeTx = false;  ///< mbarrier.complete_tx, not expect_tx.
  bool noIncrement = false; ///< cp.async.mbarrier.arrive.noinc.
};

enum class BulkForm : uint8_t { Load, Store, SharedToCluster };

/// cp.async.bulk: shared address in a[0] (the destination unless it is a
/// store), the other address or the tensor map in a[1], the mbarrier in a[2],
/// bytes in a[3], the multicast mask in a[4]; Op::imm displaces a[0]. Tensor
/// forms have their coordinates in Op::more, innermost first; st.async and
/// red.async their values.
struct BulkSpec {
  BulkForm form = BulkForm::Load;
  Space otherSpace = Space::Global;
  bool wideShared = false, wideOther = true, wideBarrier = false;
  int32_t otherDisplacement = 0, barrierDisplacement = 0;
  uint8_t rank = 0;    ///< 0: not a tensor.
  bool im2col = false; ///< The map's kind; offsets follow the coordinates
  uint8_t offsets = 0; ///< in Op::more, so many.
  /// cp.reduce: how each element is combined; a tensor's type is the map's.
  std::optional<AtomicOp> reduce;
  Type type = Type::u32; ///< Of cp.reduce, st.async and red.async.
};

/// wgmma.mma_async. Op::more: D, then A if it is in registers. Descriptors in
/// a[0] (A, or NoSlot) and a[1] (B), scale-d in a[2].
struct WgmmaSpec {
  MmaSpec mma; ///< m16n8, k of the instruction.
  MmaFunction run = nullptr;
  MmaBlockFunctions blocks; ///< Instead of `run` for floating-point types.
  uint16_t n = 8;
  bool negateA = false, negateB = false;
  bool transposeA = false, transposeB = false;
};

/// setmaxnreg: the count in Op::imm, negative for .dec. Done by Warpgroups.
Step setMaxRegisters(Warp &warp, const Op &op, Mask mask);

/// The micro-op that a polling group polls.
const Op &polledOp(const Warp &warp, const Group &group);
/// What it waits for, for a report.
std::string describePoll(const Warp &warp, const Group &group);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_HOPPERSPECS_H
