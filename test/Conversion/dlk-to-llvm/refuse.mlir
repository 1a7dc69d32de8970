// RUN: dlk-opt %s --split-input-file --convert-dlk-to-llvm --verify-diagnostics

// Operations of other tile passes.
dlk_tile.kernel @ring_p70() grid [1, 1, 1] warps 1 {
  // expected-error @below {{operation cannot be converted to LLVM: 'dlk_tile.ring.create' [DLK-P70]}}
  %r = dlk_tile.ring.create : !dlk_tile.ring<2, !dlk_tile.mem<32x32xf16, #dlk_tile.layout<[32:32], [32:1]>, shared>>
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>

// A memory may only be used by its pointers.
dlk_tile.kernel @memory_elsewhere_p70(%a: !g) grid [1, 1, 1] warps 1 {
  // expected-error @below {{operation cannot be converted to LLVM: 'builtin.unrealized_conversion_cast' [DLK-P70]}}
  %x = builtin.unrealized_conversion_cast %a : !g to i64
}

// -----

// `dlk-tile-plan-memory` was not run.
dlk_tile.kernel @no_offset_p71() grid [1, 1, 1] warps 1 {
  // expected-error @below {{buffer has no place in the arena [DLK-P71]}}
  %s = dlk_tile.alloc : !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
}

// -----

dlk_tile.kernel @k() grid [1, 1, 1] warps 1 {
}

// expected-error @below {{the name of the kernels' module is taken: kernels [DLK-P72]}}
func.func @kernels() {
  return
}

// -----

// Anything else without a conversion.
dlk_tile.kernel @unknown() grid [1, 1, 1] warps 1 {
  // expected-error @below {{failed to legalize operation 'gpu.thread_id'}}
  %x = gpu.thread_id x
}

// -----

!m = !dlk_tile.tmap<!dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [32, 64], swizzle 128>

// The same of tensor maps.
dlk_tile.kernel @tensor_map_elsewhere_p70(%a: !m) grid [1, 1, 1] warps 1 {
  // expected-error @below {{operation cannot be converted to LLVM: 'builtin.unrealized_conversion_cast' [DLK-P70]}}
  %x = builtin.unrealized_conversion_cast %a : !m to i64
}
