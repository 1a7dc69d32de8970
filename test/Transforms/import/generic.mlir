// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg.generic and linalg.contract: recognised by body and maps.
// RUN: dlk-opt %s --dlk-import --canonicalize | FileCheck %s

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[NM:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>
// CHECK-DAG: #[[BMK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[SHARED:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[BMN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>

// The loops stand in another order (k, n, m); operands of add and mul swapped.
// CHECK-LABEL: func @generic
// CHECK: dlk.matmul {{.*}} maps [#[[MK]], #[[KN]], #[[MN]]] acc f32
func.func @generic(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<64x48xf32>
  %r = linalg.generic {
         indexing_maps = [affine_map<(k, n, m) -> (m, k)>, affine_map<(k, n, m) -> (k, n)>,
                          affine_map<(k, n, m) -> (m, n)>],
         iterator_types = ["reduction", "parallel", "parallel"]}
         ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf32>) {
  ^bb0(%x: f16, %y: f16, %acc: f32):
    %0 = arith.extf %x : f16 to f32
    %1 = arith.extf %y : f16 to f32
    %2 = arith.mulf %1, %0 : f32
    %3 = arith.addf %2, %acc : f32
    linalg.yield %3 : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// A body without extensions sums in f16; dlk sums in f32 and rounds once.
// CHECK-LABEL: func @narrow
// CHECK: dlk.matmul {{.*}} acc f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @narrow(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf16> {
  %z = arith.constant dense<0.0> : tensor<64x48xf16>
  %r = linalg.generic {
         indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                          affine_map<(m, n, k) -> (m, n)>],
         iterator_types = ["parallel", "parallel", "reduction"]}
         ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf16>) {
  ^bb0(%x: f16, %y: f16, %acc: f16):
    %0 = arith.mulf %x, %y : f16
    %1 = arith.addf %acc, %0 : f16
    linalg.yield %1 : f16
  } -> tensor<64x48xf16>
  return %r : tensor<64x48xf16>
}

// A transposed result is a map; m is the dimension of the first input.
// CHECK-LABEL: func @transposed_result
// CHECK: dlk.matmul {{.*}} maps [#[[MK]], #[[KN]], #[[NM]]]
func.func @transposed_result(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<48x64xf32> {
  %z = arith.constant dense<0.0> : tensor<48x64xf32>
  %r = linalg.contract
         indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                          affine_map<(m, n, k) -> (n, m)>]
         ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<48x64xf32>) -> tensor<48x64xf32>
  return %r : tensor<48x64xf32>
}

// math.fma is multiply and add.
// CHECK-LABEL: func @fma
// CHECK: dlk.matmul
func.func @fma(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<64x48xf32>
  %r = linalg.generic {
         indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                          affine_map<(m, n, k) -> (m, n)>],
         iterator_types = ["parallel", "parallel", "reduction"]}
         ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf32>) {
  ^bb0(%x: f16, %y: f16, %acc: f32):
    %0 = arith.extf %x : f16 to f32
    %1 = arith.extf %y : f16 to f32
    %2 = math.fma %0, %1, %acc : f32
    linalg.yield %2 : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// Of two dimensions that only lhs and the result have, the inner one is m and
// the other a batch dimension that rhs lacks.
// CHECK-LABEL: func @two_m
// CHECK: dlk.matmul {{.*}} maps [#[[BMK]], #[[SHARED]], #[[BMN]]]
func.func @two_m(%a: tensor<2x64x32xf16>, %b: tensor<32x48xf16>) -> tensor<2x64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<2x64x48xf32>
  %r = linalg.contract
         indexing_maps = [affine_map<(m1, m2, n, k) -> (m1, m2, k)>, affine_map<(m1, m2, n, k) -> (k, n)>,
                          affine_map<(m1, m2, n, k) -> (m1, m2, n)>]
         ins(%a, %b : tensor<2x64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<2x64x48xf32>) -> tensor<2x64x48xf32>
  return %r : tensor<2x64x48xf32>
}

// A user's schedule and other attributes come along.
// CHECK-LABEL: func @pinned
// CHECK: dlk.matmul {{.*}} schedule #dlk.schedule<engine = mma_sync, tile = [64, 64, 32]
// CHECK-SAME: attributes {layer = "fc1"}
func.func @pinned(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<64x48xf32>
  %r = linalg.matmul {dlk.schedule = #dlk.schedule<tile = [64, 64, 32]>, layer = "fc1"}
         ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%z : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// Static shapes behind tensor.cast are seen.
// CHECK-LABEL: func @cast
// CHECK: dlk.matmul ins(%{{.*}}, %{{.*}} : tensor<64x32xf16>, tensor<32x48xf16>)
func.func @cast(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>) -> tensor<64x48xf32> {
  %z = arith.constant dense<0.0> : tensor<64x48xf32>
  %a1 = tensor.cast %a : tensor<64x32xf16> to tensor<?x?xf16>
  %b1 = tensor.cast %b : tensor<32x48xf16> to tensor<?x?xf16>
  %z1 = tensor.cast %z : tensor<64x48xf32> to tensor<?x?xf32>
  %r = linalg.matmul ins(%a1, %b1 : tensor<?x?xf16>, tensor<?x?xf16>) outs(%z1 : tensor<?x?xf32>) -> tensor<?x?xf32>
  %s = tensor.cast %r : tensor<?x?xf32> to tensor<64x48xf32>
  return %s : tensor<64x48xf32>
}

// Other linalg operations are left alone.
// CHECK-LABEL: func @others
// CHECK: linalg.exp
// CHECK: linalg.reduce
func.func @others(%a: tensor<64x32xf32>, %b: tensor<64xf32>) -> tensor<64xf32> {
  %0 = linalg.exp ins(%a : tensor<64x32xf32>) outs(%a : tensor<64x32xf32>) -> tensor<64x32xf32>
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<64x32xf32>) outs(%b : tensor<64xf32>) dimensions = [1]
  return %1 : tensor<64xf32>
}
