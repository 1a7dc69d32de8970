// RUN: dlk-opt %s --emit=plan -o - | FileCheck %s

// Tensor maps as cuTensorMapEncodeTiled takes them: innermost dimension first,
// boxes with 1 for what lies outside, strides in bytes. All memory behind a map
// lies on 16 bytes, also what passes from launch to launch.

// CHECK:      {"name": "arg0", "role": "input", "dtype": "bf16", "shape": [3, 256, 128], "strides": [32768, 128, 1], "align": 16},
// CHECK-NEXT: {"name": "arg1", "role": "input", "dtype": "f32", "shape": [1, 64, 32], "strides": [2048, 32, 1], "align": 16},
// CHECK-NEXT: {"name": "arg2", "role": "input", "dtype": "f32", "shape": [64], "strides": [1], "align": 4},
// CHECK-NEXT: {"name": "out0", "role": "output", "dtype": "i8", "shape": [16, 2, 64], "strides": [128, 64, 1], "align": 16},
// CHECK-NEXT: {"name": "ws0", "role": "workspace", "bytes": 8192, "align": 256}
// CHECK:      "kernel": "first",
// CHECK:      {"tensor_map": {"buffer": "arg0", "offset": 0, "mode": "tiled", "dtype": "bf16",
// CHECK-SAME:   "dims": [128, 256, 3], "strides": [256, 65536], "box": [64, 128, 1], "element_strides": [1, 1, 1],
// CHECK-SAME:   "interleave": "none", "swizzle": "128B", "l2_promotion": "256B", "oob_fill": "zeros"}},
// CHECK-NEXT: {"tensor_map": {"buffer": "arg1", "offset": 0, "mode": "tiled", "dtype": "f32",
// CHECK-SAME:   "dims": [32, 64], "strides": [128], "box": [16, 8], "element_strides": [1, 1],
// CHECK-SAME:   "swizzle": "64B"
// CHECK-NEXT: {"buffer": "arg2", "offset": 0},
// CHECK-NEXT: {"tensor_map": {"buffer": "ws0",
// CHECK-SAME:   "swizzle": "32B"
// CHECK:      "kernel": "second",
// CHECK:      {"tensor_map": {"buffer": "ws0",
// CHECK-SAME:   "swizzle": "none"
// CHECK:      {"tensor_map": {"buffer": "out0", "offset": 0, "mode": "tiled", "dtype": "i8",
// CHECK-SAME:   "dims": [64, 16, 2], "strides": [128, 64], "box": [64, 16, 1],

!batched = !dlk_tile.tmap<!dlk_tile.mem<3x256x128xbf16, #dlk_tile.layout<[3:32768], [256:128], [128:1]>, global>, [128, 64], swizzle 128>
!flat = !dlk_tile.tmap<!dlk_tile.mem<64x32xf32, #dlk_tile.layout<[64:32], [32:1]>, global>, [8, 16], swizzle 64>
!written = !dlk_tile.tmap<!dlk_tile.mem<64x32xf32, #dlk_tile.layout<[64:32], [32:1]>, global>, [8, 8], swizzle 32>
!read = !dlk_tile.tmap<!dlk_tile.mem<64x32xf32, #dlk_tile.layout<[64:32], [32:1]>, global>, [8, 8], swizzle 0>
// The order of dimensions in memory is free but for the last.
!swapped = !dlk_tile.tmap<!dlk_tile.mem<2x16x64xi8, #dlk_tile.layout<[2:64], [16:128], [64:1]>, global>, [16, 64], swizzle 0>

module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {
  func.func @f(%a: tensor<3x256x128xbf16>, %b: tensor<1x64x32xf32>, %c: tensor<64xf32>) -> tensor<16x2x64xi8> {
    %0 = dlk_tile.launch @kernels::@first(%a, %b, %c) : (tensor<3x256x128xbf16>, tensor<1x64x32xf32>, tensor<64xf32>) -> tensor<64x32xf32>
    %1 = dlk_tile.launch @kernels::@second(%0) : (tensor<64x32xf32>) -> tensor<16x2x64xi8>
    return %1 : tensor<16x2x64xi8>
  }
  gpu.module @kernels {
    llvm.func @first(%a: !llvm.ptr {dlk.tensor_map = !batched, llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>},
                     %b: !llvm.ptr {dlk.tensor_map = !flat, llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>},
                     %c: !llvm.ptr<1>,
                     %r: !llvm.ptr {dlk.tensor_map = !written, llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>})
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 32, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      llvm.return
    }
    llvm.func @second(%a: !llvm.ptr {dlk.tensor_map = !read, llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>},
                      %r: !llvm.ptr {dlk.tensor_map = !swapped, llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>})
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 32, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      llvm.return
    }
  }
}
