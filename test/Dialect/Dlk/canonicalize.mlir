// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Canonical form: every extra is read and stands once; nothing computes the
// destination.
// RUN: dlk-opt %s --canonicalize | FileCheck %s
// RUN: dlk-opt %s --canonicalize --canonicalize | FileCheck %s

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#row = affine_map<(m, n, k) -> (n)>
#col = affine_map<(m, n, k) -> (m)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG: #[[COL:.*]] = affine_map<(d0, d1, d2) -> (d0)>

// An extra that the epilogue does not read goes, with its map and argument.
// CHECK-LABEL: func @unused_extra
// CHECK-SAME: %[[A:.*]]: tensor<8x8xf16>, %[[X:.*]]: tensor<8xf32>, %[[Y:.*]]: tensor<8xf32>,
// CHECK: extras(%[[Y]] : tensor<8xf32>)
// CHECK-SAME: maps [#{{.*}}, #{{.*}}, #[[COL]], #{{.*}}]
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[ARG:.*]]: f32):
// CHECK-NEXT: arith.addf %[[ACC]], %[[ARG]]
func.func @unused_extra(%a: tensor<8x8xf16>, %x: tensor<8xf32>, %y: tensor<8xf32>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>)
         extras(%x, %y : tensor<8xf32>, tensor<8xf32>) outs(%c : tensor<8x8xf32>)
         maps [#lhs, #rhs, #row, #col, #out] acc f32 {
  ^bb0(%acc: f32, %0: f32, %1: f32):
    %2 = arith.addf %acc, %1 : f32
    dlk.yield %2 : f32
  } -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// Equal extras with equal maps are read once; another map is another extra.
// CHECK-LABEL: func @equal_extras
// CHECK-SAME: %[[A:.*]]: tensor<8x8xf16>, %[[X:.*]]: tensor<8xf32>,
// CHECK: extras(%[[X]], %[[X]] : tensor<8xf32>, tensor<8xf32>)
// CHECK-SAME: maps [#{{.*}}, #{{.*}}, #[[ROW]], #[[COL]], #{{.*}}]
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[P:.*]]: f32, %[[Q:.*]]: f32):
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[ACC]], %[[P]]
// CHECK-NEXT: %[[T:.*]] = arith.addf %[[S]], %[[Q]]
// CHECK-NEXT: arith.addf %[[T]], %[[P]]
func.func @equal_extras(%a: tensor<8x8xf16>, %x: tensor<8xf32>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>)
         extras(%x, %x, %x : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) outs(%c : tensor<8x8xf32>)
         maps [#lhs, #rhs, #row, #col, #row, #out] acc f32 {
  ^bb0(%acc: f32, %0: f32, %1: f32, %2: f32):
    %3 = arith.addf %acc, %0 : f32
    %4 = arith.addf %3, %1 : f32
    %5 = arith.addf %4, %2 : f32
    dlk.yield %5 : f32
  } -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// The content of the destination is never read, so nothing computes it.
// CHECK-LABEL: func @computed_init
// CHECK-NOT: linalg.fill
// CHECK: %[[E:.*]] = tensor.empty() : tensor<8x8xf32>
// CHECK-NEXT: dlk.matmul {{.*}} outs(%[[E]] : tensor<8x8xf32>)
func.func @computed_init(%a: tensor<8x8xf16>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %one = arith.constant 1.0 : f32
  %f = linalg.fill ins(%one : f32) outs(%c : tensor<8x8xf32>) -> tensor<8x8xf32>
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>) outs(%f : tensor<8x8xf32>)
         maps [#lhs, #rhs, #out] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// A destination that is a function argument stays.
// CHECK-LABEL: func @argument_init
// CHECK-SAME: %[[C:[^:]*]]: tensor<8x8xf32>)
// CHECK: dlk.matmul {{.*}} outs(%[[C]] : tensor<8x8xf32>)
func.func @argument_init(%a: tensor<8x8xf16>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>) outs(%c : tensor<8x8xf32>)
         maps [#lhs, #rhs, #out] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// The region folds like any other code, and constants stay inside.
// CHECK-LABEL: func @fold_region
// CHECK: dlk.matmul
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: %[[THREE:.*]] = arith.constant 3.0
// CHECK-NEXT: %[[R:.*]] = arith.mulf %[[ACC]], %[[THREE]]
// CHECK-NEXT: dlk.yield %[[R]]
func.func @fold_region(%a: tensor<8x8xf16>, %c: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>) outs(%c : tensor<8x8xf32>)
         maps [#lhs, #rhs, #out] acc f32 {
  ^bb0(%acc: f32):
    %one = arith.constant 1.0 : f32
    %two = arith.constant 2.0 : f32
    %three = arith.addf %one, %two : f32
    %0 = arith.mulf %acc, %three : f32
    dlk.yield %0 : f32
  } -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// An operation whose result nobody uses disappears: it is pure.
// CHECK-LABEL: func @dead
// CHECK-NOT: dlk.matmul
func.func @dead(%a: tensor<8x8xf16>, %c: tensor<8x8xf32>) {
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>) outs(%c : tensor<8x8xf32>)
         maps [#lhs, #rhs, #out] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<8x8xf32>
  return
}
