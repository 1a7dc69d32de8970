// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-plan-memory))' --verify-diagnostics

module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
// A block of sm_80 has at most 163 KiB.
// expected-error @+1 {{shared memory exceeds what a block can have: 200000 bytes, at most 166912 on sm_80 [DLK-P46]}}
dlk_tile.kernel @too_much_p46(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<200000xi8, #dlk_tile.layout<[200000:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<200000xi8, #dlk_tile.layout<[200000:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}
}

// -----

module attributes {dlk.target = #dlk.target<chip = "sm_86">} {
// A block of sm_86 has at most 99 KiB.
// expected-error @+1 {{at most 101376 on sm_86 [DLK-P46]}}
dlk_tile.kernel @too_much_p46(%a: !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %x = dlk_tile.alloc : !dlk_tile.mem<131072xi8, #dlk_tile.layout<[131072:1]>, shared>
  %u0 = dlk_tile.view %x[%z + 0] : !dlk_tile.mem<131072xi8, #dlk_tile.layout<[131072:1]>, shared> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %a[%c0, %c0] to %u0 vector 8 kind "cp_async" : !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:128], [128:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}
}

// -----

module {
// The size of a buffer follows from its layout.
dlk_tile.kernel @no_layout_p45() grid [1, 1, 1] warps 4 {
  // expected-error @+1 {{shared buffer has no layout: '!dlk_tile.mem<64x32xf16, shared>' [DLK-P45]}}
  %x = dlk_tile.alloc : !dlk_tile.mem<64x32xf16, shared>
}
}
