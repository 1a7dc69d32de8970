// Tensor maps as parameters, from a kernel to its execution: TMA loads boxes of a
// batch with the 128-byte swizzle, the warp undoes it, TMA stores them without.
// RUN: rm -rf %t && dlk-opt %s --convert-dlk-to-llvm --emit=bundle -o %t 2>&1 | count 0
// RUN: dlk-run %t/plan.json --device=cpu --random 1 --save-inputs %t --out out0=%t/c.npy
// RUN: dlk-run %t/plan.json --device=cpu --in arg0=%t/arg0.npy --check all --strict --async late --expect out0=%t/arg0.npy
// RUN: dlk-run %t/plan.json --device=cpu --in arg0=%t/arg0.npy --check all --strict --async random:5 --order reversed --expect out0=%t/arg0.npy

!in = !dlk_tile.tmap<!dlk_tile.mem<2x96x80xbf16, #dlk_tile.layout<[2:7680], [96:80], [80:1]>, global>, [64, 64], swizzle 128>
!out = !dlk_tile.tmap<!dlk_tile.mem<2x96x80xbf16, #dlk_tile.layout<[2:7680], [96:80], [80:1]>, global>, [64, 64], swizzle 0>
!box = !dlk_tile.mem<64x64xbf16, #dlk_tile.layout<[64:64], [64:1]>, shared>
!barrier = !dlk_tile.mem<1xi64, #dlk_tile.layout<[1:1]>, shared>

module attributes {dlk.target = #dlk.target<chip = "sm_90a">} {
  func.func @copy(%a: tensor<2x96x80xbf16>) -> tensor<2x96x80xbf16> {
    %r = dlk_tile.launch @copy_kernel(%a) : (tensor<2x96x80xbf16>) -> tensor<2x96x80xbf16>
    return %r : tensor<2x96x80xbf16>
  }

  // A block per box; in its memory row r holds piece c of 16 bytes at c xor r mod 8.
  dlk_tile.kernel @copy_kernel(%in: !in, %out: !out) grid [2, 2, 2] warps 1 shared_bytes 16392 {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c8 = arith.constant 8 : i32
    %c16 = arith.constant 16 : i32
    %c32 = arith.constant 32 : i32
    %c64 = arith.constant 64 : i32
    %c512 = arith.constant 512 : i32
    %bytes = arith.constant 8192 : i32
    %lane = nvvm.read.ptx.sreg.tid.x : i32
    %bx = nvvm.read.ptx.sreg.ctaid.x : i32
    %by = nvvm.read.ptx.sreg.ctaid.y : i32
    %batch = nvvm.read.ptx.sreg.ctaid.z : i32
    %x = arith.muli %bx, %c64 : i32
    %y = arith.muli %by, %c64 : i32
    %swizzled = dlk_tile.alloc offset 0 : !box
    %plain = dlk_tile.alloc offset 8192 : !box
    %full = dlk_tile.alloc offset 16384 : !barrier
    %from = dlk_tile.pointer %swizzled : !box to !llvm.ptr<3>
    %to = dlk_tile.pointer %plain : !box to !llvm.ptr<3>
    %bar = dlk_tile.pointer %full : !barrier to !llvm.ptr<3>
    %load = dlk_tile.pointer %in : !in to !llvm.ptr
    %store = dlk_tile.pointer %out : !out to !llvm.ptr

    %first = arith.cmpi eq, %lane, %c0 : i32
    scf.if %first {
      nvvm.mbarrier.init %bar, %c1 : !llvm.ptr<3>, i32
      nvvm.fence.mbarrier.init
      nvvm.mbarrier.arrive.expect_tx %bar, %bytes : !llvm.ptr<3>, i32
      %cluster = llvm.addrspacecast %from : !llvm.ptr<3> to !llvm.ptr<7>
      nvvm.cp.async.bulk.tensor.shared.cluster.global %cluster, %load, %bar, box[%x, %y, %batch] : !llvm.ptr<7>, !llvm.ptr
    }
    dlk_tile.barrier
    scf.while : () -> () {
      %done = nvvm.mbarrier.try_wait %bar, %c0 : !llvm.ptr<3>, i32 -> i1
      %true = arith.constant true
      %again = arith.xori %done, %true : i1
      scf.condition(%again)
    } do {
      scf.yield
    }
    scf.for %i = %lane to %c512 step %c32 : i32 {
      %row = arith.divui %i, %c8 : i32
      %column = arith.remui %i, %c8 : i32
      %pattern = arith.remui %row, %c8 : i32
      %swapped = arith.xori %column, %pattern : i32
      %rowBytes = arith.muli %row, %c8 : i32
      %piece = arith.addi %rowBytes, %swapped : i32
      %source = arith.muli %piece, %c16 : i32
      %target = arith.muli %i, %c16 : i32
      %p = llvm.getelementptr %from[%source] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
      %q = llvm.getelementptr %to[%target] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
      %v = llvm.load %p {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xi32>
      llvm.store %v, %q {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<3>
    }
    nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
    dlk_tile.barrier
    scf.if %first {
      nvvm.cp.async.bulk.tensor.global.shared.cta %store, %to, box[%x, %y, %batch] : !llvm.ptr, !llvm.ptr<3>
      nvvm.cp.async.bulk.commit.group
      nvvm.cp.async.bulk.wait_group 0
    }
  }
}
