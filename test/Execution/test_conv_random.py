# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Seeded draws from everything at once; scripts/fuzz-conv draws on."""

import dataclasses

import pytest
from conv_cases import CHIPS, name
from conv_draw import draws, reduce
from conv_gen import Point

COUNT = 50
CASES = [(chip, point) for chip in CHIPS for point in draws(20, COUNT, chip, {"f16", "bf16"})]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_random(case, conv_runner):
    conv_runner.check(case, CASES)


def test_reduction():
    """A failure that needs a stride and five channels is left with these alone."""
    point = dataclasses.replace(Point(), c=40, n=3, size=(9, 9), strides=(2, 3), dilations=(2, 1),
                                pad_low=(1, 1), steps=("relu", ), layouts=("nchw", "fchw", "nfhw"))
    smallest, message = reduce(
        point, lambda p: "wrong" if p.c >= 5 and max(p.stride) == 3 else "")
    assert message == "wrong"
    assert smallest == Point(f=1, c=5, size=(1, ), filter=(1, ), strides=(3, ), dilations=(1, ),
                             pad_low=(0, ), pad_high=(0, ), layouts=smallest.layouts)


def test_draws_repeat():
    assert draws(1, 5, "sm_80") == draws(1, 5, "sm_80") != draws(2, 5, "sm_80")
