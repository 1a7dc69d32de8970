// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups and channels that are neighbours in memory are one dimension, of collapsed tensors.
// RUN: dlk-opt %s --dlk-conv-to-gemm --split-input-file | FileCheck %s

// All three tensors, and an extra as large as the result.
// CHECK-LABEL: func @all
// CHECK-SAME: (%[[X:.*]]: tensor<2x7x6x2xf16>, %[[W:.*]]: tensor<6x4x3x2xf16>, %[[R:.*]]: tensor<2x5x6x4xf16>, %[[B:.*]]: tensor<6x4xf16>,
// CHECK-DAG: %[[X1:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0], [1], [2, 3]] : tensor<2x7x6x2xf16> into tensor<2x7x12xf16>
// CHECK-DAG: %[[W1:.*]] = tensor.collapse_shape %[[W]] {{\[}}[0, 1], [2], [3]] : tensor<6x4x3x2xf16> into tensor<24x3x2xf16>
// CHECK-DAG: %[[R1:.*]] = tensor.collapse_shape %[[R]] {{\[}}[0], [1], [2, 3]] : tensor<2x5x6x4xf16> into tensor<2x5x24xf16>
// CHECK-DAG: %[[B1:.*]] = tensor.collapse_shape %[[B]] {{\[}}[0, 1]] : tensor<6x4xf16> into tensor<24xf16>
// CHECK: %[[Y:.*]] = dlk.matmul ins(%[[X1]], %[[W1]] : {{.*}}) extras(%[[R1]], %[[B1]] :
// CHECK: %[[BACK:.*]] = tensor.expand_shape %[[Y]] {{\[}}[0], [1], [2, 3]] output_shape [2, 5, 6, 4]
// CHECK: return %[[BACK]]
func.func @all(%x: tensor<2x7x6x2xf16>, %w: tensor<6x4x3x2xf16>, %r: tensor<2x5x6x4xf16>, %b: tensor<6x4xf16>, %init: tensor<2x5x6x4xf16>) -> tensor<2x5x6x4xf16> {
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x6x2xf16>, tensor<6x4x3x2xf16>) extras(%r, %b : tensor<2x5x6x4xf16>, tensor<6x4xf16>) outs(%init : tensor<2x5x6x4xf16>)
         layouts "nwgc" "gfwc" "nwgf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6
         maps [affine_map<(n, w, g, f) -> (n, w, g, f)>, affine_map<(n, w, g, f) -> (g, f)>] acc f32 {
  ^bb0(%acc: f32, %p: f16, %q: f16):
    %s = arith.addf %p, %q : f16
    %e = arith.extf %s : f16 to f32
    %u = arith.addf %acc, %e : f32
    %t = arith.truncf %u : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x6x4xf16>
  return %y : tensor<2x5x6x4xf16>
}

// -----

// An extra with one of the two dimensions keeps the result as it is.
// CHECK-LABEL: func @some
// CHECK-SAME: (%[[X:.*]]: tensor<2x7x6xf16>, %[[W:.*]]: tensor<3x6x4xf16>,
// CHECK: %[[W1:.*]] = tensor.collapse_shape %[[W]] {{\[}}[0], [1, 2]] : tensor<3x6x4xf16> into tensor<3x24xf16>
// CHECK: dlk.matmul ins(%[[X]], %[[W1]] : {{.*}} outs(%{{.*}} : tensor<2x5x6x4xf16>)
// CHECK-NOT: expand_shape
// CHECK: return
func.func @some(%x: tensor<2x7x6xf16>, %w: tensor<3x6x4xf16>, %b: tensor<4xf16>, %init: tensor<2x5x6x4xf16>) -> tensor<2x5x6x4xf16> {
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x6xf16>, tensor<3x6x4xf16>) extras(%b : tensor<4xf16>) outs(%init : tensor<2x5x6x4xf16>)
         layouts "nwg" "wgf" "nwgf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6
         maps [affine_map<(n, w, g, f) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %q: f16):
    %e = arith.extf %q : f16 to f32
    %u = arith.addf %acc, %e : f32
    %t = arith.truncf %u : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x6x4xf16>
  return %y : tensor<2x5x6x4xf16>
}

// -----

// Gradients: the result is the input or the filter. Groups before the positions are no neighbours of the channels.
// CHECK-LABEL: func @gradients
// CHECK-SAME: (%[[X:.*]]: tensor<2x7x6x2xf16>, %[[W:.*]]: tensor<6x4x3x2xf16>, %[[DY:.*]]: tensor<2x6x5x4xf16>)
// CHECK: %[[W1:.*]] = tensor.collapse_shape %[[W]]
// CHECK: %[[DX:.*]] = dlk.matmul ins(%[[DY]], %[[W1]] :
// CHECK: tensor.expand_shape %[[DX]] {{\[}}[0], [1], [2, 3]]
// CHECK: %[[X1:.*]] = tensor.collapse_shape %[[X]]
// CHECK: %[[DW:.*]] = dlk.matmul ins(%[[DY]], %[[X1]] :
// CHECK: tensor.expand_shape %[[DW]] {{\[}}[0, 1], [2], [3]]
func.func @gradients(%x: tensor<2x7x6x2xf16>, %w: tensor<6x4x3x2xf16>, %dy: tensor<2x6x5x4xf16>) -> (tensor<2x7x6x2xf32>, tensor<6x4x3x2xf32>) {
  %i = tensor.empty() : tensor<2x7x6x2xf32>
  %dx = dlk.conv dgrad ins(%dy, %w : tensor<2x6x5x4xf16>, tensor<6x4x3x2xf16>) outs(%i : tensor<2x7x6x2xf32>)
          layouts "nwgc" "gfwc" "ngwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x7x6x2xf32>
  %j = tensor.empty() : tensor<6x4x3x2xf32>
  %dw = dlk.conv wgrad ins(%x, %dy : tensor<2x7x6x2xf16>, tensor<2x6x5x4xf16>) outs(%j : tensor<6x4x3x2xf32>)
          layouts "nwgc" "gfwc" "ngwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<6x4x3x2xf32>
  return %dx, %dw : tensor<2x7x6x2xf32>, tensor<6x4x3x2xf32>
}
