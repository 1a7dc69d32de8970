// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-mma))' | FileCheck %s

// A, k contiguous: a warp has 32 rows, two ldmatrix.x4, 16 rows of 64 bytes apart.
// CHECK-LABEL: dlk_tile.kernel @load_a
// CHECK: %[[BASE:.+]] = dlk_tile.pointer
// CHECK: nvvm.ldmatrix %{{.+}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32
// CHECK: llvm.getelementptr %{{.+}}[1024]
// CHECK: nvvm.ldmatrix
// CHECK-NOT: nvvm.ldmatrix
// CHECK: vector.from_elements {{.*}} : vector<8xi32>
dlk_tile.kernel @load_a() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %f = dlk_tile.load_fragment %x k 0 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// A stored [k, m] is read transposed; the slice at k = 16 is 16 rows of 128 bytes on.
// CHECK-LABEL: dlk_tile.kernel @load_a_transposed
// CHECK: llvm.getelementptr %{{.+}}[2048]
// CHECK: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<col>
dlk_tile.kernel @load_a_transposed() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
  %f = dlk_tile.load_fragment %x k 16 dim 0 : !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared> -> !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
}

// -----

// B stored [k, n]: transposed, two 8-column tiles at a time.
// CHECK-LABEL: dlk_tile.kernel @load_b
// CHECK-COUNT-2: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<col>
// CHECK: vector.from_elements {{.*}} : vector<8xi32>
dlk_tile.kernel @load_b() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared>
  %f = dlk_tile.load_fragment %x k 0 dim 0 : !dlk_tile.mem<32x64xf16, #dlk_tile.layout<[32:64], [64:1], swizzle<3, 4, 3>>, shared> -> !dlk_tile.frag<16x64xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
}

// -----

// B stored [n, k]: plain loads; the second k slice lies inside the swizzled row.
// CHECK-LABEL: dlk_tile.kernel @load_b_transposed
// CHECK: arith.xori
// CHECK-COUNT-2: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<row>
dlk_tile.kernel @load_b_transposed() grid [1, 1, 1] warps 4 {
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  %f = dlk_tile.load_fragment %x k 16 dim 1 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared> -> !dlk_tile.frag<16x64xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
}

// -----

// A warp has 16x16: two mma.sync on pairs of f16.
// CHECK-LABEL: dlk_tile.kernel @mma_f16
// CHECK: arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} (vector<2xf16>, vector<2xf16>, f32)
// CHECK: vector.from_elements {{.*}} : vector<8xf32>
dlk_tile.kernel @mma_f16() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x16xf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared>
  %a = dlk_tile.load_fragment %x k 0 dim 1 : !dlk_tile.mem<32x16xf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared> -> !dlk_tile.frag<32x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  %b = dlk_tile.load_fragment %x k 0 dim 1 : !dlk_tile.mem<32x16xf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared> -> !dlk_tile.frag<16x32xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
  %r = dlk_tile.mma %a, %b, %zero : !dlk_tile.frag<32x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>, !dlk_tile.frag<16x32xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>, !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
}

// -----

// bf16 registers stay whole words.
// CHECK-LABEL: dlk_tile.kernel @mma_bf16
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} (i32, i32, f32)
dlk_tile.kernel @mma_bf16() grid [1, 1, 1] warps 4 {
  %zero = dlk_tile.fill 0.0 : !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  %x = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x16xbf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared>
  %a = dlk_tile.load_fragment %x k 0 dim 1 : !dlk_tile.mem<32x16xbf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared> -> !dlk_tile.frag<32x16xbf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
  %b = dlk_tile.load_fragment %x k 0 dim 1 : !dlk_tile.mem<32x16xbf16, #dlk_tile.layout<[32:16], [16:1], swizzle<1, 4, 3>>, shared> -> !dlk_tile.frag<16x32xbf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
  %r = dlk_tile.mma %a, %b, %zero : !dlk_tile.frag<32x16xbf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>, !dlk_tile.frag<16x32xbf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>, !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
}

// -----

// Loops carry the registers.
// CHECK-LABEL: dlk_tile.kernel @loop
// CHECK: scf.for {{.*}} -> (vector<8xf32>)
// CHECK: scf.yield {{.*}} : vector<8xf32>
dlk_tile.kernel @loop() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = dlk_tile.fill 0.0 : !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  %r = scf.for %i = %c0 to %c1 step %c1 iter_args(%acc = %zero) -> (!dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>) {
    scf.yield %acc : !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  }
}

// -----

// A cast stands where a fragment enters a map.
// CHECK-LABEL: dlk_tile.kernel @into_map
// CHECK: %[[CAST:.+]] = builtin.unrealized_conversion_cast {{.*}} : vector<8xf32> to
// CHECK: dlk_tile.map %[[CAST]]
dlk_tile.kernel @into_map() grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %zero = dlk_tile.fill 0.0 : !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  %r = dlk_tile.map %zero at [%c0, %c0] bounds [32, 32] maps [] : !dlk_tile.frag<32x32xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>> -> !dlk_tile.frag<32x32xf16, #dlk_tile.fragment<mma_acc, warps = [2, 2]>> {
  ^bb0(%x: f32):
    %h = arith.truncf %x : f32 to f16
    dlk_tile.yield %h : f16
  }
}
