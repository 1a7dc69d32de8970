// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All passes on the dialects dlk and dlk_tile, in the order in which the
// pipeline runs them: those on operations, included, then those on tiles.
#ifndef DLK_TRANSFORMS_PASSES_TD
#define DLK_TRANSFORMS_PASSES_TD

include "dlk/Transforms/OperationPasses.td"

def ToTile : Pass<"dlk-to-tile", "::mlir::ModuleOp"> {
  let summary = "Build one tile kernel for each dlk operation";
  let description = [{
    What: turns every scheduled `dlk.matmul` into a `dlk_tile.kernel` and a
    `dlk_tile.launch` of it. With `split = split_k N` it becomes two: the
    first sums N slices of k apart from each other, the second adds these sums
    in their order and applies the epilogue. With `split = stream_k` the first
    computes the parts of sums that `stream_coord` says, each in a tile of its
    own, the second adds those of each tile.
    Before: `%r = dlk.matmul ins(%a, %b) ... schedule #dlk.schedule<...>`.
    After: `%r = dlk_tile.launch @f_matmul(%a, %b)` and a kernel with one loop
    over k that acquires, fills, commits, waits for, multiplies and releases
    one stage of a ring, then a map (the epilogue region) and a store.
    A `dlk.window` becomes one kernel, or two where its box does not fit shared
    memory: the reduction over the last spatial dimension, then over the others.
    Needs: a schedule on every operation (`dlk-assign-schedule`); a legal one
    (`dlk-verify-schedule`).
    Numbers: exact (same operations in the order of the k loop, slice by slice).
    Refuses: operations without a schedule [DLK-P30]; grids that exceed 2^31-1
    blocks [DLK-P31]; stream_k without a target, whose size decides on the parts
    [DLK-P32]. A result without elements gets no kernel.
  }];
  let dependentDialects = ["::dlk::tile::DlkTileDialect", "::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def TileAssignLayouts : Pass<"dlk-tile-assign-layouts", "::dlk::tile::KernelOp"> {
  let summary = "Give every shared buffer a layout without bank conflicts";
  let description = [{
    What: sets the layout of all shared memory that has none, in every type
    that mentions it: rings, slots, views, allocs, values carried by loops.
    Before: `!dlk_tile.ring<3, !dlk_tile.mem<128x32xf16, shared>, ...>`.
    After: `!dlk_tile.mem<128x32xf16, #dlk_tile.layout<[128:32], [32:1],
    swizzle<2, 4, 3>>, shared>`: tiles (rank 2) so that ldmatrix and 16-byte
    copies are free of bank conflicts, staging buffers of `store` (rank 3) so
    that writes in accumulator order and reads along rows are, one warp after
    another; those of `tma_store` as its map's boxes lie; bytes (rank 1) stay
    dense. Layouts that are there stay.
    Needs: `dlk-to-tile`.
    Numbers: exact.
    Refuses: tiles whose rows are no multiple of 16 bytes, staging whose rows
    are no multiple of 8 elements [DLK-P35]; shared buffers of another rank
    [DLK-P36].
    (example: test/Transforms/tile-assign-layouts/basic.mlir)
  }];
}

def TileSpecializeWarps : Pass<"dlk-tile-specialize-warps", "::dlk::tile::KernelOp"> {
  let summary = "Give copies to a producer and products to consumers";
  let description = [{
    What: rewrites a kernel whose schedule has roles into its warp-specialised,
    persistent form.
    Before: a loop whose body acquires a stage, fills it by `tma_load`, commits,
    waits, multiplies (`mma` on whole shared tiles) and releases; then map and
    store, perhaps with stages of their own, which are filled, waited for and
    released behind the loop.
    After: `roles`; each role visits the tiles of its block in a `for_tiles`.
    The producer acquires, loads and commits; the consumer starts a `wgmma` for
    each stage, waits for the one before it and releases that one's stage. The
    first product overwrites the accumulators, so that they are never zeroed.
    Behind the loops the producer fills the stages of the epilogue, the consumer
    reads them. A kernel whose schedule is persistent gets as many blocks as the chip's
    multiprocessors hold, at most one for each tile.
    Needs: `dlk-tile-assign-layouts`; a loop that runs at least once. Kernels
    without roles, and kernels without a ring (K = 0), are left alone.
    Numbers: exact.
    Refuses: a loop that uses its ring in any other form [DLK-P100].
    (example: test/Transforms/tile-specialize-warps/basic.mlir)
  }];
  let dependentDialects = ["::dlk::tile::DlkTileDialect", "::mlir::arith::ArithDialect"];
}

def TileLowerRoles : Pass<"dlk-tile-lower-roles", "::dlk::tile::KernelOp"> {
  let summary = "Turn roles into branches and persistent loops into loops";
  let description = [{
    What: the consumers' region is executed by the first warpgroups, the
    producer's by one elected lane of the first warp after them.
    Before: `roles consumers 2 regs [40, 232] producer {...} consumer {...}`,
    `for_tiles`.
    After: one `scf.if` on the index of the warpgroup, made uniform by a shuffle,
    with `nvvm.setmaxregister` as the first operation of each branch; `scf.for`
    over the cluster's tiles, with `tile_coord` and the place of the block in its
    cluster; behind the branch a barrier of the cluster, if there is one, which
    keeps shared memory alive until no other block writes to it or arrives at
    its barriers.
    Needs: `dlk-tile-verify-protocol`.
    Numbers: exact.
    Refuses: nothing.
    (example: test/Transforms/tile-lower-roles/basic.mlir)
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect"];
}

def TileMaterializeBarriers : Pass<"dlk-tile-materialize-barriers", "::dlk::tile::KernelOp"> {
  let summary = "Turn rings of roles into buffers, mbarriers and TMA copies";
  let description = [{
    What: replaces rings that have `consumers` by what sm_90a has.
    Before: `ring.create consumers n`, `ring.acquire/commit/wait/release`,
    `slot.view`, `tma_load`.
    After: one `alloc` for the stages and one for a full and an empty mbarrier
    of each; a slot is the i32 number of its stage, which loops carry with the
    phase's parity. Acquire waits for the empty barrier and announces the bytes
    of the stage at the full one (`arrive.expect_tx`), wait waits for the full
    one, release is one arrival per warpgroup at the empty barrier of every
    block of the cluster; commit is nothing, since TMA completes the barrier.
    A `tma_load` is one `cp.async.bulk.tensor` for each box; with `shared_along`
    each block copies its share of the boxes to the others too. Bytes and places
    of a stage follow from the type of its slot. A warpgroup whose threads read a
    stage themselves meets before it releases it.
    Needs: `dlk-tile-lower-roles`; layouts.
    Numbers: exact.
    Refuses: ring operations in other regions than loops and roles [DLK-P101];
    buffers without a layout [DLK-P45]; boxes that do not divide over the blocks
    that share a tile [DLK-P102].
    (example: test/Transforms/tile-materialize-barriers/basic.mlir)
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

def TileRewriteWgmma : Pass<"dlk-tile-rewrite-wgmma", "::dlk::tile::KernelOp"> {
  let summary = "Turn products in flight into wgmma.mma_async";
  let description = [{
    What: an accumulator in flight becomes one LLVM struct of registers for each
    64 rows of the warpgroup, a product its instructions.
    Before: `wgmma_begin`, `wgmma`, `wgmma_wait`.
    After: for each product `wgmma.fence`, one `wgmma.mma_async` m64nNkK for each
    slice of k (32 bytes) and 64 rows, and `wgmma.commit_group`. Descriptors
    follow from the layouts of the tiles: start address, stride of eight rows,
    stride of panels, swizzle (PTX ISA, "Matrix Descriptor Format"). The last
    wait is inline assembly that takes and gives all accumulators, so that
    nothing that reads them can move above it.
    Needs: `dlk-tile-materialize-barriers`; tiles in panels of 128 bytes.
    Numbers: as the tensor core adds.
    Refuses: tiles whose layout wgmma cannot describe [DLK-P103].
    (example: test/Transforms/tile-rewrite-wgmma/basic.mlir)
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect"];
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
    Refuses: a loop that uses a ring in any other form [DLK-P40]; a
    lower bound or step that is not constant, or a trip count of zero [DLK-P41].
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
    regions than loops [DLK-P44]; stages that hold other buffers than the ring
    [DLK-P122].
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

    A kernel with `roles` is proved in that form, and marked with
    `dlk_tile.protocol_verified`; marked kernels are not looked at again. Each
    role is replayed on its own, for all lengths of its loops: the producer
    fills and commits every stage that it acquires, the consumers release what
    they wait for, in order, and after the products that read it. Both visit the
    same tiles and, in each, pass the same number of stages, compared as
    functions of the lengths of loops. Kernels whose memory has no places yet
    are left alone.
    Before, After: the same IR.
    Needs: `dlk-tile-specialize-warps` for kernels with roles, else
    `dlk-tile-insert-sync`; offsets that are constants or advance by arith.addi,
    arith.cmpi and arith.select.
    Refuses: reads of an unfinished copy [DLK-P50]; reads not separated from the
    write by a barrier [DLK-P51]; writes not separated from an earlier access
    by a barrier [DLK-P52]; reads of memory never written [DLK-P53]; offsets,
    slots or loops that it cannot follow, more than one ring in roles
    [DLK-P54]; barriers, waits and other collective operations in divergent
    regions, and those of the whole block in a role [DLK-P55].

    In roles also: a stage released while a product may read it [DLK-P56]; uses
    of a stage after its commit or release [DLK-P57]; stages committed or
    released out of order [DLK-P58] or not at all [DLK-P59]; buffers of a stage
    that are not filled exactly once [DLK-P104]; different numbers of stages in
    a tile [DLK-P105]; taking a stage while holding all of them [DLK-P106];
    accumulators in flight that are not used exactly once [DLK-P107]; a first
    product that does not overwrite, or a later one that does [DLK-P108]; roles
    that visit different tiles [DLK-P109]; blocks of a cluster that share tiles
    or stages but differ in origin or number [DLK-P110]; a ring that counts
    other releases than the consumers make [DLK-P111]; consumers in turns that
    pass over another number of stages than a tile has [DLK-P112]; a stage
    released before a map that reads it has been evaluated for the last time
    [DLK-P120]; stages that the consumer takes for other buffers than the producer
    filled [DLK-P121].
    (example: test/Transforms/tile-verify-protocol/roles.mlir)
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
    No size operand where the tile divides the tensor. Memory that is seen through
    a gather is read where its elements are: what a row of the tile decides, such
    as the pixel that it is, is computed once, and for few columns (filter taps)
    a row has a bit for each that says whether it is inside. Pieces that do not
    divide evenly over the threads give some threads one more.
    Needs: layouts; `vector` chosen so that every piece is aligned.
    Numbers: exact.
    Refuses: nothing.
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
    After: `nvvm.ldmatrix` x4 (transposed where k is not contiguous, followed by
    `nvvm.prmt` and `nvvm.shfl.sync` for 8 bits, loads for 32) and `mma.sync`
    m16n8k8 of tf32, m16n8k16 of f16 and bf16, m16n8k32 of i8 and fp8; casts stand where a fragment enters a `map` or a
    `store`.
    Needs: `dlk-tile-pipeline` (mma on fragments).
    Numbers: exact.
    Refuses: mma on shared tiles [DLK-P61]; fragments that ldmatrix cannot load
    in fours [DLK-P62].
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect"];
}

def TileRewriteWindows : Pass<"dlk-tile-rewrite-windows", "::dlk::tile::KernelOp"> {
  let summary = "Turn reductions over windows into loads and arithmetic";
  let description = [{
    What: each `dlk_tile.window_reduce` becomes what one thread does for the
    elements of the fragment that it holds: for every tap a load of a pair of
    channels from shared memory, its conversion to f32, and a sum, maximum,
    minimum or fma. Taps of a large window are a loop over all but its last
    dimension. Where tiles are eight positions wide a thread has a column of
    them, whose windows share what they meet: each place is loaded and converted
    once, and the loop is over the taps of the other dimensions.
    Before: `%f = dlk_tile.window_reduce "max" %tile at [] tile [1, 8, 8] ...`.
    After: `llvm.load`, `arith.extf`, `arith.maximumf` on `vector<2xf32>`, and a cast of
    the registers to the fragment.
    Needs: layouts (`dlk-tile-assign-layouts`).
    Refuses: nothing.
    (example: test/Transforms/tile-rewrite-windows/basic.mlir)
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def TileLowerMaps : Pass<"dlk-tile-lower-maps", "::dlk::tile::KernelOp"> {
  let summary = "Turn epilogue maps and stores into code of one thread";
  let description = [{
    What: evaluates each `map` on the thread's accumulators, two neighbouring
    columns at a time, writes each `store` through the warp's staging and sends
    each `tma_store` box by box.
    Before: `%r = dlk_tile.map %acc at [%m, %n] bounds [M, N] with %bias ...`,
    `dlk_tile.store %r to %c[%m, %n] staging %s vector 8`, or
    `dlk_tile.tma_store %r to %map[%m, %n] staging %s`.
    After: loads of operands (one per kernel, row, pair of columns or pair of
    elements, as the operand's map varies; two elements at once where they are
    aligned), `arith` and `math` on `vector<2xT>`. For each 16 rows of a warp
    stores of pairs to staging, `nvvm.bar.warp.sync`, loads and stores of
    `vector` elements. Stores beyond the target are guarded by `scf.if`, loads
    beyond the bounds are clamped; neither is emitted where the tile divides the
    tensor. For each box of a `tma_store` a wait of one thread until TMA has read
    what the buffer held, a barrier of the warpgroup (numbers from 1 on),
    `nvvm.stmatrix` for 16-bit elements or stores of pairs for others,
    `nvvm.fence.proxy`, the barrier again, and `cp.async.bulk.tensor` by that
    thread; behind all loops it waits until its last store is done. Boxes whose
    map computes functions stand in branches, each inside of the one before, that
    boxes outside of the result do not enter: ptxas would mix their arithmetic.
    Elementary
    functions become the approximations of PTX and polynomials
    (docs/Numerics.md).
    A map that is only stored is evaluated as the store goes: for mma_acc 16
    rows, for wgmma_acc up to 64 columns at a time, whose operands are loaded one
    step ahead. The `tiles` of a map are read by `nvvm.ldmatrix`, four matrices at
    a time, if elements have 16 bits, else in pairs.
    Needs: `dlk-tile-rewrite-mma` (fragments in registers); layouts; of a kernel
    with a producer, that it is the last warpgroup.
    Numbers: elementary functions, division and roots have the errors of
    docs/Numerics.md; all else is exact.
    Refuses: fragments that are not in registers [DLK-P63] or no accumulators
    [DLK-P64]; operations of the region that are not elementwise, or functions
    of 64-bit floats [DLK-P65]; operands that are not strided memory under a
    linear map [DLK-P66]; layouts of staging or target that split pieces
    [DLK-P67]; staging of a `tma_store` that has another layout than the map's
    boxes or less than a buffer for each warpgroup, boxes that are no multiple
    of eight columns [DLK-P68]; `tiles` of other elements than of 16 or 32 bits or
    another layout than TMA writes [DLK-P123].
    (example: test/Transforms/tile-lower-maps/basic.mlir)
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
}

#endif
