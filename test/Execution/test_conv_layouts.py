# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layouts of the three tensors of a convolution: channels first and last, groups in
dimensions of their own, filters in any order."""

import pytest
from conv_cases import KINDS, SIZES, name, on_chips
from conv_gen import SPATIAL, Point


def layouts(s):
    """Of a convolution without groups."""
    yield f"n{s}c", f"{s}cf", f"n{s}f"
    yield f"nc{s}", f"fc{s}", f"nf{s}"
    yield f"nc{s}", f"f{s}c", f"n{s}f"
    yield f"n{s}c", f"fc{s}", f"nf{s}"
    yield f"c{s}n", f"c{s}f", f"f{s}n"


def grouped(s):
    yield f"n{s}c", f"f{s}c", f"n{s}f"
    yield f"nc{s}", f"fc{s}", f"nf{s}"
    yield f"n{s}gc", f"gf{s}c", f"n{s}gf"
    yield f"ngc{s}", f"gfc{s}", f"ngf{s}"
    yield f"ngc{s}", f"fgc{s}", f"ngf{s}"
    yield f"gn{s}c", f"g{s}cf", f"gn{s}f"


def points():
    for rank in (1, 2, 3):
        both = [(text, 1) for text in layouts(SPATIAL[rank])]
        both += [(text, 2) for text in grouped(SPATIAL[rank])]
        for index, (text, groups) in enumerate(both):
            for number, kind in enumerate(KINDS):
                yield Point(kind, n=2, c=8, f=16 if index % 2 else 6, groups=groups, size=SIZES[rank],
                            filter=(3, ) * rank, strides=(1 + index % 2, ) * rank,
                            pad_low=(1, ) * rank, layouts=text,
                            dtype=("f16", "bf16")[(index + number) % 2])


CASES = on_chips(points())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_layout(case, conv_runner):
    conv_runner.check(case, CASES)
