// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling and depthwise convolutions of linalg become dlk.window.
// RUN: dlk-opt %s --dlk-import --split-input-file | FileCheck %s

// -inf around the input and in the init is what a maximum does not see.
// CHECK-LABEL: func @max
// CHECK-NOT: tensor.pad
// CHECK: dlk.window max ins(%arg0 : tensor<2x8x8x16xf16>) outs(%{{.*}} : tensor<2x4x4x16xf16>)
// CHECK-SAME: layouts "nhwc" "nhwc" window [3, 3] strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 0] {
// CHECK-NEXT: ^bb0(%acc: f32):
// CHECK-NEXT: arith.truncf %acc : f32 to f16
func.func @max(%x: tensor<2x8x8x16xf16>) -> tensor<2x4x4x16xf16> {
  %inf = arith.constant 0xFC00 : f16
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %inf : f16
  } : tensor<2x8x8x16xf16> to tensor<2x10x9x16xf16>
  %e = tensor.empty() : tensor<2x4x4x16xf16>
  %z = linalg.fill ins(%inf : f16) outs(%e : tensor<2x4x4x16xf16>) -> tensor<2x4x4x16xf16>
  %w = tensor.empty() : tensor<3x3xf16>
  %y = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%p, %w : tensor<2x10x9x16xf16>, tensor<3x3xf16>) outs(%z : tensor<2x4x4x16xf16>) -> tensor<2x4x4x16xf16>
  return %y : tensor<2x4x4x16xf16>
}

// -----

// Another init takes part; an average is a sum and a factor.
// CHECK-LABEL: func @sum
// CHECK: dlk.window sum ins(%arg0 : tensor<2x16x7x7xf32>) extras(%arg1 : tensor<2x16x1x1xf32>) outs(%arg1
// CHECK-SAME: layouts "nchw" "nchw" window [7, 7]
// CHECK: arith.addf %acc, %{{.*}}
func.func @sum(%x: tensor<2x16x7x7xf32>, %init: tensor<2x16x1x1xf32>) -> tensor<2x16x1x1xf32> {
  %w = tensor.empty() : tensor<7x7xf32>
  %y = linalg.pooling_nchw_sum ins(%x, %w : tensor<2x16x7x7xf32>, tensor<7x7xf32>) outs(%init : tensor<2x16x1x1xf32>) -> tensor<2x16x1x1xf32>
  return %y : tensor<2x16x1x1xf32>
}

// -----

// CHECK-LABEL: func @min_rank1
// CHECK: dlk.window min {{.*}} extras(%arg1 {{.*}} layouts "nwc" "nwc" window [3] strides [1] dilations [2]
// CHECK: arith.minimumf %acc, %{{.*}}
func.func @min_rank1(%x: tensor<2x9x8xf32>, %init: tensor<2x5x8xf32>) -> tensor<2x5x8xf32> {
  %w = tensor.empty() : tensor<3xf32>
  %y = linalg.pooling_nwc_min {strides = dense<1> : tensor<1xi64>, dilations = dense<2> : tensor<1xi64>}
         ins(%x, %w : tensor<2x9x8xf32>, tensor<3xf32>) outs(%init : tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return %y : tensor<2x5x8xf32>
}

// -----

// CHECK-LABEL: func @depthwise
// CHECK: dlk.window multiply ins(%arg0 : tensor<2x8x8x16xf16>) filter(%arg1 : tensor<3x3x16xf16>) outs
// CHECK-SAME: layouts "nhwc" "nhwc" by "hwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1]
// CHECK: dlk.window multiply ins(%arg2 : tensor<2x16x8x8xf16>) filter(%arg3 : tensor<16x3x3xf16>)
// CHECK-SAME: layouts "nchw" "nchw" by "chw"
func.func @depthwise(%x: tensor<2x8x8x16xf16>, %w: tensor<3x3x16xf16>, %u: tensor<2x16x8x8xf16>, %v: tensor<16x3x3xf16>)
    -> (tensor<2x8x8x16xf32>, tensor<2x16x6x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %zh = arith.constant 0.0 : f16
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zh : f16
  } : tensor<2x8x8x16xf16> to tensor<2x10x10x16xf16>
  %e = tensor.empty() : tensor<2x8x8x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8x8x16xf32>) -> tensor<2x8x8x16xf32>
  %y = linalg.depthwise_conv_2d_nhwc_hwc ins(%p, %w : tensor<2x10x10x16xf16>, tensor<3x3x16xf16>) outs(%z : tensor<2x8x8x16xf32>) -> tensor<2x8x8x16xf32>
  %e2 = tensor.empty() : tensor<2x16x6x6xf32>
  %z2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2x16x6x6xf32>) -> tensor<2x16x6x6xf32>
  %y2 = linalg.depthwise_conv_2d_nchw_chw ins(%u, %v : tensor<2x16x8x8xf16>, tensor<16x3x3xf16>) outs(%z2 : tensor<2x16x6x6xf32>) -> tensor<2x16x6x6xf32>
  return %y, %y2 : tensor<2x8x8x16xf32>, tensor<2x16x6x6xf32>
}

// -----

// Several filters for each channel: groups of one channel.
// CHECK-LABEL: func @multiplier
// CHECK: dlk.conv fprop {{.*}} layouts "nhwg" "hwgf" "nhwgf" {{.*}} groups 16
func.func @multiplier(%x: tensor<2x8x8x16xf16>, %w: tensor<3x3x16x4xf16>, %y: tensor<2x6x6x16x4xf32>) -> tensor<2x6x6x16x4xf32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwcm ins(%x, %w : tensor<2x8x8x16xf16>, tensor<3x3x16x4xf16>) outs(%y : tensor<2x6x6x16x4xf32>) -> tensor<2x6x6x16x4xf32>
  return %r : tensor<2x6x6x16x4xf32>
}
