# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The quality figures of convolutions: their main loop is that of the matrix
multiplication with the same schedule, whose operands lie the same way. What finding
a tap costs is bounded on sm_80, and on sm_90a, where TMA finds it, is the producer's."""

import json
import subprocess
from dataclasses import replace

import conv_gen
import matmul_gen
import pytest
from sass import count, disassemble

# Instructions that mma.sync's loop may have beyond the matmul's, and the factor that
# the loop of wgmma's consumers may.
MORE_PTX, MORE_SASS = 30, 1.10


def compile_point(dlk_opt, folder, text, chip):
    """The product kernel in report.json, and its folder."""
    folder.mkdir()
    done = subprocess.run([dlk_opt, "-", f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", str(folder)],
                          input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no warning"
    return json.loads((folder / "report.json").read_text())["kernels"][0]


def check_resources(kernel):
    assert kernel["advisories"] == []
    assert [kernel[name] for name in ("stack_bytes", "spill_store_bytes", "spill_load_bytes",
                                      "static_shared_bytes")] == [0] * 4


CONV = conv_gen.Point(n=8, c=64, f=128, size=(56, 56), pad_low=(1, 1), out="f16")
SM80 = "tile = [128, 128, 32], warps = [2, 2], stages = 3"
# What the loop does to an operand that is contiguous along m or n is the same.
EQUAL = ("mma", "ldmatrix", "ldmatrix_x4", "cp_async_cg", "cp_async_16_bytes", "cp_async_ca", "commit",
         "wait", "barrier", "ld_shared", "st_shared", "ld_global", "st_global", "local")


@pytest.mark.parametrize("point", [
    CONV, replace(CONV, strides=(2, 2), dilations=(1, 2)), replace(CONV, filter=(5, 5), pad_low=(2, 2)),
    replace(CONV, size=(8, 14, 14), filter=(3, 3, 3), pad_low=(1, 1, 1)), replace(CONV, dtype="bf16")],
    ids=str)
def test_sm80_main_loop(dlk_opt, tmp_path, point):
    """3x3 of 64 channels: the matmul's copies, products and waits, and at most 30
    instructions more to find the tap."""
    conv = compile_point(dlk_opt, tmp_path / "conv",
                         conv_gen.module_text([replace(point, schedule=SM80)]), "sm_80")
    matmul = compile_point(dlk_opt, tmp_path / "matmul", matmul_gen.module_text([
        matmul_gen.Point(25088, 128, 576, layout="NT", dtype=point.dtype, out="f16", schedule=SM80)]), "sm_80")
    loop, expected = conv["main_loop"], matmul["main_loop"]
    assert [loop[name] for name in EQUAL] == [expected[name] for name in EQUAL]
    # Taps of three dimensions, or more than 27, take more than a bit.
    allowed = MORE_PTX if len(point.filter) == 2 and point.filter == (3, 3) else 2 * MORE_PTX
    assert loop["all"] <= expected["all"] + allowed
    if conv["registers"] is not None:
        check_resources(conv)


def test_sm80_groups(dlk_opt, tmp_path):
    """Four groups of 8 channels in a product: the loop of one group of 32, and a few
    instructions to find the blocks of the filter."""
    one = replace(CONV, c=32, f=32, groups=4, schedule="tile = [128, 32, 64], warps = [4, 1], stages = 4")
    loop, expected = (
        compile_point(dlk_opt, tmp_path / f"pack{point.pack}", conv_gen.module_text([point]), "sm_80")["main_loop"]
        for point in (replace(one, c=8, f=8, groups=16, pack=4), replace(one, pack=1)))
    assert [loop[name] for name in EQUAL] == [expected[name] for name in EQUAL]
    assert loop["all"] <= expected["all"] + 15


def wgmma(tile, more=""):
    roles = "" if "roles" in more else "roles = cooperative, "
    cluster = "" if "cluster" in more else "cluster = [2, 1], "
    return (f"engine = wgmma, tile = {tile}, warps = [2, 1], {roles}stages = 3, {cluster}"
            f"persistent = true, regs = [40, 232], {more}")


TMA = "epilogue = stmatrix_tma, "
BIG = replace(CONV, c=256, f=256, dtype="bf16", out="bf16")
# A convolution, the schedule, and how the matmul's operands lie that are as its own.
SM90 = [
    (BIG, wgmma([128, 256, 64], TMA), "NT"),
    (BIG, wgmma([128, 256, 64], TMA + "cluster = [1, 1], "), "NT"),
    (BIG, wgmma([128, 256, 64], TMA + "cluster = [1, 2], "), "NT"),
    (BIG, wgmma([128, 192, 64], TMA + "roles = pingpong, "), "NT"),
    (replace(BIG, strides=(2, 2), c=96), wgmma([128, 256, 64], TMA), "NT"),
    (replace(BIG, steps=("bias_row", "relu")), wgmma([128, 256, 64], TMA), "NT"),
    (replace(BIG, kind="dgrad"), wgmma([128, 256, 64], TMA), "NN"),
    (replace(BIG, kind="dgrad", strides=(2, 2)), wgmma([128, 256, 64], "epilogue = staged, "), "NN"),
    (replace(BIG, c=16, f=16, groups=16, pack=4), wgmma([128, 64, 64], TMA), "NT"),
    (replace(BIG, kind="dgrad", c=8, f=16, groups=32, pack=8), wgmma([128, 64, 64], TMA), "NN"),
    (replace(BIG, kind="wgrad"), wgmma([128, 256, 64], TMA), "TN"),
    (replace(BIG, kind="wgrad", out="f32"), wgmma([128, 256, 64], TMA + "split = split_k 4, "), "TN"),
    (replace(BIG, dtype="f32", out="f32", attributes="precision tf32"), wgmma([128, 128, 32], TMA), "NT"),
    (replace(BIG, dtype="i8", out="i32"), wgmma([128, 128, 128], TMA), "NT"),
    (replace(BIG, dtype="f8E4M3FN", attributes="promote 128"), wgmma([128, 128, 128], TMA), "NT"),
]


def matmul_of(point, schedule, layout):
    numerics = {"f32": 'dlk.precision = "tf32"'}.get(point.dtype, "")
    return matmul_gen.module_text([matmul_gen.Point(
        4096, 4096, 4096, dtype=point.dtype, out=point.out, layout=layout, attributes=numerics,
        steps=point.steps, schedule=schedule + "copy = tma")])


@pytest.mark.parametrize("point, schedule, layout", SM90, ids=str)
def test_sm90_main_loop(dlk_opt, nvdisasm, tmp_path, point, schedule, layout):
    """The consumers' loop has nothing to do with taps: it is that of a matmul."""
    loops = []
    for name, text in (("conv", conv_gen.module_text([replace(point, schedule=schedule + "copy = tma_im2col")])),
                       ("matmul", matmul_of(point, schedule, layout))):
        kernel = compile_point(dlk_opt, tmp_path / name, text, "sm_90a")
        if kernel["registers"] is None:
            pytest.skip("no ptxas")
        check_resources(kernel)
        (cubin,) = (tmp_path / name).glob("*.cubin")
        assembled = disassemble(nvdisasm, cubin)[kernel["name"]]
        assert count(assembled.instructions, "USETMAXREG") == 2
        assert count(assembled.instructions, "LDL", "STL") == 0
        loops.append(assembled.loop_with("IGMMA" if point.dtype == "i8" else
                                         "QGMMA" if point.dtype.startswith("f8") else "HGMMA"))
    conv, matmul = loops
    for name in ("HGMMA", "IGMMA", "QGMMA", "WARPGROUP", "SYNCS", "BAR", "MEMBAR", "R2UR", "FADD"):
        assert count(conv, name) == count(matmul, name), name
    assert len(conv) <= MORE_SASS * len(matmul)
