// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operations of dlk.
#ifndef DLK_DIALECT_DLK_IR_DLKOPS_TD
#define DLK_DIALECT_DLK_IR_DLKOPS_TD

include "dlk/Dialect/Dlk/IR/DlkConvOp.td"
include "dlk/Dialect/Dlk/IR/DlkWindowOp.td"


def Dlk_MatmulOp : Dlk_Op<"matmul", [
    IsolatedFromAbove, SingleBlock, Pure, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>,
    DeclareOpInterfaceMethods<TilingInterface, ["getLoopIteratorTypes", "getIterationDomain",
      "getTiledImplementation", "getResultTilePosition", "generateResultTileValue",
      "getIterationDomainTileFromResultTile"]>,
    DeclareOpInterfaceMethods<Dlk_SchedulableOpInterface,
      ["checkSchedule", "getScheduleCandidates", "estimateCost", "getFlops", "getBytes"]>]> {
  let summary = "matrix multiplication of any layout, batched, with a fused epilogue";
  let description = [{
    For all b (any number of batch dimensions), m and n:

    ```
    acc(b, m, n)    = sum over k of lhs(b, m, k) * rhs(b, k, n)
    result(b, m, n) = epilogue(acc(b, m, n), extra0(b, m, n), extra1(b, m, n), ...)
    ```

    **Layouts.** The iteration space is (batch..., m, n, k), in this order;
    `maps` holds one affine map from it for lhs, rhs, each extra and the result.
    The results of a map are distinct dimensions, so a map says which dimension
    of the tensor is which: `(m, n, k) -> (k, m)` is a transposed lhs. What a map
    leaves out is broadcast: a bias row is `(m, n, k) -> (n)`, a scalar
    `(m, n, k) -> ()`, a matrix shared by the batch `(b, m, n, k) -> (k, n)`.

    **Gathers.** `gathers` holds one entry for each map: `#dlk.gather`, if the
    operand is a matrix that is gathered from its tensor, else `unit`. The map then
    speaks of the dimensions of the matrix. The result's says where its elements
    are written; what it does not reach is unspecified. This is how
    `dlk-conv-to-gemm` writes a convolution: as the product of a matrix that is
    not in memory.

    **Combining.** With `combine`, four rows of the product, whose last two digits
    of m the result's gather ignores, are written to one place: as their `sum`,
    `max` or `min`, which is what a pooling window of 2 x 2 makes of a convolution.
    What the epilogue yields is combined, in f32 and in the order of the rows; the
    result is rounded to the result's element type once more. NaN wins.

    **Numbers.** Products are exact; they are summed in `acc_type` in an
    unspecified order, for K = 0 the sum is zero. `precision tf32` lets products
    of f32 read the upper 19 bits of their operands only, which is what the
    tensor cores multiply. With `promote N` at most N products are summed in the
    tensor cores, whose sums of fp8 have about 14 bits; those sums are then added
    in `acc_type`. The epilogue computes in the types that its operations name,
    and its `dlk.yield` gives the element that is stored; a conversion to fp8
    saturates. Nothing else rounds. Integers wrap.

    **Destination.** `outs` gives the shape of the result; its content is never
    read and all of it is overwritten. To accumulate, pass C as an extra and add
    it in the region.

    ```mlir
    %r = dlk.matmul ins(%a, %b : tensor<64x32xf16>, tensor<32x48xf16>)
           extras(%bias : tensor<48xf16>) outs(%c : tensor<64x48xf16>)
           maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                 affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>]
           acc f32 schedule #dlk.schedule<tile = [64, 64, 32]> {
    ^bb0(%acc: f32, %x: f16):
      %e = arith.extf %x : f16 to f32
      %s = arith.addf %acc, %e : f32
      %t = arith.truncf %s : f32 to f16
      dlk.yield %t : f16
    } -> tensor<64x48xf16>
    ```

    Rules:
    - [DLK-V1] lhs and rhs have the same element type, f16, bf16, f32 or i8, or
      each f8E4M3FN or f8E5M2.
    - [DLK-V2] acc_type is f32, or f16 for f16 and fp8; i32 for i8.
    - [DLK-V3] extras and the result have elements of f16, bf16, f32, f8E4M3FN,
      f8E5M2, i8 or i32.
    - [DLK-V4] all shapes are static.
    - [DLK-V5] there is one map for lhs, rhs, each extra and the result, all
      over the same dimensions, at least three, without symbols.
    - [DLK-V6] the results of a map are distinct dimensions, as many as the
      tensor's rank.
    - [DLK-V7] lhs has k and not n; rhs has k and not m.
    - [DLK-V8] extras do not have k.
    - [DLK-V9] the result has every batch dimension, m and n, and not k.
    - [DLK-V10] a dimension has the same size wherever it occurs.
    - [DLK-V11] the region has one block, whose arguments are the accumulator
      and one element of each extra.
    - [DLK-V12] the yielded value has the result's element type.
    - [DLK-V13] the region holds only scalar operations of this list: arith
      constant, addf, subf, mulf, divf, negf, maximumf, minimumf, maxnumf,
      minnumf, cmpf, select, extf, truncf, addi, subi, muli, maxsi, minsi,
      extsi, trunci, sitofp, fptosi; math absf, erf, exp, exp2, fma, log,
      roundeven, rsqrt, sqrt, tanh. truncf rounds to nearest even. Values of fp8
      are only extended to f32, rounded from f32, and yielded.
    - [DLK-V14] f32 operands have precision tf32, others have none.
    - [DLK-V15] promote is positive, the operands are fp8, and acc_type is f32.
    - [DLK-V16] gathers has an entry, `unit` or a gather, for each map; a gather
      has as many tensor dimensions as the tensor.
    - [DLK-V17] combine is sum, max or min of f16, bf16 or f32; the result has a
      gather, contiguous along n, and the last two digits of m are 2 and 2, on
      which none of its indices depends.
  }];
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs,
                       Variadic<AnyRankedTensor>:$extras, AnyRankedTensor:$init,
                       AffineMapArrayAttr:$indexing_maps, OptionalAttr<ArrayAttr>:$gathers,
                       OptionalAttr<Dlk_WindowKind>:$combine,
                       TypeAttr:$acc_type,
                       DefaultValuedAttr<Dlk_InputPrecision, "::dlk::InputPrecision::IEEE">:$precision,
                       OptionalAttr<I64Attr>:$promote,
                       OptionalAttr<Dlk_ScheduleAttr>:$schedule,
                       OptionalAttr<StrAttr>:$schedule_reason);
  let results = (outs AnyRankedTensor:$result);
  let regions = (region SizedRegion<1>:$epilogue);
  let builders = [
    // `buildEpilogue` gets the block arguments and returns the value to yield;
    // without it the accumulator is converted to the result's element type. Sums
    // are f32, or i32 of integers, unless `accType` says otherwise.
    OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs, "::mlir::ValueRange":$extras,
                   "::mlir::Value":$init, "::llvm::ArrayRef<::mlir::AffineMap>":$maps,
                   CArg<"::dlk::EpilogueBuilder", "nullptr">:$buildEpilogue,
                   CArg<"::mlir::Type", "{}">:$accType)>
  ];
  let skipDefaultBuilders = 1;
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }

    // Iteration space: (batch..., m, n, k).
    unsigned getNumDims() { return getResultMap().getNumDims(); }
    unsigned getNumBatchDims() { return getNumDims() - 3; }
    unsigned getMDim() { return getNumDims() - 3; }
    unsigned getNDim() { return getNumDims() - 2; }
    unsigned getKDim() { return getNumDims() - 1; }
    /// Size of each dimension of the iteration space.
    ::llvm::SmallVector<int64_t> getIterationSizes();
    /// Sizes of the batch dimensions.
    ::llvm::SmallVector<int64_t> getBatchSizes();
    /// Product of the batch dimensions; 1 if there are none.
    int64_t getBatch();
    int64_t getM() { return getIterationSizes()[getMDim()]; }
    int64_t getN() { return getIterationSizes()[getNDim()]; }
    int64_t getK() { return getIterationSizes()[getKDim()]; }

    // Maps from the iteration space to the dimensions of a tensor.
    ::mlir::AffineMap getMap(unsigned index);
    ::mlir::AffineMap getLhsMap() { return getMap(0); }
    ::mlir::AffineMap getRhsMap() { return getMap(1); }
    ::mlir::AffineMap getExtraMap(unsigned extra) { return getMap(2 + extra); }
    ::mlir::AffineMap getResultMap() { return getMap(getIndexingMaps().size() - 1); }

    /// The gather of an operand (lhs, rhs, extras, init), or null.
    ::dlk::GatherAttr getGather(unsigned operand);
    /// The shape that an operand's map speaks of: of its tensor or its gather.
    ::llvm::SmallVector<int64_t> getOperandShape(unsigned operand);

    // Layout, per dimension of the iteration space. The operand index counts
    // lhs, rhs, extras, init; the result has the layout of init.
    /// Whether an operand is a matrix that is not in memory: its gather is no
    /// strided view of its tensor.
    bool isGathered(unsigned operand);
    /// The gather of an operand that has one, over `dims` of the iteration space
    /// in that order; what it lacks is broadcast. The last digit of k is made a
    /// multiple of `channelMultiple`: what is more lies outside the tensor.
    ::dlk::GatherAttr getGatherView(unsigned operand, ::llvm::ArrayRef<unsigned> dims,
                                    int64_t channelMultiple = 1);
    /// The last digit of k, channels, if an operand is gathered, one is
    /// contiguous along k, and k has other digits, filter taps; else 0.
    int64_t getChannels();
    /// The taps that are not zeros, for each class of batches; nothing if all are
    /// taken to be.
    ::std::optional<::dlk::TapRanges> getTapRanges();
    /// Stride in elements of each dimension; 0 where the tensor lacks it. Of an
    /// operand that is not gathered.
    ::llvm::SmallVector<int64_t> getOperandStrides(unsigned operand);
    /// The dimension that is contiguous in memory (the tensor's last), or
    /// nothing for rank 0 and gathers without one.
    ::std::optional<unsigned> getContiguousDim(unsigned operand);
    /// The largest of 16, 8, 4 and 2 bytes in which every row along the
    /// contiguous dimension can be copied, its start aligned, if the tensor's
    /// start is aligned to 16 bytes.
    int64_t getPieceBytes(unsigned operand);

    ::mlir::RankedTensorType getOperandType(unsigned operand);
    ::mlir::Type getLhsElementType() { return getOperandType(0).getElementType(); }
    ::mlir::Type getResultElementType() { return getType().getElementType(); }

    // Epilogue.
    ::mlir::Block *getBody() { return &getEpilogue().front(); }
    ::mlir::BlockArgument getAccumulator() { return getBody()->getArgument(0); }
    ::mlir::BlockArgument getExtraArgument(unsigned extra) {
      return getBody()->getArgument(1 + extra);
    }
    ::dlk::YieldOp getYield();

    /// What the schedule rules and the cost model of the matmul form need.
    ::dlk::GemmProblem getProblem();
  }];
}

def Dlk_YieldOp : Dlk_Op<"yield", [Pure, Terminator, ParentOneOf<["MatmulOp", "ConvOp", "WindowOp"]>]> {
  let summary = "the element that an epilogue stores";
  let description = [{
    Ends the epilogue region of an operation of this dialect.
  }];
  let arguments = (ins AnyType:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif
