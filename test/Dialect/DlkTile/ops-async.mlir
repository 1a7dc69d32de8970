// Round trip of the operations of roles, TMA and asynchronous products.
// RUN: dlk-opt %s | dlk-opt | FileCheck %s
// RUN: dlk-opt %s --mlir-print-op-generic | dlk-opt | FileCheck %s

!mem = !dlk_tile.mem<8x1024x1024xbf16, #dlk_tile.layout<[8:1048576], [1024:1024], [1024:1]>, global>
!tmap = !dlk_tile.tmap<!mem, [64, 64], swizzle 128>
!sa = !dlk_tile.mem<128x64xbf16, shared>
!sb = !dlk_tile.mem<64x128xbf16, #dlk_tile.layout<[64:64], [64:1, 2:4096], swizzle<3, 4, 3>>, shared>
!acc = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!out = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!inflight = !dlk_tile.inflight<!acc>
!staging = !dlk_tile.mem<4x64x64xbf16, shared>
!ring = !dlk_tile.ring<4, !sa, !sb>
!slot = !dlk_tile.slot<!sa, !sb>

// CHECK-LABEL: dlk_tile.kernel @roles(%{{.*}}: !bf16_64x64_tmap) grid [132, 1, 1] warps 12 cluster [2, 1] {
dlk_tile.kernel @roles(%a: !tmap) grid [132, 1, 1] warps 12 cluster [2, 1] {
  // CHECK: %[[RING:.+]] = dlk_tile.ring.create consumers 2 : !ring
  %ring = dlk_tile.ring.create consumers 2 : !ring
  // CHECK: dlk_tile.roles consumers 2 regs [40, 232] producer {
  dlk_tile.roles consumers 2 regs [40, 232] producer {
    // CHECK: dlk_tile.for_tiles tiles [16, 8] batches 8 raster grouped 8 {
    // CHECK-NEXT: ^bb0(%[[ROW:.+]]: index, %[[COLUMN:.+]]: index, %[[BATCH:.+]]: index):
    dlk_tile.for_tiles tiles [16, 8] batches 8 raster grouped 8 {
    ^bb0(%row: index, %column: index, %batch: index):
      %s = dlk_tile.ring.acquire %ring : !ring -> !slot
      %va = dlk_tile.slot.view %s[0] : !slot -> !sa
      %vb = dlk_tile.slot.view %s[1] : !slot -> !sb
      // CHECK: dlk_tile.tma_load %{{.*}}[%[[BATCH]], %[[ROW]], %[[COLUMN]]] to %{{.*}} : !bf16_64x64_tmap to !bf16_128x64_shared
      dlk_tile.tma_load %a[%batch, %row, %column] to %va : !tmap to !sa
      // CHECK: dlk_tile.tma_load %{{.*}}[%[[BATCH]], %[[COLUMN]], %[[ROW]]] to %{{.*}} shared_along "m" : !bf16_64x64_tmap to !bf16_64x128_shared
      dlk_tile.tma_load %a[%batch, %column, %row] to %vb shared_along "m" : !tmap to !sb
      dlk_tile.ring.commit %ring, %s : !ring, !slot
    }
  // CHECK: } consumer {
  } consumer {
    // CHECK: dlk_tile.for_tiles tiles [16, 8] batches 8 raster row 1 attributes {note = "x"} {
    dlk_tile.for_tiles tiles [16, 8] batches 8 raster row 1 attributes {note = "x"} {
    ^bb0(%row: index, %column: index, %batch: index):
    }
  }
}

// CHECK-LABEL: dlk_tile.kernel @pingpong
dlk_tile.kernel @pingpong() grid [1, 1, 1] warps 8 {
  // CHECK: dlk_tile.roles consumers 1 regs [0, 0] pingpong 3 attributes {note = "x"} producer {
  dlk_tile.roles consumers 1 regs [0, 0] pingpong 3 attributes {note = "x"} producer {
    %p = arith.constant 0 : index
  } consumer {
    %c = arith.constant 1 : index
  }
}

// CHECK-LABEL: dlk_tile.kernel @tile_coord_of
dlk_tile.kernel @tile_coord_of() grid [7, 1, 1] warps 4 {
  %tile = arith.constant 3 : i32
  // CHECK: dlk_tile.tile_coord of %{{.*}} tiles [3, 5] batches 2 raster column 1
  %row, %column, %batch = dlk_tile.tile_coord of %tile tiles [3, 5] batches 2 raster column 1
}

// CHECK-LABEL: dlk_tile.kernel @products
dlk_tile.kernel @products(%c: !tmap) grid [1, 1, 1] warps 12 {
  %i = arith.constant 0 : index
  %sa = dlk_tile.alloc : !sa
  %sb = dlk_tile.alloc : !sb
  %staging = dlk_tile.alloc : !staging
  // CHECK: dlk_tile.pointer %{{.*}} : !bf16_64x64_tmap to !llvm.ptr
  %p = dlk_tile.pointer %c : !tmap to !llvm.ptr
  // CHECK: %[[BEGIN:.+]] = dlk_tile.wgmma_begin : !f32_128x128_inflight
  %begin = dlk_tile.wgmma_begin : !inflight
  // CHECK: %[[X:.+]] = dlk_tile.wgmma %{{.*}}, %{{.*}}, %[[BEGIN]] overwrite : !bf16_128x64_shared, !bf16_64x128_shared, !f32_128x128_inflight
  %x = dlk_tile.wgmma %sa, %sb, %begin overwrite : !sa, !sb, !inflight
  // CHECK: %[[Y:.+]] = dlk_tile.wgmma %{{.*}}, %{{.*}}, %[[X]] {lhs_k_dim = 0 : i64, rhs_k_dim = 1 : i64} : !bf16_64x128_shared, !bf16_128x64_shared,
  %y = dlk_tile.wgmma %sb, %sa, %x {lhs_k_dim = 0 : i64, rhs_k_dim = 1 : i64} : !sb, !sa, !inflight
  // CHECK: %[[Z:.+]] = dlk_tile.wgmma_wait pending 1, %[[Y]] : !f32_128x128_inflight -> !f32_128x128_inflight
  %z = dlk_tile.wgmma_wait pending 1, %y : !inflight -> !inflight
  // CHECK: dlk_tile.wgmma_wait pending 0, %[[Z]] : !f32_128x128_inflight -> !f32_128x128_wgmma_acc
  %d = dlk_tile.wgmma_wait pending 0, %z : !inflight -> !acc
  %e = dlk_tile.map %d at [%i, %i] bounds [1024, 1024] maps [] : !acc -> !out {
  ^bb0(%v: f32):
    %h = arith.truncf %v : f32 to bf16
    dlk_tile.yield %h : bf16
  }
  // CHECK: dlk_tile.tma_store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] staging %{{.*}} : !bf16_128x128_wgmma_acc to !bf16_64x64_tmap staging !bf16_4x64x64_shared
  dlk_tile.tma_store %e to %c[%i, %i, %i] staging %staging : !out to !tmap staging !staging
}

// CHECK-LABEL: func.func @transposed
// CHECK: dlk_tile.tma_store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] transposed staging %{{.*}} : !bf16_128x16_wgmma_acc to !bf16_16x64_tmap staging !bf16_4x16x64_shared
!few = !dlk_tile.frag<128x16xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!rows = !dlk_tile.tmap<!dlk_tile.mem<16x512xbf16, #dlk_tile.layout<[16:512], [512:1]>, global>, [16, 64], swizzle 128>
!buffers = !dlk_tile.mem<4x16x64xbf16, shared>
func.func @transposed(%f: !few, %map: !rows, %s: !buffers, %i: index) {
  dlk_tile.tma_store %f to %map[%i, %i] transposed staging %s : !few to !rows staging !buffers
  return
}

// A slot of other buffers than the ring, in as many bytes; a map reads them.
// CHECK-LABEL: func.func @other_buffers
func.func @other_buffers(%acc: !acc, %ring: !ring) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[SLOT:.+]] = dlk_tile.ring.wait %{{.+}} : !ring -> !slot1
  %s = dlk_tile.ring.wait %ring : !ring -> !dlk_tile.slot<!sa, !sa>
  %t0 = dlk_tile.slot.view %s[0] : !dlk_tile.slot<!sa, !sa> -> !sa
  %t1 = dlk_tile.slot.view %s[1] : !dlk_tile.slot<!sa, !sa> -> !sa
  // CHECK: dlk_tile.map %{{.+}} at[%{{.+}}, %{{.+}}] bounds [128, 128] tiles %{{.+}}, %{{.+}} : !bf16_128x64_shared, !bf16_128x64_shared maps [] : {{.*}} {
  // CHECK-NEXT: ^bb0(%{{.+}}: f32, %{{.+}}: bf16):
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [128, 128] tiles %t0, %t1 : !sa, !sa maps [] : !acc -> !out {
  ^bb0(%x: f32, %e: bf16):
    dlk_tile.yield %e : bf16
  }
  return
}

// Roles without operations.
// CHECK-LABEL: dlk_tile.kernel @empty_roles
dlk_tile.kernel @empty_roles() grid [1, 1, 1] warps 8 {
  // CHECK: dlk_tile.roles consumers 1 regs [0, 0] producer {
  // CHECK-NEXT: } consumer {
  // CHECK-NEXT: }
  dlk_tile.roles consumers 1 regs [0, 0] producer {
  } consumer {
  }
}

// CHECK-LABEL: dlk_tile.kernel @stream
dlk_tile.kernel @stream() grid [4, 1, 1] warps 8 {
  // CHECK: %{{.+}}, %{{.+}}, %{{.+}} = dlk_tile.stream_coord steps 5 clusters 4
  %first, %more, %part = dlk_tile.stream_coord steps 5 clusters 4
  // CHECK: dlk_tile.for_tiles tiles [2, 2] batches 3 raster row 1 stream 5 {
  // CHECK-NEXT: ^bb0(%{{.+}}: index, %{{.+}}: index, %{{.+}}: index, %{{.+}}: index, %{{.+}}: index, %{{.+}}: index):
  dlk_tile.for_tiles tiles [2, 2] batches 3 raster row 1 stream 5 {
  ^bb0(%row: index, %column: index, %batch: index, %f: index, %m: index, %p: index):
  }
}
