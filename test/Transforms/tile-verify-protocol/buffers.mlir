// Stages that hold other buffers than the ring.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' | FileCheck %s

!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!out = !dlk_tile.frag<64x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!staging = !dlk_tile.mem<2x64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<3, !t, !t>
!slot = !dlk_tile.slot<!t, !t>
!one = !dlk_tile.slot<!t>

// One buffer behind a loop over two: it is filled whole, and released when the
// result of the map that reads it has been stored.
// CHECK-LABEL: dlk_tile.kernel @operand
// CHECK-SAME: dlk_tile.protocol_verified
dlk_tile.kernel @operand(%a: !tmap, %r: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %staging = dlk_tile.alloc : !staging
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%row, %k] to %va : !tmap to !t
        %vb = dlk_tile.slot.view %s[1] : !slot -> !t
        dlk_tile.tma_load %a[%column, %k] to %vb : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
      %o = dlk_tile.ring.acquire %ring : !ring -> !one
      %vo = dlk_tile.slot.view %o[0] : !one -> !t
      dlk_tile.tma_load %r[%row, %column] to %vo : !tmap to !t
      dlk_tile.ring.commit %ring, %o : !ring, !one
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
      %acc = dlk_tile.fill 0.0 : !acc
      %o = dlk_tile.ring.wait %ring : !ring -> !one
      %vo = dlk_tile.slot.view %o[0] : !one -> !t
      %e = dlk_tile.map %acc at [%row, %column] bounds [512, 512] tiles %vo : !t maps [] : !acc -> !out {
      ^bb0(%x: f32, %y: bf16):
        dlk_tile.yield %y : bf16
      }
      dlk_tile.tma_store %e to %r[%row, %column] staging %staging : !out to !tmap staging !staging
      dlk_tile.ring.release %ring, %o : !ring, !one
    }
  }
}
