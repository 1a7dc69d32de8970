// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of dlk.conv.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

func.func @layout_letters(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{layout of the input does not name each of its 4 dimensions: "nhxc"; supported: any order of the letters nchw, and g [DLK-V20]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhxc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @layout_rank(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{layout of the output does not name each of its 4 dimensions: "nhwgf"}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwgf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @dilations_count(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{dilations has not one entry for each of 2 spatial dimensions: 1 [DLK-V21]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @stride_zero(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{strides is not in 1..32767: 0 [DLK-V21]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [0, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @dilation_zero(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{dilations is not in 1..32767: 0 [DLK-V21]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 0] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @padding_large(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{pad_low is not in -32768..32767: 40000 [DLK-V21]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [40000, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @spatial_rank(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{strides has not 1 to 3 entries: 4 [DLK-V21]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1, 1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @groups_zero(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{groups is not positive: 0 [DLK-V22]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 0 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @groups_uneven(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{groups is 3, but c of the input is 64 [DLK-V22]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 3 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @channels(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x32xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{c of a group of the input is 64, but of the filter 32 [DLK-V23]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x32xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @images(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<7x56x56x128xf16>) -> tensor<7x56x56x128xf16> {
  // expected-error @+1 {{n of the input is 8, but of the output 7 [DLK-V23]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<7x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<7x56x56x128xf16>
  return %r : tensor<7x56x56x128xf16>
}

// -----

func.func @features(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x64xf16>) -> tensor<8x56x56x64xf16> {
  // expected-error @+1 {{f of a group of the filter is 128, but of the output 64 [DLK-V23]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x64xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x64xf16>
  return %r : tensor<8x56x56x64xf16>
}

// -----

func.func @extent(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x55x128xf16>) -> tensor<8x56x55x128xf16> {
  // expected-error @+1 {{w of the output is 55; it follows from input 56, filter 3, stride 1, dilation 1 and padding 1, 1 that it is 56 [DLK-V24]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x55x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x55x128xf16>
  return %r : tensor<8x56x55x128xf16>
}

// -----

func.func @window(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{that it is 0 [DLK-V24]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [-40, 1] pad_high [-40, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @many(%x: tensor<1000000x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<1000000x56x56x128xf16>) -> tensor<1000000x56x56x128xf16> {
  // expected-error @+1 {{too many input positions: 3136000000; at most 2147483647 [DLK-V26]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<1000000x56x56x64xf16>, tensor<128x3x3x64xf16>) outs(%y : tensor<1000000x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<1000000x56x56x128xf16>
  return %r : tensor<1000000x56x56x128xf16>
}

// -----

func.func @extra_count(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>, %e: tensor<128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{expected one map for each extra: 0 maps for 1 extras [DLK-V25]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>)
    extras(%e : tensor<128xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32, %b: f16):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @extra_rank(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>, %e: tensor<128xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{map of extra 0 does not give each of its 1 dimensions one of the result's: affine_map<(d0, d1, d2, d3) -> (d0, d3)> [DLK-V25]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>)
    extras(%e : tensor<128xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 maps [affine_map<(n, h, w, f) -> (n, f)>] acc f32 {
  ^bb0(%acc: f32, %b: f16):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}

// -----

func.func @extra_extent(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %y: tensor<8x56x56x128xf16>, %e: tensor<64xf16>) -> tensor<8x56x56x128xf16> {
  // expected-error @+1 {{extra 0 has other extents than the result under its map affine_map<(d0, d1, d2, d3) -> (d3)>: 'tensor<64xf16>' and 'tensor<8x56x56x128xf16>' [DLK-V25]}}
  %r = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>)
    extras(%e : tensor<64xf16>) outs(%y : tensor<8x56x56x128xf16>)
    layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 maps [affine_map<(n, h, w, f) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %b: f16):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %r : tensor<8x56x56x128xf16>
}
