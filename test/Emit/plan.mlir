// RUN: dlk-opt %s --emit=plan -o - | FileCheck %s

// Four launches in a row need two workspaces: the third intermediate takes the
// place of the first, which grows to hold it. A result that later launches read
// is no workspace. Constants count once, those that nobody uses do not. The
// module's name names the files, in plain letters.

// CHECK:      "module": "several_in_one.ptx",
// CHECK:      "name": "chain",
// CHECK-NEXT: "buffers": [
// CHECK-NEXT: {"name": "arg0", "role": "input", "dtype": "f32", "shape": [4, 2], "strides": [2, 1], "align": 4},
// CHECK-NEXT: {"name": "out0", "role": "output", "dtype": "f32", "shape": [4, 2], "strides": [2, 1], "align": 4},
// CHECK-NEXT: {"name": "out1", "role": "output", "dtype": "f32", "shape": [4, 2], "strides": [2, 1], "align": 16},
// CHECK-NEXT: {"name": "out2", "role": "output", "dtype": "f16", "shape": [0, 3], "strides": [3, 1], "align": 2},
// CHECK-NEXT: {"name": "c0", "role": "constant", "dtype": "i32", "shape": [2], "strides": [1], "align": 4, "data_base64": "AQAAAAIAAAA="},
// CHECK-NEXT: {"name": "ws0", "role": "workspace", "bytes": 64, "align": 256},
// CHECK-NEXT: {"name": "ws1", "role": "workspace", "bytes": 32, "align": 256}
// CHECK-NEXT: ],
// CHECK-NEXT: "launches": [
// CHECK:      "kernel": "k",
// CHECK:      {"buffer": "arg0", "offset": 0},
// CHECK-NEXT: {"buffer": "ws0", "offset": 0}
// CHECK:      "kernel": "k",
// CHECK:      {"buffer": "ws0", "offset": 0},
// CHECK-NEXT: {"buffer": "ws1", "offset": 0}
// CHECK:      "kernel": "wide",
// CHECK-NEXT: "grid": [3, 2, 1], "block": [64, 1, 1], "cluster": [1, 1, 1], "shared_bytes": 96,
// CHECK:      {"buffer": "ws1", "offset": 0},
// CHECK-NEXT: {"buffer": "c0", "offset": 0},
// CHECK-NEXT: {"buffer": "ws0", "offset": 0}
// CHECK:      "kernel": "narrow",
// CHECK:      {"buffer": "ws0", "offset": 0},
// CHECK-NEXT: {"buffer": "out0", "offset": 0}
// CHECK:      "kernel": "k",
// CHECK:      {"buffer": "out0", "offset": 0},
// CHECK-NEXT: {"buffer": "out1", "offset": 0}
// CHECK:      "name": "other",
// CHECK-NOT:  "hidden"

module @"several/in one" attributes {dlk.target = #dlk.target<chip = "sm_80">} {
  func.func @chain(%a: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>, tensor<0x3xf16>) {
    %unused = arith.constant dense<3> : tensor<9xi32>
    %c = arith.constant dense<[1, 2]> : tensor<2xi32>
    %0 = dlk_tile.launch @kernels::@k(%a) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %1 = dlk_tile.launch @kernels::@k(%0) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %2 = dlk_tile.launch @kernels::@wide(%1, %c) : (tensor<4x2xf32>, tensor<2xi32>) -> tensor<4x2xf64>
    %3 = dlk_tile.launch @kernels::@narrow(%2) : (tensor<4x2xf64>) -> tensor<4x2xf32>
    %4 = dlk_tile.launch @kernels::@k(%3) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %e = tensor.empty() : tensor<0x3xf16>
    return %3, %4, %e : tensor<4x2xf32>, tensor<4x2xf32>, tensor<0x3xf16>
  }
  func.func @other(%a: tensor<4x2xf32>) -> tensor<4x2xf32> {
    %0 = dlk_tile.launch @kernels::@k(%a) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    return %0 : tensor<4x2xf32>
  }
  func.func private @hidden(%a: tensor<4x2xf32>) -> tensor<4x2xf32> {
    return %a : tensor<4x2xf32>
  }
  gpu.module @kernels {
    llvm.func @k(%a: !llvm.ptr<1>, %r: !llvm.ptr<1> {llvm.align = 16 : i64})
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 32, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      llvm.return
    }
    llvm.func @wide(%a: !llvm.ptr<1>, %c: !llvm.ptr<1>, %r: !llvm.ptr<1>)
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 3, 2, 1>, block = array<i64: 64, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 96 : i64}} {
      llvm.return
    }
    llvm.func @narrow(%a: !llvm.ptr<1>, %r: !llvm.ptr<1>)
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 32, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      llvm.return
    }
  }
}
