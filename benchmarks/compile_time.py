#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long and how much memory one kernel takes from source to cubin: dlk-opt on
a linalg matrix multiplication, beside nvcc on a CUDA kernel of the same form.

  benchmarks/compile_time.py [--runs N] [--build DIR]

Each row is the best of N runs (5) of a whole process, ptxas included; memory is
the largest resident set of any process of it. Nothing here needs a GPU.
"""

import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def measure(command, runs):
    """(seconds, MiB) of the fastest of `runs` runs, each in a process of its
    own, so that the peak of its children is its own peak."""
    best = float("inf"), 0.0
    for _ in range(runs):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            os.write(writing, f"{done.returncode} {seconds} {peak}".encode())
            if done.returncode:
                sys.stderr.write(done.stderr)
            os._exit(0)
        os.close(writing)
        code, seconds, peak = os.read(reading, 1000).decode().split()
        os.close(reading)
        os.waitpid(child, 0)
        if code != "0":
            sys.exit(f"compile_time: exit code {code}: {' '.join(map(str, command))}")
        best = min(best, (float(seconds), float(peak)))
    return best


def rows(build, out):
    """(what, command) of each compilation."""
    opt, nvcc = build / "bin/dlk-opt", shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    for chip in ("sm_80", "sm_90a"):
        yield (f"{chip} dlk-opt: examples/matmul.mlir",
               [opt, ROOT / "examples/matmul.mlir", f"--dlk-compile=chip={chip}",
                "--emit=bundle", "-o", out / chip])
        yield (f"{chip} nvcc: test/Execution/cuda/gemm_cp_async_mma.cu",
               [nvcc, f"-arch={chip}", "-O3", "-cubin", "-o", out / "nvcc.cubin",
                ROOT / "test/Execution/cuda/gemm_cp_async_mma.cu"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as out:
        peer = None
        print(f"{'':58} {'seconds':>8} {'MiB':>6}")
        for what, command in rows(options.build, pathlib.Path(out)):
            seconds, peak = measure(command, options.runs)
            ratio = f"   {seconds / peer:.1f} times dlk-opt" if peer else ""
            print(f"{what:58} {seconds:8.3f} {peak:6.0f}{ratio}")
            peer = None if peer else seconds


if __name__ == "__main__":
    main()
