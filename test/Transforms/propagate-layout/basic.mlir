// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Channels last between convolutions; transposes at the border of the function only.
// RUN: dlk-opt %s --dlk-propagate-layout=force --split-input-file | FileCheck %s
// RUN: dlk-opt %s --dlk-propagate-layout --split-input-file | FileCheck %s --check-prefix=COST
// RUN: dlk-opt %s --dlk-propagate-layout=remarks --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Two convolutions with pooling between, the residual of the second is the first: one transpose of the input, one of
// each filter, one back.
// CHECK-LABEL: func @chain
// CHECK: %[[X:.*]] = dlk.window max ins(%arg0 : tensor<2x8x8x8xf16>) {{.*}} layouts "nchw" "nhwc" window [1, 1]
// CHECK: %[[V:.*]] = dlk.window max ins(%arg1 : tensor<8x8x3x3xf16>)
// CHECK: %[[A:.*]] = dlk.conv fprop ins(%[[X]], %[[V]] : {{.*}}) extras(%arg3 : tensor<8xf16>)
// CHECK-SAME: layouts "nhwc" "fhwc" "nhwf"
// CHECK-SAME: maps [#[[F:[a-z0-9]*]]]
// CHECK: %[[P:.*]] = dlk.window max ins(%[[A]] : {{.*}}) {{.*}} layouts "nhwc" "nhwc" window [3, 3]
// CHECK: dlk.window max ins(%arg2
// CHECK: %[[B:.*]] = dlk.conv fprop ins(%[[P]], %{{.*}} : {{.*}}) extras(%[[P]] : tensor<2x8x8x8xf16>)
// CHECK: %[[R:.*]] = dlk.window max ins(%[[B]] : {{.*}}) {{.*}} layouts "nwch" "nhwc"
// CHECK-NOT: dlk.window
// CHECK: return %[[R]]
// Small tensors are read as they are.
// COST-LABEL: func @chain
// COST-NOT: dlk.window max {{.*}} window [1, 1]
// COST: dlk.conv {{.*}} layouts "nchw" "fchw" "nfhw"
// REMARK: remark: channels first: read directly, about {{.*}} clocks to read elements one by one, {{.*}} to transpose all tensors
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @chain(%x: tensor<2x8x8x8xf16>, %v: tensor<8x8x3x3xf16>, %w: tensor<8x8x3x3xf16>, %bias: tensor<8xf16>) -> tensor<2x8x8x8xf16> {
  %e = tensor.empty() : tensor<2x8x8x8xf16>
  %a = dlk.conv fprop ins(%x, %v : tensor<2x8x8x8xf16>, tensor<8x8x3x3xf16>) extras(%bias : tensor<8xf16>) outs(%e : tensor<2x8x8x8xf16>)
         layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1
         maps [affine_map<(n, f, h, w) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %b: f16):
    %u = arith.extf %b : f16 to f32
    %s = arith.addf %acc, %u : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x8xf16>
  %p = dlk.window max ins(%a : tensor<2x8x8x8xf16>) outs(%e : tensor<2x8x8x8xf16>) layouts "nchw" "nchw" window [3, 3] strides [1, 1]
         dilations [1, 1] pad_low [1, 1] pad_high [1, 1] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x8xf16>
  %r = dlk.conv fprop ins(%p, %w : tensor<2x8x8x8xf16>, tensor<8x8x3x3xf16>) extras(%p : tensor<2x8x8x8xf16>) outs(%e : tensor<2x8x8x8xf16>)
         layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1
         maps [affine_map<(n, f, h, w) -> (n, f, h, w)>] acc f32 {
  ^bb0(%acc: f32, %b: f16):
    %u = arith.extf %b : f16 to f32
    %s = arith.addf %acc, %u : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x8x8x8xf16>
  return %r : tensor<2x8x8x8xf16>
}
}

// -----

// Large ones are transposed; a matrix multiplication and a pinned schedule stay.
// COST-LABEL: func @large
// COST: dlk.conv {{.*}} layouts "nhwc" "fhwc" "nhwf"
// COST: dlk.conv {{.*}} layouts "nchw" "fchw" "nfhw"
// COST: dlk.conv {{.*}} layouts "nchw" "fchw" "nfhw"
// REMARK: remark: channels first: transposed
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @large(%x: tensor<32x256x28x28xf16>, %v: tensor<256x256x3x3xf16>, %w: tensor<256x256x1x1xf16>)
    -> (tensor<32x256x28x28xf32>, tensor<32x256x28x28xf32>, tensor<32x256x28x28xf32>) {
  %e = tensor.empty() : tensor<32x256x28x28xf32>
  %a = dlk.conv fprop ins(%x, %v : tensor<32x256x28x28xf16>, tensor<256x256x3x3xf16>) outs(%e : tensor<32x256x28x28xf32>)
         layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<32x256x28x28xf32>
  %b = dlk.conv fprop ins(%x, %w : tensor<32x256x28x28xf16>, tensor<256x256x1x1xf16>) outs(%e : tensor<32x256x28x28xf32>)
         layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] groups 1 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<32x256x28x28xf32>
  %c = dlk.conv fprop ins(%x, %v : tensor<32x256x28x28xf16>, tensor<256x256x3x3xf16>) outs(%e : tensor<32x256x28x28xf32>)
         layouts "nchw" "fchw" "nfhw" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1 acc f32 schedule #dlk.schedule<copy = ld> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<32x256x28x28xf32>
  return %a, %b, %c : tensor<32x256x28x28xf32>, tensor<32x256x28x28xf32>, tensor<32x256x28x28xf32>
}
}
