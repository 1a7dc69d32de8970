// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-materialize-rings))' --verify-diagnostics

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// Two stages filled for each one read.
dlk_tile.kernel @unbalanced_p42(%a: !ga) grid [1, 1, 1] warps 4 {
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
  // expected-error @+1 {{commits and waits in a loop do not balance: 2 and 1 [DLK-P42]}}
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%slot = %s0) -> (!slot) {
    %w2 = dlk_tile.ring.acquire %ring : !ring -> !slot
    %v2 = dlk_tile.slot.view %w2[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %c0] to %v2 vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w2 : !ring, !slot
    %w3 = dlk_tile.ring.acquire %ring : !ring -> !slot
    %v3 = dlk_tile.slot.view %w3[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %c0] to %v3 vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w3 : !ring, !slot
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

// More waits than commits.
dlk_tile.kernel @never_committed_p43(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %ring = dlk_tile.ring.create : !ring
  %w0 = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v0 = dlk_tile.slot.view %w0[0] : !slot -> !sa
  dlk_tile.copy %a[%c0, %c0] to %v0 vector 8 kind "cp_async" : !ga to !sa
  dlk_tile.ring.commit %ring, %w0 : !ring, !slot
  %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
  // expected-error @+1 {{wait for a stage that was never committed: stage 2 of 1 committed [DLK-P43]}}
  %s1 = dlk_tile.ring.wait %ring : !ring -> !slot
}

// -----

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// The stage waited for is dropped.
dlk_tile.kernel @not_carried_p44(%a: !ga) grid [1, 1, 1] warps 4 {
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
  // expected-error @+1 {{loop does not carry the stage that it waited for last [DLK-P44]}}
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%slot = %s0) -> (!slot) {
    %w2 = dlk_tile.ring.acquire %ring : !ring -> !slot
    %v2 = dlk_tile.slot.view %w2[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %c0] to %v2 vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w2 : !ring, !slot
    %s1 = dlk_tile.ring.wait %ring : !ring -> !slot
    scf.yield %slot : !slot
  }
}

// -----

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// Threads may not disagree on stages.
dlk_tile.kernel @in_branch_p44(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %ring = dlk_tile.ring.create : !ring
  %c = arith.constant true
  scf.if %c {
    // expected-error @+1 {{ring operation outside of loops [DLK-P44]}}
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
  }
}

// -----

!sa = !dlk_tile.mem<64x32xf16, shared>
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!ring = !dlk_tile.ring<3, !sa>

// Sizes of buffers follow from layouts.
dlk_tile.kernel @no_layout_p45(%a: !ga) grid [1, 1, 1] warps 4 {
  // expected-error @+1 {{buffer of a ring has no layout: '!dlk_tile.mem<64x32xf16, shared>' [DLK-P45]}}
  %ring = dlk_tile.ring.create : !ring
}

// -----

!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sa>
!slot = !dlk_tile.slot<!sa>

// A stage of one buffer in a ring of two.
dlk_tile.kernel @other_buffers_p122() grid [1, 1, 1] warps 4 {
  %ring = dlk_tile.ring.create : !ring
  // expected-error @+1 {{stage holds other buffers than the ring, which only rings between roles do [DLK-P122]}}
  %s = dlk_tile.ring.acquire %ring : !ring -> !slot
}
