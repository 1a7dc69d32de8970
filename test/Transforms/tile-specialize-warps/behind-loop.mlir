// Stages behind the loop: the producer fills them after those of the products,
// the consumer reads them in its epilogue.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-specialize-warps))' | FileCheck %s

!g = !dlk_tile.mem<2048x512xbf16, #dlk_tile.layout<[2048:512], [512:1]>, global>
!m = !dlk_tile.tmap<!g, [64, 64], swizzle 128>
!sa = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!staging = !dlk_tile.mem<2x64x64xbf16, #dlk_tile.layout<[2:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<4, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!one = !dlk_tile.slot<!sa>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!out = !dlk_tile.frag<64x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
#roles = #dlk.schedule<engine = wgmma, tile = [64, 64, 64], warps = [1, 1], roles = cooperative, stages = 4, copy = tma, persistent = true, regs = [40, 232]>
#turns = #dlk.schedule<engine = wgmma, tile = [64, 64, 64], warps = [2, 1], roles = pingpong, stages = 4, copy = tma, persistent = true, regs = [40, 232]>

// CHECK-LABEL: dlk_tile.kernel @operand
// CHECK: %[[RING:.+]] = dlk_tile.ring.create consumers 1
// CHECK: dlk_tile.roles consumers 1 regs [40, 232] producer {
// CHECK: scf.for
// CHECK: dlk_tile.ring.commit %[[RING]], %{{.+}} : !ring, !slot
// CHECK-NEXT: }
// CHECK: %[[N:.+]] = arith.addi
// CHECK-NOT: ring.wait
// CHECK: %[[S:.+]] = dlk_tile.ring.acquire %[[RING]] : !ring -> !slot1
// CHECK-NEXT: %[[V:.+]] = dlk_tile.slot.view %[[S]][0]
// CHECK-NEXT: dlk_tile.tma_load %arg1[%{{.+}}, %[[N]]] to %[[V]]
// CHECK-NEXT: dlk_tile.ring.commit %[[RING]], %[[S]]
// CHECK-NEXT: }
// CHECK-NEXT: } consumer {
// CHECK: %[[DONE:.+]] = dlk_tile.wgmma_wait pending 0
// CHECK-NEXT: dlk_tile.ring.release
// CHECK-NOT: ring.acquire
// CHECK: %[[W:.+]] = dlk_tile.ring.wait %[[RING]] : !ring -> !slot1
// CHECK-NEXT: %[[T:.+]] = dlk_tile.slot.view %[[W]][0]
// CHECK: dlk_tile.map %[[DONE]] {{.*}} tiles %[[T]]
// CHECK: dlk_tile.tma_store
// CHECK-NEXT: dlk_tile.ring.release %[[RING]], %[[W]]
// CHECK-NEXT: }
dlk_tile.kernel @operand(%a: !m, %r: !m) grid [256, 1, 1] warps 4 attributes {dlk.schedule = #roles} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [32, 8] batches 1 raster row 1
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  %sum = scf.for %k = %c0 to %c512 step %c64 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.tma_load %a[%row, %k] to %wa : !m to !sa
    %wb = dlk_tile.slot.view %w[1] : !slot -> !sa
    dlk_tile.tma_load %a[%column, %k] to %wb : !m to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ra = dlk_tile.slot.view %s[0] : !slot -> !sa
    %rb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %p = dlk_tile.mma %ra, %rb, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %p : !acc
  }
  %n = arith.addi %column, %c64 : index
  %w = dlk_tile.ring.acquire %ring : !ring -> !one
  %v = dlk_tile.slot.view %w[0] : !one -> !sa
  dlk_tile.tma_load %r[%row, %n] to %v : !m to !sa
  dlk_tile.ring.commit %ring, %w : !ring, !one
  %s = dlk_tile.ring.wait %ring : !ring -> !one
  %t = dlk_tile.slot.view %s[0] : !one -> !sa
  %e = dlk_tile.map %sum at [%row, %n] bounds [2048, 512] tiles %t : !sa maps [] : !acc -> !out {
  ^bb0(%x: f32, %y: bf16):
    dlk_tile.yield %y : bf16
  }
  %staging = dlk_tile.alloc : !staging
  dlk_tile.tma_store %e to %r[%row, %n] staging %staging : !out to !m staging !staging
  dlk_tile.ring.release %ring, %s : !ring, !one
}

// In turns, the tiles of the other consumer have a stage more than steps.
// CHECK-LABEL: dlk_tile.kernel @turns
// CHECK: dlk_tile.roles consumers 2 regs [40, 232] pingpong 9 producer {
dlk_tile.kernel @turns(%a: !m) grid [256, 1, 1] warps 8 attributes {dlk.schedule = #turns} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [32, 8] batches 1 raster row 1
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  %sum = scf.for %k = %c0 to %c512 step %c64 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ra = dlk_tile.slot.view %s[0] : !slot -> !sa
    %rb = dlk_tile.slot.view %s[1] : !slot -> !sa
    %p = dlk_tile.mma %ra, %rb, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %p : !acc
  }
  %w = dlk_tile.ring.acquire %ring : !ring -> !one
  dlk_tile.ring.commit %ring, %w : !ring, !one
  %s = dlk_tile.ring.wait %ring : !ring -> !one
  dlk_tile.ring.release %ring, %s : !ring, !one
}
