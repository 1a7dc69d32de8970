// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is not data movement, or must not be folded, stays.
// RUN: dlk-opt %s --dlk-normalize | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
#nm = affine_map<(m, n, k) -> (n, m)>

// CHECK-DAG: #[[NM:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>

// A producer that computes is not read through.
// CHECK-LABEL: func @computes
// CHECK: %[[T:.*]] = linalg.exp
// CHECK: dlk.matmul ins(%{{.*}}, %[[T]]
func.func @computes(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %e = tensor.empty() : tensor<32x48xf16>
  %t = linalg.exp ins(%b : tensor<32x48xf16>) outs(%e : tensor<32x48xf16>) -> tensor<32x48xf16>
  %r = dlk.matmul ins(%a, %t : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// An operand that is broadcast along k would lose k.
// CHECK-LABEL: func @broadcast_k
// CHECK: %[[T:.*]] = linalg.broadcast
// CHECK: dlk.matmul ins(%{{.*}}, %[[T]]
func.func @broadcast_k(%a: tensor<64x32xf16>, %b: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %e = tensor.empty() : tensor<32x48xf16>
  %t = linalg.broadcast ins(%b : tensor<48xf16>) outs(%e : tensor<32x48xf16>) dimensions = [0]
  %r = dlk.matmul ins(%a, %t : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// A pinned schedule keeps its m and n.
// CHECK-LABEL: func @pinned
// CHECK: dlk.matmul ins(%arg0, %arg1 {{.*}} #[[NM]]] acc f32 schedule
func.func @pinned(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<48x64xf32>) -> tensor<48x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<48x64xf32>)
         maps [#mk, #kn, #nm] acc f32 schedule #dlk.schedule<tile = [64, 128, 32]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<48x64xf32>
  return %r : tensor<48x64xf32>
}
