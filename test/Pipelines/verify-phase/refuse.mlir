// RUN: dlk-opt %s -split-input-file -verify-diagnostics --dlk-verify-phase="phase=llvm"
// RUN: not dlk-opt %s -split-input-file --dlk-verify-phase="phase=nothing" 2>&1 | FileCheck %s --check-prefix=PHASE

// PHASE: error: unknown phase: 'nothing'; phases are import, fuse, {{.*}}emit [DLK-P92]

// A matrix multiplication that was not imported.
func.func @not_imported_p90(%a: tensor<4x4xf16>, %b: tensor<4x4xf16>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error@+1 {{'linalg.matmul' may not remain after phase 'import': dlk takes f16 x f16 and bf16 x bf16 with accumulation in f32 [DLK-P90]}}
  %0 = linalg.matmul ins(%a, %b : tensor<4x4xf16>, tensor<4x4xf16>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// An operation that no pass of dlk takes.
func.func @not_compiled_p91(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error@+1 {{dlk does not compile 'linalg.softmax'; it takes matrix multiplications of tensors and elementwise operations on their results [DLK-P91]}}
  %0 = linalg.softmax dimension(1) ins(%a : tensor<4x4xf32>) outs(%b : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// Device code is llvm and nvvm at the end.
gpu.module @kernels {
  llvm.func @k(%x: i32) attributes {nvvm.kernel} {
    // expected-error@+1 {{'arith.addi' may not remain after phase 'llvm' [DLK-P90]}}
    %0 = arith.addi %x, %x : i32
    llvm.return
  }
}

// -----

// Kernels are functions of a gpu.module at the end.
// expected-error@+1 {{'dlk_tile.kernel' may not remain after phase 'llvm' [DLK-P90]}}
dlk_tile.kernel @k() grid [1, 1, 1] warps 4 {
}
