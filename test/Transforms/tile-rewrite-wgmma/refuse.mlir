// RUN: dlk-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-wgmma))'

!a = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!b = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, shared>
!fly = !dlk_tile.inflight<!dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>>

// A tile that is not swizzled.
dlk_tile.kernel @plain_tile() grid [1, 1, 1] warps 8 {
  %a = dlk_tile.alloc : !a
  %b = dlk_tile.alloc : !b
  %begin = dlk_tile.wgmma_begin : !fly
  // expected-error @below {{wgmma cannot describe this tile, which is not of 8 rows x 128 bytes with the 128-byte swizzle: '!dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, shared>' [DLK-P103]}}
  %p = dlk_tile.wgmma %a, %b, %begin overwrite {rhs_k_dim = 1 : i64} : !a, !b, !fly
}
