# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""wmma: load, multiply and store of each shape, type and layout. What the lanes
hold in between is the hardware's business, and kept as a fact."""

import functools

import numpy as np

from .. import fragments, matrices, numbers
from ..case import Case, Output
from ..kernel import entry

# Registers of a fragment: A, B, accumulator.
SHAPES = [(16, 16, 16), (32, 8, 16), (8, 32, 16)]


def _counts(form, acc, shape):
    """Registers of A, B, C; as the PTX ISA lists them."""
    if form == "f16":
        return 8, 8, 4 if acc == "f16" else 8
    if form == "bf16" or form in ("s8", "u8"):
        big = {16: 2, 32: 4, 8: 1} if form != "bf16" else {16: 4, 32: 8, 8: 2}
        return big[shape[0]], big[shape[1]], 8
    if form == "tf32":
        return 4, 4, 8
    return 1, 1, {"f64": 2}.get(form, 2)


class Wmma:
    """One load-multiply-store of row and column layouts."""

    def __init__(self, shape, form, acc, layouts, space):
        self.m, self.n, self.k = self.shape = shape
        self.form, self.acc, self.layouts, self.space = form, acc, layouts, space
        words = "m{}n{}k{}".format(*shape)
        self.words = words
        self.name = f"wmma/{words}-{form}-{acc}-{'-'.join(layouts)}-{space}"

    @functools.cached_property
    def tiles(self):
        """A, B, C."""
        shapes = ((self.m, self.k), (self.k, self.n), (self.m, self.n))
        return [matrices.elements(f"{self.name}.{w}", f, s, "normal") for w, f, s in
                zip("abc", (self.form, self.form, self.acc), shapes)]

    def inputs(self):
        """Bytes of the matrices in their layouts."""
        found = {}
        for which, matrix, layout, form in zip(
                "abc", self.tiles, self.layouts[:2] + self.layouts[2:],
                (self.form, self.form, self.acc)):
            placed = matrix if layout == "row" else matrix.T
            width = fragments.BITS[form]
            if width >= 8:
                found[which] = np.ascontiguousarray(placed).astype(f"u{width // 8}")
            else:
                per = 32 // width
                shifts = np.arange(per, dtype=np.uint64) * np.uint64(width)
                words = (placed.reshape(placed.shape[0], -1, per) << shifts).sum(
                    axis=2, dtype=np.uint64)
                found[which] = words.astype(np.uint32)
        return found

    def _stride(self, layout, rows, columns):
        return columns if layout == "row" else rows

    def _total(self):
        a, b, c = self.tiles
        if self.form == "b1":
            return matrices.binary(a, b, c, "xor"), None
        if self.acc == "s32":
            return matrices.integers(a, b, c, (self.form, self.form, "s32"), False), None
        return matrices.product(a, b, c, (self.form, self.form, self.acc))

    def reference(self, _inputs):
        """D as bits in row or column order."""
        total = self._total()[0]
        if self.acc != "s32":
            total = numbers.encode(total, self.acc).reshape(total.shape)
        return np.ascontiguousarray(total if self.layouts[2] == "row" else total.T).ravel()

    def tolerance(self, _inputs, _value):
        """The granted error of D."""
        error = matrices.granted(*self._total(), self.k, self.acc)
        return (error if self.layouts[2] == "row" else error.T).ravel()

    def case(self, chip="sm_80"):
        """The case."""
        counts = _counts(self.form, self.acc, self.shape)
        wide = [64 if f == "f64" else 32 for f in (self.form, self.form, self.acc)]
        registers = [(f"b{w}", f"{n}<{c}>") for n, c, w in zip("abcd", (*counts, counts[2]),
                                                              (*wide, wide[2]))]
        registers += [("b32", "base, i, to, word"), ("b64", "from"), ("pred", "p")]
        body, at = "mov.b32 base, smem;\n" if self.space == "shared" else "", 0
        sizes = ((self.m, self.k), (self.k, self.n), (self.m, self.n))
        names = {"a": self.form, "b": self.form, "c": self.acc}
        for which, layout, (rows, columns), count in zip("abc", self.layouts, sizes, counts):
            place = f"in_{which}"
            if self.space == "shared":
                size = rows * columns * fragments.BITS[names[which]] // 8
                body += (f"mov.u32 i, tid;\ncopy_{which}:\nmad.wide.u32 from, i, 4, in_{which};\n"
                         "ld.global.b32 word, [from];\nmad.lo.u32 to, i, 4, base;\n"
                         f"st.shared.b32 [to+{at}], word;\nadd.u32 i, i, 32;\n"
                         f"setp.lt.u32 p, i, {size // 4};\n@p bra copy_{which};\n"
                         "bar.warp.sync -1;\n")
                place, at = f"base+{at}", at + (size + 127) // 128 * 128
            group = "{" + ", ".join(f"{which}{i}" for i in range(count)) + "}"
            body += (f"wmma.load.{which}.sync.aligned.{layout}.{self.words}.{self.space}."
                     f"{names[which]} {group}, [{place}], "
                     f"{self._stride(layout, rows, columns)};\n")
        groups = ["{" + ", ".join(f"{n}{i}" for i in range(c)) + "}"
                  for n, c in zip("dabc", (counts[2], *counts))]
        types = {"f16": f"{self.acc}.{self.acc}", "b1": "s32.b1.b1.s32"}.get(
            self.form, f"{self.acc}.{self.form}.{self.form}.{self.acc}")
        rn = ".rn" if self.form == "f64" else ""
        operation = ".xor.popc" if self.form == "b1" else ""
        body += (f"wmma.mma{operation}.sync.aligned.{self.layouts[0]}.{self.layouts[1]}."
                 f"{self.words}{rn}.{types} {', '.join(groups)};\n")
        body += (f"wmma.store.d.sync.aligned.{self.layouts[2]}.{self.words}.global.{self.acc} "
                 f"[out], {groups[0]}, {self._stride(self.layouts[2], self.m, self.n)};\n")
        form = {"s32": "u32"}.get(self.acc, self.acc)
        exact = self.acc == "s32"
        matrix = Output("matrix", form, self.m * self.n, None if exact else self.tolerance,
                        self.reference)
        kept = Output("fragments", f"u{wide[0]}", 32 * counts[0], fact=True)
        body += f"mad.wide.u32 from, tid, {wide[0] // 8 * counts[0]}, out;\n"
        body += "\n".join(f"st.global.b{wide[0]} [from+{matrix.bytes + wide[0] // 8 * i}], a{i};"
                          for i in range(counts[0]))
        return Case(self.name, entry("abc", [], registers, body, shared=at), self.inputs,
                    [matrix, kept], chip)


def cases():
    """Each shape and type; layouts where they may be chosen."""
    for shape in SHAPES:
        for acc in ("f16", "f32"):
            yield Wmma(shape, "f16", acc, ("row", "col", "row"), "global").case()
        yield Wmma(shape, "bf16", "f32", ("row", "col", "row"), "shared").case()
        for form in ("s8", "u8"):
            yield Wmma(shape, form, "s32", ("row", "col", "row"), "global").case()
    for a in ("row", "col"):
        for b in ("row", "col"):
            for d in ("row", "col"):
                yield Wmma(SHAPES[0], "f16", "f32", (a, b, d), "shared").case()
            yield Wmma(SHAPES[0], "s8", "s32", (a, b, "col"), "shared").case()
            yield Wmma((16, 16, 8), "tf32", "f32", (a, b, "row"), "global").case()
            yield Wmma((8, 8, 4), "f64", "f64", (a, b, "row"), "global").case()
    for form in ("s4", "u4"):
        yield Wmma((8, 8, 32), form, "s32", ("row", "col", "row"), "global").case()
    yield Wmma((8, 8, 128), "b1", "s32", ("row", "col", "row"), "global").case()
