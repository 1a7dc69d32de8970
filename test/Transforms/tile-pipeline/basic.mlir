// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-pipeline))' | FileCheck %s

!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!gb = !dlk_tile.mem<128x64xf16, #dlk_tile.layout<[128:64], [64:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// Three stages: two are filled before the loop, the third one in it; two k
// slices, the second of which waits for the next stage.
// CHECK-LABEL: dlk_tile.kernel @three_stages
dlk_tile.kernel @three_stages(%a: !ga, %b: !gb) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // CHECK: %[[RING:.+]] = dlk_tile.ring.create
  // CHECK: dlk_tile.ring.acquire %[[RING]]
  // CHECK: dlk_tile.copy {{.*}}[%{{.*}}, %[[K0:.+]]] to
  // CHECK: dlk_tile.copy
  // CHECK: dlk_tile.ring.commit
  // CHECK: dlk_tile.ring.acquire
  // CHECK-COUNT-2: dlk_tile.copy
  // CHECK: dlk_tile.ring.commit
  // CHECK: %[[FIRST:.+]] = dlk_tile.ring.wait
  // CHECK: %[[VIEW:.+]] = dlk_tile.slot.view %[[FIRST]][0]
  // CHECK: %[[A0:.+]] = dlk_tile.load_fragment %[[VIEW]] k 0 dim 1
  // CHECK: %[[B0:.+]] = dlk_tile.load_fragment {{.*}} k 0 dim 0
  // CHECK: scf.for %[[K:.+]] = {{.*}} iter_args(%[[ACC:.+]] = {{.*}}, %[[A:.+]] = %[[A0]], %[[B:.+]] = %[[B0]], %[[SLOT:.+]] = %[[FIRST]])
  // CHECK:   %[[AHEAD:.+]] = arith.addi %[[K]], %c64
  // CHECK:   %[[INSIDE:.+]] = arith.cmpi ult, %[[AHEAD]], %c128
  // CHECK:   dlk_tile.ring.acquire
  // CHECK:   dlk_tile.copy {{.*}}%[[AHEAD]]{{.*}} if %[[INSIDE]]
  // CHECK:   dlk_tile.copy {{.*}}%[[AHEAD]]{{.*}} if %[[INSIDE]]
  // CHECK:   dlk_tile.ring.commit
  // CHECK:   %[[A1:.+]] = dlk_tile.load_fragment {{.*}} k 16 dim 1
  // CHECK:   %[[B1:.+]] = dlk_tile.load_fragment {{.*}} k 16 dim 0
  // CHECK:   %[[ACC1:.+]] = dlk_tile.mma %[[A]], %[[B]], %[[ACC]]
  // CHECK:   dlk_tile.ring.release {{.*}}, %[[SLOT]]
  // CHECK:   %[[NEXT:.+]] = dlk_tile.ring.wait
  // CHECK:   dlk_tile.load_fragment {{.*}} k 0 dim 1
  // CHECK:   dlk_tile.load_fragment {{.*}} k 0 dim 0
  // CHECK:   %[[ACC2:.+]] = dlk_tile.mma %[[A1]], %[[B1]], %[[ACC1]]
  // CHECK:   scf.yield %[[ACC2]], {{.*}}, %[[NEXT]]
  %r = scf.for %k = %c0 to %c128 step %c32 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    %wb = dlk_tile.slot.view %w[1] : !slot -> !sb
    dlk_tile.copy %b[%k, %c0] to %wb vector 8 kind "cp_async" : !gb to !sb
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sb
    %n = dlk_tile.mma %ta, %tb, %acc : !sa, !sb, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}

// -----

// More stages than iterations: the stages past the end are filled with zeros,
// so that groups and waits stay in step.
!ga = !dlk_tile.mem<64x16xf16, #dlk_tile.layout<[64:16], [16:1]>, global>
!gb = !dlk_tile.mem<16x64xf16, #dlk_tile.layout<[16:64], [64:1]>, global>
!sa = !dlk_tile.mem<64x16xf16, #dlk_tile.layout<[64:16], [16:1], swizzle<1, 4, 3>>, shared>
!sb = !dlk_tile.mem<16x64xf16, #dlk_tile.layout<[16:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// CHECK-LABEL: dlk_tile.kernel @one_iteration_one_slice
dlk_tile.kernel @one_iteration_one_slice(%a: !ga, %b: !gb) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // CHECK: %[[FALSE:.+]] = arith.constant false
  // CHECK: dlk_tile.copy {{.*}} if %[[FALSE]]
  // CHECK: scf.for
  // CHECK:   dlk_tile.ring.release
  // CHECK:   dlk_tile.ring.wait
  // CHECK:   dlk_tile.load_fragment {{.*}} k 0
  // CHECK:   dlk_tile.mma
  // CHECK-NOT: dlk_tile.mma
  %r = scf.for %k = %c0 to %c16 step %c16 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    %wb = dlk_tile.slot.view %w[1] : !slot -> !sb
    dlk_tile.copy %b[%k, %c0] to %wb vector 8 kind "cp_async" : !gb to !sb
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sb
    %n = dlk_tile.mma %ta, %tb, %acc : !sa, !sb, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}

// -----

// Slices of k are 32 bytes. With promote the products of a stage are summed by
// themselves, then added.
!ga = !dlk_tile.mem<64x128xf8E4M3FN, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x64xf8E4M3FN, #dlk_tile.layout<[64:64], [64:1], swizzle<2, 4, 3>>, shared>
!ring = !dlk_tile.ring<2, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// CHECK-LABEL: dlk_tile.kernel @promote
dlk_tile.kernel @promote(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // CHECK: scf.for {{.*}} iter_args(%[[ACC:[^ ]+]] =
  // CHECK:   %[[ZERO:.+]] = dlk_tile.fill 0.0
  // CHECK:   dlk_tile.load_fragment {{.*}} k 32 dim 1
  // CHECK:   %[[SUM:.+]] = dlk_tile.mma {{.*}}, %[[ZERO]] :
  // CHECK:   %[[LAST:.+]] = dlk_tile.mma {{.*}}, %[[SUM]] :
  // CHECK:   %[[ADDED:.+]] = dlk_tile.add %[[ACC]], %[[LAST]]
  // CHECK:   scf.yield %[[ADDED]]
  %r = scf.for %k = %c0 to %c128 step %c64 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 16 kind "cp_async" : !ga to !sa
    %wb = dlk_tile.slot.view %w[1] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wb vector 16 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %n = dlk_tile.mma %ta, %tb, %acc promote {rhs_k_dim = 1} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}

// -----

// An upper bound that the kernel computes: also the first stages are filled only
// if the loop gets there.
!ga = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>
!sa = !dlk_tile.mem<64x16xf16, #dlk_tile.layout<[64:16], [16:1], swizzle<1, 4, 3>>, shared>
!ring = !dlk_tile.ring<2, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// CHECK-LABEL: dlk_tile.kernel @open_bound
dlk_tile.kernel @open_bound(%a: !ga) grid [8, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: %[[ROW:[^,]+]], %{{.*}} = dlk_tile.tile_coord
  // CHECK: %[[LENGTH:.+]] = arith.muli %[[ROW]]
  %row, %column, %batch = dlk_tile.tile_coord tiles [8, 1] batches 1 raster row 1
  %length = arith.muli %row, %c16 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // CHECK: %[[FIRST:.+]] = arith.cmpi ugt, %[[LENGTH]], %c0
  // CHECK: dlk_tile.copy {{.*}} if %[[FIRST]]
  // CHECK: scf.for {{.*}} to %[[LENGTH]]
  // CHECK:   %[[INSIDE:.+]] = arith.cmpi ult, %{{.+}}, %[[LENGTH]]
  // CHECK:   dlk_tile.copy {{.*}} if %[[INSIDE]]
  %r = scf.for %k = %c0 to %length step %c16 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wa vector 8 kind "cp_async" : !ga to !sa
    %wb = dlk_tile.slot.view %w[1] : !slot -> !sa
    dlk_tile.copy %a[%c0, %k] to %wb vector 8 kind "cp_async" : !ga to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ta = dlk_tile.slot.view %s[0] : !slot -> !sa
    %tb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %n = dlk_tile.mma %ta, %tb, %acc {rhs_k_dim = 1} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %n : !acc
  }
}

// -----

// A loop without a ring is left alone.
// CHECK-LABEL: dlk_tile.kernel @no_ring
dlk_tile.kernel @no_ring() grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  // CHECK: scf.for
  // CHECK-NEXT: dlk_tile.barrier
  scf.for %k = %c0 to %c8 step %c1 {
    dlk_tile.barrier
  }
}
