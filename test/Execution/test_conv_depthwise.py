# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Depthwise convolutions as dlk.conv, forward and data gradient, which windows compute;
what they do not compute is a product of groups."""

from dataclasses import replace

import pytest
from conv_cases import WINDOWS, name, on_chips, window
from conv_gen import Point


def points():
    base = Point(n=2, c=1, f=1, groups=24, size=(9, 11), filter=(3, 3), pad_low=(1, 1))
    for index in range(len(WINDOWS)):
        for kind in ("fprop", "dgrad"):
            shape = window(2, index, mixed=True)
            yield replace(base, kind=kind, dtype=("f16", "bf16")[index % 2], **shape)
            yield replace(base, kind=kind, groups=(8, 5)[index % 2], **dict(shape, strides=(1, 1)))
    for kind in ("fprop", "dgrad"):
        yield replace(base, kind=kind, dtype="f32", attributes="precision tf32")
        yield replace(base, kind=kind, filter=(7, 7), pad_low=(3, 3), out="f16", steps=("bias_row", "relu"))
        yield replace(base, kind=kind, filter=(5, 3), pad_low=(0, 4), pad_high=(3, 1), groups=96, steps=("residual", ))
        yield replace(base, kind=kind, layouts=("nchw", "fchw", "nfhw"))
        yield replace(base, kind=kind, layouts=("nhwc", "hwcf", "nhwf"), dilations=(2, 1))
        yield replace(base, kind=kind, size=(17, ), filter=(4, ), pad_low=(1, ))
        yield replace(base, kind=kind, size=(5, 6, 7), filter=(3, 2, 3), pad_low=(1, 0, 1))
        yield replace(base, kind=kind, n=1, size=(1, 1), groups=3)
        yield replace(base, kind=kind, n=0)


CASES = on_chips(points())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_depthwise(case, conv_runner):
    conv_runner.check(case, CASES)
