# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Known-good kernels to put faults into: dlk's own, CUDA C++ through nvcc, and
PTX written by hand. Each is a launch plan, its PTX with one statement a line,
inputs of small whole numbers, and the exact results by NumPy."""

import json
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Execution"))

import reference  # noqa: E402
from matmul_gen import Point, module_text  # noqa: E402

CUDA = HERE.parent / "Execution" / "cuda"


@dataclass
class Kernel:
    """A plan with its PTX, and the arguments of dlk-run that check its result."""
    name: str
    chip: str
    plan: dict
    lines: list
    arguments: list

    @property
    def entry(self):
        """Name of the kernel in the PTX."""
        return self.plan["functions"][0]["launches"][0]["kernel"]

    def write(self, folder, text):
        """The plan and a (changed) PTX in a folder; returns the plan's path."""
        (folder / "kernel.ptx").write_text(text)
        path = folder / "plan.json"
        path.write_text(json.dumps(self.plan))
        return path


def normalise(text):
    """Comments out, one statement a line."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    lines, pending = [], ""
    for line in text.splitlines():
        pending = f"{pending} {line.strip()}".strip() if pending else line.rstrip()
        if not pending.strip() or re.search(r"[;{}:]\s*$", pending) or pending.lstrip()[0] in ".()":
            lines.append(pending)
            pending = ""
    return lines


class Corpus:
    """Makes the kernels in `folder` with the tools given."""

    def __init__(self, folder, dlk_run, dlk_opt=None, nvcc=None):
        self.folder, self.dlk_run, self.dlk_opt, self.nvcc = folder, dlk_run, dlk_opt, nvcc

    def kernels(self):
        yield from self.by_hand()
        if self.nvcc:
            yield from self.by_nvcc()
        if self.dlk_opt:
            yield from self.by_dlk()

    def save(self, name, array):
        path = self.folder / f"{name}.npy"
        np.save(path, array)
        return path

    def foreign(self, name, chip, ptx, options, inputs, expected):
        """A kernel of any PTX: `options` are dlk-run's, {x} stands for input x."""
        files = {key: self.save(f"{name}-{key}", array) for key, array in inputs.items()}
        plan = self.folder / f"{name}.json"
        options = [option.format(**files) for option in options]
        subprocess.run([self.dlk_run, ptx, *options, "--device=cpu", "--save-plan", plan],
                       check=True, capture_output=True)
        arguments = []
        for key, array in expected.items():
            arguments += ["--expect", f"{key}={self.save(f'{name}-expected-{key}', array)}"]
        for key, path in files.items():
            if any(option.startswith(f"{key}=in") for option in options):
                arguments += ["--in", f"{key}={path}"]
        return self.finish(name, chip, plan, plan.parent, arguments)

    def finish(self, name, chip, plan, folder, arguments):
        plan = json.loads(plan.read_text())
        text = (folder / plan["module"]).read_text()
        return Kernel(name, chip, {**plan, "module": "kernel.ptx"}, normalise(text), arguments)

    def by_hand(self):
        random = np.random.default_rng(1)
        m, n, k = 128, 192, 1024
        a, b = random.integers(-1, 2, (m, k)), random.integers(0, 2, (n, k))
        yield self.foreign(
            "ring_gemm", "sm_90a", HERE / "kernels/ring_gemm.ptx",
            ["--grid", f"{n // 64},{m // 64}", "--smem", "40992", "--buffer", "A=in:bf16={A}",
             "--buffer", "B=in:bf16={B}", "--buffer", f"C=out:bf16[{m}x{n}]",
             "--arg", "tma:A,box=64x64,swizzle=128B", "--arg", "tma:B,box=64x64,swizzle=128B",
             "--arg", "tma:C,box=64x64,swizzle=128B", "--arg", f"i32:{k // 64}"],
            {"A": reference.store(a, "bf16"), "B": reference.store(b, "bf16")},
            {"C": (a @ b.T).astype(np.float64)})
        x = random.integers(-30, 40, (2, 3, 2, 1024)).astype(np.float32)
        yield self.foreign(
            "cluster_sum", "sm_90a", HERE / "kernels/cluster_sum.ptx",
            ["--grid", "4", "--smem", "24592", "--arg", "x=in:{x}",
             "--arg", "y=out:f32[2x3x1024]", "--arg", "i32:3"],
            {"x": x}, {"y": 2 * x.sum(2)})

    def compile_cuda(self, source):
        out = self.folder / f"{source}.ptx"
        subprocess.run([self.nvcc, "-arch=sm_80", "-O3", "-ptx", CUDA / f"{source}.cu", "-o", out],
                       check=True)
        return out

    def by_nvcc(self):
        random = np.random.default_rng(2)
        m, n, k = 200, 136, 104
        a, b = random.integers(-2, 3, (m, k)), random.integers(-2, 3, (k, n))
        yield self.foreign(
            "nvcc_gemm", "sm_80", self.compile_cuda("gemm_cp_async_mma"),
            ["--grid", "2,2", "--block", "128", "--arg", "a=in:{a}", "--arg", "b=in:{b}",
             "--arg", f"c=out:f16[{m}x{n}]", "--arg", f"i32:{m}", "--arg", f"i32:{n}",
             "--arg", f"i32:{k}"],
            {"a": a.astype(np.float16), "b": b.astype(np.float16)}, {"c": (a @ b).astype(np.float64)})
        values = random.integers(0, 100, 1000).astype(np.int32)
        yield self.foreign(
            "nvcc_histogram", "sm_80", self.compile_cuda("reduce_shuffle"),
            ["--entry", "histogram", "--grid", "2", "--block", "128", "--arg", "x=in:{x}",
             "--arg", "bins=inout:{bins}", "--arg", "i32:1000"],
            {"x": values, "bins": np.zeros(16, np.int32)},
            {"bins": np.bincount(values & 15, minlength=16).astype(np.int32)})

    def by_dlk(self):
        pinned = "tile = {}, warps = [2, 2], stages = 3"
        points = {
            "dlk_f16": Point(128, 128, 192, out="f16", steps=("bias_row", "relu"),
                             schedule=pinned.format("[128, 128, 32]")),
            "dlk_odd": Point(70, 72, 104, out="f32", steps=("residual",),
                             schedule=pinned.format("[64, 64, 32]")),
        }
        for name, point in points.items():
            folder = self.folder / name
            folder.mkdir()
            (folder / "point.mlir").write_text(module_text([point]))
            subprocess.run([self.dlk_opt, folder / "point.mlir", "--dlk-compile=chip=sm_80",
                            "--emit=bundle", "-o", folder], check=True)
            arguments = []
            arrays = reference.make_inputs(point, seed=3, whole=True)
            for index, (key, array) in enumerate(arrays.items()):
                arguments += ["--in", f"arg{index}={self.save(f'{name}-{key}', array)}"]
            exact, _ = reference.compute(point, arrays)
            arguments += ["--expect", f"out0={self.save(f'{name}-out', exact)}"]
            yield self.finish(name, "sm_80", folder / "plan.json", folder, arguments)
