// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions that stay products, with the reason as a remark.
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(dlk-conv-to-window{remarks}))' --verify-diagnostics | FileCheck %s

// CHECK-COUNT-5: dlk.conv
// CHECK: dlk.window

func.func @channels(%x: tensor<2x9x8xf16>, %w: tensor<8x3x2xf16>, %init: tensor<2x7x8xf32>) -> tensor<2x7x8xf32> {
  // expected-remark@+1 {{depthwise: no window, since groups have several channels or filters}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x9x8xf16>, tensor<8x3x2xf16>) outs(%init : tensor<2x7x8xf32>)
      layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 4 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x7x8xf32>
  return %r : tensor<2x7x8xf32>
}

// -----

func.func @strided_gradient(%dy: tensor<2x4x8xf16>, %w: tensor<8x3x1xf16>, %init: tensor<2x9x8xf32>) -> tensor<2x9x8xf32> {
  // expected-remark@+1 {{depthwise: no window, since gradients with strides and of filters are no windows}}
  %r = dlk.conv dgrad ins(%dy, %w : tensor<2x4x8xf16>, tensor<8x3x1xf16>) outs(%init : tensor<2x9x8xf32>)
      layouts "nwc" "fwc" "nwf" strides [2] dilations [1] pad_low [0] pad_high [0] groups 8 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x9x8xf32>
  return %r : tensor<2x9x8xf32>
}

// -----

func.func @integers(%x: tensor<2x9x8xi8>, %w: tensor<8x3x1xi8>, %init: tensor<2x7x8xi32>) -> tensor<2x7x8xi32> {
  // expected-remark@+1 {{depthwise: no window, since windows multiply f16, bf16 and f32 into f32}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x9x8xi8>, tensor<8x3x1xi8>) outs(%init : tensor<2x7x8xi32>)
      layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 8 acc i32 {
  ^bb0(%acc: i32):
    dlk.yield %acc : i32
  } -> tensor<2x7x8xi32>
  return %r : tensor<2x7x8xi32>
}

// -----

func.func @large(%x: tensor<1x2000x8xf16>, %w: tensor<8x1501x1xf16>, %init: tensor<1x500x8xf32>) -> tensor<1x500x8xf32> {
  // expected-remark@+1 {{depthwise: no window, since windows do not fit shared memory}}
  %r = dlk.conv fprop ins(%x, %w : tensor<1x2000x8xf16>, tensor<8x1501x1xf16>) outs(%init : tensor<1x500x8xf32>)
      layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 8 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<1x500x8xf32>
  return %r : tensor<1x500x8xf32>
}

// -----

func.func @pinned(%x: tensor<2x9x8xf16>, %w: tensor<8x3x1xf16>, %init: tensor<2x7x8xf32>) -> tensor<2x7x8xf32> {
  // expected-remark@+1 {{depthwise: no window, since the schedule or packing of a product is pinned}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x9x8xf16>, tensor<8x3x1xf16>) outs(%init : tensor<2x7x8xf32>)
      layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 8 acc f32 attributes {dlk.pack = 2 : i64} {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x7x8xf32>
  return %r : tensor<2x7x8xf32>
}

// -----

func.func @fires(%x: tensor<2x9x8xf16>, %w: tensor<8x3x1xf16>, %init: tensor<2x7x8xf32>) -> tensor<2x7x8xf32> {
  // expected-remark@+1 {{depthwise: a window}}
  %r = dlk.conv fprop ins(%x, %w : tensor<2x9x8xf16>, tensor<8x3x1xf16>) outs(%init : tensor<2x7x8xf32>)
      layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 8 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x7x8xf32>
  return %r : tensor<2x7x8xf32>
}
