// Kernels with roles that keep the protocol of their ring.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' | FileCheck %s

!mem = !dlk_tile.mem<1024x1024xbf16, #dlk_tile.layout<[1024:1024], [1024:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!sa = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!sb = !dlk_tile.mem<64x128xbf16, #dlk_tile.layout<[64:64], [64:1, 2:4096], swizzle<3, 4, 3>>, shared>
!acc = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!out = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// One product in flight, two stages, tiles that the blocks of a cluster share.
// CHECK-LABEL: dlk_tile.kernel @cooperative
// CHECK-SAME: dlk_tile.protocol_verified
dlk_tile.kernel @cooperative(%a: !tmap, %b: !tmap, %c: !tmap) grid [132, 1, 1] warps 12 cluster [2, 2] {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c1024 = arith.constant 1024 : index
  %staging = dlk_tile.alloc : !staging
  %ring = dlk_tile.ring.create consumers 2 : !ring
  dlk_tile.roles consumers 2 regs [40, 232] producer {
    dlk_tile.for_tiles tiles [4, 4] batches 1 raster grouped 8 {
    ^bb0(%row: index, %column: index, %batch: index):
      %m = arith.muli %row, %c128 : index
      %n = arith.muli %column, %c128 : index
      scf.for %k = %c0 to %c1024 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        dlk_tile.tma_load %a[%m, %k] to %va shared_along "n" : !tmap to !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        dlk_tile.tma_load %b[%k, %n] to %vb shared_along "m" : !tmap to !sb
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [4, 4] batches 1 raster grouped 8 {
    ^bb0(%row: index, %column: index, %batch: index):
      %m = arith.muli %row, %c128 : index
      %n = arith.muli %column, %c128 : index
      %begin = dlk_tile.wgmma_begin : !inflight
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      %va0 = dlk_tile.slot.view %s0[0] : !slot -> !sa
      %vb0 = dlk_tile.slot.view %s0[1] : !slot -> !sb
      %a0 = dlk_tile.wgmma %va0, %vb0, %begin overwrite : !sa, !sb, !inflight
      %r:2 = scf.for %k = %c64 to %c1024 step %c64 iter_args(%acc = %a0, %prev = %s0) -> (!inflight, !slot) {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        %next = dlk_tile.wgmma %va, %vb, %acc : !sa, !sb, !inflight
        %one = dlk_tile.wgmma_wait pending 1, %next : !inflight -> !inflight
        dlk_tile.ring.release %ring, %prev : !ring, !slot
        scf.yield %one, %s : !inflight, !slot
      }
      %d = dlk_tile.wgmma_wait pending 0, %r#0 : !inflight -> !acc
      dlk_tile.ring.release %ring, %r#1 : !ring, !slot
      %e = dlk_tile.map %d at [%m, %n] bounds [1024, 1024] maps [] : !acc -> !out {
      ^bb0(%x: f32):
        %y = arith.truncf %x : f32 to bf16
        dlk_tile.yield %y : bf16
      }
      dlk_tile.tma_store %e to %c[%m, %n] staging %staging : !out to !tmap staging !staging
    }
  }
}

// A single step of k: the consumer's loop does not run. The store stands behind
// a condition that all threads share.
// CHECK-LABEL: dlk_tile.kernel @single_step
// CHECK-SAME: dlk_tile.protocol_verified
dlk_tile.kernel @single_step(%a: !tmap, %b: !tmap, %c: !tmap) grid [132, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %staging = dlk_tile.alloc : !staging
  %ring = dlk_tile.ring.create consumers 2 : !ring
  dlk_tile.roles consumers 2 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [8, 8] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c64 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        dlk_tile.tma_load %a[%row, %k] to %va : !tmap to !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        dlk_tile.tma_load %b[%k, %column] to %vb : !tmap to !sb
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [8, 8] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %begin = dlk_tile.wgmma_begin : !inflight
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      %va0 = dlk_tile.slot.view %s0[0] : !slot -> !sa
      %vb0 = dlk_tile.slot.view %s0[1] : !slot -> !sb
      %a0 = dlk_tile.wgmma %va0, %vb0, %begin overwrite : !sa, !sb, !inflight
      %r:2 = scf.for %k = %c64 to %c64 step %c64 iter_args(%acc = %a0, %prev = %s0) -> (!inflight, !slot) {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        %next = dlk_tile.wgmma %va, %vb, %acc : !sa, !sb, !inflight
        %one = dlk_tile.wgmma_wait pending 1, %next : !inflight -> !inflight
        dlk_tile.ring.release %ring, %prev : !ring, !slot
        scf.yield %one, %s : !inflight, !slot
      }
      %d = dlk_tile.wgmma_wait pending 0, %r#0 : !inflight -> !acc
      dlk_tile.ring.release %ring, %r#1 : !ring, !slot
      %e = dlk_tile.map %d at [%row, %column] bounds [1024, 1024] maps [] : !acc -> !out {
      ^bb0(%x: f32):
        %y = arith.truncf %x : f32 to bf16
        dlk_tile.yield %y : bf16
      }
      %first = arith.cmpi eq, %batch, %c0 : index
      scf.if %first {
        dlk_tile.tma_store %e to %c[%row, %column] staging %staging : !out to !tmap staging !staging
      }
    }
  }
}

// A length that depends on the tile, but is at least one step. The consumer has
// one stage at a time.
// CHECK-LABEL: dlk_tile.kernel @unknown_length
// CHECK-SAME: dlk_tile.protocol_verified
dlk_tile.kernel @unknown_length(%a: !tmap, %b: !tmap) grid [132, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %ring = dlk_tile.ring.create consumers 2 : !ring
  dlk_tile.roles consumers 2 regs [40, 232] producer {
    dlk_tile.for_tiles tiles [8, 8] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %steps = arith.addi %batch, %c1 : index
      %end = arith.muli %steps, %c64 : index
      scf.for %k = %c0 to %end step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        dlk_tile.tma_load %a[%row, %k] to %va : !tmap to !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        dlk_tile.tma_load %b[%k, %column] to %vb : !tmap to !sb
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [8, 8] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %steps = arith.addi %batch, %c1 : index
      %end = arith.muli %steps, %c64 : index
      %begin = dlk_tile.wgmma_begin : !inflight
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      %va0 = dlk_tile.slot.view %s0[0] : !slot -> !sa
      %vb0 = dlk_tile.slot.view %s0[1] : !slot -> !sb
      %a0 = dlk_tile.wgmma %va0, %vb0, %begin overwrite : !sa, !sb, !inflight
      %d0 = dlk_tile.wgmma_wait pending 0, %a0 : !inflight -> !acc
      dlk_tile.ring.release %ring, %s0 : !ring, !slot
      scf.for %k = %c64 to %end step %c64 {
        %zero = dlk_tile.wgmma_begin : !inflight
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        %next = dlk_tile.wgmma %va, %vb, %zero overwrite : !sa, !sb, !inflight
        %d = dlk_tile.wgmma_wait pending 0, %next : !inflight -> !acc
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// Run again when nothing of the roles is left: the operations of the consumer
// stand in a branch, and are not looked at.
// CHECK-LABEL: dlk_tile.kernel @lowered
dlk_tile.kernel @lowered() grid [1, 1, 1] warps 12 attributes {dlk_tile.protocol_verified} {
  %c = arith.constant true
  scf.if %c {
    dlk_tile.barrier
  }
}

// Rings without roles are looked at once they have places in memory.
// CHECK-LABEL: dlk_tile.kernel @not_planned
// CHECK-NOT: protocol_verified
dlk_tile.kernel @not_planned() grid [1, 1, 1] warps 4 {
  %ring = dlk_tile.ring.create : !ring
  %s = dlk_tile.ring.acquire %ring : !ring -> !slot
}

// Consumers in turns, three stages for each tile.
// CHECK-LABEL: dlk_tile.kernel @turns
// CHECK-SAME: dlk_tile.protocol_verified
dlk_tile.kernel @turns(%a: !tmap, %b: !tmap) grid [132, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c192 = arith.constant 192 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 2 regs [40, 232] pingpong 3 producer {
    dlk_tile.for_tiles tiles [8, 8] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c192 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !sa
        dlk_tile.tma_load %a[%row, %k] to %va : !tmap to !sa
        %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
        dlk_tile.tma_load %b[%k, %column] to %vb : !tmap to !sb
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [8, 8] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c192 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}
