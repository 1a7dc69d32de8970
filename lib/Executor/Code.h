// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel ready to run: micro-ops with their slots, the constants, and how
// large everything is. Made once per kernel by the decoder, immutable after.

#ifndef DLK_LIB_EXECUTOR_CODE_H
#define DLK_LIB_EXECUTOR_CODE_H

#include "Ast.h"
#include "InstructionTable.h"
#include "Op.h"
#include "llvm/Support/Allocator.h"
#include <vector>

namespace dlk::exec {

/// Registers whose value the executor supplies. Those that are fixed for a warp
/// are slots filled when it starts; the rest (Clock and on) are read by a
/// micro-op. The text is the PTX name without the percent sign.
// clang-format off
#define DLK_SPECIAL_REGISTERS(X) \
  X("tid.x", TidX) X("tid.y", TidY) X("tid.z", TidZ) X("ntid.x", NtidX) \
  X("ntid.y", NtidY) X( "ntid.z", NtidZ) X("ctaid.x", CtaidX) \
  X("ctaid.y", CtaidY) X("ctaid.z", CtaidZ) X("nctaid.x", NctaidX) \
  X("nctaid.y", NctaidY) X( "nctaid.z", NctaidZ) X("laneid", Laneid) \
  X("warpid", Warpid) X("nwarpid", Nwarpid) X("smid", Smid) \
  X("nsmid", Nsmid) X( "gridid", Gridid) X("lanemask_eq", LanemaskEq) \
  X("lanemask_lt", LanemaskLt) X("lanemask_le", LanemaskLe) \
  X( "lanemask_gt", LanemaskGt) X("lanemask_ge", LanemaskGe) \
  X("dynamic_smem_size", DynamicSmemSize) \
  X( "total_smem_size", TotalSmemSize) X("aggr_smem_size", AggrSmemSize) \
  X("reserved_smem_offset_begin", ReservedSmemOffsetBegin) \
  X("reserved_smem_offset_end", ReservedSmemOffsetEnd) \
  X("reserved_smem_offset_cap", ReservedSmemOffsetCap) \
  X("is_explicit_cluster", IsExplicitCluster) \
  X( "cluster_ctarank", ClusterCtarank) \
  X("cluster_nctarank", ClusterNctarank) X("clusterid.x", ClusteridX) \
  X("clusterid.y", ClusteridY) X( "clusterid.z", ClusteridZ) \
  X("nclusterid.x", NclusteridX) X("nclusterid.y", NclusteridY) \
  X("nclusterid.z", NclusteridZ) X("cluster_ctaid.x", ClusterCtaidX) \
  X( "cluster_ctaid.y", ClusterCtaidY) X("cluster_ctaid.z", ClusterCtaidZ) \
  X("cluster_nctaid.x", ClusterNctaidX) \
  X( "cluster_nctaid.y", ClusterNctaidY) \
  X("cluster_nctaid.z", ClusterNctaidZ) X("clock", Clock) \
  X("clock_hi", ClockHi) X("clock64", Clock64) \
  X("globaltimer", Globaltimer) X("globaltimer_lo", GlobaltimerLo) \
  X("globaltimer_hi", GlobaltimerHi)
// clang-format on

enum class Special : uint8_t {
#define X(text, name) name,
  DLK_SPECIAL_REGISTERS(X)
#undef X
};

/// What a message says about a micro-op, and what the statistics file it under.
struct Origin {
  uint32_t line = 0;
  SourceLoc loc;
  llvm::StringRef text; ///< The opcode with modifiers.
  llvm::StringRef kind; ///< Class in the statistics.
};

struct SpecialSlot {
  Special reg;
  Slot slot;
};

/// The address of a module variable, to be added to a constant at launch.
struct ConstantReloc {
  uint32_t offset = 0; ///< In Code::constants.
  uint32_t variable = 0;
  bool wide = true; ///< A Lanes64, not a Lanes32.
};

struct Code {
  std::vector<Op> ops;
  std::vector<Origin> origins;
  llvm::BumpPtrAllocator storage; ///< Op::more and Op::spec.
  std::vector<std::byte> constants;
  std::vector<ConstantReloc> relocs;
  std::vector<SpecialSlot> specials;
  uint32_t registerBytes = 0; ///< Per warp.
  uint32_t staticShared = 0;
  uint32_t dynamicSharedOffset = 0; ///< Where dynamic shared memory begins.
  uint32_t localBytes = 0;          ///< Per thread.
  uint32_t paramBytes = 0;
  /// Atomics on global memory and loads that wait for other CTAs: results
  /// depend on the order of CTAs, which then run on one worker, in turns.
  bool orderSensitive = false;
  /// The slots of registers that wgmma accumulates in or takes A from; the
  /// number of each by slot / 4, or -1. Empty without wgmma.
  std::vector<Slot> wgmmaSlots;
  std::vector<int32_t> wgmmaNumber;
  bool readsClock = false;
  std::vector<std::string> unsupported;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_CODE_H
