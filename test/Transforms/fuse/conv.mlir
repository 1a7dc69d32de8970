// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementwise consumers move into the epilogue of dlk.conv.
// RUN: dlk-opt %s --dlk-import --dlk-fuse --split-input-file | FileCheck %s

// Batch norm as scale and shift, a residual and relu.
// CHECK-DAG: #[[F:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func @batch_norm
// CHECK: dlk.conv fprop ins(%arg0, %arg1 : {{.*}}) extras(%arg2, %arg3, %arg4 : tensor<16xf32>, tensor<16xf32>, tensor<2x7x7x16xf16>)
// CHECK-SAME: maps [#[[F]], #[[F]], #[[ALL]]] acc f32 {
// CHECK-NEXT: ^bb0(%acc: f32, %[[S:.*]]: f32, %[[T:.*]]: f32, %[[R:.*]]: f16):
// CHECK: arith.mulf %acc, %[[S]]
// CHECK: arith.maximumf
// CHECK: arith.truncf
// CHECK-NOT: linalg
func.func @batch_norm(%x: tensor<2x9x9x8xf16>, %w: tensor<16x3x3x8xf16>, %scale: tensor<16xf32>, %shift: tensor<16xf32>,
                      %res: tensor<2x7x7x16xf16>) -> tensor<2x7x7x16xf16> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x7x7x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x7x7x16xf32>) -> tensor<2x7x7x16xf32>
  %y = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%x, %w : tensor<2x9x9x8xf16>, tensor<16x3x3x8xf16>) outs(%z : tensor<2x7x7x16xf32>) -> tensor<2x7x7x16xf32>
  %o = tensor.empty() : tensor<2x7x7x16xf16>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, f) -> (n, h, w, f)>, affine_map<(n, h, w, f) -> (f)>,
                                        affine_map<(n, h, w, f) -> (f)>, affine_map<(n, h, w, f) -> (n, h, w, f)>,
                                        affine_map<(n, h, w, f) -> (n, h, w, f)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%y, %scale, %shift, %res : tensor<2x7x7x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<2x7x7x16xf16>)
         outs(%o : tensor<2x7x7x16xf16>) {
  ^bb0(%a: f32, %s: f32, %t: f32, %q: f16, %unused: f16):
    %m = arith.mulf %a, %s : f32
    %n = arith.addf %m, %t : f32
    %p = arith.extf %q : f16 to f32
    %u = arith.addf %n, %p : f32
    %v = arith.maximumf %u, %zero : f32
    %g = arith.truncf %v : f32 to f16
    linalg.yield %g : f16
  } -> tensor<2x7x7x16xf16>
  return %r : tensor<2x7x7x16xf16>
}

// -----

// A transposed result is another layout; extras follow.
// CHECK-DAG: #[[F:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-LABEL: func @transposed
// CHECK: dlk.conv fprop {{.*}} extras(%arg2 : tensor<16xf32>)
// CHECK-SAME: layouts "nwc" "fwc" "nfw"
// CHECK-SAME: maps [#[[F]]] acc f32
// CHECK: } -> tensor<2x16x7xf32>
func.func @transposed(%x: tensor<2x9x8xf16>, %w: tensor<16x3x8xf16>, %b: tensor<16xf32>) -> tensor<2x16x7xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x7x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(n, p, f, r, c) -> (n, p + r, c)>, affine_map<(n, p, f, r, c) -> (f, r, c)>,
                                        affine_map<(n, p, f, r, c) -> (n, p, f)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
         ins(%x, %w : tensor<2x9x8xf16>, tensor<16x3x8xf16>) outs(%z : tensor<2x7x16xf32>) {
  ^bb0(%i: f16, %j: f16, %acc: f32):
    %u = arith.extf %i : f16 to f32
    %v = arith.extf %j : f16 to f32
    %m = arith.mulf %u, %v : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x7x16xf32>
  %o = tensor.empty() : tensor<2x16x7xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, f, p) -> (n, p, f)>, affine_map<(n, f, p) -> (f)>, affine_map<(n, f, p) -> (n, f, p)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
         ins(%y, %b : tensor<2x7x16xf32>, tensor<16xf32>) outs(%o : tensor<2x16x7xf32>) {
  ^bb0(%a: f32, %c: f32, %unused: f32):
    %m = arith.addf %a, %c : f32
    linalg.yield %m : f32
  } -> tensor<2x16x7xf32>
  return %r : tensor<2x16x7xf32>
}

// -----

// A bias that is computed from another vector is computed where it is added.
// CHECK-LABEL: func @recomputed
// CHECK: dlk.conv fprop {{.*}} extras(%arg2 : tensor<16xf32>)
// CHECK: arith.negf
func.func @recomputed(%x: tensor<2x9x8xf16>, %wt: tensor<3x8x16xf16>, %b: tensor<16xf32>) -> tensor<2x7x16xf32> {
  %zero = arith.constant 0.0 : f32
  %v = tensor.empty() : tensor<16xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(f) -> (f)>, affine_map<(f) -> (f)>], iterator_types = ["parallel"]}
         ins(%b : tensor<16xf32>) outs(%v : tensor<16xf32>) {
  ^bb0(%i: f32, %unused: f32):
    %m = arith.negf %i : f32
    linalg.yield %m : f32
  } -> tensor<16xf32>
  %e = tensor.empty() : tensor<2x7x16xf32>
  %init = linalg.broadcast ins(%n : tensor<16xf32>) outs(%e : tensor<2x7x16xf32>) dimensions = [0, 1]
  %y = linalg.conv_1d_nwc_wcf ins(%x, %wt : tensor<2x9x8xf16>, tensor<3x8x16xf16>) outs(%init : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  return %y : tensor<2x7x16xf32>
}

// -----

// A residual that is itself computed behind a convolution: each moves into its own.
// CHECK-LABEL: func @two
// CHECK: %[[A:.*]] = dlk.conv fprop ins(%arg0, %arg1
// CHECK: arith.negf
// CHECK: dlk.conv fprop ins(%arg0, %arg2 {{.*}} extras(%[[A]] :
// CHECK-NOT: linalg
func.func @two(%x: tensor<2x9x8xf16>, %v: tensor<3x8x16xf16>, %w: tensor<3x8x16xf16>) -> tensor<2x7x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x7x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  %a = linalg.conv_1d_nwc_wcf ins(%x, %v : tensor<2x9x8xf16>, tensor<3x8x16xf16>) outs(%z : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(n, p, f) -> (n, p, f)>, affine_map<(n, p, f) -> (n, p, f)>],
                       iterator_types = ["parallel", "parallel", "parallel"]} ins(%a : tensor<2x7x16xf32>) outs(%e : tensor<2x7x16xf32>) {
  ^bb0(%i: f32, %unused: f32):
    %m = arith.negf %i : f32
    linalg.yield %m : f32
  } -> tensor<2x7x16xf32>
  %b = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<2x9x8xf16>, tensor<3x8x16xf16>) outs(%z : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  %r = linalg.add ins(%b, %n : tensor<2x7x16xf32>, tensor<2x7x16xf32>) outs(%e : tensor<2x7x16xf32>) -> tensor<2x7x16xf32>
  return %r : tensor<2x7x16xf32>
}
