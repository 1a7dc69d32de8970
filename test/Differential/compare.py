# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the functions of a generated module on the host, through LLVM's x86 back
end, and as PTX of its NVPTX back end in the executor, and compares all bits."""

import ctypes
import json
import pathlib
import subprocess

import generate
import numpy as np

LLVM = pathlib.Path("/usr/lib/llvm-22/bin")
THREADS = 32


class Differs(AssertionError):
    """The two sides disagree, or one of them fails."""


def run_tool(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode:
        raise Differs(f"exit code {done.returncode}: {' '.join(map(str, command))}\n"
                      f"{done.stdout[-1000:]}{done.stderr[-3000:]}")


def make_inputs(seed):
    """Random words for each thread: bits of all kinds, small numbers, floats."""
    random = np.random.default_rng(seed)
    words = random.integers(0, 2**64, (THREADS, generate.WORDS_IN), dtype=np.uint64)
    small = random.integers(-9, 10, words.shape).astype(np.int64).view(np.uint64)
    reals = random.normal(0, 100, words.shape).astype(np.float64).view(np.uint64)
    kind = random.integers(0, 4, words.shape)
    return np.where(kind == 0, small, np.where(kind == 1, reals, words))


def kernels(seeds):
    """A kernel for each function: thread t has its own words."""
    text = ["declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()"]
    for seed in seeds:
        text.append(
            f"define ptx_kernel void @k{seed}(ptr %in, ptr %out) {{\n"
            "  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
            f"  %i = mul i32 %t, {generate.WORDS_IN * 8}\n"
            f"  %o = mul i32 %t, {generate.WORDS_OUT * 8}\n"
            "  %a = getelementptr i8, ptr %in, i32 %i\n"
            "  %b = getelementptr i8, ptr %out, i32 %o\n"
            f"  call void @f{seed}(ptr %a, ptr %b, i32 %t)\n  ret void\n}}")
    return "\n".join(text) + "\n"


class Comparison:
    """One module of several functions, compiled for both sides."""

    def __init__(self, dlk_run, folder, seeds, size=60, chip="sm_90"):
        self.dlk_run, self.folder, self.seeds = dlk_run, pathlib.Path(folder), list(seeds)
        self.chip = chip
        self.folder.mkdir(parents=True, exist_ok=True)
        # The loader takes a library of the same name for the same library.
        self.library = self.folder / f"host-{self.seeds[0]}-{size}.so"
        text = generate.module(self.seeds, size)
        level = self.seeds[0] % 3
        host = self.folder / "host.ll"
        host.write_text('target triple = "x86_64-unknown-linux-gnu"\n' + text)
        run_tool([LLVM / "llc", f"-O{level}", "-mattr=+f16c,+fma,+bmi", "-fp-contract=off",
                  "-relocation-model=pic", "-filetype=obj", host, "-o", self.folder / "host.o"])
        run_tool([LLVM / "clang", "-shared", "--rtlib=compiler-rt", self.folder / "host.o",
                  "-o", self.library, "-lm"])
        device = self.folder / "device.ll"
        device.write_text('target triple = "nvptx64-nvidia-cuda"\n' + text + kernels(self.seeds))
        run_tool([LLVM / "llc", f"-O{level}", f"-mcpu={chip}", "-mattr=+ptx80",
                  "-fp-contract=off", device, "-o", self.folder / "device.ptx"])
        self.inputs = make_inputs(self.seeds[0])
        np.save(self.folder / "in.npy", self.inputs.view(np.int64))

    def host(self, seed):
        """What function `seed` writes on the host, thread by thread."""
        library = ctypes.CDLL(str(self.library))
        function = library[f"f{seed}"]
        out = np.zeros((THREADS, generate.WORDS_OUT), np.uint64)
        for thread in range(THREADS):
            function(self.inputs[thread].ctypes.data_as(ctypes.c_void_p),
                     out[thread].ctypes.data_as(ctypes.c_void_p), ctypes.c_int32(thread))
        return out

    def plan(self):
        """One launch plan of all kernels: a function each."""
        buffer = {"dtype": "i64", "align": 256}
        functions = [{
            "name": f"k{seed}",
            "buffers": [
                {**buffer, "name": "in", "role": "input", "shape": [THREADS, generate.WORDS_IN],
                 "strides": [generate.WORDS_IN, 1]},
                {**buffer, "name": "out", "role": "output", "shape": [THREADS, generate.WORDS_OUT],
                 "strides": [generate.WORDS_OUT, 1]}],
            "launches": [{"kernel": f"k{seed}", "grid": [1, 1, 1], "block": [THREADS, 1, 1],
                          "cluster": [1, 1, 1], "shared_bytes": 0,
                          "params": [{"buffer": "in", "offset": 0}, {"buffer": "out", "offset": 0}]}],
        } for seed in self.seeds]
        path = self.folder / "plan.json"
        path.write_text(json.dumps({"dlk_launch_plan": 1, "chip": self.chip, "module": "device.ptx",
                                    "functions": functions}))
        return path

    def check(self, seed, plan):
        """Raises Differs with the first word that is not the same."""
        out = self.folder / "out.npy"
        run_tool([self.dlk_run, plan, "--function", f"k{seed}", "--device=cpu", "--check=all",
                  "--max-steps=1000000", "--in", f"in={self.folder / 'in.npy'}",
                  "--out", f"out={out}"])
        got, expected = np.load(out).view(np.uint64), self.host(seed)
        wrong = np.argwhere(got != expected)
        if wrong.size:
            thread, word = wrong[0]
            raise Differs(f"seed {seed}: {len(wrong)} words differ, the first is word {word} of "
                          f"thread {thread}: executor {got[thread, word]:#x}, host "
                          f"{expected[thread, word]:#x}; see {self.folder}")

    def check_all(self):
        plan = self.plan()
        for seed in self.seeds:
            self.check(seed, plan)
