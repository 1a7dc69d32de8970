// RUN: dlk-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-materialize-barriers))'

!s = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<2, !s>
!slot = !dlk_tile.slot<!s>

// A stage that a while loop would have to carry.
dlk_tile.kernel @other_region() grid [4, 1, 1] warps 8 {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  %true = arith.constant true
  scf.while : () -> () {
    // expected-error @below {{ring operation outside of loops and roles [DLK-P101]}}
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    scf.condition(%true)
  } do {
    scf.yield
  }
}

// -----

!s = !dlk_tile.mem<64x64xbf16, shared>

dlk_tile.kernel @no_layout() grid [4, 1, 1] warps 8 {
  // expected-error @below {{buffer of a ring has no layout: '!dlk_tile.mem<64x64xbf16, shared>' [DLK-P45]}}
  %ring = dlk_tile.ring.create consumers 1 : !dlk_tile.ring<2, !s>
}

// -----

!g = !dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>
!m = !dlk_tile.tmap<!g, [64, 64], swizzle 128>
!s = !dlk_tile.mem<64x192xbf16, #dlk_tile.layout<[64:64], [64:1, 3:4096], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<2, !s>
!slot = !dlk_tile.slot<!s>

// Three panels for two blocks.
dlk_tile.kernel @three_boxes(%a: !m) grid [4, 1, 1] warps 8 cluster [2, 1] {
  %ring = dlk_tile.ring.create consumers 1 : !ring
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  scf.for %k = %c0 to %c512 step %c64 {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    %v = dlk_tile.slot.view %w[0] : !slot -> !s
    // expected-error @below {{boxes of the tile do not divide over the blocks that share it: 3 over 2 [DLK-P102]}}
    dlk_tile.tma_load %a[%k, %c0] to %v shared_along "m" : !m to !s
    dlk_tile.ring.commit %ring, %w : !ring, !slot
  }
}
