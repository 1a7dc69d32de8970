# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Findings, deadlock reports and statistics name the line of the source if the PTX has
.loc: CUDA C++ compiled by nvcc -lineinfo."""

import json
import os
import shutil
import subprocess

import pytest

SOURCE = """\
__device__ __forceinline__ float square(float x) {
  return x * x;
}
extern "C" __global__ void past_end(float *a) {
  int i = threadIdx.x;
  float sum = square(a[i]);
  a[i] = sum;
  a[i + 1] = sum;
}
extern "C" __global__ void stuck(float *a) {
  if (threadIdx.x < 32)
    asm volatile("bar.sync 1, 64;" ::: "memory");
  a[threadIdx.x] = 0;
}
"""


def find_nvcc():
    """nvcc, or None."""
    home = os.environ.get("CUDA_HOME", "/usr/local/cuda")
    return shutil.which("nvcc") or shutil.which("nvcc", path=os.path.join(home, "bin"))


@pytest.fixture(scope="module", name="folder")
def compiled(tmp_path_factory):
    """A folder with k.cu and k.ptx."""
    if not find_nvcc():
        pytest.skip("no nvcc")
    folder = tmp_path_factory.mktemp("lines")
    (folder / "k.cu").write_text(SOURCE)
    subprocess.run([find_nvcc(), "-ptx", "-lineinfo", "-arch=sm_80", "k.cu", "-o", "k.ptx"],
                   cwd=folder, check=True)
    return folder


def run(dlk_run, folder, kernel, *arguments):
    """Runs a kernel with 64 threads on 64 floats."""
    return subprocess.run(
        [dlk_run, "k.ptx", "--device=cpu", "--entry", kernel, "--grid", "1", "--block", "64",
         "--arg", "inout:f32[64]=random", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_findings(dlk_run, folder):
    """The line of a store past the end."""
    result = run(dlk_run, folder, "past_end")
    assert result.returncode == 2
    assert "out-of-bounds: write" in result.stderr and "k.cu:8:" in result.stderr, result.stderr


def test_deadlock(dlk_run, folder):
    """The line of each warp's barrier."""
    result = run(dlk_run, folder, "stuck")
    assert result.returncode == 4
    assert "waits at barrier 1" in result.stderr and "k.cu:12:" in result.stderr, result.stderr


def test_statistics(dlk_run, folder):
    """Sums by line, inlined functions with the place of the call."""
    result = run(dlk_run, folder, "past_end", "--stats", "s.json", "--stats-table")
    assert "k.cu:6:" in result.stdout
    stats = json.loads((folder / "s.json").read_text())["sum"]
    places = {place["source"]: place for place in stats["sources"]}
    square = [name for name in places if "k.cu:2:" in name]
    assert len(square) == 1 and "k.cu:6:" in square[0].split(" inlined at ")[1], places
    load = next(line for line in stats["lines"] if line["opcode"].startswith("ld.global"))
    assert "k.cu:6:" in load["source"]
