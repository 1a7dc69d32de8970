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

    def successors(self, index):
        """Where control goes from an instruction; a predicate may let it pass."""
        instruction = self.instructions[index]
        targets = []
        if instruction.name == "BRA":
            match = TARGET.search(instruction.operands)
            targets = [self.labels[match.group(1)]] if match else []
        conditional = instruction.predicate not in ("", "@PT", "@UPT") or \
            re.search(r"\bU?P\d", instruction.operands.split("`")[0])
        if instruction.name not in ("BRA", "EXIT", "RET") or conditional:
            targets.append(index + 1)
        return [target for target in targets if target < len(self.instructions)]

    def dominators(self, predecessors):
        """For each instruction those on all paths to it, as bits of a number."""
        everything = (1 << len(self.instructions)) - 1
        result = [1] + [everything] * (len(self.instructions) - 1)
        before = None
        while before != result:
            before = list(result)
            for i in range(1, len(result)):
                common = everything
                for predecessor in predecessors[i]:
                    common &= result[predecessor]
                result[i] = common | 1 << i
        return result

    def loops(self):
        """The indices of each natural loop: ptxas may lay other code between them."""
        predecessors = [[] for _ in self.instructions]
        for i in range(len(self.instructions)):
            for successor in self.successors(i):
                predecessors[successor].append(i)
        dominators = self.dominators(predecessors)
        loops = []
        for head, latches in enumerate(predecessors):
            body, pending = {head}, [i for i in latches if dominators[i] >> head & 1]
            while pending:
                i = pending.pop()
                if i not in body:
                    body.add(i)
                    pending += predecessors[i]
            if len(body) > 1:
                loops.append((head, body))
        return loops

    def loop_with(self, name):
        """One pass through the smallest loop that has instruction `name`: the shortest
        way from its head back to it. What it leaves out are repetitions of waits."""
        head, body = min((loop for loop in self.loops()
                          if any(self.instructions[i].name == name for i in loop[1])),
                         key=lambda loop: len(loop[1]))
        ways = {head: None}
        pending = collections.deque([head])
        while pending:
            i = pending.popleft()
            for successor in self.successors(i):
                if successor == head:
                    way = []
                    while i is not None:
                        way.append(self.instructions[i])
                        i = ways[i]
                    return way[::-1]
                if successor in body and successor not in ways:
                    ways[successor] = i
                    pending.append(successor)
        raise ValueError("a loop without a way round")


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
