# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sum that is split over blocks costs its k steps nothing, and the kernel that adds
the slices reads each partial sum once, in pairs, without spills."""

import json
import subprocess

import pytest
from matmul_gen import Point, module_text
from sass import count, disassemble
from test_matmul_sm90 import Bar, check_consumer_loop, check_loops, check_resources

# M, N, K, kind of split and partial sums of an element, how the result is made,
# registers of the kernel that adds them
SPLITS = [
    (Bar((128, 256, 64), stages=3, instructions=43), 1024, 1024, 16384, "split_k", 4, ("bias_row", "relu"), 80),
    (Bar((128, 128, 64), instructions=40), 512, 512, 16384, "split_k", 8, ("residual",), 160),
    (Bar((64, 64, 64), consumers=(1, 1), stages=8, cluster=(1, 1), regs=(24, 232),
         instructions=39), 64, 64, 16384, "split_k", 32, (), 144),
    (Bar((128, 128, 64), roles="pingpong", stages=3, hgmma=8, instructions=51), 512, 512, 16384, "split_k", 16,
     ("bias_row", "gelu_tanh"), 144),
    (Bar((128, 256, 64), stages=3, instructions=44), 2048, 2560, 4096, "stream_k", 2,
     ("bias_row", "relu"), 80),
    (Bar((128, 128, 64), stages=3, instructions=44, epilogue="staged"), 512, 1024, 4096, "stream_k",
     6, ("residual",), 144),
]


def split_text(kind, slices):
    return f"{kind} {slices}" if kind == "split_k" else kind


def compile_split(dlk_opt, folder, split):
    """The kernel of the product and that of the sum, in the report."""
    bar, m, n, k, kind, slices, steps, _ = split
    point = Point(m, n, k, dtype="bf16", out="bf16", layout="NT", steps=steps,
                  schedule=f"{bar.schedule()}, split = {split_text(kind, slices)}")
    done = subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_90a", "--emit=bundle", "-o",
                           str(folder)], input=module_text([point]), text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return json.loads((folder / "report.json").read_text())["kernels"]


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: f"{split[0]}-{split[4]}{split[5]}")
def test_split(dlk_opt, nvdisasm, tmp_path, split):
    bar, _, _, _, _, slices, _, registers = split
    product, total = compile_split(dlk_opt, tmp_path, split)
    assert total["name"] == product["name"] + "_sum"
    check_loops(product, bar)
    if product["registers"] is None:
        pytest.skip("no ptxas")
    check_resources(product, bar)
    (cubin,) = tmp_path.glob("*.cubin")
    kernels = disassemble(nvdisasm, cubin)
    check_consumer_loop(kernels[product["name"]], bar)
    assert [total[name] for name in ("stack_bytes", "spill_store_bytes", "spill_load_bytes")] == \
        [0] * 3
    assert total["registers"] <= registers
    pieces = {2: 4, 4: 4, 6: 4, 8: 4, 16: 2, 32: 1}[slices]
    wide = [i for i in kernels[total["name"]].instructions
            if i.name == "LDG" and ".64" in i.opcode]
    assert len(wide) == slices * 2 * pieces
    assert count(kernels[total["name"]].instructions, "LDL", "STL") == 0
