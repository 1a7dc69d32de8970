# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise operations after the product, alone and combined."""

import itertools

import pytest
from matmul_gen import Point

EPILOGUES = [
    ("bias_row",), ("bias_column",), ("residual",), ("multiply",), ("relu",), ("scale",),
    ("clamp",), ("sigmoid",), ("silu",), ("gelu_tanh",), ("gelu_erf",),
    ("bias_row", "relu"), ("bias_row", "gelu_tanh"), ("bias_column", "gelu_erf", "scale"),
    ("bias_row", "silu", "residual"), ("scale", "residual", "clamp"),
    ("bias_row", "bias_column", "residual", "multiply", "relu"),
]


def points():
    for index, (steps, dtype) in enumerate(itertools.product(EPILOGUES, ["f16", "bf16"])):
        # A whole tile whose result is stored in 16-byte pieces, and one that is neither.
        yield Point(128, 128, 64, dtype=dtype, out=dtype, steps=steps)
        yield Point(65, 101, 40, dtype=dtype, out=["f32", dtype][index // 2 % 2], steps=steps,
                    chain=index % 3 == 0, layout=["NT", "TN", "NN"][index % 3])
    for dtype in ["f16", "bf16"]:
        yield Point(64, 96, 64, dtype=dtype, accumulate=True)
        yield Point(67, 31, 33, dtype=dtype, accumulate=True, out=dtype, steps=("relu",))
        yield Point(64, 64, 48, dtype=dtype, accumulate=True, out=dtype,
                    steps=("bias_row", "gelu_tanh", "residual"))
        yield Point(50, 70, 32, dtype=dtype, batch=3, out=dtype, steps=("bias_row", "relu"))
        yield Point(33, 48, 16, dtype=dtype, batch=2, steps=("residual", "sigmoid"))


POINTS = list(points())


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_epilogue(point, runner):
    runner.check(point, POINTS)
