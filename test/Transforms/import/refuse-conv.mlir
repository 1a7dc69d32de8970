// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions that dlk.conv does not have.
// RUN: dlk-opt %s --dlk-import --split-input-file --verify-diagnostics

func.func @no_channels(%x: tensor<9x9xf16>, %w: tensor<3x3xf16>, %y: tensor<7x7xf32>) -> tensor<7x7xf32> {
  // expected-error@+1 {{convolution with 0 loops over images, 0 over input channels, 0 over output channels, 0 over groups, 2 over positions and 2 over taps; supported: 1, 1, 1, at most 1, and 1 to 3 of each [DLK-P11]}}
  %r = linalg.conv_2d ins(%x, %w : tensor<9x9xf16>, tensor<3x3xf16>) outs(%y : tensor<7x7xf32>) -> tensor<7x7xf32>
  return %r : tensor<7x7xf32>
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
  // expected-error@+1 {{unsupported element types of a reduction over windows: 'f64' -> 'f64'; supported: f16, bf16 and f32 into the same or f32 [DLK-P13]}}
  %r = linalg.generic {indexing_maps = [affine_map<(n, p, c, r) -> (n, p + r, c)>, affine_map<(n, p, c, r) -> (r)>, affine_map<(n, p, c, r) -> (n, p, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
         ins(%x, %w : tensor<2x9x8xf64>, tensor<3xf64>) outs(%y : tensor<2x7x8xf64>) {
  ^bb0(%a: f64, %b: f64, %acc: f64):
    %s = arith.addf %acc, %a : f64
    linalg.yield %s : f64
  } -> tensor<2x7x8xf64>
  return %r : tensor<2x7x8xf64>
}
