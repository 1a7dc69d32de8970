// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrices that are gathered from tensors: text of the attribute, and operands of dlk.matmul.
// RUN: dlk-opt %s --split-input-file | dlk-opt --split-input-file | FileCheck %s
// RUN: dlk-opt %s --split-input-file --canonicalize | FileCheck %s --check-prefix=CANON

// CHECK: #[[MAP:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d3 - 1, d2 * 2 + d4 - 1, d5)>
// CHECK-LABEL: @gathered
// CHECK: dlk.matmul
// CHECK-SAME: gathers [#dlk.gather<[2, 4, 4], [3, 3, 8], #[[MAP]]>, unit, unit]
func.func @gathered(%x: tensor<2x8x8x8xf16>, %w: tensor<16x72xf16>, %y: tensor<32x16xf16>) -> tensor<32x16xf16> {
  %r = dlk.matmul ins(%x, %w : tensor<2x8x8x8xf16>, tensor<16x72xf16>) outs(%y : tensor<32x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [#dlk.gather<[2, 4, 4], [3, 3, 8],
      affine_map<(n, p, q, r, s, c) -> (n, 2 * p + r - 1, 2 * q + s - 1, c)>>, unit, unit] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<32x16xf16>
  return %r : tensor<32x16xf16>
}

// -----

// The gather of an extra that is dropped goes with it.
// CANON-LABEL: @unused_extra
// CANON: dlk.matmul ins(%{{.*}}, %{{.*}} : tensor<2x8x8x8xf16>, tensor<16x8xf16>) outs
// CANON-SAME: gathers [#dlk.gather<[2, 4, 4], [8], #{{.*}}>, unit, unit]
func.func @unused_extra(%x: tensor<2x8x8x8xf16>, %w: tensor<16x8xf16>, %e: tensor<16xf16>, %y: tensor<32x16xf16>) -> tensor<32x16xf16> {
  %r = dlk.matmul ins(%x, %w : tensor<2x8x8x8xf16>, tensor<16x8xf16>) extras(%e : tensor<16xf16>) outs(%y : tensor<32x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [#dlk.gather<[2, 4, 4], [8], affine_map<(n, p, q, c) -> (n, 2 * p, 2 * q, c)>>, unit, unit, unit] acc f32 {
  ^bb0(%acc: f32, %z: f16):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<32x16xf16>
  return %r : tensor<32x16xf16>
}
