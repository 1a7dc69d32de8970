// Round trip of each operation.
// RUN: dlk-opt %s | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --mlir-print-op-generic | dlk-opt | FileCheck %s

!ga = !dlk_tile.mem<2x64x64xf16, #dlk_tile.layout<[2:4096], [64:64], [64:1]>, global>
!gc = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!bias = !dlk_tile.mem<64xf32, #dlk_tile.layout<[64:1]>, global>
!sa = !dlk_tile.mem<64x32xf16, shared>
!sb = !dlk_tile.mem<32x64xf16, shared>
!stage = !dlk_tile.mem<4x16x32xf16, shared>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>
!a = !dlk_tile.frag<64x16xf16, #dlk_tile.fragment<mma_a, warps = [2, 2]>>
!b = !dlk_tile.frag<16x64xf16, #dlk_tile.fragment<mma_b, warps = [2, 2]>>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
!out = !dlk_tile.frag<64x64xf16, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>

// CHECK-LABEL: dlk_tile.kernel @empty() grid [1, 1, 1] warps 1 {
dlk_tile.kernel @empty() grid [1, 1, 1] warps 1 {
}

// CHECK-LABEL: dlk_tile.kernel @planned(%{{.*}}: !f16_64x64_global) grid [8, 2, 3] warps 32 shared_bytes 49152 attributes {note = "x"} {
dlk_tile.kernel @planned(%c: !gc) grid [8, 2, 3] warps 32 shared_bytes 49152 attributes {note = "x"} {
}

// CHECK-LABEL: dlk_tile.kernel @tile_coord
dlk_tile.kernel @tile_coord() grid [30, 1, 1] warps 4 {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = dlk_tile.tile_coord tiles [3, 5] batches 2 raster grouped 8
  %r0, %c0, %b0 = dlk_tile.tile_coord tiles [3, 5] batches 2 raster grouped 8
  // CHECK: dlk_tile.tile_coord tiles [3, 5] batches 2 raster row 1
  %r1, %c1, %b1 = dlk_tile.tile_coord tiles [3, 5] batches 2 raster row 1
  // CHECK: dlk_tile.tile_coord tiles [3, 5] batches 2 raster column 1
  %r2, %c2, %b2 = dlk_tile.tile_coord tiles [3, 5] batches 2 raster column 1
}

// CHECK-LABEL: dlk_tile.kernel @memory
dlk_tile.kernel @memory(%a: !ga) grid [1, 1, 1] warps 4 {
  %i = arith.constant 0 : index
  %o = arith.constant 16 : i32
  %p = arith.constant true
  // CHECK: %[[S:.+]] = dlk_tile.alloc : !f16_64x32_shared
  %s = dlk_tile.alloc : !sa
  // CHECK: dlk_tile.alloc offset 4096 : !f16_64x32_shared
  %t = dlk_tile.alloc offset 4096 : !sa
  // CHECK: dlk_tile.view %[[S]][%{{.*}} + 1024] : !f16_64x32_shared to !f16_32x64_shared
  %v = dlk_tile.view %s[%o + 1024] : !sa to !sb
  // CHECK: dlk_tile.pointer %[[S]] : !f16_64x32_shared to !llvm.ptr<3>
  %ps = dlk_tile.pointer %s : !sa to !llvm.ptr<3>
  // CHECK: dlk_tile.pointer %{{.*}} : !f16_2x64x64_global to !llvm.ptr<1>
  %pg = dlk_tile.pointer %a : !ga to !llvm.ptr<1>
  // CHECK: dlk_tile.copy %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] to %[[S]] vector 8 kind "cp_async" : !f16_2x64x64_global to !f16_64x32_shared
  dlk_tile.copy %a[%i, %i, %i] to %s vector 8 kind "cp_async" : !ga to !sa
  // CHECK: dlk_tile.copy %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] to %[[S]] if %{{.*}} vector 1 kind "ld" :
  dlk_tile.copy %a[%i, %i, %i] to %s if %p vector 1 kind "ld" : !ga to !sa
}

// CHECK-LABEL: dlk_tile.kernel @rings
dlk_tile.kernel @rings() grid [1, 1, 1] warps 4 {
  // CHECK: %[[RING:.+]] = dlk_tile.ring.create : !ring
  %ring = dlk_tile.ring.create : !ring
  // CHECK: %[[W:.+]] = dlk_tile.ring.acquire %[[RING]] : !ring -> !slot
  %w = dlk_tile.ring.acquire %ring : !ring -> !slot
  // CHECK: dlk_tile.slot.view %[[W]][1] : !slot -> !f16_32x64_shared
  %m = dlk_tile.slot.view %w[1] : !slot -> !sb
  // CHECK: dlk_tile.ring.commit %[[RING]], %[[W]] : !ring, !slot
  dlk_tile.ring.commit %ring, %w : !ring, !slot
  // CHECK: %[[R:.+]] = dlk_tile.ring.wait %[[RING]] : !ring -> !slot
  %r = dlk_tile.ring.wait %ring : !ring -> !slot
  // CHECK: dlk_tile.ring.release %[[RING]], %[[R]] : !ring, !slot
  dlk_tile.ring.release %ring, %r : !ring, !slot
  // CHECK: dlk_tile.async_commit
  dlk_tile.async_commit
  // CHECK: dlk_tile.async_wait pending 1
  dlk_tile.async_wait pending 1
  // CHECK: dlk_tile.barrier
  dlk_tile.barrier
}

// CHECK-LABEL: dlk_tile.kernel @fragments
dlk_tile.kernel @fragments(%bias: !bias, %c: !gc) grid [1, 1, 1] warps 4 {
  %i = arith.constant 0 : index
  %sa = dlk_tile.alloc : !sa
  %sb = dlk_tile.alloc : !sb
  %stage = dlk_tile.alloc : !stage
  // CHECK: %[[ZERO:.+]] = dlk_tile.fill 0.000000e+00 : !f32_64x64_mma_acc
  %zero = dlk_tile.fill 0.0 : !acc
  // CHECK: dlk_tile.load_fragment %{{.*}} k 16 dim 1 : !f16_64x32_shared -> !f16_64x16_mma_a
  %a = dlk_tile.load_fragment %sa k 16 dim 1 : !sa -> !a
  // CHECK: dlk_tile.load_fragment %{{.*}} k 0 dim 0 : !f16_32x64_shared -> !f16_16x64_mma_b
  %b = dlk_tile.load_fragment %sb k 0 dim 0 : !sb -> !b
  // CHECK: dlk_tile.mma %{{.*}}, %{{.*}}, %[[ZERO]] : !f16_64x16_mma_a, !f16_16x64_mma_b, !f32_64x64_mma_acc
  %m0 = dlk_tile.mma %a, %b, %zero : !a, !b, !acc
  // CHECK: dlk_tile.mma %{{.*}}, %{{.*}}, %{{.*}} : !f16_64x32_shared, !f16_32x64_shared, !f32_64x64_mma_acc
  %m1 = dlk_tile.mma %sa, %sb, %m0 : !sa, !sb, !acc
  // CHECK: dlk_tile.mma %{{.*}}, %{{.*}}, %{{.*}} {lhs_k_dim = 0 : i64, rhs_k_dim = 1 : i64} : !f16_32x64_shared, !f16_64x32_shared,
  %m2 = dlk_tile.mma %sb, %sa, %m1 {lhs_k_dim = 0 : i64, rhs_k_dim = 1 : i64} : !sb, !sa, !acc
  // CHECK: %[[R:.+]] = dlk_tile.map %{{.*}} at[%{{.*}}, %{{.*}}] bounds [64, 64] with %{{.*}} : !f32_64_global maps [#{{.*}}] : !f32_64x64_mma_acc -> !f16_64x64_mma_acc {
  // CHECK: dlk_tile.yield %{{.*}} : f16
  %r = dlk_tile.map %m2 at [%i, %i] bounds [64, 64] with %bias : !bias
      maps [affine_map<(m, n) -> (n)>] : !acc -> !out {
  ^bb0(%x: f32, %y: f32):
    %sum = arith.addf %x, %y : f32
    %h = arith.truncf %sum : f32 to f16
    dlk_tile.yield %h : f16
  }
  // CHECK: dlk_tile.map %[[R]] at[%{{.*}}, %{{.*}}] bounds [64, 64] maps [] : !f16_64x64_mma_acc -> !f16_64x64_mma_acc {
  %n = dlk_tile.map %r at [%i, %i] bounds [64, 64] maps [] : !out -> !out {
  ^bb0(%x: f16):
    %y = arith.negf %x : f16
    dlk_tile.yield %y : f16
  }
  // CHECK: dlk_tile.store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] staging %{{.*}} vector 8 : !f16_64x64_mma_acc to !f16_64x64_global staging !f16_4x16x32_shared
  dlk_tile.store %n to %c[%i, %i] staging %stage vector 8 : !out to !gc staging !stage
}

// CHECK-LABEL: func.func @launches
func.func @launches(%x: tensor<64x64xf16>) -> tensor<64x64xf16> {
  // CHECK: dlk_tile.launch @planned() : () -> tensor<64x64xf16>
  %0 = dlk_tile.launch @planned() : () -> tensor<64x64xf16>
  // CHECK: dlk_tile.launch @device::@lowered(%{{.*}}) over_zeros {note = "x"} : (tensor<64x64xf16>) -> tensor<64x64xf16>
  %1 = dlk_tile.launch @device::@lowered(%x) over_zeros {note = "x"} : (tensor<64x64xf16>) -> tensor<64x64xf16>
  return %1 : tensor<64x64xf16>
}

gpu.module @device {
  llvm.func @lowered(!llvm.ptr<1>, !llvm.ptr<1>)
}
