// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// wgmma of a CTA's warpgroups. Each of the four warps hands in its part of an
// instruction and goes on; when the fourth has, the instruction can be
// executed for all of them: at once, when a wait asks for it, or in between at
// random, by the policy of asynchronous copies, but always in order. The shared
// memory that it reads is marked from the first part on until the waits.

#ifndef DLK_LIB_EXECUTOR_WARPGROUPS_H
#define DLK_LIB_EXECUTOR_WARPGROUPS_H

#include "BulkMarks.h"
#include "Cta.h"
#include "TensorCore.h"
#include "WgmmaOperand.h"
#include "WgmmaRegisters.h"
#include <deque>
#include <optional>
#include <random>

namespace dlk::exec {

class Warpgroups {
public:
  static constexpr unsigned Warps = 4;

  explicit Warpgroups(Cta &cta);

  /// False after a finding.
  bool issue(Warp &warp, const Op &op);
  void commit(Warp &warp);
  /// All but the `newest` groups of the warp complete; false if that cannot be
  /// yet because other warps have not handed in their parts.
  bool wait(Warp &warp, uint32_t newest);
  /// setmaxnreg: a positive count takes registers from the CTA's pool, a
  /// negative one gives back all but so many. False if the pool has too few
  /// yet. How many a thread has at first is for ptxas to say; it is taken to be
  /// the most that the register file allows.
  bool setRegisters(Warp &warp, int32_t count);
  /// The registers of the warp; null outside whole warpgroups.
  WgmmaRegisters *registersOf(const Warp &warp) {
    unsigned number = warp.index / Warps;
    return number < groups.size()
               ? &groups[number].parts[warp.index % Warps].registers
               : nullptr;
  }

private:
  struct Issue {
    const Op *op = nullptr;
    uint64_t a = 0, b = 0; ///< Descriptors.
    bool accumulate = true;
    unsigned parts = 0; ///< Bit w: warp w has handed in its part.
    llvm::SmallVector<uint32_t, 4> writers; ///< Bulk copies of the operands.
    std::optional<WgmmaOperand> operandA, operandB;
    Lanes32 registersA[Warps][4]; ///< A in registers, as issued.
    VisibilityRef done;
  };
  struct Part { ///< A warp's place in the sequence of issues.
    uint64_t issued = 0, waited = 0;
    uint32_t committed = 0;
    std::deque<uint64_t> ends; ///< Issues up to the end of each group,
    uint32_t firstGroup = 0;   ///< from this one on.
    WgmmaRegisters registers;
  };
  struct Warpgroup {
    std::deque<std::unique_ptr<Issue>> issues;
    uint64_t first = 0, executed = 0; ///< Number of issues[0]; of the next.
    Part parts[Warps];
  };

  Issue *issueOf(Warp &warp, const Op &op, Warpgroup &group);
  bool checkOperand(Warp &warp, const Op &op, const WgmmaOperand &operand);
  bool checkOperands(Warp &warp, const Op &op, const Issue &issue);
  void mark(Warp &warp, const Op &op, Issue &issue);
  void execute(Warpgroup &group, unsigned number, uint64_t end);
  void compute(const Issue &issue, unsigned number);
  void computeWarp(const Issue &issue, Warp &warp);

  Cta &cta;
  /// Registers per thread, by warp, and those in the pool (for one warp).
  std::vector<uint32_t> registers;
  uint32_t pool = 0;
  AsyncPolicy policy;
  std::minstd_rand random;
  std::vector<Warpgroup> groups;
  std::vector<Lanes32> fragmentsB; ///< Of the wgmma that is computed.
  std::vector<MmaRow> preparedB;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WARPGROUPS_H
