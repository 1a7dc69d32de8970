// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions of linalg become dlk.conv, whatever their rank and layout.
// RUN: dlk-opt %s --dlk-import --split-input-file | FileCheck %s

// CHECK-LABEL: func @nhwc_hwcf
// CHECK: %[[E:.*]] = tensor.empty()
// CHECK: dlk.conv fprop ins(%arg0, %arg1 : tensor<2x9x9x8xf16>, tensor<3x3x8x16xf16>) outs(%[[E]] : tensor<2x4x7x16xf32>)
// CHECK-SAME: layouts "nhwc" "hwcf" "nhwf" strides [2, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] groups 1 acc f32 {
// CHECK-NEXT: ^bb0(%acc: f32):
// CHECK-NEXT: dlk.yield %acc
func.func @nhwc_hwcf(%x: tensor<2x9x9x8xf16>, %w: tensor<3x3x8x16xf16>) -> tensor<2x4x7x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x7x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x7x16xf32>) -> tensor<2x4x7x16xf32>
  %y = linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 1]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%x, %w : tensor<2x9x9x8xf16>, tensor<3x3x8x16xf16>) outs(%z : tensor<2x4x7x16xf32>) -> tensor<2x4x7x16xf32>
  return %y : tensor<2x4x7x16xf32>
}

// -----

// An init that is not zero is added; the attributes of the user stay.
// CHECK-LABEL: func @nhwc_fhwc
// CHECK: dlk.conv fprop ins(%arg0, %arg1 : {{.*}}) extras(%arg2 : tensor<2x7x5x16xf32>) outs(%arg2
// CHECK-SAME: layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 2]
// CHECK-SAME: maps [#{{.*}}] acc f32 schedule #dlk.schedule<engine = mma_sync, tile = [64, 64, 32]
// CHECK-SAME: attributes {mine}
// CHECK: arith.addf %acc, %{{.*}}
func.func @nhwc_fhwc(%x: tensor<2x9x9x8xf16>, %w: tensor<16x3x3x8xf16>, %y: tensor<2x7x5x16xf32>) -> tensor<2x7x5x16xf32> {
  %r = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<[1, 2]> : tensor<2xi64>,
           dlk.schedule = #dlk.schedule<tile = [64, 64, 32]>, mine}
         ins(%x, %w : tensor<2x9x9x8xf16>, tensor<16x3x3x8xf16>) outs(%y : tensor<2x7x5x16xf32>) -> tensor<2x7x5x16xf32>
  return %r : tensor<2x7x5x16xf32>
}

// -----

// Zeros around the input are padding.
// CHECK-LABEL: func @padded
// CHECK-NOT: tensor.pad
// CHECK: dlk.conv fprop ins(%arg0, %arg1 : tensor<2x8x7x7xf16>, tensor<16x8x3x3xf16>)
// CHECK-SAME: layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [1, 0] pad_high [2, 3]
func.func @padded(%x: tensor<2x8x7x7xf16>, %w: tensor<16x8x3x3xf16>, %y: tensor<2x16x8x8xf32>) -> tensor<2x16x8x8xf32> {
  %zero = arith.constant 0.0 : f16
  %p = tensor.pad %x low[0, 0, 1, 0] high[0, 0, 2, 3] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f16
  } : tensor<2x8x7x7xf16> to tensor<2x8x10x10xf16>
  %r = linalg.conv_2d_nchw_fchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%p, %w : tensor<2x8x10x10xf16>, tensor<16x8x3x3xf16>) outs(%y : tensor<2x16x8x8xf32>) -> tensor<2x16x8x8xf32>
  return %r : tensor<2x16x8x8xf32>
}

// -----

// Other padding stays an operation of its own.
// CHECK-LABEL: func @padded_ones
// CHECK: %[[P:.*]] = tensor.pad
// CHECK: dlk.conv fprop ins(%[[P]],
// CHECK-SAME: pad_low [0] pad_high [0]
func.func @padded_ones(%x: tensor<2x7x8xf16>, %w: tensor<3x8x16xf16>, %y: tensor<2x7x16xf32>) -> tensor<2x7x16xf32> {
  %one = arith.constant 1.0 : f16
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %one : f16
  } : tensor<2x7x8xf16> to tensor<2x9x8xf16>
  %r = linalg.conv_1d_nwc_wcf {strides = dense<1> : tensor<1xi64>, dilations = dense<1> : tensor<1xi64>}
         ins(%p, %w : tensor<2x9x8xf16>, tensor<3x8x16xf16>) outs(%y : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  return %r : tensor<2x7x16xf32>
}

// -----

// CHECK-LABEL: func @ncw_fcw
// CHECK: layouts "ncw" "fcw" "nfw" strides [3] dilations [2]
func.func @ncw_fcw(%x: tensor<2x8x17xbf16>, %w: tensor<16x8x3xbf16>, %y: tensor<2x16x5xf32>) -> tensor<2x16x5xf32> {
  %r = linalg.conv_1d_ncw_fcw {strides = dense<3> : tensor<1xi64>, dilations = dense<2> : tensor<1xi64>}
         ins(%x, %w : tensor<2x8x17xbf16>, tensor<16x8x3xbf16>) outs(%y : tensor<2x16x5xf32>) -> tensor<2x16x5xf32>
  return %r : tensor<2x16x5xf32>
}

// -----

// CHECK-LABEL: func @rank3
// CHECK: layouts "ndhwc" "dhwcf" "ndhwf" strides [1, 2, 3]
// CHECK: layouts "ncdhw" "fcdhw" "nfdhw" strides [1, 1, 1]
func.func @rank3(%x: tensor<1x4x5x7x8xf16>, %w: tensor<2x3x1x8x16xf16>, %y: tensor<1x3x2x3x16xf32>,
                 %u: tensor<1x8x4x5x7xf16>, %v: tensor<16x8x2x3x1xf16>, %z: tensor<1x16x3x3x7xf32>)
    -> (tensor<1x3x2x3x16xf32>, tensor<1x16x3x3x7xf32>) {
  %r = linalg.conv_3d_ndhwc_dhwcf {strides = dense<[1, 2, 3]> : tensor<3xi64>, dilations = dense<1> : tensor<3xi64>}
         ins(%x, %w : tensor<1x4x5x7x8xf16>, tensor<2x3x1x8x16xf16>) outs(%y : tensor<1x3x2x3x16xf32>) -> tensor<1x3x2x3x16xf32>
  %s = linalg.conv_3d_ncdhw_fcdhw {strides = dense<1> : tensor<3xi64>, dilations = dense<1> : tensor<3xi64>}
         ins(%u, %v : tensor<1x8x4x5x7xf16>, tensor<16x8x2x3x1xf16>) outs(%z : tensor<1x16x3x3x7xf32>) -> tensor<1x16x3x3x7xf32>
  return %r, %s : tensor<1x3x2x3x16xf32>, tensor<1x16x3x3x7xf32>
}

// -----

// CHECK-LABEL: func @grouped
// CHECK: layouts "ngchw" "gfchw" "ngfhw" {{.*}} groups 3
// CHECK: layouts "ngchw" "fgchw" "ngfhw" {{.*}} groups 3
// CHECK: layouts "nhwgc" "gfhwc" "nhwgf" {{.*}} groups 3
func.func @grouped(%x: tensor<2x3x8x5x5xf16>, %w: tensor<3x16x8x3x3xf16>, %v: tensor<16x3x8x3x3xf16>, %y: tensor<2x3x16x3x3xf32>,
                   %x2: tensor<2x5x5x3x8xf16>, %w2: tensor<3x16x3x3x8xf16>, %y2: tensor<2x3x3x3x16xf32>)
    -> (tensor<2x3x16x3x3xf32>, tensor<2x3x16x3x3xf32>, tensor<2x3x3x3x16xf32>) {
  %r = linalg.conv_2d_ngchw_gfchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%x, %w : tensor<2x3x8x5x5xf16>, tensor<3x16x8x3x3xf16>) outs(%y : tensor<2x3x16x3x3xf32>) -> tensor<2x3x16x3x3xf32>
  %s = linalg.conv_2d_ngchw_fgchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%x, %v : tensor<2x3x8x5x5xf16>, tensor<16x3x8x3x3xf16>) outs(%y : tensor<2x3x16x3x3xf32>) -> tensor<2x3x16x3x3xf32>
  %t = linalg.conv_2d_nhwgc_gfhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%x2, %w2 : tensor<2x5x5x3x8xf16>, tensor<3x16x3x3x8xf16>) outs(%y2 : tensor<2x3x3x3x16xf32>) -> tensor<2x3x3x3x16xf32>
  return %r, %s, %t : tensor<2x3x16x3x3xf32>, tensor<2x3x16x3x3xf32>, tensor<2x3x3x3x16xf32>
}

// -----

// By its form, not its name: the window's factors are strides and dilations.
// CHECK-LABEL: func @generic
// CHECK: layouts "wnc" "fwc" "wfn" strides [2] dilations [3]
func.func @generic(%x: tensor<13x2x8xf16>, %w: tensor<16x3x8xf16>, %y: tensor<4x16x2xf32>) -> tensor<4x16x2xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(p, n, f, r, c) -> (2 * p + 3 * r, n, c)>,
                                        affine_map<(p, n, f, r, c) -> (f, r, c)>,
                                        affine_map<(p, n, f, r, c) -> (p, f, n)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
         ins(%x, %w : tensor<13x2x8xf16>, tensor<16x3x8xf16>) outs(%y : tensor<4x16x2xf32>) {
  ^bb0(%a: f16, %b: f16, %acc: f32):
    %u = arith.extf %a : f16 to f32
    %v = arith.extf %b : f16 to f32
    %m = arith.mulf %u, %v : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<4x16x2xf32>
  return %r : tensor<4x16x2xf32>
}

// -----

// Padding in front of an expansion into groups, as PyTorch's convolutions with groups have it.
// CHECK-LABEL: func @padded_groups
// CHECK-SAME: (%[[X:.*]]: tensor<2x12x5x6xf16>
// CHECK: %[[E:.*]] = tensor.expand_shape %[[X]] {{\[}}[0], [1, 2], [3], [4]] output_shape [2, 3, 4, 5, 6]
// CHECK: dlk.conv fprop ins(%[[E]], %{{.*}} layouts "ngchw" "gfchw" "ngfhw" {{.*}} pad_low [1, 0] pad_high [1, 2] groups 3
// CHECK-NOT: tensor.pad
func.func @padded_groups(%x: tensor<2x12x5x6xf16>, %w: tensor<3x8x4x3x3xf16>, %y: tensor<2x3x8x5x6xf32>) -> tensor<2x3x8x5x6xf32> {
  %zero = arith.constant 0.0 : f16
  %p = tensor.pad %x low[0, 0, 1, 0] high[0, 0, 1, 2] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f16
  } : tensor<2x12x5x6xf16> to tensor<2x12x7x8xf16>
  %e = tensor.expand_shape %p [[0], [1, 2], [3], [4]] output_shape [2, 3, 4, 7, 8] : tensor<2x12x7x8xf16> into tensor<2x3x4x7x8xf16>
  %r = linalg.conv_2d_ngchw_gfchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%e, %w : tensor<2x3x4x7x8xf16>, tensor<3x8x4x3x3xf16>) outs(%y : tensor<2x3x8x5x6xf32>) -> tensor<2x3x8x5x6xf32>
  return %r : tensor<2x3x8x5x6xf32>
}

// -----

// Padded channels are no padding of the convolution.
// CHECK-LABEL: func @padded_channels
// CHECK: tensor.pad
// CHECK: dlk.conv fprop {{.*}} pad_low [0, 0] pad_high [0, 0] groups 3
func.func @padded_channels(%x: tensor<2x10x5x6xf16>, %w: tensor<3x8x4x3x3xf16>, %y: tensor<2x3x8x3x4xf32>) -> tensor<2x3x8x3x4xf32> {
  %zero = arith.constant 0.0 : f16
  %p = tensor.pad %x low[0, 1, 0, 0] high[0, 1, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f16
  } : tensor<2x10x5x6xf16> to tensor<2x12x5x6xf16>
  %e = tensor.expand_shape %p [[0], [1, 2], [3], [4]] output_shape [2, 3, 4, 5, 6] : tensor<2x12x5x6xf16> into tensor<2x3x4x5x6xf16>
  %r = linalg.conv_2d_ngchw_gfchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%e, %w : tensor<2x3x4x5x6xf16>, tensor<3x8x4x3x3xf16>) outs(%y : tensor<2x3x8x3x4xf32>) -> tensor<2x3x8x3x4xf32>
  return %r : tensor<2x3x8x3x4xf32>
}
