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

# The form of gemm_tma_wgmma.cu: C = A * B^T in bf16.
WGMMA = """
#s = #dlk.schedule<engine = wgmma, tile = [128, 256, 64], warps = [2, 1], roles = cooperative,
                   stages = 4, cluster = [2, 1], copy = tma, epilogue = stmatrix_tma,
                   raster = column, persistent = true, regs = [40, 232]>
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#whole = affine_map<(m, n) -> (m, n)>
!t = tensor<4096x4096xbf16>
!w = tensor<4096x4096xf32>
func.func @matmul(%a: !t, %b: !t) -> !t {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : !w
  %i = linalg.fill ins(%z : f32) outs(%e : !w) -> !w
  %p = linalg.matmul indexing_maps = [#a, #b, #c] {dlk.schedule = #s}
      ins(%a, %b : !t, !t) outs(%i : !w) -> !w
  %r = tensor.empty() : !t
  %d = linalg.generic {indexing_maps = [#whole, #whole], iterator_types = ["parallel", "parallel"]}
      ins(%p : !w) outs(%r : !t) {
  ^bb0(%x: f32, %o: bf16):
    %t = arith.truncf %x : f32 to bf16
    linalg.yield %t : bf16
  } -> !t
  return %d : !t
}
"""


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
    wgmma = out / "wgmma.mlir"
    wgmma.write_text(WGMMA)
    for chip, source, peer in [("sm_80", ROOT / "examples/matmul.mlir", "gemm_cp_async_mma.cu"),
                               ("sm_90a", wgmma, "gemm_tma_wgmma.cu")]:
        yield (f"{chip} dlk-opt: {source.name}",
               [opt, source, f"--dlk-compile=chip={chip}", "--emit=bundle", "-o", out / chip])
        yield (f"{chip} nvcc: test/Execution/cuda/{peer}",
               [nvcc, f"-arch={chip}", "-O3", "-cubin", "-o", out / "nvcc.cubin",
                ROOT / "test/Execution/cuda" / peer])


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
