# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise steps fused into convolutions, with operands for each channel, image or
element, and results of all types."""

import pytest
from conv_cases import KINDS, name, on_chips
from conv_gen import Point

CHAINS = [("bias_row", ), ("bias_row", "relu"), ("residual", "relu"), ("multiply", ), ("clamp", ),
          ("bias_row", "silu"), ("gelu_tanh", ), ("scale", "gelu_erf"), ("sigmoid", "multiply"),
          ("bias_row", "residual", "relu"), ("bias_image", ), ("scale", "bias_row", "clamp")]


def points():
    for index, steps in enumerate(CHAINS):
        for number, kind in enumerate(KINDS):
            if kind == "wgrad" and "bias_image" in steps:
                continue  # filters have no image
            dtype = ("f16", "bf16")[(index + number) % 2]
            yield Point(kind, n=3, c=24, f=16 + 4 * (index % 2), size=(6, 7), filter=(3, 2),
                        strides=(1 + index % 2, 1), pad_low=(1, 0), dtype=dtype, steps=steps,
                        out="f32" if index % 2 else dtype)
    yield Point("fprop", n=2, c=8, f=6, size=(5, 5), layouts=("nchw", "fchw", "nfhw"),
                steps=("bias_row", "residual"))
    yield Point("fprop", n=2, c=8, f=6, groups=3, size=(5, 5), steps=("bias_row", "residual"))
    yield Point("dgrad", n=2, c=8, f=6, groups=3, size=(5, 5), steps=("bias_row", "residual"))


CASES = on_chips(points())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_epilogue(case, conv_runner):
    conv_runner.check(case, CASES)
