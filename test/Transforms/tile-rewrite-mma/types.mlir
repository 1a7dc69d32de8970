// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-mma))' | FileCheck %s

// tf32, k contiguous: ldmatrix moves 16 bytes of a row, four elements. m16n8k8.
!s = !dlk_tile.mem<32x16xf32, #dlk_tile.layout<[32:16], [16:1], swizzle<2, 4, 3>>, shared>
!a = !dlk_tile.frag<32x8xf32, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.frag<8x32xf32, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!c = !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
// CHECK-LABEL: dlk_tile.kernel @tf32
// CHECK-COUNT-2: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<row>, num = 4
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<tf32>{{.*}} shape = #nvvm.shape<m = 16, n = 8, k = 8>
dlk_tile.kernel @tf32() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !c
  %x = dlk_tile.alloc offset 0 : !s
  %a = dlk_tile.load_fragment %x k 8 dim 1 : !s -> !a
  %b = dlk_tile.load_fragment %x k 8 dim 1 : !s -> !b
  %r = dlk_tile.mma %a, %b, %zero : !a, !b, !c
}

// -----

// Elements of 32 bits whose k is not contiguous are loaded one by one.
!s = !dlk_tile.mem<16x32xf32, #dlk_tile.layout<[16:32], [32:1], swizzle<2, 5, 2>>, shared>
!a = !dlk_tile.frag<32x8xf32, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
// CHECK-LABEL: dlk_tile.kernel @words
// CHECK-NOT: nvvm.ldmatrix
// CHECK-COUNT-4: llvm.load {{.*}} -> i32
// CHECK: vector.from_elements {{.*}} : vector<4xi32>
dlk_tile.kernel @words() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !s
  %f = dlk_tile.load_fragment %x k 0 dim 0 : !s -> !a
}

// -----

// int8: m16n8k32, sums that wrap.
!s = !dlk_tile.mem<32x32xi8, #dlk_tile.layout<[32:32], [32:1], swizzle<1, 4, 3>>, shared>
!a = !dlk_tile.frag<32x32xi8, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.frag<32x32xi8, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!c = !dlk_tile.frag<32x32xi32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
// CHECK-LABEL: dlk_tile.kernel @integers
// CHECK-COUNT-2: nvvm.mma.sync {{.*}}intOverflowBehavior = #nvvm.mma_int_overflow<wrapped>{{.*}} shape = #nvvm.shape<m = 16, n = 8, k = 32>
dlk_tile.kernel @integers() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !c
  %x = dlk_tile.alloc offset 0 : !s
  %a = dlk_tile.load_fragment %x k 0 dim 1 : !s -> !a
  %b = dlk_tile.load_fragment %x k 0 dim 1 : !s -> !b
  %r = dlk_tile.mma %a, %b, %zero : !a, !b, !c
}

// -----

// Elements of 8 bits whose k is not contiguous: pairs from ldmatrix.trans become
// four along k, then rows 2g, 2g + 1 change places with g, g + 8.
!s = !dlk_tile.mem<32x32xi8, #dlk_tile.layout<[32:32], [32:1], swizzle<1, 4, 3>>, shared>
!b = !dlk_tile.frag<32x32xi8, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
// CHECK-LABEL: dlk_tile.kernel @bytes
// CHECK: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<col>, num = 4
// CHECK: nvvm.prmt
// CHECK: nvvm.prmt
// CHECK-COUNT-2: nvvm.shfl.sync idx
// CHECK: nvvm.prmt
// CHECK: nvvm.prmt
// CHECK-COUNT-2: nvvm.shfl.sync idx
// CHECK-NOT: nvvm.shfl
// CHECK: vector.from_elements {{.*}} : vector<4xi32>
dlk_tile.kernel @bytes() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !s
  %f = dlk_tile.load_fragment %x k 0 dim 0 : !s -> !b
}

// -----

// fp8, either type on either side; promoted sums are added.
!sa = !dlk_tile.mem<32x32xf8E4M3FN, #dlk_tile.layout<[32:32], [32:1], swizzle<1, 4, 3>>, shared>
!sb = !dlk_tile.mem<32x32xf8E5M2, #dlk_tile.layout<[32:32], [32:1], swizzle<1, 4, 3>>, shared>
!a = !dlk_tile.frag<32x32xf8E4M3FN, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.frag<32x32xf8E5M2, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!c = !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
// CHECK-LABEL: dlk_tile.kernel @fp8
// CHECK-COUNT-2: llvm.inline_asm {{.*}}"mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e5m2.f32 {$0, $1, $2, $3}, {$4, $5, $6, $7}, {$8, $9}, {$10, $11, $12, $13};"
// CHECK: arith.addf {{.*}} : vector<8xf32>
dlk_tile.kernel @fp8() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !c
  %x = dlk_tile.alloc offset 0 : !sa
  %y = dlk_tile.alloc offset 1024 : !sb
  %a = dlk_tile.load_fragment %x k 0 dim 1 : !sa -> !a
  %b = dlk_tile.load_fragment %y k 0 dim 1 : !sb -> !b
  %r = dlk_tile.mma %a, %b, %zero : !a, !b, !c
  %s = dlk_tile.add %zero, %r : !c
}

// -----

// Sums of f16 in f16: pairs in two registers.
!s = !dlk_tile.mem<32x16xf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared>
!a = !dlk_tile.frag<32x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.frag<16x32xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!c = !dlk_tile.frag<32x32xf16, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
// CHECK-LABEL: dlk_tile.kernel @halves
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} -> !llvm.struct<(vector<2xf16>, vector<2xf16>)>
// CHECK: vector.from_elements {{.*}} : vector<8xf16>
dlk_tile.kernel @halves() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !c
  %x = dlk_tile.alloc offset 0 : !s
  %a = dlk_tile.load_fragment %x k 0 dim 1 : !s -> !a
  %b = dlk_tile.load_fragment %x k 0 dim 1 : !s -> !b
  %r = dlk_tile.mma %a, %b, %zero : !a, !b, !c
}
