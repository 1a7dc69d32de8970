// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slices of k become batches of the product, and a second kernel adds them.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk-to-tile)' | FileCheck %s

// 6 steps in 3 slices of 2, of one batch: 2 x 3 tiles each.
// CHECK-LABEL: func.func @plain
// CHECK: %[[SUMS:.+]] = dlk_tile.launch @plain_kernel(%arg0, %arg1) : {{.*}} -> tensor<3x128x192xf32>
// CHECK: %[[R:.+]] = dlk_tile.launch @plain_kernel_sum(%[[SUMS]], %arg2) : {{.*}} -> tensor<128x192xf16>
// CHECK: return %[[R]]
// CHECK: dlk_tile.kernel @plain_kernel(
// CHECK-SAME: grid [18, 1, 1] warps 4
// CHECK: %{{.+}}, %{{.+}}, %[[BATCH:.+]] = dlk_tile.tile_coord tiles [2, 3] batches 3 raster
// CHECK: %[[SLICE:.+]] = arith.divui %[[BATCH]]
// CHECK: %[[FIRST:.+]] = arith.muli %[[SLICE]], %c64
// CHECK: scf.for %[[I:[^ ]+]] = %c0{{.*}} to %c64{{.*}} step %c32
// CHECK: %[[K:.+]] = arith.addi %[[FIRST]], %[[I]]
// CHECK: dlk_tile.copy %{{.+}}[%{{.+}}, %[[K]]] to
// CHECK: dlk_tile.copy %{{.+}}[%[[K]], %{{.+}}] to
// CHECK-NOT: dlk_tile.map
// CHECK: dlk_tile.store {{.*}}[%[[BATCH]], %{{.+}}, %{{.+}}] staging {{.*}} vector 4
// The order of the slices is that of the additions; then comes the epilogue.
// CHECK: dlk_tile.kernel @plain_kernel_sum(
// CHECK: dlk_tile.fill 0.000000e+00
// CHECK: dlk_tile.map {{.*}} bounds [128, 192] with {{.*}} maps [#[[A:.+]], #[[B:.+]], #[[C:.+]], #{{.+}}]
// CHECK: ^bb0(%{{.+}}: f32, %[[X:.+]]: f32, %[[Y:.+]]: f32, %[[Z:.+]]: f32, %[[E:.+]]: f16):
// CHECK: %[[XY:.+]] = arith.addf %[[X]], %[[Y]]
// CHECK: %[[XYZ:.+]] = arith.addf %[[XY]], %[[Z]]
// CHECK: %[[W:.+]] = arith.extf %[[E]]
// CHECK: arith.addf %[[XYZ]], %[[W]]
// CHECK: dlk_tile.store {{.*}} vector 8
func.func @plain(%a: tensor<128x192xf16>, %b: tensor<192x192xf16>, %bias: tensor<192xf16>, %c: tensor<128x192xf16>) -> tensor<128x192xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<128x192xf16>, tensor<192x192xf16>) extras(%bias : tensor<192xf16>) outs(%c : tensor<128x192xf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>]
      acc f32 schedule #dlk.schedule<tile = [64, 64, 32], stages = 3, split = split_k 3> {
  ^bb0(%acc: f32, %x: f16):
    %e = arith.extf %x : f16 to f32
    %s = arith.addf %acc, %e : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<128x192xf16>
  return %r : tensor<128x192xf16>
}

// -----

// Batches are the fast part of the number; rows of the sums are aligned to 16
// bytes, and so TMA stores them although those of the result are not.
// CHECK-LABEL: func.func @batches
// CHECK: dlk_tile.launch @batches_kernel({{.*}} -> tensor<4x64x68xf32>
// CHECK: %{{.+}}, %{{.+}}, %[[BATCH:.+]] = dlk_tile.tile_coord tiles [1, 1] batches 4 raster
// CHECK: %[[B:.+]] = arith.remui %[[BATCH]], %c2
// CHECK: %[[SLICE:.+]] = arith.divui %[[BATCH]], %c2
// CHECK: %[[FIRST:.+]] = arith.muli %[[SLICE]], %c64
// CHECK: dlk_tile.tma_load %{{.+}}[%[[B]], %{{.+}}, %{{.+}}] to
// CHECK: dlk_tile.tma_store {{.*}}[%[[BATCH]], %{{.+}}, %{{.+}}] staging
// CHECK: dlk_tile.kernel @batches_kernel_sum(
// Few blocks: each has 32 columns.
// CHECK: dlk_tile.tile_coord tiles [4, 3] batches 2
// CHECK: dlk_tile.store {{.*}} vector 1
func.func @batches(%a: tensor<2x64x104xf16>, %b: tensor<2x65x104xf16>, %c: tensor<2x64x65xf32>) -> tensor<2x64x65xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<2x64x104xf16>, tensor<2x65x104xf16>) outs(%c : tensor<2x64x65xf32>)
      maps [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
      acc f32 schedule #dlk.schedule<engine = wgmma, tile = [64, 128, 64], warps = [1, 1], roles = cooperative, stages = 4,
                                     copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = split_k 2> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x64x65xf32>
  return %r : tensor<2x64x65xf32>
}
