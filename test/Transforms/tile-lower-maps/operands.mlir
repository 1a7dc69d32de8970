// How often the operands of a map are loaded, and from where.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s

!acc = !dlk_tile.frag<16x16xf32, #dlk_tile.fragment<mma_acc, warps = [1, 1]>>
!c = !dlk_tile.mem<64x64xf32, #dlk_tile.layout<[64:64], [64:1]>, global>
!half = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!odd = !dlk_tile.mem<63x63xf32, #dlk_tile.layout<[63:63], [63:1]>, global>
!even = !dlk_tile.mem<62x62xf16, #dlk_tile.layout<[62:62], [62:1]>, global>
!line = !dlk_tile.mem<64xf32, #dlk_tile.layout<[64:1]>, global>
!one = !dlk_tile.mem<f32, #dlk_tile.layout<>, global>
!batched = !dlk_tile.mem<3x64x64xf32, #dlk_tile.layout<[3:4096], [64:64], [64:1]>, global>
!stage = !dlk_tile.mem<1x16x16xf32, #dlk_tile.layout<[1:256], [16:16], [16:1]>, shared>

// A row of biases: one load per pair of columns, for all rows.
// CHECK-LABEL: dlk_tile.kernel @bias_row
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xf32>
// CHECK-NOT: !llvm.ptr<1> -> vector<2xf32>
dlk_tile.kernel @bias_row(%bias: !line, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] with %bias : !line maps [affine_map<(m, n) -> (n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// A column: one load per row; rows g and g + 8 lie 32 bytes apart.
// CHECK-LABEL: dlk_tile.kernel @bias_column
// CHECK: %[[UPPER:.+]] = llvm.load %[[P:.+]] {alignment = 4 : i64} : !llvm.ptr<1> -> f32
// CHECK: vector.broadcast %[[UPPER]] : f32 to vector<2xf32>
// CHECK: %[[Q:.+]] = llvm.getelementptr %[[P]][32]
// CHECK: llvm.load %[[Q]] {alignment = 4 : i64} : !llvm.ptr<1> -> f32
// CHECK-NOT: !llvm.ptr<1> -> f32
dlk_tile.kernel @bias_column(%bias: !line, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] with %bias : !line maps [affine_map<(m, n) -> (m)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// A scalar: one load.
// CHECK-LABEL: dlk_tile.kernel @scalar
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> f32
// CHECK-NOT: !llvm.ptr<1> -> f32
dlk_tile.kernel @scalar(%scale: !one, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] with %scale : !one maps [affine_map<(m, n) -> ()>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.mulf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// A residual: each pair once, all loads before the arithmetic. Eight rows of
// 128 bytes apart, eight columns of two.
// CHECK-LABEL: dlk_tile.kernel @residual
// CHECK: llvm.load %[[P:.+]] {alignment = 4 : i64} : !llvm.ptr<1> -> vector<2xf16>
// CHECK: %[[RIGHT:.+]] = llvm.getelementptr %[[P]][16]
// CHECK: llvm.load %[[RIGHT]]
// CHECK: %[[LOWER:.+]] = llvm.getelementptr %[[P]][1024]
// CHECK: llvm.load %[[LOWER]]
// CHECK: %[[LAST:.+]] = llvm.getelementptr %[[P]][1040]
// CHECK: llvm.load %[[LAST]]
// CHECK-COUNT-4: arith.extf %{{.*}} : vector<2xf16> to vector<2xf32>
dlk_tile.kernel @residual(%res: !half, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] with %res : !half maps [affine_map<(m, n) -> (m, n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f16):
    %e = arith.extf %b : f16 to f32
    %y = arith.addf %x, %e : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// A transposed residual: its columns are no neighbours in memory.
// CHECK-LABEL: dlk_tile.kernel @transposed
// CHECK-COUNT-8: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> f32
// CHECK-NOT: !llvm.ptr<1> -> f32
dlk_tile.kernel @transposed(%res: !c, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 64] with %res : !c maps [affine_map<(m, n) -> (n, m)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// Rows of odd length: pairs are not aligned, and both coordinates are clamped
// to the last element, 62.
// CHECK-LABEL: dlk_tile.kernel @odd_extent
// CHECK: arith.constant 62 : i32
// CHECK: arith.minui
// CHECK: arith.constant 62 : i32
// CHECK: arith.minui
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> f32
// CHECK-NOT: !llvm.ptr<1> -> vector
dlk_tile.kernel @odd_extent(%res: !odd, %c: !odd) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [63, 63] with %res : !odd maps [affine_map<(m, n) -> (m, n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 1 : !acc to !odd staging !stage
}

// Rows of even length: pairs stay together, the last one begins at 60.
// CHECK-LABEL: dlk_tile.kernel @even_extent
// CHECK: arith.constant 61 : i32
// CHECK: arith.minui
// CHECK: arith.constant 60 : i32
// CHECK: arith.minui
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> vector<2xf16>
dlk_tile.kernel @even_extent(%res: !even, %c: !c) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [62, 62] with %res : !even maps [affine_map<(m, n) -> (m, n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f16):
    %e = arith.extf %b : f16 to f32
    %y = arith.addf %x, %e : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// Nothing is known of the origin: clamped although 16 divides 64.
// CHECK-LABEL: dlk_tile.kernel @unknown_origin
// CHECK: arith.minui
dlk_tile.kernel @unknown_origin(%bias: !line, %c: !c) grid [4, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 4] batches 1 raster row 1
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %column] bounds [64, 64] with %bias : !line maps [affine_map<(m, n) -> (n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %c0] staging %s vector 4 : !acc to !c staging !stage
}

// A cluster of three blocks has one whose columns lie outside.
// CHECK-LABEL: dlk_tile.kernel @cluster
// CHECK-COUNT-2: arith.minui
// CHECK-NOT: arith.minui
// CHECK: arith.cmpi slt
// CHECK: arith.cmpi slt
dlk_tile.kernel @cluster(%bias: !line, %c: !c) grid [6, 1, 1] warps 1 cluster [1, 3] {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 6] batches 1 raster row 1
  %n = arith.muli %column, %c16 : index
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%c0, %n] bounds [64, 64] with %bias : !line maps [affine_map<(m, n) -> (n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%c0, %n] staging %s vector 4 : !acc to !c staging !stage
}

// Batch coordinates are the indices before the last two.
// CHECK-LABEL: dlk_tile.kernel @batch
// CHECK: %[[BATCH:.+]] = arith.index_castui %batch : index to i64
// CHECK: %[[STRIDE:.+]] = arith.constant 16384 : i64
// CHECK: arith.muli %[[BATCH]], %[[STRIDE]] overflow<nsw, nuw> : i64
dlk_tile.kernel @batch(%res: !batched, %c: !batched) grid [3, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 1] batches 3 raster row 1
  %regs = arith.constant dense<1.0> : vector<8xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<8xf32> to !acc
  %r = dlk_tile.map %acc at [%batch, %c0, %c0] bounds [64, 64] with %res : !batched maps [affine_map<(b, m, n) -> (b, m, n)>] : !acc -> !acc {
  ^bb0(%x: f32, %b: f32):
    %y = arith.addf %x, %b : f32
    dlk_tile.yield %y : f32
  }
  %s = dlk_tile.alloc offset 0 : !stage
  dlk_tile.store %r to %c[%batch, %c0, %c0] staging %s vector 4 : !acc to !batched staging !stage
}
