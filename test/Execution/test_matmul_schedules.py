# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pinned schedules: tiles, warps, stages and rasters, on sizes that fit and sizes
that do not."""

import pytest
from matmul_gen import Point

SCHEDULES = [
    "tile = [64, 64, 32], warps = [2, 2], stages = 2",
    "tile = [64, 64, 32], warps = [2, 2], stages = 3",
    "tile = [64, 64, 64], warps = [2, 2], stages = 4",
    "tile = [128, 64, 32], warps = [2, 2], stages = 3",
    "tile = [64, 128, 32], warps = [2, 2], stages = 4",
    "tile = [128, 128, 32], warps = [2, 2], stages = 3",
    "tile = [128, 128, 32], warps = [2, 2], stages = 4, raster = row",
    "tile = [128, 128, 32], warps = [2, 2], stages = 5, raster = column",
    "tile = [128, 128, 64], warps = [2, 2], stages = 3, raster = grouped 2",
    "tile = [128, 128, 32], warps = [2, 4], stages = 3",
    "tile = [128, 256, 32], warps = [2, 4], stages = 3",
    "tile = [256, 128, 32], warps = [4, 2], stages = 3",
    "tile = [128, 256, 32], warps = [2, 4], stages = 4, raster = grouped 4",
]


def points():
    layouts = ["NN", "NT", "TN", "TT"]
    for index, schedule in enumerate(SCHEDULES):
        dtypes = ["f16", "bf16"] if index % 2 else ["bf16", "f16"]
        yield Point(256, 256, 192, dtype=dtypes[0], out=dtypes[0], schedule=schedule,
                    layout=layouts[index % 4])
        yield Point(264, 136, 104, dtype=dtypes[1], out="f32", schedule=schedule,
                    layout=layouts[(index + 1) % 4])
        yield Point(200, 296, 72, dtype=dtypes[0], out=dtypes[0], schedule=schedule,
                    layout=layouts[(index + 2) % 4], steps=("bias_row", "relu"), form="generic")
        yield Point(512, 384, 32, dtype=dtypes[1], out=dtypes[1], schedule=schedule,
                    layout=layouts[(index + 3) % 4])


def split_points():
    """Slices of k that a second kernel adds: whole stages, and K past the last one."""
    tile = "tile = [64, 64, 32], warps = [2, 2]"
    yield Point(136, 200, 256, dtype="f16", out="f16", layout="NN", steps=("bias_row", "relu"),
                schedule=f"{tile}, stages = 3, split = split_k 4")
    yield Point(72, 130, 181, dtype="bf16", out="f32", layout="TN", steps=("residual",),
                schedule=f"{tile}, stages = 2, copy = ld, split = split_k 3")
    yield Point(64, 72, 88, dtype="bf16", out="bf16", layout="NT", batch=3,
                schedule=f"{tile}, stages = 4, split = split_k 3")
    yield Point(17, 63, 1024, dtype="f16", out="f32", layout="NT", steps=("bias_column",),
                schedule=f"{tile}, stages = 3, split = split_k 32")


def hilbert_points():
    """Grids of tiles of all shapes, also narrower than a square of the curve: as many
    numbers as tiles, so that a tile visited twice leaves another one out."""
    tile = "tile = [16, 16, 16], warps = [1, 1], stages = 2, raster = hilbert"
    for rows, columns in [(1, 1), (1, 9), (9, 1), (8, 8), (7, 13), (17, 23), (16, 24), (24, 11)]:
        yield Point(16 * rows, 16 * columns - 8, 16, dtype="f16", out="f32", layout="NT",
                    schedule=tile, batch=2 if rows == 9 else None)


POINTS = [*points(), *split_points(), *hilbert_points()]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_schedule(point, runner):
    runner.check(point, POINTS)
