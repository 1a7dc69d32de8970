// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-wgmma,canonicalize,cse))' | FileCheck %s

!a = !dlk_tile.mem<256x64xbf16, #dlk_tile.layout<[256:64], [64:1], swizzle<3, 4, 3>>, shared>
!b = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!acc = !dlk_tile.frag<256x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!fly = !dlk_tile.inflight<!acc>

// Two warpgroups of 128 rows: two structs of 32 floats each, which the loop
// carries. A product is a fence, two instructions for each of four slices of 16
// (32 bytes further in a row of 128), and a group; the first slice overwrites.
// CHECK-LABEL: dlk_tile.kernel @two_blocks_of_rows
// CHECK: %[[NONE:.+]] = llvm.mlir.poison
// CHECK: nvvm.wgmma.fence.aligned
// CHECK: %[[U0:.+]] = nvvm.wgmma.mma_async %[[A:.+]], %[[B:.+]], %[[NONE]], <m = 64, n = 64, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>]
// 64 rows of 128 bytes further, in units of 16.
// CHECK: %[[A1:.+]] = arith.addi %[[A]], %c512_i64
// CHECK: %[[V0:.+]] = nvvm.wgmma.mma_async %[[A1]], %[[B]], %[[NONE]], {{.*}} D[<f32>, <zero>]
// CHECK: %[[A2:.+]] = arith.addi %[[A]], %c2_i64
// CHECK: %[[B2:.+]] = arith.addi %[[B]], %c2_i64
// CHECK: %[[U1:.+]] = nvvm.wgmma.mma_async %[[A2]], %[[B2]], %[[U0]], {{.*}} D[<f32>, <one>]
// CHECK-COUNT-5: nvvm.wgmma.mma_async {{.*}} D[<f32>, <one>]
// CHECK-NOT: nvvm.wgmma.mma_async
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: scf.for {{.*}} -> (!llvm.struct<{{.*}}>, !llvm.struct<{{.*}}>)
// CHECK:   nvvm.wgmma.fence.aligned
// CHECK-COUNT-8: nvvm.wgmma.mma_async {{.*}} D[<f32>, <one>]
// CHECK-NOT: nvvm.wgmma.mma_async
// CHECK:   nvvm.wgmma.commit.group.sync.aligned
// CHECK:   nvvm.wgmma.wait.group.sync.aligned 1
// The last wait gives what it takes: nothing reads an accumulator before.
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.wait_group.sync.aligned 0;", "=f,=f,{{.*}},30,31"
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.wait_group.sync.aligned 0;"
// CHECK: %[[ALL:.+]] = vector.from_elements {{.*}} : vector<64xf32>
// CHECK: builtin.unrealized_conversion_cast %[[ALL]] : vector<64xf32> to !f32_256x64_wgmma_acc
dlk_tile.kernel @two_blocks_of_rows() grid [1, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %a = dlk_tile.alloc : !a
  %b = dlk_tile.alloc : !b
  %begin = dlk_tile.wgmma_begin : !fly
  %first = dlk_tile.wgmma %a, %b, %begin overwrite {rhs_k_dim = 1 : i64} : !a, !b, !fly
  %r = scf.for %k = %c64 to %c256 step %c64 iter_args(%x = %first) -> (!fly) {
    %y = dlk_tile.wgmma %a, %b, %x {rhs_k_dim = 1 : i64} : !a, !b, !fly
    %z = dlk_tile.wgmma_wait pending 1, %y : !fly -> !fly
    scf.yield %z : !fly
  }
  %d = dlk_tile.wgmma_wait pending 0, %r : !fly -> !acc
  %s = dlk_tile.alloc : !dlk_tile.mem<8x16x64xf32, #dlk_tile.layout<[8:1024], [16:64], [64:1]>, shared>
  %e = builtin.unrealized_conversion_cast %d : !acc to i32
  %p = dlk_tile.pointer %s : !dlk_tile.mem<8x16x64xf32, #dlk_tile.layout<[8:1024], [16:64], [64:1]>, shared> to !llvm.ptr<3>
  llvm.store %e, %p : i32, !llvm.ptr<3>
}

// -----

!a = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1], swizzle<3, 4, 3>>, shared>
!b = !dlk_tile.mem<64x128xf16, #dlk_tile.layout<[64:64], [64:1, 2:4096], swizzle<3, 4, 3>>, shared>
!acc = !dlk_tile.frag<64x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!fly = !dlk_tile.inflight<!acc>

// k along the rows of both: both are transposed, and a slice of k is 16 rows of
// 128 bytes further.
// CHECK-LABEL: dlk_tile.kernel @transposed
// CHECK: nvvm.wgmma.mma_async %[[A:.+]], %[[B:.+]], %{{.+}}, <m = 64, n = 128, k = 16>, D[<f32>, <zero>], A[<f16>, <one>, <col>], B[<f16>, <one>, <row>]
// CHECK-DAG: arith.addi %[[A]], %c128_i64
// CHECK-DAG: arith.addi %[[B]], %c128_i64
// CHECK-COUNT-3: nvvm.wgmma.mma_async {{.*}} D[<f32>, <one>]
dlk_tile.kernel @transposed() grid [1, 1, 1] warps 8 {
  %a = dlk_tile.alloc : !a
  %b = dlk_tile.alloc : !b
  %begin = dlk_tile.wgmma_begin : !fly
  %first = dlk_tile.wgmma %a, %b, %begin overwrite {lhs_k_dim = 0 : i64} : !a, !b, !fly
  %d = dlk_tile.wgmma_wait pending 1, %first : !fly -> !fly
}
