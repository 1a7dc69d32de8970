// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-roles))' --allow-unregistered-dialect | FileCheck %s

// The third warpgroup is the producer: one elected lane of its first warp, warp
// 8, executes the region. setmaxnreg comes first on both sides, and the branch is
// on a value that is the same in all lanes. Clusters take every 66th tile; the
// block's own is at its place in the cluster. At the end the cluster meets.
// CHECK-LABEL: dlk_tile.kernel @clusters
// CHECK: %[[THREAD:.+]] = nvvm.read.ptx.sreg.tid.x
// CHECK: %[[GROUP:.+]] = arith.shrui %[[THREAD]], %c7_i32
// CHECK: %[[UNIFORM:.+]] = nvvm.shfl.sync idx %{{.+}}, %[[GROUP]]
// CHECK: %[[PRODUCES:.+]] = arith.cmpi eq, %[[UNIFORM]], %c2_i32
// CHECK: scf.if %[[PRODUCES]] {
// CHECK-NEXT: nvvm.setmaxregister decrease 40
// CHECK:   %[[WARP:.+]] = nvvm.shfl.sync idx
// CHECK:   %[[FIRST:.+]] = arith.cmpi eq, %[[WARP]], %c8_i32
// CHECK:   scf.if %[[FIRST]] {
// CHECK:     %[[ELECTED:.+]] = nvvm.elect.sync
// CHECK:     scf.if %[[ELECTED]] {
// CHECK:       %[[CLUSTER:.+]] = nvvm.read.ptx.sreg.clusterid.x
// CHECK:       scf.for %[[TILE:.+]] = %[[CLUSTER]] to %c1024_i32 step %c66_i32
// CHECK:         %[[ROW:.+]], %[[COLUMN:.+]], %[[BATCH:.+]] = dlk_tile.tile_coord of %[[TILE]] tiles [8, 32] batches 4 raster grouped 4
// CHECK:         %[[RANK:.+]] = nvvm.read.ptx.sreg.cluster.ctarank
// CHECK:         %[[ROWS:.+]] = arith.muli %[[ROW]], %c2
// CHECK:         %[[PLACE:.+]] = arith.index_castui %[[RANK]]
// CHECK:         %[[OWN:.+]] = arith.addi %[[ROWS]], %[[PLACE]]
// CHECK:         "test.fetch"(%[[OWN]], %[[COLUMN]], %[[BATCH]])
// CHECK: } else {
// CHECK-NEXT: nvvm.setmaxregister increase 232
// CHECK-NOT: elect
// CHECK:   scf.for
// CHECK:     "test.multiply"
// CHECK: nvvm.cluster.arrive {aligned}
// CHECK-NEXT: nvvm.cluster.wait {aligned}
dlk_tile.kernel @clusters() grid [132, 1, 1] warps 12 cluster [2, 1] {
  dlk_tile.roles consumers 2 regs [40, 232] producer {
    dlk_tile.for_tiles tiles [8, 32] batches 4 raster grouped 4 {
    ^bb0(%row: index, %column: index, %batch: index):
      "test.fetch"(%row, %column, %batch) : (index, index, index) -> ()
    }
  } consumer {
    dlk_tile.for_tiles tiles [8, 32] batches 4 raster grouped 4 {
    ^bb0(%row: index, %column: index, %batch: index):
      "test.multiply"(%row, %column) : (index, index) -> ()
    }
  }
}

// Without a cluster blocks count; without regs nobody gives registers away.
// Loops whose bounds are constants count in 32 bits.
// CHECK-LABEL: dlk_tile.kernel @blocks
// CHECK-NOT: setmaxregister
// CHECK: arith.cmpi eq, %{{.+}}, %c1_i32
// CHECK: %[[BLOCK:.+]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK: scf.for %[[TILE:.+]] = %[[BLOCK]] to %c6_i32{{.*}} step %c6_i32
// CHECK: %[[ROW:.+]], %[[COLUMN:.+]], %{{.+}} = dlk_tile.tile_coord of %[[TILE]] tiles [2, 3] batches 1 raster row 1
// CHECK: scf.for %[[K:.+]] = %{{.+}} to %c256_i32 step %c64_i32{{.*}} : i32 {
// CHECK: %[[WIDE:.+]] = arith.index_castui %[[K]] : i32 to index
// CHECK: "test.fetch"(%[[ROW]], %[[WIDE]])
// CHECK-NOT: nvvm.cluster
dlk_tile.kernel @blocks() grid [6, 1, 1] warps 8 {
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 3] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %c0 = arith.constant 0 : index
      %c64 = arith.constant 64 : index
      %c256 = arith.constant 256 : index
      scf.for %k = %c0 to %c256 step %c64 {
        "test.fetch"(%row, %k) : (index, index) -> ()
      }
    }
  } consumer {
    "test.multiply"() : () -> ()
  }
}

// Consumers in turns: number i starts 132 tiles and 8 stages further on, takes
// every second tile, and after the last wait of each passes over the 8 stages
// of the other's. The producer fills all tiles.
!m = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<4, !m>
!slot = !dlk_tile.slot<!m>
// CHECK-LABEL: dlk_tile.kernel @turns
// CHECK: %[[RING:.+]] = dlk_tile.ring.create
// CHECK: nvvm.setmaxregister decrease 40
// CHECK: %[[BLOCK:.+]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK: scf.for %{{.+}} = %[[BLOCK]] to %c512_i32{{.*}} step %c132_i32
// CHECK-NOT: ring.skip
// CHECK: nvvm.setmaxregister increase 232
// CHECK: %[[GROUP:.+]] = nvvm.shfl.sync idx
// CHECK: %[[OFFSET:.+]] = arith.muli %[[GROUP]], %c8_i32
// CHECK: dlk_tile.ring.skip %[[RING]], %[[OFFSET]]
// CHECK: %[[OWN:.+]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK: %[[AGAIN:.+]] = nvvm.shfl.sync idx
// CHECK: %[[AFTER:.+]] = arith.muli %[[AGAIN]], %c132_i32
// CHECK: %[[FIRST:.+]] = arith.addi %[[OWN]], %[[AFTER]]
// CHECK: scf.for %{{.+}} = %[[FIRST]] to %c512_i32{{.*}} step %c264_i32
// CHECK:   scf.for
// CHECK:     dlk_tile.ring.wait %[[RING]]
// CHECK:   }
// CHECK-NEXT: %[[OTHERS:.+]] = arith.constant 8 : i32
// CHECK-NEXT: dlk_tile.ring.skip %[[RING]], %[[OTHERS]]
// CHECK-NEXT: "test.store"
dlk_tile.kernel @turns() grid [132, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 2 regs [40, 232] pingpong 8 producer {
    dlk_tile.for_tiles tiles [16, 32] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [16, 32] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
      "test.store"(%row, %column) : (index, index) -> ()
    }
  }
}

// 12 clusters of two share 4 tiles of 6 steps: cluster c has those from
// c * 24 / 12 on. It visits the tiles of the first to that of the last of them.
// CHECK-LABEL: dlk_tile.kernel @stream
// CHECK: %[[CLUSTER:.+]] = nvvm.read.ptx.sreg.clusterid.x
// CHECK: %[[WIDE:.+]] = arith.extui %[[CLUSTER]]
// CHECK: %[[SCALED:.+]] = arith.muli %[[WIDE]], %c24_i64
// CHECK: %[[SHARE:.+]] = arith.divui %[[SCALED]], %c12_i64
// CHECK: %[[BEGIN:.+]] = arith.trunci %[[SHARE]]
// CHECK: %[[END:.+]] = arith.trunci
// CHECK: %[[LAST:.+]] = arith.subi %[[END]], %c1_i32
// CHECK: %[[TILE1:.+]] = arith.divui %[[LAST]], %c6_i32
// CHECK: %[[TILE0:.+]] = arith.divui %[[BEGIN]], %c6_i32
// CHECK: %[[STOP:.+]] = arith.addi %[[TILE1]], %c1_i32
// CHECK: scf.for %[[TILE:.+]] = %[[TILE0]] to %[[STOP]] step %c1_i32
// CHECK:   %[[START:.+]] = arith.muli %[[TILE]], %c6_i32
// CHECK:   %[[LOW:.+]] = arith.maxui %[[BEGIN]], %[[START]]
// CHECK:   %[[NEXT:.+]] = arith.addi %[[START]], %c6_i32
// CHECK:   %[[HIGH:.+]] = arith.minui %[[END]], %[[NEXT]]
// CHECK:   %[[FIRST:.+]] = arith.subi %[[LOW]], %[[START]]
// CHECK:   %[[COUNT:.+]] = arith.subi %[[HIGH]], %[[LOW]]
// CHECK:   %[[MORE:.+]] = arith.subi %[[COUNT]], %c1_i32
// CHECK:   %[[SUM:.+]] = arith.addi %[[TILE]], %[[CLUSTER]]
// CHECK:   %[[PLACE:.+]] = arith.muli %[[SUM]], %c2_i32
// CHECK:   %[[RANK:.+]] = nvvm.read.ptx.sreg.cluster.ctarank
// CHECK:   %[[PART:.+]] = arith.addi %[[PLACE]], %[[RANK]]
// CHECK:   %[[F:.+]] = arith.index_castui %[[FIRST]]
// CHECK:   %[[M:.+]] = arith.index_castui %[[MORE]]
// CHECK:   %[[P:.+]] = arith.index_castui %[[PART]]
// CHECK:   dlk_tile.tile_coord of %[[TILE]] tiles [2, 2] batches 1 raster row 1
// CHECK:   "test.share"(%{{.+}}, %[[F]], %[[M]], %[[P]])
dlk_tile.kernel @stream() grid [24, 1, 1] warps 8 cluster [2, 1] {
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 6 {
    ^bb0(%row: index, %column: index, %batch: index, %first: index, %more: index, %part: index):
      "test.share"(%row, %first, %more, %part) : (index, index, index, index) -> ()
    }
  } consumer {
    "test.multiply"() : () -> ()
  }
}
