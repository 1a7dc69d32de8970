// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations on register fragments.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILEFRAGMENTOPS_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILEFRAGMENTOPS_TD

include "dlk/Dialect/Dlk/IR/DlkEnums.td"
include "dlk/Dialect/DlkTile/IR/DlkTileOps.td"

def DlkTile_FillOp : DlkTile_Op<"fill", [Pure]> {
  let summary = "a fragment with one value everywhere";
  let description = [{
    Rule [DLK-T47]: the fragment is an accumulator, and the value zero if its
    elements are integers.
  }];
  let arguments = (ins F64Attr:$value);
  let results = (outs DlkTile_FragType:$result);
  let assemblyFormat = "$value attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def DlkTile_LoadFragmentOp : DlkTile_Op<"load_fragment", [MemoryEffects<[MemRead]>]> {
  let summary = "read one k slice of a shared tile into registers";
  let description = [{
    `k` is the first k index of the slice, `k_dim` the dimension of the memory
    along which k runs: for `mma_a` (rows x k) memory is [m, k] (k_dim 1) or
    [k, m] (k_dim 0, read transposed), for `mma_b` (k x columns) it is
    [k, n] (k_dim 0, read transposed) or [n, k] (k_dim 1). Lowered to ldmatrix,
    with `.trans` where k is not contiguous; elements of 8 bits then change
    places between the lanes of a warp, those of 32 bits are loaded one by one.

    Rules: [DLK-T30] shared memory of rank 2 and the same element type;
    [DLK-T31] the slice starts at a multiple of 32 bytes of elements, lies inside the memory, and
    both other extents agree;
    [DLK-T32] the fragment is mma_a or mma_b.
  }];
  let arguments = (ins DlkTile_MemType:$memory, I64Attr:$k, I64Attr:$k_dim);
  let results = (outs DlkTile_FragType:$result);
  let assemblyFormat = [{
    $memory `k` $k `dim` $k_dim attr-dict `:` qualified(type($memory)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def DlkTile_MmaOp : DlkTile_Op<"mma", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "acc + lhs * rhs";
  let description = [{
    Operands are fragments (mma.sync) or whole shared tiles; a tile form is
    split into k slices with register double buffering by `dlk-tile-pipeline`.
    The tile form says by `lhs_k_dim` and `rhs_k_dim` along which dimension k
    runs, as in `load_fragment`.

    With `promote` lhs * rhs of tiles is summed by itself and then added to acc.

    Products of mma.sync are m16n8k8 of f32 (read as tf32), m16n8k16 of f16 and
    bf16, m16n8k32 of i8 and fp8.

    Rules: [DLK-T33] m, n and k of the operands agree, and k is a multiple of
    32 bytes of elements; [DLK-T34] lhs and rhs have one element type, f16, bf16
    or f32, or both are fp8, and acc is f32, or they are f16 and acc too, or they are i8 and
    acc is i32; into a
    wgmma_acc the types of `wgmma` [T74]; promote is for tiles summed in f32;
    [DLK-T35] both are
    fragments (mma_a, mma_b, acc mma_acc) or both are shared memory;
    [DLK-T36] the warp grids agree.
  }];
  let arguments = (ins AnyTypeOf<[DlkTile_MemType, DlkTile_FragType]>:$lhs,
                       AnyTypeOf<[DlkTile_MemType, DlkTile_FragType]>:$rhs,
                       DlkTile_FragType:$acc,
                       DefaultValuedAttr<I64Attr, "1">:$lhs_k_dim,
                       DefaultValuedAttr<I64Attr, "0">:$rhs_k_dim, UnitAttr:$promote);
  let results = (outs DlkTile_FragType:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $acc (`promote` $promote^)? attr-dict `:` qualified(type($lhs)) `,` qualified(type($rhs)) `,`
    qualified(type($acc))
  }];
  let hasVerifier = 1;
}

def DlkTile_AddOp : DlkTile_Op<"add", [Pure, Commutative, AllTypesMatch<["lhs", "rhs", "result"]>]> {
  let summary = "the sum of two fragments, element by element";
  let description = [{
    For sums that leave the tensor cores before they lose bits.

    Rule [DLK-T79]: they are accumulators of floats.
  }];
  let arguments = (ins DlkTile_FragType:$lhs, DlkTile_FragType:$rhs);
  let results = (outs DlkTile_FragType:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def DlkTile_WindowReduceOp : DlkTile_Op<"window_reduce", [AttrSizedOperandSegments,
                                                           MemoryEffects<[MemRead]>]> {
  let summary = "reduce windows of a tile in shared memory to an accumulator";
  let description = [{
    `source` holds the positions that the windows of a tile meet, one row for
    each, [halo0 x halo1 x ...] of them, the last one fastest; columns are
    channels. Row (t0, t1, ...) of the result, of the `tile` extents, is the
    reduction over taps (r0, r1, ...) of the `window` extents of the source's row
    with coordinates `strides` * t + `dilations` * r, in f32: `kind` is sum, max,
    min, or multiply, which multiplies by row (r0, r1, ...) of `filter`.

    With `bounds` a tap counts only if `origin` + its coordinate lies in
    0..bounds-1, along each dimension; without, all do.

    Rules: [DLK-T92] source and filter are shared memory of rank 2 with one
    stride for each dimension, contiguous columns, as many as the result;
    [DLK-T93] the result is an mma_acc fragment of f32 with as many rows as the
    tile has positions; [DLK-T94] tile, halo, window, strides and dilations have
    the same rank, the halo holds what the windows meet, and the filter's rows are the
    taps; [DLK-T95] bounds and origin have that rank or are empty; there is a
    filter for kind multiply.
  }];
  let arguments = (ins StrAttr:$kind, DlkTile_MemType:$source, Optional<DlkTile_MemType>:$filter,
                       Variadic<Index>:$origin, DenseI64ArrayAttr:$tile, DenseI64ArrayAttr:$halo,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$bounds);
  let results = (outs DlkTile_FragType:$result);
  let assemblyFormat = [{
    $kind $source (`by` $filter^ `:` qualified(type($filter)))? `at` `[` $origin `]` `tile` $tile `halo` $halo
    `window` $window `strides` $strides `dilations` $dilations `bounds` $bounds attr-dict `:`
    qualified(type($source)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def DlkTile_MapOp : DlkTile_Op<"map", [AttrSizedOperandSegments, SingleBlock,
                                       MemoryEffects<[MemRead]>, IsolatedFromAbove]> {
  let summary = "an elementwise function of a fragment and global operands";
  let description = [{
    For every element (m, n) of `source` the region is evaluated with that
    element and one element of each global operand: operand i is read at
    `maps[i](batch coordinates..., m, n)` where m and n are `origin`'s last two
    indices plus the element's coordinate, and batch coordinates are the other
    indices of `origin`. Elements outside the iteration space `bounds` = [m, n]
    are not read: the region sees some other element for them, and the result is
    unspecified there.

    `tiles` are one more operand, the region's last argument, which lies in shared
    memory: panels of the tile, side by side, as a stage of a ring holds them. A
    map may be evaluated as late as its result is used, so its tiles stay until then.

    Rules: [DLK-T37] one map per operand, each with as many dimensions as
    `origin` has indices and as many results as the operand's rank;
    [DLK-T38] region arguments are the element types, in order, and the yielded
    type is the result's; [DLK-T39] result and source have the same shape and
    layout; [DLK-T85] tiles are of a wgmma_acc fragment, shared memory of one type
    with its rows and, together, its columns; the columns of each are a multiple of
    8 that divides a warpgroup's.
  }];
  let arguments = (ins DlkTile_FragType:$source, Variadic<Index>:$origin,
                       Variadic<DlkTile_MemType>:$inputs, Variadic<DlkTile_MemType>:$tiles,
                       AffineMapArrayAttr:$maps, DenseI64ArrayAttr:$bounds);
  let results = (outs DlkTile_FragType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $source `at` `[` $origin `]` `bounds` $bounds (`with` $inputs^ `:` qualified(type($inputs)))?
    (`tiles` $tiles^ `:` qualified(type($tiles)))? `maps` $maps
    attr-dict `:` qualified(type($source)) `->` qualified(type($result)) $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
}

def DlkTile_YieldOp : DlkTile_Op<"yield", [Pure, Terminator, HasParent<"MapOp">]> {
  let summary = "the value of a map's region";
  let arguments = (ins AnyType:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def DlkTile_StoreOp : DlkTile_Op<"store", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "write a fragment to global memory";
  let description = [{
    Writes the elements of `source` that lie inside `target` to `target` at
    `origin` (one index per dimension; the last two are row and column).
    `staging` is scratch in shared memory, [warps, 16, columns of a warp]: each
    warp passes 16 rows at a time through its own part and leaves by stores of
    `vector` consecutive elements, whose alignment is guaranteed.

    With `combine`, rows 4r to 4r+3 of the target are one place in memory, to
    which their sum, maximum or minimum is written, computed in f32.

    Rules: [DLK-T40] source is an accumulator; target is global, of the
    source's element type, with one index per dimension, at least 2;
    [DLK-T41] staging is [warps, 16, warp columns] of that type, with a multiple
    of the fragment's warps where several warpgroups store tiles of their own; [DLK-T42]
    vector is a power of two, at most 16 bytes, contiguous in the target, and
    divides the warp's columns; [DLK-T96] combine is sum, max or min of f16, bf16
    or f32, and the target has a multiple of four rows.
  }];
  let arguments = (ins DlkTile_FragType:$source, DlkTile_MemType:$target, Variadic<Index>:$origin,
                       DlkTile_MemType:$staging, I64Attr:$vector,
                       OptionalAttr<Dlk_WindowKind>:$combine);
  let assemblyFormat = [{
    $source `to` $target `[` $origin `]` `staging` $staging `vector` $vector
    (`combine` $combine^)? attr-dict `:`
    qualified(type($source)) `to` qualified(type($target)) `staging` qualified(type($staging))
  }];
  let hasVerifier = 1;
}

#endif
