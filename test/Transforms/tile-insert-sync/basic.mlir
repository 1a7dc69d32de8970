// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-insert-sync))' | FileCheck %s

// The second buffer lies where the first did: copies in flight and all threads
// are waited for.
// CHECK-LABEL: dlk_tile.kernel @reuse_after_async
// CHECK: dlk_tile.async_commit
// CHECK: dlk_tile.async_wait pending 0
// CHECK-NEXT: dlk_tile.barrier
// CHECK-NEXT: dlk_tile.copy
dlk_tile.kernel @reuse_after_async(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.async_commit
  %y = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Without asynchronous copies the barrier is enough.
// CHECK-LABEL: dlk_tile.kernel @reuse_after_ld
// CHECK: dlk_tile.copy
// CHECK-NOT: async_wait
// CHECK: dlk_tile.barrier
// CHECK-NEXT: dlk_tile.copy
dlk_tile.kernel @reuse_after_ld(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "ld" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %y = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "ld" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Any common byte counts.
// CHECK-LABEL: dlk_tile.kernel @partial_overlap
// CHECK: dlk_tile.barrier
dlk_tile.kernel @partial_overlap(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %y = dlk_tile.alloc offset 2048 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Different memory needs no order.
// CHECK-LABEL: dlk_tile.kernel @apart
// CHECK-NOT: dlk_tile.barrier
dlk_tile.kernel @apart(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %y = dlk_tile.alloc offset 4096 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// A buffer's own uses are ordered by whoever made them.
// CHECK-LABEL: dlk_tile.kernel @first_use
// CHECK-NOT: dlk_tile.barrier
dlk_tile.kernel @first_use(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %u1 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// One barrier before the loop, none in it.
// CHECK-LABEL: dlk_tile.kernel @before_loop
// CHECK: dlk_tile.barrier
// CHECK-NEXT: scf.for
// CHECK-NOT: dlk_tile.barrier
dlk_tile.kernel @before_loop(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %y = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  }
}
