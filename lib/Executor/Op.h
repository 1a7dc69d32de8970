// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The micro-op: what the decoder makes of one PTX instruction and the warp
// interpreter runs. Everything that can be known before the launch is resolved
// here: the handler is specialised for the types and modifiers, operands are
// slots (immediates, symbols and special registers too), labels are indices.

#ifndef DLK_LIB_EXECUTOR_OP_H
#define DLK_LIB_EXECUTOR_OP_H

#include "Lanes.h"

namespace dlk::exec {

struct Op;
struct Warp;

/// What the interpreter does after a handler.
enum class Step : uint8_t {
  Next,  ///< Go on with the following micro-op.
  Jump,  ///< The handler has set the pc, or changed the groups itself.
  Block, ///< The group waits; the handler has recorded for what. It is resumed
         ///< after this micro-op when released, see Warp::release.
  Retry, ///< As Block, but the same micro-op runs again when resumed.
  Yield, ///< A poll failed (mbarrier try_wait): go on, but let others run
         ///< first.
  Stop,  ///< A finding ends the launch.
};

/// Runs one micro-op for the lanes in `mask`, which is never empty (except for
/// control flow). Must leave the destination's other lanes unchanged.
using Handler = Step (*)(Warp &warp, const Op &op, Mask mask);

/// Where an operand lives: a byte offset into the warp's registers, or, if
/// negative, into the launch's constants (see Warp::at). -2^31 means "none".
using Slot = int32_t;
constexpr Slot NoSlot = INT32_MIN;

struct Op {
  Handler run = nullptr;
  /// Vector operands, flattened in source order (mma: D, A, B, C).
  const Slot *more = nullptr;
  /// What the handler needs besides, by its own convention (mma shape, ...).
  const void *spec = nullptr;
  /// Scalar operands in source order, destinations first.
  Slot a[5] = {NoSlot, NoSlot, NoSlot, NoSlot, NoSlot};
  /// Address displacement, branch target, barrier number, ...
  int32_t imm = 0;
  /// The slot of the guard predicate, or NoSlot.
  Slot guard = NoSlot;
  bool guardNegated = false;
  /// The instruction needs all live lanes of the warp at the same pc.
  bool aligned = false;
  /// Names registers that some wgmma names too, see WgmmaRegisters.h.
  bool ofWgmma = false;
  uint16_t moreCount = 0;
  /// Index of the PTX instruction (into Code::origins): line, opcode, class.
  uint32_t origin = 0;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_OP_H
