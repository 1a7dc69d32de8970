# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The quality figures of pooling and depthwise convolution: what a result costs in
instructions and accesses to shared memory, as the executor counts them."""

import json
import subprocess

import pytest
from test_conv import check_resources, compile_point
from window_gen import Point, module_text

# Kind, window, stride: instructions of a result, and 32 times the warp's accesses to
# shared memory, of f16.
BARS = [("multiply", (3, 3), 1, 30, 4.6), ("multiply", (5, 5), 1, 62, 8.2), ("multiply", (7, 7), 1, 106, 13),
        ("multiply", (3, 3), 2, 48, 11), ("multiply", (7, 7), 2, 142, 32), ("max", (3, 3), 2, 50, 10.4),
        ("sum", (3, 3), 1, 28, 4)]


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: f"{bar[0]}-{bar[1][0]}-{bar[2]}")
def test_cost(dlk_opt, dlk_run, tmp_path, bar):
    kind, window, stride, instructions, shared = bar
    point = Point(kind, n=1, c=64, size=(16 * stride, 16 * stride), filter=window, strides=(stride, stride),
                  pad_low=tuple(w // 2 for w in window), pad_high=tuple(w // 2 for w in window), out="f16")
    kernel = compile_point(dlk_opt, tmp_path / "out", module_text([point]), "sm_80")
    if kernel["registers"] is not None:
        check_resources(kernel)
    subprocess.run([dlk_run, str(tmp_path / "out" / "plan.json"), "--device=cpu", "--random", "1",
                    "--stats", str(tmp_path / "stats.json")], check=True)
    (launch,) = json.loads((tmp_path / "stats.json").read_text())["launches"]
    total, results = launch["stats"]["total"], 16 * 16 * 64
    assert 32 * total["warp_instructions"] / results <= instructions
    assert 32 * total["shared_wavefronts"] / results <= shared
    if stride == 1:
        assert total["shared_wavefronts"] == total["shared_ideal"]
