// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What wgmma does not do, and shapes of its tiles (rules S2, S3, S13 to S16, S22).
// RUN: dlk-opt %s --dlk-verify-schedule="chip=sm_90a" --split-input-file --verify-diagnostics

func.func @features_s2(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{illegal schedule: not supported by engine wgmma: roles = none; supported: cooperative, pingpong [DLK-S2]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = none, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @copy_s2(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{not supported by engine wgmma: copy = cp_async; supported: tma, tma_im2col [DLK-S2]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = cp_async, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @epilogue_s2(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{not supported by engine wgmma: epilogue = direct; supported: staged, stmatrix_tma [DLK-S2]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = direct, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @persistent_s2(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{not supported by engine wgmma: persistent = false; supported: true [DLK-S2]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = false, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @regs_s2(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{not supported by engine wgmma: regs = [0, 0]; supported: the counts of both roles [DLK-S2]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [0, 0]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @consumers_s3(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{too many consumer warpgroups: 2 x 2 = 4; at most 3 [DLK-S3]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [256, 256, 64], warps = [2, 2], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @rows_s13(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile m is not a multiple of 128 (64 x warps m) of at most 256: 64 [DLK-S13]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @many_rows_s13(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile m is not a multiple of 192 (64 x warps m) of at most 256: 384 [DLK-S13]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [384, 64, 64], warps = [3, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [32, 160]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @turns_s13(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile m is not a multiple of 64 (rows of wgmma) of at most 256: 96 [DLK-S13]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [96, 128, 64], warps = [2, 1], roles = pingpong, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @columns_s14(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile n / warps n is not an n of wgmma, a multiple of 8 of at most 256 in all: 100 / 1 [DLK-S14]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 100, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @uneven_s14(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile n / warps n is not an n of wgmma, a multiple of 8 of at most 256 in all: 200 / 3 [DLK-S14]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 200, 64], warps = [1, 3], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [32, 160]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @many_columns_s14(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile n / warps n is not an n of wgmma, a multiple of 8 of at most 256 in all: 384 / 3 [DLK-S14]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 384, 64], warps = [1, 3], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [32, 160]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @depth_s15(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{rows of tile k are not a multiple of 128 bytes: 32 elements of 2 bytes [DLK-S15]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 32], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @panels_s16(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{a warpgroup's part of the rhs tile, whose rows do not run along k, is not a multiple of 64 elements: 96 [DLK-S16]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 96, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @split_panels_s16(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{a warpgroup's part of the rhs tile, whose rows do not run along k, is not a multiple of 64 elements: 96 [DLK-S16]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 192, 64], warps = [1, 2], roles = cooperative, stages = 4,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @pingpong_s22(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{pingpong has the consumer warpgroups [2, 1]: [1, 2] [DLK-S22]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 256, 64], warps = [1, 2], roles = pingpong, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}
