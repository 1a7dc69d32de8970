// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Classes of a strided gradient have taps of their own: 4, 2, 2 and 1 of 3x3. The
// length of the loop is that of the tile's class, of 64 channels in two steps each.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(func.func(dlk-conv-to-gemm),dlk-to-tile)' | FileCheck %s

// CHECK-LABEL: dlk_tile.kernel @classes_kernel
// CHECK: %[[B:[^ ]+]] = dlk_tile.tile_coord {{.*}} batches 4
// CHECK: %[[MORE1:.+]] = arith.select %{{.+}}, %c96{{.*}}, %c224
// CHECK: %[[MORE2:.+]] = arith.select %{{.+}}, %c96{{.*}}, %[[MORE1]]
// CHECK: %[[MORE3:.+]] = arith.select %{{.+}}, %c32{{.*}}, %[[MORE2]]
// CHECK: %[[MORE:.+]] = arith.index_castui %[[MORE3]]
// CHECK: %[[LENGTH:.+]] = arith.addi %[[MORE]], %c32
// CHECK: scf.for {{.*}} to %[[LENGTH]]
func.func @classes(%dy: tensor<2x4x4x64xf16>, %w: tensor<64x3x3x64xf16>, %init: tensor<2x8x8x64xf32>) -> tensor<2x8x8x64xf32> {
  %r = dlk.conv dgrad ins(%dy, %w : tensor<2x4x4x64xf16>, tensor<64x3x3x64xf16>) outs(%init : tensor<2x8x8x64xf32>)
         layouts "nhwc" "fhwc" "nhwf" strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
         schedule #dlk.schedule<tile = [32, 64, 32], warps = [2, 2], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x8x8x64xf32>
  return %r : tensor<2x8x8x64xf32>
}

// Steps of 32 of 48 channels cross taps: none is left out.
// CHECK-LABEL: dlk_tile.kernel @crossing_kernel
// CHECK-NOT: arith.select
// CHECK: scf.for {{.*}} to %c192
func.func @crossing(%dy: tensor<2x4x4x48xf16>, %w: tensor<48x3x3x64xf16>, %init: tensor<2x8x8x64xf32>) -> tensor<2x8x8x64xf32> {
  %r = dlk.conv dgrad ins(%dy, %w : tensor<2x4x4x48xf16>, tensor<48x3x3x64xf16>) outs(%init : tensor<2x8x8x64xf32>)
         layouts "nhwc" "fhwc" "nhwf" strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32
         schedule #dlk.schedule<tile = [32, 64, 32], warps = [2, 2], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x8x8x64xf32>
  return %r : tensor<2x8x8x64xf32>
}
