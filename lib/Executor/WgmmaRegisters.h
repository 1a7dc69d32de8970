// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The registers that a warp has lent to wgmma: accumulators and A fragments.
// Between the issue of a wgmma and the wait for its group no other instruction
// may name them, except a wgmma of the same shape for the accumulators; and
// between such an instruction and the next wgmma that takes the register there
// must be a wgmma.fence. The decoder marks the instructions that name any such
// register (Op::ofWgmma), so that others pay nothing.

#ifndef DLK_LIB_EXECUTOR_WGMMAREGISTERS_H
#define DLK_LIB_EXECUTOR_WGMMAREGISTERS_H

#include "Code.h"
#include "Warp.h"
#include <optional>

namespace dlk::exec {

/// Fills Code::wgmmaSlots and marks the ops that name them.
void findWgmmaRegisters(Code &code);

/// An instruction other than wgmma names such registers; false after a finding.
bool touchWgmmaRegisters(Warp &warp, const Op &op);

class WgmmaRegisters {
public:
  /// The warp's part of the next wgmma; false after a finding.
  bool issue(Warp &warp, const Op &op);
  void fence() { ++epoch; }
  /// The first `count` wgmmas have been waited for.
  void waited(uint64_t count) { done = count; }
  bool touch(Warp &warp, const Op &op);
  /// The line of the first wgmma that is not waited for, or 0.
  uint32_t unfinished() const { return issued > done ? lastLine : 0; }

private:
  struct Register {
    uint64_t lent = 0; ///< To this wgmma, from 1; the last that named it.
    const Op *wgmma = nullptr;
    bool accumulates = false;
    uint32_t touched = 0; ///< The epoch of the last other instruction, and
    uint32_t origin = 0;  ///< its origin.
  };
  bool lend(Warp &warp, const Op &op, unsigned operand, bool accumulates);

  std::vector<Register> registers; ///< By number, see Code::wgmmaNumber.
  uint64_t issued = 0, done = 0;
  uint32_t lastLine = 0;
  uint32_t epoch = 1; ///< Fences so far, and 1.
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WGMMAREGISTERS_H
