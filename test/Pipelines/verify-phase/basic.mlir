// RUN: dlk-opt %s --dlk-verify-phase="phase=import" | FileCheck %s
// RUN: dlk-opt %s --dlk-verify-phase="phase=llvm" | FileCheck %s
// RUN: dlk-opt %s --dlk-verify-phase="phase=emit" | FileCheck %s

// What the last phase leaves passes the verifiers of all phases unchanged:
// launches, constants and tensors without elements on the host, the llvm and
// nvvm dialects on the device.
// CHECK-LABEL: func.func @scale
// CHECK: arith.constant
// CHECK: dlk_tile.launch
// CHECK: gpu.module
// CHECK: llvm.func
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
  func.func @scale(%a: tensor<256xf32>) -> (tensor<256xf32>, tensor<0xf32>) {
    %c = arith.constant dense<2.0> : tensor<256xf32>
    %0 = dlk_tile.launch @kernels::@k(%a, %c) : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    %1 = tensor.empty() : tensor<0xf32>
    return %0, %1 : tensor<256xf32>, tensor<0xf32>
  }
  gpu.module @kernels {
    llvm.func @k(%a: !llvm.ptr<1>, %b: !llvm.ptr<1>, %r: !llvm.ptr<1>) attributes {nvvm.kernel} {
      %0 = nvvm.read.ptx.sreg.tid.x : i32
      llvm.return
    }
  }
}
