# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The machine instructions of the sm_80 matrix multiplication's main loop, read
from the cubin: what ptxas 13.0 makes of the PTX that test_matmul_sm80 counts."""

import subprocess

import pytest
from sass import count, disassemble
from test_matmul_sm80 import module

# tile, warps, buffers: HMMA, LDSM, LDGSTS, all instructions of a k step
BARS = [
    ([128, 128, 32], [2, 2], 3, 64, 16, 8, 127),
    ([128, 128, 32], [2, 2], 4, 64, 16, 8, 127),
    ([128, 256, 32], [2, 4], 3, 64, 16, 6, 121),
    ([256, 128, 32], [4, 2], 3, 64, 16, 6, 121),
    ([64, 64, 32], [2, 2], 3, 16, 8, 4, 59),
    ([128, 128, 64], [2, 2], 3, 128, 32, 16, 231),
]


@pytest.mark.parametrize("bar", BARS, ids=lambda b: "x".join(map(str, b[0])) + f"-{b[2]}")
def test_main_loop(dlk_opt, nvdisasm, tmp_path, bar):
    """No moves, no local memory, one wait and one barrier. The loop's three LDS
    read nothing (@!PT): ptxas puts them before the first LDGSTS of a group."""
    *schedule, hmma, ldsm, ldgsts, instructions = bar
    subprocess.run([dlk_opt, "-", "--dlk-compile=chip=sm_80", "--emit=bundle", "-o", str(tmp_path)],
                   input=module(*schedule), text=True, check=True)
    cubin = tmp_path / "matmul.cubin"
    if not cubin.exists():
        pytest.skip("no ptxas")
    (kernel,) = disassemble(nvdisasm, cubin).values()
    loop = kernel.loop_with("HMMA")
    assert [count(loop, name) for name in ("HMMA", "LDSM", "LDGSTS")] == [hmma, ldsm, ldgsts]
    assert [count(loop, name) for name in ("DEPBAR", "BAR", "BRA")] == [1, 1, 1]
    assert count(loop, "MOV", "LDL", "STL", "STS") == 0
    assert all(i.predicate == "@!PT" for i in loop if i.name == "LDS")
    assert len(loop) <= instructions
