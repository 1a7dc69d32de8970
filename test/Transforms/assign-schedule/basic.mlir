// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which schedule is chosen, by size and layout.
// RUN: dlk-opt %s --dlk-assign-schedule | FileCheck %s
// RUN: dlk-opt %s --dlk-assign-schedule --dlk-assign-schedule | FileCheck %s

// The default of a large problem: 128x128x32, 4 warps of 64x64, 3 buffers.
// CHECK-LABEL: func @large
// CHECK: schedule #dlk.schedule<engine = mma_sync, tile = [128, 128, 32], warps = [2, 2], roles = none, stages = 3, cluster = [1, 1], swap_ab = false, copy = cp_async, epilogue = staged, split = none, raster = grouped 8, persistent = false, regs = [0, 0]>
// CHECK-SAME: reason "cost model for sm_80, best of 14: 1024 blocks, 10 for each of 108 SMs
func.func @large(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// A small problem gets small tiles, so that more SMs work.
// CHECK-LABEL: func @small
// CHECK: tile = [32, 32, 64], warps = [2, 2], {{.*}} reason "cost model for sm_80, best of 14: 64 blocks
func.func @small(%a: tensor<256x256xf16>, %b: tensor<256x256xf16>, %c: tensor<256x256xf32>) -> tensor<256x256xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<256x256xf16>, tensor<256x256xf16>) outs(%c : tensor<256x256xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<256x256xf32>
  return %r : tensor<256x256xf32>
}

// A few rows get tiles of 16 rows.
// CHECK-LABEL: func @few_rows
// CHECK: tile = [16, 64, 64], warps = [1, 4], {{.*}} memory bound
func.func @few_rows(%a: tensor<8x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<8x4096xf32>) -> tensor<8x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<8x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<8x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<8x4096xf32>
  return %r : tensor<8x4096xf32>
}

// A few columns get tiles of 16 columns.
// CHECK-LABEL: func @few_columns
// CHECK: tile = [64, 16, 64], warps = [4, 1], {{.*}} memory bound
func.func @few_columns(%a: tensor<4096x4096xf16>, %b: tensor<4096x8xf16>, %c: tensor<4096x8xf32>) -> tensor<4096x8xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x8xf16>) outs(%c : tensor<4096x8xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x8xf32>
  return %r : tensor<4096x8xf32>
}

// Rows of both operands that allow no pieces of 4 bytes are copied by loads.
// CHECK-LABEL: func @odd_rows
// CHECK: copy = ld,
func.func @odd_rows(%a: tensor<255x255xf16>, %b: tensor<255x255xf16>, %c: tensor<255x255xf32>) -> tensor<255x255xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<255x255xf16>, tensor<255x255xf16>) outs(%c : tensor<255x255xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<255x255xf32>
  return %r : tensor<255x255xf32>
}

// Rows of one operand that allow them are copied by cp.async.
// CHECK-LABEL: func @even_lhs
// CHECK: copy = cp_async,
func.func @even_lhs(%a: tensor<255x256xf16>, %b: tensor<256x255xf16>, %c: tensor<255x255xf32>) -> tensor<255x255xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<255x256xf16>, tensor<256x255xf16>) outs(%c : tensor<255x255xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<255x255xf32>
  return %r : tensor<255x255xf32>
}

// A pinned schedule stays, and the reason says so.
// CHECK-LABEL: func @pinned
// CHECK: tile = [64, 64, 32], {{.*}} reason "pinned" {
func.func @pinned(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [64, 64, 32]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// A reason that is there stays: the pass may run twice.
// CHECK-LABEL: func @reason
// CHECK: reason "measured" {
func.func @reason(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [64, 64, 32]> reason "measured" {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// A problem without elements gets a schedule too.
// CHECK-LABEL: func @empty
// CHECK: schedule {{.*}} reason "cost model for sm_80, best of 14: 0 blocks
func.func @empty(%a: tensor<0x64xf16>, %b: tensor<64x64xf16>, %c: tensor<0x64xf32>) -> tensor<0x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<0x64xf16>, tensor<64x64xf16>) outs(%c : tensor<0x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<0x64xf32>
  return %r : tensor<0x64xf32>
}
