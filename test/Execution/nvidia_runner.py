# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles CUDA C++ of nvidia/ with nvcc and runs its kernels through dlk-run's
options, in several deliveries with all checks; a finding of a check fails."""

import os
import pathlib
import shutil
import subprocess

import numpy as np

SOURCES = pathlib.Path(__file__).parent / "nvidia"
DELIVERIES = ["immediate", "late", "random:3"]


def find_nvcc():
    home = os.environ.get("CUDA_HOME", "/usr/local/cuda")
    return shutil.which("nvcc") or shutil.which("nvcc", path=f"{home}/bin")


def to_bf16(values):
    """The bits of bf16, rounded to nearest even."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


class Cuda:
    """PTX by source and chip, each made once."""

    def __init__(self, nvcc, dlk_run, folder):
        self.nvcc, self.dlk_run, self.folder = nvcc, dlk_run, folder

    def ptx(self, source, chip):
        out = self.folder / f"{source}.{chip}.ptx"
        if not out.exists():
            subprocess.run([self.nvcc, "-ptx", f"-arch={chip}", "-std=c++17", "-O3", "-lineinfo",
                            "-o", out, SOURCES / f"{source}.cu"], check=True)
        return out

    def run(self, where, launch, arguments, outputs, delivery="late", check="all"):
        """`where` is (source, chip, kernel), `launch` dlk-run's options of the
        launch. `arguments` are arrays (inputs), ("out", type, shape) or text as
        dlk-run takes it. Returns the arrays at the places of `outputs`."""
        source, chip, kernel = where
        command = [self.dlk_run, self.ptx(source, chip), "--entry", kernel, *launch,
                   "--device=cpu", f"--check={check}", f"--async={delivery}",
                   "--max-steps=20000000"]
        for i, argument in enumerate(arguments):
            path = self.folder / f"arg{i}.npy"
            if isinstance(argument, np.ndarray):
                np.save(path, argument)
                argument = f"{'inout' if i in outputs else 'in'}:{path}"
            elif isinstance(argument, tuple):
                shape = "x".join(map(str, argument[2]))
                argument = f"{argument[0]}:{argument[1]}[{shape}]"
            command += ["--arg", f"x{i}={argument}" if ":" in argument and argument.split(":")[0] in
                        ("in", "out", "inout", "ws") else argument]
        for i in outputs:
            command += ["--out", f"x{i}={self.folder}/out{i}.npy"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        self.text = done.stdout
        return [np.load(self.folder / f"out{i}.npy") for i in outputs]
