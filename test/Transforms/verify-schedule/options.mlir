// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The option chip: what fits sm_80 need not fit sm_86.
// RUN: dlk-opt %s --dlk-verify-schedule="chip=sm_80" | FileCheck %s
// RUN: not dlk-opt %s --dlk-verify-schedule="chip=sm_86" 2>&1 | FileCheck %s --check-prefix=SM86
// RUN: not dlk-opt %s --dlk-verify-schedule="chip=sm_42" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not dlk-opt %s --dlk-verify-schedule="chip=sm_120" 2>&1 | FileCheck %s --check-prefix=NOCODE

// CHECK: dlk.matmul
// SM86: error: illegal schedule: too much shared memory: 122880 bytes (ring 122880, staging 32768); sm_86 allows 101376 [DLK-S9]
// UNKNOWN: error: unknown chip: 'sm_42'; supported: sm_80,
// NOCODE: error: no code generation for chip: 'sm_120'; supported: sm_80,
func.func @deep(%a: tensor<4096x4096xf16>, %b: tensor<4096x4096xf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<4096x4096xf16>, tensor<4096x4096xf16>) outs(%c : tensor<4096x4096xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32
         schedule #dlk.schedule<tile = [128, 256, 32], warps = [2, 4], stages = 5> {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<4096x4096xf32>
  return %r : tensor<4096x4096xf32>
}
