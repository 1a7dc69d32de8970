// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A schedule as a plain value, with the defaults of `#dlk.schedule`, and what a
// cost model says of one. The fields are described with the attribute.
#ifndef DLK_DIALECT_DLK_IR_SCHEDULE_H
#define DLK_DIALECT_DLK_IR_SCHEDULE_H

#include "mlir/IR/DialectImplementation.h"
#include <array>
#include <cstdint>
#include <string>

#include "dlk/Dialect/Dlk/IR/DlkEnums.h.inc"

namespace dlk {

struct Schedule {
  Engine engine = Engine::MmaSync;
  std::array<int64_t, 3> tile = {128, 128, 32};
  std::array<int64_t, 2> warps = {2, 2};
  Roles roles = Roles::None;
  int64_t stages = 3;
  std::array<int64_t, 2> cluster = {1, 1};
  bool swapAb = false;
  CopyKind copy = CopyKind::CpAsync;
  EpilogueKind epilogue = EpilogueKind::Staged;
  SplitKind split = SplitKind::None;
  /// N of `split_k N`; 0 for the other kinds.
  int64_t splitFactor = 0;
  Raster raster = Raster::Grouped;
  /// N of `grouped N`; 0 for the other orders.
  int64_t rasterGroup = 8;
  bool persistent = false;
  std::array<int64_t, 2> regs = {0, 0};
  KOrder kOrder = KOrder::Channels;
};

/// Estimated time of a kernel, in clock cycles of the chip, and how it came
/// about, in a few words.
struct ScheduleCost {
  double cycles = 0;
  std::string reason;
};

} // namespace dlk

#endif
