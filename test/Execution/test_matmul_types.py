# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of tf32, fp8 and 8-bit integers on sm_90a, and results of all types."""

import subprocess

import pytest
from matmul_gen import Point, module_text

E4M3, E5M2 = "f8E4M3FN", "f8E5M2"
TF32 = "dlk.precision = \"tf32\""
FAST = "dlk.promote = 0 : i64"
HALF = "dlk.acc_type = f16"


def schedule(tile, warps, stages, cluster="1, 1", epilogue="stmatrix_tma", roles="cooperative"):
    return (f"engine = wgmma, tile = [{tile}], warps = [{warps}], roles = {roles}, "
            f"stages = {stages}, cluster = [{cluster}], copy = tma, epilogue = {epilogue}, "
            "persistent = true, regs = [24, 240], raster = grouped 8")


def points():
    def point(m, n, k, dtype, out, **more):
        return Point(m, n, k, dtype=dtype, out=out, layout="NT", **more)

    # Chosen schedules: whole tiles, tails, less than a stage, one element.
    for dtype, out, attributes in [("f32", "f32", TF32), ("f32", "bf16", TF32), (E4M3, "f32", ""),
                                   (E4M3, "bf16", ""), (E5M2, E5M2, ""), (E4M3, E4M3, FAST),
                                   (E5M2, "f16", FAST), ("i8", "i32", ""), ("i8", "bf16", ""),
                                   ("i8", "i8", "")]:
        yield point(256, 384, 512, dtype, out, attributes=attributes)
        yield point(200, 136, 272, dtype, out, attributes=attributes, batch=2)
        yield point(65, 35, 16, dtype, out, attributes=attributes)
        yield point(1, 1, 16, dtype, out, attributes=attributes)
        yield point(33, 48, 0, dtype, out, attributes=attributes)
        yield point(0, 48, 32, dtype, out, attributes=attributes)
        yield point(48, 0, 32, dtype, out, attributes=attributes)
    # Sums in f16.
    for dtype, out, steps in [("f16", "f16", ()), ("f16", "f32", ("bias_row",)),
                              (E4M3, "f16", ("scale", "relu")), ("f16", "bf16", ())]:
        yield point(200, 136, 208, dtype, out, attributes=HALF, steps=steps)
        yield point(256, 384, 272, dtype, out, attributes=HALF, steps=steps, batch=2)
        yield point(33, 48, 0, dtype, out, attributes=HALF)
    # Mixed fp8, fused epilogues with operands of the result's type.
    yield point(136, 264, 400, E4M3, "bf16", rhs=E5M2, steps=("bias_row", "gelu_tanh"))
    yield point(264, 136, 400, E5M2, "f32", rhs=E4M3, steps=("residual", "relu"))
    yield point(128, 256, 256, E4M3, E4M3, steps=("scale", "residual"))
    yield point(120, 72, 144, E4M3, E5M2, steps=("bias_row", "multiply", "relu"))
    yield point(136, 264, 200, "f32", "f32", attributes=TF32, steps=("bias_column", "silu"))
    yield point(136, 264, 208, "i8", "bf16", steps=("scale", "bias_row", "relu"))
    yield point(136, 264, 208, "i8", "i8", steps=("scale", "clamp"))
    yield point(64, 80, 96, "i8", "i32", accumulate=True)
    yield point(64, 80, 96, E4M3, "f32", accumulate=True)
    # Pinned ones.
    for dtype, k, out, attributes in [("f32", 32, "f32", TF32), (E4M3, 128, "bf16", ""),
                                      (E4M3, 128, "f16", FAST), ("i8", 128, "i32", "")]:
        for tile, more in [("128, 128", {"warps": "2, 1", "stages": 4, "cluster": "2, 1"}),
                           ("64, 128", {"warps": "2, 1", "stages": 5, "roles": "pingpong"}),
                           ("128, 64", {"warps": "2, 1", "stages": 3, "cluster": "1, 2",
                                        "epilogue": "staged"})]:
            yield point(264, 336, 5 * k + 16, dtype, out, attributes=attributes,
                        schedule=schedule(f"{tile}, {k}", **more))


def split_points():
    """Sums in slices or shares, added by a second kernel."""
    for dtype, k, out, attributes in [("f32", 32, "f32", TF32), (E4M3, 128, "bf16", ""),
                                      ("i8", 128, "i32", ""), ("i8", 128, "i8", "")]:
        for split in ("split_k 3", "stream_k"):
            text = schedule(f"128, 64, {k}", "2, 1", 4).replace("raster", f"split = {split}, raster")
            yield Point(136, 72, 5 * k + 16, dtype=dtype, out=out, layout="NT",
                        attributes=attributes, schedule=text)


POINTS = [*points(), *split_points()]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_types(point, hopper_runner):
    hopper_runner.check(point, POINTS)


@pytest.mark.parametrize("point, chip, message", [
    (Point(64, 64, 64, dtype="f32", layout="NT"), "sm_90a",
     "products of f32 run on tensor cores as tf32 only"),
    (Point(64, 64, 64, dtype=E4M3, layout="NT"), "sm_80", "products of fp8 need sm_89 or newer: sm_80"),
    (Point(64, 64, 64, dtype="f16", layout="NT", attributes=FAST), "sm_90a",
     "dlk.promote is no count of products of fp8"),
    (Point(64, 64, 64, dtype="bf16", layout="NT", attributes=HALF), "sm_90a",
     "are not summed in this dlk.acc_type"),
    (Point(64, 64, 64, dtype=E4M3, layout="NT", attributes=HALF), "sm_89",
     "engine mma_sync sums fp8 in 4 bytes, not in 2"),
    (Point(64, 64, 64, dtype="f16", out=E4M3, layout="NT"), "sm_80",
     "code for conversions of fp8 needs sm_89"),
], ids=str)
def test_refused(point, chip, message, dlk_opt):
    done = subprocess.run([dlk_opt, "-", f"--dlk-compile=chip={chip}", "-o", "-"],
                          input=module_text([point]), text=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stdout == ""
