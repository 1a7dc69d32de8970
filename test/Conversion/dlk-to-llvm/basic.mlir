// Kernels, launches, memory and synchronization.
// RUN: dlk-opt %s --convert-dlk-to-llvm | FileCheck %s
// A converted module has no kernels to convert:
// RUN: dlk-opt %s --convert-dlk-to-llvm > %t.once
// RUN: dlk-opt %t.once --convert-dlk-to-llvm | diff %t.once -

!g = !dlk_tile.mem<64x64xf16, #dlk_tile.layout<[64:64], [64:1]>, global>
!s = !dlk_tile.mem<4096xi8, #dlk_tile.layout<[4096:1]>, shared>
!v = !dlk_tile.mem<32x32xf16, #dlk_tile.layout<[32:32], [32:1]>, shared>

// Launches name the kernel in its new module.
// CHECK-LABEL: func.func @host
// CHECK: dlk_tile.launch @kernels::@attributes(%{{.*}}, %{{.*}}) : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
// CHECK: return
func.func @host(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>) -> tensor<64x64xf16> {
  %r = dlk_tile.launch @attributes(%a, %b) : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
  return %r : tensor<64x64xf16>
}

// One external arena without a size for all kernels.
// CHECK: gpu.module @kernels
// CHECK: llvm.mlir.global external @dlk_arena() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>

// Inputs are read only, the result is not; attributes that begin with `dlk.`
// stay, others do not.
// CHECK-LABEL: llvm.func @attributes
// CHECK-SAME: %arg0: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly}
// CHECK-SAME: %arg1: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly}
// CHECK-SAME: %arg2: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias}
// CHECK-SAME: dlk.flops = 2.000000e+00 : f64
// CHECK-SAME: dlk.launch = {block = array<i64: 128, 1, 1>, cluster = array<i64: 1, 1, 1>, grid = array<i64: 6, 2, 1>, shared_bytes = 4096 : i64}
// CHECK-SAME: nvvm.kernel
// CHECK-SAME: nvvm.maxntid = array<i32: 128, 1, 1>
// CHECK-SAME: nvvm.minctasm = 1 : i32
// CHECK-NOT: note
// CHECK: llvm.return
dlk_tile.kernel @attributes(%a: !g, %b: !g, %c: !g) grid [6, 2, 1] warps 4 shared_bytes 4096 attributes {dlk.flops = 2.0 : f64, note = "x"} {
}

// A buffer lies at its offset in the arena; of a view's offset the constant is
// added last.
// CHECK-LABEL: llvm.func @addresses
// CHECK: %[[DYNAMIC:.+]] = nvvm.read.ptx.sreg.tid.x : i32
// CHECK: %[[ARENA:.+]] = llvm.mlir.addressof @dlk_arena : !llvm.ptr<3>
// CHECK: %[[BUFFER:.+]] = llvm.getelementptr %[[ARENA]][2048]
// CHECK: %[[MOVED:.+]] = llvm.getelementptr %[[BUFFER]][%[[DYNAMIC]]]
// CHECK: %[[VIEW:.+]] = llvm.getelementptr %[[MOVED]][512]
// CHECK: %[[X:.+]] = llvm.load %[[VIEW]] : !llvm.ptr<3> -> i32
// CHECK: llvm.store %[[X]], %arg1 : i32, !llvm.ptr<1>
dlk_tile.kernel @addresses(%a: !g, %o: !g) grid [1, 1, 1] warps 1 shared_bytes 8192 {
  %t = nvvm.read.ptx.sreg.tid.x : i32
  %s = dlk_tile.alloc offset 2048 : !s
  %v = dlk_tile.view %s[%t + 512] : !s to !v
  %p = dlk_tile.pointer %v : !v to !llvm.ptr<3>
  %x = llvm.load %p : !llvm.ptr<3> -> i32
  %q = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  llvm.store %x, %q : i32, !llvm.ptr<1>
}

// CHECK-LABEL: llvm.func @synchronization
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 2
// CHECK: nvvm.barrier
// CHECK-NOT: dlk_tile
dlk_tile.kernel @synchronization() grid [1, 1, 1] warps 1 {
  dlk_tile.async_commit
  dlk_tile.async_wait pending 2
  dlk_tile.barrier
}

// Loops, index arithmetic of 64 bits, vectors and math in one conversion.
// CHECK-LABEL: llvm.func @everything_else
// CHECK: llvm.br
// CHECK: llvm.icmp "slt" %{{.*}}, %{{.*}} : i64
// CHECK: llvm.cond_br
// CHECK: llvm.intr.fabs
// CHECK: llvm.insertelement
// CHECK-NOT: builtin.unrealized_conversion_cast
dlk_tile.kernel @everything_else(%o: !g) grid [1, 1, 1] warps 1 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %z = arith.constant 0.0 : f32
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %z) -> (f32) {
    %j = arith.index_cast %i : index to i32
    %f = arith.sitofp %j : i32 to f32
    %y = math.absf %f : f32
    %s = arith.addf %x, %y : f32
    scf.yield %s : f32
  }
  %v = vector.from_elements %r, %r : vector<2xf32>
  %q = dlk_tile.pointer %o : !g to !llvm.ptr<1>
  llvm.store %v, %q : vector<2xf32>, !llvm.ptr<1>
}
