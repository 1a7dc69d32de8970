// Folds and canonical forms.
// RUN: dlk-opt %s --canonicalize --split-input-file | FileCheck %s

!bytes = !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
!half = !dlk_tile.mem<2048xi8, #dlk_tile.layout<[2048:1]>, shared>
!tile = !dlk_tile.mem<16x32xf16, #dlk_tile.layout<[16:32], [32:1]>, shared>

// CHECK-LABEL: func @view_of_everything
// CHECK-SAME: (%[[S:.+]]: !i8_4096_shared)
func.func @view_of_everything(%s: !bytes) -> !bytes {
  %c0 = arith.constant 0 : i32
  %v = dlk_tile.view %s[%c0 + 0] : !bytes to !bytes
  // CHECK: return %[[S]]
  return %v : !bytes
}

// CHECK-LABEL: func @constant_offset
func.func @constant_offset(%s: !bytes) -> !tile {
  %c = arith.constant 1024 : i32
  // CHECK: %[[ZERO:.+]] = arith.constant 0 : i32
  // CHECK: dlk_tile.view %{{.*}}[%[[ZERO]] + 1536]
  %v = dlk_tile.view %s[%c + 512] : !bytes to !tile
  return %v : !tile
}

// A view of a view is one view; dynamic offsets add up.
// CHECK-LABEL: func @view_of_view
// CHECK-SAME: (%[[S:.+]]: !i8_4096_shared, %[[I:.+]]: i32, %[[J:.+]]: i32)
func.func @view_of_view(%s: !bytes, %i: i32, %j: i32) -> (!tile, !tile) {
  %c0 = arith.constant 0 : i32
  %h = dlk_tile.view %s[%i + 1024] : !bytes to !half
  // CHECK-DAG: %[[A:.+]] = dlk_tile.view %[[S]][%[[I]] + 1088] : !i8_4096_shared to !f16_16x32_shared
  %v = dlk_tile.view %h[%c0 + 64] : !half to !tile
  // CHECK-DAG: %[[K:.+]] = arith.addi %[[I]], %[[J]] : i32
  // CHECK-DAG: %[[B:.+]] = dlk_tile.view %[[S]][%[[K]] + 1152] : !i8_4096_shared to !f16_16x32_shared
  %w = dlk_tile.view %h[%j + 128] : !half to !tile
  // CHECK: return %[[A]], %[[B]]
  return %v, %w : !tile, !tile
}

// -----

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<64x32xf16, shared>

// CHECK-LABEL: dlk_tile.kernel @true_predicate
dlk_tile.kernel @true_predicate(%a: !g) grid [1, 1, 1] warps 4 {
  %i = arith.constant 0 : index
  %true = arith.constant true
  %false = arith.constant false
  %s = dlk_tile.alloc : !s
  // CHECK: dlk_tile.copy %{{.*}} to %{{[^ ]*}} vector 8
  dlk_tile.copy %a[%i, %i] to %s if %true vector 8 kind "cp_async" : !g to !s
  // CHECK: dlk_tile.copy %{{.*}} to %{{[^ ]*}} if %false vector 8
  dlk_tile.copy %a[%i, %i] to %s if %false vector 8 kind "cp_async" : !g to !s
}

// CHECK-LABEL: dlk_tile.kernel @barriers
dlk_tile.kernel @barriers() grid [1, 1, 1] warps 4 {
  // CHECK-NEXT: dlk_tile.barrier
  // CHECK-NEXT: dlk_tile.async_commit
  // CHECK-NEXT: dlk_tile.barrier
  // CHECK-NEXT: }
  dlk_tile.barrier
  dlk_tile.barrier
  dlk_tile.async_commit
  dlk_tile.barrier
}

// -----

!x = !dlk_tile.mem<64xf32, #dlk_tile.layout<[64:1]>, global>
!wgmma = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!acc = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>
#column = affine_map<(m, n) -> (n)>
#row = affine_map<(m, n) -> (m)>

// CHECK: #[[COLUMN:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @identity_map
// CHECK-SAME: (%[[A:.+]]: !f32_64x64_mma_acc,
func.func @identity_map(%a: !acc, %x: !x, %i: index) -> !acc {
  %r = dlk_tile.map %a at [%i, %i] bounds [64, 64] with %x : !x maps [#row] : !acc -> !acc {
  ^bb0(%e: f32, %y: f32):
    dlk_tile.yield %e : f32
  }
  // CHECK-NOT: dlk_tile.map
  // CHECK: return %[[A]]
  return %r : !acc
}

// CHECK-LABEL: func @unused_tiles
func.func @unused_tiles(%a: !wgmma, %x: !x, %t: !dlk_tile.mem<64x64xbf16, shared>, %i: index) -> !wgmma {
  // CHECK: dlk_tile.map %{{.*}} with %{{.*}} : !f32_64_global maps
  // CHECK-NEXT: ^bb0(%[[E:.+]]: f32, %[[V:.+]]: f32):
  %r = dlk_tile.map %a at [%i, %i] bounds [64, 64] with %x : !x
      tiles %t : !dlk_tile.mem<64x64xbf16, shared> maps [#row] : !wgmma -> !wgmma {
  ^bb0(%e: f32, %v: f32, %u: bf16):
    %s = arith.addf %e, %v : f32
    dlk_tile.yield %s : f32
  }
  return %r : !wgmma
}

// CHECK-LABEL: func @unused_operand
// CHECK-SAME: (%{{.*}}, %{{.*}}, %[[Y:.+]]: !f32_64_global,
func.func @unused_operand(%a: !acc, %x: !x, %y: !x, %i: index) -> !acc {
  // CHECK: dlk_tile.map %{{.*}} with %[[Y]] : !f32_64_global maps [#[[COLUMN]]]
  // CHECK-NEXT: ^bb0(%[[E:.+]]: f32, %[[V:.+]]: f32):
  // CHECK-NEXT: arith.addf %[[E]], %[[V]]
  %r = dlk_tile.map %a at [%i, %i] bounds [64, 64] with %x, %y : !x, !x maps [#row, #column]
      : !acc -> !acc {
  ^bb0(%e: f32, %u: f32, %v: f32):
    %s = arith.addf %e, %v : f32
    dlk_tile.yield %s : f32
  }
  return %r : !acc
}
