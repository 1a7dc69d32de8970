// Tensor maps and clusters.
// RUN: dlk-opt %s --convert-dlk-to-llvm | FileCheck %s
// RUN: dlk-opt %s --convert-dlk-to-llvm --emit=ptx -o - | FileCheck %s --check-prefix=PTX

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!m = !dlk_tile.tmap<!g, [32, 64], swizzle 128>

module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {

// A tensor map is 128 bytes by value, of which every thread sees the same; its
// type tells the launch plan how to encode it. Only addresses have `align`,
// `noalias` and `readonly` of memory. The cluster counts blocks along x.
// CHECK-LABEL: llvm.func @maps
// CHECK-SAME: %arg0: !llvm.ptr {dlk.tensor_map = !dlk_tile.tmap<!dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [32, 64], swizzle 128>,
// CHECK-SAME: llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}
// CHECK-SAME: %arg1: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly}
// CHECK-SAME: %arg2: !llvm.ptr {dlk.tensor_map
// CHECK-NOT: noalias
// CHECK-SAME: cluster = array<i64: 4, 1, 1>
// CHECK-SAME: nvvm.cluster_dim = array<i32: 4, 1, 1>
// CHECK: nvvm.prefetch tensormap, %arg0 : !llvm.ptr
// CHECK: nvvm.prefetch tensormap, %arg2 : !llvm.ptr

// The descriptor stays where the driver put it.
// PTX-LABEL: .entry maps(
// PTX: .param .align 64 .b8 maps_param_0[128],
// PTX: .param .u64 .ptr .global .align 16 maps_param_1,
// PTX: .param .align 64 .b8 maps_param_2[128]
// PTX: .explicitcluster
// PTX: .reqnctapercluster 4, 1, 1
// PTX-NOT: .local
// PTX-LABEL: .entry alone(
dlk_tile.kernel @maps(%a: !m, %b: !g, %c: !m) grid [8, 1, 1] warps 4 cluster [2, 2] {
  %p = dlk_tile.pointer %a : !m to !llvm.ptr
  nvvm.prefetch tensormap, %p : !llvm.ptr
  %q = dlk_tile.pointer %c : !m to !llvm.ptr
  nvvm.prefetch tensormap, %q : !llvm.ptr
}

// A cluster of one block is none.
// CHECK-LABEL: llvm.func @alone
// CHECK-SAME: cluster = array<i64: 1, 1, 1>
// CHECK-NOT: nvvm.cluster_dim
// PTX-NOT: cluster
dlk_tile.kernel @alone(%a: !m) grid [8, 1, 1] warps 4 cluster [1, 1] {
}

}
