// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Warp specialization, TMA copies and asynchronous products (sm_90a).
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILEASYNCOPS_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILEASYNCOPS_TD

include "dlk/Dialect/DlkTile/IR/DlkTileFragmentOps.td"

//===----------------------------------------------------------------------===//
// Roles and persistence
//===----------------------------------------------------------------------===//

def DlkTile_RolesOp : DlkTile_Op<"roles", [NoTerminator, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "warp specialization: a producer and consumers, at the same time";
  let description = [{
    The first `consumers` warpgroups of the block run the second region, the one
    after them the first region, of which one elected lane of its first warp
    executes the operations. Regions may use values from above; they exchange data
    through rings only. `regs` = [producer, consumer] are the registers per
    thread that setmaxnreg gives the roles ([0, 0]: none).

    With `pingpong` t each consumer warpgroup computes whole tiles alone, in
    turns (of n consumers, number i the tiles i, i + n, ... of the block): the
    products of one overlap the epilogue of another. "The block" of the
    operations in the consumer is then one warpgroup, which passes over the
    stages of the others' tiles, t for each tile.

    Rules: [DLK-T60] the kernel has 4 x (consumers + 1) warps; [DLK-T61] regs
    are [0, 0], or multiples of 8 in 24..256 of which 128 threads of the
    producer and 128 of each consumer together take at most 65536; [DLK-T62] no role
    nests in a role; [DLK-T63] a ring is acquired and committed in the producer
    only, waited for and released in the consumer only; [DLK-T78] pingpong is
    positive.
  }];
  let arguments = (ins I64Attr:$consumers, DenseI64ArrayAttr:$regs,
                       OptionalAttr<I64Attr>:$pingpong);
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = [{
    `consumers` $consumers `regs` $regs (`pingpong` $pingpong^)? attr-dict-with-keyword
    `producer` $producer `consumer` $consumer
  }];
  let hasVerifier = 1;
}

def DlkTile_ForTilesOp : DlkTile_Op<"for_tiles", [NoTerminator, RecursiveMemoryEffects, SingleBlock]> {
  let summary = "visit the tiles that belong to this block, one after another";
  let description = [{
    A persistent loop: cluster c of g visits the cluster tiles c, c + g, ... .
    `tiles` counts tiles of a cluster in rows and columns, in an order as of
    `tile_coord`; the region's arguments are row and column, in tiles of a
    block, and the batch. Where the cluster has several blocks, tiles may lie
    outside the result.

    With `stream` s the sum of a tile has s steps, and clusters share the steps
    of all t tiles equally, in their order: cluster c of g has the steps from
    c * s * t / g to (c + 1) * s * t / g, rounded down, and visits the tiles that
    they belong to. Three more arguments are the number of its first step in the
    tile, how many follow that one, and the place of the sum of these steps: the
    number of the cluster and that of the cluster tile, added up, is that of the
    place, counted in blocks.

    Rules: [DLK-T64] counts and group are positive, and there are at most
    2^31-1 tiles; the region has three index arguments, six with a stream;
    [DLK-T87] a stream has at most 2^31-1 steps in all tiles, and at least
    one for each cluster of the kernel.
  }];
  let arguments = (ins DenseI64ArrayAttr:$tiles, I64Attr:$batches,
                       DlkTile_RasterKindAttr:$raster, I64Attr:$group,
                       OptionalAttr<I64Attr>:$stream);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `tiles` $tiles `batches` $batches `raster` `` $raster $group (`stream` $stream^)?
    attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Value getRow() { return getBody().getArgument(0); }
    ::mlir::Value getColumn() { return getBody().getArgument(1); }
    ::mlir::Value getBatch() { return getBody().getArgument(2); }
  }];
}

//===----------------------------------------------------------------------===//
// TMA
//===----------------------------------------------------------------------===//

def DlkTile_TmaLoadOp : DlkTile_Op<"tma_load", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "copy a tile from a tensor map to a stage of a ring";
  let description = [{
    Copies the tile of the map's memory that starts at `origin` (one index per
    dimension of it) into `target`, a buffer of an acquired slot; elements
    outside arrive as zeros. The tile is one or several boxes: the swizzle's
    columns are one panel of the target's layout. Complete when the stage is
    (`ring.wait`).

    `shared_along` = "m" or "n" says that all blocks of the cluster that differ
    only in that coordinate read the same tile: each copies an equal share of it
    to all of them (multicast).

    Rules: [DLK-T65] map and target have the same element type, and the
    origin one index per dimension of the map's memory; [DLK-T66] the target
    is a tile that boxes tile evenly, in panels as wide as the box with the map's
    swizzle, or without a layout; [DLK-T67] it is the `slot.view` of an acquired
    slot; [DLK-T68] shared_along is "m" or "n".
  }];
  let arguments = (ins DlkTile_TmapType:$map, Variadic<Index>:$origin, DlkTile_MemType:$target,
                       OptionalAttr<StrAttr>:$shared_along);
  let assemblyFormat = [{
    $map `[` $origin `]` `to` $target (`shared_along` $shared_along^)? attr-dict `:`
    qualified(type($map)) `to` qualified(type($target))
  }];
  let hasVerifier = 1;
}

def DlkTile_TmaStoreOp : DlkTile_Op<"tma_store", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "write a fragment to global memory through a tensor map";
  let description = [{
    Writes the elements of `source` that lie inside the map's memory, at
    `origin`. `staging` is scratch in shared memory, [warpgroups x buffers, rows
    of the box, columns of the box]: each warpgroup passes boxes of 64 rows through
    its own part, by stmatrix for 16-bit elements, and one lane sends each by TMA;
    a buffer is written again when its last box has been read. When the
    threads of a warpgroup have left it, all of them have evaluated the source.

    With `transposed` the fragment's rows are the columns of the map's memory, and
    a box holds all columns of a warpgroup as its rows.

    Rules: [DLK-T69] source is a wgmma_acc fragment of the map's element type,
    the origin has one index per dimension; [DLK-T70] the box has 64 rows and
    columns that divide a warpgroup's; transposed: as many rows as a warpgroup has
    columns, and columns that divide 64; [DLK-T71] staging is
    [warpgroups x buffers, box rows, box columns] of that type; transposed, a
    buffer is the boxes of 64 columns.
  }];
  let arguments = (ins DlkTile_FragType:$source, DlkTile_TmapType:$map, Variadic<Index>:$origin,
                       DlkTile_MemType:$staging, UnitAttr:$transposed);
  let assemblyFormat = [{
    $source `to` $map `[` $origin `]` (`transposed` $transposed^)? `staging` $staging attr-dict `:`
    qualified(type($source)) `to` qualified(type($map)) `staging` qualified(type($staging))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Asynchronous products
//===----------------------------------------------------------------------===//

def DlkTile_WgmmaBeginOp : DlkTile_Op<"wgmma_begin", [Pure]> {
  let summary = "an accumulator without a value, for the first product to overwrite";
  let results = (outs DlkTile_InflightType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
}

def DlkTile_WgmmaOp : DlkTile_Op<"wgmma", [AllTypesMatch<["acc", "result"]>,
                                           MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "start acc + lhs * rhs on tiles in shared memory";
  let description = [{
    One group of wgmma.mma_async: each consumer warpgroup multiplies its rows of
    lhs with rhs, slice by slice of k, and closes the group (PTX ISA,
    "wgmma.mma_async"). The tiles may be overwritten after a `wgmma_wait` that
    covers the group. With `overwrite` the content of `acc` is ignored: accumulators
    are never zeroed, since zeros that join unfinished products make ptxas
    serialize. `lhs_k_dim` and `rhs_k_dim` say along which dimension k runs.

    Rules: [DLK-T72] operands are shared memory of rank 2 whose extents agree with
    the accumulator's; [DLK-T73] k is a multiple of 32 bytes; [DLK-T74] element
    types are a combination that wgmma has: f16, bf16, tf32 (f32 operands),
    f8E4M3FN and f8E5M2 (also mixed), i8; accumulators f32, f16 for f16 and fp8
    operands, i32 for i8; [DLK-T75] operands of 4 or 1 bytes have k contiguous.
  }];
  let arguments = (ins DlkTile_MemType:$lhs, DlkTile_MemType:$rhs, DlkTile_InflightType:$acc,
                       DefaultValuedAttr<I64Attr, "1">:$lhs_k_dim,
                       DefaultValuedAttr<I64Attr, "0">:$rhs_k_dim, UnitAttr:$overwrite);
  let results = (outs DlkTile_InflightType:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $acc (`overwrite` $overwrite^)? attr-dict `:` qualified(type($lhs)) `,`
    qualified(type($rhs)) `,` qualified(type($acc))
  }];
  let hasVerifier = 1;
}

def DlkTile_WgmmaWaitOp : DlkTile_Op<"wgmma_wait", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "wait until at most `pending` groups of products are unfinished";
  let description = [{
    Gives the accumulator back: in flight while groups may be unfinished, as a
    fragment when none is.

    Rules: [DLK-T76] pending is in 0..7; [DLK-T77] the result is the fragment
    if pending is 0, else of the operand's type.
  }];
  let arguments = (ins I64Attr:$pending, DlkTile_InflightType:$acc);
  let results = (outs AnyTypeOf<[DlkTile_InflightType, DlkTile_FragType]>:$result);
  let assemblyFormat = [{
    `pending` $pending `,` $acc attr-dict `:` qualified(type($acc)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

#endif
