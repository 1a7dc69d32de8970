# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Warp-specialised schedules of sm_90a: tiles, consumers, clusters, stages and
rasters, in all layouts, on sizes that fit and sizes that do not."""

import numpy as np
import pytest
import reference
from matmul_gen import Point


def schedule(tile, warps, stages, cluster="1, 1", epilogue="stmatrix_tma", regs="40, 232",
             roles="cooperative", raster="grouped 8", split="none"):
    return (f"engine = wgmma, tile = [{tile}], warps = [{warps}], roles = {roles}, "
            f"stages = {stages}, cluster = [{cluster}], copy = tma, epilogue = {epilogue}, "
            f"persistent = true, regs = [{regs}], raster = {raster}, split = {split}")


SCHEDULES = [
    schedule("128, 256, 64", "2, 1", 3, "2, 1", "staged"),
    schedule("128, 256, 64", "2, 1", 3, "1, 2", "staged"),
    schedule("128, 128, 64", "2, 1", 4, "1, 1", "staged"),
    schedule("256, 128, 64", "2, 1", 3, "2, 1", "staged"),
    schedule("64, 128, 64", "1, 1", 4, "1, 1", "staged", "40, 232"),
]


def points():
    layouts = ["NN", "NT", "TN", "TT"]
    for index, text in enumerate(SCHEDULES):
        dtypes = ["f16", "bf16"] if index % 2 else ["bf16", "f16"]
        yield Point(256, 512, 192, dtype=dtypes[0], out=dtypes[0], schedule=text,
                    layout=layouts[index % 4])
        yield Point(264, 136, 104, dtype=dtypes[1], out=dtypes[1], schedule=text,
                    layout=layouts[(index + 1) % 4])
        yield Point(200, 296, 72, dtype=dtypes[0], out=dtypes[0], schedule=text,
                    layout=layouts[(index + 2) % 4], steps=("bias_row", "relu"), form="generic")
        # Three tiles of columns or rows: a cluster of two has one outside.
        yield Point(384, 768, 40, dtype=dtypes[0], out=dtypes[0], schedule=text,
                    layout=layouts[(index + 2) % 4])
        yield Point(512, 384, 32, dtype=dtypes[1], out=dtypes[1], schedule=text,
                    layout=layouts[(index + 3) % 4])


# Tile, warps, stages, cluster; result (as the operands, if empty) and steps.
TMA_STORES = [
    ("128, 256, 64", "2, 1", 3, "2, 1", "", ("bias_row", "gelu_tanh")),
    ("128, 256, 64", "2, 1", 3, "1, 2", "", ("residual", "relu")),
    ("128, 128, 64", "1, 2", 4, "1, 1", "f32", ("bias_column",)),
    ("256, 128, 64", "2, 1", 3, "2, 1", "f32", ("residual",)),
    ("64, 96, 64", "1, 1", 4, "1, 1", "", ("scale",)),
]


def tma_store_points():
    """Results in boxes that TMA clips, with operands of all forms."""
    for index, (tile, warps, stages, cluster, out, steps) in enumerate(TMA_STORES):
        text = schedule(tile, warps, stages, cluster)
        yield Point(384, 768, 72, dtype="bf16", out=out or "bf16", schedule=text,
                    layout="NT", steps=steps)
        yield Point(200, 296, 136, dtype="f16", out=out or "f16", schedule=text,
                    layout="NT" if index == 4 else "TN", steps=steps,
                    batch=2 if index % 2 else None)


# Tile of one consumer, stages, cluster, epilogue; result and steps.
PINGPONG = [
    ("64, 256, 64", 4, "2, 1", "stmatrix_tma", "", ("bias_row", "relu")),
    ("128, 128, 64", 4, "1, 1", "staged", "", ("residual",)),
    ("128, 128, 64", 3, "2, 2", "stmatrix_tma", "f32", ("scale",)),
    ("128, 192, 64", 3, "1, 2", "stmatrix_tma", "", ()),
    ("64, 64, 64", 8, "1, 1", "stmatrix_tma", "", ("bias_row", "gelu_tanh")),
]


def pingpong_points():
    """Consumers in turns: as many tiles as consumers, one more, one, and one stage."""
    for index, (tile, stages, cluster, epilogue, out, steps) in enumerate(PINGPONG):
        text = schedule(tile, "2, 1", stages, cluster, epilogue, "24, 240", "pingpong")
        yield Point(384, 768, 200, dtype="bf16", out=out or "bf16", schedule=text,
                    layout="NT", steps=steps)
        yield Point(200, 296, 136, dtype="f16", out=out or "f16", schedule=text, layout="TN",
                    steps=steps, batch=2 if index % 2 else None)
        yield Point(64, 64, 64, dtype="bf16", out=out or "bf16", schedule=text, layout="TT")


# Schedule; M, N, K, layout, result, steps, batch. Slices that are equal, that end in
# tails of a stage, in stages beyond K, that are one stage; results whose rows are not
# aligned, in several tiles and in one.
SPLIT = [
    (schedule("128, 256, 64", "2, 1", 3, split="split_k 4"),
     (256, 512, 1024, "NT", "bf16", ("bias_row", "relu"), None)),
    (schedule("128, 128, 64", "2, 1", 4, "2, 1", split="split_k 3"),
     (264, 136, 456, "NN", "bf16", ("residual",), None)),
    (schedule("64, 128, 64", "1, 1", 4, "1, 2", "staged", "40, 232", split="split_k 2"),
     (200, 296, 72, "TN", "f16", (), None)),
    (schedule("128, 128, 64", "2, 1", 4, "2, 2", split="split_k 5"),
     (130, 131, 584, "NT", "f32", ("bias_column", "scale"), 2)),
    (schedule("128, 128, 64", "2, 1", 3, "1, 1", "stmatrix_tma", "24, 240", "pingpong",
              split="split_k 3"),
     (384, 384, 320, "TT", "f16", ("bias_row",), None)),
    (schedule("64, 256, 64", "2, 1", 4, "2, 1", "stmatrix_tma", "24, 240", "pingpong",
              split="split_k 7"),
     (72, 520, 840, "NT", "bf16", ("bias_row", "gelu_tanh"), 3)),
    (schedule("64, 64, 64", "1, 1", 8, regs="24, 240", split="split_k 32"),
     (64, 64, 2048, "NT", "bf16", (), None)),
    (schedule("64, 64, 128", "1, 1", 6, regs="24, 240", split="split_k 16"),
     (8, 72, 2040, "NT", "f16", ("bias_row",), None)),
    (schedule("128, 16, 64", "2, 1", 8, "2, 1", split="split_k 3, swap_ab = true"),
     (10, 392, 520, "NT", "bf16", ("bias_row", "relu"), 2)),
    (schedule("64, 32, 128", "1, 1", 6, "1, 2", "stmatrix_tma", "24, 240",
              split="split_k 4, swap_ab = true"),
     (65, 130, 1000, "NT", "f32", ("residual",), None)),
]


# The same for equal shares of all steps. More tiles than clusters, in rasters whose last
# band is smaller and in pairs of which one is outside; shares of 1 and 2 steps; fewer
# steps than clusters; tiles that many clusters share.
STREAM = [
    (schedule("64, 64, 64", "1, 1", 8, regs="24, 240", split="stream_k"),
     (776, 760, 200, "NT", "bf16", ("bias_row", "relu"), None)),
    (schedule("64, 128, 64", "1, 1", 4, "2, 1", "staged", "24, 240", split="stream_k"),
     (1160, 1096, 136, "TN", "f16", ("residual",), None)),
    (schedule("128, 128, 64", "2, 1", 4, "1, 2", raster="row", split="stream_k"),
     (392, 648, 328, "NN", "bf16", ("bias_column", "scale"), 3)),
    (schedule("64, 96, 64", "1, 1", 4, "2, 2", regs="24, 240", raster="column",
              split="stream_k"),
     (328, 291, 520, "NT", "f32", (), 2)),
    (schedule("128, 256, 64", "2, 1", 3, "2, 1", raster="grouped 4", split="stream_k"),
     (520, 768, 456, "NT", "bf16", ("bias_row", "gelu_tanh"), None)),
    (schedule("128, 128, 64", "2, 1", 4, split="stream_k"),
     (200, 264, 40, "TT", "f16", ("bias_row",), None)),
    (schedule("64, 64, 64", "1, 1", 8, regs="24, 240", split="stream_k"),
     (72, 520, 1096, "NT", "bf16", (), None)),
]


def split_points():
    """Slices of k or shares of all steps as tiles of their own, added by a second kernel."""
    for index, (text, (m, n, k, layout, out, steps, batch)) in enumerate(SPLIT + STREAM):
        dtype = out if out != "f32" else ["f16", "bf16"][index % 2]
        yield Point(m, n, k, dtype=dtype, out=out, schedule=text, layout=layout, steps=steps,
                    batch=batch)


# Tile of the transposed problem, warps, stages, cluster; result and steps.
SWAPPED = [
    ("128, 16, 64", "2, 1", 6, "1, 1", "", ()),
    ("64, 8, 64", "1, 1", 4, "1, 1", "", ("bias_row", "relu")),
    ("128, 64, 64", "2, 1", 4, "2, 1", "", ("bias_column", "residual")),
    ("128, 32, 64", "2, 1", 4, "1, 2", "f32", ("residual",)),
    ("64, 64, 64", "1, 2", 4, "1, 1", "f32", ("scale",)),
    ("256, 128, 64", "2, 1", 3, "1, 1", "", ("bias_row", "gelu_tanh")),
]


def swapped_points():
    """Few rows, also one, and results that are stored transposed."""
    for index, (tile, warps, stages, cluster, out, steps) in enumerate(SWAPPED):
        text = schedule(tile, warps, stages, cluster) + ", swap_ab = true"
        dtype, layout = ("bf16", "NT") if index % 2 else ("f16", "NN")
        yield Point(40, 768, 200, dtype=dtype, out=out or dtype, schedule=text, layout="NT",
                    steps=steps)
        yield Point(1, 328, 136, dtype=dtype, out=out or dtype, schedule=text,
                    layout=layout, steps=steps)
        yield Point(136, 200, 72, dtype=dtype, out=out or dtype, schedule=text, layout=layout,
                    steps=steps, batch=2 if index % 2 else None)
    for tile, epilogue in (("128, 16, 64", "stmatrix_tma"), ("128, 8, 64", "staged")):
        yield Point(9, 331, 520, dtype="bf16", out="bf16", layout="NT", steps=("bias_row",),
                    schedule=schedule(tile, "2, 1", 4, epilogue=epilogue, split="split_k 3") +
                    ", swap_ab = true")


# Functions: boxes outside of the result are left out, so a tile sends fewer than the
# next one of its block; no rows in the second band of a consumer.
FUNCTIONS = [
    Point(40, 168, 40, dtype="f16", out="f16", layout="NT", batch=140, steps=("gelu_tanh",),
          schedule=schedule("64, 128, 64", "1, 1", 4)),
    Point(40, 168, 40, dtype="f16", out="f32", layout="NT", batch=140, steps=("gelu_erf",),
          schedule=schedule("64, 128, 64", "2, 1", 4, roles="pingpong")),
    Point(160, 264, 72, dtype="bf16", out="bf16", layout="NT", steps=("silu",),
          schedule=schedule("256, 128, 64", "2, 1", 3)),
]
HILBERT = [
    Point(1088, 680, 72, dtype="bf16", out="bf16", layout="NT",
          schedule=schedule("64, 32, 64", "1, 1", 4, raster="hilbert")),
    Point(640, 600, 72, dtype="f16", out="f16", layout="NT",
          schedule=schedule("64, 32, 64", "2, 1", 4, roles="pingpong", raster="hilbert")),
    Point(1100, 440, 40, dtype="bf16", out="bf16", layout="NT", batch=2,
          schedule=schedule("64, 32, 64", "1, 1", 4, "2, 1", raster="hilbert")),
]
CLUSTER_2X2 = schedule("128, 128, 64", "2, 1", 4, "2, 2")
POINTS = [*points(), *tma_store_points(), *pingpong_points(), *swapped_points(), *split_points(), *FUNCTIONS, *HILBERT,
          Point(512, 640, 136, dtype="bf16", out="bf16", schedule=CLUSTER_2X2, layout="NT"),
          Point(264, 136, 72, dtype="f16", out="f16", schedule=CLUSTER_2X2, layout="TT")]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_schedule(point, hopper_runner):
    hopper_runner.check(point, POINTS)


@pytest.mark.parametrize("point", [point for point in split_points()][::5], ids=str)
def test_split_sums_are_the_same_bits(point, hopper_runner):
    """Whatever arrives first: parts are added in the order of k."""
    bundle, function = hopper_runner.get_bundle(point, POINTS)
    inputs = {}
    for index, (name, array) in enumerate(reference.make_inputs(point, 3, whole=False).items()):
        inputs[f"arg{index}"] = hopper_runner.folder / f"same_{name}.npy"
        np.save(inputs[f"arg{index}"], array)
    results = [hopper_runner.execute(bundle, function, policy, inputs).tobytes()
               for policy in ("immediate", "late", "random:7", "random:8")]
    assert len(set(results)) == 1
