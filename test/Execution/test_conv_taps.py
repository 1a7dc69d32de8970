# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients with strides, whose tiles leave out the taps that their class of pixels
does not have: right, and as few products as that."""

import json
import subprocess
from dataclasses import replace

import pytest
from conv_cases import name, on_chips
from conv_gen import Point, module_text

BASE = Point(kind="dgrad", n=2, c=64, f=64, size=(9, 8), strides=(2, 2), pad_low=(1, 1))
HOPPER = ("engine = wgmma, roles = {}, copy = tma_im2col, persistent = true, regs = [40, 232], "
          "tile = [{}], warps = [2, 1], stages = 3, epilogue = staged{}")


def points():
    changes = [dict(), dict(filter=(1, 1), pad_low=(0, 0)), dict(filter=(5, 5), strides=(3, 2)),
               dict(dilations=(2, 1)), dict(dilations=(2, 2)), dict(strides=(4, 4), filter=(3, 2)),
               dict(groups=2), dict(groups=4, c=16, f=16, pack=4), dict(groups=4, c=16, f=8, pack=2),
               dict(c=40, f=32), dict(pad_low=(0, 2), steps=("relu", )),
               dict(size=(7, 6, 5), filter=(3, 3, 3), strides=(2, 1, 2), pad_low=(1, 1, 1)),
               dict(size=(33, ), filter=(7, ), strides=(5, ), pad_low=(2, )),
               dict(layouts=("nchw", "fchw", "nfhw")), dict(f=72), dict(strides=(6, 7), size=(13, 15))]
    for change in changes:
        yield replace(BASE, **change)
        # Small tiles of k: several steps of each tap.
        if change.get("f", 64) % 16 == 0 and "layouts" not in change:
            yield replace(BASE, **change, schedule="tile = [64, 64, 16], warps = [2, 2], stages = 4")


def hopper_points():
    for roles, tile, more in [("cooperative", "128, 64, 64", ""), ("cooperative", "128, 128, 64", ", cluster = [2, 1]"),
                              ("cooperative", "128, 64, 64", ", cluster = [1, 2]"), ("pingpong", "64, 64, 64", ""),
                              ("cooperative", "128, 64, 64", ", split = split_k 2"),
                              ("cooperative", "128, 64, 64", ", split = stream_k")]:
        for change in (dict(), dict(groups=8, c=16, f=16, pack=4), dict(filter=(1, 1), pad_low=(0, 0), f=128), dict(strides=(3, 2), f=200, c=136)):
            yield replace(BASE, **change, schedule=HOPPER.format(roles, tile, more))


CASES = on_chips(points()) + on_chips(hopper_points(), ("sm_90a", ))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_taps(case, conv_runner):
    conv_runner.check(case, CASES)


@pytest.mark.parametrize("filter_, pad, steps", [((3, 3), (1, 1), 2 * 9), ((1, 1), (0, 0), 2 + 3)])
@pytest.mark.parametrize("chip", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("groups", [1, 4])
def test_products(dlk_opt, dlk_run, tmp_path, chip, groups, filter_, pad, steps):
    """Four classes of one tile each, their taps in two steps of 64 channels: 3x3 has 4,
    2, 2 and 1 taps; 1x1 has one in one class, and the others have a step of zeros."""
    schedule = "tile = [64, 64, 64], warps = [2, 2], stages = 3"
    products = 4 * 8 * 4  # m16n8k16 of a step
    if chip == "sm_90a":
        schedule, products = HOPPER.format("cooperative", "128, 64, 64", ""), 2 * 4  # m64n64k16
    point = replace(BASE, n=1, c=64 // groups, f=128 // groups, groups=groups, pack=groups, size=(14, 14), filter=filter_, pad_low=pad, pad_high=pad, schedule=schedule)
    subprocess.run([dlk_opt, "-", f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", str(tmp_path)],
                   input=module_text([point]), text=True, check=True)
    subprocess.run([dlk_run, str(tmp_path / "plan.json"), "--device=cpu", "--random", "1",
                    "--stats", str(tmp_path / "stats.json")], check=True)
    (launch,) = json.loads((tmp_path / "stats.json").read_text())["launches"]
    assert sum(launch["stats"]["tensor"].values()) == steps * products
