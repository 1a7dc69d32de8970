# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions with pinned schedules and of all types: tiles that end inside rows of
pixels and between taps, slices of k, clusters, both roles."""

import pytest
from conv_cases import KINDS, name
from conv_draw import E4M3, E5M2, TF32
from conv_gen import Point

LDMATRIX = [
    "tile = [64, 64, 32], warps = [2, 2], stages = 2",
    "tile = [64, 64, 64], warps = [2, 2], stages = 3",
    "tile = [128, 64, 32], warps = [2, 2], stages = 4, raster = row",
    "tile = [128, 128, 32], warps = [2, 2], stages = 3, raster = grouped 2",
    "tile = [64, 128, 32], warps = [2, 2], stages = 3, raster = column",
]
SLICES = "tile = [64, 64, 32], warps = [2, 2], stages = 3, split = split_k 3"


def wgmma(tile, warps, stages, roles="cooperative", more=""):
    return (f"engine = wgmma, roles = {roles}, copy = tma_im2col, persistent = true, "
            f"regs = [24, 240], tile = [{tile}], warps = [{warps}], stages = {stages}{more}")


WGMMA = [
    wgmma("128, 64, 64", "2, 1", 4), wgmma("64, 64, 64", "1, 1", 3),
    wgmma("128, 128, 64", "2, 1", 4, more=", raster = grouped 4"),
    wgmma("64, 128, 64", "2, 1", 4, "pingpong"),
    wgmma("128, 64, 64", "2, 1", 4, more=", cluster = [2, 1]"),
    wgmma("128, 128, 64", "2, 1", 3, more=", cluster = [1, 2]"),
    wgmma("128, 64, 64", "2, 1", 4, more=", split = split_k 3"),
]


def cases():
    for index, schedule in enumerate(LDMATRIX):
        for number, kind in enumerate(KINDS):
            yield "sm_80", Point(kind, n=2, c=24, f=72, size=(13, 9), filter=(3, 3), pad_low=(1, 1),
                                 strides=(1, 1 + index % 2), schedule=schedule, out="f32",
                                 dtype=("f16", "bf16")[(index + number) % 2])
    for kind in KINDS:
        # Slices are equal: 9 or 3 steps.
        yield "sm_80", Point(kind, n=3, c=32, f=32, size=(8, 4), filter=(3, 3), pad_low=(1, 1),
                             schedule=SLICES, steps=("bias_row", ))
    for index, schedule in enumerate(WGMMA):
        for number, kind in enumerate(KINDS[:2]):
            yield "sm_90a", Point(kind, n=2, c=64, f=128, size=(13, 9), filter=(3, 3), pad_low=(1, 1),
                                  strides=(1 + index % 2 * (1 - number), 1), schedule=schedule,
                                  out="f32", dtype=("f16", "bf16")[(index + number) % 2])
    for dtype, c, out, attributes in [("f32", 32, "f32", TF32), ("f32", 64, "bf16", TF32),
                                      (E4M3, 128, "f32", ""), (E5M2, 128, "bf16", ""),
                                      ("i8", 128, "i32", ""), ("i8", 256, "bf16", "")]:
        for size, window, strides in [((13, 9), (3, 3), (1, 1)), ((8, 12), (2, 3), (2, 1)),
                                      ((5, 6, 4), (3, 1, 2), (1, 1, 2)), ((40, ), (5, ), (2, ))]:
            yield "sm_90a", Point("fprop", n=2, c=c, f=48, size=size, filter=window, strides=strides,
                                  pad_low=(1, ) * len(size), dtype=dtype, out=out,
                                  attributes=attributes)


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_schedule(case, conv_runner):
    conv_runner.check(case, CASES)
