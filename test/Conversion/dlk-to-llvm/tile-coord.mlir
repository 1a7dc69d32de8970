// Which tile a block computes.
// RUN: dlk-opt %s --convert-dlk-to-llvm | FileCheck %s

!g = !dlk_tile.mem<8xi64, #dlk_tile.layout<[8:1]>, global>

// Row by row: (t / 5, t mod 5).
// CHECK-LABEL: llvm.func @row
// CHECK: %[[T:.+]] = nvvm.read.ptx.sreg.ctaid.x : i32
// CHECK: llvm.udiv %[[T]], %{{.*}} : i32
// CHECK: llvm.urem %[[T]], %{{.*}} : i32
dlk_tile.kernel @row(%o: !g) grid [15, 1, 1] warps 1 {
  %r, %c, %b = dlk_tile.tile_coord tiles [3, 5] batches 1 raster row 1
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %x = arith.addi %r, %c : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
}

// Column by column: (t mod 3, t / 3), in 3 * 5 blocks per batch.
// CHECK-LABEL: llvm.func @column_of_batch
// CHECK: %[[BLOCK:.+]] = nvvm.read.ptx.sreg.ctaid.x : i32
// CHECK: %[[PER:.+]] = llvm.mlir.constant(15 : i32)
// CHECK: llvm.udiv %[[BLOCK]], %[[PER]]
// CHECK: %[[T:.+]] = llvm.urem %[[BLOCK]], %[[PER]]
// CHECK: %[[ROWS:.+]] = llvm.mlir.constant(3 : i32)
// CHECK: llvm.urem %[[T]], %[[ROWS]]
dlk_tile.kernel @column_of_batch(%o: !g) grid [60, 1, 1] warps 1 {
  %r, %c, %b = dlk_tile.tile_coord tiles [3, 5] batches 4 raster column 1
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %x = arith.addi %r, %b : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
}

// Bands of two rows that divide the four rows: all divisors are constants.
// CHECK-LABEL: llvm.func @bands
// CHECK: %[[TWELVE:.+]] = llvm.mlir.constant(12 : i32)
// CHECK: llvm.udiv %{{.*}}, %[[TWELVE]]
// CHECK-NOT: llvm.intr.umin
dlk_tile.kernel @bands(%o: !g) grid [24, 1, 1] warps 1 {
  %r, %c, %b = dlk_tile.tile_coord tiles [4, 6] batches 1 raster grouped 2
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %x = arith.addi %r, %c : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
}

// Five rows in bands of two: the last band has one row.
// CHECK-LABEL: llvm.func @ragged_band
// CHECK: %[[LEFT:.+]] = llvm.sub %{{.*}}, %{{.*}} : i32
// CHECK: %[[HEIGHT:.+]] = llvm.intr.umin(%[[LEFT]], %{{.*}})
// CHECK: llvm.urem %{{.*}}, %[[HEIGHT]]
// CHECK: llvm.udiv %{{.*}}, %[[HEIGHT]]
dlk_tile.kernel @ragged_band(%o: !g) grid [30, 1, 1] warps 1 {
  %r, %c, %b = dlk_tile.tile_coord tiles [5, 6] batches 1 raster grouped 2
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %x = arith.addi %r, %c : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
}

// Hilbert's curve: no branches, no tables. Its numbers: hilbert.mlir
// CHECK-LABEL: llvm.func @curve_of_block
// CHECK-NOT: llvm.cond_br
// CHECK-NOT: llvm.load
// CHECK: llvm.select
// CHECK: llvm.return
dlk_tile.kernel @curve_of_block(%o: !g) grid [391, 1, 1] warps 1 {
  %r, %c, %b = dlk_tile.tile_coord tiles [17, 23] batches 1 raster hilbert 1
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %x = arith.addi %r, %c : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
}
