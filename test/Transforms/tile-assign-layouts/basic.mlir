// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-assign-layouts))' | FileCheck %s
// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-assign-layouts, dlk-tile-assign-layouts))' | FileCheck %s

// Rings, slots, views and the values that a loop carries change together.
!ga = !dlk_tile.mem<128x64xf16, #dlk_tile.layout<[128:64], [64:1]>, global>
!sa = !dlk_tile.mem<128x32xf16, shared>
!sb = !dlk_tile.mem<32x128xf16, shared>
!ring = !dlk_tile.ring<3, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// CHECK-DAG: !f16_128x32_shared = !dlk_tile.mem<128x32xf16, #dlk_tile.layout<[128:32], [32:1], swizzle<2, 4, 3>>, shared>
// CHECK-DAG: !f16_32x128_shared = !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>
// CHECK-DAG: !ring = !dlk_tile.ring<3, !f16_128x32_shared, !f16_32x128_shared>
// CHECK-DAG: !slot = !dlk_tile.slot<!f16_128x32_shared, !f16_32x128_shared>
// CHECK-NOT: xf16, shared>
// CHECK-LABEL: dlk_tile.kernel @ring
dlk_tile.kernel @ring(%a: !ga) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // CHECK: dlk_tile.ring.create : !ring
  %ring = dlk_tile.ring.create : !ring
  // CHECK: dlk_tile.ring.acquire %{{.*}} : !ring -> !slot
  %w = dlk_tile.ring.acquire %ring : !ring -> !slot
  %v = dlk_tile.slot.view %w[0] : !slot -> !sa
  // CHECK: dlk_tile.copy {{.*}} : !f16_128x64_global to !f16_128x32_shared
  dlk_tile.copy %a[%c0, %c0] to %v vector 8 kind "cp_async" : !ga to !sa
  dlk_tile.ring.commit %ring, %w : !ring, !slot
  %r = dlk_tile.ring.wait %ring : !ring -> !slot
  // CHECK: scf.for {{.*}} -> (!slot) {
  %last = scf.for %i = %c0 to %c2 step %c1 iter_args(%s = %r) -> (!slot) {
    // CHECK: dlk_tile.slot.view %{{.*}}[1] : !slot -> !f16_32x128_shared
    %t = dlk_tile.slot.view %s[1] : !slot -> !sb
    // CHECK: scf.yield %{{.*}} : !slot
    scf.yield %s : !slot
  }
  dlk_tile.ring.release %ring, %last : !ring, !slot
}

// -----

// Staging: one warp after another, each as large as its own tile.
// CHECK-DAG: !f16_4x16x64_shared = !dlk_tile.mem<4x16x64xf16, #dlk_tile.layout<[4:1024], [16:64], [64:1], swizzle<3, 4, 3>>, shared>
// CHECK-DAG: !f32_4x16x64_shared = !dlk_tile.mem<4x16x64xf32, #dlk_tile.layout<[4:1024], [16:32], [32:1, 2:512], swizzle<2, 5, 2>>, shared>
// CHECK-DAG: !f32_2x16x8_shared = !dlk_tile.mem<2x16x8xf32, #dlk_tile.layout<[2:128], [16:8], [8:1]>, shared>
// CHECK-DAG: !i8_65536_shared = !dlk_tile.mem<65536xi8, #dlk_tile.layout<[65536:1]>, shared>
// CHECK-LABEL: dlk_tile.kernel @staging
dlk_tile.kernel @staging() grid [1, 1, 1] warps 4 {
  %0 = dlk_tile.alloc : !dlk_tile.mem<4x16x64xf16, shared>
  %1 = dlk_tile.alloc : !dlk_tile.mem<4x16x64xf32, shared>
  %2 = dlk_tile.alloc : !dlk_tile.mem<2x16x8xf32, shared>
  %3 = dlk_tile.alloc : !dlk_tile.mem<65536xi8, shared>
}

// -----

// A layout that is there stays.
// CHECK: !f16_64x64_shared = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:72], [64:1]>, shared>
// CHECK-LABEL: dlk_tile.kernel @pinned
dlk_tile.kernel @pinned() grid [1, 1, 1] warps 4 {
  %0 = dlk_tile.alloc : !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:72], [64:1]>, shared>
}

// -----

// Staging of a tma_store: boxes of its map, one buffer after another.
!acc = !dlk_tile.frag<64x64xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!acc32 = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!wide = !dlk_tile.tmap<!dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 64], swizzle 128>
!half = !dlk_tile.tmap<!dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 32], swizzle 64>
!plain = !dlk_tile.tmap<!dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 8], swizzle 0>

// CHECK-DAG: !dlk_tile.mem<2x64x64xbf16, #dlk_tile.layout<[2:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>
// CHECK-DAG: !dlk_tile.mem<2x64x32xbf16, #dlk_tile.layout<[2:2048], [64:32], [32:1], swizzle<2, 4, 3>>, shared>
// CHECK-DAG: !dlk_tile.mem<1x64x8xf32, #dlk_tile.layout<[1:512], [64:8], [8:1]>, shared>
// CHECK-LABEL: dlk_tile.kernel @tma_staging
dlk_tile.kernel @tma_staging(%wide: !wide, %half: !half, %plain: !plain) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %acc = dlk_tile.fill 1.0 : !acc
  %acc32 = dlk_tile.fill 1.0 : !acc32
  %0 = dlk_tile.alloc : !dlk_tile.mem<2x64x64xbf16, shared>
  %1 = dlk_tile.alloc : !dlk_tile.mem<2x64x32xbf16, shared>
  %2 = dlk_tile.alloc : !dlk_tile.mem<1x64x8xf32, shared>
  dlk_tile.tma_store %acc to %wide[%c0, %c0] staging %0 : !acc to !wide staging !dlk_tile.mem<2x64x64xbf16, shared>
  dlk_tile.tma_store %acc to %half[%c0, %c0] staging %1 : !acc to !half staging !dlk_tile.mem<2x64x32xbf16, shared>
  dlk_tile.tma_store %acc32 to %plain[%c0, %c0] staging %2 : !acc32 to !plain staging !dlk_tile.mem<1x64x8xf32, shared>
}

// -----

// mma.sync reads 4-byte elements one by one where k is not contiguous: eight
// neighbours of four rows meet different banks. Where k is, ldmatrix does.
// CHECK-DAG: !f32_16x64_shared = !dlk_tile.mem<16x64xf32, #dlk_tile.layout<[16:32], [32:1, 2:512], swizzle<2, 5, 2>>, shared>
// CHECK-DAG: !f32_64x16_shared = !dlk_tile.mem<64x16xf32, #dlk_tile.layout<[64:16], [16:1], swizzle<2, 4, 3>>, shared>
// CHECK-LABEL: dlk_tile.kernel @words
dlk_tile.kernel @words() grid [1, 1, 1] warps 4 {
  %a = dlk_tile.alloc : !dlk_tile.mem<64x16xf32, shared>
  %b = dlk_tile.alloc : !dlk_tile.mem<16x64xf32, shared>
  %zero = dlk_tile.fill 0.0 : !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
  %r = dlk_tile.mma %a, %b, %zero : !dlk_tile.mem<64x16xf32, shared>, !dlk_tile.mem<16x64xf32, shared>, !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
}
