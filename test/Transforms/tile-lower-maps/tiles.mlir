// An operand in shared memory: panels that TMA wrote, read in the order of the
// accumulators where the map is evaluated.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s

!acc = !dlk_tile.frag<128x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!out = !dlk_tile.frag<128x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!acc2 = !dlk_tile.frag<64x64xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 2]>>
!acc24 = !dlk_tile.frag<64x24xf32, #dlk_tile.fragment<wgmma_acc, warps = [1, 1]>>
!panel = !dlk_tile.mem<128x64xbf16, #dlk_tile.layout<[128:64], [64:1], swizzle<3, 4, 3>>, shared>
!panel32 = !dlk_tile.mem<64x32xf32, #dlk_tile.layout<[64:32], [32:1], swizzle<3, 4, 3>>, shared>
!panel8 = !dlk_tile.mem<64x8xf16, #dlk_tile.layout<[64:8], [8:1]>, shared>
!map = !dlk_tile.tmap<!dlk_tile.mem<512x512xbf16, #dlk_tile.layout<[512:512], [512:1]>, global>, [64, 64], swizzle 128>
!map32 = !dlk_tile.tmap<!dlk_tile.mem<512x512xf32, #dlk_tile.layout<[512:512], [512:1]>, global>, [64, 32], swizzle 128>
!map24 = !dlk_tile.tmap<!dlk_tile.mem<64x24xf32, #dlk_tile.layout<[64:24], [24:1]>, global>, [64, 8], swizzle 32>
!stage = !dlk_tile.mem<2x64x64xbf16, #dlk_tile.layout<[2:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>
!stage32 = !dlk_tile.mem<2x64x32xf32, #dlk_tile.layout<[2:2048], [64:32], [32:1], swizzle<3, 4, 3>>, shared>
!stage24 = !dlk_tile.mem<1x64x8xf32, #dlk_tile.layout<[1:512], [64:8], [8:1], swizzle<1, 4, 3>>, shared>

// A warpgroup's rows start 64 rows of 128 bytes into each panel. The first box is
// read before it is computed, the second one beside the first; each bf16 becomes
// f32 by one instruction.
// CHECK-LABEL: dlk_tile.kernel @matrices
// CHECK: %[[GROUP:.+]] = nvvm.shfl.sync
// CHECK: %[[ROWS:.+]] = arith.muli %[[GROUP]], %c8192_i32
// CHECK: %[[P0:.+]] = dlk_tile.pointer %{{.+}} : !bf16_128x64_shared
// CHECK: llvm.getelementptr %[[P0]][%[[ROWS]]]
// CHECK: %[[P1:.+]] = dlk_tile.pointer %{{.+}} : !bf16_128x64_shared
// CHECK: llvm.getelementptr %[[P1]][%[[ROWS]]]
// CHECK-COUNT-4: nvvm.ldmatrix %{{.+}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32
// CHECK-COUNT-4: nvvm.ldmatrix
// CHECK-NOT: nvvm.ldmatrix
// CHECK: %[[BITS:.+]] = llvm.bitcast %{{.+}} : vector<2xbf16> to i32
// CHECK: arith.shli %[[BITS]]
// CHECK: arith.andi %[[BITS]]
// CHECK-NOT: arith.extf
// CHECK-COUNT-4: nvvm.stmatrix
// CHECK: cp.async.bulk.commit.group
dlk_tile.kernel @matrices(%c: !map) grid [1, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<64xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<64xf32> to !acc
  %t0 = dlk_tile.alloc offset 0 : !panel
  %t1 = dlk_tile.alloc offset 16384 : !panel
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [512, 512] tiles %t0, %t1 : !panel, !panel maps [] : !acc -> !out {
  ^bb0(%x: f32, %e: bf16):
    %w = arith.extf %e : bf16 to f32
    %s = arith.addf %x, %w : f32
    %y = arith.truncf %s : f32 to bf16
    dlk_tile.yield %y : bf16
  }
  %s = dlk_tile.alloc offset 32768 : !stage
  dlk_tile.tma_store %r to %c[%c0, %c0] staging %s : !out to !map staging !stage
}

// Four-byte elements in pairs; lanes of odd rows read another tile at the same
// time. Each warpgroup has a panel of its own.
// CHECK-LABEL: dlk_tile.kernel @pairs
// CHECK: %[[EXCHANGES:.+]] = arith.cmpi ne
// CHECK: %[[GROUP:.+]] = nvvm.shfl.sync
// CHECK: %[[P0:.+]] = dlk_tile.pointer %{{.+}} : !f32_64x32_shared
// CHECK: %[[P1:.+]] = dlk_tile.pointer %{{.+}} : !f32_64x32_shared
// CHECK: %[[COLUMN:.+]] = arith.remui %[[GROUP]]
// CHECK: %[[IS1:.+]] = arith.cmpi eq, %[[COLUMN]]
// CHECK: arith.select %[[IS1]], %[[P1]], %[[P0]] : !llvm.ptr<3>
// CHECK: %[[A:.+]] = llvm.load %{{.+}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<2xf32>
// CHECK: %[[B:.+]] = llvm.load %{{.+}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<2xf32>
// CHECK: arith.select %[[EXCHANGES]], %[[B]], %[[A]] : vector<2xf32>
// CHECK: arith.select %[[EXCHANGES]], %[[A]], %[[B]] : vector<2xf32>
// CHECK-COUNT-6: llvm.load
// CHECK-NOT: llvm.load
dlk_tile.kernel @pairs(%c: !map32) grid [1, 1, 1] warps 8 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<16xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<16xf32> to !acc2
  %t0 = dlk_tile.alloc offset 0 : !panel32
  %t1 = dlk_tile.alloc offset 8192 : !panel32
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [512, 512] tiles %t0, %t1 : !panel32, !panel32 maps [] : !acc2 -> !acc2 {
  ^bb0(%x: f32, %e: f32):
    %s = arith.addf %x, %e : f32
    dlk_tile.yield %s : f32
  }
  %s = dlk_tile.alloc offset 16384 : !stage32
  dlk_tile.tma_store %r to %c[%c0, %c0] staging %s : !acc2 to !map32 staging !stage32
}

// Panels of eight columns: two matrices at a time.
// CHECK-LABEL: dlk_tile.kernel @narrow
// CHECK-COUNT-3: nvvm.ldmatrix %{{.+}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 2 : i32
// CHECK-NOT: nvvm.ldmatrix
dlk_tile.kernel @narrow(%c: !map24) grid [1, 1, 1] warps 4 {
  %c0 = arith.constant 0 : index
  %regs = arith.constant dense<1.0> : vector<12xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<12xf32> to !acc24
  %t0 = dlk_tile.alloc offset 0 : !panel8
  %t1 = dlk_tile.alloc offset 1024 : !panel8
  %t2 = dlk_tile.alloc offset 2048 : !panel8
  %r = dlk_tile.map %acc at [%c0, %c0] bounds [64, 24] tiles %t0, %t1, %t2 : !panel8, !panel8, !panel8 maps [] : !acc24 -> !acc24 {
  ^bb0(%x: f32, %e: f16):
    %w = arith.extf %e : f16 to f32
    %s = arith.addf %x, %w : f32
    dlk_tile.yield %s : f32
  }
  %s = dlk_tile.alloc offset 3072 : !stage24
  dlk_tile.tma_store %r to %c[%c0, %c0] staging %s : !acc24 to !map24 staging !stage24
}
