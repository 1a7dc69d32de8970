// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-plan-memory))' | FileCheck %s

// Both are needed at once: the second starts at the next multiple of 1024.
// CHECK-LABEL: dlk_tile.kernel @live_together
// CHECK-SAME: shared_bytes 13312
// CHECK: dlk_tile.alloc offset 0 : !i8_5000_shared
// CHECK: dlk_tile.alloc offset 5120 : !i8_8192_shared
dlk_tile.kernel @live_together(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<5000xi8, #dlk_tile.layout<[5000:1]>, shared>
  %y = dlk_tile.alloc : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<5000xi8, #dlk_tile.layout<[5000:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %u2 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<5000xi8, #dlk_tile.layout<[5000:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u2 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// The first is dead before the second is used: they share memory.
// CHECK-LABEL: dlk_tile.kernel @one_after_the_other
// CHECK-SAME: shared_bytes 8192
// CHECK: dlk_tile.alloc offset 0 : !i8_4096_shared
// CHECK: dlk_tile.alloc offset 0 : !i8_8192_shared
dlk_tile.kernel @one_after_the_other(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %y = dlk_tile.alloc : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared>
  %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<8192xi8, #dlk_tile.layout<[8192:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// A loop counts as one use: what is used in it is live in all of it.
// CHECK-LABEL: dlk_tile.kernel @live_in_loop
// CHECK-SAME: shared_bytes 8192
// CHECK: dlk_tile.alloc offset 0
// CHECK: dlk_tile.alloc offset 4096
dlk_tile.kernel @live_in_loop(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %y = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    %u1 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
    dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  }
}

// -----

// First fit: the third takes the place of the first.
// CHECK-LABEL: dlk_tile.kernel @gap
// CHECK-SAME: shared_bytes 8192
// CHECK: dlk_tile.alloc offset 0
// CHECK: dlk_tile.alloc offset 4096
// CHECK: dlk_tile.alloc offset 0
dlk_tile.kernel @gap(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %y = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %v = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %u1 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u1 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %u2 = dlk_tile.view %v[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u2 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %u3 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u3 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// A buffer without uses takes no place of its own.
// CHECK-LABEL: dlk_tile.kernel @unused
// CHECK: dlk_tile.alloc offset 0
dlk_tile.kernel @unused(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
}

// -----

// No shared memory.
// CHECK-LABEL: dlk_tile.kernel @empty() grid [1, 1, 1] warps 4 shared_bytes 0
dlk_tile.kernel @empty() grid [1, 1, 1] warps 4 {
}
