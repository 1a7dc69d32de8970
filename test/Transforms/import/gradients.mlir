// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of convolutions in the forms that linalg has for them.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(func.func(dlk-import))' | FileCheck %s

#x = affine_map<(f, r, s, c, n, p, q) -> (n, 2 * p + r, 2 * q + s, c)>
#dy = affine_map<(f, r, s, c, n, p, q) -> (n, p, q, f)>
#dw = affine_map<(f, r, s, c, n, p, q) -> (f, r, s, c)>

// Positions are reduced, and their coefficients are the strides. A row and a column
// of padding that stride 2 never meets are there all the same.
// CHECK-LABEL: func.func @filter
// CHECK: dlk.conv wgrad ins(%arg0, %arg1 : {{.*}}) {{.*}} layouts "nhwc" "fhwc" "nhwf" strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1
// CHECK-NOT: tensor.pad
func.func @filter(%x: tensor<2x8x8x16xf16>, %dy: tensor<2x4x4x24xf16>) -> tensor<24x3x3x16xf32> {
  %z = arith.constant 0.0 : f16
  %zf = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z : f16
  } : tensor<2x8x8x16xf16> to tensor<2x10x10x16xf16>
  %e = tensor.empty() : tensor<24x3x3x16xf32>
  %i = linalg.fill ins(%zf : f32) outs(%e : tensor<24x3x3x16xf32>) -> tensor<24x3x3x16xf32>
  %r = linalg.generic {indexing_maps = [#x, #dy, #dw],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%p, %dy : tensor<2x10x10x16xf16>, tensor<2x4x4x24xf16>) outs(%i : tensor<24x3x3x16xf32>) {
  ^bb0(%a: f16, %b: f16, %s: f32):
    %aw = arith.extf %a : f16 to f32
    %bw = arith.extf %b : f16 to f32
    %m = arith.mulf %aw, %bw : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<24x3x3x16xf32>
  return %r : tensor<24x3x3x16xf32>
}

// Channels first: there are more positions than taps. The operands stand the other
// way round, and the input has a row more than is met.
// CHECK-LABEL: func.func @channels_first
// CHECK: dlk.conv wgrad ins(%arg1, %arg0 : {{.*}}) {{.*}} layouts "ncw" "fcw" "nfw" strides [1] dilations [2] pad_low [0] pad_high [-1]
func.func @channels_first(%dy: tensor<2x24x9xf16>, %x: tensor<2x16x14xf16>, %c: tensor<24x16x3xf32>) -> tensor<24x16x3xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, f, r, p) -> (n, f, p)>, affine_map<(n, c, f, r, p) -> (n, c, p + 2 * r)>,
                                        affine_map<(n, c, f, r, p) -> (f, c, r)>],
                       iterator_types = ["reduction", "parallel", "parallel", "parallel", "reduction"]}
      ins(%dy, %x : tensor<2x24x9xf16>, tensor<2x16x14xf16>) outs(%c : tensor<24x16x3xf32>) {
  ^bb0(%a: f16, %b: f16, %s: f32):
    %aw = arith.extf %a : f16 to f32
    %bw = arith.extf %b : f16 to f32
    %m = arith.mulf %aw, %bw : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<24x16x3xf32>
  return %r : tensor<24x16x3xf32>
}

// A convolution of channels first with more taps than positions would be a gradient
// as well; one with fewer is none.
// CHECK-LABEL: func.func @forward
// CHECK: dlk.conv fprop {{.*}} layouts "ncw" "fcw" "nfw"
func.func @forward(%x: tensor<2x16x14xf16>, %w: tensor<24x16x3xf16>, %c: tensor<2x24x12xf32>) -> tensor<2x24x12xf32> {
  %r = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<2x16x14xf16>, tensor<24x16x3xf16>) outs(%c : tensor<2x24x12xf32>) -> tensor<2x24x12xf32>
  return %r : tensor<2x24x12xf32>
}

// Each channel on its own: no loop over channels of a group.
// CHECK-LABEL: func.func @depthwise_filter
// CHECK: dlk.conv wgrad {{.*}} layouts "nwc" "wf" "nwf" strides [1] dilations [1] {{.*}} groups 16
func.func @depthwise_filter(%x: tensor<2x14x16xf16>, %dy: tensor<2x12x16xf16>, %c: tensor<3x16xf32>) -> tensor<3x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(r, c, n, p) -> (n, p + r, c)>, affine_map<(r, c, n, p) -> (n, p, c)>,
                                        affine_map<(r, c, n, p) -> (r, c)>],
                       iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %dy : tensor<2x14x16xf16>, tensor<2x12x16xf16>) outs(%c : tensor<3x16xf32>) {
  ^bb0(%a: f16, %b: f16, %s: f32):
    %aw = arith.extf %a : f16 to f32
    %bw = arith.extf %b : f16 to f32
    %m = arith.mulf %aw, %bw : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<3x16xf32>
  return %r : tensor<3x16xf32>
}

// Taps backwards: dx(h) = sum over r of dy(h - r + pad) * w(r).
// CHECK-LABEL: func.func @input
// CHECK: dlk.conv dgrad ins(%arg0, %arg1 : {{.*}}) {{.*}} layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [1] pad_high [1]
func.func @input(%dy: tensor<2x14x24xf16>, %w: tensor<24x3x16xf16>, %c: tensor<2x14x16xf32>) -> tensor<2x14x16xf32> {
  %z = arith.constant 0.0 : f16
  %p = tensor.pad %dy low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : f16
  } : tensor<2x14x24xf16> to tensor<2x16x24xf16>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, c, f, r) -> (n, h - r + 2, f)>, affine_map<(n, h, c, f, r) -> (f, r, c)>,
                                        affine_map<(n, h, c, f, r) -> (n, h, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%p, %w : tensor<2x16x24xf16>, tensor<24x3x16xf16>) outs(%c : tensor<2x14x16xf32>) {
  ^bb0(%a: f16, %b: f16, %s: f32):
    %aw = arith.extf %a : f16 to f32
    %bw = arith.extf %b : f16 to f32
    %m = arith.mulf %aw, %bw : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<2x14x16xf32>
  return %r : tensor<2x14x16xf32>
}

// Transposed convolution of stride 2 and padding 1: zeros between, the filter
// reversed and its channels exchanged.
// CHECK-LABEL: func.func @transposed
// CHECK: dlk.conv dgrad ins(%arg0, %arg1 : {{.*}}) {{.*}} layouts "nchw" "fchw" "nfhw" strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1]
// CHECK-NOT: tensor.insert_slice
func.func @transposed(%dy: tensor<2x24x5x5xf16>, %w: tensor<24x16x4x4xf16>, %c: tensor<2x16x10x10xf32>) -> tensor<2x16x10x10xf32> {
  %z = arith.constant 0.0 : f16
  %c3 = arith.constant 3 : index
  %ez = tensor.empty() : tensor<2x24x13x13xf16>
  %fz = linalg.fill ins(%z : f16) outs(%ez : tensor<2x24x13x13xf16>) -> tensor<2x24x13x13xf16>
  %in = tensor.insert_slice %dy into %fz[0, 0, 2, 2] [2, 24, 5, 5] [1, 1, 2, 2] : tensor<2x24x5x5xf16> into tensor<2x24x13x13xf16>
  %ve = tensor.empty() : tensor<16x24x4x4xf16>
  %v = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%ve : tensor<16x24x4x4xf16>) {
  ^bb0(%o: f16):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %j2 = arith.subi %c3, %i2 : index
    %j3 = arith.subi %c3, %i3 : index
    %t = tensor.extract %w[%i1, %i0, %j2, %j3] : tensor<24x16x4x4xf16>
    linalg.yield %t : f16
  } -> tensor<16x24x4x4xf16>
  %r = linalg.conv_2d_nchw_fchw ins(%in, %v : tensor<2x24x13x13xf16>, tensor<16x24x4x4xf16>) outs(%c : tensor<2x16x10x10xf32>) -> tensor<2x16x10x10xf32>
  return %r : tensor<2x16x10x10xf32>
}

// The zeros before the first element may come from a tensor.pad; a filter of one tap
// needs no reversal.
// CHECK-LABEL: func.func @one_tap
// CHECK: dlk.conv dgrad ins(%arg0, %arg1 : {{.*}}) {{.*}} layouts "nwc" "wfc" "nwf" strides [3] dilations [1] pad_low [-1] pad_high [0]
func.func @one_tap(%dy: tensor<2x5x24xf16>, %w: tensor<1x24x16xf16>, %c: tensor<2x14x16xf32>) -> tensor<2x14x16xf32> {
  %z = arith.constant 0.0 : f16
  %zeros = arith.constant dense<0.0> : tensor<2x13x24xf16>
  %in = tensor.insert_slice %dy into %zeros[0, 0, 0] [2, 5, 24] [1, 3, 1] : tensor<2x5x24xf16> into tensor<2x13x24xf16>
  %p = tensor.pad %in low[0, 1, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : f16
  } : tensor<2x13x24xf16> to tensor<2x14x24xf16>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<2x14x24xf16>, tensor<1x24x16xf16>) outs(%c : tensor<2x14x16xf32>) -> tensor<2x14x16xf32>
  return %r : tensor<2x14x16xf32>
}

// Other values between are no gradient, nor is a reversed filter with a stride.
// CHECK-LABEL: func.func @ones_between
// CHECK: tensor.insert_slice
// CHECK: dlk.conv fprop
func.func @ones_between(%dy: tensor<2x5x24xf16>, %w: tensor<1x24x16xf16>, %c: tensor<2x13x16xf32>) -> tensor<2x13x16xf32> {
  %ones = arith.constant dense<1.0> : tensor<2x13x24xf16>
  %in = tensor.insert_slice %dy into %ones[0, 0, 0] [2, 5, 24] [1, 3, 1] : tensor<2x5x24xf16> into tensor<2x13x24xf16>
  %r = linalg.conv_1d_nwc_wcf ins(%in, %w : tensor<2x13x24xf16>, tensor<1x24x16xf16>) outs(%c : tensor<2x13x16xf32>) -> tensor<2x13x16xf32>
  return %r : tensor<2x13x16xf32>
}

// CHECK-LABEL: func.func @strided
// CHECK: linalg.generic
// CHECK: dlk.conv fprop {{.*}} strides [2]
func.func @strided(%x: tensor<2x9x24xf16>, %w: tensor<3x24x16xf16>, %c: tensor<2x4x16xf32>) -> tensor<2x4x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, c, f, r) -> (n, 2 * h - r + 2, f)>, affine_map<(n, h, c, f, r) -> (r, f, c)>,
                                        affine_map<(n, h, c, f, r) -> (n, h, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<2x9x24xf16>, tensor<3x24x16xf16>) outs(%c : tensor<2x4x16xf32>) {
  ^bb0(%a: f16, %b: f16, %s: f32):
    %aw = arith.extf %a : f16 to f32
    %bw = arith.extf %b : f16 to f32
    %m = arith.mulf %aw, %bw : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<2x4x16xf32>
  return %r : tensor<2x4x16xf32>
}
