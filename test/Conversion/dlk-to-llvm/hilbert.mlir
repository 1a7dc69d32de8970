// Numbers of Hilbert's curve, which the back end computes.
// RUN: dlk-opt %s --convert-dlk-to-llvm --emit=ptx -o - | FileCheck %s

!g = !dlk_tile.mem<8xi64, #dlk_tile.layout<[8:1]>, global>
module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {

// Number 9 of a grid of 16 x 16 is (2, 3), and the curve goes on into the next
// square, at (0, 8).
// CHECK-LABEL: .entry curve
// CHECK: st.global.b32 {{.*}}, 203;
// CHECK: st.global.b32 {{.*}}, 8;
dlk_tile.kernel @curve(%o: !g) grid [1, 1, 1] warps 1 {
  %hundred = arith.constant 100 : index
  %n = arith.constant 9 : i32
  %r, %c, %b = dlk_tile.tile_coord of %n tiles [16, 16] batches 1 raster hilbert 1
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %i = arith.muli %r, %hundred : index
  %x = arith.addi %i, %c : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
  %n2 = arith.constant 64 : i32
  %r2, %c2, %b2 = dlk_tile.tile_coord of %n2 tiles [16, 16] batches 1 raster hilbert 1
  %i2 = arith.muli %r2, %hundred : index
  %x2 = arith.addi %i2, %c2 : index
  %y2 = arith.index_cast %x2 : index to i64
  %p2 = llvm.getelementptr %p[8] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i8
  llvm.store %y2, %p2 : i64, !llvm.ptr<1>
}

// The second band goes back, and below the last one are columns: number 8 * 11 of
// 9 x 11 tiles is (8, 10), the last one (8, 0).
// CHECK-LABEL: .entry rests
// CHECK: st.global.b32 {{.*}}, 810;
// CHECK: st.global.b32 {{.*}}, 800;
dlk_tile.kernel @rests(%o: !g) grid [1, 1, 1] warps 1 {
  %hundred = arith.constant 100 : index
  %n = arith.constant 88 : i32
  %r, %c, %b = dlk_tile.tile_coord of %n tiles [9, 11] batches 1 raster hilbert 1
  %p = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  %i = arith.muli %r, %hundred : index
  %x = arith.addi %i, %c : index
  %y = arith.index_cast %x : index to i64
  llvm.store %y, %p : i64, !llvm.ptr<1>
  %n2 = arith.constant 98 : i32
  %r2, %c2, %b2 = dlk_tile.tile_coord of %n2 tiles [9, 11] batches 1 raster hilbert 1
  %i2 = arith.muli %r2, %hundred : index
  %x2 = arith.addi %i2, %c2 : index
  %y2 = arith.index_cast %x2 : index to i64
  %p2 = llvm.getelementptr %p[8] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i8
  llvm.store %y2, %p2 : i64, !llvm.ptr<1>
}
}
