// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The options, and the attribute of the module.
// RUN: dlk-opt %s --dlk-assign-schedule="chip=sm_86" | FileCheck %s --check-prefix=SM86
// RUN: dlk-opt %s --dlk-assign-schedule="chip=sm_90a" | FileCheck %s --check-prefix=SM90
// RUN: dlk-opt %s --dlk-assign-schedule | FileCheck %s --check-prefix=ATTR
// RUN: dlk-opt %s --dlk-assign-schedule="remarks=true" 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: dlk-opt %s --dlk-assign-schedule="candidates=true" 2>&1 | FileCheck %s --check-prefix=ALL

// The option chip wins over the module's attribute, which wins over sm_80.
// SM86: reason "cost model for sm_86
// SM90: reason "cost model for sm_90a
// ATTR: reason "cost model for sm_89

// With remarks, the schedule and its reason are told.
// REMARK: remark: schedule: #dlk.schedule<engine = mma_sync, {{.*}}>: "cost model for sm_89, best of

// With candidates, what the cost model expects of each; few large tiles in slices, too.
// ALL-COUNT-17: remark: candidate: #dlk.schedule<engine = mma_sync, {{.*}}>: {{.*}} clocks
// ALL-NOT: remark
module attributes {dlk.target = #dlk.target<chip = "sm_89">} {
func.func @square(%a: tensor<1024x1024xf16>, %b: tensor<1024x1024xf16>, %c: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %r = dlk.matmul ins(%a, %b : tensor<1024x1024xf16>, tensor<1024x1024xf16>) outs(%c : tensor<1024x1024xf32>)
         maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
               affine_map<(m, n, k) -> (m, n)>] acc f32 {
  ^bb0(%acc: f32):
    dlk.yield %acc : f32
  } -> tensor<1024x1024xf32>
  return %r : tensor<1024x1024xf32>
}
}
