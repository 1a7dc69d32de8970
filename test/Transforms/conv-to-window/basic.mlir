// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolutions are windows; their data gradient reads the filter backwards.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(func.func(dlk-conv-to-window))' | FileCheck %s

// CHECK-LABEL: func.func @forward
// CHECK: %[[W:.+]] = tensor.collapse_shape %arg1 {{\[\[0\], \[1\], \[2, 3\]\]}} : tensor<24x3x3x1xf16> into tensor<24x3x3xf16>
// CHECK: dlk.window multiply ins(%arg0 : {{.*}}) filter(%[[W]] : {{.*}}) extras(%arg2 {{.*}} layouts "nhwc" "nhwc" by "chw" window [3, 3] strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [0, 1] maps
// CHECK: arith.addf
func.func @forward(%x: tensor<2x9x12x24xf16>, %w: tensor<24x3x3x1xf16>, %bias: tensor<24xf32>, %init: tensor<2x4x6x24xf32>) -> tensor<2x4x6x24xf32> {
  %r = dlk.conv fprop ins(%x, %w : tensor<2x9x12x24xf16>, tensor<24x3x3x1xf16>) extras(%bias : tensor<24xf32>) outs(%init : tensor<2x4x6x24xf32>)
      layouts "nhwc" "fhwc" "nhwf" strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [0, 1] groups 24
      maps [affine_map<(n, h, w, f) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %b: f32):
    %s = arith.addf %acc, %b : f32
    dlk.yield %s : f32
  } -> tensor<2x4x6x24xf32>
  return %r : tensor<2x4x6x24xf32>
}

// CHECK-LABEL: func.func @data_gradient
// CHECK: %[[W:.+]] = tensor.collapse_shape %arg1 {{\[\[0, 1\], \[2\], \[3\]\]}} : tensor<1x7x5x24xbf16> into tensor<7x5x24xbf16>
// CHECK: dlk.window multiply ins(%arg0 : {{.*}}) filter(%[[W]] : {{.*}} layouts "nhwc" "nchw" by "hwc" window [7, 5] strides [1, 1] dilations [1, 2] pad_low [3, 7] pad_high [4, 8] backwards
func.func @data_gradient(%dy: tensor<2x9x12x24xbf16>, %w: tensor<1x7x5x24xbf16>, %init: tensor<2x24x10x19xf32>) -> tensor<2x24x10x19xf32> {
  %r = dlk.conv dgrad ins(%dy, %w : tensor<2x9x12x24xbf16>, tensor<1x7x5x24xbf16>) outs(%init : tensor<2x24x10x19xf32>)
      layouts "nchw" "chwf" "nhwf" strides [1, 1] dilations [1, 2] pad_low [3, 1] pad_high [2, 0] groups 24 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x24x10x19xf32>
  return %r : tensor<2x24x10x19xf32>
}
