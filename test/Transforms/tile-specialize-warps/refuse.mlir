// RUN: dlk-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-specialize-warps))'

!sa = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<4, !sa>
#roles = #dlk.schedule<engine = wgmma, tile = [128, 64, 64], warps = [2, 1], roles = cooperative, stages = 4, copy = tma, persistent = true, regs = [40, 232]>

// The tile of the block is not known.
// expected-error @below {{has not exactly one 'dlk_tile.tile_coord' to specialise warps around [DLK-P100]}}
dlk_tile.kernel @no_tile() grid [16, 1, 1] warps 8 attributes {dlk.schedule = #roles} {
  %ring = dlk_tile.ring.create : !ring
}

// -----

!sa = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<4, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
#roles = #dlk.schedule<engine = wgmma, tile = [128, 128, 64], warps = [2, 1], roles = cooperative, stages = 4, copy = tma, persistent = true, regs = [40, 232]>

// Another stage is released than was read.
dlk_tile.kernel @other_stage() grid [16, 1, 1] warps 8 attributes {dlk.schedule = #roles} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [4, 4] batches 1 raster row 1
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // expected-error @below {{loop over a ring does not carry its accumulator alone, or releases another stage than it waited for [DLK-P100]}}
  %sum = scf.for %k = %c0 to %c512 step %c64 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %a = dlk_tile.slot.view %s[0] : !slot -> !sa
    %b = dlk_tile.slot.view %s[1] : !slot -> !sa
    %p = dlk_tile.mma %a, %b, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %w : !ring, !slot
    scf.yield %p : !acc
  }
}

// -----

!sa = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!ring = !dlk_tile.ring<4, !sa, !sa>
!slot = !dlk_tile.slot<!sa, !sa>
!acc = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
#turns = #dlk.schedule<engine = wgmma, tile = [128, 128, 64], warps = [2, 1], roles = pingpong, stages = 4, copy = tma, persistent = true, regs = [40, 232]>

// How many stages the others take is not known.
dlk_tile.kernel @unknown_turns() grid [16, 1, 1] warps 8 attributes {dlk.schedule = #turns} {
  %row, %column, %batch = dlk_tile.tile_coord tiles [4, 4] batches 1 raster row 1
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %end = arith.addi %row, %c64 : index
  %zero = dlk_tile.fill 0.0 : !acc
  %ring = dlk_tile.ring.create : !ring
  // expected-error @below {{consumers cannot take turns without a constant number of stages [DLK-P100]}}
  %sum = scf.for %k = %c0 to %end step %c64 iter_args(%acc = %zero) -> (!acc) {
    %w = dlk_tile.ring.acquire %ring : !ring -> !slot
    dlk_tile.ring.commit %ring, %w : !ring, !slot
    %s = dlk_tile.ring.wait %ring : !ring -> !slot
    %a = dlk_tile.slot.view %s[0] : !slot -> !sa
    %b = dlk_tile.slot.view %s[1] : !slot -> !sa
    %p = dlk_tile.mma %a, %b, %acc {rhs_k_dim = 1 : i64} : !sa, !sa, !acc
    dlk_tile.ring.release %ring, %s : !ring, !slot
    scf.yield %p : !acc
  }
}
