# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All layouts, types and ways to write the operation, with and without a batch."""

import itertools

import pytest
from matmul_gen import Point

LAYOUTS = ["NN", "NT", "TN", "TT"]
DTYPES = ["f16", "bf16"]


def plain_points():
    for layout, dtype, wide, form in itertools.product(LAYOUTS, DTYPES, [True, False],
                                                       ["maps", "generic"]):
        yield Point(96, 80, 48, layout=layout, dtype=dtype, out="f32" if wide else dtype,
                    form=form)
    for dtype, wide in itertools.product(DTYPES, [True, False]):
        yield Point(72, 136, 64, dtype=dtype, out="f32" if wide else dtype, form="named")


def batch_points():
    for index, (layout, dtype, batch) in enumerate(itertools.product(LAYOUTS, DTYPES, [1, 3])):
        yield Point(40, 72, 33 + index, layout=layout, dtype=dtype, batch=batch,
                    out=["f32", dtype][index % 2], form=["maps", "generic"][index // 2 % 2])
    yield Point(130, 70, 64, batch=2, form="named")
    yield Point(64, 64, 32, batch=5, form="named", dtype="bf16", out="bf16")
    yield Point(64, 64, 32, batch=0, form="named")
    yield Point(17, 31, 0, batch=2, form="named", steps=("bias_row",))


POINTS = [*plain_points(), *batch_points()]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_layout(point, runner):
    runner.check(point, POINTS)
