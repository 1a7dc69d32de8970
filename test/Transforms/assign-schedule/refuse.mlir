// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chips that no code can be generated for, and problems without a legal schedule.
// RUN: not dlk-opt %s --dlk-assign-schedule="chip=sm_42" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not dlk-opt %s --dlk-assign-schedule="chip=sm_100a" 2>&1 | FileCheck %s --check-prefix=NOCODE
// RUN: not dlk-opt %s --dlk-assign-schedule="chip=sm_80" 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: not dlk-opt %s --dlk-assign-schedule="remarks=maybe" 2>&1 | FileCheck %s --check-prefix=FLAG

// UNKNOWN: error: unknown chip: 'sm_42'; supported: sm_80, sm_86, sm_87, sm_89, sm_90, sm_90a [DLK-P20]
// NOCODE: error: no code generation for chip: 'sm_100a'; supported: sm_80, sm_86, sm_87, sm_89, sm_90, sm_90a [DLK-P20]
// FLAG: 'maybe' is invalid value for boolean argument

// More blocks than a grid can have, whatever the tile.
// HUGE: error: no schedule is legal on chip: sm_80 [DLK-P21]
// HUGE: error: no schedule is legal on chip: sm_80 [DLK-P21]
func.func @huge(%a: tensor<100000000x1xf16>, %b: tensor<1x100000000xf16>, %c: tensor<100000000x100000000xf32>) -> tensor<100000000x100000000xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<100000000x1xf16>, tensor<1x100000000xf16>) outs(%c : tensor<100000000x100000000xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<100000000x100000000xf32>
  return %r : tensor<100000000x100000000xf32>
}

// A batch whose size overflows 64 bits.
func.func @overflow(%a: tensor<8x8xf16>, %c: tensor<4294967296x4294967296x8x8xf32>)
    -> tensor<4294967296x4294967296x8x8xf32> {
  %r = dlk.matmul ins(%a, %a : tensor<8x8xf16>, tensor<8x8xf16>)
         outs(%c : tensor<4294967296x4294967296x8x8xf32>)
         maps [affine_map<(a, b, m, n, k) -> (m, k)>, affine_map<(a, b, m, n, k) -> (k, n)>,
               affine_map<(a, b, m, n, k) -> (a, b, m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4294967296x4294967296x8x8xf32>
  return %r : tensor<4294967296x4294967296x8x8xf32>
}
