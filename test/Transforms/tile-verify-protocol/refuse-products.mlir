// Products and their accumulators.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' --verify-diagnostics

// The product of this iteration is in flight while its stage is released.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @released_early_p56(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %begin = dlk_tile.wgmma_begin : !inflight
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        // expected-note @+1 {{the product}}
        %x = dlk_tile.wgmma %v, %v, %begin overwrite : !t, !t, !inflight
        %one = dlk_tile.wgmma_wait pending 1, %x : !inflight -> !inflight
        // expected-error @+1 {{stage is released although a product may still read it: a wgmma_wait of pending 0 or less must come before [DLK-P56]}}
        dlk_tile.ring.release %ring, %s : !ring, !slot
        %d = dlk_tile.wgmma_wait pending 0, %one : !inflight -> !acc
      }
    }
  }
}

// -----

// Two products may be in flight; the carried stage is that of the older one.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @wait_too_weak_p56(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %begin = dlk_tile.wgmma_begin : !inflight
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      %v0 = dlk_tile.slot.view %s0[0] : !slot -> !t
      // expected-note @+1 {{the product}}
      %a0 = dlk_tile.wgmma %v0, %v0, %begin overwrite : !t, !t, !inflight
      %r:2 = scf.for %k = %c64 to %c512 step %c64 iter_args(%x = %a0, %prev = %s0) -> (!inflight, !slot) {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        %next = dlk_tile.wgmma %v, %v, %x : !t, !t, !inflight
        %two = dlk_tile.wgmma_wait pending 2, %next : !inflight -> !inflight
        // expected-error @+1 {{stage is released although a product may still read it: a wgmma_wait of pending 1 or less must come before [DLK-P56]}}
        dlk_tile.ring.release %ring, %prev : !ring, !slot
        scf.yield %two, %s : !inflight, !slot
      }
      %d = dlk_tile.wgmma_wait pending 0, %r#0 : !inflight -> !acc
      dlk_tile.ring.release %ring, %r#1 : !ring, !slot
    }
  }
}

// -----

// The registers of one accumulator cannot go two ways.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @two_users_p107(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        // expected-error @+1 {{accumulator in flight is not used exactly once: 2 uses [DLK-P107]}}
        %begin = dlk_tile.wgmma_begin : !inflight
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        %x = dlk_tile.wgmma %v, %v, %begin overwrite : !t, !t, !inflight
        %y = dlk_tile.wgmma %v, %v, %begin overwrite : !t, !t, !inflight
        %d = dlk_tile.wgmma_wait pending 0, %x : !inflight -> !acc
        %e = dlk_tile.wgmma_wait pending 0, %y : !inflight -> !acc
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// A product that nobody waits for.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @dropped_p107(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %begin = dlk_tile.wgmma_begin : !inflight
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        // expected-error @+1 {{accumulator in flight is not used exactly once: 0 uses [DLK-P107]}}
        %x = dlk_tile.wgmma %v, %v, %begin overwrite : !t, !t, !inflight
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Each iteration would start from the same registers.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @not_carried_p107(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %begin = dlk_tile.wgmma_begin : !inflight
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        // expected-error @+1 {{accumulator in flight is used in another region than that of its value; loops carry it [DLK-P107]}}
        %x = dlk_tile.wgmma %v, %v, %begin overwrite : !t, !t, !inflight
        %d = dlk_tile.wgmma_wait pending 0, %x : !inflight -> !acc
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// An accumulator starts with whatever the registers hold.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @no_overwrite_p108(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %begin = dlk_tile.wgmma_begin : !inflight
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        // expected-error @+1 {{product adds to an accumulator that has no value yet [DLK-P108]}}
        %x = dlk_tile.wgmma %v, %v, %begin : !t, !t, !inflight
        %d = dlk_tile.wgmma_wait pending 0, %x : !inflight -> !acc
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// The first product would be lost.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @overwrite_again_p108(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %begin = dlk_tile.wgmma_begin : !inflight
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        %x = dlk_tile.wgmma %v, %v, %begin overwrite : !t, !t, !inflight
        // expected-error @+1 {{product overwrites an accumulator that has a value [DLK-P108]}}
        %y = dlk_tile.wgmma %v, %v, %x overwrite : !t, !t, !inflight
        %d = dlk_tile.wgmma_wait pending 0, %y : !inflight -> !acc
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Waiting for a product that was never started.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @no_value_p108(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
      %begin = dlk_tile.wgmma_begin : !inflight
      // expected-error @+1 {{accumulator is waited for that has no value on some path [DLK-P108]}}
      %d = dlk_tile.wgmma_wait pending 0, %begin : !inflight -> !acc
    }
  }
}
