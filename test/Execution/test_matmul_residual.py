# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Residuals that travel through the ring of the main loop (sm_90a): types, tiles,
consumers, batches, sizes that fit and sizes that do not, and those that TMA cannot
copy and threads read from global memory."""

import json
import re

import pytest
from harness import run_tool
from matmul_gen import Point
from test_matmul_hopper import schedule

# Tile, warps, stages, cluster, roles, registers.
COOPERATIVE = ("128, 256, 64", "2, 1", 3, "2, 1")
SCHEDULES = {
    "rows": COOPERATIVE,
    "columns": ("128, 128, 64", "1, 2", 4, "1, 2"),
    "bands": ("256, 128, 64", "2, 1", 3, "1, 1"),
    "three": ("192, 192, 64", "3, 1", 3, "1, 1", "cooperative", "32, 160"),
    "one": ("64, 96, 64", "1, 1", 4, "1, 1"),
    "narrow": ("64, 8, 128", "1, 1", 4, "1, 1"),
    "turns": ("128, 128, 64", "2, 1", 4, "2, 1", "pingpong", "24, 240"),
    "wide turns": ("64, 256, 64", "2, 1", 4, "1, 1", "pingpong", "24, 240"),
}


def text(name, epilogue="stmatrix_tma"):
    tile, warps, stages, cluster, *rest = SCHEDULES[name]
    roles, regs = rest or ("cooperative", "40, 232")
    return schedule(tile, warps, stages, cluster, epilogue, regs, roles)


# Schedule, types (operands, result, residual; f32 with `accumulate`), steps.
FORMS = [
    ("rows", "bf16", "bf16", "", ("residual",)),
    ("rows", "f16", "f16", "", ("bias_row", "residual", "relu")),
    ("rows", "bf16", "bf16", "f32", ("residual", "relu")),
    ("rows", "bf16", "f32", "", ("residual",)),
    ("rows", "f16", "f32", "f16", ("residual", "bias_column")),
    ("columns", "bf16", "bf16", "", ("residual", "gelu_tanh")),
    ("columns", "f16", "f16", "f32", ("residual",)),
    ("bands", "bf16", "bf16", "", ("multiply", "bias_row")),
    ("three", "f16", "f16", "", ("residual",)),
    ("one", "bf16", "bf16", "", ("residual", "relu")),
    ("one", "f16", "f16", "f32", ("residual",)),
    ("narrow", "f16", "f16", "", ("residual",)),
    ("turns", "bf16", "bf16", "", ("residual", "relu")),
    ("turns", "f16", "f16", "f32", ("residual",)),
    ("wide turns", "bf16", "f32", "bf16", ("residual",)),
]


def points():
    for index, (name, dtype, out, operand, steps) in enumerate(FORMS):
        # Tiles of other columns than multiples of 64 have the rhs along k.
        layouts = ["NT", "TT"] * 2 if name in ("one", "narrow") else ["NT", "NN", "TN", "TT"]
        form = dict(dtype=dtype, out=out, operand=operand, steps=steps, schedule=text(name))
        # More tiles than blocks of a small chip have; tails in both dimensions, k
        # below a stage, batches.
        yield Point(512, 768, 200, layout=layouts[index % 2], **form)
        yield Point(200, 296, 40, layout=layouts[(index + 1) % 4], batch=2 if index % 3 == 0 else None,
                    **form)


# The residual of all batches, two matrices of which the second is read by threads,
# 16-byte stores, the initial value of the sum.
OTHERS = [
    Point(200, 264, 72, dtype="bf16", out="bf16", layout="NT", batch=3,
          steps=("residual_plane", "relu"), schedule=text("rows")),
    Point(200, 264, 72, dtype="f16", out="f16", layout="NT", steps=("residual", "multiply"),
          schedule=text("rows")),
    Point(264, 136, 136, dtype="bf16", out="bf16", layout="TN", steps=("residual",),
          schedule=text("rows", "staged")),
    Point(264, 136, 136, dtype="f16", out="f16", layout="TN", steps=("residual",),
          schedule=text("turns", "staged")),
    Point(256, 512, 128, dtype="bf16", out="bf16", layout="NT", accumulate=True,
          schedule=text("rows")),
    Point(136, 264, 72, dtype="f16", out="f32", layout="NT", accumulate=True,
          schedule=text("turns")),
]
RING = [*points(), *OTHERS]
# Rows that do not start at multiples of 16 bytes.
GLOBAL = [
    Point(200, 300, 72, dtype="bf16", out="bf16", layout="NT", steps=("residual",),
          schedule=text("rows", "staged")),
    Point(200, 330, 72, dtype="f16", out="f32", layout="NT", operand="f16", steps=("residual",),
          schedule=text("columns", "staged")),
]


@pytest.mark.parametrize("point", RING, ids=str)
def test_ring(point, hopper_runner):
    hopper_runner.check(point, RING)


@pytest.mark.parametrize("point", GLOBAL, ids=str)
def test_global(point, hopper_runner):
    hopper_runner.check(point, GLOBAL)


def loads(hopper_runner, point, pattern):
    folder = hopper_runner.compile([point])
    (ptx,) = folder.glob("*.ptx")
    return len(re.findall(pattern, ptx.read_text()))


GLOBAL_LOADS = r"\bld\.global"


def test_who_reads(hopper_runner):
    """Threads read no element of the residual from global memory, where TMA can."""
    assert loads(hopper_runner, RING[0], GLOBAL_LOADS) == 0
    assert loads(hopper_runner, RING[0], "ldmatrix") > 0
    assert loads(hopper_runner, GLOBAL[0], GLOBAL_LOADS) > 0


def stats(runner, point):
    """The executor's counters of one run."""
    folder = runner.compile([point])
    out = folder / "stats.json"
    run_tool([runner.dlk_run, folder / "plan.json", "--function", "p0", "--device=cpu",
              "--random", "1", "--stats", out])
    return json.loads(out.read_text())["sum"]["total"]


@pytest.mark.parametrize("point", [p for p in RING if (p.m, p.k) == (512, 200)], ids=str)
def test_conflicts(point, hopper_runner):
    """Shared memory serves all requests of the epilogue at once."""
    total = stats(hopper_runner, point)
    assert total["shared_wavefronts"] == total["shared_ideal"]
