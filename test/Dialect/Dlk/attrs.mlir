// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// #dlk.schedule and #dlk.target: defaults, order of fields, every value of each.
// RUN: dlk-opt %s | FileCheck %s
// RUN: dlk-opt %s | dlk-opt | FileCheck %s

// Without fields, all defaults, printed whole.
// CHECK-LABEL: func private @defaults
// CHECK-SAME: #dlk.schedule<engine = mma_sync, tile = [128, 128, 32], warps = [2, 2], roles = none, stages = 3, cluster = [1, 1], swap_ab = false, copy = cp_async, epilogue = staged, split = none, raster = grouped 8, persistent = false, regs = [0, 0]>
func.func private @defaults() attributes {s = #dlk.schedule<>}

// Fields stand in any order.
// CHECK-LABEL: func private @order
// CHECK-SAME: engine = mma_sync, tile = [64, 32, 16], warps = [2, 1], roles = none, stages = 4,
func.func private @order() attributes {
  s = #dlk.schedule<stages = 4, warps = [2, 1], tile = [64, 32, 16]>}

// A schedule for wgmma, with every field set.
// CHECK-LABEL: func private @hopper
// CHECK-SAME: #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative, stages = 4, cluster = [2, 1], swap_ab = true, copy = tma, epilogue = stmatrix_tma, split = split_k 4, raster = row, persistent = true, regs = [40, 232]>
func.func private @hopper() attributes {
  s = #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative,
                    stages = 4, cluster = [2, 1], swap_ab = true, copy = tma,
                    epilogue = stmatrix_tma, split = split_k 4, raster = row, persistent = true,
                    regs = [40, 232]>}

// The other words.
// CHECK-LABEL: func private @words
// CHECK-SAME: s1 = #dlk.schedule<engine = simt, {{.*}} roles = pingpong, {{.*}} copy = ld, epilogue = direct, split = stream_k, raster = column,
// CHECK-SAME: s2 = #dlk.schedule<engine = tcgen05, {{.*}} copy = tma_im2col, {{.*}} raster = grouped 4,
func.func private @words() attributes {
  s1 = #dlk.schedule<engine = simt, roles = pingpong, copy = ld, epilogue = direct,
                     split = stream_k, raster = column>,
  s2 = #dlk.schedule<engine = tcgen05, copy = tma_im2col, raster = grouped 4>}

// Every chip of the table.
// CHECK-LABEL: func private @chips
// CHECK-SAME: #dlk.target<chip = "sm_80">, #dlk.target<chip = "sm_86">
func.func private @chips() attributes {
  t = [#dlk.target<chip = "sm_80">, #dlk.target<chip = "sm_86">, #dlk.target<chip = "sm_87">,
       #dlk.target<chip = "sm_89">, #dlk.target<chip = "sm_90">, #dlk.target<chip = "sm_90a">,
       #dlk.target<chip = "sm_100a">, #dlk.target<chip = "sm_120">]}

// A module names its chip.
// CHECK: module attributes {dlk.target = #dlk.target<chip = "sm_80">}
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {}
