// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Round trip: text, generic text and bytecode all print the same operation.
// RUN: dlk-opt %s | FileCheck %s
// RUN: dlk-opt %s | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --mlir-print-op-generic | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --emit-bytecode | dlk-opt | FileCheck %s

// CHECK-DAG: #[[LHS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[RHS:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[OUT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d1)>

// The plain product: no extras, no schedule.
// CHECK-LABEL: func @plain
// CHECK: dlk.matmul ins(%{{.*}}, %{{.*}} : tensor<64x32xf16>, tensor<32x48xf16>)
// CHECK-SAME: outs(%{{.*}} : tensor<64x48xf32>) maps [#[[LHS]], #[[RHS]], #[[OUT]]] acc f32 {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: dlk.yield %[[ACC]] : f32
// CHECK-NEXT: } -> tensor<64x48xf32>
func.func @plain(%a: tensor<64x32xf16>, %b: tensor<32x48xf16>, %c: tensor<64x48xf32>) -> tensor<64x48xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>) outs(%c : tensor<64x48xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x48xf32>
  return %r : tensor<64x48xf32>
}

// Extras, a schedule with its reason, and foreign attributes.
// CHECK-LABEL: func @full
// CHECK: extras(%{{.*}}, %{{.*}} : tensor<48xf16>, tensor<f32>) outs
// CHECK-SAME: maps [#[[LHS]], #[[RHS]], #[[ROW]], #{{.*}}, #[[OUT]]] acc f32
// CHECK-SAME: schedule #dlk.schedule<engine = mma_sync, tile = [64, 64, 32],
// CHECK-SAME: reason "pinned" attributes {note = 1 : i64} {
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: f16, %{{.*}}: f32):
func.func @full(%a: tensor<64x32xbf16>, %b: tensor<32x48xbf16>, %x: tensor<48xf16>, %s: tensor<f32>,
                %c: tensor<64x48xbf16>) -> tensor<64x48xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<64x32xbf16>, tensor<32x48xbf16>)
         extras(%x, %s : tensor<48xf16>, tensor<f32>) outs(%c : tensor<64x48xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> ()>,
               affine_map<(m, n, k) -> (m, n)>]
         acc f32 schedule #dlk.schedule<tile = [64, 64, 32]> reason "pinned" attributes {note = 1} {
  ^bb0(%acc: f32, %bias: f16, %scale: f32):
    %0 = arith.mulf %acc, %scale : f32
    %1 = arith.extf %bias : f16 to f32
    %2 = arith.addf %0, %1 : f32
    %3 = math.tanh %2 : f32
    %4 = arith.truncf %3 : f32 to bf16
    dlk.yield %4 : bf16
  } -> tensor<64x48xbf16>
  return %r : tensor<64x48xbf16>
}

// Every operand may have its own layout, and may lack what it is broadcast over:
// two batch dimensions, rhs shared by both, lhs without m, result n-major.
// CHECK-LABEL: func @layouts
// CHECK: maps [#{{.*}}, #{{.*}}, #{{.*}}] acc f32
func.func @layouts(%a: tensor<7x3x2xf16>, %b: tensor<5x7xf16>, %c: tensor<2x5x4x3xf16>) -> tensor<2x5x4x3xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<7x3x2xf16>, tensor<5x7xf16>) outs(%c : tensor<2x5x4x3xf16>)
         maps [affine_map<(p, q, m, n, k) -> (k, q, p)>, affine_map<(p, q, m, n, k) -> (n, k)>,
               affine_map<(p, q, m, n, k) -> (p, n, m, q)>] acc f32 {
  ^bb0(%acc: f32):
    %0 = arith.truncf %acc : f32 to f16
    dlk.yield %0 : f16
  } -> tensor<2x5x4x3xf16>
  return %r : tensor<2x5x4x3xf16>
}

// Sizes of zero are shapes like any other.
// CHECK-LABEL: func @empty
// CHECK: dlk.matmul ins(%{{.*}}, %{{.*}} : tensor<4x0xf16>, tensor<0x4xf16>)
func.func @empty(%a: tensor<4x0xf16>, %b: tensor<0x4xf16>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4x0xf16>, tensor<0x4xf16>) outs(%c : tensor<4x4xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}
