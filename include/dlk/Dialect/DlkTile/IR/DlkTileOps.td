// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernel structure, memory and synchronization at the tile level.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILEOPS_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILEOPS_TD

include "dlk/Dialect/DlkTile/IR/DlkTileTypes.td"
include "mlir/Dialect/LLVMIR/LLVMTypes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class DlkTile_Op<string mnemonic, list<Trait> traits = []> : Op<DlkTile_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

def DlkTile_KernelOp : DlkTile_Op<"kernel", [IsolatedFromAbove, Symbol, SingleBlock,
                                             NoTerminator, RecursiveMemoryEffects]> {
  let summary = "one GPU kernel";
  let description = [{
    The block arguments are the kernel's parameters, `mem` in global memory or
    `tmap`: inputs first, then outputs. `grid` counts thread blocks in x, y, z; `warps`
    is the number of warps of a block; `shared_bytes` is set by
    `dlk-tile-plan-memory`. `cluster` = [m, n] makes m x n consecutive blocks of
    x a cluster; block i of it computes the tile at row i / n, column i mod n.

    Rules: [DLK-T20] grid extents are positive and at most 2^31-1, 65535,
    65535; [DLK-T21] warps is in 1..32; [DLK-T22] parameters are global mems or
    tensor maps; [DLK-T52] a cluster has 1 to 8 blocks, and they divide grid x.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$grid, I64Attr:$warps,
                       OptionalAttr<I64Attr>:$shared_bytes,
                       OptionalAttr<DenseI64ArrayAttr>:$cluster);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getNumThreads() { return 32 * getWarps(); }
    /// Blocks of a cluster along m and n.
    std::array<int64_t, 2> getClusterShape() {
      std::optional<llvm::ArrayRef<int64_t>> shape = getCluster();
      return shape ? std::array<int64_t, 2>{(*shape)[0], (*shape)[1]}
                   : std::array<int64_t, 2>{1, 1};
    }
    int64_t getClusterSize() {
      return getClusterShape()[0] * getClusterShape()[1];
    }
    ::mlir::Block &getBlock() { return getBody().front(); }
  }];
}

def DlkTile_LaunchOp : DlkTile_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>, Pure]> {
  let summary = "run a kernel on tensors";
  let description = [{
    Host-level operation. The kernel's parameters are the operands, then the
    result, which it overwrites whole, or, with `over_zeros`, where it has
    something other than zeros to write: always the same elements. Pure: it
    reads operands and makes a value.

    Rule [DLK-T23]: the symbol is a `dlk_tile.kernel` (or, after conversion, an
    `llvm.func` of a `gpu.module`) with that many parameters, of the same
    element types, none of which reaches past the end of its tensor.
  }];
  let arguments = (ins SymbolRefAttr:$kernel, Variadic<AnyRankedTensor>:$inputs,
                       UnitAttr:$over_zeros);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $kernel `(` $inputs `)` (`over_zeros` $over_zeros^)? attr-dict `:`
    functional-type($inputs, $result)
  }];
}

def DlkTile_TileCoordOp : DlkTile_Op<"tile_coord", [Pure]> {
  let summary = "which output tile this block computes";
  let description = [{
    Maps the linear block index (x), or `tile` where it is given, to (row tile,
    column tile, batch). `tiles`
    counts row and column tiles; the batch is the slowest. `row` visits tiles
    row by row, `column` column by column, `grouped g` in bands of g rows,
    column by column inside a band, so that neighbouring blocks share operands
    in L2; `hilbert` in squares of 8 x 8 tiles, each along Hilbert's
    curve, from left to right and back, so that any few blocks in turn do.

    Rule [DLK-T24]: counts and group are positive and, without `tile`, tiles x
    batches is the kernel's grid x.
  }];
  let arguments = (ins Optional<I32>:$tile, DenseI64ArrayAttr:$tiles, I64Attr:$batches,
                       DlkTile_RasterKindAttr:$raster, I64Attr:$group);
  let results = (outs Index:$row, Index:$column, Index:$batch);
  let assemblyFormat = "(`of` $tile^)? `tiles` $tiles `batches` $batches `raster` `` $raster $group attr-dict";
  let hasVerifier = 1;
}

def DlkTile_StreamCoordOp : DlkTile_Op<"stream_coord", [Pure]> {
  let summary = "which steps of its tile's sum this block computes";
  let description = [{
    The sum of a tile has `steps` steps, and `clusters` clusters share those of
    all tiles equally, so that a tile may have parts in several clusters: the
    number of the first step, how many follow it, and the place of the part's
    sum among those of all blocks. It stands for the arguments of the
    `for_tiles` with a stream that `dlk-tile-specialize-warps` makes.

    Rule [DLK-T88]: steps and clusters are in 1..2147483647.
  }];
  let arguments = (ins I64Attr:$steps, I64Attr:$clusters);
  let results = (outs Index:$first, Index:$more, Index:$part);
  let assemblyFormat = "`steps` $steps `clusters` $clusters attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def DlkTile_AllocOp : DlkTile_Op<"alloc", [MemoryEffects<[MemAlloc]>]> {
  let summary = "a buffer in the kernel's shared-memory arena";
  let description = [{
    Uninitialised. `offset` (bytes from the start of the arena) is set by
    `dlk-tile-plan-memory`; buffers that are not live together may overlap.

    Rule [DLK-T43]: the memory is shared, and the offset not negative.
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs DlkTile_MemType:$memory);
  let assemblyFormat = "(`offset` $offset^)? attr-dict `:` qualified(type($memory))";
  let hasVerifier = 1;
}

def DlkTile_ViewOp : DlkTile_Op<"view", [Pure]> {
  let summary = "part of a shared buffer as another array";
  let description = [{
    The array that starts `byte_offset` + `dynamic_offset` bytes into `source`.

    Rule [DLK-T44]: both are shared memory; where the layouts are known, the
    view at `byte_offset` ends inside the source.
  }];
  let arguments = (ins DlkTile_MemType:$source, I32:$dynamic_offset, I64Attr:$byte_offset);
  let results = (outs DlkTile_MemType:$view);
  let assemblyFormat = [{
    $source `[` $dynamic_offset `+` $byte_offset `]` attr-dict `:`
    qualified(type($source)) `to` qualified(type($view))
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
}

def DlkTile_PointerOp : DlkTile_Op<"pointer", [Pure]> {
  let summary = "the address of a memory, per thread";
  let description = [{
    Bridges to the device level: the start of `memory` as a pointer of its
    address space (global 1, shared 3); of a tensor map, the descriptor as a
    generic pointer (0).

    Rule [DLK-T45]: the pointer has that address space.
  }];
  let arguments = (ins AnyTypeOf<[DlkTile_MemType, DlkTile_TmapType]>:$memory);
  let results = (outs LLVM_AnyPointer:$pointer);
  let assemblyFormat = "$memory attr-dict `:` qualified(type($memory)) `to` qualified(type($pointer))";
  let hasVerifier = 1;
}

def DlkTile_CopyOp : DlkTile_Op<"copy", [AttrSizedOperandSegments, MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "copy a tile from global to shared memory";
  let description = [{
    Copies the tile of `source` that starts at `origin` (one index per
    dimension; leading dimensions beyond the destination's rank have extent 1)
    into `target`. Elements outside the source are written as zero. If
    `predicate` is given and false the whole tile is written as zero.

    `kind`: `cp_async` completes at the wait for the ring slot that it fills;
    `ld` completes at once. `vector` is the number of consecutive elements
    moved by one instruction; it divides the extents of the innermost
    dimension of source and target, and its alignment is guaranteed.

    Rules: [DLK-T25] global to shared, same element type; [DLK-T26] as many
    indices as source dimensions, at least 2, and a target of rank 2;
    [DLK-T27] vector divides the innermost extents, is contiguous in the source
    and at most 16 bytes, and cp_async moves 4, 8 or 16 bytes.
  }];
  let arguments = (ins DlkTile_MemType:$source, Variadic<Index>:$origin, DlkTile_MemType:$target,
                       Optional<I1>:$predicate, I64Attr:$vector, StrAttr:$kind);
  let assemblyFormat = [{
    $source `[` $origin `]` `to` $target (`if` $predicate^)? `vector` $vector `kind` $kind attr-dict
    `:` qualified(type($source)) `to` qualified(type($target))
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

//===----------------------------------------------------------------------===//
// Rings and synchronization
//===----------------------------------------------------------------------===//

def DlkTile_RingCreateOp : DlkTile_Op<"ring.create", [MemoryEffects<[MemAlloc]>]> {
  let summary = "a ring of shared-memory stages";
  let description = [{
    With `consumers`, producer and consumers are different threads: each stage
    has a full and an empty mbarrier, and is free again when that many
    warpgroups of each block of the cluster have released it. Without, all
    threads of the block fill and read it.

    Rule [DLK-T53]: consumers is in 1..7.
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$consumers);
  let results = (outs DlkTile_RingType:$ring);
  let assemblyFormat = "(`consumers` $consumers^)? attr-dict `:` qualified(type($ring))";
  let hasVerifier = 1;
}

def DlkTile_RingAcquireOp : DlkTile_Op<"ring.acquire", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "take the next stage for writing";
  let description = [{
    Stages are taken in ring order. The stage must have been released by every
    reader of its previous contents (`dlk-tile-verify-protocol` proves it). The
    slot's type says what the stage holds this time: the ring's buffers, or
    others in the same bytes.

    Rule [DLK-T29]: the slot has the ring's buffers, or others that need no more
    bytes (each starts at a multiple of 1024).
  }];
  let arguments = (ins DlkTile_RingType:$ring);
  let results = (outs DlkTile_SlotType:$slot);
  let assemblyFormat = "$ring attr-dict `:` qualified(type($ring)) `->` qualified(type($slot))";
  let hasVerifier = 1;
}

def DlkTile_RingCommitOp : DlkTile_Op<"ring.commit", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "all copies into an acquired stage have been issued";
  let description = [{
    Stages are committed in the order in which they were acquired.

    Rule [DLK-T29]: the slot is one of the ring, as for `ring.acquire`.
  }];
  let arguments = (ins DlkTile_RingType:$ring, DlkTile_SlotType:$slot);
  let assemblyFormat = "$ring `,` $slot attr-dict `:` qualified(type($ring)) `,` qualified(type($slot))";
  let hasVerifier = 1;
}

def DlkTile_RingWaitOp : DlkTile_Op<"ring.wait", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "wait until the next committed stage is readable by the whole block";
  let description = [{
    Stages become readable in ring order.

    Rule [DLK-T29]: the slot is one of the ring, as for `ring.acquire`.
  }];
  let arguments = (ins DlkTile_RingType:$ring);
  let results = (outs DlkTile_SlotType:$slot);
  let assemblyFormat = "$ring attr-dict `:` qualified(type($ring)) `->` qualified(type($slot))";
  let hasVerifier = 1;
}

def DlkTile_RingReleaseOp : DlkTile_Op<"ring.release", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "this thread reads the stage no more";
  let description = [{
    Values that were loaded from the stage into fragments stay valid.

    Rule [DLK-T29]: the slot is one of the ring, as for `ring.acquire`.
  }];
  let arguments = (ins DlkTile_RingType:$ring, DlkTile_SlotType:$slot);
  let assemblyFormat = "$ring `,` $slot attr-dict `:` qualified(type($ring)) `,` qualified(type($slot))";
  let hasVerifier = 1;
}

def DlkTile_RingSkipOp : DlkTile_Op<"ring.skip", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "pass over stages that another warpgroup reads";
  let description = [{
    The next `ring.wait` of this warpgroup is for the stage `count` further on
    (i32, not negative). `dlk-tile-lower-roles` makes it for consumers that take
    turns (pingpong).
  }];
  let arguments = (ins DlkTile_RingType:$ring, I32:$count);
  let assemblyFormat = "$ring `,` $count attr-dict `:` qualified(type($ring))";
}

def DlkTile_SlotViewOp : DlkTile_Op<"slot.view", [Pure]> {
  let summary = "one buffer of a stage";
  let description = [{
    Rule [DLK-T28]: the index names a buffer of the slot and the type is that buffer's.
  }];
  let arguments = (ins DlkTile_SlotType:$slot, I64Attr:$index);
  let results = (outs DlkTile_MemType:$memory);
  let assemblyFormat = "$slot `[` $index `]` attr-dict `:` qualified(type($slot)) `->` qualified(type($memory))";
  let hasVerifier = 1;
}

def DlkTile_AsyncCommitOp : DlkTile_Op<"async_commit", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "close this thread's group of asynchronous copies";
  let assemblyFormat = "attr-dict";
}

def DlkTile_AsyncWaitOp : DlkTile_Op<"async_wait", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "wait until at most `pending` groups of this thread are unfinished";
  let description = [{
    Rule [DLK-T46]: pending is not negative.
  }];
  let arguments = (ins I64Attr:$pending);
  let assemblyFormat = "`pending` $pending attr-dict";
  let hasVerifier = 1;
}

def DlkTile_BarrierOp : DlkTile_Op<"barrier", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "all threads of the block meet; their memory accesses are ordered";
  let assemblyFormat = "attr-dict";
  let hasCanonicalizeMethod = 1;
}

#endif
