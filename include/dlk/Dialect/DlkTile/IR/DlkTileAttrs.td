// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts of memory and of register fragments.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILEATTRS_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILEATTRS_TD

include "dlk/Dialect/DlkTile/IR/DlkTileDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "dlk/Dialect/DlkTile/IR/DlkTileEnums.td"

class DlkTile_Attr<string name, string attrMnemonic> : AttrDef<DlkTile_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def DlkTile_LayoutAttr : DlkTile_Attr<"Layout", "layout"> {
  let summary = "shape:stride layout with an optional swizzle";
  let description = [{
    A map from a coordinate to an element offset, in CuTe's form. Each dimension
    ("mode") of the memory is a list of `extent:stride` pairs, innermost first:
    a coordinate is split over the extents (first one fastest) and the parts
    are multiplied by the strides. Strides are in elements; stride 0 broadcasts.

    `swizzle<B, M, S>` then XORs bits [M+S, M+S+B) of the *byte* offset into
    bits [M, M+B) (CuTe's Swizzle, on bytes). `swizzle<3, 4, 3>`,
    `<2, 4, 3>` and `<1, 4, 3>` are TMA's 128-, 64- and 32-byte swizzles
    (PTX ISA, "Tensor Swizzling Modes").

    ```mlir
    // 32 rows of k, 128 columns of n in two panels of 64 columns
    #dlk_tile.layout<[32:64], [64:1, 2:2048], swizzle<3, 4, 3>>
    ```

    Rules: [DLK-T1] each mode has at least one pair, and no extent is negative;
    [DLK-T2] strides are not negative, and offsets stay below 2^48;
    [DLK-T3] a swizzle has B in 1..4, M >= 0, S >= B and B + M + S <= 32.
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t", "number of extent:stride pairs of each mode">:$modeRanks,
    ArrayRefParameter<"int64_t", "extents of all modes">:$extents,
    ArrayRefParameter<"int64_t", "strides of all modes, in elements">:$strides,
    OptionalArrayRefParameter<"int64_t", "B, M, S of the swizzle, or empty">:$swizzle);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The attribute of a plain layout value.
    static LayoutAttr get(::mlir::MLIRContext *context, const ::dlk::Layout &layout);
    /// The plain value, with the algebra of Analysis/Layout.h.
    ::dlk::Layout getLayout() const;
  }];
}

def DlkTile_FragmentAttr : DlkTile_Attr<"Fragment", "fragment"> {
  let summary = "which thread and register hold which element of a fragment";
  let description = [{
    The block's warps form a grid of `warps = [m, n]`; warp w sits at row
    w / n, column w mod n and owns an equal part of the fragment.

    | kind | holds | part of one instruction |
    | --- | --- | --- |
    | `mma_a` | rows x k, split over warp rows | A of mma.sync, 32 bytes of k |
    | `mma_b` | k x columns, split over warp columns | B of mma.sync, 32 bytes of k |
    | `mma_acc` | rows x columns | C/D of mma.sync |
    | `wgmma_acc` | rows x columns | D of wgmma m64nNk16; warps counted in warpgroups |

    Within a warp, instruction tiles are numbered row by row and each
    contributes its registers in the order of PTX ISA, "Matrix Fragments for
    mma.m16n8k16" (mma.m16n8k8 for elements of 32 bits, mma.m16n8k32 for 8). `Analysis/FragmentLayout.h` gives the exact map
    (warp, lane, register) -> coordinate.

    Rule [DLK-T4]: both warp counts are positive, their product at most 32.
  }];
  let parameters = (ins EnumParameter<DlkTile_FragmentKind>:$kind,
                        "int64_t":$warpsM, "int64_t":$warpsN);
  let assemblyFormat = "`<` $kind `,` `warps` `=` `[` $warpsM `,` $warpsN `]` `>`";
  let genVerifyDecl = 1;
}

#endif
