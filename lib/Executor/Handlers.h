// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers that are no lane-wise arithmetic, for the builders. Each file's
// comment says which operands it expects where.

#ifndef DLK_LIB_EXECUTOR_HANDLERS_H
#define DLK_LIB_EXECUTOR_HANDLERS_H

#include "Op.h"
#include "Types.h"
#include "Warp.h"

namespace dlk::exec {

// clang-format off
#define DLK_HANDLERS(X) \
  /* MoveHandlers.cpp */ \
  X(readClock32) X(readClock64) X(pack32) X(pack64) X(unpack32) X(unpack64) \
  X(testFloat) X(testDouble) X(convertPack) X(mapAddress32) X(mapAddress64) \
  X(addressRank32) X(addressRank64) \
  /* Control.cpp */ \
  X(branch) X(branchTable) X(callFunction) X(returnFromFunction) \
  X(exitThread) X(trap) X(assertFailed) \
  /* WarpOps.cpp */ \
  X(shuffle) X(vote) X(ballot) X(matchAny32) X(matchAny64) X(matchAll32) \
  X(matchAll64) X(redux) X(activeMask) X(elect) X(warpSync) \
  /* Barriers.cpp */ \
  X(barrier) X(clusterArrive) X(clusterWait) \
  /* MatrixOps.cpp */ \
  X(copyAsync) X(commitCopies) X(waitCopies) X(waitAllCopies) X(loadMatrix) \
  X(storeMatrix) X(moveMatrix) X(multiplyMatrices) \
  /* WmmaOps.cpp */ \
  X(wmmaLoad) X(wmmaStore) X(wmmaMultiply) \
  /* MbarrierOps.cpp */ \
  X(mbarrierInit) X(mbarrierInval) X(mbarrierArrive) X(mbarrierTx) \
  X(mbarrierWait) X(mbarrierPending) X(mbarrierCopyArrive) \
  /* BulkOps.cpp */ \
  X(bulkCopy) X(bulkTensor) X(bulkCommit) X(bulkWait) X(asyncStore) \
  /* WgmmaOps.cpp */ \
  X(wgmma) X(wgmmaFence) X(wgmmaCommit) X(wgmmaWait) \
  /* TensorMapOps.cpp */ \
  X(tensorMapReplace) X(tensorMapCopy) \
  /* MbarrierOps.cpp */ \
  X(proxyFence) X(mbarrierInitFence)
// clang-format on

#define X(name) Step name(Warp &warp, const Op &op, Mask mask);
DLK_HANDLERS(X)
#undef X

enum class FloatTest : uint8_t {
  Finite,
  Infinite,
  Number,
  NotANumber,
  Normal,
  Subnormal,
};

/// What loads, stores and atomics know besides their operands; the address is
/// in a[0] with displacement Op::imm.
struct MemorySpec {
  Space space = Space::Global;
  bool wideAddress = true;
  uint8_t elementBytes = 4;
  uint8_t count = 1;
  bool strong = false; ///< volatile, relaxed, acquire or release.
};
/// Results or values in Op::more.
Handler findLoad(Type type, bool wideRegister);
Handler findStore(Type type, bool wideRegister);

enum class AtomicOp : uint8_t {
  Add,
  Min,
  Max,
  And,
  Or,
  Xor,
  Exch,
  Cas,
  Inc,
  Dec,
};
struct AtomicSpec {
  MemorySpec memory;
  AtomicOp op = AtomicOp::Add;
  Type type = Type::u32;
  bool returns = true;
};
/// One element at `to` combined with one of `from`, as red does in global
/// memory or, with `shared`, in shared memory.
void reduceElement(const AtomicSpec &spec, std::byte *to, const std::byte *from,
                   bool shared);
/// The word among a reduction's modifiers, if there is one.
std::optional<AtomicOp> parseAtomicOp(llvm::StringRef word);
/// Op::more: the old values' destinations (if it returns), then the operands.
Step atomic(Warp &warp, const Op &op, Mask mask);

enum class ShuffleMode : uint8_t { Idx, Up, Down, Bfly };
enum class VoteMode : uint8_t { All, Any, Uni };
enum class ReduxOp : uint8_t { Add, Min, Max, And, Or, Xor };

/// barrier: number in a[0], threads in a[1] or NoSlot, predicate of .red in
/// a[2], its result in a[3]; Op::imm is the kind.
enum class BarrierKind : uint8_t { Sync, Arrive, RedPopc, RedAnd, RedOr };

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_HANDLERS_H
