// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The history of a shared-memory arena under one kernel's copies, waits,
// barriers, reads and writes, and the hazards in it. Plain values, no IR.
//
// Model: all threads run the same events; two events that no barrier separates
// may happen in any order between two threads. An asynchronous write happens
// some time between its issue and the wait that covers its group; that wait
// speaks for the waiting thread only, so others need a barrier after it.
#ifndef DLK_ANALYSIS_SHAREDHISTORY_H
#define DLK_ANALYSIS_SHAREDHISTORY_H

#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>

namespace dlk {

/// Bytes [begin, end) of the arena.
struct ByteRange {
  int64_t begin, end;
  bool overlaps(const ByteRange &o) const {
    return begin < o.end && o.begin < end;
  }
};

enum class SharedHazardKind {
  UnfinishedCopy,   ///< read while an asynchronous write is not waited for
  NoBarrierToRead,  ///< read in the same barrier interval as the write
  NoBarrierToWrite, ///< write in the same interval as an earlier access, or
                    ///< over a copy in flight
  NeverWritten,     ///< read of bytes without a write
};

/// `event` is the number the caller gave the earlier event (-1: none).
struct SharedHazard {
  SharedHazardKind kind;
  int64_t event;
};

class SharedHistory {
public:
  using Result = std::optional<SharedHazard>;

  Result read(ByteRange range, int64_t event);
  Result write(ByteRange range, int64_t event);
  /// An asynchronous write that belongs to the open group.
  Result writeAsync(ByteRange range, int64_t event);
  /// Closes the open group.
  void commit() { ++openGroup; }
  /// All but the newest `pending` closed groups are finished.
  void wait(int64_t pending);
  void barrier() { ++interval; }

private:
  struct Access {
    ByteRange range;
    int64_t event;
    /// The barrier interval of the access; of the wait for a finished copy.
    int64_t interval;
    bool isWrite;
    /// The group of an asynchronous write that is not finished, else -1.
    int64_t group = -1;
  };

  Result recordWrite(Access access);
  void forget(ByteRange range);

  llvm::SmallVector<Access> accesses;
  int64_t interval = 0;
  int64_t openGroup = 0;
};

} // namespace dlk

#endif
