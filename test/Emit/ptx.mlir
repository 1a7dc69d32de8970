// RUN: dlk-opt %s --emit=llvm -o - | FileCheck %s --check-prefix=LLVM
// RUN: dlk-opt %s --emit=ptx -o - | FileCheck %s --check-prefix=PTX

// What the middle-end does, and what it leaves alone.

module attributes {dlk.target = #dlk.target<chip = "sm_80">} {
  gpu.module @kernels {
    // Inline assembly is executed by whole warps: it is convergent.
    // LLVM-LABEL: define ptx_kernel void @assembly
    // LLVM: call void asm sideeffect "bar.warp.sync 0xffffffff;", ""() #[[CONVERGENT:[0-9]+]]
    // LLVM-LABEL: define
    // PTX-LABEL: .entry assembly
    // PTX: bar.warp.sync 0xffffffff;
    llvm.func @assembly() attributes {nvvm.kernel} {
      llvm.inline_asm has_side_effects "bar.warp.sync 0xffffffff;", "" : () -> ()
      llvm.return
    }

    // A loop is neither unrolled nor rotated, however short: its shape was
    // decided before.
    // PTX-LABEL: .entry loop
    // PTX: [[LOOP:\$L__BB[0-9_]+]]:
    // PTX: st.volatile.global
    // PTX-NOT: st.volatile.global
    // PTX: bra{{.*}} [[LOOP]];
    llvm.func @loop(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {
      %zero = llvm.mlir.constant(0 : i32) : i32
      %one = llvm.mlir.constant(1 : i32) : i32
      %four = llvm.mlir.constant(4 : i32) : i32
      llvm.br ^header(%zero : i32)
    ^header(%i: i32):
      %more = llvm.icmp "slt" %i, %four : i32
      llvm.cond_br %more, ^body, ^exit
    ^body:
      llvm.store volatile %i, %p : i32, !llvm.ptr<1>
      %next = llvm.add %i, %one : i32
      llvm.br ^header(%next : i32)
    ^exit:
      llvm.return
    }

    // Memory that only one thread uses becomes registers.
    // PTX-LABEL: .entry registers
    // PTX-NOT: .local
    // PTX: ret;
    llvm.func @registers(%p: !llvm.ptr<1>, %x: i32) attributes {nvvm.kernel} {
      %one = llvm.mlir.constant(1 : i32) : i32
      %a = llvm.alloca %one x i32 : (i32) -> !llvm.ptr
      llvm.store %x, %a : i32, !llvm.ptr
      %y = llvm.load %a : !llvm.ptr -> i32
      llvm.store %y, %p : i32, !llvm.ptr<1>
      llvm.return
    }

    // Multiplications and additions are not fused behind the source's back.
    // PTX-LABEL: .entry contraction
    // PTX: mul.rn.f32
    // PTX: add.rn.f32
    llvm.func @contraction(%p: !llvm.ptr<1>, %x: f32, %y: f32, %z: f32) attributes {nvvm.kernel} {
      %m = llvm.fmul %x, %y : f32
      %s = llvm.fadd %m, %z : f32
      llvm.store %s, %p : f32, !llvm.ptr<1>
      llvm.return
    }
  }
}
// LLVM: attributes #[[CONVERGENT]] = {{.*}}convergent
