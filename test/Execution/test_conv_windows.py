# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions and both gradients with all sorts of windows, in one to three
dimensions: strides, dilations and padding that differ, crop, and skip input."""

import pytest
from conv_cases import KINDS, SIZES, WINDOWS, name, on_chips, window
from conv_gen import Point


def points():
    channels = [(16, 24), (8, 16), (24, 8), (6, 10)]
    for rank in (1, 2, 3):
        for index in range(len(WINDOWS)):
            for number, kind in enumerate(KINDS):
                c, f = channels[(index + number) % 4]
                dtype = ("f16", "bf16")[(index + number) % 2]
                yield Point(kind, n=2, c=c, f=f, size=SIZES[rank], dtype=dtype,
                            out="f32" if index % 3 else dtype,
                            **window(rank, index, mixed=index % 2 == 1))


CASES = on_chips(points())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_window(case, conv_runner):
    conv_runner.check(case, CASES)
