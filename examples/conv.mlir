// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A block of a residual network: convolution with padding, folded batch norm, residual, relu.
func.func @block(%x: tensor<8x28x28x128xf16>, %w: tensor<128x3x3x128xf16>, %scale: tensor<128xf32>,
                 %shift: tensor<128xf32>) -> tensor<8x28x28x128xf16> {
  %zero = arith.constant 0.0 : f32
  %zero16 = arith.constant 0.0 : f16
  %padded = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero16 : f16
  } : tensor<8x28x28x128xf16> to tensor<8x30x30x128xf16>
  %empty = tensor.empty() : tensor<8x28x28x128xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x28x28x128xf32>) -> tensor<8x28x28x128xf32>
  %sums = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
            ins(%padded, %w : tensor<8x30x30x128xf16>, tensor<128x3x3x128xf16>)
            outs(%init : tensor<8x28x28x128xf32>) -> tensor<8x28x28x128xf32>
  %out = tensor.empty() : tensor<8x28x28x128xf16>
  %result = linalg.generic {
      indexing_maps = [affine_map<(n, h, w, f) -> (n, h, w, f)>, affine_map<(n, h, w, f) -> (f)>,
                       affine_map<(n, h, w, f) -> (f)>, affine_map<(n, h, w, f) -> (n, h, w, f)>,
                       affine_map<(n, h, w, f) -> (n, h, w, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%sums, %scale, %shift, %x : tensor<8x28x28x128xf32>, tensor<128xf32>, tensor<128xf32>,
          tensor<8x28x28x128xf16>)
      outs(%out : tensor<8x28x28x128xf16>) {
  ^bb0(%a: f32, %s: f32, %t: f32, %r: f16, %unused: f16):
    %m = arith.mulf %a, %s : f32
    %n = arith.addf %m, %t : f32
    %e = arith.extf %r : f16 to f32
    %u = arith.addf %n, %e : f32
    %v = arith.maximumf %u, %zero : f32
    %h = arith.truncf %v : f32 to f16
    linalg.yield %h : f16
  } -> tensor<8x28x28x128xf16>
  return %result : tensor<8x28x28x128xf16>
}
