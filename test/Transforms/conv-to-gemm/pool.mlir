// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling of 2x2 becomes part of the product: its windows are four rows each.
// RUN: dlk-opt %s --dlk-conv-to-gemm=remarks --split-input-file -verify-diagnostics | FileCheck %s

// Rows are (n, p / 2, q / 2, 2, 2); the result does not depend on the last two digits, the residual does.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1 * 2 + d3 + d5 - 1, d2 * 2 + d4 + d6 - 1, d7)>
// CHECK-DAG: #[[R:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d3, d2 * 2 + d4, d5)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5)>
// CHECK-LABEL: func @fires
// CHECK-NOT: dlk.window
// CHECK: dlk.matmul
// CHECK-SAME: gathers [#dlk.gather<[2, 4, 3, 2, 2], [3, 3, 16], #[[X]]>,
// CHECK-SAME: #dlk.gather<[2, 4, 3, 2, 2], [32], #[[R]]>, #dlk.gather<[2, 4, 3, 2, 2], [32], #[[Y]]>] combine max acc f32
// CHECK: arith.maximumf
// CHECK-NOT: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @fires(%x: tensor<2x8x6x16xf16>, %w: tensor<32x3x3x16xf16>, %r: tensor<2x8x6x32xf16>) -> tensor<2x4x3x32xf16> {
  %e = tensor.empty() : tensor<2x8x6x32xf16>
  // expected-remark-re @below {{pooling is part of the convolution: {{[0-9]+}} clocks, {{[0-9]+}} for two kernels}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x8x6x16xf16>, tensor<32x3x3x16xf16>) extras(%r : tensor<2x8x6x32xf16>)
         outs(%e : tensor<2x8x6x32xf16>) layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1]
         pad_low [1, 1] pad_high [1, 1] groups 1 maps [affine_map<(n, h, w, f) -> (n, h, w, f)>] acc f32 {
  ^bb0(%acc: f32, %b: f16):
    %zero = arith.constant 0.0 : f32
    %wide = arith.extf %b : f16 to f32
    %s = arith.addf %acc, %wide : f32
    %m = arith.maximumf %s, %zero : f32
    %t = arith.truncf %m : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x6x32xf16>
  %i = tensor.empty() : tensor<2x4x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x8x6x32xf16>) outs(%i : tensor<2x4x3x32xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x4x3x32xf16>
  return %p : tensor<2x4x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @window
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @window(%x: tensor<2x9x7x16xf16>, %w: tensor<32x3x3x16xf16>) -> tensor<2x4x3x32xf16> {
  %e = tensor.empty() : tensor<2x9x7x32xf16>
  // expected-remark @below {{pooling is not part of the convolution: windows are not 2 x 2, side by side: window [3, 3], strides [2, 2]}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x9x7x16xf16>, tensor<32x3x3x16xf16>) outs(%e : tensor<2x9x7x32xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x9x7x32xf16>
  %i = tensor.empty() : tensor<2x4x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x9x7x32xf16>) outs(%i : tensor<2x4x3x32xf16>) layouts "nhwc" "nhwc"
         window [3, 3] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x4x3x32xf16>
  return %p : tensor<2x4x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @padded
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @padded(%x: tensor<2x7x6x16xf16>, %w: tensor<32x3x3x16xf16>) -> tensor<2x4x3x32xf16> {
  %e = tensor.empty() : tensor<2x7x6x32xf16>
  // expected-remark @below {{pooling is not part of the convolution: windows are dilated or padded}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x6x16xf16>, tensor<32x3x3x16xf16>) outs(%e : tensor<2x7x6x32xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x7x6x32xf16>
  %i = tensor.empty() : tensor<2x4x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x7x6x32xf16>) outs(%i : tensor<2x4x3x32xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [1, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x4x3x32xf16>
  return %p : tensor<2x4x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @odd
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @odd(%x: tensor<2x7x6x16xf16>, %w: tensor<32x3x3x16xf16>) -> tensor<2x3x3x32xf16> {
  %e = tensor.empty() : tensor<2x7x6x32xf16>
  // expected-remark @below {{pooling is not part of the convolution: positions are not even: 7}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x6x16xf16>, tensor<32x3x3x16xf16>) outs(%e : tensor<2x7x6x32xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x7x6x32xf16>
  %i = tensor.empty() : tensor<2x3x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x7x6x32xf16>) outs(%i : tensor<2x3x3x32xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x3x3x32xf16>
  return %p : tensor<2x3x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @groups
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @groups(%x: tensor<2x8x6x16xf16>, %w: tensor<32x3x3x8xf16>) -> tensor<2x4x3x32xf16> {
  %e = tensor.empty() : tensor<2x8x6x32xf16>
  // expected-remark @+2 {{groups: }}
  // expected-remark @below {{pooling is not part of the convolution: convolutions of groups are not pooled: 2 groups}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x8x6x16xf16>, tensor<32x3x3x8xf16>) outs(%e : tensor<2x8x6x32xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 2 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x6x32xf16>
  %i = tensor.empty() : tensor<2x4x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x8x6x32xf16>) outs(%i : tensor<2x4x3x32xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x4x3x32xf16>
  return %p : tensor<2x4x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @epilogue
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @epilogue(%x: tensor<2x8x6x16xf16>, %w: tensor<32x3x3x16xf16>) -> tensor<2x4x3x32xf16> {
  %e = tensor.empty() : tensor<2x8x6x32xf16>
  // expected-remark @below {{pooling is not part of the convolution: pooling has an epilogue, or another type than the convolution}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x8x6x16xf16>, tensor<32x3x3x16xf16>) outs(%e : tensor<2x8x6x32xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x6x32xf16>
  %i = tensor.empty() : tensor<2x4x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x8x6x32xf16>) outs(%i : tensor<2x4x3x32xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %v = arith.negf %acc : f32
    %t = arith.truncf %v : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x4x3x32xf16>
  return %p : tensor<2x4x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @split
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @split(%x: tensor<2x8x6x16xf16>, %w: tensor<32x3x3x16xf16>) -> tensor<2x4x3x32xf16> {
  %e = tensor.empty() : tensor<2x8x6x32xf16>
  // expected-remark-re @below {{pooling is not part of the convolution: the pinned schedule: rows that are combined have sums that are not split: split = split_k}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x8x6x16xf16>, tensor<32x3x3x16xf16>) outs(%e : tensor<2x8x6x32xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 schedule #dlk.schedule<tile = [64, 64, 48], split = split_k 3> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x6x32xf16>
  %i = tensor.empty() : tensor<2x4x3x32xf16>
  %p = dlk.window max ins(%y : tensor<2x8x6x32xf16>) outs(%i : tensor<2x4x3x32xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x4x3x32xf16>
  return %p : tensor<2x4x3x32xf16>
}
}

// -----

// CHECK-LABEL: func @tma
// CHECK: dlk.window
module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {
func.func @tma(%x: tensor<32x56x56x512xf16>, %w: tensor<512x3x3x512xf16>) -> tensor<32x28x28x512xf16> {
  %e = tensor.empty() : tensor<32x56x56x512xf16>
  // expected-remark-re @below {{pooling is not part of the convolution: {{[0-9]+}} clocks, {{[0-9]+}} for two kernels; by TMA, rows in the order of windows: rows are not the pixels of images with channels last}}
  %y = dlk.conv fprop ins(%x, %w : tensor<32x56x56x512xf16>, tensor<512x3x3x512xf16>) outs(%e : tensor<32x56x56x512xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<32x56x56x512xf16>
  %i = tensor.empty() : tensor<32x28x28x512xf16>
  %p = dlk.window max ins(%y : tensor<32x56x56x512xf16>) outs(%i : tensor<32x28x28x512xf16>) layouts "nhwc" "nhwc"
         window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<32x28x28x512xf16>
  return %p : tensor<32x28x28x512xf16>
}
}
