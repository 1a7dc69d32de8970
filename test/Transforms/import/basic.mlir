// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Named contractions and their indexing-map forms.
// RUN: dlk-opt %s --dlk-import --canonicalize | FileCheck %s
// RUN: dlk-opt %s --dlk-import --dlk-import --canonicalize | FileCheck %s

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KM:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[NK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-DAG: #[[BMK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[BKN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-DAG: #[[BNK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[BMN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[SHARED:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>

// A fill with zero starts the sum: no extra, and the fill is gone.
// CHECK-LABEL: func @matmul
// CHECK-SAME: %[[A:.*]]: tensor<64x32xf16>, %[[B:.*]]: tensor<32x48xf16>, %[[C:.*]]: tensor<64x48xf32>)
// CHECK-NOT: linalg
// CHECK: %[[R:.*]] = dlk.matmul ins(%[[A]], %[[B]] : tensor<64x32xf16>, tensor<32x48xf16>) outs(%[[C]] : tensor<64x48xf32>) maps [#[[MK]], #[[KN]], #[[MN]]] acc f32 {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: dlk.yield %[[ACC]] : f32
// CHECK: return %[[R]]
func.func @matmul(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %zero = arith.constant 0.0 : f32
  %z = linalg.fill ins(%zero : f32) outs(%c : tensor<64x48xf32>) -> tensor<64x48xf32>
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// A zero constant starts the sum too; a bf16 result is rounded once.
// CHECK-LABEL: func @constant_zero
// CHECK: dlk.matmul
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: %[[T:.*]] = arith.truncf %[[ACC]] : f32 to bf16
// CHECK-NEXT: dlk.yield %[[T]] : bf16
func.func @constant_zero(%a: tensor<64x32xbf16>, %b: tensor<32x48xbf16>) -> tensor<64x48xbf16> {
  %z = arith.constant dense<0.0> : tensor<64x48xbf16>
  %r = linalg.matmul ins(%a, %b : tensor<64x32xbf16>, tensor<32x48xbf16>) outs(%z : tensor<64x48xbf16>) -> tensor<64x48xbf16>
  return %r : tensor<64x48xbf16>
}

// Any other init is added in the epilogue.
// CHECK-LABEL: func @accumulate
// CHECK-SAME: %[[C:[^:]*]]: tensor<64x48xf16>)
// CHECK: dlk.matmul {{.*}} extras(%[[C]] : tensor<64x48xf16>) {{.*}} maps [#[[MK]], #[[KN]], #[[MN]], #[[MN]]]
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[X:.*]]: f16):
// CHECK-NEXT: %[[E:.*]] = arith.extf %[[X]] : f16 to f32
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[ACC]], %[[E]] : f32
// CHECK-NEXT: %[[T:.*]] = arith.truncf %[[S]] : f32 to f16
// CHECK-NEXT: dlk.yield %[[T]] : f16
func.func @accumulate(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf16>) -> tensor<64x48xf16> {
  %r = linalg.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf16>) -> tensor<64x48xf16>
  return %r : tensor<64x48xf16>
}

// Transposed lhs and rhs are maps.
// CHECK-LABEL: func @transposed
// CHECK: dlk.matmul {{.*}} maps [#[[KM]], #[[NK]], #[[MN]]]
func.func @transposed(%a: tensor<32x64xf16>, %b: tensor<48x32xf16>) -> tensor<64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<64x48xf32>
  %r = linalg.matmul
         indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (n, k)>,
                          affine_map<(m, n, k) -> (m, n)>]
         ins(%a, %b : tensor<32x64xf16>, tensor<48x32xf16>) outs(%z : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// A broadcast lhs lacks m.
// CHECK-LABEL: func @broadcast_lhs
// CHECK: dlk.matmul {{.*}} maps [#[[K]], #[[KN]], #[[MN]]]
func.func @broadcast_lhs(%a: tensor<32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<64x48xf32>
  %r = linalg.matmul
         indexing_maps = [affine_map<(m, n, k) -> (k)>, affine_map<(m, n, k) -> (k, n)>,
                          affine_map<(m, n, k) -> (m, n)>]
         ins(%a, %b : tensor<32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// CHECK-LABEL: func @batched
// CHECK: dlk.matmul {{.*}} maps [#[[BMK]], #[[BKN]], #[[BMN]]]
func.func @batched(%a: tensor<3x64x32xf16>, %b: tensor<3x32x48xf16>) -> tensor<3x64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<3x64x48xf32>
  %r = linalg.batch_matmul ins(%a, %b : tensor<3x64x32xf16>, tensor<3x32x48xf16>) outs(%z : tensor<3x64x48xf32>) -> tensor<3x64x48xf32>
  return %r : tensor<3x64x48xf32>
}

// CHECK-LABEL: func @batched_transposed
// CHECK: dlk.matmul {{.*}} maps [#[[BMK]], #[[BNK]], #[[BMN]]]
func.func @batched_transposed(%a: tensor<3x64x32xf16>, %b: tensor<3x48x32xf16>) -> tensor<3x64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<3x64x48xf32>
  %r = linalg.batch_matmul
         indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>,
                          affine_map<(b, m, n, k) -> (b, m, n)>]
         ins(%a, %b : tensor<3x64x32xf16>, tensor<3x48x32xf16>) outs(%z : tensor<3x64x48xf32>) -> tensor<3x64x48xf32>
  return %r : tensor<3x64x48xf32>
}

// An rhs that the whole batch shares lacks the batch dimension.
// CHECK-LABEL: func @batched_shared_rhs
// CHECK: dlk.matmul {{.*}} maps [#[[BMK]], #[[SHARED]], #[[BMN]]]
func.func @batched_shared_rhs(%a: tensor<3x64x32xf16>, %b: tensor<32x48xf16>) -> tensor<3x64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<3x64x48xf32>
  %r = linalg.batch_matmul
         indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (k, n)>,
                          affine_map<(b, m, n, k) -> (b, m, n)>]
         ins(%a, %b : tensor<3x64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<3x64x48xf32>) -> tensor<3x64x48xf32>
  return %r : tensor<3x64x48xf32>
}

// Sizes of zero and one are shapes like any other.
// CHECK-LABEL: func @small
// CHECK: dlk.matmul ins(%{{.*}}, %{{.*}} : tensor<1x0xf16>, tensor<0x1xf16>)
func.func @small(%a: tensor<1x0xf16>, %b: tensor<0x1xf16>) -> tensor<1x1xf32> {
  %z = arith.constant dense<0.0> : tensor<1x1xf32>
  %r = linalg.matmul ins(%a, %b : tensor<1x0xf16>, tensor<0x1xf16>) outs(%z : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %r : tensor<1x1xf32>
}
