// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known about every byte of a CTA's shared memory besides its value:
// is an asynchronous copy about to write it, who wrote and read it last and has
// there been a barrier since, has anybody written it at all. The memory
// accessor asks `check` before each access; barriers report who arrives and who
// leaves. Owned by the CTA, one per CTA that runs.
//
// The copies themselves are in AsyncCopies.h, the race check in RaceCheck.h.

#ifndef DLK_LIB_EXECUTOR_SHAREDSHADOW_H
#define DLK_LIB_EXECUTOR_SHAREDSHADOW_H

#include "AsyncCopies.h"
#include "BulkMarks.h"
#include "RaceCheck.h"
#include "WarpClocks.h"
#include <memory>
#include <optional>

namespace dlk::exec {

struct ShadowSetup {
  AsyncPolicy policy = AsyncPolicy::Immediate;
  uint64_t seed = 0; ///< Already mixed with the CTA's number.
  CheckSet checks;
  unsigned threads = 1;
  std::byte *shared = nullptr;
  uint32_t sharedBytes = 0;
  /// The clocks of all warps of the cluster; of this CTA alone if null.
  WarpClocks *clocks = nullptr;
  uint32_t firstWarp = 0; ///< This CTA's first warp among them.
  /// From Op::origin to the PTX line, for messages.
  std::function<uint32_t(uint32_t)> lineOf;
  /// Reports what is found at level Warning.
  std::function<void(const SharedAccess &, const Violation &)> warn;
};

/// Warps are named by their number in the cluster (Warp::actor), since those of
/// other CTAs may come here too.

class SharedShadow {
public:
  explicit SharedShadow(const ShadowSetup &setup);

  /// May this access happen now? Also records it for later checks. The access
  /// must be inside the CTA's shared memory.
  std::optional<Violation> check(const SharedAccess &access) {
    if (!race && !init && !bulk.active() &&
        (!copies.everIssued() ||
         copies.allows(access.offset, access.bytes, access.warp)))
      return std::nullopt;
    return checkSlow(access);
  }

  /// Starts a copy, see AsyncCopies::issue.
  std::optional<Violation> issue(const CopyRequest &request, unsigned &lane);

  /// All lanes of a warp that take part have arrived at barrier `number`
  /// (bar.arrive and bar.sync alike).
  void arrive(unsigned number, unsigned warp);
  /// A warp that waited at the barrier goes on.
  void leave(unsigned number, unsigned warp);
  /// All that waited have left; the barrier is fresh again.
  void resetBarrier(unsigned number) { clocks.reset(own(number)); }

  /// A warp publishes its past at a place of `MbarrierPlace` or above, takes
  /// over what was published there; what is at one place goes to another.
  void publish(uint64_t place, unsigned warp) {
    clocks.publish(own(place), warp);
  }
  void takeOver(uint64_t place, unsigned warp) {
    clocks.takeOver(own(place), warp);
  }
  void pass(uint64_t from, uint64_t to) { clocks.pass(own(from), own(to)); }
  /// From a place that no CTA owns.
  void passFrom(uint64_t from, uint64_t to) { clocks.pass(from, own(to)); }
  /// A proxy fence by lanes of a warp; all of its lanes have met.
  void fence(unsigned warp, Mask lanes);
  void together(unsigned warp) { clocks.together(warp); }
  /// The async proxy is about to read or change these bytes, e.g. an mbarrier.
  std::optional<Violation> checkProxy(const SharedAccess &access);
  uint32_t now(unsigned warp) const { return clocks.now(warp); }

  /// A bulk copy is about to write these bytes, or the async proxy to read
  /// them, on behalf of `access.warp`; marks are up to the caller.
  /// Do reads by the async proxy depend on more than bulk copies?
  bool watchesAsyncReads() const { return race || init || copies.everIssued(); }
  std::optional<Violation> checkAsync(const SharedAccess &access);
  /// May a warp of another CTA touch this one's memory now? Its threads must be
  /// known to have started, and some must be left.
  std::optional<Violation> checkRemote(unsigned warp) const;

  /// Lanes of a warp end: copies that they never waited for are a finding with
  /// CheckSet::sync.
  std::optional<Violation> exit(unsigned warp, Mask lanes);

  /// Places of the clocks: barriers below LockPlace, words of shared memory,
  /// mbarriers (see Mbarriers.cpp); each CTA has its own.
  static constexpr uint64_t LockPlace = uint64_t(1) << 32;
  static constexpr uint64_t MbarrierPlace = uint64_t(1) << 33;

private:
  std::optional<Violation> checkSlow(const SharedAccess &access);
  MaybeViolation findUnfenced(const SharedAccess &access);
  MaybeViolation atLevel(const SharedAccess &access, MaybeViolation violation);
  uint64_t own(uint64_t place) const {
    return place + ((uint64_t(firstWarp) + 1) << 40);
  }

  std::unique_ptr<WarpClocks> ownClocks;
  WarpClocks &clocks;
  uint32_t firstWarp;
  std::vector<Mask> alive; ///< Per warp: threads that have not ended.

public:
  AsyncCopies copies;
  BulkMarks bulk;

private:
  bool checkSync;
  Level proxy;
  std::function<void(const SharedAccess &, const Violation &)> warn;
  std::unique_ptr<RaceCheck> race;
  std::unique_ptr<InitCheck> init;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_SHAREDSHADOW_H
