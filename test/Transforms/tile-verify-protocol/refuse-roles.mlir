// What roles have in common: threads, blocks, tiles, numbers of stages.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-verify-protocol))' --verify-diagnostics

// Whether the stage is taken depends on the tile.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @branch_p54(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %c = arith.cmpi eq, %row, %c0 : index
      scf.if %c {
        // expected-error @+1 {{cannot follow an operation that is not executed on every path: 'dlk_tile.ring.acquire' [DLK-P54]}}
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %c0] to %v : !tmap to !t
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

// Roles could wait for each other at different rings.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @two_rings_p54(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  %other = dlk_tile.ring.create consumers 1 : !ring
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
        // expected-error @+1 {{cannot follow roles that share more than one ring [DLK-P54]}}
        %s = dlk_tile.ring.wait %other : !ring -> !slot
        dlk_tile.ring.release %other, %s : !ring, !slot
      }
    }
  }
}

// -----

// The producer never reaches it.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @barrier_p55(%a: !tmap) grid [4, 1, 1] warps 8 {
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
        // expected-error @+1 {{operation of the whole block in a role, which is a part of it: 'dlk_tile.barrier' [DLK-P55]}}
        dlk_tile.barrier
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Threads of one warpgroup would wait for different stages.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @thread_p55(%a: !tmap) grid [4, 1, 1] warps 8 {
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
      %i = nvvm.read.ptx.sreg.tid.x : i32
      %end = arith.index_cast %i : i32 to index
      scf.for %k = %c0 to %end step %c64 {
        // expected-error @+1 {{collective operation in a loop whose length may differ between threads: 'dlk_tile.ring.wait' [DLK-P55]}}
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// The first stage of the next tile is waited for as the last one of this.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @one_less_p105(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-note @+1 {{the producer's tiles}}
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
    // expected-error @+1 {{the consumer waits for another number of stages in a tile than the producer fills: 7 and 8 [DLK-P105]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c64 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// The first wait comes even if the tile has no steps.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @maybe_empty_p105(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-note @+1 {{the producer's tiles}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %end = arith.muli %batch, %c64 : index
      // expected-note @+1 {{if this loop has 0 iterations}}
      scf.for %k = %c0 to %end step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    // expected-error @+1 {{the consumer waits for another number of stages in a tile than the producer fills: 1 and 0 [DLK-P105]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %end = arith.muli %batch, %c64 : index
      %s0 = dlk_tile.ring.wait %ring : !ring -> !slot
      dlk_tile.ring.release %ring, %s0 : !ring, !slot
      scf.for %k = %c64 to %end step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// The consumer would compute tile (0, 1) from the data of (1, 0).
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @other_tiles_p109(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    // expected-note @+1 {{the producer's tiles}}
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
    // expected-error @+1 {{producer and consumer do not visit the same tiles in the same order [DLK-P109]}}
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster column 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      scf.for %k = %c0 to %c512 step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// Blocks of a column have different rows, but the tile is sent to all of them.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @not_shared_p110(%a: !tmap) grid [4, 1, 1] warps 8 cluster [2, 1] {
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
        // expected-error @+1 {{tile is not the same in the blocks that share it: its origin depends on the block's place along m [DLK-P110]}}
        dlk_tile.tma_load %a[%row, %k] to %v shared_along "m" : !tmap to !t
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

// A block waits for the releases of its neighbour, which has finished.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @cluster_length_p110(%a: !tmap) grid [4, 1, 1] warps 8 cluster [2, 1] {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %ring = dlk_tile.ring.create consumers 1 : !ring
  dlk_tile.roles consumers 1 regs [0, 0] producer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %end = arith.muli %row, %c64 : index
      // expected-error @+1 {{loop over a ring may have another length in other blocks of the cluster, which fill and release the same stages [DLK-P110]}}
      scf.for %k = %c0 to %end step %c64 {
        %s = dlk_tile.ring.acquire %ring : !ring -> !slot
        %v = dlk_tile.slot.view %s[0] : !slot -> !t
        dlk_tile.tma_load %a[%c0, %k] to %v : !tmap to !t
        dlk_tile.ring.commit %ring, %s : !ring, !slot
      }
    }
  } consumer {
    dlk_tile.for_tiles tiles [2, 2] batches 1 raster row 1 {
    ^bb0(%row: index, %column: index, %batch: index):
      %end = arith.muli %row, %c64 : index
      scf.for %k = %c0 to %end step %c64 {
        %s = dlk_tile.ring.wait %ring : !ring -> !slot
        dlk_tile.ring.release %ring, %s : !ring, !slot
      }
    }
  }
}

// -----

// One warpgroup releases, the barrier counts two.
!mem = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!t = !dlk_tile.mem<64x64xbf16, shared>
!ring = !dlk_tile.ring<2, !t>
!slot = !dlk_tile.slot<!t>
dlk_tile.kernel @releases_p111(%a: !tmap) grid [4, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  // expected-error @+1 {{stages are free after another number of releases than there are consumers: 2 and 1 [DLK-P111]}}
  %ring = dlk_tile.ring.create consumers 2 : !ring
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
    }
  }
}

// -----

// Roles that were lowered without a proof.
!t = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
dlk_tile.kernel @not_proved_p55() grid [4, 1, 1] warps 8 {
  %is_consumer = arith.constant true
  %t = dlk_tile.alloc offset 0 : !t
  scf.if %is_consumer {
    %begin = dlk_tile.wgmma_begin : !dlk_tile.inflight<!acc>
    // expected-error @+1 {{collective operation in a region that threads may not all enter: 'dlk_tile.wgmma' [DLK-P55]}}
    %x = dlk_tile.wgmma %t, %t, %begin overwrite : !t, !t, !dlk_tile.inflight<!acc>
    %d = dlk_tile.wgmma_wait pending 0, %x : !dlk_tile.inflight<!acc> -> !acc
  }
}
