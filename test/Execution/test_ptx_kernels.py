# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hand-written PTX of ptx/ through dlk-run's options, compared with NumPy: whole
numbers, so that every element must be right to the last bit, under each delivery of
asynchronous copies with all checks on."""

import subprocess

import numpy as np
import pytest


def to_bf16(values):
    """The bits of bf16, rounded to nearest even."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


@pytest.mark.parametrize("order", ["round-robin", "reversed", "random:5"])
@pytest.mark.parametrize("delivery", ["immediate", "late", "random:5"])
@pytest.mark.parametrize("m, n, k", [(128, 256, 64), (256, 512, 448), (128, 256, 320)])
def test_matmul_bf16_sm90(root, dlk_run, tmp_path, m, n, k, delivery, order):
    """A ring of TMA loads and wgmma; k of one block, of a full ring and more."""
    rng = np.random.default_rng(m + n + k)
    a, b = (rng.integers(-3, 4, (rows, k)).astype(np.float32) for rows in (m, n))
    for name, array in [("a", to_bf16(a)), ("b", to_bf16(b)), ("c", to_bf16(a @ b.T))]:
        np.save(tmp_path / f"{name}.npy", array)
    result = subprocess.run(
        [dlk_run, root / "test" / "Execution" / "ptx" / "matmul_bf16_sm90.ptx",
         "--grid", f"{n // 256},{m // 128}", "--smem", "197632",
         "--buffer", "A=in:bf16=a.npy", "--buffer", "B=in:bf16=b.npy",
         "--arg", "tma:A,box=64x128,swizzle=128B", "--arg", "tma:B,box=64x256,swizzle=128B",
         "--arg", f"C=out:bf16[{m}x{n}]", "--arg", f"u32:{n}", "--arg", f"u32:{k}",
         "--expect", "C=c.npy", "--check", "all", "--strict", "--async", delivery,
         "--order", order],
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("delivery", ["immediate", "late", "random:5"])
def test_gemm_tma_wgmma(root, dlk_run, cuda, tmp_path, delivery):
    """The Hopper kernel of cuda/, which compile times are compared with: two clusters
    for three tiles of which each has a ring and a half of k blocks."""
    m, n, k = 768, 256, 384
    rng = np.random.default_rng(1)
    a, b = (rng.integers(-3, 4, (rows, k)).astype(np.float32) for rows in (m, n))
    for name, array in [("a", to_bf16(a)), ("b", to_bf16(b)), ("c", to_bf16(a @ b.T))]:
        np.save(tmp_path / f"{name}.npy", array)
    ptx = tmp_path / "kernel.ptx"
    subprocess.run([cuda.nvcc, "-arch=sm_90a", "-O3", "-ptx", "-o", ptx,
                    root / "test" / "Execution" / "cuda" / "gemm_tma_wgmma.cu"], check=True)
    result = subprocess.run(
        [dlk_run, ptx, "--grid", "4", "--block", "384", "--smem", "229440",
         "--buffer", "A=in:bf16=a.npy", "--buffer", "B=in:bf16=b.npy",
         "--buffer", f"C=out:bf16[{m}x{n}]", "--arg", "tma:A,box=64x128,swizzle=128B",
         "--arg", "tma:B,box=64x128,swizzle=128B", "--arg", "tma:C,box=64x64,swizzle=128B",
         "--arg", f"i32:{m}", "--arg", f"i32:{n}", "--arg", f"i32:{k}",
         "--expect", "C=c.npy", "--check", "all", "--strict", "--async", delivery],
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
