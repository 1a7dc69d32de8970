// REQUIRES: ptxas
// RUN: dlk-opt %s --emit=report -o - 2>&1 | FileCheck %s
// RUN: sed -e '/[B]EGIN/,/END/d' %s | dlk-opt --emit=report -o - 2>/dev/null | FileCheck %s --check-prefix=ALONE

// What ptxas could not honour is said to the user and stays in the report: this
// kernel's threads start with a number of registers that ptxas does not know.
// The message names no kernel; it is on a kernel only where there is no other.

// CHECK: warning: ptxas: (C7508) Potential Performance Loss: 'setmaxnreg' ignored
// CHECK: "advisories": [
// CHECK-NEXT: {
// CHECK-NEXT: "code": "C7508",
// CHECK-NEXT: "text": "Potential Performance Loss: 'setmaxnreg' ignored
// CHECK: "kernels": [
// CHECK: "advisories": [],
// CHECK: "name": "unknown_registers"
// CHECK: "role_registers": [
// CHECK-NEXT: 232
// CHECK: "advisories": [],
// CHECK: "name": "known_registers"
// CHECK: "registers": 168,

// ALONE: "kernels": [
// ALONE: "advisories": [
// ALONE-NEXT: {
// ALONE-NEXT: "code": "C7508",

module @m attributes {dlk.target = #dlk.target<chip = "sm_90a">} {
  func.func @f() { return }
  gpu.module @kernels {
    llvm.func @unknown_registers(%p: !llvm.ptr<1>)
        attributes {nvvm.kernel, dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 384, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      nvvm.setmaxregister increase 232
      %one = llvm.mlir.constant(1 : i32) : i32
      llvm.store volatile %one, %p : i32, !llvm.ptr<1>
      llvm.return
    }
    // BEGIN
    llvm.func @known_registers(%p: !llvm.ptr<1>)
        attributes {nvvm.kernel, nvvm.maxntid = array<i32: 384, 1, 1>, nvvm.minctasm = 1 : i32,
                    dlk.launch = {grid = array<i64: 1, 1, 1>, block = array<i64: 384, 1, 1>,
                    cluster = array<i64: 1, 1, 1>, shared_bytes = 0 : i64}} {
      nvvm.setmaxregister increase 232
      %one = llvm.mlir.constant(1 : i32) : i32
      llvm.store volatile %one, %p : i32, !llvm.ptr<1>
      llvm.return
    }
    // END
  }
}
