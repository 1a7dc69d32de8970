// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-async-copies))' --verify-diagnostics

// Fewer pieces than threads.
dlk_tile.kernel @too_few_p60(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 4, 3>>, shared>
  // expected-error @+1 {{pieces of a tile do not divide evenly over the threads: 32 pieces of 16 bytes, 128 threads [DLK-P60]}}
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 4, 3>>, shared>
}

// -----

// One and a half pieces for each thread.
dlk_tile.kernel @remainder_p60(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<48x32xf16, #dlk_tile.layout<[48:32], [32:1], swizzle<2, 4, 3>>, shared>
  // expected-error @+1 {{do not divide evenly over the threads: 192 pieces of 16 bytes, 128 threads [DLK-P60]}}
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<48x32xf16, #dlk_tile.layout<[48:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Small pieces as well.
dlk_tile.kernel @remainder_small_p60(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<24x16xf16, #dlk_tile.layout<[24:16], [16:1], swizzle<1, 4, 3>>, shared>
  // expected-error @+1 {{96 pieces of 8 bytes, 128 threads [DLK-P60]}}
  dlk_tile.copy %g[%c0, %c0] to %t vector 4 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<24x16xf16, #dlk_tile.layout<[24:16], [16:1], swizzle<1, 4, 3>>, shared>
}
