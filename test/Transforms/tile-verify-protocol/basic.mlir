// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' | FileCheck %s

// The shortest right order.
// CHECK-LABEL: dlk_tile.kernel @copy_wait_barrier_read
dlk_tile.kernel @copy_wait_barrier_read(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
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
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// The older of two groups is finished, the newer may be in flight.
// CHECK-LABEL: dlk_tile.kernel @one_in_flight
dlk_tile.kernel @one_in_flight(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.copy %a[%c0, %c0] to %q vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  dlk_tile.async_wait pending 1
  dlk_tile.barrier
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  dlk_tile.async_wait pending 0
  dlk_tile.barrier
  %g = dlk_tile.load_fragment %q k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// Plain stores: a barrier after the write, one before the next.
// CHECK-LABEL: dlk_tile.kernel @synchronous
dlk_tile.kernel @synchronous(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %s1 = arith.constant 4096 : i32
  %p = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %q = dlk_tile.view %x[%s1 + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "ld" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.barrier
  %f = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  dlk_tile.barrier
  dlk_tile.copy %a[%c0, %c0] to %p vector 8 kind "ld" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.barrier
  %g = dlk_tile.load_fragment %p k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// Two stages with one barrier an iteration: the copy goes where nobody reads,
// and the barrier of the next iteration comes before it is read.
// CHECK-LABEL: dlk_tile.kernel @double_buffer
dlk_tile.kernel @double_buffer(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %p0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %p0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %n4096 = arith.constant 4096 : i32
  %n8192 = arith.constant 8192 : i32
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %z) -> (i32) {
    %t = arith.addi %o, %n4096 : i32
    %e = arith.cmpi eq, %t, %n8192 : i32
    %next = arith.select %e, %z, %t : i32
    dlk_tile.async_wait pending 0
    dlk_tile.barrier
    %cur = dlk_tile.view %x[%o + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    %f = dlk_tile.load_fragment %cur k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
    %nxt = dlk_tile.view %x[%next + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    dlk_tile.copy %a[%c0, %c0] to %nxt vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    dlk_tile.async_commit
    scf.yield %next : i32
  }
}
