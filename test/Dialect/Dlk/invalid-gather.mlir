// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of #dlk.gather and of the gathers of dlk.matmul.
// RUN: dlk-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{map of a gather is not linear in one dimension for each of 3 digits: affine_map<(d0, d1) -> (d0, d1)> [DLK-A8]}}
#g = #dlk.gather<[2, 4], [8], affine_map<(a, b) -> (a, b)>>

// -----

// expected-error @+1 {{[DLK-A8]}}
#g = #dlk.gather<[2], [8], affine_map<(a, b) -> (a floordiv 2, b)>>

// -----

// expected-error @+1 {{[DLK-A8]}}
#g = #dlk.gather<[2], [8], affine_map<(a, b)[s] -> (a + s, b)>>

// -----

// expected-error @+1 {{extents of a gather are not in 0..2^31-1: [65536, 65536] [DLK-A9]}}
#g = #dlk.gather<[65536, 65536], [8], affine_map<(a, b, c) -> (a, b, c)>>

// -----

// expected-error @+1 {{extents of a gather are not in 0..2^31-1: [-1] [DLK-A9]}}
#g = #dlk.gather<[-1], [8], affine_map<(a, b) -> (a, b)>>

// -----

// expected-error @+1 {{indices of a gather are not in -2^31..2^31-1: 0..4294966272 [DLK-A9]}}
#g = #dlk.gather<[4194304], [8], affine_map<(a, b) -> (1024 * a, b)>>

// -----

func.func @count(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<16x16xf16>) -> tensor<16x16xf16> {
  // expected-error @+1 {{expected one gather or unit for lhs, rhs, each extra and the result: 2 for 3 tensors [DLK-V16]}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<16x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [unit, unit] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x16xf16>
  return %r : tensor<16x16xf16>
}

// -----

func.func @kind(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<16x16xf16>) -> tensor<16x16xf16> {
  // expected-error @+1 {{neither a gather nor unit: 7 : i64 [DLK-V16]}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<16x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [7, unit, unit] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x16xf16>
  return %r : tensor<16x16xf16>
}

// -----

func.func @rank(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<16x16xf16>) -> tensor<16x16xf16> {
  // expected-error @+1 {{gather of lhs gives 3 indices of 'tensor<16x8xf16>' [DLK-V16]}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<16x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [#dlk.gather<[4, 4], [8], affine_map<(a, b, c) -> (a, b, c)>>, unit, unit] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x16xf16>
  return %r : tensor<16x16xf16>
}

// -----

func.func @no_gather(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<16x16xf16>) -> tensor<16x16xf16> {
  // expected-error @+1 {{rows are combined, but the result has no gather [DLK-V17]}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<16x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] combine max acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x16xf16>
  return %r : tensor<16x16xf16>
}

// -----

func.func @multiply(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<4x16xf16>) -> tensor<4x16xf16> {
  // expected-error @+1 {{rows are combined by sum, max and min of f16, bf16 and f32: multiply of 'f16' [DLK-V17]}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<4x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [unit, unit, #dlk.gather<[4, 2, 2], [16], affine_map<(a, b, c, n) -> (a, n)>>] combine multiply acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4x16xf16>
  return %r : tensor<4x16xf16>
}

// -----

func.func @digits(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<4x16xf16>) -> tensor<4x16xf16> {
  // expected-error @+1 {{rows are combined whose last two digits are not 2 and 2}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<4x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [unit, unit, #dlk.gather<[4, 4], [16], affine_map<(a, b, n) -> (a, n)>>] combine max acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4x16xf16>
  return %r : tensor<4x16xf16>
}

// -----

func.func @places(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<5x16xf16>) -> tensor<5x16xf16> {
  // expected-error @+1 {{rows that are combined have places of their own}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<5x16xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [unit, unit, #dlk.gather<[4, 2, 2], [16], affine_map<(a, b, c, n) -> (a + c, n)>>] combine max acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<5x16xf16>
  return %r : tensor<5x16xf16>
}

// -----

func.func @columns(%x: tensor<16x8xf16>, %w: tensor<16x8xf16>, %y: tensor<16x4xf16>) -> tensor<16x4xf16> {
  // expected-error @+1 {{rows are combined of a result that is not contiguous along n}}
  %r = dlk.matmul ins(%x, %w : tensor<16x8xf16>, tensor<16x8xf16>) outs(%y : tensor<16x4xf16>)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    gathers [unit, unit, #dlk.gather<[4, 2, 2], [16], affine_map<(a, b, c, n) -> (n, a)>>] combine max acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<16x4xf16>
  return %r : tensor<16x4xf16>
}
