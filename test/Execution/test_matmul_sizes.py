# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every size from 0 up, multiples of nothing included, in all layouts and types."""

import itertools

import pytest
from matmul_gen import Point

SIZES = [1, 2, 7, 8, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129, 200, 256, 257]
DEPTHS = [1, 2, 3, 8, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 96, 100, 127, 128, 129, 160, 256]
LAYOUTS = ["NN", "NT", "TN", "TT"]
DTYPES = ["f16", "bf16"]


def turning(index):
    """Layout, types and form that change from point to point."""
    dtype = DTYPES[index % 2]
    return {"layout": LAYOUTS[index % 4], "dtype": dtype,
            "out": dtype if index // 2 % 2 else "f32",
            "form": ["maps", "generic"][index // 4 % 2]}


def size_points():
    """Each size as M and as N, next to three others, at changing depths."""
    index = itertools.count()
    for step, start in [(5, 0), (7, 3), (11, 8)]:
        for i, m in enumerate(SIZES):
            n = SIZES[(i * step + start) % len(SIZES)]
            yield Point(m, n, DEPTHS[(i * 4 + start) % len(DEPTHS)], **turning(next(index)))


def depth_points():
    """Each depth on a tile that is whole and on one that is not."""
    for i, k in enumerate(DEPTHS):
        yield Point(64, 64, k, **turning(i))
        yield Point(65, 33, k, **turning(i + 5))


def empty_points():
    """No rows, no columns, no depth: the sum over nothing is zero."""
    for m, n, k in [(0, 64, 32), (64, 0, 32), (64, 48, 0), (0, 0, 0), (1, 1, 0), (0, 7, 0)]:
        yield Point(m, n, k)
        yield Point(m, n, k, dtype="bf16", out="bf16", steps=("bias_row", "relu"))
    yield Point(33, 65, 0, accumulate=True)


POINTS = list(dict.fromkeys([*size_points(), *depth_points(), *empty_points()]))


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_size(point, runner):
    runner.check(point, POINTS)
