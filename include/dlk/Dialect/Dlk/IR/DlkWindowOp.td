// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and extrema over windows: pooling and depthwise convolution.
#ifndef DLK_DIALECT_DLK_IR_DLKWINDOWOP_TD
#define DLK_DIALECT_DLK_IR_DLKWINDOWOP_TD

include "dlk/Dialect/Dlk/IR/DlkOpBase.td"

def Dlk_WindowOp : Dlk_Op<"window", [
    IsolatedFromAbove, SingleBlock, Pure, AttrSizedOperandSegments, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "pooling or depthwise convolution, with a fused epilogue";
  let description = [{
    For each image n, spatial position p (one to three dimensions) and channel c:

    ```
    acc(n, p, c)    = reduce over taps r of x(n, strides * p + dilations * r - pad_low, c)
    result(n, p, c) = epilogue(acc(n, p, c), extra0, extra1, ...)
    ```

    `kind` is the reduction: `sum`, `max` and `min` of the elements inside the
    input, and `multiply`, the sum of x times w(r, c). A maximum over nothing is
    -inf; NaN wins. Layouts, strides, dilations, padding, extents, extras
    and the epilogue are as in `dlk.conv`; the letters are n, the spatial ones and c,
    of the filter the spatial ones and c. `backwards` reads the filter from its
    last tap to its first, as data gradients do.

    **Numbers.** Everything is computed in f32; products are rounded with their
    sum (fma), in an order of the taps that the tile decides. Sums of i8 are exact
    up to 131071 elements.

    ```mlir
    %y = dlk.window max ins(%x : tensor<8x112x112x64xf16>) outs(%init : tensor<8x56x56x64xf16>)
           layouts "nhwc" "nhwc" window [3, 3] strides [2, 2] dilations [1, 1]
           pad_low [1, 1] pad_high [1, 1] {
    ^bb0(%acc: f32):
      %t = arith.truncf %acc : f32 to f16
      dlk.yield %t : f16
    } -> tensor<8x56x56x64xf16>
    ```

    Rules:
    - [DLK-V30] layouts name each dimension; there is a filter, with a layout,
      if and only if the kind is multiply.
    - [DLK-V31] window, strides, dilations, pad_low and pad_high have one entry
      for each of 1 to 3 spatial dimensions; windows, strides and dilations are in
      1..2^15-1, padding in -2^15..2^15-1.
    - [DLK-V32] extents of input, filter and result follow from one another, as
      in `dlk.conv`; the input and the result have less than 2^31 elements along
      (n, positions).
    - [DLK-V33] input and filter have the same element type, f16, bf16 or f32, or
      the input is i8 (with sign) and there is no filter; shapes are static.
    - [DLK-V3, V11 to V13, V25] extras and epilogue are as in `dlk.conv`.
  }];
  let arguments = (ins Dlk_WindowKind:$kind, AnyRankedTensor:$input, Optional<AnyRankedTensor>:$filter,
                       Variadic<AnyRankedTensor>:$extras, AnyRankedTensor:$init,
                       StrAttr:$input_layout, StrAttr:$output_layout, OptionalAttr<StrAttr>:$filter_layout,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high, UnitAttr:$backwards,
                       DefaultValuedAttr<AffineMapArrayAttr, "{}">:$extra_maps);
  let results = (outs AnyRankedTensor:$result);
  let regions = (region SizedRegion<1>:$epilogue);
  let builders = [
    // `buildEpilogue` gets the block arguments and returns the value to yield.
    OpBuilder<(ins "::dlk::WindowKind":$kind, "::mlir::Value":$input, "::mlir::Value":$filter,
                   "::mlir::ValueRange":$extras, "::mlir::Value":$init,
                   "::llvm::ArrayRef<::mlir::AffineMap>":$extraMaps,
                   "const ::dlk::WindowGeometry &":$geometry,
                   "::dlk::EpilogueBuilder":$buildEpilogue)>
  ];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    $kind `ins` `(` $input `:` type($input) `)` (`filter` `(` $filter^ `:` type($filter) `)`)?
    (`extras` `(` $extras^ `:` type($extras) `)`)? `outs` `(` $init `:` type($init) `)`
    `layouts` $input_layout $output_layout (`by` $filter_layout^)? `window` $window
    `strides` $strides `dilations` $dilations `pad_low` $pad_low `pad_high` $pad_high
    (`backwards` $backwards^)?
    (`maps` $extra_maps^)? attr-dict-with-keyword
    $epilogue `->` type($result)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }

    /// Layouts and attributes as a plain value.
    ::dlk::WindowGeometry getGeometry();
    ::mlir::RankedTensorType getInputType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getInput().getType());
    }
    ::mlir::RankedTensorType getExtraType(unsigned extra) {
      return ::llvm::cast<::mlir::RankedTensorType>(getExtras()[extra].getType());
    }
    ::mlir::AffineMap getExtraMap(unsigned extra) {
      return ::llvm::cast<::mlir::AffineMapAttr>(getExtraMaps()[extra]).getValue();
    }
    ::mlir::Type getResultElementType() { return getType().getElementType(); }

    // Epilogue.
    ::mlir::Block *getBody() { return &getEpilogue().front(); }
    ::mlir::BlockArgument getAccumulator() { return getBody()->getArgument(0); }
    ::mlir::BlockArgument getExtraArgument(unsigned extra) {
      return getBody()->getArgument(1 + extra);
    }
    ::dlk::YieldOp getYield();
    /// Arithmetic operations, a multiply-add counted as two, and bytes of all
    /// operands and results, each counted once.
    double getFlops();
    double getBytes();
  }];
}

#endif
