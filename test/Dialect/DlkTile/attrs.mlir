// Round trip of the attributes, alone and in generic form.
// RUN: dlk-opt %s | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --mlir-print-op-generic | dlk-opt | FileCheck %s

// CHECK-LABEL: @dense
// CHECK-SAME: #dlk_tile.layout<[128:32], [32:1]>
func.func private @dense() attributes {l = #dlk_tile.layout<[128:32], [32:1]>}

// Two panels of 64 columns with TMA's 128-byte swizzle.
// CHECK-LABEL: @panels
// CHECK-SAME: #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>
func.func private @panels() attributes {
  l = #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>}

// A scalar's layout; strides of zero; a dimension without elements.
// CHECK-LABEL: @scalar
// CHECK-SAME: l = #dlk_tile.layout}
func.func private @scalar() attributes {l = #dlk_tile.layout}
// CHECK-LABEL: @broadcast
// CHECK-SAME: #dlk_tile.layout<[8:0], [16:1]>
func.func private @broadcast() attributes {l = #dlk_tile.layout<[8:0], [16:1]>}
// CHECK-LABEL: @empty
// CHECK-SAME: #dlk_tile.layout<[8:0], [0:1]>
func.func private @empty() attributes {l = #dlk_tile.layout<[8:0], [0:1]>}

// CHECK-LABEL: @fragments
// CHECK-SAME: #dlk_tile.fragment<mma_a, warps = [2, 2]>
// CHECK-SAME: #dlk_tile.fragment<mma_b, warps = [1, 4]>
// CHECK-SAME: #dlk_tile.fragment<mma_acc, warps = [4, 2]>
// CHECK-SAME: #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>
func.func private @fragments() attributes {
  f = [#dlk_tile.fragment<mma_a, warps = [2, 2]>, #dlk_tile.fragment<mma_b, warps = [1, 4]>,
       #dlk_tile.fragment<mma_acc, warps = [4, 2]>, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>]}
