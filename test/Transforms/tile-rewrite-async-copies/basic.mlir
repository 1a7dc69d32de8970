// RUN: dlk-opt %s --split-input-file --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-rewrite-async-copies))' | FileCheck %s

// 256 pieces of 16 bytes, two a thread, 32 rows apart; no size where the tile
// divides the tensor.
// CHECK-LABEL: dlk_tile.kernel @divides
// CHECK: nvvm.cp.async.shared.global %{{.+}}, %{{.+}}, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
// CHECK: llvm.getelementptr %{{.+}}[2048] : (!llvm.ptr<3>)
// CHECK: %[[ROWS:.+]] = arith.constant 262144 : i64
// CHECK: llvm.getelementptr %{{.+}}[%[[ROWS]]] : (!llvm.ptr<1>
// CHECK: nvvm.cp.async.shared.global %{{.+}}, %{{.+}}, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
// CHECK-NOT: nvvm.cp.async
dlk_tile.kernel @divides(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// A tile past the end: size 0 for all its pieces.
// CHECK-LABEL: dlk_tile.kernel @predicate
// CHECK: %[[SIZE:.+]] = arith.select %{{.+}}, %c16_i32{{.*}}, %c0_i32
// CHECK: nvvm.cp.async.shared.global %{{.+}}, %{{.+}}, 16, cache = cg, %{{.+}} : !llvm.ptr<3>, !llvm.ptr<1>, i32
dlk_tile.kernel @predicate(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %row, %column, %batch = dlk_tile.tile_coord tiles [1, 1] batches 1 raster row 1
  %p = arith.cmpi ult, %row, %column : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t if %p vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// 100 rows: pieces of rows past the end get size 0.
// CHECK-LABEL: dlk_tile.kernel @ragged_rows
// CHECK: %[[LIMIT:.+]] = arith.constant 100 : index
// CHECK: arith.cmpi slt, %{{.+}}, %[[LIMIT]]
// CHECK: arith.select
// CHECK: nvvm.cp.async.shared.global {{.*}}, 16, cache = cg, %
dlk_tile.kernel @ragged_rows(%g: !dlk_tile.mem<100x64xf16, #dlk_tile.layout<[100:64], [64:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<100x64xf16, #dlk_tile.layout<[100:64], [64:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// An origin between tiles: the tile may leave a tensor that tiles divide.
// CHECK-LABEL: dlk_tile.kernel @anywhere
// CHECK: arith.cmpi slt
// CHECK: nvvm.cp.async.shared.global {{.*}}, 16, cache = cg, %
dlk_tile.kernel @anywhere(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c8, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Rows of 72 bytes are aligned to 8: pieces of 8, through L1.
// CHECK-LABEL: dlk_tile.kernel @eight_bytes
// CHECK-COUNT-4: nvvm.cp.async.shared.global {{.*}}, 8, cache = ca
// CHECK-NOT: nvvm.cp.async
dlk_tile.kernel @eight_bytes(%g: !dlk_tile.mem<64x36xf16, #dlk_tile.layout<[64:36], [36:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 4 kind "cp_async" : !dlk_tile.mem<64x36xf16, #dlk_tile.layout<[64:36], [36:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Plain loads first, then the stores.
// CHECK-LABEL: dlk_tile.kernel @loads
// CHECK: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// CHECK: llvm.load
// CHECK: llvm.store {{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<3>
// CHECK: llvm.store
dlk_tile.kernel @loads(%g: !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "ld" : !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Single elements, four loads in flight, in a loop; outside the tensor its
// start is read and dropped.
// CHECK-LABEL: dlk_tile.kernel @odd
// CHECK: scf.for
// CHECK-COUNT-4: llvm.load {{.*}} -> i16
// CHECK-COUNT-4: llvm.store {{.*}} : i16, !llvm.ptr<3>
// CHECK-NOT: llvm.load
dlk_tile.kernel @odd(%g: !dlk_tile.mem<63x31xf16, #dlk_tile.layout<[63:31], [31:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 1 kind "ld" : !dlk_tile.mem<63x31xf16, #dlk_tile.layout<[63:31], [31:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Leading dimensions only move the start.
// CHECK-LABEL: dlk_tile.kernel @batched
// CHECK-COUNT-2: nvvm.cp.async.shared.global
dlk_tile.kernel @batched(%g: !dlk_tile.mem<3x64x32xf16, #dlk_tile.layout<[3:2048], [64:32], [32:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<3x64x32xf16, #dlk_tile.layout<[3:2048], [64:32], [32:1]>, global> to !dlk_tile.mem<64x32xf16, #dlk_tile.layout<[64:32], [32:1], swizzle<2, 4, 3>>, shared>
}

// -----

// Two panels of 64 columns: a thread stays in one, its pieces are 8 rows apart.
// CHECK-LABEL: dlk_tile.kernel @wide_rows
// CHECK-COUNT-4: nvvm.cp.async.shared.global
// CHECK-NOT: nvvm.cp.async
dlk_tile.kernel @wide_rows(%g: !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global>) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %t = dlk_tile.alloc offset 0 : !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>
  dlk_tile.copy %g[%c0, %c0] to %t vector 8 kind "cp_async" : !dlk_tile.mem<4096x4096xf16, #dlk_tile.layout<[4096:4096], [4096:1]>, global> to !dlk_tile.mem<32x128xf16, #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>, shared>
}
