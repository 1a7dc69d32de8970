// RUN: rm -rf %t
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 dump-dir=%t" -o /dev/null
// RUN: ls %t | FileCheck %s
// RUN: dlk-opt %s --dlk-compile="chip=sm_80" --emit=ptx -o %t/whole.ptx
// RUN: dlk-opt %t/00-import.mlir --dlk-compile="start-after=import" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/01-fuse.mlir --dlk-compile="start-after=fuse" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/02-schedule.mlir --dlk-compile="start-after=schedule" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/03-tile.mlir --dlk-compile="start-after=tile" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/04-layout.mlir --dlk-compile="start-after=layout" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/05-pipeline.mlir --dlk-compile="start-after=pipeline" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/06-atoms.mlir --dlk-compile="start-after=atoms" --emit=ptx -o - | cmp - %t/whole.ptx
// RUN: dlk-opt %t/07-llvm.mlir --emit=ptx -o - | cmp - %t/whole.ptx

// A compilation can be left and taken up between any two phases: the text of
// the module carries all that the next phase needs.
// CHECK:      00-import.mlir
// CHECK-NEXT: 01-fuse.mlir
// CHECK-NEXT: 02-schedule.mlir
// CHECK-NEXT: 03-tile.mlir
// CHECK-NEXT: 04-layout.mlir
// CHECK-NEXT: 05-pipeline.mlir
// CHECK-NEXT: 06-atoms.mlir
// CHECK-NEXT: 07-llvm.mlir
// CHECK-NOT:  {{.}}

func.func @f(%a: tensor<100x72xf16>, %b: tensor<72x56xf16>) -> tensor<100x56xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<100x56xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<100x56xf32>) -> tensor<100x56xf32>
  %p = linalg.matmul ins(%a, %b : tensor<100x72xf16>, tensor<72x56xf16>) outs(%i : tensor<100x56xf32>) -> tensor<100x56xf32>
  return %p : tensor<100x56xf32>
}
