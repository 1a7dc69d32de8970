// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a launch did, counted exactly. Addresses are real, so wavefronts and
// sectors equal what a GPU's counters show for the same PTX; nothing here is a
// time. Every counter is a sum, so the result does not depend on the order in
// which worker threads ran the CTAs.

#ifndef DLK_EXECUTOR_STATS_H
#define DLK_EXECUTOR_STATS_H

#include "llvm/Support/JSON.h"
#include <cstdint>
#include <map>
#include <string>

namespace dlk::exec {

/// The counters of one PTX instruction, of one line, or of a whole launch.
struct Counters {
  uint64_t warpInstructions = 0; ///< Executions with at least one active lane.
  uint64_t laneInstructions = 0; ///< Sum of active lanes over them.
  uint64_t sharedRequests = 0;   ///< Warp-level accesses to shared memory.
  uint64_t sharedWavefronts = 0; ///< Passes over the 32 banks they needed.
  uint64_t sharedIdeal = 0;      ///< Passes they would need without conflicts.
  uint64_t globalRequests = 0;   ///< Warp-level accesses to global memory.
  uint64_t globalSectors = 0;    ///< Distinct 32-byte sectors they touched.
  uint64_t globalIdeal = 0;      ///< Sectors if the same bytes were packed.
  uint64_t globalBytes = 0;      ///< Bytes the lanes asked for.
  uint64_t asyncBytes = 0;       ///< Bytes moved by asynchronous copies.
  /// Executions that wait at a barrier: bar.sync, barrier.cluster.wait, and
  /// waits at an mbarrier, each poll once.
  uint64_t barrierWaits = 0;
  /// Waits at an mbarrier that found its phase incomplete. How many depends on
  /// the order in which warps run, here as on a GPU.
  uint64_t failedPolls = 0;

  Counters &operator+=(const Counters &other);
};

/// One PTX line: its text's opcode, its class, its counters.
struct LineStats {
  std::string opcode; ///< With modifiers: "ld.global.v4.f32".
  std::string source; ///< "file.cu:12:4" if the PTX has .loc for the line.
  std::string kind;   ///< The instruction class, see Stats::classes.
  Counters counters;
};

/// The statistics of one launch. `lines` is keyed by the 1-based PTX line,
/// `classes` by instruction class ("integer", "float", "half", "convert",
/// "move", "predicate", "control", "memory", "atomic", "warp", "barrier",
/// "async", "matrix", "tensor", "special"), `tensor` by shape and types, as
/// "m16n8k16.f32.f16.f16.f32" for mma.sync, "wgmma.m64n256k16.f32.bf16.bf16",
/// counted once per warpgroup; `copies` has the bytes of asynchronous copies by
/// kind: "cp.async", "bulk load", "tensor load", "tensor store", "tensor
/// reduce", "bulk shared" (to another CTA of the cluster), ...
struct Stats {
  Counters total;
  std::map<uint32_t, LineStats> lines;
  std::map<std::string, Counters> classes;
  std::map<std::string, uint64_t> tensor;
  std::map<std::string, uint64_t> copies;
  /// Bytes of the distinct 32-byte sectors of global memory that were read and
  /// written; of several launches, the sum.
  uint64_t globalRead = 0, globalWritten = 0;
  uint64_t ctas = 0;
  uint64_t warps = 0;

  Stats &operator+=(const Stats &other);
  /// The sums of the lines that have the same place in the source; empty
  /// without .loc.
  std::map<std::string, Counters> bySource() const;
  /// Stable schema: {"ctas", "warps", "total": {...}, "classes": {...},
  /// "tensor": {...}, "copies": {...}, "global_read_bytes",
  /// "global_written_bytes", "lines": [{"line", "opcode", "class", "source",
  /// ...}], "sources": [{"source", ...}]}; counters that are zero are left out
  /// of classes, lines and sources.
  llvm::json::Value toJSON() const;
};

} // namespace dlk::exec

#endif // DLK_EXECUTOR_STATS_H
