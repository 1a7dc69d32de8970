// Stages that hold other buffers than the ring, against the protocol.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' --verify-diagnostics

// The map is evaluated at the store, when the stage may be filled again.
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
dlk_tile.kernel @early_p120(%a: !tmap, %r: !tmap) grid [4, 1, 1] warps 8 {
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
      // expected-error @+1 {{stage is released although a map that reads it may be evaluated later, where its result is used [DLK-P120]}}
      dlk_tile.ring.release %ring, %o : !ring, !one
      // expected-note @+1 {{the use}}
      dlk_tile.tma_store %e to %r[%row, %column] staging %staging : !out to !tmap staging !staging
    }
  }
}

// -----

// The consumer takes the first stage for the last one.
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
dlk_tile.kernel @order_p121(%a: !tmap, %r: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %staging = dlk_tile.alloc : !staging
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-note @+1 {{the producer's tiles}}
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
    // expected-error-re @+1 {{the consumer waits for stages of other buffers than the producer fills: 1 of '!dlk_tile.slot<!dlk_tile.mem<64x64xbf16, shared>>', not 8 of {{.*}}[DLK-P121]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %acc = dlk_tile.fill 0.0 : !acc
      %o = dlk_tile.ring.wait %ring : !ring -> !one
      %vo = dlk_tile.slot.view %o[0] : !one -> !t
      %e = dlk_tile.map %acc at [%row, %column] bounds [512, 512] tiles %vo : !t maps [] : !acc -> !out {
      ^bb0(%x: f32, %y: bf16):
        dlk_tile.yield %y : bf16
      }
      dlk_tile.tma_store %e to %r[%row, %column] staging %staging : !out to !tmap staging !staging
      dlk_tile.ring.release %ring, %o : !ring, !one
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Stages of both kinds in one loop.
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
dlk_tile.kernel @mixed_p54(%a: !tmap, %r: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %staging = dlk_tile.alloc : !staging
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      // expected-error @+1 {{cannot follow a loop over stages that do not all hold the same buffers [DLK-P54]}}
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %va = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%row, %k] to %va : !tmap to !t
        %vb = dlk_tile.slot.view %s[1] : !slot -> !t
        dlk_tile.tma_load %a[%column, %k] to %vb : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
        %o = dlk_tile.ring.acquire %ring : !ring -> !one
        %vo = dlk_tile.slot.view %o[0] : !one -> !t
        dlk_tile.tma_load %r[%row, %column] to %vo : !tmap to !t
        dlk_tile.ring.commit %ring, %o : !ring, !one
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
        %o = dlk_tile.ring.wait %ring : !ring -> !one
        dlk_tile.ring.release %ring, %o : !ring, !one
      }
    }
  }
}

// -----

// The stage's second buffer is not that of the ring.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!out = !dlk_tile.frag<64x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!staging = !dlk_tile.mem<2x64x64xbf16, shared>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<3, !t, !t>
!slot = !dlk_tile.slot<!t, !t>
!half = !dlk_tile.mem<32x64xbf16, shared>
!one = !dlk_tile.slot<!t, !half>
dlk_tile.kernel @not_filled_p104(%a: !tmap, %r: !tmap) grid [4, 1, 1] warps 8 {
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
      // expected-error @+1 {{stage is committed although nothing fills its buffer 1 [DLK-P104]}}
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
