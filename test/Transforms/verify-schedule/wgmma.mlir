// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Schedules of wgmma that are legal on sm_90a, some at a limit.
// RUN: dlk-opt %s --dlk-verify-schedule="chip=sm_90a" | FileCheck %s
// RUN: not dlk-opt %s --dlk-verify-schedule="chip=sm_90" 2>&1 | FileCheck %s --check-prefix=SM90

// SM90: error: illegal schedule: engine not supported on sm_90: wgmma; supported: mma_sync [DLK-S1]

// The tile of large problems, with two blocks that share the rhs.
// CHECK-LABEL: func @large
// CHECK: dlk.matmul
func.func @large(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
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

// Two products of 64 rows for each warpgroup.
// CHECK-LABEL: func @tall
// CHECK: dlk.matmul
func.func @tall(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [256, 128, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// Two blocks that share the lhs.
// CHECK-LABEL: func @across
// CHECK: dlk.matmul
func.func @across(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [1, 2], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// Three consumers.
// CHECK-LABEL: func @three
// CHECK: dlk.matmul
func.func @three(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [192, 192, 64], warps = [3, 1], roles = cooperative, stages = 3,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [32, 160]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// 192 accumulators.
// CHECK-LABEL: func @accumulators
// CHECK: dlk.matmul
func.func @accumulators(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [256, 192, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [24, 240]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// Two consumers that share the columns.
// CHECK-LABEL: func @columns
// CHECK: dlk.matmul
func.func @columns(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 256, 64], warps = [1, 2], roles = cooperative, stages = 4,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// One consumer, and as many stages as there can be.
// CHECK-LABEL: func @small
// CHECK: dlk.matmul
func.func @small(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [64, 64, 64], warps = [1, 1], roles = cooperative, stages = 8,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [24, 240]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// The narrowest product and store.
// CHECK-LABEL: func @narrow
// CHECK: dlk.matmul
func.func @narrow(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 8, 64], warps = [2, 1], roles = cooperative, stages = 8,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// Boxes of 32 columns, three for each warpgroup.
// CHECK-LABEL: func @boxes
// CHECK: dlk.matmul
func.func @boxes(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 96, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [1, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// Operands whose rows do not run along k.
// CHECK-LABEL: func @transposed
// CHECK: dlk.matmul
func.func @transposed(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// Two blocks share three panels of an operand: half the rows of each.
// CHECK-LABEL: func @three_panels
// CHECK: dlk.matmul
func.func @three_panels(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf16>) -> tensor<4096x4096xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 192, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<4096x4096xf16>
  return %r : tensor<4096x4096xf16>
}

// A result that TMA cannot store.
// CHECK-LABEL: func @ragged
// CHECK: dlk.matmul
func.func @ragged(%a: tensor<4096x4096xbf16>, %b: tensor<4095x4096xbf16>, %c: tensor<4096x4095xbf16>) -> tensor<4096x4095xbf16> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xbf16>, tensor<4095x4096xbf16>) outs(%c : tensor<4096x4095xbf16>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 3,
                               cluster = [2, 1], copy = tma, epilogue = staged, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to bf16
    dlk.yield %t : bf16
  } -> tensor<4096x4095xbf16>
  return %r : tensor<4096x4095xbf16>
}

// A result of 4 bytes.
// CHECK-LABEL: func @wide_result
// CHECK: dlk.matmul
func.func @wide_result(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}

// An operand that the batch shares, and five dimensions beside one of size 1.
// CHECK-LABEL: func @batched
// CHECK: dlk.matmul
func.func @batched(%a: tensor<2x1x3x4x64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<2x1x3x4x64x64xf16>) -> tensor<2x1x3x4x64x64xf16> {
  %r = dlk.matmul ins(%a, %b : tensor<2x1x3x4x64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<2x1x3x4x64x64xf16>)
         maps [affine_map<(a, u, b, c, m, n, k) -> (a, u, b, c, m, k)>, affine_map<(a, u, b, c, m, n, k) -> (n, k)>,
               affine_map<(a, u, b, c, m, n, k) -> (a, u, b, c, m, n)>] acc f32
         schedule #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4,
                               cluster = [2, 1], copy = tma, epilogue = stmatrix_tma, persistent = true, regs = [40, 232]> {
  ^bb0(%acc: f32):
    %t = arith.truncf %acc : f32 to f16
    dlk.yield %t : f16
  } -> tensor<2x1x3x4x64x64xf16>
  return %r : tensor<2x1x3x4x64x64xf16>
}
