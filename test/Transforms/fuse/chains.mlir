// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chains, producers of extras, constants, several operations.
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

// A bias that is cast, then broadcast, is read where it lies.
// CHECK-LABEL: func @broadcast_bias
// CHECK-SAME: %[[X:[^:]*]]: tensor<48xf16>)
// CHECK-NOT: linalg
// CHECK: dlk.matmul {{.*}} extras(%[[X]] : tensor<48xf16>) {{.*}} maps [#[[MK]], #[[KN]], #[[ROW:.*]], #[[MN]]]
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[B:.*]]: f16):
// CHECK-NEXT: %[[E:.*]] = arith.extf %[[B]]
// CHECK-NEXT: arith.addf %[[ACC]], %[[E]]
func.func @broadcast_bias(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<48xf16>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %e = tensor.empty() : tensor<64x48xf32>
  %f = tensor.empty() : tensor<48xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
         ins(%x : tensor<48xf16>) outs(%f : tensor<48xf32>) {
  ^bb0(%0: f16, %1: f32):
    %2 = arith.extf %0 : f16 to f32
    linalg.yield %2 : f32
  } -> tensor<48xf32>
  %v = linalg.broadcast ins(%w : tensor<48xf32>) outs(%e : tensor<64x48xf32>) dimensions = [0]
  %y = linalg.add ins(%r, %v : tensor<64x48xf32>, tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// A chain of fill, named, elementwise and map operations.
// CHECK-LABEL: func @chain
// CHECK-NOT: linalg
// CHECK: dlk.matmul {{.*}} maps [#[[MK]], #[[KN]], #[[MN]], #[[MN]]]
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[X:.*]]: f32):
// CHECK-NEXT: %[[H:.*]] = arith.constant 5.0
// CHECK-NEXT: %[[M:.*]] = arith.mulf %[[ACC]], %[[H]]
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[M]], %[[X]]
// CHECK-NEXT: %[[T:.*]] = math.tanh %[[S]]
// CHECK-NEXT: math.absf %[[T]]
func.func @chain(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>, %x: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %half = arith.constant 0.5 : f32
  %e = tensor.empty() : tensor<64x48xf32>
  %h = linalg.fill ins(%half : f32) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %0 = linalg.mul ins(%r, %h : tensor<64x48xf32>, tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %1 = linalg.add ins(%0, %x : tensor<64x48xf32>, tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %2 = linalg.elementwise kind=#linalg.elementwise_kind<tanh> ins(%1 : tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %y = linalg.map { math.absf } ins(%2 : tensor<64x48xf32>) outs(%e : tensor<64x48xf32>)
  return %y : tensor<64x48xf32>
}

// The product of two results is fused into one of them; the other is an extra.
// CHECK-LABEL: func @two_matmuls
// CHECK: %[[P:.*]] = dlk.matmul
// CHECK: dlk.matmul {{.*}} extras(%[[P]] : tensor<64x48xf32>)
// CHECK: arith.mulf
// CHECK-NOT: linalg
func.func @two_matmuls(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %q = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 {
  ^bb0(%acc: f32):
    %0 = arith.negf %acc : f32
    dlk.yield %0 : f32
  } -> tensor<64x48xf32>
  %e = tensor.empty() : tensor<64x48xf32>
  %y = linalg.mul ins(%r, %q : tensor<64x48xf32>, tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// Schedule and foreign attributes survive.
// CHECK-LABEL: func @schedule
// CHECK: dlk.matmul {{.*}} stages = 4, {{.*}} attributes {layer = "fc"}
// CHECK: math.exp
func.func @schedule(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [#mk, #kn, #mn] acc f32 schedule #dlk.schedule<stages = 4> attributes {layer = "fc"} {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  %e = tensor.empty() : tensor<64x48xf32>
  %y = linalg.exp ins(%r : tensor<64x48xf32>) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}

// An extra whose elements are all the same is a constant.
// CHECK-LABEL: func @uniform_extra
// CHECK-NOT: extras
// CHECK: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: %[[TWO:.*]] = arith.constant 2.0
// CHECK-NEXT: arith.mulf %[[ACC]], %[[TWO]]
func.func @uniform_extra(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %x = arith.constant dense<2.0> : tensor<48xf32>
  %y = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) extras(%x : tensor<48xf32>)
         outs(%c : tensor<64x48xf32>) maps [#mk, #kn, affine_map<(m, n, k) -> (n)>, #mn] acc f32 {
  ^bb0(%acc: f32, %0: f32):
    %1 = arith.mulf %acc, %0 : f32
    dlk.yield %1 : f32
  } -> tensor<64x48xf32>
  return %y : tensor<64x48xf32>
}
