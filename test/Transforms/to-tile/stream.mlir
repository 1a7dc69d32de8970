// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shares of the steps of all tiles, and the kernel that adds a tile's parts.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk-to-tile)' | FileCheck %s

module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {

// 12 clusters of two have tiles, of 5 steps each: all 60 steps are given out, so
// that a tile has parts in up to 5 clusters; 60 + 12 places of two tiles.
// CHECK-LABEL: func.func @plain
// CHECK: %[[SUMS:.+]] = dlk_tile.launch @plain_kernel(%arg0, %arg1) over_zeros : {{.*}} -> tensor<144x128x128xf32>
// CHECK: dlk_tile.launch @plain_kernel_sum(%[[SUMS]], %arg2) : {{.*}} -> tensor<768x512xf16>
// CHECK: dlk_tile.kernel @plain_kernel(
// CHECK-SAME: grid [24, 1, 1]
// CHECK: dlk_tile.tile_coord tiles [6, 4] batches 1 raster grouped 4
// CHECK: %[[FIRST:.+]], %[[MORE:.+]], %[[PART:.+]] = dlk_tile.stream_coord steps 5 clusters 60
// CHECK: %[[K0:.+]] = arith.muli %[[FIRST]], %[[STEP:c64[_0-9]*]]
// CHECK: %[[REST:.+]] = arith.muli %[[MORE]], %[[STEP]]
// CHECK: %[[LENGTH:.+]] = arith.addi %[[REST]], %[[STEP]]
// CHECK: scf.for %[[I:[^ ]+]] = %c0{{.*}} to %[[LENGTH]] step
// CHECK: arith.addi %[[K0]], %[[I]]
// CHECK-NOT: dlk_tile.map
// CHECK: dlk_tile.tma_store {{.*}}[%[[PART]], %c0{{[_0-9]*}}, %c0{{[_0-9]*}}] staging
//
// Step p belongs to cluster ((p + 1) * 60 - 1) / 60 of all; the zeros are the
// last place.
// CHECK: dlk_tile.kernel @plain_kernel_sum(
// CHECK-SAME: grid [192, 1, 1] warps 4
// CHECK: dlk_tile.tile_coord tiles [12, 16] batches 1 raster row 1
// CHECK: arith.muli %{{.+}}, %c60
// CHECK: arith.divui %{{.+}}, %c60
// CHECK: %[[ZEROS:.+]] = arith.constant 71 : index
// CHECK-COUNT-5: arith.select %{{.+}}, %{{.+}}, %[[ZEROS]]
// CHECK: dlk_tile.map {{.*}} bounds [768, 512]
// CHECK-COUNT-5: arith.addf
// CHECK: dlk_tile.yield
func.func @plain(%a: tensor<768x320xf16>, %b: tensor<512x320xf16>, %bias: tensor<512xf16>, %c: tensor<768x512xf16>) -> tensor<768x512xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<768x320xf16>, tensor<512x320xf16>) extras(%bias : tensor<512xf16>) outs(%c : tensor<768x512xf16>)
      maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>]
      acc f32 schedule #dlk.schedule<engine = wgmma, tile = [128, 128, 64], warps = [2, 1], roles = cooperative, stages = 4, cluster = [2, 1],
                                     copy = tma, epilogue = stmatrix_tma, raster = grouped 4, persistent = true, regs = [40, 232], split = stream_k> {
  ^bb0(%acc: f32, %x: f16):
    %e = arith.extf %x : f16 to f32
    %s = arith.addf %acc, %e : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<768x512xf16>
  return %r : tensor<768x512xf16>
}

}
