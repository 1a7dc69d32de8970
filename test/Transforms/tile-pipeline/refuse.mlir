// RUN: dlk-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-pipeline))'

!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// A stage that is filled but never waited for.
dlk_tile.kernel @no_wait_p40(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // expected-error @+1 {{has not exactly one 'dlk_tile.ring.wait': 0 [DLK-P40]}}
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %n = dlk_tile.fill 0.0 : !acc
    scf.yield %n : !acc
  }
}

// -----

!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// Two commits of one stage.
dlk_tile.kernel @two_commits_p40(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // expected-error @+1 {{has not exactly one 'dlk_tile.ring.commit': 2 [DLK-P40]}}
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %n = dlk_tile.mma %ta, %tb, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}

// -----

!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// A stage that is never released.
dlk_tile.kernel @no_release_p40(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // expected-error @+1 {{has not exactly one 'dlk_tile.ring.release': 0 [DLK-P40]}}
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %n = dlk_tile.mma %ta, %tb, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    scf.yield %n : !acc
  }
}

// -----

!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// No iteration: the kernel should have no loop.
dlk_tile.kernel @zero_trips_p41(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // expected-error @+1 {{trip count zero: 0 to 0 [DLK-P41]}}
  %r = scf.for %k = %c0 to %c0 step %c32 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %n = dlk_tile.mma %ta, %tb, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}

// -----

!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// Stages before the loop have places that are known.
dlk_tile.kernel @dynamic_bound_p41(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 1] batches 1 raster row 1
  // expected-error @+1 {{lower bound and step of a loop over a ring are not constants [DLK-P41]}}
  %r = scf.for %k = %c0 to %c128 step %row iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %n = dlk_tile.mma %ta, %tb, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}
