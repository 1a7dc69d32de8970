// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bulk copies (cp.async.bulk, with and without tensor maps) of a cluster
// that are under way. A load moves its bytes into one CTA's shared memory and
// then signals an mbarrier there; a store belongs to a bulk group of its
// thread and ends in two steps, its source read and its destination written.
// When that happens is the policy's choice: at once; only when a wait asks for
// it (for stores: the read at wait_group.read, the write at wait_group); or in
// between at random. A multicast is one load per CTA, each landing on its own.

#ifndef DLK_LIB_EXECUTOR_BULKCOPIES_H
#define DLK_LIB_EXECUTOR_BULKCOPIES_H

#include "BulkMarks.h"
#include "Cta.h"
#include "Handlers.h"
#include "TensorBox.h"
#include <deque>
#include <map>
#include <optional>
#include <random>

namespace dlk::exec {

struct BulkTransfer {
  bool load = true;
  uint32_t cta = 0;    ///< Whose shared memory, by rank.
  uint32_t offset = 0; ///< In it.
  uint32_t bytes = 0;
  std::byte *other = nullptr;           ///< The other side, or `staging`, or
  std::shared_ptr<const TensorBox> box; ///< a box of a tensor.
  uint32_t barrier = 0;                 ///< Loads: offset in the same CTA.
  std::optional<AtomicSpec> reduce;     ///< Elements are combined, not copied.
  /// The issuing thread.
  uint32_t owner = 0, warp = 0, lane = 0;
  uint32_t origin = 0;
  uint32_t use = 0;   ///< In the marks of `cta`.
  uint32_t group = 0; ///< Stores.
  /// A store's source, once read; the values of st.async.
  std::vector<std::byte> staging;
  bool read = false;
};

class BulkCopies {
public:
  explicit BulkCopies(Cluster &cluster);

  void issue(BulkTransfer transfer);
  void commit(Warp &warp, unsigned lane);
  /// Completes all of the thread's groups but its `newest`; with `readOnly`
  /// only their reading.
  void wait(Warp &warp, unsigned lane, uint32_t newest, bool readOnly);
  /// A wait at an mbarrier failed: true if something landed there.
  bool deliverFor(const Cta &cta, uint32_t barrier);
  /// Lets one load land or one store be written; false if there is none.
  bool deliverAny();
  void tick();
  /// The kernel ends: stores reach memory.
  void finish();
  /// The line of a store whose source this thread has not waited for.
  std::optional<uint32_t> unfinished(const Warp &warp, Mask lanes) const;

private:
  using Iterator = std::deque<BulkTransfer>::iterator;
  struct Group {
    VisibilityRef seen; ///< Who has waited for it.
    uint32_t origin = 0;
  };
  struct Thread {
    uint32_t committed = 0;
    std::map<uint32_t, Group> groups; ///< Those not waited for.
  };
  uint32_t threadOf(uint32_t owner, uint32_t warp, uint32_t lane) const {
    return (owner * 32 + warp) * WarpSize + lane;
  }
  void land(Iterator load);
  void readSource(BulkTransfer &store);
  void write(BulkTransfer &store);

  Cluster &cluster;
  AsyncPolicy policy;
  std::minstd_rand random;
  std::deque<BulkTransfer> loads, stores;
  std::map<uint32_t, Thread> threads;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_BULKCOPIES_H
