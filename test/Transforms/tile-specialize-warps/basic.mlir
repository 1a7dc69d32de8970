// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-specialize-warps))' | FileCheck %s

!g = !dlk_tile.mem<2048x512xbf16, #dlk_tile.layout<[2048:512], [512:1]>, global>
!m = !dlk_tile.tmap<!g, [128, 64], swizzle 128>
!half = !dlk_tile.tmap<!g, [32, 64], swizzle 128>
!sa = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!sb = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!staging = !dlk_tile.mem<8x16x64xf32, #dlk_tile.layout<[8:1024], [16:64], [64:1]>, shared>
!ring = !dlk_tile.ring<4, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>
!acc = !dlk_tile.frag<128x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!s8 = !dlk_tile.mem<128x128xf8E4M3FN, #dlk_tile.layout<[128:128], [128:1], swizzle<3, 4, 3>>, shared>
!ring8 = !dlk_tile.ring<4, !s8, !s8>
!slot8 = !dlk_tile.slot<!s8, !s8>
!acc8 = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!whole = !dlk_tile.frag<128x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!gc = !dlk_tile.mem<2048x2048xf32, #dlk_tile.layout<[2048:2048], [2048:1]>, global>

#roles = #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4, cluster = [2, 1], copy = tma, persistent = true, regs = [40, 232]>
#turns = #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = pingpong, stages = 4, copy = tma, persistent = true, regs = [40, 232]>
#alike = #dlk.schedule<tile = [128, 64, 64], warps = [2, 1], stages = 4>

module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {

// Two consumers and the producer are twelve warps; 66 clusters of two fill the
// 132 multiprocessors, where there were 512 blocks. Shared memory comes first.
// CHECK-LABEL: dlk_tile.kernel @matmul
// CHECK-SAME: grid [132, 1, 1] warps 12 cluster [2, 1]
// CHECK: %[[STAGING:.+]] = dlk_tile.alloc
// CHECK: %[[RING:.+]] = dlk_tile.ring.create consumers 2
// CHECK: dlk_tile.roles consumers 2 regs [40, 232] producer {
//
// Tiles of a cluster, two rows of blocks each; so is the band of eight.
// CHECK:   dlk_tile.for_tiles tiles [8, 32] batches 1 raster grouped 4 {
// CHECK:   ^bb0(%[[ROW:.+]]: index, %[[COLUMN:.+]]: index, %{{.+}}: index):
// CHECK:     %[[M:.+]] = arith.muli %[[ROW]], %c128
// CHECK:     %[[N:.+]] = arith.muli %[[COLUMN]], %c64
// CHECK:     scf.for %[[K:.+]] = %c0 to %c512 step %c64{{[_0-9]*}} {
// CHECK-NEXT:  %[[SLOT:.+]] = dlk_tile.ring.acquire %[[RING]]
// CHECK-NEXT:  dlk_tile.slot.view %[[SLOT]][0]
// CHECK-NEXT:  dlk_tile.tma_load %arg0[%[[M]], %[[K]]]
// CHECK-NEXT:  dlk_tile.slot.view %[[SLOT]][1]
// CHECK-NEXT:  dlk_tile.tma_load %arg1[%[[N]], %[[K]]] to %{{.+}} shared_along "m"
// CHECK-NEXT:  dlk_tile.ring.commit %[[RING]], %[[SLOT]]
// CHECK-NEXT: }
// CHECK-NEXT: }
//
// The first product overwrites; in the loop the product before is finished and
// its stage released while the next one runs.
// CHECK: } consumer {
// CHECK-NEXT: dlk_tile.for_tiles tiles [8, 32] batches 1 raster grouped 4 {
// CHECK-NOT: dlk_tile.fill
// CHECK:     %[[BEGIN:.+]] = dlk_tile.wgmma_begin
// CHECK-NEXT: %[[FIRST:.+]] = dlk_tile.ring.wait %[[RING]]
// CHECK-NEXT: %[[A:.+]] = dlk_tile.slot.view %[[FIRST]][0]
// CHECK-NEXT: %[[B:.+]] = dlk_tile.slot.view %[[FIRST]][1]
// CHECK-NEXT: %[[STARTED:.+]] = dlk_tile.wgmma %[[A]], %[[B]], %[[BEGIN]] overwrite {rhs_k_dim = 1 : i64}
// CHECK:     %[[LOOP:.+]]:2 = scf.for %{{.+}} = %{{.+}} to %c512 step %{{.+}} iter_args(%[[ACC:.+]] = %[[STARTED]], %[[BEFORE:.+]] = %[[FIRST]])
// CHECK-NEXT:  %[[NEXT:.+]] = dlk_tile.ring.wait %[[RING]]
// CHECK:       %[[PRODUCT:.+]] = dlk_tile.wgmma %{{.+}}, %{{.+}}, %[[ACC]] {rhs_k_dim = 1 : i64}
// CHECK-NEXT:  %[[ONE:.+]] = dlk_tile.wgmma_wait pending 1, %[[PRODUCT]]
// CHECK-NEXT:  dlk_tile.ring.release %[[RING]], %[[BEFORE]]
// CHECK-NEXT:  scf.yield %[[ONE]], %[[NEXT]]
// CHECK:     %[[DONE:.+]] = dlk_tile.wgmma_wait pending 0, %[[LOOP]]#0
// CHECK-NEXT: dlk_tile.ring.release %[[RING]], %[[LOOP]]#1
// CHECK-NEXT: dlk_tile.store %[[DONE]] to %arg2[{{.+}}] staging %[[STAGING]]
dlk_tile.kernel @matmul(%a: !m, %b: !half, %c: !gc) grid [512, 1, 1] warps 8 cluster [2, 1]
    attributes {dlk.schedule = #roles} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [16, 32] batches 1 raster grouped 8
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %i = arith.muli %row, %c128 : index
  %j = arith.muli %column, %c64 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  %sum = scf.for %k = %c0 to %c512 step %c64 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.tma_load %a[%i, %k] to %wa : !m to !sa
    %wb = dlk_tile.slot.view %w[1] : !slot -> !sb
    dlk_tile.tma_load %b[%j, %k] to %wb shared_along "m" : !half to !sb
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ra = dlk_tile.slot.view %s[0] : !slot -> !sa
    %rb = dlk_tile.slot.view %s[1] : !slot -> !sb
    %p = dlk_tile.mma %ra, %rb, %acc {rhs_k_dim = 1 : i64} : !sa, !sb, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %p : !acc
  }
  %staging = dlk_tile.alloc : !staging
  dlk_tile.store %sum to %c[%i, %j] staging %staging vector 4 : !acc to !gc staging !staging
}

// Each of two consumers holds a tile alone: a stage has one release. Tiles have
// eight stages.
// CHECK-LABEL: dlk_tile.kernel @turns
// CHECK-SAME: grid [132, 1, 1] warps 12
// CHECK: dlk_tile.ring.create consumers 1
// CHECK: dlk_tile.roles consumers 2 regs [40, 232] pingpong 8 producer {
dlk_tile.kernel @turns(%a: !m) grid [512, 1, 1] warps 8 attributes {dlk.schedule = #turns} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [16, 32] batches 1 raster row 1
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %zero = dlk_tile.fill 0.0 : !whole
  %ring = dlk_tile.ring.create : !ring
  %sum = scf.for %k = %c0 to %c512 step %c64 iter_args(%acc = %zero) -> (!whole) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.tma_load %a[%row, %k] to %wa : !m to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ra = dlk_tile.slot.view %s[0] : !slot -> !sa
    %rb = dlk_tile.slot.view %s[1] : !slot -> !sb
    %p = dlk_tile.mma %ra, %rb, %acc {rhs_k_dim = 1 : i64} : !sa, !sb, !whole
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %p : !whole
  }
}

// Shares of the steps: more clusters than there are tiles, and loops as long as
// the share says.
// CHECK-LABEL: dlk_tile.kernel @stream
// CHECK-SAME: grid [24, 1, 1] warps 12 cluster [2, 1]
// CHECK: dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 6 {
// CHECK: ^bb0(%{{.+}}: index, %{{.+}}: index, %{{.+}}: index, %[[FIRST:.+]]: index, %[[MORE:.+]]: index, %{{.+}}: index):
// CHECK: %[[LENGTH:.+]] = arith.addi %[[MORE]], %c1
// CHECK: scf.for %[[I:.+]] = %c0 to %[[LENGTH]] step
// CHECK: arith.addi %[[FIRST]], %[[I]]
// CHECK: } consumer {
// CHECK: dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 6 {
// CHECK: ^bb0({{.*}}, %{{.+}}: index, %[[MORE:.+]]: index, %[[PART:.+]]: index):
// CHECK: %[[LENGTH:.+]] = arith.addi %[[MORE]], %c1
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[LENGTH]] step
// CHECK: dlk_tile.store {{.*}}[%[[PART]], %{{.+}}] staging
// CHECK-NOT: dlk_tile.stream_coord
dlk_tile.kernel @stream(%a: !m, %c: !gc) grid [8, 1, 1] warps 8 cluster [2, 1]
    attributes {dlk.schedule = #roles} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [4, 2] batches 1 raster row 1
  %first, %more, %part = dlk_tile.stream_coord steps 6 clusters 12
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  %length = arith.addi %more, %c1 : index
  %sum = scf.for %i = %c0 to %length step %c1 iter_args(%acc = %zero) -> (!acc) {
    %k = arith.addi %first, %i : index
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
    dlk_tile.tma_load %a[%row, %k] to %wa : !m to !sa
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %ra = dlk_tile.slot.view %s[0] : !slot -> !sa
    %rb = dlk_tile.slot.view %s[1] : !slot -> !sb
    %p = dlk_tile.mma %ra, %rb, %acc {rhs_k_dim = 1 : i64} : !sa, !sb, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %p : !acc
  }
  %staging = dlk_tile.alloc : !staging
  dlk_tile.store %sum to %c[%part, %column] staging %staging vector 4 : !acc to !gc staging !staging
}

// Each stage is summed by itself, released, and added to the sum so far.
// CHECK-LABEL: dlk_tile.kernel @promoted
// CHECK: } consumer {
// CHECK:     %[[B0:.+]] = dlk_tile.wgmma_begin
// CHECK-NEXT: %[[S0:.+]] = dlk_tile.ring.wait
// CHECK:     %[[P0:.+]] = dlk_tile.wgmma %{{.+}}, %{{.+}}, %[[B0]] overwrite
// CHECK-NEXT: %[[SUM0:.+]] = dlk_tile.wgmma_wait pending 0, %[[P0]]
// CHECK-NEXT: dlk_tile.ring.release %{{.+}}, %[[S0]]
// CHECK:     scf.for %{{.+}} iter_args(%[[ACC:.+]] = %[[SUM0]])
// CHECK-NEXT:  %[[BEGIN:.+]] = dlk_tile.wgmma_begin
// CHECK:       %[[PRODUCT:.+]] = dlk_tile.wgmma %{{.+}}, %{{.+}}, %[[BEGIN]] overwrite
// CHECK-NEXT:  %[[SUM:.+]] = dlk_tile.wgmma_wait pending 0, %[[PRODUCT]]
// CHECK-NEXT:  dlk_tile.ring.release
// CHECK-NEXT:  %[[NEXT:.+]] = dlk_tile.add %[[ACC]], %[[SUM]]
// CHECK-NEXT:  scf.yield %[[NEXT]]
dlk_tile.kernel @promoted() grid [512, 1, 1] warps 8 attributes {dlk.schedule = #roles} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [16, 32] batches 1 raster row 1
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %c512 = arith.constant 512 : index
  %zero = dlk_tile.fill 0.0 : !acc8
  %ring = dlk_tile.ring.create : !ring8
  %sum = scf.for %k = %c0 to %c512 step %c128 iter_args(%acc = %zero) -> (!acc8) {
    %w = dlk_tile.ring.acquire %ring : !ring8 -> !slot8
    dlk_tile.ring.commit %ring, %w : !ring8, !slot8
    %s = dlk_tile.ring.wait %ring : !ring8 -> !slot8
    %a = dlk_tile.slot.view %s[0] : !slot8 -> !s8
    %b = dlk_tile.slot.view %s[1] : !slot8 -> !s8
    %p = dlk_tile.mma %a, %b, %acc promote {rhs_k_dim = 1 : i64} : !s8, !s8, !acc8
    dlk_tile.ring.release %ring, %s : !ring8, !slot8
    scf.yield %p : !acc8
  }
}

// A kernel whose schedule has no roles is left alone, and so is one without a
// ring: there is nothing to fetch.
// CHECK-LABEL: dlk_tile.kernel @alike
// CHECK-SAME: grid [16, 1, 1] warps 4
// CHECK-NOT: dlk_tile.roles
dlk_tile.kernel @alike() grid [16, 1, 1] warps 4 attributes {dlk.schedule = #alike} {
  %ring = dlk_tile.ring.create : !ring
}

// CHECK-LABEL: dlk_tile.kernel @no_ring
// CHECK-SAME: grid [512, 1, 1] warps 8
// CHECK-NOT: dlk_tile.roles
dlk_tile.kernel @no_ring() grid [512, 1, 1] warps 8 attributes {dlk.schedule = #roles} {
  %zero = dlk_tile.fill 0.0 : !acc
}

}
