// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of dlk.window.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

func.func @filter_v30(%x: tensor<2x8x8x16xf16>, %w: tensor<3x3x16xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{a filter and its layout belong to kind multiply, and to no other: max [DLK-V30]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xf16>) filter(%w : tensor<3x3x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" by "hwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @no_filter_v30(%x: tensor<2x8x8x16xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{a filter and its layout belong to kind multiply, and to no other: multiply [DLK-V30]}}
  %r = dlk.window multiply ins(%x : tensor<2x8x8x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @layout_v30(%x: tensor<2x8x8x16xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{layout of the input does not name each of its 4 dimensions: "nhgc"; supported: any order of the letters nchw [DLK-V30]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhgc" "nhwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @filter_layout_v30(%x: tensor<2x8x8x16xf16>, %w: tensor<3x3x16xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{layout of the filter does not name each of its 3 dimensions: "hwf"; supported: any order of the letters chw [DLK-V30]}}
  %r = dlk.window multiply ins(%x : tensor<2x8x8x16xf16>) filter(%w : tensor<3x3x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" by "hwf" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @rank_v31(%x: tensor<2x8x8x16xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{strides has not one entry for each of 1 to 3 spatial dimensions: 1 [DLK-V31]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [3, 3] strides [1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @stride_v31(%x: tensor<2x8x8x16xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{strides is not in 1..32767: 0 [DLK-V31]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [3, 3] strides [0, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @window_v31(%x: tensor<2x8x8x16xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{window is not in 1..32767: 0 [DLK-V31]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [0, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @extent_v32(%x: tensor<2x8x8x16xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{h of the result is 6; it follows from the others that it is 7 [DLK-V32]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [2, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @channels_v32(%x: tensor<2x8x8x8xf16>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{c of the result is 16; it follows from the others that it is 8 [DLK-V32]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x8xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @filter_v32(%x: tensor<2x8x8x16xf16>, %w: tensor<2x3x16xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{h of the filter is 2; it follows from the others that it is 3 [DLK-V32]}}
  %r = dlk.window multiply ins(%x : tensor<2x8x8x16xf16>) filter(%w : tensor<2x3x16xf16>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" by "hwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @type_v33(%x: tensor<2x8x8x16xi32>, %w: tensor<1xf16>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{unsupported element type of the input: 'i32'; supported: f16, bf16, f32, and i8 without a filter [DLK-V33]}}
  %r = dlk.window max ins(%x : tensor<2x8x8x16xi32>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}

// -----

func.func @filter_type_v33(%x: tensor<2x8x8x16xf16>, %w: tensor<3x3x16xf32>, %y: tensor<2x6x6x16xf16>) -> tensor<2x6x6x16xf16> {
  // expected-error@+1 {{filter has another element type than the input: 'tensor<3x3x16xf32>' and 'f16' [DLK-V33]}}
  %r = dlk.window multiply ins(%x : tensor<2x8x8x16xf16>) filter(%w : tensor<3x3x16xf32>) outs(%y : tensor<2x6x6x16xf16>) layouts "nhwc" "nhwc" by "hwc" window [3, 3] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x6x6x16xf16>
  return %r : tensor<2x6x6x16xf16>
}
