# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads what ptxas made of a kernel: NVIDIA's disassembler prints the cubin, and
this finds the loops in it and counts their instructions. Executed instructions
only: NOPs that fill the end of a kernel belong to no loop."""

import collections
import os
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass, field

INSTRUCTION = re.compile(r"/\*[0-9a-f]{4,}\*/\s+(?:\{ *)?(?:(@!?U?P\d|@!?U?PT)\s+)?([A-Z][\w.]*)([^;]*);")
LABEL = re.compile(r"^(\.L_x_\d+|\.L_\d+):")
TARGET = re.compile(r"`\((\.L[\w]*)\)")
SECTION = re.compile(r"^\s*\.section\s+\.text\.(\w+)")


def find_nvdisasm(root):
    """CUDA_HOME, PATH, /usr/local/cuda, then what scripts/install-deps fetched."""
    places = [pathlib.Path(os.environ["CUDA_HOME"]) / "bin"] if "CUDA_HOME" in os.environ else []
    if shutil.which("nvdisasm"):
        places.append(pathlib.Path(shutil.which("nvdisasm")).parent)
    places.append(pathlib.Path("/usr/local/cuda/bin"))
    places += sorted(root.glob("build/cuda/lib/python3*/site-packages/nvidia/cu13/bin"))
    return next((str(p / "nvdisasm") for p in places if (p / "nvdisasm").exists()), None)


@dataclass
class Instruction:
    """One machine instruction: "HGMMA.64x256x16.F32.BF16" and its operands."""
    opcode: str
    operands: str
    predicate: str = ""

    @property
    def name(self):
        return self.opcode.split(".")[0]


@dataclass
class Kernel:
    """The instructions of a kernel, and where its labels stand."""
    instructions: list = field(default_factory=list)
    labels: dict = field(default_factory=dict)

    def loops(self):
        """The instructions of each loop, from a label to the last branch back to it."""
        ends = {}
        for i, instruction in enumerate(self.instructions):
            target = TARGET.search(instruction.operands)
            start = self.labels.get(target.group(1)) if target and instruction.name == "BRA" else None
            if start is not None and start <= i:
                ends[start] = max(i, ends.get(start, i))
        return [self.instructions[start:end + 1] for start, end in sorted(ends.items())]

    def loop_with(self, name):
        """The smallest loop that has instruction `name`."""
        return min((loop for loop in self.loops() if count(loop, name)), key=len)


def disassemble(nvdisasm, cubin):
    """{kernel name: Kernel} of a cubin file."""
    text = subprocess.run([nvdisasm, "-c", str(cubin)], capture_output=True, text=True,
                          check=True).stdout
    kernels, kernel = {}, None
    for line in text.splitlines():
        if match := SECTION.match(line):
            kernel = kernels.setdefault(match.group(1), Kernel())
        elif match := LABEL.match(line):
            kernel.labels[match.group(1)] = len(kernel.instructions)
        elif kernel is not None and (match := INSTRUCTION.search(line)):
            kernel.instructions.append(Instruction(match.group(2), match.group(3),
                                                   match.group(1) or ""))
    return kernels


def count(instructions, *names):
    """How many of them have one of the names, without modifiers: "HGMMA"."""
    return sum(instruction.name in names for instruction in instructions)


def histogram(instructions):
    """{name without modifiers: count}."""
    return collections.Counter(instruction.name for instruction in instructions)
