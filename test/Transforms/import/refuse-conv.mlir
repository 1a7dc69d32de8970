// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions that dlk.conv does not have.
// RUN: dlk-opt %s --dlk-import --split-input-file --verify-diagnostics

func.func @two_images(%x: tensor<2x3x9x8xf16>, %w: tensor<3x8x16xf16>, %y: tensor<2x3x7x16xf32>) -> tensor<2x3x7x16xf32> {
  // expected-error@+1 {{convolution with 2 loops over images, 1 over input channels, 1 over output channels, 0 over groups, 1 over positions and 1 over taps; supported: 1, 1, 1, at most 1, and 1 to 3 of each [DLK-P11]}}
  %r = linalg.generic {indexing_maps = [affine_map<(n, m, p, f, r, c) -> (n, m, p + r, c)>, affine_map<(n, m, p, f, r, c) -> (r, c, f)>,
                                        affine_map<(n, m, p, f, r, c) -> (n, m, p, f)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<2x3x9x8xf16>, tensor<3x8x16xf16>) outs(%y : tensor<2x3x7x16xf32>) {
  ^bb0(%a: f16, %b: f16, %s: f32):
    %aw = arith.extf %a : f16 to f32
    %bw = arith.extf %b : f16 to f32
    %p = arith.mulf %aw, %bw : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<2x3x7x16xf32>
  return %r : tensor<2x3x7x16xf32>
}

// -----

func.func @zero_point(%x: tensor<2x9x9x8xi8>, %w: tensor<3x3x8x16xi8>, %y: tensor<2x7x7x16xi32>) -> tensor<2x7x7x16xi32> {
  %z = arith.constant 0 : i32
  %seven = arith.constant 7 : i32
  // expected-error@+1 {{zero point of a quantized operation is not the constant 0: 7; supported: 0 for both inputs [DLK-P125]}}
  %r = linalg.conv_2d_nhwc_hwcf_q ins(%x, %w, %seven, %z : tensor<2x9x9x8xi8>, tensor<3x3x8x16xi8>, i32, i32) outs(%y : tensor<2x7x7x16xi32>) -> tensor<2x7x7x16xi32>
  return %r : tensor<2x7x7x16xi32>
}

// -----

func.func @types(%x: tensor<2x9x8xi16>, %w: tensor<3x8x16xi16>, %y: tensor<2x7x16xi32>) -> tensor<2x7x16xi32> {
  // expected-error@+1 {{unsupported element types of a contraction: 'i16' x 'i16' -> 'i32'}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<2x9x8xi16>, tensor<3x8x16xi16>) outs(%y : tensor<2x7x16xi32>) -> tensor<2x7x16xi32>
  return %r : tensor<2x7x16xi32>
}

// -----

func.func @stride(%x: tensor<2x40001x8xf16>, %w: tensor<1x8x16xf16>, %y: tensor<2x2x16xf32>) -> tensor<2x2x16xf32> {
  // expected-error@+1 {{convolution is not in the form of dlk.conv: strides is not in 1..32767: 40000 [DLK-V21] [DLK-P12]}}
  %r = linalg.conv_1d_nwc_wcf {strides = dense<40000> : tensor<1xi64>, dilations = dense<1> : tensor<1xi64>}
         ins(%x, %w : tensor<2x40001x8xf16>, tensor<1x8x16xf16>) outs(%y : tensor<2x2x16xf32>) -> tensor<2x2x16xf32>
  return %r : tensor<2x2x16xf32>
}

// -----

func.func @window_types(%x: tensor<2x9x8xf64>, %y: tensor<2x7x8xf64>) -> tensor<2x7x8xf64> {
  %w = tensor.empty() : tensor<3xf64>
  // expected-error@+1 {{unsupported element types of a reduction over windows: 'f64' -> 'f64'; supported: f16, bf16 and f32 into the same or f32, maxima and minima of i8 into i8 or i32, sums of at most 131071 i8 into i32 [DLK-P13]}}
  %r = linalg.generic {indexing_maps = [affine_map<(n, p, c, r) -> (n, p + r, c)>, affine_map<(n, p, c, r) -> (r)>, affine_map<(n, p, c, r) -> (n, p, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
         ins(%x, %w : tensor<2x9x8xf64>, tensor<3xf64>) outs(%y : tensor<2x7x8xf64>) {
  ^bb0(%a: f64, %b: f64, %acc: f64):
    %s = arith.addf %acc, %a : f64
    linalg.yield %s : f64
  } -> tensor<2x7x8xf64>
  return %r : tensor<2x7x8xf64>
}

// -----

// Sums of more elements are not exact in f32.
func.func @many_integers(%x: tensor<1x400x400x8xi8>, %y: tensor<1x1x1x8xi32>) -> tensor<1x1x1x8xi32> {
  %w = tensor.empty() : tensor<400x400xi8>
  // expected-error@+1 {{unsupported element types of a reduction over windows: 'i8' -> 'i32'; supported: f16}}
  %r = linalg.pooling_nhwc_sum ins(%x, %w : tensor<1x400x400x8xi8>, tensor<400x400xi8>) outs(%y : tensor<1x1x1x8xi32>) -> tensor<1x1x1x8xi32>
  return %r : tensor<1x1x1x8xi32>
}
