// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What linalg writes in another form: no channels, zero points of 0, depthwise
// convolutions of integers.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(func.func(dlk-import))' | FileCheck %s

// One image of one channel; the padding stays padding, the fill a destination.
// CHECK-LABEL: func.func @no_channels
// CHECK-DAG: %[[X:.+]] = tensor.expand_shape %arg0 {{\[\[0, 1\], \[2, 3\]\]}} {{.*}} into tensor<1x9x12x1xf16>
// CHECK-DAG: %[[W:.+]] = tensor.expand_shape %arg1 {{.*}} into tensor<1x3x5x1xf16>
// CHECK: dlk.conv fprop ins(%[[X]], %[[W]] : {{.*}} layouts "nhwc" "fhwc" "nhwf" {{.*}} pad_low [1, 0] pad_high [1, 0]
// CHECK: tensor.collapse_shape {{.*}} into tensor<9x8xf32>
func.func @no_channels(%x: tensor<9x12xf16>, %w: tensor<3x5xf16>) -> tensor<9x8xf32> {
  %z = arith.constant 0.0 : f16
  %zf = arith.constant 0.0 : f32
  %p = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f16
  } : tensor<9x12xf16> to tensor<11x12xf16>
  %e = tensor.empty() : tensor<9x8xf32>
  %i = linalg.fill ins(%zf : f32) outs(%e : tensor<9x8xf32>) -> tensor<9x8xf32>
  %r = linalg.conv_2d ins(%p, %w : tensor<11x12xf16>, tensor<3x5xf16>) outs(%i : tensor<9x8xf32>) -> tensor<9x8xf32>
  return %r : tensor<9x8xf32>
}

// CHECK-LABEL: func.func @one_dimension
// CHECK: %[[INIT:.+]] = tensor.expand_shape %arg2 {{\[\[0, 1, 2\]\]}} {{.*}} into tensor<1x14x1xf32>
// CHECK: dlk.conv fprop {{.*}} extras(%[[INIT]]
func.func @one_dimension(%x: tensor<17xf16>, %w: tensor<4xf16>, %c: tensor<14xf32>) -> tensor<14xf32> {
  %r = linalg.conv_1d ins(%x, %w : tensor<17xf16>, tensor<4xf16>) outs(%c : tensor<14xf32>) -> tensor<14xf32>
  return %r : tensor<14xf32>
}

// CHECK-LABEL: func.func @quantized
// CHECK: dlk.conv fprop {{.*}} layouts "nhwc" "hwcf" "nhwf" {{.*}} acc i32
func.func @quantized(%x: tensor<2x9x12x32xi8>, %w: tensor<3x3x32x16xi8>, %c: tensor<2x7x10x16xi32>) -> tensor<2x7x10x16xi32> {
  %z = arith.constant 0 : i32
  %r = linalg.conv_2d_nhwc_hwcf_q ins(%x, %w, %z, %z : tensor<2x9x12x32xi8>, tensor<3x3x32x16xi8>, i32, i32)
      outs(%c : tensor<2x7x10x16xi32>) -> tensor<2x7x10x16xi32>
  return %r : tensor<2x7x10x16xi32>
}

// CHECK-LABEL: func.func @quantized_matmul
// CHECK: dlk.matmul {{.*}} acc i32
func.func @quantized_matmul(%x: tensor<32x64xi8>, %w: tensor<64x48xi8>, %c: tensor<32x48xi32>) -> tensor<32x48xi32> {
  %z = arith.constant 0 : i32
  %r = linalg.quantized_matmul ins(%x, %w, %z, %z : tensor<32x64xi8>, tensor<64x48xi8>, i32, i32) outs(%c : tensor<32x48xi32>) -> tensor<32x48xi32>
  return %r : tensor<32x48xi32>
}

// Windows multiply floats: each channel is a group.
// CHECK-LABEL: func.func @depthwise
// CHECK: dlk.conv fprop {{.*}} layouts "nhwc" "hwf" "nhwf" {{.*}} groups 24 {{.*}} acc i32
func.func @depthwise(%x: tensor<2x9x11x24xi8>, %w: tensor<3x3x24xi8>, %c: tensor<2x7x9x24xi32>) -> tensor<2x7x9x24xi32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<2x9x11x24xi8>, tensor<3x3x24xi8>) outs(%c : tensor<2x7x9x24xi32>) -> tensor<2x7x9x24xi32>
  return %r : tensor<2x7x9x24xi32>
}

// Integers are reduced in f32; where no window meets the input, the result is the
// least number.
// CHECK-LABEL: func.func @integer_pooling
// CHECK: dlk.window max ins(%arg0 : tensor<2x9x11x24xi8>)
// CHECK: ^bb0(%[[ACC:.+]]: f32):
// CHECK: %[[MAX:.+]] = arith.maximumf %[[ACC]], %{{.*}} : f32
// CHECK: arith.fptosi %[[MAX]] : f32 to i8
func.func @integer_pooling(%x: tensor<2x9x11x24xi8>) -> tensor<2x4x5x24xi8> {
  %m = arith.constant -128 : i8
  %w = tensor.empty() : tensor<2x2xi8>
  %e = tensor.empty() : tensor<2x4x5x24xi8>
  %i = linalg.fill ins(%m : i8) outs(%e : tensor<2x4x5x24xi8>) -> tensor<2x4x5x24xi8>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<2x9x11x24xi8>, tensor<2x2xi8>) outs(%i : tensor<2x4x5x24xi8>) -> tensor<2x4x5x24xi8>
  return %r : tensor<2x4x5x24xi8>
}
