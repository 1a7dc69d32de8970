// Boxes of results that take many instructions are computed and sent one after
// another, each in a branch inside of that of the one before, which boxes outside
// of the result do not enter.
// RUN: dlk-opt %s --pass-pipeline='builtin.module(dlk_tile.kernel(dlk-tile-lower-maps))' | FileCheck %s

!acc = !dlk_tile.frag<256x128xf32, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!out = !dlk_tile.frag<256x128xbf16, #dlk_tile.fragment<wgmma_acc, warps = [2, 1]>>
!map = !dlk_tile.tmap<!dlk_tile.mem<1024x1000xbf16, #dlk_tile.layout<[1024:1000], [1000:1]>, global>, [64, 64], swizzle 128>
!stage = !dlk_tile.mem<4x64x64xbf16, #dlk_tile.layout<[4:4096], [64:64], [64:1], swizzle<3, 4, 3>>, shared>

// Two bands of two boxes. The second band may have no rows; only then are the
// columns of its second box asked about. A tile before may have sent fewer
// boxes, so the first one waits for all, the second for all but the first.
// CHECK-LABEL: dlk_tile.kernel @functions
// CHECK: scf.for
// CHECK-COUNT-32: llvm.nvvm.ex2
// CHECK: nvvm.cp.async.bulk.wait_group 0 {read}
// CHECK: cp.async.bulk.commit.group
// CHECK-COUNT-32: llvm.nvvm.ex2
// CHECK: nvvm.cp.async.bulk.wait_group 1 {read}
// CHECK: cp.async.bulk.commit.group
// CHECK: %[[ROW:.+]] = nvvm.shfl.sync
// CHECK: %[[ROWS:.+]] = arith.constant 960 : i32
// CHECK: %[[HAS_ROW:.+]] = arith.cmpi slt, %[[ROW]], %[[ROWS]] : i32
// CHECK: scf.if %[[HAS_ROW]] {
// CHECK:   cp.async.bulk.commit.group
// CHECK:   %[[COLUMN:.+]] = nvvm.shfl.sync
// CHECK:   %[[COLUMNS:.+]] = arith.constant 936 : i32
// CHECK:   %[[HAS_COLUMN:.+]] = arith.cmpi slt, %[[COLUMN]], %[[COLUMNS]] : i32
// CHECK:   scf.if %[[HAS_COLUMN]] {
// CHECK:     cp.async.bulk.commit.group
// CHECK: nvvm.cp.async.bulk.wait_group 0{{$}}
dlk_tile.kernel @functions(%c: !map) grid [1, 1, 1] warps 12 {
  %c0 = arith.constant 0 : index
  %c256 = arith.constant 256 : index
  %c1024 = arith.constant 1024 : index
  %regs = arith.constant dense<1.0> : vector<128xf32>
  %acc = builtin.unrealized_conversion_cast %regs : vector<128xf32> to !acc
  %s = dlk_tile.alloc offset 0 : !stage
  scf.for %m = %c0 to %c1024 step %c256 {
    %r = dlk_tile.map %acc at [%m, %c0] bounds [1024, 1000] maps [] : !acc -> !out {
    ^bb0(%x: f32):
      %e = math.exp %x : f32
      %t = arith.truncf %e : f32 to bf16
      dlk_tile.yield %t : bf16
    }
    dlk_tile.tma_store %r to %c[%m, %c0] staging %s : !out to !map staging !stage
  }
}
