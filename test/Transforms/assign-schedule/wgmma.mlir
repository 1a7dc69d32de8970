// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is chosen on a chip with wgmma, and why not wgmma.
// RUN: dlk-opt %s --dlk-assign-schedule="chip=sm_90a" | FileCheck %s
// RUN: dlk-opt %s --dlk-assign-schedule="chip=sm_90a" --dlk-verify-schedule="chip=sm_90a" | FileCheck %s
// RUN: dlk-opt %s --dlk-assign-schedule="chip=sm_90" | FileCheck %s --check-prefix=SM90
// RUN: dlk-opt %s --dlk-assign-schedule="chip=sm_90a candidates=true" 2>&1 | FileCheck %s --check-prefix=ALL

// SM90-NOT: engine = wgmma

// Candidates of wgmma come before those of mma_sync.
// ALL: remark: candidate: #dlk.schedule<engine = wgmma, tile = [128, 256, 64]
// ALL: remark: candidate: #dlk.schedule<engine = mma_sync

// The tile of large problems, in clusters of two.
// CHECK-LABEL: func @large
// CHECK: schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4, cluster = [2, 1], swap_ab = false, copy = tma, epilogue = stmatrix_tma, split = none, raster = grouped 16, persistent = true, regs = [40, 232]>
// CHECK-SAME: reason "cost model for sm_90a, best of {{[0-9]+}}: wgmma 128x256x64 cooperative, 512 tiles in 4 waves of 66 clusters of 2, 97 % of the tensor work is useful, tensor bound, about {{[0-9]+}} clocks, {{[0-9]+}} % of the tensor peak (predicted)"
func.func @large(%a: tensor<4096x4096xbf16>, %b: tensor<4096x4096xbf16>, %c: tensor<4096x4096xbf16>) -> tensor<4096x4096xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xbf16>, tensor<4096x4096xbf16>) outs(%c : tensor<4096x4096xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<4096x4096xbf16>
  return %r : tensor<4096x4096xbf16>
}

// A result that TMA cannot store.
// CHECK-LABEL: func @ragged_result
// CHECK: engine = wgmma, {{.*}} epilogue = staged,
func.func @ragged_result(%a: tensor<4096x4096xbf16>, %b: tensor<4095x4096xbf16>, %c: tensor<4096x4095xbf16>) -> tensor<4096x4095xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xbf16>, tensor<4095x4096xbf16>) outs(%c : tensor<4096x4095xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<4096x4095xbf16>
  return %r : tensor<4096x4095xbf16>
}

// An operand that TMA cannot copy: the reason says which.
// CHECK-LABEL: func @ragged_operand
// CHECK: engine = mma_sync, {{.*}} copy = cp_async, {{.*}} reason "{{.*}} clocks; mma_sync, since TMA needs rows aligned to 16 bytes, but those of the rhs are aligned to: 2 [DLK-S20]"
func.func @ragged_operand(%a: tensor<4096x4096xbf16>, %b: tensor<4096x4095xbf16>, %c: tensor<4096x4095xbf16>) -> tensor<4096x4095xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xbf16>, tensor<4096x4095xbf16>) outs(%c : tensor<4096x4095xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<4096x4095xbf16>
  return %r : tensor<4096x4095xbf16>
}

// Nothing to add up: no ring, no TMA.
// CHECK-LABEL: func @no_sum
// CHECK: engine = mma_sync
func.func @no_sum(%a: tensor<64x0xbf16>, %b: tensor<64x0xbf16>, %c: tensor<64x64xbf16>) -> tensor<64x64xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<64x0xbf16>, tensor<64x0xbf16>) outs(%c : tensor<64x64xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<64x64xbf16>
  return %r : tensor<64x64xbf16>
}

// Few tiles and a long sum: slices of it for all multiprocessors.
// CHECK-LABEL: func @few_tiles
// CHECK: split = split_k {{[0-9]+}}, {{.*}} reason "{{.*}} split_k {{[0-9]+}}, since tiles alone leave SMs idle: wgmma {{.*}}, {{[0-9]+}} of the clocks to add the slices"
func.func @few_tiles(%a: tensor<256x16384xbf16>, %b: tensor<256x16384xbf16>, %c: tensor<256x256xbf16>) -> tensor<256x256xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<256x16384xbf16>, tensor<256x16384xbf16>) outs(%c : tensor<256x256xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<256x256xbf16>
  return %r : tensor<256x256xbf16>
}
