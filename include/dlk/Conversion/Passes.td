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
    cluster, shared bytes), `dlk_tile.launch @kernels::@k(...)` and
    `llvm.mlir.global external @dlk_arena` (zero length, shared, 1024-aligned),
    at whose offsets all buffers lie. Attributes of the kernel that begin with
    `dlk.` stay.
    A parameter `%a: !dlk_tile.tmap<...>` becomes `!llvm.ptr {llvm.byval =
    !llvm.array<128 x i8>, llvm.align = 64, nvvm.grid_constant, dlk.tensor_map =
    !dlk_tile.tmap<...>}`, the descriptor by value; the launch plan reads in
    `dlk.tensor_map` how to encode it (docs/LaunchPlan.md). A `cluster [m, n]` of
    more than one block becomes `nvvm.cluster_dim` and `cluster` of `dlk.launch`:
    [m * n, 1, 1].
    The block's tile: with t = %ctaid.x mod (rows * columns) and batch
    %ctaid.x / (rows * columns), `row` gives (t / columns, t mod columns),
    `column` (t mod rows, t / rows); `grouped g` cuts the rows into bands of g,
    the last one perhaps lower, gives every band columns * g blocks and goes
    through it column by column: with u = t mod (g * columns), first row
    f = g * (t / (g * columns)) and height h = min(g, rows - f) the tile is
    (f + u mod h, u / h).
    Needs: `dlk-tile-lower-maps`; index is 64 bits wide.
    Numbers: exact.
    Refuses: tile operations of other passes [DLK-P70]; buffers without an
    offset [DLK-P71]; a module in which something else is called `kernels`
    [DLK-P72]; any operation without a conversion to LLVM.
    (examples: test/Conversion/dlk-to-llvm/basic.mlir, tensor-maps.mlir)
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect", "::mlir::cf::ControlFlowDialect",
                           "::mlir::arith::ArithDialect"];
}

#endif // DLK_CONVERSION_PASSES
