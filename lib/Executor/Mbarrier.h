// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mbarrier objects of a CTA: count, phase and tx-count as the PTX ISA
// defines them. A phase ends when no arrival is pending and the tx-count is
// zero; complete_tx may come before expect_tx. The objects live here and not in
// shared memory; the eight bytes there hold a picture of the state, and a
// picture that somebody has overwritten is an error. Who knows of what (clocks,
// copies) is the caller's affair.

#ifndef DLK_LIB_EXECUTOR_MBARRIER_H
#define DLK_LIB_EXECUTOR_MBARRIER_H

#include "BulkMarks.h"
#include <cstddef>
#include <map>
#include <string>

namespace dlk::exec {

struct Mbarrier {
  uint32_t expected = 0; ///< Arrivals per phase.
  uint32_t pending = 0;  ///< Of the current phase.
  int64_t tx = 0;
  uint64_t phase = 0;
  uint32_t offset = 0;     ///< In shared memory.
  uint32_t txOrigin = 0;   ///< Op::origin of the last expect_tx.
  bool waited = true;      ///< Somebody has, for the last phase that ended.
  bool initFenced = false; ///< By fence.mbarrier_init.
  /// Who has waited for the current phase and for the one before; made when
  /// first needed.
  VisibilityRef current, last;

  /// The state operand that an arrival before `pending` changes returns.
  uint64_t token() const { return (phase & 0x7fffff) << 20 | pending; }
  bool tokenDone(uint64_t token) const {
    return (token >> 20 & 0x7fffff) != (phase & 0x7fffff);
  }
  bool parityDone(uint32_t parity) const { return (phase & 1) != (parity & 1); }
  /// "phase 3, 1 of 4 arrivals pending, tx-count 4096"
  std::string str() const;
};

class Mbarriers {
public:
  static constexpr uint32_t MostArrivals = (1 << 20) - 1;
  static constexpr int64_t MostTx = (1 << 20) - 1;

  /// With `strict`, the end of a phase is an error if nobody has waited for the
  /// one before: a wait by parity could take one for the other.
  explicit Mbarriers(std::byte *shared, bool strict = false)
      : shared(shared), strict(strict) {}

  // An empty text is success.
  std::string init(uint32_t offset, uint32_t count);
  std::string inval(uint32_t offset);
  void fenceInits() {
    for (auto &entry : barriers)
      entry.second.initFenced = true;
  }
  /// One whose phase waits for bytes that nobody will send, or null.
  const Mbarrier *unfinished() const {
    for (auto &entry : barriers)
      if (entry.second.tx)
        return &entry.second;
    return nullptr;
  }
  /// Null with the reason in `error` if there is no intact barrier.
  Mbarrier *find(uint32_t offset, std::string &error);

  /// What an operation did: an error, or perhaps the end of the phase.
  struct Outcome {
    std::string error;
    bool completed = false;
  };
  Outcome arrive(Mbarrier &barrier, uint32_t count, bool drop, bool noComplete);
  Outcome addTx(Mbarrier &barrier, int64_t bytes);
  /// One more arrival ends the current phase; an error text.
  std::string addPending(Mbarrier &barrier);

private:
  uint64_t picture(const Mbarrier &barrier) const;
  void store(const Mbarrier &barrier);
  void endPhase(Mbarrier &barrier, Outcome &outcome);

  std::byte *shared;
  bool strict;
  std::map<uint32_t, Mbarrier> barriers;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_MBARRIER_H
