// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies of a matrix that is gathered: with few filter taps the bit of the tap is the size; otherwise each piece is looked at.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-async-copies))' | FileCheck %s

!x = !dlk_tile.mem<128x288xf16, #dlk_tile.layout<[2:2048], [8:256], [8:32], [32:1]>, global,
  #dlk.gather<[2, 8, 8], [3, 3, 32], affine_map<(n, p, q, r, s, c) -> (n, p + r - 1, q + s - 1, c)>>>
!t = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>

// The tensor is read from one pixel up and left of its first; nothing depends on the tile's columns but the tap.
// CHECK-LABEL: dlk_tile.kernel @mask
// CHECK: scf.for %[[K:[a-z0-9]*]] =
// CHECK: %[[START:.*]] = arith.constant -576 : i64
// CHECK: llvm.getelementptr %{{.*}}[%[[START]]]
// CHECK-COUNT-2: arith.cmpi ult, %{{.*}}, %c8_i32
// CHECK: %[[MASK:.*]] = arith.ori
// CHECK: %[[SHIFTED:.*]] = arith.shli %{{.*}}, %c4_i32{{.*}} : i32
// CHECK: %[[BIT:.*]] = arith.shrui %[[SHIFTED]], %{{.*}} : i32
// CHECK: %[[SIZE:.*]] = arith.andi %[[BIT]], %c16_i32{{.*}} : i32
// CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[SIZE]]
dlk_tile.kernel @mask(%x: !x) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c288 = arith.constant 288 : index
  %t = dlk_tile.alloc offset 0 : !t
  scf.for %k = %c0 to %c288 step %c32 {
    dlk_tile.copy %x[%c0, %k] to %t vector 8 kind "cp_async" : !x to !t
  }
}

// -----

// Rows that the loop moves on: whether a pixel is inside is asked for every piece.
!x = !dlk_tile.mem<128x288xf16, #dlk_tile.layout<[2:2048], [8:256], [8:32], [32:1]>, global,
  #dlk.gather<[2, 8, 8], [3, 3, 32], affine_map<(n, p, q, r, s, c) -> (n, p + r - 1, q + s - 1, c)>>>
!t = !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>

// CHECK-LABEL: dlk_tile.kernel @rows
// CHECK: scf.for
// CHECK: arith.cmpi ult, %{{.*}}, %c8_i32
// CHECK: arith.cmpi ult, %{{.*}}, %c8_i32
// CHECK: %[[SIZE:.*]] = arith.select %{{.*}}, %c16_i32{{.*}}, %c0_i32
// CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[SIZE]]
dlk_tile.kernel @rows(%x: !x) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %t = dlk_tile.alloc offset 0 : !t
  scf.for %k = %c0 to %c128 step %c64 {
    dlk_tile.copy %x[%k, %c0] to %t vector 8 kind "cp_async" : !x to !t
  }
}

// -----

// Loads read the tensor's first element where a piece is outside, and drop it.
!x = !dlk_tile.mem<4x6xf16, #dlk_tile.layout<[4:3], [3:1]>, global,
  #dlk.gather<[4], [2, 3], affine_map<(p, r, c) -> (p + r - 1, c)>>>
!t = !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1]>, shared>

// CHECK-LABEL: dlk_tile.kernel @loads
// CHECK: %[[FROM:.*]] = arith.select %[[INSIDE:.*]], %{{.*}}, %{{.*}} : !llvm.ptr<1>
// CHECK: %[[VALUE:.*]] = llvm.load %[[FROM]]
// CHECK: arith.select %[[INSIDE]], %[[VALUE]], %{{.*}} : i16
dlk_tile.kernel @loads(%x: !x) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !t
  dlk_tile.copy %x[%c0, %c0] to %t vector 1 kind "ld" : !x to !t
}
