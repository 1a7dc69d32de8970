// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a thread does for its elements of a reduction over windows.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-windows))' | FileCheck %s

// 64 positions of 8 channels, 4 warps: two positions a thread, one pair of channels, nine taps.
// CHECK-LABEL: dlk_tile.kernel @max
// CHECK: dense<0xFF800000> : vector<2xf32>
// CHECK-COUNT-18: arith.maximumf %{{.*}} : vector<2xf32>
// CHECK-NOT: arith.maximumf
// CHECK: vector.from_elements
dlk_tile.kernel @max() grid [1, 1, 1] warps 4 {
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

// With bounds a tap outside counts as the identity.
// CHECK-LABEL: dlk_tile.kernel @bounds
// CHECK: %[[IN:.*]] = arith.andi %{{.*}}, %{{.*}} : i1
// CHECK: arith.select %[[IN]], %{{.*}}, %{{.*}} : vector<2xf32>
// CHECK: arith.minimumf
dlk_tile.kernel @bounds() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  %f = dlk_tile.window_reduce "min" %t at [%c0, %c0, %c0] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds [2147483647, 9, 9]
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}

// -----

// Many taps: a loop over the rows of the window; factors are read once for all positions.
// CHECK-LABEL: dlk_tile.kernel @multiply
// CHECK: scf.for %{{.*}} = %{{.*}} to %c7_i32
// CHECK-COUNT-112: math.fma
// CHECK-NOT: math.fma
dlk_tile.kernel @multiply() grid [1, 1, 1] warps 4 {
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<196x64xf16, #dlk_tile.layout<[196:72], [64:1]>, shared>
  %w = dlk_tile.alloc offset 32768 : !dlk_tile.mem<49x64xf16, #dlk_tile.layout<[49:72], [64:1]>, shared>
  %f = dlk_tile.window_reduce "multiply" %t by %w : !dlk_tile.mem<49x64xf16, #dlk_tile.layout<[49:72], [64:1]>, shared> at []
    tile [1, 8, 8] halo [1, 14, 14] window [1, 7, 7] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<196x64xf16, #dlk_tile.layout<[196:72], [64:1]>, shared> -> !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [4, 1]>>
}
