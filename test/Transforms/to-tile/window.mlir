// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel of dlk.window: one copy of all that the windows of a box meet, the reduction, the epilogue.
// RUN: dlk-opt %s --dlk-to-tile --split-input-file --verify-diagnostics | FileCheck %s

// Boxes of 8 x 8 positions meet 17 x 17; 7 x 7 boxes of 2 images.
// CHECK-DAG: #dlk.gather<[2, 7, 7, 1, 17, 17], [64], #{{.*}}>
// CHECK-DAG: #dlk.gather<[2, 7, 7, 1, 8, 8], [64], #{{.*}}>
// CHECK-LABEL: dlk_tile.kernel @max_kernel
// CHECK-SAME: grid [98, 1, 1] warps 4
// CHECK: %[[T:.*]] = dlk_tile.alloc : !{{.*}}289x64{{.*}}
// CHECK: dlk_tile.copy %{{.*}} to %[[T]] vector 8 kind "cp_async"
// CHECK: dlk_tile.async_commit
// CHECK: dlk_tile.async_wait pending 0
// CHECK: dlk_tile.barrier
// CHECK: dlk_tile.window_reduce "max" %[[T]] at[%{{.*}}] tile [1, 8, 8] halo [1, 17, 17] window [1, 3, 3] strides [1, 2, 2] dilations [1, 1, 1] bounds [2147483647, 112, 112]
// CHECK: dlk_tile.map
// CHECK: dlk_tile.store {{.*}} vector 8
func.func @max(%x: tensor<2x112x112x64xf16>, %y: tensor<2x56x56x64xf16>) -> tensor<2x56x56x64xf16> {
  %r = dlk.window max ins(%x : tensor<2x112x112x64xf16>) outs(%y : tensor<2x56x56x64xf16>) layouts "nhwc" "nhwc"
         window [3, 3] strides [2, 2] dilations [1, 1] pad_low [1, 1] pad_high [1, 1] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x56x56x64xf16>
  return %r : tensor<2x56x56x64xf16>
}

// -----

// A window that does not fit shared memory: its last dimension first, into f32, then the others and the epilogue.
// CHECK-LABEL: func.func @large
// CHECK: %[[ROWS:.*]] = dlk_tile.launch @large_kernel(%arg0) : (tensor<1x64x64x8xf16>) -> tensor<1x64x1x8xf32>
// CHECK: dlk_tile.launch @large_kernel_1(%[[ROWS]]) : (tensor<1x64x1x8xf32>) -> tensor<1x1x1x8xf16>
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @large(%x: tensor<1x64x64x8xf16>, %y: tensor<1x1x1x8xf16>) -> tensor<1x1x1x8xf16> {
  %r = dlk.window sum ins(%x : tensor<1x64x64x8xf16>) outs(%y : tensor<1x1x1x8xf16>) layouts "nhwc" "nhwc"
         window [64, 64] strides [1, 1] dilations [1, 1] pad_low [0, 0] pad_high [0, 0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<1x1x1x8xf16>
  return %r : tensor<1x1x1x8xf16>
}
}

// -----

// One dimension cannot be split.
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
func.func @long(%x: tensor<1x4096x8xf16>, %y: tensor<1x1x8xf16>) -> tensor<1x1x8xf16> {
  // expected-error@+1 {{window does not fit shared memory: 2097152 bytes for 16 positions of 8 channels; at most 166912 [DLK-P33]}}
  %r = dlk.window sum ins(%x : tensor<1x4096x8xf16>) outs(%y : tensor<1x1x8xf16>) layouts "nwc" "nwc"
         window [4096] strides [1] dilations [1] pad_low [0] pad_high [0] {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<1x1x8xf16>
  return %r : tensor<1x1x8xf16>
}
}
