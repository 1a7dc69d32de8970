// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pieces that do not divide evenly over the threads: some threads have one more.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-async-copies))' | FileCheck %s

// 192 pieces of 16 bytes, 128 threads.
// CHECK-LABEL: dlk_tile.kernel @remainder
// CHECK-COUNT-1: nvvm.cp.async.shared.global
// CHECK: %[[MORE:.*]] = arith.cmpi ult, %{{.*}}, %c64_i32
// CHECK: scf.if %[[MORE]] {
// CHECK: nvvm.cp.async.shared.global
// CHECK: }
// CHECK-NOT: nvvm.cp.async
dlk_tile.kernel @remainder(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<48x32xf16, #dlk_tile.layout<[48:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<48x32xf16, #dlk_tile.layout<[48:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Fewer pieces than threads, by loads.
// CHECK-LABEL: dlk_tile.kernel @few
// CHECK-NOT: llvm.load
// CHECK: %[[ONE:.*]] = arith.cmpi ult, %{{.*}}, %c32_i32
// CHECK: scf.if %[[ONE]] {
// CHECK: llvm.load
// CHECK: llvm.store
dlk_tile.kernel @few(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "ld" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<16x16xf16, #dlk_tile.layout<[16:16], [16:1], swizzle<1, 4, 3>>, shared>
}
