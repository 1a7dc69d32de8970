// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Columns of positions that share what their windows meet.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-windows))' | FileCheck %s

// One warp has 8 x 8 positions of 8 channels, a thread a column of eight: ten rows
// serve 24 taps, in each of three columns of the window.
// CHECK-LABEL: dlk_tile.kernel @max
// CHECK-NOT: scf.for
// CHECK-COUNT-30: llvm.load
// CHECK-NOT: llvm.load
dlk_tile.kernel @max() grid [1, 1, 1] warps 1 {
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared>
  %f = dlk_tile.window_reduce "max" %t at [] tile [1, 8, 8] halo [1, 10, 10] window [1, 3, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<100x8xf16, #dlk_tile.layout<[100:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
}

// -----

// Many taps: a loop over the columns of the window; seven factors and fourteen rows
// for eight channels, 56 fma of each half of them.
// CHECK-LABEL: dlk_tile.kernel @multiply
// CHECK: scf.for %{{.*}} = %{{.*}} to %c7_i32
// CHECK-COUNT-21: llvm.load
// CHECK-NOT: llvm.load
// CHECK: scf.yield
dlk_tile.kernel @multiply() grid [1, 1, 1] warps 1 {
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<196x8xf16, #dlk_tile.layout<[196:16], [8:1]>, shared>
  %w = dlk_tile.alloc offset 16384 : !dlk_tile.mem<49x8xf16, #dlk_tile.layout<[49:16], [8:1]>, shared>
  %f = dlk_tile.window_reduce "multiply" %t by %w : !dlk_tile.mem<49x8xf16, #dlk_tile.layout<[49:16], [8:1]>, shared> at [] tile [1, 8, 8] halo [1, 14, 14] window [1, 7, 7] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<196x8xf16, #dlk_tile.layout<[196:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
}

// -----

// Stride 2 along the column: 17 rows for 24 taps.
// CHECK-LABEL: dlk_tile.kernel @stride
// CHECK-COUNT-51: llvm.load
// CHECK-NOT: llvm.load
dlk_tile.kernel @stride() grid [1, 1, 1] warps 1 {
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<289x8xf16, #dlk_tile.layout<[289:16], [8:1]>, shared>
  %f = dlk_tile.window_reduce "sum" %t at [] tile [1, 8, 8] halo [1, 17, 17] window [1, 3, 3] strides [1, 2, 2] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<289x8xf16, #dlk_tile.layout<[289:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
}

// -----

// Windows with one tap along the column share nothing.
// CHECK-LABEL: dlk_tile.kernel @row
// CHECK-COUNT-24: llvm.load
// CHECK-NOT: llvm.load
dlk_tile.kernel @row() grid [1, 1, 1] warps 1 {
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<80x8xf16, #dlk_tile.layout<[80:16], [8:1]>, shared>
  %f = dlk_tile.window_reduce "sum" %t at [] tile [1, 8, 8] halo [1, 8, 10] window [1, 1, 3] strides [1, 1, 1] dilations [1, 1, 1] bounds []
    : !dlk_tile.mem<80x8xf16, #dlk_tile.layout<[80:16], [8:1]>, shared> -> !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
}
