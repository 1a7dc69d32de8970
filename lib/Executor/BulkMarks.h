// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which bytes of a CTA's shared memory the async proxy is writing (bulk copies)
// or reading (bulk stores, wgmma), by granules of 16 bytes. A use is over for a
// warp once a wait for it has succeeded and the warp knows of that wait: it has
// waited itself, or has met (at a barrier, through an mbarrier) somebody who
// has. Until then a warp must not touch bytes being written, nor write bytes
// being read. Readers of different planes (bulk stores, each warpgroup) do not
// hide one another.

#ifndef DLK_LIB_EXECUTOR_BULKMARKS_H
#define DLK_LIB_EXECUTOR_BULKMARKS_H

#include "RaceCheck.h"
#include <memory>
#include <vector>

namespace dlk::exec {

/// The end of uses that are waited for together: which warp learned of it when.
struct Visibility {
  std::vector<uint32_t> seenAt; ///< Per warp its clock then; 0: not yet.
  void seen(unsigned warp, uint32_t clock) {
    if (seenAt.size() <= warp)
      seenAt.resize(warp + 1);
    if (!seenAt[warp])
      seenAt[warp] = clock;
  }
};
using VisibilityRef = std::shared_ptr<Visibility>;

class BulkMarks {
public:
  /// Planes of readers: bulk stores, then one per warpgroup.
  static constexpr unsigned StorePlane = 0, FirstWarpgroupPlane = 1, Planes = 9;

  BulkMarks(uint32_t sharedBytes, const WarpClocks &clocks, Names names);

  bool active() const { return !uses.empty(); }
  std::optional<Violation> check(const SharedAccess &access);

  /// Adds the uses that write any of these bytes, each once.
  void addWriters(uint32_t offset, uint32_t bytes,
                  llvm::SmallVectorImpl<uint32_t> &to) const;
  bool areOver(llvm::ArrayRef<uint32_t> numbers, unsigned warp);

  /// Starts a use of whole granules; several calls may name the same use.
  uint32_t newUse(uint32_t origin, uint32_t warp, const char *what);
  void markWrite(uint32_t use, uint32_t offset, uint32_t bytes);
  void markRead(uint32_t use, uint32_t offset, uint32_t bytes, unsigned plane);
  /// The use ends with `visibility`.
  void finish(uint32_t use, VisibilityRef visibility) {
    uses[use].visibility = std::move(visibility);
    if (uses[use].granules == 0)
      unused.push_back(use);
  }

  /// A copy into these bytes that nobody has waited for: its Op::origin and
  /// warp.
  std::optional<std::pair<uint32_t, uint32_t>> unwaited() const;

private:
  struct Use {
    VisibilityRef visibility; ///< Null while it is under way.
    uint32_t origin = 0, warp = 0;
    uint32_t granules = 0; ///< Marks that name it; reused at 0.
    Mask knownTo = 0;      ///< Warps of this CTA for which it is over.
    bool writes = false;
    const char *what = "";
  };
  bool over(Use &use, unsigned warp);
  void mark(std::vector<uint32_t> &plane, uint32_t use, uint32_t offset,
            uint32_t bytes);
  Violation report(const Use &use, const SharedAccess &access,
                   const char *doing) const;

  uint32_t granules;
  const WarpClocks &clocks;
  Names names;
  std::vector<Use> uses; ///< Number 0 is none.
  std::vector<uint32_t> unused;
  std::vector<uint32_t> writes;
  uint32_t lastOver = 0, lastWarp = 0; ///< The last use found over for a warp.
  std::vector<uint32_t> reads[Planes];
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_BULKMARKS_H
