// How one role moves through its ring.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' --verify-diagnostics

// The copy may meet readers.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @used_after_commit_p57(%a: !tmap) grid [4, 1, 1] warps 8 {
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
        // expected-error @+1 {{stage of a ring is used after its commit [DLK-P57]}}
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// The second release is another warpgroup's to make.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @released_twice_p57(%a: !tmap) grid [4, 1, 1] warps 8 {
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
        // expected-error @+1 {{stage of a ring is used after its release [DLK-P57]}}
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// In the second iteration the carried slot is one that was released.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @viewed_after_release_p57(%a: !tmap) grid [4, 1, 1] warps 8 {
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
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      dlk_tile.ring.release %ring, %s0 : !ring, !slot
      scf.for %k = %c64 to %c512 step %c64 {
        // expected-error @+1 {{stage of a ring is used after its release [DLK-P57]}}
        %v = dlk_tile.slot.view %s0[0] : !slot -> !t
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Barriers of stages are used in turn.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @order_p58(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
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
      scf.for %k = %c0 to %c512 step %c128 {
        // expected-note @+1 {{an older stage}}
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        %s2 = dlk_tile.ring.wait %ring : !ring -> !slot
        // expected-error @+1 {{stages of a ring are not given back in the order in which they were taken [DLK-P58]}}
        dlk_tile.ring.release %ring, %s2 : !ring, !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Nobody could ever wait for the stage.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @not_committed_p59(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        // expected-error @+1 {{stage of a ring is not committed [DLK-P59]}}
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// The stage that the last iteration leaves is forgotten.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @not_released_p59(%a: !tmap) grid [4, 1, 1] warps 8 {
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
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      %r = scf.for %k = %c64 to %c512 step %c64 iter_args(%prev = %s0) -> (!slot) {
        // expected-error @+1 {{stage of a ring is not released [DLK-P59]}}
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %prev : !ring, !slot
        scf.yield %s : !slot
      }
    }
  }
}

// -----

// The full barrier counts the bytes of both buffers.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t, !t>
!slot = !dlk_tile.slot<!t, !t>
dlk_tile.kernel @not_filled_p104(%a: !tmap) grid [4, 1, 1] warps 8 {
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
        // expected-error @+1 {{stage is committed although nothing fills its buffer 1 [DLK-P104]}}
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
    }
  }
}

// -----

// More bytes arrive than the full barrier counts.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @filled_twice_p104(%a: !tmap) grid [4, 1, 1] warps 8 {
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
        // expected-error @+1 {{buffer of a stage is filled a second time, but the stage counts its bytes once: buffer 0 [DLK-P104]}}
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
    }
  }
}

// -----

// The third stage is the first one again, which the consumer holds.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @consumer_holds_all_p106(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
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
      // expected-note @+1 {{the oldest one}}
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      %s1 = dlk_tile.ring.wait %ring : !ring -> !slot
      %r:2 = scf.for %k = %c128 to %c512 step %c64 iter_args(%x = %s0, %y = %s1) -> (!slot, !slot) {
        // expected-error @+1 {{deadlock: the role takes a stage while it holds all stages of the ring: 2 [DLK-P106]}}
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %x : !ring, !slot
        scf.yield %y, %s : !slot, !slot
      }
      dlk_tile.ring.release %ring, %r#0 : !ring, !slot
      dlk_tile.ring.release %ring, %r#1 : !ring, !slot
    }
  }
}

// -----

// Consumers in turns would meet in the middle of a tile.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @turns_p112(%a: !tmap) grid [4, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 2 regs [0, 0] pingpong 7 producer {
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
    // expected-error @+1 {{pingpong passes over another number of stages than a tile may have: 7 and 8 [DLK-P112]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}
