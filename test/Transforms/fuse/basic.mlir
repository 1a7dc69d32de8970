// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementwise consumers move into the epilogue.
// RUN: dlk-opt %s --dlk-fuse | FileCheck %s
// RUN: dlk-opt %s --dlk-fuse --dlk-fuse | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>
#i = affine_map<(i, j) -> (i)>
#j = affine_map<(i, j) -> (j)>
#none = affine_map<(i, j) -> ()>

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[NM:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG: #[[COL:.*]] = affine_map<(d0, d1, d2) -> (d0)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1, d2) -> ()>

// A bias row becomes an extra; a constant from outside becomes one of the region.
// CHECK-LABEL: func @bias_relu
// CHECK-SAME: %[[X:[^:]*]]: tensor<48xf32>)
// CHECK-NOT: linalg
// CHECK: dlk.matmul {{.*}} extras(%[[X]] : tensor<48xf32>) {{.*}} maps [#[[MK]], #[[KN]], #[[ROW]], #[[MN]]]
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: %[[Z:.*]] = arith.constant 0.0
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[ACC]], %[[B]]
// CHECK-NEXT: %[[R:.*]] = arith.maximumf %[[S]], %[[Z]]
// CHECK-NEXT: dlk.yield %[[R]] : f32
func.func @bias_relu(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %zero = arith.constant 0.0 : f32
  %y = linalg.generic {indexing_maps = [#id, #j, #id], iterator_types = ["parallel", "parallel"]}
         ins(%r, %x : tensor<64x48xf32>, tensor<48xf32>) outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32, %2: f32):
    %3 = arith.addf %0, %1 : f32
    %4 = arith.maximumf %3, %zero : f32
    linalg.yield %4 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// A column, a scalar in a tensor and a transposed residual.
// CHECK-LABEL: func @extras
// CHECK: extras(%{{.*}}, %{{.*}}, %{{.*}} : tensor<64xf32>, tensor<f32>, tensor<48x64xf16>)
// CHECK-SAME: maps [#[[MK]], #[[KN]], #[[COL]], #[[NONE]], #[[NM]], #[[MN]]]
// CHECK: arith.mulf
// CHECK: arith.extf
func.func @extras(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<64xf32>, %s: tensor<f32>, %t: tensor<48x64xf16>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %y = linalg.generic {indexing_maps = [#id, #i, #none, #tr, #id], iterator_types = ["parallel", "parallel"]}
         ins(%r, %x, %s, %t : tensor<64x48xf32>, tensor<64xf32>, tensor<f32>, tensor<48x64xf16>)
         outs(%c : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32, %2: f32, %3: f16, %4: f32):
    %5 = arith.mulf %0, %2 : f32
    %6 = arith.addf %5, %1 : f32
    %7 = arith.extf %3 : f16 to f32
    %8 = arith.addf %6, %7 : f32
    linalg.yield %8 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// A cast changes the type of the result.
// CHECK-LABEL: func @cast
// CHECK: dlk.matmul {{.*}} outs(%{{.*}} : tensor<64x48xf16>)
// CHECK: dlk.yield %{{.*}} : f16
// CHECK-NEXT: } -> tensor<64x48xf16>
func.func @cast(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %e = tensor.empty() : tensor<64x48xf16>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
         ins(%r : tensor<64x48xf32>) outs(%e : tensor<64x48xf16>) {
  ^bb0(%0: f32, %1: f16):
    %2 = arith.truncf %0 : f32 to f16
    linalg.yield %2 : f16
  } -> tensor<64x48xf16>
  return %y : tensor<64x48xf16>
}

// Named operations in a diamond, x / (1 + exp(-x)), with a splat constant.
// CHECK-LABEL: func @silu
// CHECK-NOT: linalg
// CHECK: dlk.matmul
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: %[[ONE:.*]] = arith.constant 1.0
// CHECK-NEXT: %[[NEG:.*]] = arith.negf %[[ACC]]
// CHECK-NEXT: %[[EXP:.*]] = math.exp %[[NEG]]
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[EXP]], %[[ONE]]
// CHECK-NEXT: %[[R:.*]] = arith.divf %[[ACC]], %[[SUM]]
// CHECK-NEXT: dlk.yield %[[R]]
func.func @silu(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %one = arith.constant dense<1.0> : tensor<64x48xf32>
  %e = tensor.empty() : tensor<64x48xf32>
  %0 = linalg.negf ins(%r : tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %1 = linalg.exp ins(%0 : tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %2 = linalg.add ins(%1, %one : tensor<64x48xf32>, tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %y = linalg.div ins(%r, %2 : tensor<64x48xf32>, tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// A transposed result is computed as the transposed product.
// CHECK-LABEL: func @transpose
// CHECK-SAME: %[[A:.*]]: tensor<64x32xf16>, %[[B:.*]]: tensor<32x48xf16>,
// CHECK: dlk.matmul ins(%[[B]], %[[A]] : {{.*}} maps [#[[KM:.*]], #[[NK:.*]], #[[MN]]]
func.func @transpose(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<48x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %e = tensor.empty() : tensor<48x64xf32>
  %y = linalg.transpose ins(%r : tensor<64x48xf32>) outs(%e : tensor<48x64xf32>) permutation = [1, 0]
  return %y : tensor<48x64xf32>
}

// A consumer that updates the result in place.
// CHECK-LABEL: func @in_place
// CHECK-SAME: %[[C:[^:]*]]: tensor<64x48xf32>, %[[X:.*]]: tensor<48xf32>)
// CHECK: dlk.matmul {{.*}} extras(%[[X]] : tensor<48xf32>) outs(%[[C]] : tensor<64x48xf32>)
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: arith.addf %[[B]], %[[ACC]]
func.func @in_place(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %y = linalg.generic {indexing_maps = [#j, #id], iterator_types = ["parallel", "parallel"]}
         ins(%x : tensor<48xf32>) outs(%r : tensor<64x48xf32>) {
  ^bb0(%0: f32, %1: f32):
    %2 = arith.addf %0, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}
