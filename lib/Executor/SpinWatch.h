// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which warps go round in circles. As long as nothing changes memory, barriers
// or copies, what a warp does depends on its own state alone; one that comes
// back to registers and places in the code that it had before will do so for
// ever. A warp that reads a clock is never taken for one.

#ifndef DLK_LIB_EXECUTOR_SPINWATCH_H
#define DLK_LIB_EXECUTOR_SPINWATCH_H

#include "Warp.h"
#include <vector>

namespace dlk::exec {

class SpinWatch {
public:
  explicit SpinWatch(unsigned warps) : states(warps) {}

  /// A warp has used up its turn without waiting; `version` changes with
  /// whatever another warp could see.
  void turn(const Warp &warp, uint64_t version);
  bool circles(const Warp &warp, uint64_t version) const {
    const State &state = states[warp.actor];
    return state.circles && state.version == version;
  }

private:
  struct State {
    uint64_t version = ~uint64_t(0);
    uint64_t turns = 0; ///< Without a change.
    bool circles = false;
    uint32_t startAfter = 0;
    std::vector<Group> groups; ///< These and the registers at some earlier
    std::vector<std::byte> registers; ///< turn's end.
  };
  std::vector<State> states;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_SPINWATCH_H
