// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=import" | FileCheck %s --check-prefix=IMPORT
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=fuse" | FileCheck %s --check-prefix=FUSE
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=schedule" | FileCheck %s --check-prefix=SCHEDULE
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=tile" | FileCheck %s --check-prefix=TILE
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=layout" | FileCheck %s --check-prefix=LAYOUT
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=pipeline" | FileCheck %s --check-prefix=PIPELINE
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=atoms" | FileCheck %s --check-prefix=ATOMS
// RUN: dlk-opt %s --dlk-compile="chip=sm_80 stop-after=llvm" | FileCheck %s --check-prefix=LLVM
// RUN: dlk-opt %s --dlk-compile="chip=sm_80" | FileCheck %s --check-prefix=LLVM
// RUN: dlk-opt %s --pass-pipeline="builtin.module(dlk-compile{chip=sm_80 stop-after=tile})" | FileCheck %s --check-prefix=TILE

// What each phase is for, on one matrix multiplication with a relu.

// IMPORT: module attributes {dlk.target = #dlk.target<chip = "sm_80">}
// IMPORT-NOT: linalg.matmul
// IMPORT: dlk.matmul
// IMPORT: linalg.generic

// FUSE: dlk.matmul
// FUSE: arith.maximumf
// FUSE: dlk.yield
// FUSE-NOT: linalg

// SCHEDULE: dlk.matmul {{.*}} schedule #dlk.schedule<engine = mma_sync

// TILE: dlk_tile.launch @
// TILE: dlk_tile.kernel @
// TILE: dlk_tile.ring.create

// LAYOUT: #dlk_tile.layout<{{.*}}swizzle{{.*}}>, shared>
// LAYOUT: dlk_tile.ring.create

// PIPELINE-NOT: dlk_tile.ring
// PIPELINE: dlk_tile.alloc offset
// PIPELINE: dlk_tile.async_commit
// PIPELINE: dlk_tile.barrier

// ATOMS-NOT: dlk_tile.copy
// ATOMS: nvvm.ldmatrix
// ATOMS: nvvm.mma.sync

// LLVM: dlk_tile.launch @
// LLVM: gpu.module
// LLVM: llvm.func @{{.*}}nvvm.kernel
// LLVM-NOT: dlk_tile.

func.func @f(%a: tensor<256x128xf16>, %b: tensor<128x256xf16>) -> tensor<256x256xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<256x256xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<256x256xf32>) -> tensor<256x256xf32>
  %p = linalg.matmul ins(%a, %b : tensor<256x128xf16>, tensor<128x256xf16>) outs(%i : tensor<256x256xf32>) -> tensor<256x256xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<256x256xf32>) outs(%e : tensor<256x256xf32>) {
  ^bb0(%x: f32, %o: f32):
    %m = arith.maximumf %x, %z : f32
    linalg.yield %m : f32
  } -> tensor<256x256xf32>
  return %r : tensor<256x256xf32>
}
