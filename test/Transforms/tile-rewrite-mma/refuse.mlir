// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-mma))' --verify-diagnostics

// Tiles are cut into k slices by dlk-tile-pipeline.
dlk_tile.kernel @mma_on_memory_p61() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %y = dlk_tile.alloc offset 4096 : !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
  // expected-error @+1 {{mma is on shared tiles, not on fragments: '!dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>' [DLK-P61]}}
  %r = dlk_tile.mma %x, %y, %zero : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>, !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>, !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
}

// -----

// A warp's part of B must be a multiple of 16 columns: rule DLK-P62.
dlk_tile.kernel @eight_columns_p62() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x16xf16, #dlk_tile.layout<[32:16], [16:1]>, shared>
  // expected-error @+1 {{ldmatrix loads 16 rows or columns of a laid-out tile at a time, a warp's part has 8}}
  %f = dlk_tile.load_fragment %x k 0 dim 0 : !dlk_tile.mem<32x16xf16, #dlk_tile.layout<[32:16], [16:1]>, shared> -> !dlk_tile.frag<16x16xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
}

// -----

// Addresses follow from the layout: rule DLK-P62.
dlk_tile.kernel @no_layout_p62() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x16xf16, shared>
  // expected-error @+1 {{of a laid-out tile}}
  %f = dlk_tile.load_fragment %x k 0 dim 1 : !dlk_tile.mem<32x16xf16, shared> -> !dlk_tile.frag<32x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}
