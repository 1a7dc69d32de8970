// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: dlk-opt %s --dlk-conv-to-gemm --split-input-file -verify-diagnostics

func.func @divisor(%x: tensor<2x7x12xf16>, %w: tensor<24x3x2xf16>, %init: tensor<2x5x24xf32>) -> tensor<2x5x24xf32> {
  // expected-error @below {{dlk.pack is no divisor of the 6 groups: 4 : i64 [DLK-P124]}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x12xf16>, tensor<24x3x2xf16>) outs(%init : tensor<2x5x24xf32>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 attributes {dlk.pack = 4 : i64} {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x5x24xf32>
  return %y : tensor<2x5x24xf32>
}

// -----

func.func @text(%x: tensor<2x7x12xf16>, %w: tensor<24x3x2xf16>, %init: tensor<2x5x24xf32>) -> tensor<2x5x24xf32> {
  // expected-error @below {{dlk.pack is no divisor of the 6 groups: "all" [DLK-P124]}}
  %y = dlk.conv fprop ins(%x, %w : tensor<2x7x12xf16>, tensor<24x3x2xf16>) outs(%init : tensor<2x5x24xf32>)
         layouts "nwc" "fwc" "nwf" strides [1] dilations [1] pad_low [0] pad_high [0] groups 6 acc f32 attributes {dlk.pack = "all"} {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<2x5x24xf32>
  return %y : tensor<2x5x24xf32>
}
