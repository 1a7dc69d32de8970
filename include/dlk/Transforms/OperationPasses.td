// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes on operations of linalg and dlk, in the order in which the pipeline
// runs them.
#ifndef DLK_TRANSFORMS_OPERATIONPASSES_TD
#define DLK_TRANSFORMS_OPERATIONPASSES_TD

include "mlir/Pass/PassBase.td"

def Import : Pass<"dlk-import", "::mlir::func::FuncOp"> {
  let summary = "Turn linalg contractions and convolutions into operations of dlk";
  let description = [{
    What: replaces `linalg.matmul`, `linalg.batch_matmul`, `linalg.contract` and
    every `linalg.generic` that multiplies two inputs and sums the products, on
    tensors, whatever the order of dimensions; convolutions, named and generic,
    grouped, quantized with zero points of 0, or without channels, become
    `dlk.conv`; pooling and depthwise convolutions of floats `dlk.window`.
    Gradients in the form of convolutions become `dlk.conv wgrad` and `dgrad`.
    Before: `%z = linalg.fill ins(%zero) outs(%c)`,
    `%r = linalg.matmul ins(%a, %b) outs(%z)`.
    After: `%r = dlk.matmul ins(%a, %b) outs(%c) maps [...] acc f32 {...}`. An
    init that is not zero becomes an extra that the epilogue adds. The attribute
    `dlk.schedule` becomes the operation's schedule.
    Dimensions: one that both inputs and the result have is a batch dimension;
    of those that only lhs (rhs) and the result have, the one that is innermost
    in the result is m (n), and the others are batch dimensions that rhs (lhs)
    lacks.
    Gradients: the loops of a sum over windows can be those of `fprop` or of
    `wgrad`, whose images and positions are reduced. It is `wgrad` if no loop is
    images of `fprop`, or the input is contiguous along that loop, which are
    channels of `wgrad`; where it is contiguous along positions, if more
    positions are reduced than are in the result. A convolution of stride 1
    whose filter is read backwards (by negative coefficients, a `linalg.generic`
    with such a map or with `tensor.extract`) is `dgrad`; a `tensor.insert_slice`
    of its input into zeros gives the strides. Other reversals stay.
    Needs: nothing. Other linalg operations are left for `dlk-fuse`.
    Numbers: changes rounding: sums are kept in f32 and rounded once, also where
    the result is f16 or bf16; reassociates: an init is added last. Products of
    f32 become tf32 where the user allows it, by `dlk.precision = "tf32"` on the
    operation or the option. Sums of fp8 leave the tensor cores, which keep about
    14 bits, every 128 of k, or as often as the attribute `dlk.promote` says (0:
    never). `dlk.acc_type = f16` sums f16 and fp8 in f16.
    Refuses: dynamic shapes [DLK-P1]; element types other than f16, bf16, or two
    of fp8 into f32, f16 or bf16, f32 into f32, signed i8 into i32 [DLK-P2];
    products of f32 that may not be tf32 [DLK-P7]; a `dlk.promote` that is no
    count, or not of fp8 [DLK-P8]; another `dlk.acc_type` [DLK-P9]; several reduction dimensions, or one that only one input has [DLK-P3]; no dimension
    for m or for n (matvec, dot) [DLK-P4]; sums into a tensor without content
    [DLK-P5]; linalg operations on buffers [DLK-P6]; convolutions with several
    loops for images, groups or a kind of channels [DLK-P11], or not in the form
    of `dlk.conv` or `dlk.window` [DLK-P12]; pooling of other types than f16, bf16,
    f32 and i8, or of more i8 than f32 sums exactly [DLK-P13]; zero points that are not the constant 0 [DLK-P125].
    (example: test/Transforms/import/basic.mlir)
  }];
  let dependentDialects = ["::dlk::DlkDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [Option<"tf32", "tf32", "bool", "false",
                        "Let products of f32 be computed as tf32">];
  let statistics = [Statistic<"numImported", "imported", "contractions imported">];
}

def Normalize : Pass<"dlk-normalize", "::mlir::func::FuncOp"> {
  let summary = "Fold data movement into the maps of dlk operations";
  let description = [{
    What: operands that are transposed, broadcast or copied (`linalg.transpose`,
    `linalg.broadcast`, `linalg.copy`, a `linalg.generic` that only permutes)
    are read in place through another map; lhs and rhs are swapped where the
    result is contiguous along m; `tensor.cast`, fills and empty tensors that
    nothing reads disappear.
    Before: `%t = linalg.transpose ins(%b) ... permutation = [1, 0]`,
    `dlk.matmul ins(%a, %t) ... (m, n, k) -> (k, n)`.
    After: `dlk.matmul ins(%a, %b) ... (m, n, k) -> (n, k)`.
    Needs: `dlk-import`. Batch dimensions of size 1 stay.
    Numbers: exact.
    Refuses: nothing; what cannot be folded is left alone.
    (example: test/Transforms/normalize/basic.mlir)
  }];
  let dependentDialects = ["::dlk::DlkDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def Fuse : Pass<"dlk-fuse", "::mlir::func::FuncOp"> {
  let summary = "Inline elementwise consumers into epilogues";
  let description = [{
    What: an elementwise linalg operation, named or generic, that is the only
    user of a dlk operation's result is inlined into the epilogue region. Its
    other tensors become extras: residuals, bias rows and columns, scalars,
    through `linalg.broadcast` or transposed; splat constants become constants
    of the region. Elementwise operations are fused with one another first; one
    that only computes an extra is recomputed in the epilogue.
    Before: `%r = dlk.matmul ...`, `linalg.generic` that adds a bias and takes
    the maximum with zero.
    After: one `dlk.matmul ... extras(%bias : ...)` whose region adds and takes
    the maximum.
    Needs: `dlk-normalize`.
    Numbers: exact (the same operations in the same types).
    Refuses: to fuse a result that has other users, a map that is no
    permutation or projection, or an operation that epilogues do not have (rule
    V13): a remark gives the reason. Any linalg operation that is left over is
    an error [DLK-P10].
    (example: test/Transforms/fuse/basic.mlir)
  }];
  let dependentDialects = ["::dlk::DlkDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numFused", "fused", "operations inlined into epilogues">];
}

def PropagateLayout : Pass<"dlk-propagate-layout", "::mlir::func::FuncOp"> {
  let summary = "Give convolutions with channels first channels last";
  let description = [{
    What: rewrites each `dlk.conv` whose input has channels first (nchw) to channels
    last (nhwc), and pooling behind it, with transposes of its tensors before and
    after; between rewritten operations there are none, and a tensor that several
    read is transposed once. A transpose is a `dlk.window` of one tap.
    Before: `dlk.conv fprop ins(%x, %w) layouts "nchw" "fchw" "nfhw"`.
    After: `%t = dlk.window max ins(%x) layouts "nchw" "nhwc" window [1, 1]`,
    `dlk.conv fprop ins(%t, %v) layouts "nhwc" "fhwc" "nhwf"`, and a transpose back.
    Where: if to transpose all tensors takes fewer clocks, at the chip's memory rate,
    than to read elements of 2 or 4 bytes one by one, as products of channels first
    do. Not where the convolution is a matrix multiplication (1x1, stride 1), has a
    pinned schedule, or holds elements other than f16, bf16 and f32.
    Needs: the module's target, without which nothing happens. Runs after fusion.
    Refuses: nothing.
    (example: test/Transforms/propagate-layout/basic.mlir)
  }];
  let dependentDialects = ["::dlk::DlkDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [Option<"remarks", "remarks", "bool", "false",
                        "Say what is transposed, and why">,
                 Option<"force", "force", "bool", "false",
                        "Rewrite wherever it is possible, whatever it costs">];
}

def ConvToWindow : Pass<"dlk-conv-to-window", "::mlir::func::FuncOp"> {
  let summary = "Compute depthwise convolutions by windows";
  let description = [{
    What: a `dlk.conv` of kind fprop, or dgrad with strides of 1, whose groups have
    one channel and one filter each becomes a `dlk.window` of kind multiply; of
    dgrad it reads the filter backwards.
    Before: `dlk.conv dgrad ins(%dy, %w : ..., tensor<96x7x7x1xf16>) ... groups 96`.
    After: `%f = tensor.collapse_shape %w`,
    `dlk.window multiply ins(%dy) filter(%f) ... backwards`.
    Needs: nothing. Runs after fusion, before `dlk-conv-to-gemm`, which takes the
    others: filter gradients, gradients with strides, integers and fp8, layouts
    with a dimension for groups, windows that do not fit shared memory, and
    operations whose schedule or `dlk.pack` is pinned.
    Numbers: f32 is multiplied as f32, not as tf32.
    Refuses: nothing.
    (example: test/Transforms/conv-to-window/basic.mlir)
  }];
  let dependentDialects = ["::dlk::DlkDialect", "::mlir::tensor::TensorDialect"];
  let options = [Option<"remarks", "remarks", "bool", "false",
                        "Say of each convolution with groups whether it is a window">];
}

def ConvToGemm : Pass<"dlk-conv-to-gemm", "::mlir::func::FuncOp"> {
  let summary = "Write convolutions as products of matrices (implicit GEMM)";
  let description = [{
    What: replaces each `dlk.conv` by the `dlk.matmul` that computes it. Its
    operands are the tensors of the convolution, seen through gathers: nothing
    is copied. Epilogue, numbers, schedule and other attributes stay; `dlk.flops`
    says how much work it is.
    Before: `dlk.conv fprop ins(%x, %w) outs(%y) layouts "nhwc" "fhwc" "nhwf" ...`.
    After: `dlk.matmul ins(%x, %w) outs(%y) maps [(m, n, k) -> (m, k), ...]
    gathers [#dlk.gather<[N, P, Q], [R, S, C], (n, p, q, r, s, c) -> (n, p + r - 1, q + s - 1, c)>, ...]`.
    Dimensions: fprop has m = (n, p, q), n = f, k = (r, s, c); dgrad m = (n, h, w),
    n = c, k = (r, s, f); wgrad m = f, n = (r, s, c), k = (n, p, q).
    Groups are a batch, or several are one product: all their channels are in it,
    and what one group's filter has for another's channels is outside the filter,
    zero as an operand and not stored as a result. As many are packed as
    `dlk.pack` on the operation says, else as is cheapest by the cost model of the
    schedules, for which zeros are work, too; one if the module has no target.
    Where groups and channels are neighbours (nhwgc, gfhwc) they are one dimension
    first, of what `tensor.collapse_shape` makes of the tensor.
    A `dlk.window` sum, max or min of 2 x 2 positions side by side, the only use of
    an fprop with channels last, one group and even positions, becomes part of the
    product, whose rows are then (n, p / 2, q / 2, 2, 2): `combine` on the
    dlk.matmul. Only where the cost model expects fewer clocks than of two
    kernels; otherwise both stay, with a remark that says why.
    With channels first the images are a batch too, and m and n change
    places where that makes rows of the result contiguous. The input positions of
    dgrad with strides fall into classes that other taps reach, which are a
    batch.
    Needs: nothing; packs groups where the module has a target. Runs after fusion.
    Numbers: exact, but an infinity or NaN in a group's channels makes NaN of what
    groups of the same product compute (it is multiplied by their zeros).
    Refuses: a `dlk.pack` that does not divide the groups [DLK-P124].
    (example: test/Transforms/conv-to-gemm/groups.mlir)
  }];
  let dependentDialects = ["::dlk::DlkDialect", "::mlir::tensor::TensorDialect"];
  let options = [Option<"remarks", "remarks", "bool", "false",
                        "Say how many groups are one product, whether pooling is part of it, and why">];
}

def AssignSchedule : Pass<"dlk-assign-schedule", "::mlir::func::FuncOp"> {
  let summary = "Choose a schedule for each dlk operation";
  let description = [{
    What: sets `schedule` and `schedule_reason`. A schedule that is there (the
    user's) stays. Otherwise every candidate that is legal on the chip is rated
    by the operation's cost model, and the cheapest taken; one that stands later
    in the list, which starts with the most general, must be 1 % cheaper. For
    dlk.matmul on a chip with wgmma, if TMA can copy the operands: tiles of
    64x16 to 256x192 with one to three consumer warpgroups, alone or in clusters
    of two (docs/Schedules.md). Else, and after those: 128x128x32 with 4 warps and 3 stages, then larger and smaller
    tiles; operands are copied by cp.async if the rows of one allow pieces of at
    least 4 bytes, by loads otherwise. If one is copied by loads, tiles have more
    warps, since loads pass through registers.
    Before: `dlk.matmul ... acc f32 {...}`.
    After: `dlk.matmul ... acc f32 schedule #dlk.schedule<...> reason "..." {...}`.
    Needs: dlk operations only (`dlk-fuse`).
    Numbers: exact; another schedule may sum in another order.
    Refuses: unknown chips and chips without code generation [DLK-P20]; an
    operation that no candidate fits [DLK-P21].
    (example: test/Transforms/assign-schedule/basic.mlir)
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"\"",
           "chip, as sm_80; default: the module's dlk.target, or sm_80">,
    Option<"remarks", "remarks", "bool", "false",
           "say for each operation which schedule it got and why (true or false)">,
    Option<"candidates", "candidates", "bool", "false",
           "say for each operation what the cost model expects of every candidate (true or false)">
  ];
  let dependentDialects = ["::dlk::DlkDialect"];
}

def VerifySchedule : Pass<"dlk-verify-schedule", "::mlir::func::FuncOp"> {
  let summary = "Check that every schedule is legal on the chip";
  let description = [{
    What: checks each schedule against its operation and the chip; changes
    nothing.
    Before, After: the same IR.
    Needs: `dlk-assign-schedule`.
    Numbers: exact.
    Refuses: unknown chips and chips without code generation [DLK-P20]; an
    operation without a schedule [DLK-P22]; an illegal schedule, with the number
    of the rule, the value and the limit [DLK-S1 to S29, listed with
    `#dlk.schedule`].
    (example: test/Transforms/verify-schedule/basic.mlir)
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"\"",
           "chip, as sm_80; default: the module's dlk.target, or sm_80">
  ];
}

#endif
