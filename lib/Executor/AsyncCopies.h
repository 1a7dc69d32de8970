// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cp.async of one CTA. A copy is issued by a lane into the group that its
// thread is building; commit closes the group; wait_group N completes all of
// the thread's groups but its N newest. When the bytes move is the policy's
// choice: at once, only when a wait completes the copy (the source is then read
// at that moment), or in between at random.
//
// Whatever the policy, each 4-byte granule of shared memory that a copy writes
// is marked with the copy. Touching a marked granule is a violation until the
// issuing thread has waited, and for other warps until a barrier after that
// wait. Marks name copies and the copies' state is looked up when a mark is
// hit, so that a wait does not have to visit the granules.

#ifndef DLK_LIB_EXECUTOR_ASYNCCOPIES_H
#define DLK_LIB_EXECUTOR_ASYNCCOPIES_H

#include "Lanes.h"
#include "RaceCheck.h"
#include "WarpClocks.h"
#include <optional>
#include <random>
#include <vector>

namespace dlk::exec {

/// One cp.async of a warp (its number in the cluster): per lane, `bytes` bytes
/// at shared offset `to`, of which the first `fromBytes` come from `from` and
/// the rest are zeros.
struct CopyRequest {
  uint32_t warp = 0;
  uint32_t origin = 0;
  Mask lanes = 0;
  uint32_t bytes = 16;
  uint32_t to[WarpSize];
  uint32_t fromBytes[WarpSize];
  const std::byte *from[WarpSize];
};

class AsyncCopies {
public:
  struct Setup {
    AsyncPolicy policy = AsyncPolicy::Immediate;
    uint64_t seed = 0;
    unsigned warps = 1;     ///< Of the CTA,
    uint32_t firstWarp = 0; ///< numbered from here.
    std::byte *shared = nullptr;
    uint32_t sharedBytes = 0;
  };
  AsyncCopies(const Setup &setup, WarpClocks &clocks, Names names);

  bool everIssued() const { return !marks.empty(); }

  /// A violation, with its lane, if the destination is still in use by another
  /// copy; then nothing is issued.
  std::optional<Violation> issue(const CopyRequest &request, unsigned &lane);
  void commit(unsigned warp, Mask lanes);
  /// At most `newest` groups of each lane stay pending.
  void wait(unsigned warp, Mask lanes, uint32_t newest);
  /// cp.async.wait_all: also what is not committed yet.
  void waitAll(unsigned warp, Mask lanes);

  /// May `warp` touch these bytes now? Needs `everIssued`.
  bool allows(uint32_t offset, uint32_t bytes, uint32_t warp) {
    uint32_t *first = &marks[offset / 4];
    // Mostly the bytes of one copy.
    if (bytes == 16 && first[0] == first[1] && first[0] == first[2] &&
        first[0] == first[3])
      return !first[0] || allowsMark(first, 4, warp);
    uint32_t *last = &marks[(offset + bytes - 1) / 4];
    for (; first <= last; ++first)
      if (*first && !allowsMark(first, 1, warp))
        return false;
    return true;
  }
  /// The same with the reason.
  std::optional<Violation> check(const SharedAccess &access);
  /// Has a proxy fence come after the waits for copies into these bytes? Copies
  /// that everybody has known of for long are not looked at.
  std::optional<Violation> checkProxy(const SharedAccess &access);

  /// cp.async.mbarrier.arrive: an arrival at the mbarrier at `barrier` that is
  /// made once all copies of the lane so far have landed.
  void arriveLater(unsigned warp, unsigned lane, uint32_t barrier);
  /// Lets the copies of such an arrival land. True if there was one; it is then
  /// made by the caller, to whom `place` of the clocks has its past.
  bool takeArrival(uint32_t barrier, uint64_t &place);

  /// The PTX line of a copy that one of the lanes has not waited for.
  std::optional<uint32_t> unfinished(unsigned warp, Mask lanes) const;

  /// Random policy: a moment at which copies may land.
  void tick();

private:
  /// The lanes of a request that were in the same group.
  struct Record {
    uint32_t number = 0;
    uint32_t group = 0;
    uint32_t waitClock = 0; ///< Of the issuing warp when it first waited.
    Mask landed = 0;        ///< Lanes whose bytes have moved.
    Mask waited = 0;        ///< Lanes whose thread has waited.
    bool known = false;     ///< All warps know of the wait.
    CopyRequest request;
  };
  struct WarpState {
    uint32_t committed[WarpSize] = {}; ///< Groups closed so far.
    uint32_t completed[WarpSize] = {}; ///< The groups 1..n are complete.
    std::vector<uint32_t> pending;     ///< Records, oldest first.
  };

  struct Arrival {
    uint32_t warp, lane, barrier;
    uint32_t lastRecord; ///< It waits for records up to this one.
    uint32_t clock;      ///< Of the warp, published at `place`.
    uint64_t place;
  };

  WarpState &stateOf(unsigned warp) {
    return warpStates[warp - setup.firstWarp];
  }
  Record &record(uint32_t number) {
    return records[number & (records.size() - 1)];
  }
  Record &newRecord();
  void grow();
  void addGroup(const CopyRequest &request, Mask lanes, uint32_t group);
  void deliver(Record &record, Mask lanes);
  void complete(unsigned warp, Mask lanes);
  /// Clears the marks (all of one value) if nobody needs them any more.
  bool allowsMark(uint32_t *marks, unsigned count, uint32_t warp);
  Violation report(const Record &record, const SharedAccess &access,
                   unsigned copyLane) const;

  Setup setup;
  WarpClocks &clocks;
  Names names;
  std::minstd_rand random;
  /// Per granule: record number * 32 + lane, or 0. Empty until the first copy.
  std::vector<uint32_t> marks;
  std::vector<Record> records; ///< A ring; its size is a power of two.
  uint32_t lastNumber = 0;
  std::vector<WarpState> warpStates;
  std::vector<Arrival> arrivals;
  uint64_t arrivalsSoFar = 0;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_ASYNCCOPIES_H
