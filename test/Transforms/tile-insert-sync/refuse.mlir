// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-insert-sync))' --verify-diagnostics

// Overlap follows from offsets.
dlk_tile.kernel @no_offset_p47(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  // expected-error @+1 {{shared buffer has no place in the arena [DLK-P47]}}
  %x = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// All of them are needed.
dlk_tile.kernel @second_no_offset_p47(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  // expected-error @+1 {{shared buffer has no place in the arena [DLK-P47]}}
  %y = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
  %u0 = dlk_tile.view %y[%z + 0] : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Even of one that nobody uses.
dlk_tile.kernel @unused_no_offset_p47(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  // expected-error @+1 {{shared buffer has no place in the arena [DLK-P47]}}
  %x = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
}
