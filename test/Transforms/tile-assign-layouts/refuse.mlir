// RUN: dlk-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-assign-layouts))'

dlk_tile.kernel @tile_rows_p35() grid [1, 1, 1] warps 4 {
  // expected-error@+1 {{rows of a shared tile are no multiple of 16 bytes: 24 bytes in '!dlk_tile.mem<64x12xf16, shared>' [DLK-P35]}}
  %0 = dlk_tile.alloc : !dlk_tile.mem<64x12xf16, shared>
}

// -----

// Inside a ring: the ring is named.
dlk_tile.kernel @ring_rows_p35() grid [1, 1, 1] warps 4 {
  // expected-error-re@+1 {{rows of a shared tile are no multiple of 16 bytes: 8 bytes in {{.*}}[DLK-P35]}}
  %0 = dlk_tile.ring.create : !dlk_tile.ring<2, !dlk_tile.mem<64x32xf16, shared>, !dlk_tile.mem<64x4xf16, shared>>
}

// -----

dlk_tile.kernel @staging_rows_p35() grid [1, 1, 1] warps 4 {
  // expected-error@+1 {{rows of a staging buffer are no multiple of 8 elements: 12 in '!dlk_tile.mem<4x16x12xf16, shared>' [DLK-P35]}}
  %0 = dlk_tile.alloc : !dlk_tile.mem<4x16x12xf16, shared>
}

// -----

dlk_tile.kernel @rank_p36() grid [1, 1, 1] warps 4 {
  // expected-error@+1 {{shared buffer is neither bytes (rank 1), a tile (2) nor staging (3): '!dlk_tile.mem<2x4x16x8xf16, shared>' [DLK-P36]}}
  %0 = dlk_tile.alloc : !dlk_tile.mem<2x4x16x8xf16, shared>
}
