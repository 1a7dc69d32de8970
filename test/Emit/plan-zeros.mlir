// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A launch over zeros has a workspace of its own, since what it leaves must stay
// zero: not the one that is free, and nobody else's later.
// RUN: dlk-opt %s --emit=plan -o - | FileCheck %s

// CHECK:      {"name": "ws0", "role": "workspace", "bytes": 32, "align": 256},
// CHECK-NEXT: {"name": "ws1", "role": "workspace", "bytes": 32, "align": 256},
// CHECK-NEXT: {"name": "ws2", "role": "workspace", "bytes": 32, "init": "zero", "align": 256}
// CHECK-NEXT: ],
// CHECK:      {"buffer": "ws1", "offset": 0},
// CHECK-NEXT: {"buffer": "ws2", "offset": 0}
// CHECK:      {"buffer": "ws2", "offset": 0},
// CHECK-NEXT: {"buffer": "ws0", "offset": 0}
// CHECK:      {"buffer": "ws0", "offset": 0},
// CHECK-NEXT: {"buffer": "ws1", "offset": 0}
// CHECK:      {"buffer": "ws1", "offset": 0},
// CHECK-NEXT: {"buffer": "out0", "offset": 0}
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
  func.func @chain(%a: tensor<4x2xf32>) -> tensor<4x2xf32> {
    %0 = dlk_tile.launch @kernels::@k(%a) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %1 = dlk_tile.launch @kernels::@k(%0) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %2 = dlk_tile.launch @kernels::@k(%1) over_zeros : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %3 = dlk_tile.launch @kernels::@k(%2) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %4 = dlk_tile.launch @kernels::@k(%3) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    %5 = dlk_tile.launch @kernels::@k(%4) : (tensor<4x2xf32>) -> tensor<4x2xf32>
    return %5 : tensor<4x2xf32>
  }
  gpu.module @kernels {
    llvm.func @k(%a: !llvm.ptr<1>, %r: !llvm.ptr<1>)
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 32, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      llvm.return
    }
  }
}
