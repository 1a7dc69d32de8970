// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Roles that share steps in other ways, or too few of them.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' --verify-diagnostics

// The roles would share other steps.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @other_stream_p109(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-note @+1 {{the producer's tiles}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 4 {
    ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
      %s = dlk_tile.ring.acquire %ring : !ring -> !slot
      %v = dlk_tile.slot.view %s[0] : !slot -> !t
      dlk_tile.tma_load %a[%c0, %f] to %v : !tmap to !t
      dlk_tile.ring.commit %ring, %s : !ring, !slot
    }
  } consumer {
    // expected-error @+1 {{producer and consumer do not visit the same tiles in the same order [DLK-P109]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 5 {
    ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
      %s = dlk_tile.ring.wait %ring : !ring -> !slot
      dlk_tile.ring.release %ring, %s : !ring, !slot
    }
  }
}

// -----

// The place of a part's sum is another one in each block of a cluster.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [32, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @part_p110(%a: !tmap) grid [4, 1, 1] warps 8 cluster [2, 1] {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 4 {
    ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
      %s = dlk_tile.ring.acquire %ring : !ring -> !slot
      %v = dlk_tile.slot.view %s[0] : !slot -> !t
      // expected-error @+1 {{its origin depends on the block's place along m [DLK-P110]}}
      dlk_tile.tma_load %a[%p, %f] to %v shared_along "m" : !tmap to !t
      dlk_tile.ring.commit %ring, %s : !ring, !slot
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 4 {
    ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
      %s = dlk_tile.ring.wait %ring : !ring -> !slot
      dlk_tile.ring.release %ring, %s : !ring, !slot
    }
  }
}

// -----

// A share may have one step: without one more than `more`, the stage that the
// consumer waits for ahead of its loop may never come.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @share_p105(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-note @+1 {{the producer's tiles}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 4 {
    ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
      // expected-note @+1 {{if this loop has 0 iterations}}
      scf.for %k = %c0 to %m step %c1 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    // expected-error @+1 {{the consumer waits for another number of stages in a tile than the producer fills: 1 and 0 [DLK-P105]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 stream 4 {
    ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      dlk_tile.ring.release %ring, %s0 : !ring, !slot
      scf.for %k = %c1 to %m step %c1 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}
