// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All passes on the dialects dlk and dlk_tile, in the order in which the
// pipeline runs them.
#ifndef DLK_TRANSFORMS_PASSES_TD
#define DLK_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Tile level
//===----------------------------------------------------------------------===//

def ToTile : Pass<"dlk-to-tile", "::mlir::ModuleOp"> {
  let summary = "Build one tile kernel for each dlk operation";
  let description = [{
    What: turns every scheduled `dlk.matmul` into a `dlk_tile.kernel` and a
    `dlk_tile.launch` of it.
    Before: `%r = dlk.matmul ins(%a, %b) ... schedule #dlk.schedule<...>`.
    After: `%r = dlk_tile.launch @f_matmul(%a, %b)` and a kernel with one loop
    over k that acquires, fills, commits, waits for, multiplies and releases
    one stage of a ring, then a map (the epilogue region) and a store.
    Needs: a schedule on every operation (`dlk-assign-schedule`); a legal one
    (`dlk-verify-schedule`).
    Numbers: exact (same operations in the order of the k loop).
    Refuses: operations without a schedule [DLK-P30]; grids that exceed 2^31-1
    blocks [DLK-P31]. A result without elements gets no kernel.
  }];
  let dependentDialects = ["::dlk::tile::DlkTileDialect", "::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def TilePipeline : Pass<"dlk-tile-pipeline", "::dlk::tile::KernelOp"> {
  let summary = "Overlap copies, register loads and tensor instructions";
  let description = [{
    What: rewrites the k loop of a kernel into its multistage form.
    Before: a loop whose body acquires a stage, copies into it, commits, waits,
    multiplies (`mma` on whole shared tiles) and releases.
    After: stages-1 copies in flight before the loop; in the loop the copies of
    the stage that lies stages-1 steps ahead, and one `mma` per k slice of 16,
    each next to the `load_fragment` of the slice after it (the last slice of a
    stage loads the first slice of the next one), so that register loads are
    double-buffered across the back edge with one wait per stage.
    Needs: `dlk-tile-assign-layouts`. Loops without ring operations are left
    alone.
    Numbers: exact.
    Refuses: a loop that uses a ring in any other form [DLK-P40]; bounds that
    are not constants or a trip count of zero [DLK-P41].
  }];
  let dependentDialects = ["::dlk::tile::DlkTileDialect", "::mlir::arith::ArithDialect"];
}

def TileMaterializeRings : Pass<"dlk-tile-materialize-rings", "::dlk::tile::KernelOp"> {
  let summary = "Turn rings into buffers, stage offsets, groups and barriers";
  let description = [{
    What: replaces ring operations by what sm_80 has.
    Before: `ring.create/acquire/commit/wait/release`, `slot.view`.
    After: one `alloc` of bytes per ring; a slot is the i32 byte offset of its
    stage, carried by loops, advanced by compare and select; commit is
    `async_commit`; wait is `async_wait` (the number of groups that may still
    be unfinished is counted) and `barrier`; release is nothing, because the
    barrier of the next wait orders it.
    Needs: `dlk-tile-pipeline`; layouts on all buffers.
    Numbers: exact.
    Refuses: a loop in which commits and waits do not balance [DLK-P42]; a wait
    for a stage that was never committed [DLK-P43]; ring operations in other
    regions than loops [DLK-P44].
  }];
  let dependentDialects = ["::dlk::tile::DlkTileDialect", "::mlir::arith::ArithDialect"];
}

def TilePlanMemory : Pass<"dlk-tile-plan-memory", "::dlk::tile::KernelOp"> {
  let summary = "Give every shared buffer its place in the arena";
  let description = [{
    What: sets `offset` of each `alloc` (1024-byte aligned, first fit by
    liveness) and `shared_bytes` of the kernel.
    Before: `dlk_tile.alloc : ...`. After: `dlk_tile.alloc offset 0 : ...`.
    Needs: `dlk-tile-materialize-rings`.
    Numbers: exact.
    Refuses: buffers without a layout [DLK-P45]; more shared memory than a block
    of the target chip can have [DLK-P46].
  }];
}

def TileInsertSync : Pass<"dlk-tile-insert-sync", "::dlk::tile::KernelOp"> {
  let summary = "Order the reuse of shared memory";
  let description = [{
    What: before the first use of a buffer that overlaps an earlier one, waits
    for all copies in flight and for all threads.
    Before: `store ... staging %s` after the loop that read the ring.
    After: `async_wait pending 0`, `barrier`, then the store.
    Needs: `dlk-tile-plan-memory`.
    Numbers: exact.
    Refuses: buffers without an offset [DLK-P47].
  }];
  let dependentDialects = ["::dlk::tile::DlkTileDialect"];
}

def TileVerifyProtocol : Pass<"dlk-tile-verify-protocol", "::dlk::tile::KernelOp"> {
  let summary = "Prove that shared memory is written and read in order";
  let description = [{
    What: executes the kernel's memory events symbolically (loops for as many
    iterations as the ring has stages, twice, and the first, single and last
    ones) and proves that every byte read was written, its copy waited for and
    passed through a barrier, and that no byte is overwritten before a barrier
    follows its last read. Changes nothing.
    Before, After: the same IR.
    Needs: `dlk-tile-insert-sync`; offsets that are constants or advance by
    arith.addi, arith.cmpi and arith.select.
    Refuses: reads of an unfinished copy [DLK-P50]; reads not separated from the
    write by a barrier [DLK-P51]; writes not separated from an earlier access
    by a barrier [DLK-P52]; reads of memory never written [DLK-P53]; offsets
    that it cannot follow [DLK-P54]; barriers and waits in divergent regions
    [DLK-P55].
  }];
}

def TileRewriteAsyncCopies : Pass<"dlk-tile-rewrite-async-copies", "::dlk::tile::KernelOp"> {
  let summary = "Distribute copies over threads as cp.async or ld/st";
  let description = [{
    What: gives each thread its pieces of every `copy`, neighbouring threads
    neighbouring pieces along the contiguous dimension.
    Before: `dlk_tile.copy %a[%b, %m, %k] to %s vector 8 kind "cp_async"`.
    After: `nvvm.cp.async.shared.global` of 16, 8 or 4 bytes with a source size
    that is zero outside the tensor (PTX ISA, cp.async), or loads and stores.
    No size operand where the tile divides the tensor.
    Needs: layouts; `vector` chosen so that every piece is aligned.
    Numbers: exact.
    Refuses: pieces that do not divide evenly over the threads [DLK-P60].
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect"];
}

def TileRewriteMma : Pass<"dlk-tile-rewrite-mma", "::dlk::tile::KernelOp"> {
  let summary = "Turn fragments into registers, loads into ldmatrix, mma into mma.sync";
  let description = [{
    What: accumulator fragments become per-thread vectors carried by loops,
    operand fragments vectors of 32-bit registers.
    Before: `load_fragment`, `mma`, `fill` on fragments.
    After: `nvvm.ldmatrix` x4 (transposed where k is not contiguous) and
    `nvvm.mma.sync` m16n8k16; casts stand where a fragment enters a `map` or a
    `store`.
    Needs: `dlk-tile-pipeline` (mma on fragments).
    Numbers: exact.
    Refuses: mma on shared tiles [DLK-P61]; fragments that ldmatrix cannot load
    in fours [DLK-P62].
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect"];
}

#endif
