// Stores by TMA: boxes of a warpgroup, one after another.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s

!acc = !dlk_tile.frag<64x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!acc32 = !dlk_tile.frag<64x32xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!acc8 = !dlk_tile.frag<64x16xi8, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!acc24 = !dlk_tile.frag<64x24xf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!grid = !dlk_tile.frag<256x32xf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!map = !dlk_tile.tmap<!dlk_tile.mem<4x256x256xbf16, #dlk_tile.layout<[4:65536], [256:256], [256:1]>, global>, [64, 64], swizzle 128>
!map32 = !dlk_tile.tmap<!dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 32], swizzle 128>
!map8 = !dlk_tile.tmap<!dlk_tile.mem<64x64xi8, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 16], swizzle 0>
!map24 = !dlk_tile.tmap<!dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>, [64, 24], swizzle 0>
!mapGrid = !dlk_tile.tmap<!dlk_tile.mem<512x512xf16, #dlk_tile.layout<[512:512], [512:1]>, global>, [64, 32], swizzle 64>
!mapRows = !dlk_tile.tmap<!dlk_tile.mem<16x256xbf16, #dlk_tile.layout<[16:256], [256:1]>, global>, [16, 64], swizzle 128>
!mapRows32 = !dlk_tile.tmap<!dlk_tile.mem<8x256xf32, #dlk_tile.layout<[8:256], [256:1]>, global>, [8, 32], swizzle 128>
!accRows = !dlk_tile.frag<64x16xbf16, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!accRows32 = !dlk_tile.frag<64x8xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!stageRows = !dlk_tile.mem<1x16x64xbf16, #dlk_tile.layout<[1:1024], [16:64], [64:1], swizzle<3, 4, 3>>, shared>
!stageRows32 = !dlk_tile.mem<2x8x32xf32, #dlk_tile.layout<[2:256], [8:32], [32:1], swizzle<3, 4, 3>>, shared>
!stage = !dlk_tile.mem<2x64x64xbf16, #dlk_tile.layout<[2:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>
!stage32 = !dlk_tile.mem<1x64x32xf32, #dlk_tile.layout<[1:2048], [64:32], [32:1], swizzle<3, 4, 3>>, shared>
!stage8 = !dlk_tile.mem<2x64x16xi8, #dlk_tile.layout<[2:1024], [64:16], [16:1]>, shared>
!stage24 = !dlk_tile.mem<2x64x24xf16, #dlk_tile.layout<[2:1536], [64:24], [24:1]>, shared>
!stageGrid = !dlk_tile.mem<6x64x32xf16, #dlk_tile.layout<[6:2048], [64:32], [32:1], swizzle<2, 4, 3>>, shared>

// Two boxes of 64 columns. The first thread waits for TMA, all meet, write
// four times 16 columns, make it visible to TMA and meet again.
// CHECK-LABEL: dlk_tile.kernel @boxes
// CHECK: %[[LEAD:.+]] = arith.cmpi eq
// CHECK: %[[ID:.+]] = arith.constant 1 : i32
// CHECK: vector.shuffle
// CHECK-NOT: scf.if
// CHECK: scf.if %[[LEAD]] {
// CHECK-NEXT: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK: nvvm.barrier id = %[[ID]] number_of_threads = %{{.*}}
// CHECK-COUNT-4: nvvm.stmatrix %{{.*}} : !llvm.ptr<3>, i32, i32, i32, i32
// CHECK-NOT: nvvm.stmatrix
// CHECK: nvvm.fence.proxy
// CHECK-SAME: async.shared
// CHECK: nvvm.barrier id = %[[ID]]
// CHECK: scf.if %[[LEAD]] {
// CHECK: %[[BATCH:.+]] = arith.index_castui %batch : index to i32
// CHECK: %[[ROW:.+]] = arith.index_castui %row : index to i32
// CHECK: %[[COLUMN:.+]] = arith.index_castui %column : index to i32
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta %{{.*}}, %{{.*}}, box[%[[COLUMN]], %[[ROW]], %[[BATCH]]]
// CHECK-NEXT: nvvm.cp.async.bulk.commit.group
// CHECK: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK-COUNT-4: nvvm.stmatrix
// CHECK: arith.constant 64 : i32
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta
// CHECK: nvvm.cp.async.bulk.commit.group
// At last the stores are done:
// CHECK: scf.if
// CHECK-NEXT: nvvm.cp.async.bulk.wait_group 0{{$}}
dlk_tile.kernel @boxes(%c: !map) grid [4, 1, 1] warps 4 {
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 1] batches 4 raster row 1
  %regs = arith.constant dense<1.0> : vector<64xbf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<64xbf16> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.tma_store %acc to %c[%batch, %row, %column] staging %s : !acc to !map staging !stage
}

// Four-byte elements: rows g and g+1 would meet in one bank, so odd rows write
// tiles 2 and 3 while even ones write 0 and 1. One buffer: the store of the
// tile before must have been read.
// CHECK-LABEL: dlk_tile.kernel @four_bytes
// CHECK: scf.for
// CHECK: %[[ODD:.+]] = arith.cmpi ne
// CHECK: nvvm.cp.async.bulk.wait_group 0 {read}
// CHECK: arith.select %[[ODD]], %{{.*}}, %{{.*}} : vector<2xf32>
// CHECK: arith.select %[[ODD]], %{{.*}}, %{{.*}} : i32
// CHECK: llvm.store %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<3>
// CHECK-COUNT-7: llvm.store %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<3>
// CHECK-NOT: llvm.store
// CHECK: nvvm.cp.async.bulk.commit.group
// CHECK: }
// CHECK: }
// Behind the loop:
// CHECK: scf.if
// CHECK-NEXT: nvvm.cp.async.bulk.wait_group 0{{$}}
dlk_tile.kernel @four_bytes(%c: !map32) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %regs = arith.constant dense<1.0> : vector<16xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<16xf32> to !acc32
  %s = dlk_tile.alloc offset 0 : !stage32
  scf.for %n = %c0 to %c64 step %c32 {
    dlk_tile.tma_store %acc to %c[%c0, %n] staging %s : !acc32 to !map32 staging !stage32
  }
}

// One-byte elements: pairs.
// CHECK-LABEL: dlk_tile.kernel @one_byte
// CHECK-COUNT-4: llvm.store %{{.*}} {alignment = 2 : i64} : vector<2xi8>, !llvm.ptr<3>
// CHECK-NOT: llvm.store
dlk_tile.kernel @one_byte(%c: !map8) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1> : vector<8xi8>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xi8> to !acc8
  %s = dlk_tile.alloc offset 0 : !stage8
  dlk_tile.tma_store %acc to %c[%c0, %c0] staging %s : !acc8 to !map8 staging !stage8
}

// 24 columns: the last eight are two matrices.
// CHECK-LABEL: dlk_tile.kernel @odd_tiles
// CHECK: nvvm.stmatrix %{{.*}} : !llvm.ptr<3>, i32, i32, i32, i32
// CHECK: nvvm.stmatrix %{{.*}} : !llvm.ptr<3>, i32, i32{{$}}
dlk_tile.kernel @odd_tiles(%c: !map24) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<12xf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<12xf16> to !acc24
  %s = dlk_tile.alloc offset 0 : !stage24
  dlk_tile.tma_store %acc to %c[%c0, %c0] staging %s : !acc24 to !map24 staging !stage24
}

// Two warpgroups of a block that has a producer too: each has a barrier and
// three buffers. The second tile's first box meets buffer 0, which the box
// before the last used; its second box buffer 1, which the last one used.
// CHECK-LABEL: dlk_tile.kernel @two_groups
// CHECK: scf.for
// CHECK: %[[GROUP:.+]] = nvvm.shfl.sync
// CHECK: %[[THREE:.+]] = arith.constant 12288 : i32
// CHECK: arith.muli %[[GROUP]], %[[THREE]]
// CHECK: %[[ONE:.+]] = arith.constant 1 : i32
// CHECK: %[[ID:.+]] = arith.addi %[[GROUP]], %[[ONE]]
// CHECK: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK: nvvm.barrier id = %[[ID]]
// CHECK: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK-NOT: {read}
// CHECK: nvvm.cp.async.bulk.wait_group 0
dlk_tile.kernel @two_groups(%c: !mapGrid) grid [1, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c256 = arith.constant 256 : index
  %c512 = arith.constant 512 : index
  %regs = arith.constant dense<1.0> : vector<32xf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<32xf16> to !grid
  %s = dlk_tile.alloc offset 0 : !stageGrid
  scf.for %m = %c0 to %c512 step %c256 {
    dlk_tile.tma_store %acc to %c[%m, %c0] staging %s : !grid to !mapGrid staging !stageGrid
  }
}

// Transposed: the fragment's 64 rows are the box's columns, in one matrix
// operation that transposes.
// CHECK-LABEL: dlk_tile.kernel @transposed
// CHECK: nvvm.stmatrix %{{.*}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<col>
// CHECK-NOT: nvvm.stmatrix
// CHECK: %[[ROW:.+]] = arith.index_castui %row : index to i32
// CHECK: %[[COLUMN:.+]] = arith.index_castui %column : index to i32
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta %{{.*}}, %{{.*}}, box[%[[COLUMN]], %[[ROW]]]
// CHECK-NEXT: nvvm.cp.async.bulk.commit.group
dlk_tile.kernel @transposed(%c: !mapRows) grid [4, 1, 1] warps 4 {
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 4] batches 1 raster row 1
  %regs = arith.constant dense<1.0> : vector<8xbf16>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xbf16> to !accRows
  %s = dlk_tile.alloc offset 0 : !stageRows
  dlk_tile.tma_store %acc to %c[%row, %column] transposed staging %s : !accRows to !mapRows staging !stageRows
}

// Four-byte elements go one by one, into two boxes that leave in one group.
// CHECK-LABEL: dlk_tile.kernel @transposed_four_bytes
// CHECK-COUNT-4: llvm.store %{{.*}} {alignment = 4 : i64} : f32, !llvm.ptr<3>
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta
// CHECK: arith.constant 32 : i32
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta
// CHECK-NEXT: nvvm.cp.async.bulk.commit.group
dlk_tile.kernel @transposed_four_bytes(%c: !mapRows32) grid [4, 1, 1] warps 4 {
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 4] batches 1 raster row 1
  %regs = arith.constant dense<1.0> : vector<4xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<4xf32> to !accRows32
  %s = dlk_tile.alloc offset 0 : !stageRows32
  dlk_tile.tma_store %acc to %c[%row, %column] transposed staging %s : !accRows32 to !mapRows32 staging !stageRows32
}
