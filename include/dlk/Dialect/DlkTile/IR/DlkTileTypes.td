// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types of memory, rings of stages, and register fragments.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILETYPES_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILETYPES_TD

include "dlk/Dialect/DlkTile/IR/DlkTileAttrs.td"

class DlkTile_Type<string name, string typeMnemonic> : TypeDef<DlkTile_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def DlkTile_MemType : DlkTile_Type<"Mem", "mem"> {
  let summary = "a region of global or shared memory seen as an array";
  let description = [{
    `!dlk_tile.mem<128x32xf16, #dlk_tile.layout<[128:32], [32:1]>, shared>`.
    Shared memory may lack its layout until `dlk-tile-assign-layouts`.

    Global memory may be seen through a gather: the array is then what
    `#dlk.gather` makes of the tensor that the layout describes. Elements outside
    the tensor are read as zero and not written.

    ```mlir
    !dlk_tile.mem<25088x576xf16, #layout_of_8x56x56x64, global, #dlk.gather<...>>
    ```

    Rules: [DLK-T5] the rank of shape and layout agree, each mode's extents
    multiply to the dimension, and there are fewer than 2^48 elements; [DLK-T6] global memory has a layout;
    [DLK-T7] elements are integers or floats of 8, 16, 32 or 64 bits; [DLK-T90] a gather belongs to
    global memory, has its shape, and gives an index of each dimension of the layout, which has one
    stride each.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                        OptionalParameter<"::dlk::tile::LayoutAttr">:$layout,
                        EnumParameter<DlkTile_MemorySpace>:$space,
                        OptionalParameter<"::dlk::GatherAttr">:$gather);
  let builders = [TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape, "::mlir::Type":$elementType,
                                   "::dlk::tile::LayoutAttr":$layout,
                                   "::dlk::tile::MemorySpace":$space), [{
    return $_get($_ctxt, shape, elementType, layout, space, ::dlk::GatherAttr());
  }]>];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Extents of the tensor that is in memory; needs a layout.
    ::llvm::SmallVector<int64_t> getTensorShape() const;
    int64_t getRank() const { return getShape().size(); }
    int64_t getNumElements() const;
    int64_t getElementBytes() const;
    /// Bytes from the first to past the last element; needs a layout.
    int64_t getSpanBytes() const;
    bool isShared() const { return getSpace() == MemorySpace::Shared; }
  }];
}

def DlkTile_FragType : DlkTile_Type<"Frag", "frag"> {
  let summary = "a tile distributed over the registers of a block";
  let description = [{
    `!dlk_tile.frag<128x128xf32, #dlk_tile.fragment<mma_acc, warps = [2, 2]>>`:
    a value, immutable like any SSA value.

    Rules: [DLK-T8] rank 2, static; [DLK-T9] the shape is a multiple of the
    instruction tile times the warps, at most 65536 in each dimension;
    [DLK-T12] elements as in memory, of operands at most 32 bits.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                        "::dlk::tile::FragmentAttr":$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The exact map (warp, lane, register) -> coordinate.
    ::dlk::FragmentLayout getFragmentLayout() const;
    /// Elements held by each thread.
    int64_t getElementsPerThread() const;
  }];
}

def DlkTile_RingType : DlkTile_Type<"Ring", "ring"> {
  let summary = "a circular buffer of stages in shared memory";
  let description = [{
    `!dlk_tile.ring<3, !dlk_tile.mem<...>, !dlk_tile.mem<...>>`: three stages,
    each made of one buffer of every type in the list.

    Rules: [DLK-T10] 2 to 8 stages; [DLK-T11] at least one buffer, all in shared
    memory.
  }];
  let parameters = (ins "int64_t":$stages, ArrayRefParameter<"::mlir::Type">:$buffers);
  let assemblyFormat = "`<` $stages `,` $buffers `>`";
  let genVerifyDecl = 1;
}

def DlkTile_SlotType : DlkTile_Type<"Slot", "slot"> {
  let summary = "one stage of a ring, while it is owned";
  let description = [{
    Between acquire and commit the owner writes the stage, between wait and
    release it reads it. Loops carry slots like any other value.

    Rule [DLK-T11]: as for rings.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::Type">:$buffers);
  let assemblyFormat = "`<` $buffers `>`";
  let genVerifyDecl = 1;
}

def DlkTile_TmapType : DlkTile_Type<"Tmap", "tmap"> {
  let summary = "a TMA descriptor of a global memory";
  let description = [{
    `!dlk_tile.tmap<!dlk_tile.mem<4096x512xbf16, #layout, global>, [128, 64], swizzle 128>`:
    a CUtensorMap that the launch plan says how to encode, by value a parameter
    of the kernel. It moves boxes of the global memory, [rows, columns] of its
    last two dimensions and 1 of the others, to and from dense shared memory
    whose 16-byte pieces are swizzled in patterns of `swizzle` bytes (PTX ISA,
    "Tensor Swizzling Modes"; 0: not). Elements outside the memory arrive as
    zeros and are not stored.

    Of memory that is seen through a gather, a map moves boxes of the array. It is
    a map of the tensor: of mode tiled where the rows of a box run along one
    dimension of it, of mode im2col where they are pixels, with their corners, and
    the filter tap as the offset of each copy (`dlk/Analysis/TmaGather.h`).

    Rules: [DLK-T48] the memory is global, of rank 2 to 5, each dimension one
    stride, columns contiguous, the other strides positive multiples of 16
    bytes; [DLK-T91] if it is seen through a gather, TMA can follow it;
    [DLK-T49] the box has 2 extents in 1..256, its rows are multiples of 16
    bytes; [DLK-T50] swizzle is 0, 32, 64 or 128, and a row of the box has
    that many bytes if it is not 0 (narrower boxes would not be dense).
  }];
  let parameters = (ins "::dlk::tile::MemType":$memory, ArrayRefParameter<"int64_t">:$box,
                        "int64_t":$swizzle);
  let assemblyFormat = "`<` qualified($memory) `,` `[` $box `]` `,` `swizzle` $swizzle `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::mlir::Type getElementType() const { return getMemory().getElementType(); }
    /// How TMA follows the memory's gather; nothing without one.
    ::std::optional<::dlk::TmaGather> getTmaGather() const;
    int64_t getBoxBytes() const {
      return getBox()[0] * getBox()[1] * getMemory().getElementBytes();
    }
  }];
}

def DlkTile_InflightType : DlkTile_Type<"Inflight", "inflight"> {
  let summary = "an accumulator that unfinished products own";
  let description = [{
    `!dlk_tile.inflight<!dlk_tile.frag<128x256xf32, #fragment>>`. Only `wgmma`
    and `wgmma_wait` take it, so that reading it too early does not type-check.

    Rule [DLK-T51]: the fragment is of kind wgmma_acc.
  }];
  let parameters = (ins "::dlk::tile::FragType":$fragment);
  let assemblyFormat = "`<` qualified($fragment) `>`";
  let genVerifyDecl = 1;
}

#endif
