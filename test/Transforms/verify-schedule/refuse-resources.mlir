// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages, shared memory, copies, grid (rules S8 to S12).
// RUN: dlk-opt %s --dlk-verify-schedule --split-input-file --verify-diagnostics

func.func @one_stage_s8(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  // expected-error@+1 {{stages is not in 2..8: 1 [DLK-S8]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<stages = 1> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// -----

func.func @nine_stages_s8(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  // expected-error@+1 {{stages is not in 2..8: 9 [DLK-S8]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<stages = 9, tile = [64, 64, 32]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// -----

func.func @ring_s9(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  // expected-error@+1 {{too much shared memory: 262144 bytes (ring 262144, staging 16384); sm_80 allows 166912 [DLK-S9]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [128, 128, 64], stages = 8> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// -----

func.func @lhs_pieces_s10(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  // expected-error@+1 {{16-byte pieces of the lhs tile do not divide evenly over 128 threads: 64 [DLK-S10]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [32, 128, 16]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// -----

func.func @rhs_pieces_s10(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  // expected-error@+1 {{16-byte pieces of the rhs tile do not divide evenly over 256 threads: 128 [DLK-S10]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [128, 64, 16], warps = [4, 2]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// -----

func.func @cp_async_s11(%a: tensor<255x255xf16>, %b: tensor<255x255xf16>, %c: tensor<255x255xf32>) -> tensor<255x255xf32> {
  // expected-error@+1 {{cp_async moves 4, 8 or 16 aligned bytes, but the rows of both operands are aligned to: 2; use copy = ld [DLK-S11]}}
  %r = dlk.matmul ins(%a, %b : tensor<255x255xf16>, tensor<255x255xf16>) outs(%c : tensor<255x255xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<copy = cp_async> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<255x255xf32>
  return %r : tensor<255x255xf32>
}

// -----

func.func @grid_s12(%a: tensor<100000000x2xf16>, %b: tensor<2x100000000xf16>, %c: tensor<100000000x100000000xf32>) -> tensor<100000000x100000000xf32> {
  // expected-error@+1 {{too many blocks: 39062500000000; at most 2147483647 [DLK-S12]}}
  %r = dlk.matmul ins(%a, %b : tensor<100000000x2xf16>, tensor<2x100000000xf16>) outs(%c : tensor<100000000x100000000xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [16, 16, 16], warps = [1, 1]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<100000000x100000000xf32>
  return %r : tensor<100000000x100000000xf32>
}

// -----

func.func @unscheduled_p22(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error@+1 {{operation without a schedule: run dlk-assign-schedule [DLK-P22]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}
