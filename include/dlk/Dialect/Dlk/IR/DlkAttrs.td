// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The target and the schedule of an operation.
#ifndef DLK_DIALECT_DLK_IR_DLKATTRS_TD
#define DLK_DIALECT_DLK_IR_DLKATTRS_TD

include "dlk/Dialect/Dlk/IR/DlkDialect.td"
include "dlk/Dialect/Dlk/IR/DlkEnums.td"
include "mlir/IR/AttrTypeBase.td"

class Dlk_Attr<string name, string attrMnemonic> : AttrDef<Dlk_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Dlk_TargetAttr : Dlk_Attr<"Target", "target"> {
  let summary = "the chip that code is made for";
  let description = [{
    Names a row of the chip table (`dlk/Target/ChipInfo.h`), which holds what
    the chip can do.

    ```mlir
    module attributes {dlk.target = #dlk.target<chip = "sm_80">} { ... }
    ```

    Rule: [DLK-A1] the chip is one of the table.
  }];
  let parameters = (ins StringRefParameter<"name of the chip, as sm_80">:$chip);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The chip's row of the table.
    const ::dlk::ChipInfo &getChipInfo() const;
  }];
}

def Dlk_ScheduleAttr : Dlk_Attr<"Schedule", "schedule"> {
  let summary = "everything about how a kernel is made that affects its speed";
  let description = [{
    A schedule is printed whole, but for `k_order = channels`; when it is parsed,
    fields may stand in any order, and one that is missing has its default.

    | field | form | default | meaning |
    | --- | --- | --- | --- |
    | `engine` | simt, mma_sync, wgmma, tcgen05 | mma_sync | instructions that multiply |
    | `tile` | [m, n, k] | [128, 128, 32] | part of the problem that a block holds at a time |
    | `warps` | [m, n] | [2, 2] | grid of warps over the tile (wgmma: of consumer warpgroups) |
    | `roles` | none, cooperative, pingpong | none | all warps alike; a producer and consumers that share each tile; or that take turns |
    | `stages` | count | 3 | buffers of the ring in shared memory |
    | `cluster` | [m, n] | [1, 1] | blocks of a cluster |
    | `swap_ab` | bool | false | compute the transposed problem |
    | `copy` | ld, cp_async, tma, tma_im2col | cp_async | how operands reach shared memory |
    | `epilogue` | direct, staged, stmatrix_tma | staged | how results reach global memory |
    | `split` | none, split_k N, stream_k | none | how the reduction is split over blocks |
    | `raster` | row, column, grouped N, hilbert | grouped 8 | order of the tiles; grouped: in bands of N tile rows; hilbert: squares of 8 x 8 clusters, each along the curve |
    | `persistent` | bool | false | blocks loop over tiles |
    | `regs` | [producer, consumer] | [0, 0] | registers per thread of the roles (setmaxnreg); 0: not set |
    | `k_order` | channels, taps | channels | of a convolution: all channels of a filter tap one after another, or all taps of some channels, whose pixels are then still near |

    ```mlir
    #dlk.schedule<tile = [128, 256, 32], warps = [2, 4], stages = 3>
    ```

    Rules that need no operation: [DLK-A2] each field stands at most once and
    is one of the table; [DLK-A3] extents of tile, warps and cluster are in
    1..65536; [DLK-A4] stages is in 1..64; [DLK-A5] N of split_k is in
    2..65536, and of grouped in 1..65536; [DLK-A6] regs are both 0, or both
    multiples of 8 in 24..256.

    ### Schedules of engine wgmma

    ```mlir
    #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative,
                  stages = 4, cluster = [2, 1], copy = tma, epilogue = stmatrix_tma,
                  persistent = true, regs = [40, 232]>
    ```

    A block has one warpgroup (128 threads) that fills the ring by TMA and
    `warps` = [cm, cn] consumer warpgroups. Cooperative: each owns m / cm rows
    and n / cn columns of the block's tile. Pingpong: two consumers own a whole
    tile each and take turns, so that one stores its results while the other
    multiplies; `tile` is that of one consumer. `cluster` = [cm, cn] blocks work
    on neighbouring tiles, cm along m and cn along n; the cm blocks of a column
    share the rhs tile, of which each loads its part for all by multicast, and
    the cn blocks of a row the lhs tile. `epilogue`: with stmatrix_tma each
    consumer stages boxes of 64 rows of 128 bytes, or of the largest power of
    two that divides its columns, two of them in turns, which TMA stores; with staged each warp stages 16 rows and stores them
    itself, which any result allows. The staging has memory of its own, since
    the producer already fills the ring for the next tile. With `swap_ab` the
    tile's m counts the problem's n.

    ### Rules

    Rules that depend on the operation and the chip
    (`SchedulableOpInterface::checkSchedule`), for operations in matmul form:
    - [DLK-S1] code generation exists for the chip and for the engine: mma_sync,
      and wgmma on chips with wgmma and TMA.
    - [DLK-S2] the engine implements the other choices. mma_sync has copy ld and
      cp_async, epilogue staged, every raster, split_k, and the defaults of
      roles, cluster, swap_ab, persistent and regs. wgmma has roles cooperative
      and pingpong, copy tma and tma_im2col, epilogue staged and stmatrix_tma, every raster,
      persistent = true, counts in regs, split_k and stream_k.
    - [DLK-S3] mma_sync: warps are at most 32 in all, and the chip's threads of
      a block. wgmma: at most 3 consumer warpgroups.
    - [DLK-S8] stages is in 2..8.
    - [DLK-S9] the ring, stages x (m + n) x k elements, and the staging of the
      results fit the shared memory that the chip allows a block. mma_sync: the
      staging is 16 rows of each warp's columns, and reuses the ring's memory.
      wgmma: it is two boxes for each consumer (stmatrix_tma) or 16 rows of each
      warp's columns (staged), and comes on top, as do 16 bytes of barriers for
      each stage.
    - [DLK-S25] tile k is at most `promote`, if the operation has that.
    - [DLK-S12] the grid has at most 2^31-1 blocks.
    - [DLK-S31] k_order is taps only where k counts filter taps, whose channels
      are a multiple of tile k, unless copy is tma_im2col.
    - [DLK-S32] a result whose rows are combined has epilogue = staged, and its
      sums are not split.
    - [DLK-S29] epilogues convert from and to fp8 on sm_89 and newer.

    For mma_sync:
    - [DLK-S4] tile m is a multiple of 16 x warps m.
    - [DLK-S5] tile n is a multiple of 16 x warps n: B is loaded in pairs of 8
      columns.
    - [DLK-S6] tile k is a multiple of 32 bytes.
    - [DLK-S24] sums have 4 bytes, or 2 of f16, and the chip is sm_89 or newer if the operands
      are fp8, unless a dimension is 0.
    - [DLK-S7] a thread holds at most 128 accumulators. Each counts twice with
      `promote`, and for fp8 on chips with wgmma, whose mma.sync of fp8 is made of
      others.
    - [DLK-S10] the 16-byte pieces of each operand's tile divide evenly over the
      threads.
    - [DLK-S11] cp_async: the rows of at least one operand allow pieces of 4, 8
      or 16 bytes; an operand whose rows do not is copied by loads.

    For wgmma:
    - [DLK-S13] tile m is a multiple of 64 x warps m, of 64 with pingpong, and
      at most 256.
    - [DLK-S14] tile n is at most 256, and n / warps n is an n of wgmma: a
      multiple of 8; with 8-bit integers 8, 24 or a multiple of 16.
    - [DLK-S15] k elements are a multiple of 128 bytes, a row of the swizzle.
    - [DLK-S16] an operand whose rows do not run along k has elements of 2
      bytes, and the rows of tile m (lhs) or n / warps n (rhs) are a multiple of
      64 elements.
    - [DLK-S17] a thread holds at most 192 accumulators, and has 32 registers
      beside them. Each counts twice with `promote`, half if it is f16.
    - [DLK-S18] regs: all warps start with the same count, 65536 over the
      threads, rounded down to a multiple of 8. The sum over the warpgroups does
      not exceed what they start with, and the producer has fewer than a
      consumer.
    - [DLK-S19] a cluster has at most 8 blocks; those that share a tile divide
      its panels of 128 bytes evenly, or the rows of the panels in multiples of
      8.
    - [DLK-S20] TMA can copy both operands: rows start at multiples of 16 bytes,
      there are at most 5 dimensions, and k is not 0; one that is gathered has
      the form of `dlk/Analysis/TmaGather.h`. Tile k divides the channels of a
      group if those of the next lie behind them.
    - [DLK-S21] stmatrix_tma: the same holds for the result, which is a matrix in
      memory.
    - [DLK-S30] copy is tma_im2col if an operand is gathered, else tma.
    - [DLK-S22] pingpong has warps = [2, 1].
    - [DLK-S26] sums that are split have 4 bytes; split_k has at most 32 slices, each of which has k steps: slices
      are ceil(steps / N) steps long, and N of them are not more than needed.
      mma_sync: N divides the steps. The other rules see the kernel of the
      slices, whose results are f32 sums in rows aligned to 16 bytes.
    - [DLK-S27] stream_k has roles = cooperative, neither swap_ab nor raster
      hilbert, at most 2^31-1 k steps in all tiles, and at most 32 parts of one.
    - [DLK-S28] swap_ab has epilogue = stmatrix_tma and a result whose rows run
      along n, or split_k.
  }];
  let parameters = (ins
    EnumParameter<Dlk_Engine>:$engine,
    ArrayRefParameter<"int64_t", "m, n, k">:$tile,
    ArrayRefParameter<"int64_t", "m, n">:$warps,
    EnumParameter<Dlk_Roles>:$roles,
    "int64_t":$stages,
    ArrayRefParameter<"int64_t", "m, n">:$cluster,
    "bool":$swapAb,
    EnumParameter<Dlk_CopyKind>:$copy,
    EnumParameter<Dlk_EpilogueKind>:$epilogue,
    EnumParameter<Dlk_SplitKind>:$split,
    "int64_t":$splitFactor,
    EnumParameter<Dlk_Raster>:$raster,
    "int64_t":$rasterGroup,
    "bool":$persistent,
    ArrayRefParameter<"int64_t", "producer, consumer">:$regs,
    EnumParameter<Dlk_KOrder>:$kOrder);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The attribute of a plain schedule, which must obey rules A3 to A6.
    static ScheduleAttr get(::mlir::MLIRContext *context, const ::dlk::Schedule &schedule);
    /// The plain value.
    ::dlk::Schedule getSchedule() const;
    int64_t getTileM() const { return getTile()[0]; }
    int64_t getTileN() const { return getTile()[1]; }
    int64_t getTileK() const { return getTile()[2]; }
    int64_t getWarpsM() const { return getWarps()[0]; }
    int64_t getWarpsN() const { return getWarps()[1]; }
    int64_t getClusterM() const { return getCluster()[0]; }
    int64_t getClusterN() const { return getCluster()[1]; }
  }];
}

def Dlk_GatherAttr : Dlk_Attr<"Gather", "gather"> {
  let summary = "a matrix that is not in memory, as elements of a tensor or zeros";
  let description = [{
    Each dimension of the matrix is a number of one or several digits, slowest
    first; the map takes all digits to an index of the tensor, and where that
    lies outside the tensor the element is zero. The activations of a 3x3
    convolution with padding 1, rows (n, p, q) of output pixels and columns
    (r, s, c):

    ```mlir
    #dlk.gather<[8, 56, 56], [3, 3, 64],
      affine_map<(n, p, q, r, s, c) -> (n, p + r - 1, q + s - 1, c)>>
    ```

    is a matrix of 25088 x 576 elements of a tensor of 8x56x56x64. Writing
    through a gather, what lies outside the tensor is not written.

    Rules: [DLK-A8] the map has a dimension for each digit, no symbols, and
    results that are linear in them; [DLK-A9] extents are in 0..2^31-1, and so
    are those of the matrix, and the map's indices lie in -2^31..2^31-1.
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t", "number of digits of each dimension">:$ranks,
    ArrayRefParameter<"int64_t", "extents of all digits">:$extents,
    "::mlir::AffineMap":$map);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The plain value.
    ::dlk::Gather getGather() const;
    /// Extents of the matrix.
    ::llvm::SmallVector<int64_t> getShape() const;
  }];
}

#endif
