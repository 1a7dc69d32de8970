// What has no intrinsic becomes inline assembly: accumulators are tied, and the
// first instruction of a product may overwrite them.
// RUN: dlk-opt %s --convert-dlk-to-llvm | FileCheck %s
// RUN: dlk-opt %s --convert-dlk-to-llvm --emit=ptx -o - | FileCheck %s --check-prefix=PTX

!acc = !llvm.struct<(f32, f32, f32, f32)>

module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {

// CHECK-LABEL: llvm.func @products
// CHECK: nvvm.wgmma.fence.aligned
// CHECK-NOT: nvvm.wgmma.mma_async
// CHECK-COUNT-2: llvm.inline_asm has_side_effects asm_dialect = att "{{.*}}wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16
// CHECK: nvvm.wgmma.commit.group.sync.aligned

// PTX-LABEL: .entry products
// PTX: wgmma.fence.sync.aligned
// PTX: wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {[[ACC:%[a-z]+[0-9]+, %[a-z]+[0-9]+, %[a-z]+[0-9]+, %[a-z]+[0-9]+]]}
// PTX-NOT: mov
// PTX: wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {[[ACC]]}
// PTX: wgmma.commit_group.sync.aligned
dlk_tile.kernel @products() grid [1, 1, 1] warps 4 {
  %a = arith.constant 4611686293305294848 : i64
  %b = arith.constant 4611686293305295360 : i64
  %none = llvm.mlir.poison : !acc
  nvvm.wgmma.fence.aligned
  %first = nvvm.wgmma.mma_async %a, %b, %none, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
  %second = nvvm.wgmma.mma_async %a, %b, %first, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
  nvvm.wgmma.commit.group.sync.aligned
  nvvm.wgmma.wait.group.sync.aligned 0
}

}
