# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions as they come from a front end: every named operation of linalg and the
generic form, gradients too, padding before them, elementwise operations behind them."""

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


def gradients():
    """Of 64 channels TMA copies both tensors; padding is at most what a tap reaches."""
    windows = [((3, ), 1, 1, (1, )), ((3, ), 2, 1, (1, )), ((1, ), 2, 1, (0, )), ((4, ), 2, 1, (1, )),
               ((2, ), 1, 2, (1, )), ((3, ), 3, 2, (2, )), ((5, ), 1, 1, (0, ))]
    for index, (taps, stride, dilation, pad) in enumerate(windows):
        for kind in ("dgrad", "wgrad"):
            for rank in (1, 2, 3):
                s, grouped = SPATIAL[rank], index % 3 == 2 and rank == 2
                first = ("" if grouped or index % 2 else f"nc{s}", *["fc" + s, "nf" + s])
                layouts = ((f"n{s}gc", f"g{s}cf", f"n{s}gf") if grouped else
                           first if first[0] else ("", f"{s}cf", ""))
                yield Point(kind, n=3, c=16, f=24, groups=1 + grouped, size=SIZES[rank],
                            filter=taps * rank, strides=(stride, ) * rank,
                            dilations=(dilation, ) * rank, pad_low=pad * rank, layouts=layouts,
                            out=("f32", "f16")[index % 2],
                            steps=() if kind == "wgrad" else STEPS[(index + rank) % 5])
    for kind in ("dgrad", "wgrad"):
        for stride in (1, 2):
            yield Point(kind, n=2, c=64, f=128, size=(12, 10), filter=(3, 3), pad_low=(1, 1),
                        strides=(stride, ) * 2, dtype="bf16")
    # A channel in each group; loops over images of channels last, which are a filter's
    # gradient as well; one image of several groups.
    yield Point("wgrad", n=3, c=1, f=1, groups=24, size=(9, 11), filter=(3, 3), pad_low=(1, 1),
                layouts=("nhwg", "ghw", "nhwg"))
    yield Point("dgrad", n=3, c=1, f=1, groups=24, size=(9, 11), filter=(3, 3), pad_low=(1, 1),
                strides=(2, 2), layouts=("nhwg", "hwg", "nhwg"), out="f16", steps=("relu", ))
    yield Point("fprop", n=16, c=5, f=8, size=(9, 11), filter=(3, 3), pad_low=(1, 1),
                layouts=("chwn", "chwf", "fhwn"), steps=("bias_row", "relu"))


CASES = on_chips([*points(), *gradients()])


@pytest.fixture(scope="module")
def linalg_runner(dlk_opt, dlk_run, tmp_path_factory):
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("linalg"),
                         conv_linalg.module_text, conv_reference.compute)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_linalg(case, linalg_runner):
    linalg_runner.check(case, CASES)
