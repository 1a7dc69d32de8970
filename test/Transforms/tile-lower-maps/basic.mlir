// Stores, alone and with a map that is only stored.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s
// Once lowered, nothing is left to lower:
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' > %t.once
// RUN: dlk-opt %t.once --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | diff %t.once -

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!out = !dlk_tile.frag<16x16xf16, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!acc32 = !dlk_tile.frag<32x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!acc24 = !dlk_tile.frag<16x24xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!out24 = !dlk_tile.frag<16x24xf16, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c16 = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!c32 = !dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>
!ragged = !dlk_tile.mem<60x60xf32, #dlk_tile.layout<[60:60], [60:1]>, global>
!c24 = !dlk_tile.mem<48x48xf16, #dlk_tile.layout<[48:48], [48:1]>, global>
!stage16 = !dlk_tile.mem<1x16x16xf16, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>
!stage24 = !dlk_tile.mem<1x16x24xf16, #dlk_tile.layout<[1:384], [16:24], [24:1]>, shared>
!stage32 = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// Four pairs of columns go to staging, a warp barrier, one piece of 16 bytes
// comes back and leaves.
// CHECK-LABEL: dlk_tile.kernel @one_band
// CHECK: scf.if
// CHECK-COUNT-4: llvm.store %{{.*}}, %{{.*}} {alignment = 4 : i64} : vector<2xf16>, !llvm.ptr<3>
// CHECK-NOT: llvm.store
// CHECK: nvvm.bar.warp.sync
// CHECK: %[[PIECE:.+]] = llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xi32>
// CHECK: llvm.store %[[PIECE]], %{{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<1>
// CHECK-NOT: llvm.store
dlk_tile.kernel @one_band(%c: !c16) grid [16, 1, 1] warps 1 {
  %row, %column, %batch = dlk_tile.tile_coord tiles [4, 4] batches 1 raster row 1
  %c16 = arith.constant 16 : index
  %m = arith.muli %row, %c16 : index
  %n = arith.muli %column, %c16 : index
  %regs = arith.constant dense<1.0> : vector<8xf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf16> to !out
  %s = dlk_tile.alloc offset 0 : !stage16
  dlk_tile.store %acc to %c[%m, %n] staging %s vector 8 : !out to !c16 staging !stage16
}

// The second 16 rows wait until the first ones have been read, and stand in
// the branch that says that the target has the first ones.
// CHECK-LABEL: dlk_tile.kernel @two_bands
// CHECK: scf.if
// CHECK-COUNT-4: vector<2xf32>, !llvm.ptr<3>
// CHECK: nvvm.bar.warp.sync
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<4xi32>, !llvm.ptr<1>
// CHECK: scf.if
// CHECK: nvvm.bar.warp.sync
// CHECK-COUNT-4: vector<2xf32>, !llvm.ptr<3>
// CHECK: nvvm.bar.warp.sync
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<4xi32>, !llvm.ptr<1>
// CHECK: }
// CHECK-NEXT: }
dlk_tile.kernel @two_bands(%c: !c32) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<16xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<16xf32> to !acc32
  %s = dlk_tile.alloc offset 0 : !stage32
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 4 : !acc32 to !c32 staging !stage32
}

// Where the tile does not divide the target, each piece is guarded.
// CHECK-LABEL: dlk_tile.kernel @ragged
// CHECK: %[[A:.+]] = llvm.load %{{.*}} : !llvm.ptr<3> -> vector<4xi32>
// CHECK: %[[B:.+]] = llvm.load %{{.*}} : !llvm.ptr<3> -> vector<4xi32>
// CHECK: %[[ROW:.+]] = arith.cmpi slt
// CHECK: %[[COLUMN:.+]] = arith.cmpi slt
// CHECK: %[[INSIDE:.+]] = arith.andi %[[ROW]], %[[COLUMN]]
// CHECK: scf.if %[[INSIDE]] {
// CHECK: llvm.store %[[A]]
// CHECK: scf.if
// CHECK: llvm.store %[[B]]
dlk_tile.kernel @ragged(%c: !ragged) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage32
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 4 : !acc to !ragged staging !stage32
}

// Vectors of one element: eight pieces a lane.
// CHECK-LABEL: dlk_tile.kernel @single_elements
// CHECK-COUNT-8: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<3> -> i32
// CHECK-COUNT-8: llvm.store %{{.*}} {alignment = 4 : i64} : i32, !llvm.ptr<1>
dlk_tile.kernel @single_elements(%c: !c32) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage32
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 1 : !acc to !c32 staging !stage32
}

// 16 x 24 elements are 48 pieces of eight: as pieces of four, every lane has
// three.
// CHECK-LABEL: dlk_tile.kernel @even_pieces
// CHECK-COUNT-3: llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<3> -> i64
// CHECK-COUNT-3: llvm.store %{{.*}} {alignment = 8 : i64} : i64, !llvm.ptr<1>
dlk_tile.kernel @even_pieces(%c: !c24) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<12xf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<12xf16> to !out24
  %s = dlk_tile.alloc offset 0 : !stage24
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 8 : !out24 to !c24 staging !stage24
}

// A map that is only stored is evaluated inside the store, on pairs.
// CHECK-LABEL: dlk_tile.kernel @map_and_store
// CHECK: scf.if
// CHECK: %[[PAIR:.+]] = vector.shuffle %{{.*}}, %{{.*}} [0, 1] : vector<8xf32>, vector<8xf32>
// CHECK: %[[NARROW:.+]] = arith.truncf %[[PAIR]] : vector<2xf32> to vector<2xf16>
// CHECK: llvm.store %[[NARROW]], %{{.*}} : vector<2xf16>, !llvm.ptr<3>
// CHECK: nvvm.bar.warp.sync
// CHECK-NOT: vector.from_elements
dlk_tile.kernel @map_and_store(%c: !c16) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] maps [] : !acc -> !out {
  ^bb0(%x: f32):
    %y = arith.truncf %x : f32 to f16
    dlk_tile.yield %y : f16
  }
  %s = dlk_tile.alloc offset 0 : !stage16
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 8 : !out to !c16 staging !stage16
}

// Results that are stored twice are packed, in the order of the registers.
// CHECK-LABEL: dlk_tile.kernel @map_with_two_stores
// CHECK-COUNT-4: arith.truncf
// CHECK: vector.from_elements %{{.*}} : vector<8xf16>
// CHECK-NOT: arith.truncf
// CHECK: llvm.store %{{.*}} : vector<4xi32>, !llvm.ptr<1>
// CHECK: llvm.store %{{.*}} : vector<4xi32>, !llvm.ptr<1>
dlk_tile.kernel @map_with_two_stores(%c: !c16, %d: !c16) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] maps [] : !acc -> !out {
  ^bb0(%x: f32):
    %y = arith.truncf %x : f32 to f16
    dlk_tile.yield %y : f16
  }
  %s = dlk_tile.alloc offset 0 : !stage16
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 8 : !out to !c16 staging !stage16
  dlk_tile.store %r to %d[%c0, %c0] staging %s vector 8 : !out to !c16 staging !stage16
}
