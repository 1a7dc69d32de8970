// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Schedules that are legal on sm_80 pass, and nothing changes.
// RUN: dlk-opt %s --dlk-verify-schedule | FileCheck %s
// RUN: dlk-opt %s --dlk-verify-schedule --dlk-verify-schedule | FileCheck %s
// RUN: dlk-opt %s --dlk-verify-schedule="chip=sm_90a" | FileCheck %s

// The default.
// CHECK-LABEL: func @default
// CHECK: dlk.matmul
func.func @default(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// Large tiles with 8 warps of 64x64.
// CHECK-LABEL: func @wide
// CHECK: dlk.matmul
func.func @wide(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [128, 256, 32], warps = [2, 4]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// The same the other way round, with deeper k and more than 48 KiB.
// CHECK-LABEL: func @tall
// CHECK: dlk.matmul
func.func @tall(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [256, 128, 64], warps = [4, 2], stages = 3> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// Small tiles.
// CHECK-LABEL: func @small
// CHECK: dlk.matmul
func.func @small(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [64, 64, 32], warps = [2, 2], stages = 8> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// The smallest tile of one warp.
// CHECK-LABEL: func @smallest
// CHECK: dlk.matmul
func.func @smallest(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [16, 16, 16], warps = [1, 1], stages = 2> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// Copies by loads, another raster.
// CHECK-LABEL: func @loads
// CHECK: dlk.matmul
func.func @loads(%a: tensor<255x255xf16>, %b: tensor<255x255xf16>, %c: tensor<255x255xf32>) -> tensor<255x255xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<255x255xf16>, tensor<255x255xf16>) outs(%c : tensor<255x255xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<copy = ld, raster = row> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<255x255xf32>
  return %r : tensor<255x255xf32>
}

// Exactly the limit of 128 accumulators per thread.
// CHECK-LABEL: func @accumulators
// CHECK: dlk.matmul
func.func @accumulators(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [64, 64, 32], warps = [1, 1]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}

// A function without dlk operations.
// CHECK-LABEL: func @nothing
func.func @nothing() {
  return
}
