# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A case: one kernel with its inputs, and what its results mean.

Every kernel takes the addresses of its inputs, in order, then its tensor maps,
then the address of one buffer `out` that holds all outputs one after another.
"""

import dataclasses
import hashlib
from typing import Callable, Optional

import numpy as np

VERSION = "8.6"
CHIPS = ("sm_80", "sm_89", "sm_90a")

#: Bytes that nobody has written, on a GPU as in dlk-run.
UNWRITTEN = 0xCD


@dataclasses.dataclass
class Output:
    """A part of `out`.

    `form` is how an element is read: u8 ... u64 or a float type of numbers.py.
    `tolerance(inputs, value)` gives the documented error of each element as an
    absolute number; without it the bits are compared. `reference(inputs)` gives
    what NumPy thinks is right. A `fact` is kept and shown, never compared. What
    has `parts` = (blocks, step) is kept as a hash of each block and every step-th
    element.
    """
    name: str
    form: str
    count: int
    tolerance: Optional[Callable] = None
    reference: Optional[Callable] = None
    fact: bool = False
    parts: Optional[tuple] = None

    @property
    def dtype(self):
        """The unsigned type of an element's bits."""
        return np.dtype(f"u{WIDTHS[self.form] // 8}")

    @property
    def bytes(self):
        """Size in `out`; each output starts at a multiple of 16."""
        return (self.count * self.dtype.itemsize + 15) // 16 * 16


WIDTHS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "s32": 32, "f16": 16,
          "bf16": 16, "f32": 32, "f64": 64, "e4m3x2": 16, "e5m2x2": 16,
          "f16x2": 32, "bf16x2": 32}


@dataclasses.dataclass
class TensorMap:
    """A tensor map in the words of docs/LaunchPlan.md."""
    name: str
    buffer: str
    fields: dict


@dataclasses.dataclass
class Case:
    """One kernel `k`. `text` is the module without its first three lines."""
    name: str
    text: str
    inputs: Callable  # () -> {name: array}, in the order of the parameters
    outputs: list
    chip: str = "sm_80"
    grid: tuple = (1, 1, 1)
    block: tuple = (32, 1, 1)
    cluster: tuple = (1, 1, 1)
    maps: list = dataclasses.field(default_factory=list)
    initial: Optional[Callable] = None  # () -> bytes of `out` before the launch
    labels: Optional[Callable] = None   # (inputs, output, index) -> text
    timeout: float = 30.0  # seconds, with the making of the inputs
    version: str = VERSION

    def runs_on(self, chip):
        """Whether the case can be assembled for `chip`."""
        return CHIPS.index(chip) >= CHIPS.index(self.chip)

    def ptx(self, chip):
        """The module for a chip."""
        return (f".version {self.version}\n.target {chip}\n.address_size 64\n"
                f"{self.text}")

    @property
    def out_bytes(self):
        """Size of `out`."""
        return sum(output.bytes for output in self.outputs)

    def out_before(self):
        """The bytes of `out` before the launch, or None if they do not matter."""
        return None if self.initial is None else np.frombuffer(
            self.initial(), np.uint8)

    def split(self, raw):
        """`out` as {name: array of bits}."""
        found, at = {}, 0
        for output in self.outputs:
            size = output.count * output.dtype.itemsize
            found[output.name] = np.frombuffer(
                raw[at:at + size].tobytes(), output.dtype)
            at += output.bytes
        return found

    def key(self, chip):
        """Changes whenever a stored result would no longer be comparable."""
        state = hashlib.sha256(self.ptx(chip).encode())
        state.update(repr((self.grid, self.block, self.cluster,
                           [(m.buffer, sorted(m.fields.items())) for m in self.maps],
                           [(o.name, o.form, o.count) for o in self.outputs]))
                     .encode())
        for name, array in self.inputs().items():
            state.update(name.encode())
            state.update(np.ascontiguousarray(array).tobytes())
        if self.initial is not None:
            state.update(self.initial())
        return state.hexdigest()[:16]
