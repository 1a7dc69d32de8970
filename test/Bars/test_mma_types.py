# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The quality figures of mma.sync on tf32, int8 and fp8: the loop of the f16 matrix
multiplication where k is contiguous; what turns an operand where it is not is counted,
and has no bank conflicts."""

import json
import subprocess

import matmul_gen
import pytest
from test_conv import check_resources, compile_point

TILE = "tile = [128, 128, {}], warps = [2, 2], stages = 3"
# Type, result, chip, attributes, k of a tile.
TYPES = {"tf32": ("f32", "f32", "sm_80", "dlk.precision = \"tf32\"", 16), "int8": ("i8", "i32", "sm_80", "", 64),
         "fp8": ("f8E4M3FN", "bf16", "sm_89", "dlk.promote = 0 : i64", 64)}
# Operands that are not contiguous in k: instructions of the loop, of 64 products.
BARS = {"tf32": {"NT": 122, "NN": 150, "TT": 150, "TN": 180}, "int8": {"NT": 122, "NN": 222, "TT": 222, "TN": 324},
        "fp8": {"NT": 122, "NN": 222, "TT": 222, "TN": 324}}
CASES = [(name, layout) for name in TYPES for layout in BARS[name]]


def text(name, layout, size):
    dtype, out, _, attributes, k = TYPES[name]
    return matmul_gen.module_text([matmul_gen.Point(size, size, size, dtype=dtype, out=out, layout=layout,
                                                    attributes=attributes, schedule=TILE.format(k))])


@pytest.mark.parametrize("name, layout", CASES)
def test_main_loop(dlk_opt, tmp_path, name, layout):
    kernel = compile_point(dlk_opt, tmp_path / "out", text(name, layout, 4096), TYPES[name][2])
    loop, turned = kernel["main_loop"], {"NT": 0, "NN": 1, "TT": 1, "TN": 2}[layout]
    assert [loop[key] for key in ("mma", "cp_async_16_bytes", "commit", "wait", "barrier")] == [64, 8, 1, 1, 1]
    assert [loop[key] for key in ("st_shared", "ld_global", "st_global", "local")] == [0] * 4
    if name == "tf32":  # by words, of either operand 32
        assert [loop["ldmatrix_x4"], loop["ld_shared"]] == [16 - 8 * turned, 32 * turned]
    else:
        assert [loop["ldmatrix_x4"], loop["ldmatrix_trans"], loop["ld_shared"]] == [16, 8 * turned, 0]
    assert loop["all"] <= BARS[name][layout]
    if kernel["registers"] is not None:
        check_resources(kernel)


@pytest.mark.parametrize("name, layout", CASES)
def test_bank_conflicts(dlk_opt, dlk_run, tmp_path, name, layout):
    compile_point(dlk_opt, tmp_path / "out", text(name, layout, 256), TYPES[name][2])
    subprocess.run([dlk_run, str(tmp_path / "out" / "plan.json"), "--device=cpu", "--random", "1",
                    "--check", "all", "--async", "late", "--stats", str(tmp_path / "stats.json")], check=True)
    (launch,) = json.loads((tmp_path / "stats.json").read_text())["launches"]
    total = launch["stats"]["total"]
    assert total["shared_wavefronts"] == total["shared_ideal"] > 0
