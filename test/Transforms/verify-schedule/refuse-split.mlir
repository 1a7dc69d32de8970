// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: dlk-opt %s --split-input-file --verify-diagnostics --dlk-verify-schedule="chip=sm_90a"
// Slices of k that split_k does not have (rule S26), and shares that
// stream_k does not have (rule S27).

func.func @more_slices_than_steps(%a: tensor<256x104xf16>, %b: tensor<256x104xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{split_k leaves slices without a k step: 3 slices of 1 of 2 steps; 2 are as fast [DLK-S26]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x104xf16>, tensor<256x104xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = split_k 3> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @slices_left_over(%a: tensor<256x320xf16>, %b: tensor<256x320xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{split_k leaves slices without a k step: 4 slices of 2 of 5 steps; 3 are as fast [DLK-S26]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x320xf16>, tensor<256x320xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = split_k 4> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @no_steps(%a: tensor<256x0xf16>, %b: tensor<256x0xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{split_k leaves slices without a k step: 2 slices of 0 of 0 steps; 0 are as fast [DLK-S26]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x0xf16>, tensor<256x0xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = split_k 2> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @too_many_slices(%a: tensor<256x4096xf16>, %b: tensor<256x4096xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{too many slices of split_k: 33; at most 32 [DLK-S26]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x4096xf16>, tensor<256x4096xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = split_k 33> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @unequal_slices(%a: tensor<256x96xf16>, %b: tensor<256x96xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{engine mma_sync splits k only into equal slices: 3 steps into 2 slices [DLK-S26]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x96xf16>, tensor<256x96xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [128, 128, 32], split = split_k 2> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @turns_s27(%a: tensor<256x4096xf16>, %b: tensor<256x4096xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{stream_k has tiles of different lengths, in which consumers cannot take turns: pingpong [DLK-S27]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x4096xf16>, tensor<256x4096xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 256, 64], warps = [2, 1], roles = pingpong, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = stream_k> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @stream_hilbert_s27(%a: tensor<256x4096xf16>, %b: tensor<256x4096xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{stream_k has no raster: hilbert [DLK-S27]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x4096xf16>, tensor<256x4096xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, raster = hilbert, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = stream_k> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @many_steps_s27(%a: tensor<4194304x4096xf16>, %b: tensor<4194304x4096xf16>, %c: tensor<4194304x4194304xf16>) -> tensor<4194304x4194304xf16> {
  // expected-error@+1 {{stream_k shares more than 2147483647 k steps: 536870912 tiles of 64 [DLK-S27]}}
  %r = dlk.matmul ins(%a, %b : tensor<4194304x4096xf16>, tensor<4194304x4096xf16>) outs(%c : tensor<4194304x4194304xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = stream_k> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4194304x4194304xf16>
  return %r : tensor<4194304x4194304xf16>
}

// -----

func.func @many_parts_s27(%a: tensor<128x8192xf16>, %b: tensor<256x8192xf16>, %c: tensor<128x256xf16>) -> tensor<128x256xf16> {
  // expected-error@+1 {{stream_k divides a tile into more than 32 parts: 128 [DLK-S27]}}
  %r = dlk.matmul ins(%a, %b : tensor<128x8192xf16>, tensor<256x8192xf16>) outs(%c : tensor<128x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = stream_k> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<128x256xf16>
  return %r : tensor<128x256xf16>
}

// -----

func.func @swap_s27(%a: tensor<256x4096xf16>, %b: tensor<256x4096xf16>, %c: tensor<256x256xf16>) -> tensor<256x256xf16> {
  // expected-error@+1 {{stream_k has no swap_ab: true [DLK-S27]}}
  %r = dlk.matmul ins(%a, %b : tensor<256x4096xf16>, tensor<256x4096xf16>) outs(%c : tensor<256x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], swap_ab = true, split = stream_k> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<256x256xf16>
  return %r : tensor<256x256xf16>
}

// -----

func.func @half_sums_s26(%a: tensor<128x8192xf16>, %b: tensor<256x8192xf16>, %c: tensor<128x256xf16>) -> tensor<128x256xf16> {
  // expected-error@+1 {{sums are split in f32 or i32, not in 2 bytes [DLK-S26]}}
  %r = dlk.matmul ins(%a, %b : tensor<128x8192xf16>, tensor<256x8192xf16>) outs(%c : tensor<128x256xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f16
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], split = split_k 4> {
  ^bb0(%acc: f16):
    dlk.yield %acc : f16
  } -> tensor<128x256xf16>
  return %r : tensor<128x256xf16>
}
