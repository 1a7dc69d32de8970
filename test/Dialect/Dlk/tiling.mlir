// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TilingInterface: tiles over batch, m and n are smaller operations on slices.
// RUN: dlk-opt %s --transform-interpreter --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @tile
// CHECK-SAME: %[[A:.*]]: tensor<64x32xf16>, %[[B:.*]]: tensor<48x32xf16>, %[[X:.*]]: tensor<48xf16>, %[[C:.*]]: tensor<64x48xf32>)
// CHECK: scf.for %[[I:.*]] = %{{.*}} iter_args(%[[CI:.*]] = %[[C]])
// CHECK: scf.for %[[J:.*]] = %{{.*}} iter_args(%[[CJ:.*]] = %[[CI]])
// CHECK-DAG: %[[TA:.*]] = tensor.extract_slice %[[A]][%[[I]], 0] [32, 32] [1, 1]
// CHECK-DAG: %[[TB:.*]] = tensor.extract_slice %[[B]][%[[J]], 0] [16, 32] [1, 1]
// CHECK-DAG: %[[TX:.*]] = tensor.extract_slice %[[X]][%[[J]]] [16] [1]
// CHECK: %[[R:.*]] = dlk.matmul ins(%[[TA]], %[[TB]] : tensor<32x32xf16>, tensor<16x32xf16>) extras(%[[TX]] : tensor<16xf16>) outs(%{{.*}} : tensor<32x16xf32>)
// CHECK: tensor.insert_slice %[[R]] into %[[CJ]][%[[I]], %[[J]]] [32, 16] [1, 1]
func.func @tile(%a: tensor<64x32xf16>, %b: tensor<48x32xf16>, %x: tensor<48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<48x32xf16>) extras(%x : tensor<48xf16>)
         outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32, %bias: f16):
    %0 = arith.extf %bias : f16 to f32
    %1 = arith.addf %acc, %0 : f32
    dlk.yield %1 : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["dlk.matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %1, %loops:2 = transform.structured.tile_using_for %0 tile_sizes [32, 16]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The reduction is not tiled: the epilogue needs the whole sum.
func.func @tile_k(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  // expected-error@+3 {{cannot be tiled along k}}
  // expected-error@+2 {{to tile operation}}
  // expected-error@+1 {{failed to generate tiling loops}}
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["dlk.matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %1, %loops = transform.structured.tile_using_for %0 tile_sizes [0, 0, 16]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
