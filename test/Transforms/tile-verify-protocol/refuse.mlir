// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' --verify-diagnostics

// A barrier does not wait for copies.
dlk_tile.kernel @no_wait_p50(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-note @+1 {{the earlier access}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.barrier
  // expected-error @+1 {{shared memory is read while a copy into it is unfinished [DLK-P50]: bytes 0 to 4096}}
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// One group may be unfinished, and there is only one.
dlk_tile.kernel @wait_too_weak_p50(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-note @+1 {{the earlier access}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.async_wait pending 1
  dlk_tile.barrier
  // expected-error @+1 {{is unfinished [DLK-P50]}}
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// A wait speaks for the waiting thread's own copies.
dlk_tile.kernel @no_barrier_p51(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-note @+1 {{the earlier access}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.async_wait pending 0
  // expected-error @+1 {{without a barrier after its write [DLK-P51]}}
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// Other threads may still read.
dlk_tile.kernel @overwrite_p52(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.async_wait pending 0
  dlk_tile.barrier
  // expected-note @+1 {{the earlier access}}
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  // expected-error @+1 {{overwritten without a barrier after its last use [DLK-P52]}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Two copies in flight to one place.
dlk_tile.kernel @copy_over_copy_p52(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-note @+1 {{the earlier access}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.barrier
  // expected-error @+1 {{[DLK-P52]}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Reading what nobody wrote.
dlk_tile.kernel @never_written_p53(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-error @+1 {{shared memory is read but was never written [DLK-P53]}}
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// A loop that refills the stage it has just read.
dlk_tile.kernel @one_barrier_too_few_p52(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.async_wait pending 0
  dlk_tile.barrier
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %n4096 = arith.constant 4096 : i32
  %n8192 = arith.constant 8192 : i32
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %z) -> (i32) {
    // expected-note @+1 {{the earlier access}}
    %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
    // expected-error @+1 {{overwritten without a barrier after its last use [DLK-P52]}}
    dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    dlk_tile.async_commit
    dlk_tile.async_wait pending 0
    dlk_tile.barrier
    scf.yield %o : i32
  }
}

// -----

// Offsets must be constants or advance by constants.
dlk_tile.kernel @unknown_offset_p54(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 1] batches 1 raster row 1
  %o = arith.index_cast %row : index to i32
  %p = dlk_tile.view %x[%o + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-error @+1 {{cannot follow the address of shared memory [DLK-P54]}}
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// All threads must reach a barrier.
dlk_tile.kernel @divergent_p55(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %c = arith.constant true
  scf.if %c {
    // expected-error @+1 {{collective operation in a region that threads may not all enter: 'dlk_tile.barrier' [DLK-P55]}}
    dlk_tile.barrier
  }
}
