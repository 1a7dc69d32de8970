// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resources of wgmma schedules, what TMA cannot copy, and what is to come
// (rules S8, S9, S17 to S21, S25, S28).
// RUN: dlk-opt %s --dlk-verify-schedule="chip=sm_90a" --split-input-file --verify-diagnostics

func.func @accumulators_s17(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{illegal schedule: too many accumulators per thread: 256; at most 192 with 232 registers [DLK-S17]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [256, 256, 64], warps = [2, 1], roles = cooperative, stages = 2,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @accumulators_of_regs_s17(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{too many accumulators per thread: 128; at most 120 with 152 registers [DLK-S17]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 152]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @turns_s17(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{too many accumulators per thread: 256; at most 192 with 232 registers [DLK-S17]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = pingpong, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @regs_s18(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{regs do not fit 3 warpgroups that start with 168: 48 + 2 x 232 = 512, at most 504, the producer's fewer [DLK-S18]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [48, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @regs_of_three_s18(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{regs do not fit 4 warpgroups that start with 128: 40 + 3 x 160 = 520, at most 512, the producer's fewer [DLK-S18]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [192, 192, 64], warps = [3, 1], roles = cooperative, stages = 3,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 160]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @regs_alike_s18(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{regs do not fit 3 warpgroups that start with 168: 168 + 2 x 168 = 504, at most 504, the producer's fewer [DLK-S18]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [168, 168]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @stages_s8(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{stages is not in 2..8: 9 [DLK-S8]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 64, 64], warps = [1, 1], roles = cooperative, stages = 9,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @shared_s9(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{too much shared memory: 278608 bytes (ring 245760, staging 32768, barriers 80); sm_90a allows 232448 [DLK-S9]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 5,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @staging_s9(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  // expected-error@+1 {{too much shared memory: 278576 bytes (ring 147456, staging 131072, barriers 48); sm_90a allows 232448 [DLK-S9]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               cluster = [2, 1], copy = tma, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// -----

func.func @blocks_s19(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{too many blocks in a cluster: 16 x 1 = 16; at most 8 [DLK-S19]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [16, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @parts_s19(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{2 blocks of a cluster cannot share the rhs tile of 1 panels in equal parts of a multiple of 8 rows: 40 rows [DLK-S19]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 40, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @panels_s19(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{7 blocks of a cluster cannot share the rhs tile of 3 panels in equal parts of a multiple of 8 rows: 64 rows [DLK-S19]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 192, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [7, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @lhs_s20(%a: tensor<4096x4100xf16>, %b: tensor<4096x4100xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{TMA needs rows aligned to 16 bytes, but those of the lhs are aligned to: 8 [DLK-S20]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4100xf16>, tensor<4096x4100xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @rhs_s20(%a: tensor<4096x4096xf16>, %b: tensor<4096x4095xf16>, %c: tensor<4096x4095xf16>) -> tensor<4096x4095xf16> {
  // expected-error@+1 {{TMA needs rows aligned to 16 bytes, but those of the rhs are aligned to: 2 [DLK-S20]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4095xf16>) outs(%c : tensor<4096x4095xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4095xf16>
  return %r : tensor<4096x4095xf16>
}

// -----

func.func @batch_inside_s20(%a: tensor<64x64x8xf16>, %b: tensor<64x64xf16>, %c: tensor<8x64x64xf16>) -> tensor<8x64x64xf16> {
  // expected-error@+1 {{TMA needs rows aligned to 16 bytes, but those of the lhs are aligned to: 2 [DLK-S20]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x64x8xf16>, tensor<64x64xf16>) outs(%c : tensor<8x64x64xf16>)
         maps [affine_map<(b, m, n, k) -> (m, k, b)>, affine_map<(b, m, n, k) -> (n, k)>,
               affine_map<(b, m, n, k) -> (b, m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<8x64x64xf16>
  return %r : tensor<8x64x64xf16>
}

// -----

func.func @dimensions_s20(%a: tensor<2x2x2x2x64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<2x2x2x2x64x64xf16>) -> tensor<2x2x2x2x64x64xf16> {
  // expected-error@+1 {{TMA has at most 5 dimensions, the lhs has: 6 [DLK-S20]}}
  %r = dlk.matmul ins(%a, %b : tensor<2x2x2x2x64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<2x2x2x2x64x64xf16>)
         maps [affine_map<(a, b, c, d, m, n, k) -> (a, b, c, d, m, k)>, affine_map<(a, b, c, d, m, n, k) -> (n, k)>,
               affine_map<(a, b, c, d, m, n, k) -> (a, b, c, d, m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x2x2x2x64x64xf16>
  return %r : tensor<2x2x2x2x64x64xf16>
}

// -----

func.func @result_s21(%a: tensor<4096x4096xf16>, %b: tensor<4095x4096xf16>, %c: tensor<4096x4095xf16>) -> tensor<4096x4095xf16> {
  // expected-error@+1 {{stmatrix_tma needs a result of at most 5 dimensions whose rows are aligned to 16 bytes: 2 dimensions, aligned to 2; use epilogue = staged [DLK-S21]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4095x4096xf16>) outs(%c : tensor<4096x4095xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4095xf16>
  return %r : tensor<4096x4095xf16>
}

// -----

func.func @swap_staged_s27(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{swap_ab stores transposed tiles, which epilogue = staged does not; use stmatrix_tma, or split_k [DLK-S28]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = staged, persistent = true, regs = [40, 232], swap_ab = true> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @swap_rows_s27(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{swap_ab stores rows that run along n, those of the result do not [DLK-S28]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (n, m)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232], swap_ab = true> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @promoted_s17(%a: tensor<4096x4096xf8E4M3FN>, %b: tensor<4096x4096xf8E4M3FN>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{too many accumulators per thread: 256; at most 192 with 232 registers [DLK-S17]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf8E4M3FN>, tensor<4096x4096xf8E4M3FN>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 promote 128
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 128], warps = [2, 1], roles = cooperative, stages = 2,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @promoted_s25(%a: tensor<4096x4096xf8E4M3FN>, %b: tensor<4096x4096xf8E4M3FN>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  // expected-error@+1 {{tile k is more than the products that may be summed before they are promoted: 256 and 128 [DLK-S25]}}
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf8E4M3FN>, tensor<4096x4096xf8E4M3FN>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 promote 128
         schedule #dlk.schedule<engine = wgmma, tile = [128, 64, 256], warps = [2, 1], roles = cooperative, stages = 2,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// -----

func.func @no_k_s20(%a: tensor<64x0xf16>, %b: tensor<64x0xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error@+1 {{TMA copies no operands without elements, which they are for k = 0 [DLK-S20]}}
  %r = dlk.matmul ins(%a, %b : tensor<64x0xf16>, tensor<64x0xf16>) outs(%c : tensor<64x64xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 64, 64], warps = [1, 1], roles = cooperative, stages = 4,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [24, 240]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<64x64xf32>
  return %r : tensor<64x64xf32>
}
