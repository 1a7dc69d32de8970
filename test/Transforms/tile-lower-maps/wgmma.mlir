// Fragments of wgmma: bands of 64 rows, of which each warp has 16; up to 64
// columns of them are computed at a time.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s

!acc = !dlk_tile.frag<128x16xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!wide = !dlk_tile.frag<64x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!grid = !dlk_tile.frag<128x32xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 2]>>
!c = !dlk_tile.mem<128x128xf32, #dlk_tile.layout<[128:128], [128:1]>, global>
!line = !dlk_tile.mem<128xf32, #dlk_tile.layout<[128:1]>, global>
!stage = !dlk_tile.mem<4x16x16xf32, #dlk_tile.layout<[4:256], [16:16], [16:1]>, shared>
!stageWide = !dlk_tile.mem<4x16x128xf32, #dlk_tile.layout<[4:2048], [16:128], [128:1]>, shared>
!stageGrid = !dlk_tile.mem<16x16x16xf32, #dlk_tile.layout<[16:256], [16:16], [16:1]>, shared>

// The second band starts 64 rows below, in the branch of the first one; the
// warp starts 16 rows below the warp before it.
// CHECK-LABEL: dlk_tile.kernel @bands
// CHECK: %[[FOUR:.+]] = arith.constant 4 : i32
// CHECK: %[[WARP:.+]] = arith.remui %{{.*}}, %[[FOUR]] : i32
// CHECK: %[[SIXTEEN:.+]] = arith.constant 16 : i32
// CHECK: arith.muli %[[WARP]], %[[SIXTEEN]] : i32
// CHECK: arith.constant 128 : i32
// CHECK: scf.if
// CHECK-COUNT-4: vector<2xf32>, !llvm.ptr<3>
// CHECK: nvvm.bar.warp.sync
// CHECK: arith.constant 64 : i32
// CHECK: scf.if
// CHECK: vector.shuffle %{{.*}} [8, 9] : vector<16xf32>
// CHECK: nvvm.bar.warp.sync
// CHECK-COUNT-4: vector<2xf32>, !llvm.ptr<3>
dlk_tile.kernel @bands(%c: !c) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<16xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<16xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %acc to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// 128 columns are two pieces. The bias of the second one is loaded before the
// arithmetic of the first, and both are staged before the warp meets.
// CHECK-LABEL: dlk_tile.kernel @pieces
// CHECK-COUNT-8: llvm.load %{{.*}} -> vector<2xf32>
// CHECK: scf.if
// CHECK-COUNT-8: llvm.load %{{.*}} -> vector<2xf32>
// CHECK-NOT: llvm.load
// CHECK-COUNT-16: arith.addf
// CHECK-NOT: arith.addf
// CHECK-COUNT-16: llvm.store
// CHECK-NOT: nvvm.bar.warp.sync
// CHECK-COUNT-16: arith.addf
// CHECK-COUNT-16: llvm.store
// CHECK: nvvm.bar.warp.sync
dlk_tile.kernel @pieces(%bias: !line, %c: !c) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<64xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<64xf32> to !wide
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [128, 128] with %bias : !line maps [affine_map<(m, n) -> (n)>] : !wide -> !wide {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stageWide
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !wide to !c staging !stageWide
}

// The grid counts warpgroups.
// CHECK-LABEL: dlk_tile.kernel @grid
// CHECK: %[[THREAD:.+]] = nvvm.read.ptx.sreg.tid.x
// CHECK: %[[WARP:.+]] = arith.shrui %[[THREAD]]
// CHECK: %[[GROUP:.+]] = arith.divui %[[WARP]], %{{.*}} : i32
// CHECK: arith.divui %[[GROUP]], %{{.*}} : i32
dlk_tile.kernel @grid(%row: !line, %c: !c) grid [1, 1, 1] warps 16 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !grid
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [128, 128] with %row : !line maps [affine_map<(m, n) -> (m)>] : !grid -> !grid {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stageGrid
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !grid to !c staging !stageGrid
}

// The operands of the first piece are loaded as soon as the tile is known, while
// the products still run.
// CHECK-LABEL: dlk_tile.kernel @early
// CHECK: dlk_tile.tile_coord
// CHECK: arith.muli %column
// CHECK-COUNT-8: llvm.load %{{.*}} -> vector<2xf32>
// CHECK: scf.for
// CHECK: scf.if
// CHECK-COUNT-8: llvm.load %{{.*}} -> vector<2xf32>
// CHECK-NOT: llvm.load
// CHECK: llvm.store
dlk_tile.kernel @early(%bias: !line, %c: !c) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 1] batches 1 raster row 1
  %n = arith.muli %column, %c128 : index
  %regs = arith.constant dense<1.0> : vector<64xf32>
  %sum = scf.for %k = %c0 to %c128 step %c1 iter_args(%value = %regs) -> (vector<64xf32>) {
    %next = arith.addf %value, %regs : vector<64xf32>
    scf.yield %next : vector<64xf32>
  }
  %acc = builtin.unrealized_conversion_cast %sum : vector<64xf32> to !wide
  %r = dlk_tile.map %acc at [%c0, %n] bounds [128, 128] with %bias : !line maps [affine_map<(m, n) -> (n)>] : !wide -> !wide {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stageWide
  dlk_tile.store %r to %c[%c0, %n] staging %s vector 4 : !wide to !c staging !stageWide
}
