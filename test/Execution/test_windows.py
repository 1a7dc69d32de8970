# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pooling and depthwise convolution with all sorts of windows, channels, layouts, types
and epilogues, in one to three dimensions."""

import pytest
from conv_cases import SIZES, WINDOWS, name, on_chips, window
from window_gen import Point

KINDS = ["multiply", "sum", "max", "min"]
TYPES = [("f16", "f16"), ("bf16", "f32"), ("f32", "f32"), ("bf16", "bf16"), ("f16", "f32")]


def window_points():
    for rank in (1, 2, 3):
        for index in range(len(WINDOWS)):
            for number in (0, 1):
                kind = KINDS[(2 * number + index) % 4]
                dtype, out = TYPES[(index + number) % 5]
                c = (8, 16, 5, 24)[(index + rank) % 4]
                yield Point(kind, n=2, c=c, size=SIZES[rank], dtype=dtype, out=out,
                            **window(rank, index, mixed=index % 2 == 1))


def extent_points():
    for index, c in enumerate([1, 2, 3, 4, 6, 12, 32, 40, 72, 130, 256, 1000]):
        dtype, out = TYPES[index % 5]
        yield Point(KINDS[index % 4], n=3, c=c, size=(7, 5), pad_low=(1, 1), dtype=dtype, out=out)
        yield Point("multiply", n=1, c=c, size=(9, 8), strides=(2, 2), pad_low=(1, 1), dtype=dtype,
                    out=dtype, steps=("bias_row", "clamp"))
    for kind in KINDS:
        # Nothing, one element, a window that fits nowhere, one wholly in the padding, and
        # one that is the image.
        yield Point(kind, n=0, c=8, size=(5, 5))
        yield Point(kind, n=1, c=0, size=(5, 5))
        yield Point(kind, n=1, c=8, size=(2, 5))
        yield Point(kind, n=1, c=1, size=(1, ), filter=(1, ))
        yield Point(kind, n=2, c=8, size=(3, 3), filter=(1, 1), pad_low=(2, 1))
        yield Point(kind, n=2, c=72, size=(7, 7), filter=(7, 7), dtype="bf16", out="bf16")
        yield Point(kind, n=1, c=16, size=(300, ), filter=(31, ), pad_low=(15, ))
        yield Point(kind, n=1, c=8, size=(40, 37), filter=(5, 3), pad_low=(2, 1), out="f16")


def layout_points():
    for index, layouts in enumerate([("nchw", "chw", "nchw"), ("nhwc", "chw", "nchw"),
                                     ("nchw", "hwc", "nhwc"), ("hwnc", "hcw", "cnhw")]):
        for kind in KINDS:
            dtype, out = TYPES[index]
            yield Point(kind, n=2, c=10, size=(6, 9), strides=(1, 2), layouts=layouts, dtype=dtype,
                        out=out, steps=("bias_row", ) if index % 2 else ())


def epilogue_points():
    for index, steps in enumerate([("bias_row", "relu"), ("scale", ), ("residual", "relu"),
                                   ("bias_row", "silu"), ("multiply", ), ("bias_image", "clamp"),
                                   ("gelu_tanh", ), ("bias_row", "residual", "clamp")]):
        for number in (0, 1):
            dtype, out = TYPES[(index + number) % 5]
            yield Point(KINDS[(index + number) % 4], n=2, c=(24, 7)[number], size=(8, 6),
                        pad_low=(1, 1), dtype=dtype, out=out, steps=steps)


CASES = on_chips([*window_points(), *extent_points(), *layout_points(), *epilogue_points()])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_window(case, window_runner):
    window_runner.check(case, CASES)
