// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution, forward and backward.
#ifndef DLK_DIALECT_DLK_IR_DLKCONVOP_TD
#define DLK_DIALECT_DLK_IR_DLKCONVOP_TD

include "dlk/Dialect/Dlk/IR/DlkOpBase.td"

def Dlk_ConvOp : Dlk_Op<"conv", [
    IsolatedFromAbove, SingleBlock, Pure, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>,
    DeclareOpInterfaceMethods<TilingInterface, ["getLoopIteratorTypes", "getIterationDomain",
      "getTiledImplementation", "getResultTilePosition", "generateResultTileValue",
      "getIterationDomainTileFromResultTile"]>]> {
  let summary = "convolution or one of its gradients, with a fused epilogue";
  let description = [{
    Three tensors belong to a convolution: the input x, the filter w and the
    output y. With spatial position p, filter tap r (one to three dimensions
    each), group g, channel c of the group and output channel f of the group:

    ```
    y(n, p, g, f) = sum over r, c of x(n, strides * p + dilations * r - pad_low, g, c) * w(g, f, r, c)
    ```

    where x is zero outside its extents. `kind` says which of the three is
    computed of the other two, as sums over the same triples:

    | kind | ins | result | sums over |
    | --- | --- | --- | --- |
    | `fprop` | x, w | y | taps, channels |
    | `dgrad` | y's gradient, w | x's gradient | taps, output channels |
    | `wgrad` | x, y's gradient | w's gradient | images, positions |

    **Layouts** of x, w and y are strings of one letter for each dimension, in
    the order of memory: n, the spatial dimensions (`w`, `hw` or `dhw`), c and g for
    x; f, spatial, c and g for w; n, spatial, f and g for y. A layout without g
    has the groups in its channels, the group slower: c of x counts (g, c), f of
    w and y counts (g, f).

    **Extents** of y are `(x + pad_low + pad_high - dilations * (w - 1) - 1) /
    strides + 1`, rounded down, for each spatial dimension. Padding may be negative, which
    crops.

    **Epilogue, numbers, destination** are as in `dlk.matmul`. `maps` holds one map for
    each extra, from the dimensions of the result's tensor to those of the extra.

    ```mlir
    %y = dlk.conv fprop ins(%x, %w : tensor<8x56x56x64xf16>, tensor<128x3x3x64xf16>)
           extras(%bias : tensor<128xf16>) outs(%init : tensor<8x56x56x128xf16>)
           layouts "nhwc" "fhwc" "nhwf" strides [1, 1] dilations [1, 1]
           pad_low [1, 1] pad_high [1, 1] groups 1
           maps [affine_map<(n, h, w, f) -> (f)>] acc f32 {
    ^bb0(%acc: f32, %b: f16):
      %e = arith.extf %b : f16 to f32
      %s = arith.addf %acc, %e : f32
      %t = arith.truncf %s : f32 to f16
      dlk.yield %t : f16
    } -> tensor<8x56x56x128xf16>
    ```

    Rules:
    - [DLK-V20] a layout has each of its letters once: n (f in w), c (f in y),
      the spatial letters of ranks 1 to 3, the same in all three, and perhaps g;
      as many as the tensor has dimensions. With g, c of x and f of w and y may be
      missing, c of w always: they are 1.
    - [DLK-V21] strides, dilations, pad_low and pad_high have one entry for each
      spatial dimension; strides and dilations are in 1..2^15-1, padding in
      -2^15..2^15-1.
    - [DLK-V22] groups is positive and divides the channels of layouts without
      g; of layouts with g it is that extent.
    - [DLK-V23] n, c, f have the same extents in all three tensors.
    - [DLK-V24] spatial extents of y are those that follow from x and w; y has
      extent 0 where the window does not fit.
    - [DLK-V25] there is one map for each extra, a projected permutation of the result's
      dimensions, whose extents it has.
    - [DLK-V26] shapes are static, with less than 2^31 elements along each of (n,
      positions), (taps, channels) and channels.
    - [DLK-V1, V2, V3, V11 to V15] element types, epilogue and numbers are as in
      `dlk.matmul`.
  }];
  let arguments = (ins Dlk_ConvKind:$kind, AnyRankedTensor:$lhs, AnyRankedTensor:$rhs,
                       Variadic<AnyRankedTensor>:$extras, AnyRankedTensor:$init,
                       StrAttr:$input_layout, StrAttr:$filter_layout, StrAttr:$output_layout,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       I64Attr:$groups, DefaultValuedAttr<AffineMapArrayAttr, "{}">:$extra_maps,
                       TypeAttr:$acc_type,
                       DefaultValuedAttr<Dlk_InputPrecision, "::dlk::InputPrecision::IEEE">:$precision,
                       OptionalAttr<I64Attr>:$promote,
                       OptionalAttr<Dlk_ScheduleAttr>:$schedule);
  let results = (outs AnyRankedTensor:$result);
  let regions = (region SizedRegion<1>:$epilogue);
  let builders = [
    // `buildEpilogue` gets the block arguments and returns the value to yield;
    // without it the accumulator is converted to the result's element type. Sums
    // are f32, or i32 of integers, unless `accType` says otherwise.
    OpBuilder<(ins "::dlk::ConvKind":$kind, "::mlir::Value":$lhs, "::mlir::Value":$rhs,
                   "::mlir::ValueRange":$extras, "::mlir::Value":$init,
                   "::llvm::ArrayRef<::mlir::AffineMap>":$extraMaps,
                   "const ::dlk::ConvGeometry &":$geometry,
                   CArg<"::dlk::EpilogueBuilder", "nullptr">:$buildEpilogue,
                   CArg<"::mlir::Type", "{}">:$accType)>
  ];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    $kind `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)`
    (`extras` `(` $extras^ `:` type($extras) `)`)? `outs` `(` $init `:` type($init) `)`
    `layouts` $input_layout $filter_layout $output_layout
    `strides` $strides `dilations` $dilations `pad_low` $pad_low `pad_high` $pad_high
    `groups` $groups (`maps` $extra_maps^)? `acc` $acc_type (`precision` $precision^)?
    (`promote` $promote^)? (`schedule` qualified($schedule)^)? attr-dict-with-keyword
    $epilogue `->` type($result)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }

    /// Layouts and attributes as a plain value.
    ::dlk::ConvGeometry getGeometry();
    /// Types of x, w and y, whichever operand or result they are.
    ::mlir::RankedTensorType getInputType();
    ::mlir::RankedTensorType getFilterType();
    ::mlir::RankedTensorType getOutputType();
    /// Extents of all dimensions; the operation obeys its rules.
    ::dlk::ConvExtents getExtents();

    ::mlir::RankedTensorType getOperandType(unsigned operand) {
      return ::llvm::cast<::mlir::RankedTensorType>((*this)->getOperand(operand).getType());
    }
    ::mlir::Type getLhsElementType() { return getOperandType(0).getElementType(); }
    ::mlir::Type getResultElementType() { return getType().getElementType(); }
    ::mlir::AffineMap getExtraMap(unsigned extra) {
      return ::llvm::cast<::mlir::AffineMapAttr>(getExtraMaps()[extra]).getValue();
    }

    // Epilogue.
    ::mlir::Block *getBody() { return &getEpilogue().front(); }
    ::mlir::BlockArgument getAccumulator() { return getBody()->getArgument(0); }
    ::mlir::BlockArgument getExtraArgument(unsigned extra) {
      return getBody()->getArgument(1 + extra);
    }
    ::dlk::YieldOp getYield();
  }];
}

#endif
