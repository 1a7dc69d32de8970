// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choices that a schedule is made of.
#ifndef DLK_DIALECT_DLK_IR_DLKENUMS_TD
#define DLK_DIALECT_DLK_IR_DLKENUMS_TD

include "mlir/IR/EnumAttr.td"

class Dlk_Enum<string name, string summary, list<EnumCase> cases> : I32Enum<name, summary, cases> {
  let cppNamespace = "::dlk";
}

def Dlk_Engine : Dlk_Enum<"Engine", "instructions that multiply", [
    I32EnumCase<"Simt", 0, "simt">,
    I32EnumCase<"MmaSync", 1, "mma_sync">,
    I32EnumCase<"Wgmma", 2, "wgmma">,
    I32EnumCase<"Tcgen05", 3, "tcgen05">]>;

def Dlk_Roles : Dlk_Enum<"Roles", "how warps share the work", [
    I32EnumCase<"None", 0, "none">,
    I32EnumCase<"Cooperative", 1, "cooperative">,
    I32EnumCase<"Pingpong", 2, "pingpong">]>;

def Dlk_CopyKind : Dlk_Enum<"CopyKind", "how operands reach shared memory", [
    I32EnumCase<"Ld", 0, "ld">,
    I32EnumCase<"CpAsync", 1, "cp_async">,
    I32EnumCase<"Tma", 2, "tma">,
    I32EnumCase<"TmaIm2col", 3, "tma_im2col">]>;

def Dlk_EpilogueKind : Dlk_Enum<"EpilogueKind", "how results reach global memory", [
    I32EnumCase<"Direct", 0, "direct">,
    I32EnumCase<"Staged", 1, "staged">,
    I32EnumCase<"StmatrixTma", 2, "stmatrix_tma">]>;

def Dlk_SplitKind : Dlk_Enum<"SplitKind", "how the reduction is split over blocks", [
    I32EnumCase<"None", 0, "none">,
    I32EnumCase<"SplitK", 1, "split_k">,
    I32EnumCase<"StreamK", 2, "stream_k">]>;

def Dlk_InputPrecision : I32EnumAttr<"InputPrecision", "what products read of their operands", [
    I32EnumAttrCase<"IEEE", 0, "ieee">,
    I32EnumAttrCase<"TF32", 1, "tf32">]> {
  let cppNamespace = "::dlk";
}

def Dlk_ConvKind : I32EnumAttr<"ConvKind", "what a convolution computes of input, filter and output", [
    I32EnumAttrCase<"Fprop", 0, "fprop">,
    I32EnumAttrCase<"Dgrad", 1, "dgrad">,
    I32EnumAttrCase<"Wgrad", 2, "wgrad">]> {
  let cppNamespace = "::dlk";
}

def Dlk_WindowKind : I32EnumAttr<"WindowKind", "how the elements of a window become one", [
    I32EnumAttrCase<"Sum", 0, "sum">,
    I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Min", 2, "min">,
    I32EnumAttrCase<"Multiply", 3, "multiply">]> {
  let cppNamespace = "::dlk";
}

def Dlk_KOrder : Dlk_Enum<"KOrder", "order of the steps along k of a convolution", [
    I32EnumCase<"Channels", 0, "channels">,
    I32EnumCase<"Taps", 1, "taps">]>;

def Dlk_Raster : Dlk_Enum<"Raster", "order in which blocks visit the tiles", [
    I32EnumCase<"Row", 0, "row">,
    I32EnumCase<"Column", 1, "column">,
    I32EnumCase<"Grouped", 2, "grouped">,
    I32EnumCase<"Hilbert", 3, "hilbert">]>;

#endif
