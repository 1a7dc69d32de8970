# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mma.sync: each shape and type. A CTA is one warp and one tile; tiles differ in
what they hold (matrices.PATTERNS)."""

import functools

import numpy as np

from .. import fragments, matrices, numbers
from ..case import Case, Output
from ..kernel import entry


def _loads(name, count, bits):
    """Registers NAME0.. of this lane and tile."""
    lines = ["mad.lo.u32 at32, cta, 32, tid;",
             f"mad.wide.u32 at, at32, {count * bits // 8}, in_{name};"]
    return lines + [f"ld.global.b{bits} {name}{i}, [at+{i * bits // 8}];"
                    for i in range(count)]


def group(name, count):
    """{a0, a1, ...}"""
    return "{" + ", ".join(f"{name}{i}" for i in range(count)) + "}"


def text_of(instruction, counts, bits, extra=""):
    """The kernel: load a, b, c, multiply, store d. `bits` of each one's registers."""
    registers = [(f"b{b}", f"{n}<{max(c, 1)}>") for n, c, b in zip("abcd", counts, bits)]
    registers += [("b32", "at32, meta"), ("b64", "at")]
    lines = []
    for name, count, width in zip("abc", counts, bits):
        lines += _loads(name, count, width)
    if extra:
        lines += _loads("e", 1, 32) + ["mov.b32 meta, e0;"]
        registers.append(("b32", "e<1>"))
    operands = ", ".join(group(n, counts["abcd".index(n)]) for n in "dabc")
    lines.append(f"{instruction} {operands}{extra};")
    lines += ["mad.lo.u32 at32, cta, 32, tid;",
              f"mad.wide.u32 at, at32, {counts[3] * bits[3] // 8}, out;"]
    lines += [f"st.global.b{bits[3]} [at+{i * bits[3] // 8}], d{i};" for i in range(counts[3])]
    inputs = "abce" if extra else "abc"
    return entry(inputs, [], registers, "\n".join(lines))


class Product:
    """One instruction with its tiles."""

    def __init__(self, name, instruction, shape, forms, patterns=matrices.PATTERNS):
        self.name, self.instruction, self.forms = name, instruction, forms
        self.m, self.n, self.k = shape
        self.patterns = patterns
        self.tiles = matrices.TILES * len(patterns)

    @functools.cached_property
    def matrices(self):
        """[(a, b, c)] of every tile."""
        found = []
        for tile in range(self.tiles):
            pattern = self.patterns[tile // matrices.TILES]
            name = f"{self.name}.{tile}"
            shapes = ((self.m, self.k), (self.k, self.n), (self.m, self.n))
            found.append([matrices.elements(f"{name}.{which}", form, shape, pattern)
                          for which, form, shape in zip("abc", self.forms, shapes)])
        return found

    def inputs(self):
        """Registers of each operand, tile by tile."""
        packers = (fragments.pack_a, fragments.pack_b, fragments.pack_c)
        return {name: np.stack([pack(tile[i], self.forms[i]) for tile in self.matrices])
                for i, (name, pack) in enumerate(zip("abc", packers))}

    def _tiles(self, outcome):
        """Matrices D of a pattern in the order of the registers."""
        return np.stack([fragments.pack_c(d, self.forms[3]) for d in outcome]).ravel()

    def _of(self, pattern):
        first = self.patterns.index(pattern) * matrices.TILES
        return self.matrices[first:first + matrices.TILES]

    def reference(self, pattern, _inputs):
        """What NumPy thinks, as bits."""
        form = self.forms[3]
        results = []
        for a, b, c in self._of(pattern):
            if self.forms[0] == "b1":
                operation = "and" if ".and." in self.instruction else "xor"
                results.append(matrices.binary(a, b, c, operation))
            elif form == "s32":
                results.append(matrices.integers(a, b, c, self.forms,
                                                 "satfinite" in self.instruction))
            else:
                total, _ = matrices.product(a, b, c, self.forms)
                results.append(numbers.encode(total, form).astype(np.uint64).reshape(total.shape))
        return self._tiles(results)

    def tolerance(self, pattern, _inputs, _value):
        """The granted error of each register's numbers."""
        if pattern == "whole" and self.forms[3] != "f16":
            return np.zeros(1)
        parts = []
        fraction = 13 if self.forms[0][0] == "e" else 23
        per = 2 if self.forms[3] == "f16" else 1
        row, column = fragments.places_c(self.m, self.n, self.forms[3])
        for a, b, c in self._of(pattern):
            total, size = matrices.product(a, b, c, self.forms)
            error = matrices.granted(total, size, self.k, self.forms[3], fraction)
            parts.append(error[row, column].reshape(-1, per))
        return np.concatenate(parts).ravel()

    def case(self, chip, version=None):
        """The case."""
        bits = [fragments.word_bits(form) for form in self.forms]
        sizes = (self.m * self.k, self.k * self.n, self.m * self.n, self.m * self.n)
        counts = [size * fragments.BITS[form] // width // 32
                  for size, form, width in zip(sizes, self.forms, bits)]
        exact = self.forms[3] == "s32"
        form = {"s32": "u32", "f16": "f16x2"}.get(self.forms[3], self.forms[3])
        outputs = [Output(pattern, form, matrices.TILES * 32 * counts[3],
                          None if exact else functools.partial(self.tolerance, pattern),
                          functools.partial(self.reference, pattern))
                   for pattern in self.patterns]
        case = Case(self.name, text_of(self.instruction, counts, bits), self.inputs, outputs,
                    chip, grid=(self.tiles, 1, 1))
        if version:
            case.version = version
        return case


def _floats():
    """(shape, type of a, type of b, accumulator, chip)"""
    for k in (8, 16):
        for acc in ("f16", "f32"):
            yield (16, 8, k), "f16", "f16", acc, "sm_80"
        yield (16, 8, k), "bf16", "bf16", "f32", "sm_80"
    for k in (4, 8):
        yield (16, 8, k), "tf32", "tf32", "f32", "sm_80"
    yield (8, 8, 4), "f64", "f64", "f64", "sm_80"
    for k in (4, 8, 16):
        yield (16, 8, k), "f64", "f64", "f64", "sm_90a"
    for a in ("e4m3", "e5m2"):
        for b in ("e4m3", "e5m2"):
            for k in (16, 32):
                for acc in ("f16", "f32"):
                    yield (16, 8, k), a, b, acc, "sm_89"


def _integers():
    """(shape, type of a, type of b)"""
    for shape in ((8, 8, 16), (16, 8, 16), (16, 8, 32)):
        for a in ("s8", "u8"):
            for b in ("s8", "u8"):
                yield shape, a, b
    for shape in ((8, 8, 32), (16, 8, 32), (16, 8, 64)):
        for a in ("s4", "u4"):
            for b in ("s4", "u4"):
                yield shape, a, b


def cases():
    """Floats, integers, bits."""
    for shape, a, b, acc, chip in _floats():
        name = "m{}n{}k{}".format(*shape)
        instruction = f"mma.sync.aligned.{name}.row.col.{acc}.{a}.{b}.{acc}"
        newer = a[0] == "e" and (acc == "f16" or shape[2] == 16)
        yield Product(f"mma/{name}-{a}-{b}-{acc}", instruction, shape,
                      (a, b, acc, acc)).case(chip, "8.7" if newer else None)
    for shape, a, b in _integers():
        for sat in ("", ".satfinite"):
            name = "m{}n{}k{}".format(*shape)
            yield Product(f"mma/{name}-{a}-{b}{sat.replace('.', '-')}",
                          f"mma.sync.aligned.{name}.row.col{sat}.s32.{a}.{b}.s32", shape,
                          (a, b, "s32", "s32"), ("normal", "special")).case("sm_80")
    for shape in ((8, 8, 128), (16, 8, 128), (16, 8, 256)):
        for operation in ("xor", "and"):
            name = "m{}n{}k{}".format(*shape)
            yield Product(f"mma/{name}-b1-{operation}", f"mma.sync.aligned.{name}.row.col.s32"
                          f".b1.b1.s32.{operation}.popc", shape, ("b1", "b1", "s32", "s32"),
                          ("normal",)).case("sm_80")
