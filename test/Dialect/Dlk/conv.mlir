// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk.conv: text, canonical form.
// RUN: dlk-opt %s | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --canonicalize | FileCheck %s --check-prefix=CANON

// CHECK-LABEL: @fprop
// CHECK: dlk.conv fprop ins(%{{.*}}, %{{.*}} : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>)
// CHECK-SAME: extras(%{{.*}}, %{{.*}} : tensor<128xf16>, tensor<128xf16>) outs(%{{.*}} : tensor<8x56x56x128xf16>)
// CHECK-SAME: layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] groups 1
// CHECK-SAME: maps [#{{.*}}, #{{.*}}] acc f32
// CHECK: ^bb0(%acc: f32, %{{.*}}: f16, %{{.*}}: f16):
// CANON-LABEL: @fprop
// CANON: dlk.conv fprop
// CANON-SAME: extras(%{{.*}} : tensor<128xf16>)
// CANON-SAME: maps [#{{[a-z0-9]*}}] acc
func.func @fprop(%x: tensor<8x56x56x64xf16>, %w: tensor<128x3x3x64xf16>, %bias: tensor<128xf16>) -> tensor<8x56x56x128xf16> {
  %init = tensor.empty() : tensor<8x56x56x128xf16>
  %y = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>)
         extras(%bias, %bias : tensor<128xf16>, tensor<128xf16>) outs(%init : tensor<8x56x56x128xf16>)
         layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1]
         pad_low [1, 1] pad_high [1, 1] groups 1
         maps [affine_map<(n, h, w, f) -> (f)>, affine_map<(n, h, w, f) -> (f)>] acc f32 {
  ^bb0(%acc: f32, %b: f16, %c: f16):
    %e = arith.extf %c : f16 to f32
    %s = arith.addf %acc, %e : f32
    %t = arith.truncf %s : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x56x56x128xf16>
  return %y : tensor<8x56x56x128xf16>
}

// CHECK-LABEL: @dgrad
// CHECK: dlk.conv dgrad {{.*}} groups 2 acc f32 precision tf32
func.func @dgrad(%dy: tensor<2x5x8xf32>, %w: tensor<8x3x2xf32>, %init: tensor<2x9x4xf32>) -> tensor<2x9x4xf32> {
  %dx = dlk.conv dgrad ins(%dy, %w : tensor<2x5x8xf32>, tensor<8x3x2xf32>) outs(%init : tensor<2x9x4xf32>)
         layouts "nwc" "fwc" "nwf" strides [2] dilations [1] pad_low [1] pad_high [1] groups 2 acc f32 precision tf32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x9x4xf32>
  return %dx : tensor<2x9x4xf32>
}

// CHECK-LABEL: @wgrad
// CHECK: dlk.conv wgrad {{.*}} layouts "ngcdhw" "gfcdhw" "ngfdhw" strides [1, 2, 1]
func.func @wgrad(%x: tensor<2x3x4x5x6x7xbf16>, %dy: tensor<2x3x8x5x3x7xbf16>, %init: tensor<3x8x4x1x2x3xf32>) -> tensor<3x8x4x1x2x3xf32> {
  %dw = dlk.conv wgrad ins(%x, %dy : tensor<2x3x4x5x6x7xbf16>, tensor<2x3x8x5x3x7xbf16>) outs(%init : tensor<3x8x4x1x2x3xf32>)
         layouts "ngcdhw" "gfcdhw" "ngfdhw" strides [1, 2, 1] dilations [1, 1, 1] pad_low [0, 0, 1] pad_high [0, 0, 1] groups 3 acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<3x8x4x1x2x3xf32>
  return %dw : tensor<3x8x4x1x2x3xf32>
}
