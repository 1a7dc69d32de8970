# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of tf32, fp8 and 8-bit integers by mma.sync, and sums of f16 in f16, whatever dimension of an operand
is contiguous: on chips without wgmma, and where TMA cannot follow."""

from dataclasses import replace

import conv_gen
import pytest
from conv_cases import KINDS, name
from matmul_gen import Point

E4M3, E5M2 = "f8E4M3FN", "f8E5M2"
TF32 = "dlk.precision = \"tf32\""
FAST = "dlk.promote = 0 : i64"
HALF = "dlk.acc_type = f16"
LAYOUTS = ("NN", "NT", "TN", "TT")
# Type, result, attributes of the operation, the first chip.
TYPES = [("f32", "f32", TF32, "sm_80"), ("f32", "bf16", TF32, "sm_80"), ("i8", "i32", "", "sm_80"),
         ("i8", "i8", "", "sm_80"), (E4M3, "f32", "", "sm_89"), (E5M2, "f16", FAST, "sm_89"),
         (E4M3, E5M2, "", "sm_89")]


def pinned(tile, warps, more=""):
    return f"engine = mma_sync, tile = [{tile}], warps = [{warps}], stages = 3{more}"


def matmuls():
    for dtype, out, attributes, chip in TYPES:
        k = {"f32": 8}.get(dtype, 32)
        base = Point(136, 80, 5 * k + 16, dtype=dtype, out=out, attributes=attributes)
        for layout in LAYOUTS:
            yield chip, replace(base, layout=layout)
            # Odd rows are loaded element by element; one row, one column, one product.
            yield chip, replace(base, m=65, n=35, k=47, layout=layout, batch=2)
            yield chip, replace(base, m=1, n=1, k=1, layout=layout)
            yield chip, replace(base, m=1, n=200, k=k + 4, layout=layout)
            # Rows of 4 or 8 bytes' alignment; one slice of k a stage, and several.
            yield chip, replace(base, m=68, n=132, k=3 * k + 4, layout=layout,
                                schedule=pinned(f"64, 128, {k}", "2, 2"))
            yield chip, replace(base, m=72, n=136, k=9 * k + 8, layout=layout,
                                schedule=pinned(f"128, 64, {4 * k}", "4, 1"))
            yield "sm_90a", replace(base, m=56, n=44, k=36, layout=layout)
        yield chip, replace(base, m=0)
        yield chip, replace(base, k=0)
        yield chip, replace(base, m=32, n=48, k=6 * k, layout="TN",
                            schedule=pinned(f"32, 32, {k}", "1, 1", ", split = split_k 3"))
    yield "sm_89", Point(136, 64, 200, dtype=E4M3, rhs=E5M2, out="bf16", steps=("bias_row", "gelu_tanh"))
    yield "sm_89", Point(64, 136, 72, dtype=E5M2, rhs=E4M3, out=E4M3, layout="TT", steps=("residual", "relu"))
    yield "sm_80", Point(64, 72, 96, dtype="i8", out="i8", steps=("scale", "clamp"))
    yield "sm_80", Point(64, 72, 96, dtype="i8", out="i32", accumulate=True)
    # Sums in f16.
    for layout in LAYOUTS:
        half = Point(136, 72, 88, dtype="f16", out="f16", layout=layout, attributes=HALF)
        yield "sm_80", half
        yield "sm_80", replace(half, m=65, n=35, k=47, out="bf16", steps=("bias_row", "relu"))
    yield "sm_80", replace(half, m=256, n=128, out="f32", schedule=pinned("128, 128, 32", "2, 2"))
    yield "sm_80", replace(half, k=0)
    yield "sm_90a", replace(half, m=56, n=44, k=35)
    yield "sm_80", Point(72, 64, 40, dtype="f32", out="f32", layout="TN", attributes=TF32,
                         steps=("bias_column", "silu"))


def convolutions():
    base = conv_gen.Point(n=2, c=32, f=24, size=(7, 9), pad_low=(1, 1))
    changes = [dict(), dict(c=4, f=3), dict(c=3, f=5), dict(strides=(2, 1), dilations=(1, 2)),
               dict(groups=2, c=16, f=16), dict(layouts=("nhwc", "hwcf", "nhwf")),
               dict(layouts=("nchw", "fchw", "nfhw")), dict(steps=("bias_row", "relu"))]
    for dtype, out, attributes, chip in [("f32", "f32", "precision tf32", "sm_80"), ("i8", "i32", "", "sm_80"),
                                         (E4M3, "bf16", "promote 128", "sm_89")]:
        for kind in KINDS:
            for change in changes:
                if dtype == "i8" and "steps" in change:
                    change = dict(change, out="bf16")
                yield chip, replace(base, kind=kind, dtype=dtype, attributes=attributes, **{"out": out, **change})
            # TMA has steps of 128 bytes of channels, and reads rows along k.
            yield "sm_90a", replace(base, kind=kind, dtype=dtype, out=out, attributes=attributes, c=12, f=20)


MATMULS, CONVOLUTIONS = list(matmuls()), list(convolutions())


@pytest.mark.parametrize("case", MATMULS, ids=name)
def test_matmul(case, matmul_runner):
    matmul_runner.check(case, MATMULS)


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=name)
def test_convolution(case, conv_runner):
    conv_runner.check(case, CONVOLUTIONS)
