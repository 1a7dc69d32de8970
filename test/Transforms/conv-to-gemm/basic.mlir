// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each kind of convolution as the product of matrices: which digits are m, n, k and the batch.
// RUN: dlk-opt %s --dlk-conv-to-gemm --split-input-file | FileCheck %s

// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d3 * 3 - 1, d2 + d4 - 1, d5)>
// CHECK-DAG: #[[PLAIN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func @fprop
// CHECK: dlk.matmul ins(%{{.*}}, %{{.*}} : tensor<8x57x56x64xf16>, tensor<128x3x3x64xf16>)
// CHECK-SAME: extras(%{{.*}} : tensor<128xf16>) outs(%{{.*}} : tensor<8x27x56x128xf16>)
// CHECK-SAME: gathers [#dlk.gather<[8, 27, 56], [3, 3, 64], #[[X]]>, #dlk.gather<[128], [3, 3, 64], #[[PLAIN]]>,
// CHECK-SAME: unit, #dlk.gather<[8, 27, 56], [128], #[[PLAIN]]>] acc f32
// CHECK-SAME: schedule #dlk.schedule<engine = mma_sync, tile = [64, 64, 32]
// CHECK-SAME: attributes {dlk.flops = {{.*}} : f64, mine = 1 : i64}
// CHECK: arith.addf %acc
func.func @fprop(%x: tensor<8x57x56x64xf16>, %w: tensor<128x3x3x64xf16>, %bias: tensor<128xf16>, %init: tensor<8x27x56x128xf16>) -> tensor<8x27x56x128xf16> {
  %y = dlk.conv fprop ins(%x, %w : tensor<8x57x56x64xf16>, tensor<128x3x3x64xf16>)
         extras(%bias : tensor<128xf16>) outs(%init : tensor<8x27x56x128xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [2, 1] dilations [3, 1]
         pad_low [1, 1] pad_high [1, 1] groups 1
         maps [affine_map<(n, h, w, f) -> (f)>] acc f32 schedule #dlk.schedule<tile = [64, 64, 32]> attributes {mine = 1} {
  ^bb0(%acc: f32, %b: f16):
    %e = arith.extf %b : f16 to f32
    %s = arith.addf %acc, %e : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x27x56x128xf16>
  return %y : tensor<8x27x56x128xf16>
}

// -----

// Groups are a batch, and the offset of a group's channels.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2 + d3, d4 + d0 * 8)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3) -> (d1 + d0 * 16, d2, d3)>
// CHECK-LABEL: func @groups
// CHECK: gathers [#dlk.gather<[3], [2, 5], [3, 8], #[[X]]>, #dlk.gather<[3], [16], [3, 8], #[[W]]>,
func.func @groups(%x: tensor<2x7x24xf16>, %w: tensor<48x3x8xf16>, %init: tensor<2x5x48xf16>) -> tensor<2x5x48xf16> {
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x24xf16>, tensor<48x3x8xf16>) outs(%init : tensor<2x5x48xf16>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 3 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x48xf16>
  return %y : tensor<2x5x48xf16>
}

// -----

// With channels first images are a batch, and m and n change places, so that rows of the result are contiguous.
// CHECK-DAG: #[[LHS:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d3)>
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1 + d4, d2 + d5)>
// CHECK-LABEL: func @channels_first
// CHECK: dlk.matmul ins(%arg1, %arg0
// CHECK-SAME: maps [#[[LHS]],
// CHECK-SAME: gathers [#dlk.gather<[16], [8, 3, 3], #{{.*}}>, #dlk.gather<[2], [5, 5], [8, 3, 3], #[[X]]>,
func.func @channels_first(%x: tensor<2x8x7x7xf16>, %w: tensor<16x8x3x3xf16>, %init: tensor<2x16x5x5xf16>) -> tensor<2x16x5x5xf16> {
  %y = dlk.conv fprop ins(%x, %w : tensor<2x8x7x7xf16>, tensor<16x8x3x3xf16>) outs(%init : tensor<2x16x5x5xf16>)
         layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x16x5x5xf16>
  return %y : tensor<2x16x5x5xf16>
}

// -----

// The gradient of the input with stride 2: even and odd positions are a batch; taps are counted from the last one.
// CHECK-DAG: #[[DY:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 + d2 - 1, d3)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2 * -2 + d0 + 2, d1)>
// CHECK-DAG: #[[DX:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d2 * 2 + d0 - 1, d3)>
// CHECK-LABEL: func @dgrad
// CHECK: gathers [#dlk.gather<[2, 5], [2, 16], #[[DY]]>, #dlk.gather<[2], [8], [2, 16], #[[W]]>, #dlk.gather<[2], [2, 5], [8], #[[DX]]>]
// 2 images, 4 positions, 3 taps, 8 x 16 channels; the product has 5 positions and 4 taps in two classes.
// CHECK-SAME: dlk.flops = 6.144000e+03
func.func @dgrad(%dy: tensor<2x4x16xf16>, %w: tensor<16x3x8xf16>, %init: tensor<2x8x8xf16>) -> tensor<2x8x8xf16> {
  %dx = dlk.conv dgrad ins(%dy, %w : tensor<2x4x16xf16>, tensor<16x3x8xf16>) outs(%init : tensor<2x8x8xf16>)
         layouts "nwc" "fwc" "nwf" strides [2] dilations [1] pad_low [1] pad_high [1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8xf16>
  return %dx : tensor<2x8x8xf16>
}

// -----

// The gradient of the filter sums over images and positions.
// CHECK-DAG: #[[DY:.*]] = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3 * 2 + d0 - 1, d1)>
// CHECK-LABEL: func @wgrad
// CHECK: dlk.matmul ins(%arg1, %arg0
// CHECK-SAME: gathers [#dlk.gather<[16], [2, 4], #[[DY]]>, #dlk.gather<[3, 8], [2, 4], #[[X]]>, #dlk.gather<[16], [3, 8], #{{.*}}>] acc f32
func.func @wgrad(%x: tensor<2x8x8xf16>, %dy: tensor<2x4x16xf16>, %init: tensor<16x3x8xf32>) -> tensor<16x3x8xf32> {
  %dw = dlk.conv wgrad ins(%x, %dy : tensor<2x8x8xf16>, tensor<2x4x16xf16>) outs(%init : tensor<16x3x8xf32>)
         layouts "nwc" "fwc" "nwf" strides [2] dilations [1] pad_low [1] pad_high [1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<16x3x8xf32>
  return %dw : tensor<16x3x8xf32>
}
