// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-materialize-rings))' | FileCheck %s

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// A ring of three stages of 4096 + 4096 bytes. Stages are byte offsets: the first
// two fills go to 0 and 8192, in the loop the offset of the stage filled last
// advances and wraps at 24576. Two of three groups may be unfinished less one.
// CHECK-LABEL: dlk_tile.kernel @three_stages
// CHECK: %[[BUFFER:.+]] = dlk_tile.alloc : !i8_24576_shared
// CHECK: dlk_tile.view %[[BUFFER]][%c0_i32{{.*}} + 0]
// CHECK: dlk_tile.async_commit
// CHECK: dlk_tile.view %[[BUFFER]][%c8192_i32{{.*}} + 0]
// CHECK: dlk_tile.async_commit
// CHECK: dlk_tile.async_wait pending 1
// CHECK-NEXT: dlk_tile.barrier
// CHECK: scf.for {{.*}} iter_args(%[[WAITED:.+]] = %{{.+}}, %[[FILLED:.+]] = %c8192_i32{{.*}}) -> (i32, i32)
// CHECK:   %[[NEXT:.+]] = arith.addi %[[FILLED]], %c8192_i32
// CHECK:   %[[WRAPS:.+]] = arith.cmpi eq, %[[NEXT]], %c24576_i32
// CHECK:   %[[STAGE:.+]] = arith.select %[[WRAPS]], %c0_i32{{.*}}, %[[NEXT]]
// CHECK:   dlk_tile.view %[[BUFFER]][%[[STAGE]] + 0]
// CHECK:   dlk_tile.async_commit
// CHECK-NOT: ring.release
// CHECK:   dlk_tile.async_wait pending 1
// CHECK-NEXT: dlk_tile.barrier
// CHECK:   arith.addi %[[WAITED]], %c8192_i32
// CHECK:   scf.yield %{{.+}}, %[[STAGE]] : i32, i32
dlk_tile.kernel @three_stages(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %ring = dlk_tile.ring.create : !ring
  %w0 = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v0 = dlk_tile.slot.view %w0[0] : !slot -> !sa
  dlk_tile.copy %a[%c0, %c0] to %v0 vector 8 kind "cp_async" : !ga to !sa
  dlk_tile.ring.commit %ring, %w0 : !ring, !slot
  %w1 = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v1 = dlk_tile.slot.view %w1[0] : !slot -> !sa
  dlk_tile.copy %a[%c0, %c0] to %v1 vector 8 kind "cp_async" : !ga to !sa
  dlk_tile.ring.commit %ring, %w1 : !ring, !slot
  %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%slot = %s0) -> (!slot) {
    %w2 = dlk_tile.ring.acquire %ring : !ring -> !slot
    %v2 = dlk_tile.slot.view %w2[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %c0] to %v2 vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w2 : !ring, !slot
    dlk_tile.ring.release %ring, %slot : !ring, !slot
    %s1 = dlk_tile.ring.wait %ring : !ring -> !slot
    scf.yield %s1 : !slot
  }
}

// -----

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// Copies that complete at once need no groups, only the barrier.
// CHECK-LABEL: dlk_tile.kernel @synchronous
// CHECK: dlk_tile.copy
// CHECK-NOT: async_commit
// CHECK-NOT: async_wait
// CHECK: dlk_tile.barrier
dlk_tile.kernel @synchronous(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %ring = dlk_tile.ring.create : !ring
  %w0 = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v0 = dlk_tile.slot.view %w0[0] : !slot -> !sa
  dlk_tile.copy %a[%c0, %c0] to %v0 vector 8 kind "ld" : !ga to !sa
  dlk_tile.ring.commit %ring, %w0 : !ring, !slot
  %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
}

// -----

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// The second buffer of a stage starts behind the first, at a multiple of 1024.
// CHECK-LABEL: dlk_tile.kernel @second_buffer
// CHECK: dlk_tile.async_wait pending 0
// CHECK: dlk_tile.view %{{.+}}[%c0_i32{{.*}} + 4096]
dlk_tile.kernel @second_buffer(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %ring = dlk_tile.ring.create : !ring
  %w0 = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v0 = dlk_tile.slot.view %w0[0] : !slot -> !sa
  dlk_tile.copy %a[%c0, %c0] to %v0 vector 8 kind "cp_async" : !ga to !sa
  dlk_tile.ring.commit %ring, %w0 : !ring, !slot
  %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
  %b = dlk_tile.slot.view %s0[1] : !slot -> !sb
  %f = dlk_tile.load_fragment %b k 0 dim 0 : !sb -> !dlk_tile.frag<16x64xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
}

// -----

!sa = !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 4, 3>>, shared>
!sb = !sa
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<2, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// Buffers of 512 bytes are padded to the swizzle's pattern.
// CHECK-LABEL: dlk_tile.kernel @padded
// CHECK: dlk_tile.alloc : !i8_4096_shared
dlk_tile.kernel @padded(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %ring = dlk_tile.ring.create : !ring
  %w0 = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v0 = dlk_tile.slot.view %w0[0] : !slot -> !sa
  dlk_tile.copy %a[%c0, %c0] to %v0 vector 8 kind "cp_async" : !ga to !sa
  dlk_tile.ring.commit %ring, %w0 : !ring, !slot
  %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
}

// -----

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// Nothing to do.
// CHECK-LABEL: dlk_tile.kernel @no_ring
// CHECK-NEXT: dlk_tile.barrier
dlk_tile.kernel @no_ring(%a: !ga) grid [1, 1, 1] warps 4 {
  dlk_tile.barrier
}
