// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-materialize-barriers,canonicalize))' --allow-unregistered-dialect | FileCheck %s

!g = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!m = !dlk_tile.tmap<!g, [128, 64], swizzle 128>
!half = !dlk_tile.tmap<!g, [32, 64], swizzle 128>
!sa = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!sb = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<4, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// Four stages of 16384 + 8192 bytes; four full barriers of one arrival, then four
// empty ones of two warpgroups in two blocks. The cluster meets before use.
// CHECK-LABEL: dlk_tile.kernel @cluster
// CHECK: %[[STAGES:.+]] = dlk_tile.alloc : !i8_98304_shared
// CHECK: %[[BARRIERS:.+]] = dlk_tile.alloc : !i64_8_shared
// CHECK: scf.if
// CHECK-DAG: %[[FULL:.+]] = dlk_tile.view %[[BARRIERS]][%c0_i32 + 0]
// CHECK-DAG: %[[FULLP:.+]] = dlk_tile.pointer %[[FULL]]
// CHECK-DAG: nvvm.mbarrier.init %[[FULLP]], %c1_i32
// CHECK-DAG: %[[EMPTY:.+]] = dlk_tile.view %[[BARRIERS]][%c0_i32 + 32]
// CHECK-DAG: %[[EMPTYP:.+]] = dlk_tile.pointer %[[EMPTY]]
// CHECK-DAG: nvvm.mbarrier.init %[[EMPTYP]], %c4_i32
// CHECK-COUNT-6: nvvm.mbarrier.init
// CHECK-NOT: nvvm.mbarrier.init
// CHECK: nvvm.fence.mbarrier.init
// CHECK: nvvm.prefetch tensormap
// CHECK: nvvm.prefetch tensormap
// CHECK: nvvm.cluster.arrive {aligned}
// CHECK-NEXT: nvvm.cluster.wait {aligned}
//
// The producer's parity starts at 1: nobody has to release the first stages.
// It waits for the empty barrier, announces the bytes of the stage and fills it.
// CHECK: scf.if
// CHECK:   scf.for {{.*}} iter_args(%[[STAGE:.+]] = %c0_i32, %[[PARITY:.+]] = %c1_i32) -> (i32, i32)
// CHECK:     %[[PLACE:.+]] = arith.muli %[[STAGE]], %c8_i32
// CHECK:     %[[VIEW:.+]] = dlk_tile.view %[[BARRIERS]][%[[PLACE]] + 32]
// CHECK:     %[[WAITED:.+]] = dlk_tile.pointer %[[VIEW]]
// CHECK:     scf.while
// CHECK:       %[[READY:.+]] = nvvm.mbarrier.try_wait %[[WAITED]], %[[PARITY]]
// CHECK:       %[[AGAIN:.+]] = arith.xori %[[READY]], %true
// CHECK:       scf.condition(%[[AGAIN]])
// CHECK:     nvvm.mbarrier.arrive.expect_tx %[[FILLED:.+]], %c24576_i32
// CHECK:     %[[PLUS:.+]] = arith.addi %[[STAGE]], %c1_i32
// CHECK:     %[[WRAPS:.+]] = arith.cmpi eq, %[[PLUS]], %c4_i32
// CHECK:     %[[NEXT:.+]] = arith.select %[[WRAPS]], %c0_i32, %[[PLUS]]
// CHECK:     %[[BIT:.+]] = arith.extui %[[WRAPS]]
// CHECK:     %[[FLIPPED:.+]] = arith.xori %[[PARITY]], %[[BIT]]
// One box of its own; of the shared tile its half, to both blocks.
// CHECK:     nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.+}}, %{{.+}}, %{{.+}}, box[%{{.+}}, %{{.+}}] : !llvm.ptr<7>
// CHECK:     %[[RANK:.+]] = nvvm.read.ptx.sreg.cluster.ctarank
// CHECK:     %[[OFFSET:.+]] = arith.muli %[[RANK]], %c4096_i32
// CHECK:     llvm.getelementptr %{{.+}}[%[[OFFSET]]]
// CHECK:     nvvm.cp.async.bulk.tensor.shared.cluster.global {{.*}} multicast_mask = %c3_i16
// CHECK-NOT: nvvm.cp.async
// CHECK:     scf.yield %[[NEXT]], %[[FLIPPED]]
//
// The consumers' parity starts at 0. Threads 0 and 1 of a warpgroup release the
// stage in one block each.
// CHECK: } else {
// CHECK:   scf.for {{.*}} iter_args(%[[STAGE:.+]] = %c0_i32, %[[PARITY:.+]] = %c0_i32) -> (i32, i32)
// CHECK:     nvvm.mbarrier.try_wait %{{.+}}, %[[PARITY]]
// CHECK:     %[[BYTES:.+]] = arith.muli %[[STAGE]], %c24576_i32
// CHECK:     %[[A:.+]] = dlk_tile.view %[[STAGES]][%[[BYTES]] + 0]
// CHECK:     %[[B:.+]] = dlk_tile.view %[[STAGES]][%{{.+}} + 16384]
// CHECK:     "test.multiply"(%[[A]], %[[B]])
// CHECK:     %[[LANE:.+]] = arith.remui %{{.+}}, %c128_i32
// CHECK:     %[[RELEASES:.+]] = arith.cmpi ult, %[[LANE]], %c2_i32
// CHECK:     scf.if %[[RELEASES]]
// CHECK:       %[[PEER:.+]] = nvvm.mapa %{{.+}}, %[[LANE]] : !llvm.ptr<3> -> !llvm.ptr<7>
// CHECK:       nvvm.mbarrier.arrive %[[PEER]]
dlk_tile.kernel @cluster(%a: !m, %b: !half, %role: !g) grid [4, 1, 1] warps 12 cluster [2, 1] {
  %ring = dlk_tile.ring.create consumers 2 : !ring
  %t = nvvm.read.ptx.sreg.tid.x : i32
  %c256 = arith.constant 256 : i32
  %produces = arith.cmpi uge, %t, %c256 : i32
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  scf.if %produces {
    scf.for %k = %c0 to %c512 step %c64 {
      %w = dlk_tile.ring.acquire %ring : !ring -> !slot
      %wa = dlk_tile.slot.view %w[0] : !slot -> !sa
      dlk_tile.tma_load %a[%c0, %k] to %wa : !m to !sa
      %wb = dlk_tile.slot.view %w[1] : !slot -> !sb
      dlk_tile.tma_load %b[%c0, %k] to %wb shared_along "m" : !half to !sb
      dlk_tile.ring.commit %ring, %w : !ring, !slot
    }
  } else {
    scf.for %k = %c0 to %c512 step %c64 {
      %s = dlk_tile.ring.wait %ring : !ring -> !slot
      %ra = dlk_tile.slot.view %s[0] : !slot -> !sa
      %rb = dlk_tile.slot.view %s[1] : !slot -> !sb
      "test.multiply"(%ra, %rb) : (!sa, !sb) -> ()
      dlk_tile.ring.release %ring, %s : !ring, !slot
    }
  }
}

// -----

!g = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!m = !dlk_tile.tmap<!g, [64, 64], swizzle 128>
!s = !dlk_tile.mem<64x128xbf16, #dlk_tile.layout<[64:64], [64:1, 2:4096], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<2, !s>
!slot = !dlk_tile.slot<!s>

// Without a cluster the block meets, and a release stays in it. A tile of two
// panels is two boxes; nobody shares them.
// CHECK-LABEL: dlk_tile.kernel @block
// CHECK: nvvm.fence.mbarrier.init
// CHECK: dlk_tile.barrier
// CHECK-NOT: nvvm.cluster
// CHECK: nvvm.mbarrier.arrive.expect_tx %{{.+}}, %c16384_i32
// CHECK-COUNT-2: nvvm.cp.async.bulk.tensor.shared.cluster.global {{.*}} : !llvm.ptr<7>
// CHECK-NOT: nvvm.cp.async
// CHECK: } else {
// CHECK-NOT: nvvm.mapa
// CHECK: nvvm.mbarrier.arrive %{{.+}} : !llvm.ptr<3>
dlk_tile.kernel @block(%a: !m) grid [4, 1, 1] warps 8 {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  %t = nvvm.read.ptx.sreg.tid.x : i32
  %c128 = arith.constant 128 : i32
  %produces = arith.cmpi uge, %t, %c128 : i32
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  scf.if %produces {
    scf.for %k = %c0 to %c512 step %c64 {
      %w = dlk_tile.ring.acquire %ring : !ring -> !slot
      %v = dlk_tile.slot.view %w[0] : !slot -> !s
      dlk_tile.tma_load %a[%k, %c0] to %v : !m to !s
      dlk_tile.ring.commit %ring, %w : !ring, !slot
    }
  } else {
    scf.for %k = %c0 to %c512 step %c64 {
      %r = dlk_tile.ring.wait %ring : !ring -> !slot
      dlk_tile.ring.release %ring, %r : !ring, !slot
    }
  }
}

// -----

!s = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>

// Rings of other kernels are not for this pass.
// CHECK-LABEL: dlk_tile.kernel @alike
// CHECK: dlk_tile.ring.create :
dlk_tile.kernel @alike() grid [4, 1, 1] warps 4 {
  %ring = dlk_tile.ring.create : !dlk_tile.ring<3, !s>
}

// -----

// Stage and parity move on by a count that may go round the ring several times.
!m = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<3, !m>
!slot = !dlk_tile.slot<!m>
// CHECK-LABEL: dlk_tile.kernel @skip
// CHECK: %[[COUNT:.+]] = nvvm.read.ptx.sreg.ctaid.x
// CHECK: %[[STAGE:.+]] = arith.remui %[[COUNT]], %c3_i32
// CHECK: %[[ROUNDS:.+]] = arith.divui %[[COUNT]], %c3_i32
// CHECK: %[[PARITY:.+]] = arith.andi %[[ROUNDS]], %c1_i32
// CHECK: nvvm.mbarrier.try_wait %{{.+}}, %[[PARITY]]
// CHECK-NOT: dlk_tile.ring
dlk_tile.kernel @skip() grid [1, 1, 1] warps 8 {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  %t = nvvm.read.ptx.sreg.tid.x : i32
  %c128 = arith.constant 128 : i32
  %consumes = arith.cmpi ult, %t, %c128 : i32
  scf.if %consumes {
    %count = nvvm.read.ptx.sreg.ctaid.x : i32
    dlk_tile.ring.skip %ring, %count : !ring
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    dlk_tile.ring.release %ring, %s : !ring, !slot
  }
}
