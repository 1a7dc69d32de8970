// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversions between dialects.

#ifndef DLK_CONVERSION_PASSES
#define DLK_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def ConvertDlkToLLVM : Pass<"convert-dlk-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert kernels to LLVM functions in a gpu.module";
  let description = [{
    What: turns every `dlk_tile.kernel` into an `llvm.func` of
    `gpu.module @kernels`, in one conversion of all dialects that a kernel
    consists of by now.
    Before: `dlk_tile.kernel @k(%a: !dlk_tile.mem<..., global>) grid [64, 1, 1]
    warps 4 shared_bytes 49152` and `dlk_tile.launch @k(...)`.
    After: `llvm.func @k(!llvm.ptr<1> {llvm.align = 16, llvm.noalias})` with
    `nvvm.kernel`, `nvvm.maxntid`, `nvvm.minctasm` and `dlk.launch` (grid, block,
    cluster, shared bytes), `dlk_tile.launch @kernels::@k(...)`, and, if any
    kernel uses shared memory, `llvm.mlir.global external @dlk_arena` (zero
    length, shared, 1024-aligned) at whose offsets all buffers lie. The block's
    tile follows from %ctaid.x as described with `dlk_tile.tile_coord`.
    Needs: `dlk-tile-lower-maps`; index is 64 bits wide.
    Numbers: exact.
    Refuses: operations that none of the conversions takes [DLK-P70].
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect", "::mlir::cf::ControlFlowDialect",
                           "::mlir::arith::ArithDialect"];
}

#endif // DLK_CONVERSION_PASSES
