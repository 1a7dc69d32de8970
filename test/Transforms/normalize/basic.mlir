// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Data movement in front of dlk.matmul becomes part of its maps.
// RUN: dlk-opt %s --dlk-normalize | FileCheck %s
// RUN: dlk-opt %s --dlk-normalize --dlk-normalize | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
#nm = affine_map<(m, n, k) -> (n, m)>

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KM:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[NK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d1)>

// A transposed operand is read in place.
// CHECK-LABEL: func @transpose
// CHECK-SAME: %[[A:.*]]: tensor<64x32xf16>, %[[B:.*]]: tensor<48x32xf16>,
// CHECK-NOT: linalg.transpose
// CHECK: dlk.matmul ins(%[[A]], %[[B]] : tensor<64x32xf16>, tensor<48x32xf16>) {{.*}} maps [#[[MK]], #[[NK]], #[[MN]]]
func.func @transpose(%a: tensor<64x32xf16>, %b: tensor<48x32xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %e = tensor.empty() : tensor<32x48xf16>
  %t = linalg.transpose ins(%b : tensor<48x32xf16>) outs(%e : tensor<32x48xf16>) permutation = [1, 0]
  %r = dlk.matmul ins(%a, %t : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// A generic that only permutes is a transpose; two of them cancel.
// CHECK-LABEL: func @twice
// CHECK-SAME: %[[A:.*]]: tensor<64x32xf16>, %[[B:.*]]: tensor<32x48xf16>,
// CHECK: dlk.matmul ins(%[[A]], %[[B]] : {{.*}} maps [#[[MK]], #[[KN]], #[[MN]]]
func.func @twice(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %e = tensor.empty() : tensor<48x32xf16>
  %s = linalg.transpose ins(%b : tensor<32x48xf16>) outs(%e : tensor<48x32xf16>) permutation = [1, 0]
  %f = tensor.empty() : tensor<32x48xf16>
  %t = linalg.generic {
         indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>],
         iterator_types = ["parallel", "parallel"]}
         ins(%s : tensor<48x32xf16>) outs(%f : tensor<32x48xf16>) {
  ^bb0(%x: f16, %o: f16):
    linalg.yield %x : f16
  } -> tensor<32x48xf16>
  %r = dlk.matmul ins(%a, %t : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// A copied and a broadcast operand, a broadcast extra. A transpose that others
// use stays for them.
// CHECK-LABEL: func @broadcast
// CHECK-SAME: %[[A:.*]]: tensor<32xf16>, %[[B:.*]]: tensor<32x48xf16>, %[[X:.*]]: tensor<48xf32>,
// CHECK: dlk.matmul ins(%[[A]], %[[B]] : {{.*}} extras(%[[X]] : tensor<48xf32>) {{.*}} maps [#[[K]], #[[KN]], #[[ROW]], #[[MN]]]
// CHECK: return %{{.*}}, %{{.*}}
func.func @broadcast(%a: tensor<32xf16>, %b: tensor<32x48xf16>, %x: tensor<48xf32>, %c: tensor<64x48xf32>)
    -> (tensor<64x48xf32>, tensor<64x48xf32>) {
  %e = tensor.empty() : tensor<64x32xf16>
  %p = linalg.broadcast ins(%a : tensor<32xf16>) outs(%e : tensor<64x32xf16>) dimensions = [0]
  %f = tensor.empty() : tensor<32x48xf16>
  %q = linalg.copy ins(%b : tensor<32x48xf16>) outs(%f : tensor<32x48xf16>) -> tensor<32x48xf16>
  %g = tensor.empty() : tensor<64x48xf32>
  %y = linalg.broadcast ins(%x : tensor<48xf32>) outs(%g : tensor<64x48xf32>) dimensions = [0]
  %r = dlk.matmul ins(%p, %q : tensor<64x32xf16>, tensor<32x48xf16>) extras(%y : tensor<64x48xf32>)
         outs(%c : tensor<64x48xf32>) maps [#mk, #kn, #mn, #mn] acc f32 {
  ^bb0(%acc: f32, %v: f32):
    %0 = arith.addf %acc, %v : f32
    dlk.yield %0 : f32
  } -> tensor<64x48xf32>
  return %r, %y : tensor<64x48xf32>, tensor<64x48xf32>
}

// A result that is contiguous along m is computed as the transposed product.
// CHECK-LABEL: func @swap
// CHECK-SAME: %[[A:.*]]: tensor<64x32xf16>, %[[B:.*]]: tensor<32x48xf16>,
// CHECK: dlk.matmul ins(%[[B]], %[[A]] : {{.*}} maps [#[[KM]], #[[NK]], #[[MN]]]
func.func @swap(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<48x64xf32>) -> tensor<48x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<48x64xf32>)
         maps [#mk, #kn, #nm] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<48x64xf32>
  return %r : tensor<48x64xf32>
}

// A fill that nothing reads goes; unit batch dimensions stay.
// CHECK-LABEL: func @clean
// CHECK-NOT: linalg.fill
// CHECK: tensor.empty() : tensor<1x8x8xf32>
// CHECK: dlk.matmul {{.*}} outs(%{{.*}} : tensor<1x8x8xf32>)
func.func @clean(%a: tensor<1x8x8xf16>) -> tensor<1x8x8xf32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<1x8x8xf32>
  %f = linalg.fill ins(%one : f32) outs(%e : tensor<1x8x8xf32>) -> tensor<1x8x8xf32>
  %r = dlk.matmul ins(%a, %a : tensor<1x8x8xf16>, tensor<1x8x8xf16>) outs(%f : tensor<1x8x8xf32>)
         maps [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>,
               affine_map<(b, m, n, k) -> (b, m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<1x8x8xf32>
  return %r : tensor<1x8x8xf32>
}
