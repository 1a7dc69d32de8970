# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions with pooling of 2x2 behind them: one kernel, whose staged epilogue combines
four rows, and where that is not possible two."""

import dataclasses
import json

import conv_gen
import conv_reference
import numpy as np
import pytest
import reference
from conv_cases import name, on_chips
from harness import RunnerOfChips
from matmul_gen import tensor


@dataclasses.dataclass(frozen=True)
class Point(conv_gen.Point):
    pool: str = "max"

    def __str__(self):
        return f"{self.pool}-{super().__str__()}"

    @property
    def pooled(self):
        return [self.n, *(extent // 2 for extent in self.output), self.f]


def function_text(point, function):
    """The convolution's function, which pools what it returned."""
    text = conv_gen.function_text(point, function)
    whole, pooled = tensor(point.shape(2), point.out), tensor(point.pooled, point.out)
    head, end = text.split(f"  return %r : {whole}")
    rounding = [] if point.out == "f32" else [f"    %t = arith.truncf %m : f32 to {point.out}"]
    result = "%t" if rounding else "%m"
    return "\n".join([
        head.replace(f"-> {whole} {{", f"-> {pooled} {{", 1) + f"  %empty = tensor.empty() : {pooled}",
        f"  %p = dlk.window {point.pool} ins(%r : {whole}) outs(%empty : {pooled}) "
        'layouts "nhwc" "nhwc" window [2, 2] strides [2, 2] dilations [1, 1] pad_low [0, 0] '
        "pad_high [0, 0] {", "  ^bb0(%m: f32):", *rounding,
        f"    dlk.yield {result} : {point.out}", f"  }} -> {pooled}", f"  return %p : {pooled}" + end])


def module_text(points):
    return "\n\n".join(function_text(point, f"p{i}") for i, point in enumerate(points)) + "\n"


def compute(point, arrays):
    values, bound = conv_reference.compute(point, arrays)
    n, p, q, f = point.pooled

    def windows(array):
        return array[:, :2 * p, :2 * q].reshape(n, p, 2, q, 2, f)

    if point.pool != "sum":
        reduce = np.max if point.pool == "max" else np.min
        return reduce(windows(values), (2, 4)), np.max(windows(bound), (2, 4))
    x, error = windows(values).sum((2, 4)), windows(bound).sum((2, 4))
    unit = 2.0**-22 if point.out == "f32" else reference.UNIT[point.out]
    return x, error + unit * (windows(np.abs(values)).sum((2, 4)) + error) + 1e-7


STEPS = ((), ("bias_row", "relu"), ("residual", "relu"))
TYPES = (("f16", "f16"), ("bf16", "bf16"), ("f16", "f32"))


def make_points():
    for index, pool in enumerate(("max", "min", "sum")):
        dtype, out = TYPES[index]
        yield Point(pool=pool, n=2, c=16, f=64, size=(8, 12), pad_low=(1, 1), dtype=dtype, out=out,
                    steps=STEPS[index])
        yield Point(pool=pool, n=3, c=5, f=7, size=(7, 9), filter=(2, 2), dtype=out, out=out,
                    attributes="precision tf32" if out == "f32" else "", steps=STEPS[1])
        yield Point(pool=pool, n=2, c=8, f=40, size=(7, 13), strides=(2, 1), pad_low=(1, 0),
                    pad_high=(2, 1), dtype=dtype, out=out, steps=STEPS[(index + 2) % 3])
        yield Point(pool=pool, c=32, f=130, size=(2, 2), filter=(1, 1), dtype=dtype, out=out)
        yield Point(pool=pool, n=2, c=24, f=136, size=(18, 34), pad_low=(1, 1), dtype=dtype, out=out,
                    steps=STEPS[1], schedule="tile = [64, 128, 32], warps = [2, 2], stages = 2")


def make_unfused():
    yield Point(n=2, c=16, f=16, size=(7, 6), pad_low=(1, 1), out="f16")
    yield Point(pool="sum", n=2, c=16, f=16, size=(6, 6), pad_low=(1, 1), out="f16",
                schedule="tile = [64, 64, 48], warps = [2, 2], stages = 2, split = split_k 3")


CASES = on_chips(make_points())
UNFUSED = on_chips(make_unfused())


@pytest.fixture(scope="module")
def runners(dlk_opt, dlk_run, tmp_path_factory):
    return RunnerOfChips(dlk_opt, dlk_run, tmp_path_factory.mktemp("pool"), module_text, compute)


def count_launches(runners, case, cases):
    chip, point = case
    bundle, function = runners.runners[chip].get_bundle(point, [p for c, p in cases if c == chip])
    plan = json.loads((bundle / "plan.json").read_text())
    return next(len(f["launches"]) for f in plan["functions"] if f["name"] == function)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_one_kernel(case, runners):
    runners.check(case, CASES)
    assert count_launches(runners, case, CASES) == 1


@pytest.mark.parametrize("case", UNFUSED, ids=name)
def test_two_kernels(case, runners):
    runners.check(case, UNFUSED)
    assert count_launches(runners, case, UNFUSED) > 1
