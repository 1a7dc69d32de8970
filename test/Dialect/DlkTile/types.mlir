// Round trip of the types, and the aliases under which they are printed.
// RUN: dlk-opt %s | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --mlir-print-op-generic | dlk-opt | FileCheck %s

// CHECK-DAG: !bf16_64x16_mma_b = !dlk_tile.frag<64x16xbf16, #dlk_tile.fragment<mma_b, warps = [1, 2]>>
// CHECK-DAG: !f16_32x128_shared = !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>
// CHECK-DAG: !f16_128x32_shared = !dlk_tile.mem<128x32xf16, shared>
// CHECK-DAG: !f32_128x128_mma_acc = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
// CHECK-DAG: !f32_128x64_wgmma_acc = !dlk_tile.frag<128x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
// CHECK-DAG: !f32__global = !dlk_tile.mem<f32, #dlk_tile.layout, global>
// CHECK-DAG: !i8_3x5_global = !dlk_tile.mem<3x5xi8, #dlk_tile.layout<[3:5], [5:1]>, global>
// CHECK-DAG: !i64_4_shared = !dlk_tile.mem<4xi64, shared>
// CHECK-DAG: !ring = !dlk_tile.ring<3, !f16_128x32_shared, !f16_32x128_shared>
// CHECK-DAG: !bf16_128x64_tmap = !dlk_tile.tmap<!bf16_64x512_global, [128, 64], swizzle 128>
// CHECK-DAG: !bf16_64x16_tmap = !dlk_tile.tmap<!bf16_64x512_global, [64, 16], swizzle 0>
// CHECK-DAG: !f32_128x64_inflight = !dlk_tile.inflight<!f32_128x64_wgmma_acc>
// CHECK-DAG: !slot = !dlk_tile.slot<!f16_128x32_shared, !f16_32x128_shared>

// Two types of one alias are told apart by a number.
// CHECK-DAG: !f16_8x8_shared = !dlk_tile.mem<8x8xf16, #dlk_tile.layout<[8:8], [8:1]>, shared>
// CHECK-DAG: !f16_8x8_shared1 = !dlk_tile.mem<8x8xf16, #dlk_tile.layout<[8:1], [8:8]>, shared>

// CHECK: func private @memory(!f32__global, !i8_3x5_global, !i64_4_shared, !f16_32x128_shared, !f16_128x32_shared)
func.func private @memory(
    !dlk_tile.mem<f32, #dlk_tile.layout, global>,
    !dlk_tile.mem<3x5xi8, #dlk_tile.layout<[3:5], [5:1]>, global>,
    !dlk_tile.mem<4xi64, shared>,
    !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>,
    !dlk_tile.mem<128x32xf16, shared>)

// CHECK: func private @fragments(!f32_128x128_mma_acc, !bf16_64x16_mma_b, !f32_128x64_wgmma_acc)
func.func private @fragments(
    !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>,
    !dlk_tile.frag<64x16xbf16, #dlk_tile.fragment<mma_b, warps = [1, 2]>>,
    !dlk_tile.frag<128x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>)

// CHECK: func private @stages(!ring, !slot)
func.func private @stages(
    !dlk_tile.ring<3, !dlk_tile.mem<128x32xf16, shared>,
      !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>>,
    !dlk_tile.slot<!dlk_tile.mem<128x32xf16, shared>,
      !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>>)

// CHECK: func private @same_name(!f16_8x8_shared, !f16_8x8_shared1)
func.func private @same_name(
    !dlk_tile.mem<8x8xf16, #dlk_tile.layout<[8:8], [8:1]>, shared>,
    !dlk_tile.mem<8x8xf16, #dlk_tile.layout<[8:1], [8:8]>, shared>)

// CHECK: func private @asynchronous(!bf16_128x64_tmap, !bf16_64x16_tmap, !f32_128x64_inflight)
func.func private @asynchronous(
    !dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [128, 64], swizzle 128>,
    !dlk_tile.tmap<!dlk_tile.mem<64x512xbf16, #dlk_tile.layout<[64:512], [512:1]>, global>, [64, 16], swizzle 0>,
    !dlk_tile.inflight<!dlk_tile.frag<128x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>>)
