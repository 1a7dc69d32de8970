# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions as they come from a front end: every named operation of linalg and the
generic form, padding before them, elementwise operations behind them."""

import conv_linalg
import conv_reference
import pytest
from conv_cases import SIZES, name, on_chips
from conv_gen import SPATIAL, Point
from harness import RunnerOfChips

STEPS = [(), ("bias_row", "relu"), ("bias_row", ), ("residual", "clamp"), ("scale", "silu")]


def points():
    for index, layouts in enumerate(conv_linalg.NAMED):
        rank = sum(letter in "dhw" for letter in layouts[0])
        for number in range(4):
            dtype = ("f16", "bf16")[(index + number) % 2]
            yield Point("fprop", n=2, c=8, f=12, groups=1 + 2 * ("g" in layouts[0]), size=SIZES[rank],
                        filter=(3, ) * rank, strides=(1 + number % 2, ) * rank,
                        dilations=(1 + number // 3, ) * rank, pad_low=(number % 3, ) * rank,
                        pad_high=(1, ) * rank if number else (), layouts=layouts, dtype=dtype,
                        out=("f32", dtype)[number // 2], steps=STEPS[(index + number) % 5])
    for index, rank in enumerate((1, 2, 2, 3)):
        s = SPATIAL[rank]
        for steps in STEPS:
            yield Point("fprop", n=2, c=6, f=8, groups=1 + index % 2, size=SIZES[rank],
                        filter=(2, ) * rank, strides=(1 + index % 2, ) * rank,
                        layouts=(f"gn{s}c", f"g{s}fc", f"n{s}gf") if index % 2 else
                        (f"c{s}n", f"{s}fc", f"f{s}n"), steps=steps, out="bf16", dtype="bf16")
    # One pixel a window: products.
    for layouts in [("nhwc", "fhwc", "nhwf"), ("nchw", "fchw", "nfhw"), ("nhwc", "hwcf", "nhwf")]:
        yield Point("fprop", n=3, c=24, f=40, size=(5, 7), filter=(1, 1), layouts=layouts, dtype="bf16",
                    out="bf16", steps=("bias_row", "relu"))
        yield Point("fprop", n=3, c=24, f=40, size=(5, 7), filter=(1, 1), layouts=layouts,
                    strides=(2, 2))


CASES = on_chips(points())


@pytest.fixture(scope="module")
def linalg_runner(dlk_opt, dlk_run, tmp_path_factory):
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("linalg"),
                         conv_linalg.module_text, conv_reference.compute)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_linalg(case, linalg_runner):
    linalg_runner.check(case, CASES)
