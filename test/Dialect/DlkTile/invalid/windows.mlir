// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of dlk_tile.window_reduce.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

dlk_tile.kernel @swizzled_t92() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:8], [8:1], swizzle<1, 4, 3>>, shared>
  // expected-error@+1 {{source or filter is not rows of 8 elements in shared memory [DLK-T92]}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:8], [8:1], swizzle<1, 4, 3>>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @columns_t92() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{source or filter is not rows of 16 elements in shared memory [DLK-T92]}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x16xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @rows_t93() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{'!dlk_tile.frag<128x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>' [DLK-T93]}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<128x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @type_t93() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{result is no mma_acc fragment of f32}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf16, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @halo_t94() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{windows reach past the halo: tile [1, 8, 8], halo [1, 10, 9], window [1, 3, 3], strides [1, 1, 1], dilations [1, 1, 1] [DLK-T94]}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 9] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @rank_t94() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{extents are not positive and of one rank}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @source_t94() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{rows of source or filter do not fit}}
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 11, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @kind_t95() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{kind, filter, origin and bounds do not fit: 'mean', 0 indices, 0 bounds [DLK-T95]}}
  %f = dlk_tile.window_reduce "mean" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @filter_t95() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{kind, filter, origin and bounds do not fit: 'multiply'}}
  %f = dlk_tile.window_reduce "multiply" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

dlk_tile.kernel @bounds_t95() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  // expected-error@+1 {{kind, filter, origin and bounds do not fit: 'max', 1 indices, 0 bounds [DLK-T95]}}
  %f = dlk_tile.window_reduce "max" %t at [%c0] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}
