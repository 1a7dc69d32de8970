# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions and both gradients on sm_90a with schedules of wgmma, whose operands TMA
finds by itself: images by mode im2col, filters tap by tap."""

from dataclasses import replace

import pytest
from conv_cases import KINDS, name, on_chips
from conv_gen import Point


def schedule(tile="[128, 64, 64]", more="", epilogue="staged"):
    return ("engine = wgmma, roles = cooperative, copy = tma_im2col, persistent = true, regs = [40, 232], "
            f"tile = {tile}, warps = [2, 1], stages = 3, epilogue = {epilogue}{more}")


def points():
    base = Point(n=2, c=64, f=64, size=(9, 7), pad_low=(1, 1), schedule=schedule())
    # Steps along k are of one tap, so channels need not fill them; of wgrad's result they fill columns.
    whole = [dict(c=64, f=40), dict(strides=(8, 8), size=(40, 33)), dict(pad_low=(-1, 0), pad_high=(0, -2)),
             dict(pad_low=(5, 4), pad_high=(6, 7)), dict(n=1, size=(1, 1)),
             dict(size=(130, ), filter=(5, ), pad_low=(2, ), dilations=(3, )),
             dict(size=(5, 6, 7), filter=(3, 3, 3), pad_low=(1, 1, 1), strides=(1, 2, 1)),
             dict(dilations=(2, 3), strides=(2, 1), size=(17, 16)),
             dict(filter=(1, 1), strides=(2, 2), pad_low=(0, 0)),
             dict(groups=3), dict(groups=3, filter=(1, 1), strides=(2, 2), pad_low=(0, 0)),
             dict(layouts=("nhwc", "hwcf", "nhwf")), dict(schedule=schedule("[128, 64, 128]")),
             dict(schedule=schedule(more=", cluster = [2, 1]")),
             dict(schedule=schedule(more=", cluster = [1, 2]"), c=192, f=192),
             dict(schedule=schedule(more=", split = split_k 2")),
             dict(schedule=schedule(more=", split = stream_k")),
             dict(schedule=schedule(more=", swap_ab = true", epilogue="stmatrix_tma"))]
    for kind in KINDS:
        for change in whole:
            yield replace(base, kind=kind, **change)
    for kind in ("fprop", "dgrad"):
        for c, f in ((8, 8), (24, 40), (40, 24), (72, 200)):
            yield replace(base, kind=kind, c=c, f=f, dtype="bf16")
            # The output's gradient is a matrix in memory, the filter's taps are not.
            yield replace(base, kind=kind, c=c, f=f, filter=(1, 1), strides=(2, 2), pad_low=(0, 0))
    yield replace(base, kind="dgrad", layouts=("nhwc", "hwfc", "nhwf"), c=40, f=24)


CASES = on_chips(points(), ("sm_90a", ))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_im2col(case, conv_runner):
    conv_runner.check(case, CASES)
