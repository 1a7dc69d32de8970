// What phase `llvm` leaves of a function with two launches and a constant:
// the smallest module that has every kind of buffer. The kernels multiply and
// add elementwise; one passes its values through dynamic shared memory.
module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
  func.func @scale_add(%a: tensor<256xf32>, %b: tensor<256xf32>) -> tensor<256xf32> {
    %c = arith.constant dense<2.0> : tensor<256xf32>
    %0 = dlk_tile.launch @kernels::@scale(%a, %c) : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    %1 = dlk_tile.launch @kernels::@add(%0, %b) : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    return %1 : tensor<256xf32>
  }
  gpu.module @kernels {
    llvm.mlir.global external @dlk_arena() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
    llvm.func @scale(%a: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias},
                     %b: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias},
                     %r: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias})
        attributes {nvvm.kernel, nvvm.maxntid = array<i32: 128, 1, 1>, nvvm.minctasm = 1 : i32,
                    dlk.launch = {grid = array<i64: 2, 1, 1>, block = array<i64: 128, 1, 1>,
                                  cluster = array<i64: 1, 1, 1>, shared_bytes = 512 : i64}} {
      %arena = llvm.mlir.addressof @dlk_arena : !llvm.ptr<3>
      %t = nvvm.read.ptx.sreg.tid.x : i32
      %c = nvvm.read.ptx.sreg.ctaid.x : i32
      %n = llvm.mlir.constant(128 : i32) : i32
      %s = llvm.mul %c, %n : i32
      %i = llvm.add %s, %t : i32
      %pa = llvm.getelementptr %a[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %pb = llvm.getelementptr %b[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %pr = llvm.getelementptr %r[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %ps = llvm.getelementptr %arena[%t] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, f32
      %x = llvm.load %pa : !llvm.ptr<1> -> f32
      llvm.store volatile %x, %ps : f32, !llvm.ptr<3>
      %z = llvm.load volatile %ps : !llvm.ptr<3> -> f32
      %y = llvm.load %pb : !llvm.ptr<1> -> f32
      %v = llvm.fmul %z, %y : f32
      llvm.store %v, %pr : f32, !llvm.ptr<1>
      llvm.return
    }
    llvm.func @add(%a: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias},
                   %b: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias},
                   %r: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias})
        attributes {nvvm.kernel, nvvm.maxntid = array<i32: 128, 1, 1>, nvvm.minctasm = 1 : i32,
                    dlk.launch = {grid = array<i64: 2, 1, 1>, block = array<i64: 128, 1, 1>,
                                  cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64},
                    dlk.flops = 256.0 : f64, dlk.schedule_reason = "written by hand"} {
      %t = nvvm.read.ptx.sreg.tid.x : i32
      %c = nvvm.read.ptx.sreg.ctaid.x : i32
      %n = llvm.mlir.constant(128 : i32) : i32
      %s = llvm.mul %c, %n : i32
      %i = llvm.add %s, %t : i32
      %pa = llvm.getelementptr %a[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %pb = llvm.getelementptr %b[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %pr = llvm.getelementptr %r[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %x = llvm.load %pa : !llvm.ptr<1> -> f32
      %y = llvm.load %pb : !llvm.ptr<1> -> f32
      %v = llvm.fadd %x, %y : f32
      llvm.store %v, %pr : f32, !llvm.ptr<1>
      llvm.return
    }
  }
}
