// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Several small groups in one product: the filter is block diagonal, which its gather says.
// RUN: dlk-opt %s --dlk-conv-to-gemm=remarks --split-input-file -verify-diagnostics | FileCheck %s

// Three of six groups. Activations and results have the channels of three groups beside each other; the filter's
// channel is outside of 0..1 where the group of c, in d4, is not that of f, d1. The bias follows the result.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2 + d3, d4 + d0 * 6)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d2 + d0 * 12 + d1 * 4, d3, d4 - d1 * 2)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1) -> (d1 + d0 * 12)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3 + d0 * 12)>
// CHECK-LABEL: func @fprop
// CHECK: gathers [#dlk.gather<[2], [2, 5], [3, 6], #[[X]]>, #dlk.gather<[2], [3, 4], [3, 6], #[[W]]>,
// CHECK-SAME: #dlk.gather<[2], [12], #[[B]]>, #dlk.gather<[2], [2, 5], [12], #[[Y]]>] acc f32
// The work is that of the convolution; the number of groups was a wish, which is granted.
// CHECK-SAME: attributes {dlk.flops = 2.880000e+03 : f64} {
func.func @fprop(%x: tensor<2x7x12xf16>, %w: tensor<24x3x2xf16>, %bias: tensor<24xf16>, %init: tensor<2x5x24xf16>) -> tensor<2x5x24xf16> {
  // expected-remark @below {{groups: pinned}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x12xf16>, tensor<24x3x2xf16>) extras(%bias : tensor<24xf16>) outs(%init : tensor<2x5x24xf16>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6
         maps [affine_map<(n, w, f) -> (f)>] acc f32 attributes {dlk.pack = 3 : i64} {
  ^bb0(%acc: f32, %b: f16):
    %e = arith.extf %b : f16 to f32
    %s = arith.addf %acc, %e : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x24xf16>
  return %y : tensor<2x5x24xf16>
}

// -----

// The gradient of the input sums over the output channels of all three groups.
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d4 + d0 * 12 + d3 * 4, -d2 + 2, d1 - d3 * 2)>
// CHECK-LABEL: func @dgrad
// CHECK: gathers [#dlk.gather<[2], [2, 7], [3, 12], #{{.*}}>, #dlk.gather<[2], [6], [3, 3, 4], #[[W]]>, #dlk.gather<[2], [2, 7], [6], #{{.*}}>] acc f32
func.func @dgrad(%dy: tensor<2x5x24xf16>, %w: tensor<24x3x2xf16>, %init: tensor<2x7x12xf16>) -> tensor<2x7x12xf16> {
  // expected-remark @below {{groups: pinned}}
  %dx = dlk.conv dgrad ins(%dy, %w : tensor<2x5x24xf16>, tensor<24x3x2xf16>) outs(%init : tensor<2x7x12xf16>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 attributes {dlk.pack = 3 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x7x12xf16>
  return %dx : tensor<2x7x12xf16>
}

// -----

// The gradient of the filter is computed for all pairs of groups and stored for those that are one; both operands
// are matrices of neighbouring channels.
// CHECK-DAG: #[[DY:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3, d1 + d0 * 12)>
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, d1 + d4, d2 + d0 * 6)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d2 + d0 * 12 + d1 * 4, d3, d4 - d1 * 2)>
// CHECK-LABEL: func @wgrad
// CHECK: gathers [#dlk.gather<[2], [12], [2, 5], #[[DY]]>, #dlk.gather<[2], [3, 6], [2, 5], #[[X]]>, #dlk.gather<[2], [3, 4], [3, 6], #[[W]]>] acc f32
func.func @wgrad(%x: tensor<2x7x12xf16>, %dy: tensor<2x5x24xf16>, %init: tensor<24x3x2xf32>) -> tensor<24x3x2xf32> {
  // expected-remark @below {{groups: pinned}}
  %dw = dlk.conv wgrad ins(%x, %dy : tensor<2x7x12xf16>, tensor<2x5x24xf16>) outs(%init : tensor<24x3x2xf32>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 attributes {dlk.pack = 3 : i64} {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<24x3x2xf32>
  return %dw : tensor<24x3x2xf32>
}

// -----

// One channel without a letter: the filter is outside along its groups.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2 + d3, d0 * 4 + d4)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0 * 4 + d1 + d4 * 8 - d1 * 8, d3, d2)>
// CHECK-LABEL: func @multiplier
// CHECK: gathers [#dlk.gather<[2], [2, 5], [3, 4], #[[X]]>, #dlk.gather<[2], [4, 2], [3, 4], #[[W]]>,
func.func @multiplier(%x: tensor<2x7x8xf16>, %w: tensor<8x3x2xf16>, %init: tensor<2x5x8x2xf16>) -> tensor<2x5x8x2xf16> {
  // expected-remark @below {{groups: pinned}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x8xf16>, tensor<8x3x2xf16>) outs(%init : tensor<2x5x8x2xf16>)
         layouts "nwg" "gwf" "nwgf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 8 acc f32 attributes {dlk.pack = 4 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x8x2xf16>
  return %y : tensor<2x5x8x2xf16>
}

// -----

// Without groups, too: along its output channels.
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d0 * 4 + d1 + d3 * 8 - d1 * 8)>
// CHECK-LABEL: func @channelwise
// CHECK: gathers [#dlk.gather<[2], [2, 5], [3, 4], #{{.*}}>, #dlk.gather<[2], [4], [3, 4], #[[W]]>,
func.func @channelwise(%x: tensor<2x7x8xf16>, %w: tensor<3x8xf16>, %init: tensor<2x5x8xf16>) -> tensor<2x5x8xf16> {
  // expected-remark @below {{groups: pinned}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x8xf16>, tensor<3x8xf16>) outs(%init : tensor<2x5x8xf16>)
         layouts "nwc" "wf" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 8 acc f32 attributes {dlk.pack = 4 : i64} {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x8xf16>
  return %y : tensor<2x5x8xf16>
}

// -----

// CHECK-LABEL: func @no_chip
// CHECK: gathers [#dlk.gather<[6], [2, 5], [3, 2],
func.func @no_chip(%x: tensor<2x7x12xf16>, %w: tensor<24x3x2xf16>, %init: tensor<2x5x24xf16>) -> tensor<2x5x24xf16> {
  // expected-remark @below {{groups: 1 in a product: no chip is known}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x12xf16>, tensor<24x3x2xf16>) outs(%init : tensor<2x5x24xf16>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x5x24xf16>
  return %y : tensor<2x5x24xf16>
}

// -----

module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
// ResNeXt: 32 groups of 4 channels.
// CHECK-LABEL: func @cheaper
// CHECK: gathers [#dlk.gather<[4], [8, 56, 56], [3, 3, 32], #{{.*}}>, #dlk.gather<[4], [8, 4], [3, 3, 32],
func.func @cheaper(%x: tensor<8x56x56x128xf16>, %w: tensor<128x3x3x4xf16>, %init: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-remark @below {{groups: 8 in a product; clocks of its cheapest schedule for 1: }}
  %y = dlk.conv fprop ins(%x, %w : tensor<8x56x56x128xf16>, tensor<128x3x3x4xf16>) outs(%init : tensor<8x56x56x128xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 32 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %y : tensor<8x56x56x128xf16>
}

// Groups that fill tiles stay apart.
// CHECK-LABEL: func @dearer
// CHECK: gathers [#dlk.gather<[4], [8, 14, 14], [3, 3, 64],
func.func @dearer(%x: tensor<8x14x14x256xf16>, %w: tensor<256x3x3x64xf16>, %init: tensor<8x14x14x256xf16>) -> tensor<8x14x14x256xf16> {
  // expected-remark @below {{groups: 1 in a product; clocks of its cheapest schedule for 1}}
  %y = dlk.conv fprop ins(%x, %w : tensor<8x14x14x256xf16>, tensor<256x3x3x64xf16>) outs(%init : tensor<8x14x14x256xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 4 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x14x14x256xf16>
  return %y : tensor<8x14x14x256xf16>
}

// A pinned schedule is what counts: its tiles hold 16 groups.
// CHECK-LABEL: func @pinned_schedule
// CHECK: gathers [#dlk.gather<[2], [8, 56, 56], [3, 3, 64],
func.func @pinned_schedule(%x: tensor<8x56x56x128xf16>, %w: tensor<128x3x3x4xf16>, %init: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-remark @below {{groups: 16 in a product}}
  %y = dlk.conv fprop ins(%x, %w : tensor<8x56x56x128xf16>, tensor<128x3x3x4xf16>) outs(%init : tensor<8x56x56x128xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 32 acc f32
         schedule #dlk.schedule<tile = [128, 64, 64], warps = [2, 2], stages = 3> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %y : tensor<8x56x56x128xf16>
}
}
