# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""wgmma: types, widths, layouts, A from registers, negation, chains.

A CTA is one warpgroup and one tile. The operands come as bytes of shared memory,
laid out by shared_layouts.py.
"""

import dataclasses
import functools

import numpy as np

from .. import fragments, matrices, numbers
from ..case import Case, Output
from ..kernel import entry
from ..shared_layouts import Layout
from .mma import group

COPY = """
mov.u32 at32, tid;
mov.b32 base, smem;
mad.wide.u32 from, cta, {bytes}, in_{name};
copy_{name}:
mul.lo.u32 to32, at32, 16;
cvt.u64.u32 from2, to32;
add.u64 from2, from, from2;
ld.global.v4.b32 {{w0, w1, w2, w3}}, [from2];
add.u32 to32, to32, base;
st.shared.v4.b32 [to32+{start}], {{w0, w1, w2, w3}};
add.u32 at32, at32, 128;
setp.lt.u32 p, at32, {chunks};
@p bra copy_{name};
"""


@dataclasses.dataclass
class Wgmma:  # pylint: disable=too-many-instance-attributes
    """One instruction, or a chain of `steps` along k."""
    name: str
    n: int
    a: str
    b: str
    acc: str
    swizzle: tuple = ("128B", "128B")
    k_major: tuple = (True, True)
    from_registers: bool = False
    negate: tuple = (1, 1)
    keep: bool = True  # scale-d
    steps: int = 1
    satfinite: bool = False
    sampled: bool = False
    patterns: tuple = ("normal", "special", "whole")

    def __post_init__(self):
        if self.acc == "s32":
            self.patterns = ("normal", "special")
        self.k = 256 // fragments.BITS[self.a] * self.steps
        self.layouts = [Layout(64, self.a, self.swizzle[0], self.k_major[0], self.k),
                        Layout(self.n, self.b, self.swizzle[1], self.k_major[1], self.k)]
        self.tiles = len(self.patterns) * 2
        self.registers = self.n // 2 // (2 if self.acc == "f16" else 1)

    @functools.cached_property
    def tile_matrices(self):
        """[(a, b, c)], a and c by rows, b as k by n."""
        found = []
        for tile in range(self.tiles):
            shapes = (("a", self.a, (64, self.k)), ("b", self.b, (self.k, self.n)),
                      ("c", self.acc, (64, self.n)))
            found.append([matrices.elements(f"{self.name}.{tile}.{which}", form, shape,
                                            self.patterns[tile // 2])
                          for which, form, shape in shapes])
        return found

    def inputs(self):
        """Images of A and B, registers of C (and of A)."""
        a = [self._a_registers(t[0]) if self.from_registers else
             self.layouts[0].image(t[0]) for t in self.tile_matrices]
        return {"a": np.stack(a),
                "b": np.stack([self.layouts[1].image(t[1].T) for t in self.tile_matrices]),
                "c": np.stack([self._warps(t[2]) for t in self.tile_matrices])}

    def _a_registers(self, matrix):
        k = self.k // self.steps
        return np.stack([np.concatenate(
            [fragments.pack_a(matrix[16 * warp:16 * warp + 16, i * k:i * k + k], self.a)
             for i in range(self.steps)], axis=1) for warp in range(4)])

    def _warps(self, matrix):
        return np.stack([fragments.pack_c(matrix[16 * w:16 * w + 16], self.acc)
                         for w in range(4)])

    def _outcome(self, tile):
        a, b, c = tile
        c = c if self.keep else np.zeros_like(c)
        if self.acc == "s32":
            return matrices.integers(a, b, c, (self.a, self.b, "s32"), self.satfinite), None
        sign = np.array(self.negate[0] * self.negate[1], np.float64)
        flip = np.uint64(1 << fragments.BITS[self.a] - 1) if sign < 0 else np.uint64(0)
        return matrices.product(a ^ flip, b, c, (self.a, self.b, self.acc))

    def _of(self, pattern):
        first = self.patterns.index(pattern) * 2
        return self.tile_matrices[first:first + 2]

    def reference(self, pattern, _inputs):
        """D as bits, register by register."""
        found = []
        for tile in self._of(pattern):
            total = self._outcome(tile)[0]
            if self.acc != "s32":
                total = numbers.encode(total, self.acc).astype(np.uint64).reshape(total.shape)
            found.append(self._warps(total))
        return np.stack(found).ravel()

    def tolerance(self, pattern, _inputs, _value):
        """The granted error of each number in the registers."""
        if pattern == "whole" and self.acc == "f32" and self.k <= 64:
            return np.zeros(1)
        fraction = 13 if self.a[0] == "e" else 23
        row, column = fragments.places_c(16, self.n, self.acc)
        parts = []
        for tile in self._of(pattern):
            error = matrices.granted(*self._outcome(tile), self.k, self.acc, fraction)
            parts += [error[16 * w:16 * w + 16][row, column].ravel() for w in range(4)]
        return np.concatenate(parts)

    def _instruction(self, step):
        tail = []
        if self.acc != "s32":
            tail = [str(s) for s in self.negate]
            if fragments.BITS[self.a] == 16:
                if not self.from_registers:
                    tail.append(str(int(not self.k_major[0])))
                tail.append(str(int(not self.k_major[1])))
        count = 4 * self.steps
        left = "{" + ", ".join(f"a{4 * step + i}" for i in range(4)) + "}" \
            if self.from_registers else "da"
        assert count
        sat = ".satfinite" if self.satfinite else ""
        k = self.k // self.steps
        return (f"wgmma.mma_async.sync.aligned.m64n{self.n}k{k}{sat}.{self.acc}.{self.a}"
                f".{self.b} " + ", ".join([group("d", self.registers), left, "db", "keep"] +
                                         tail) + ";")

    def _body(self):
        a, b = (layout.bytes for layout in self.layouts)
        lines = []
        if not self.from_registers:
            lines.append(COPY.format(name="a", bytes=a, start=0, chunks=a // 16))
        lines.append(COPY.format(name="b", bytes=b, start=self.b_start, chunks=b // 16))
        lines.append("fence.proxy.async;\nbar.sync 0;\nmad.lo.u32 at32, cta, 128, tid;")
        lines.append(f"mad.wide.u32 from, at32, {4 * self.registers}, in_c;")
        lines += [f"ld.global.b32 d{i}, [from+{4 * i}];" for i in range(self.registers)]
        if self.from_registers:
            lines.append(f"mad.wide.u32 from, at32, {16 * self.steps}, in_a;")
            lines += [f"ld.global.b32 a{i}, [from+{4 * i}];" for i in range(4 * self.steps)]
        lines.append(f"setp.ne.b32 keep, {int(self.keep)}, 0;\nwgmma.fence.sync.aligned;")
        for step in range(self.steps):
            for name, layout, start in (("da", self.layouts[0], 0),
                                        ("db", self.layouts[1], self.b_start)):
                at = start + layout.address(0, step * (self.k // self.steps))
                lines.append(f"add.u32 at32, base, {at};\nshr.u32 at32, at32, 4;\n"
                             "and.b32 at32, at32, 0x3fff;\ncvt.u64.u32 from, at32;\n"
                             f"or.b64 {name}, from, {layout.descriptor():#x};")
            lines.append(self._instruction(step))
            if step == 0 and self.steps > 1:
                lines.append("setp.eq.b32 keep, 0, 0;")
        lines.append("wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n"
                     "mad.lo.u32 at32, cta, 128, tid;\n"
                     f"mad.wide.u32 from, at32, {4 * self.registers}, out;")
        lines += [f"st.global.b32 [from+{4 * i}], d{i};" for i in range(self.registers)]
        return "\n".join(lines)

    @property
    def b_start(self):
        """Where B lies in shared memory."""
        return 0 if self.from_registers else self.layouts[0].bytes

    def case(self):
        """The case."""
        registers = [("pred", "p, keep"), ("b32", "at32, to32, base, w<4>"),
                     ("b64", "from, from2, da, db"), ("b32", f"d<{self.registers}>"),
                     ("b32", f"a<{4 * self.steps}>")]
        text = entry("abc", [], registers, self._body(), (128, 1, 1),
                     shared=self.b_start + self.layouts[1].bytes)
        form = {"s32": "u32", "f16": "f16x2"}.get(self.acc, self.acc)
        exact = self.acc == "s32"
        outputs = [Output(pattern, form, 2 * 128 * self.registers,
                          None if exact else functools.partial(self.tolerance, pattern),
                          functools.partial(self.reference, pattern),
                          parts=(64, 16) if self.sampled else None)
                   for pattern in self.patterns]
        return Case(self.name, text, self.inputs, outputs, "sm_90a", (self.tiles, 1, 1),
                    (128, 1, 1))
def cases(): return []
