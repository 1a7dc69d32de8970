# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random contractions with elementwise consumers, and what they compute.

A case is a linalg.generic that multiplies and sums, with any order of
dimensions in each tensor, up to two batch dimensions, operands that lack a
dimension, an init of zero or a tensor; then up to three elementwise
linalg.generic that add a tensor through any projection, scale, negate, clip,
cast or transpose. All values are small whole numbers, so that every result is
exact and does not depend on the order of sums.
"""

import random

import numpy as np

DTYPES = {"f16": np.float16, "f32": np.float32}
EXTENTS = [1, 2, 7, 8, 16, 17, 24, 32, 33, 40, 64, 72, 100, 130]


def affine_map(loops, results):
    return f"affine_map<({', '.join(loops)}) -> ({', '.join(results)})>"


def cast(value, source, target, name):
    """Lines that convert a float, and the converted value."""
    if source == target:
        return [], value
    op = "arith.extf" if target == "f32" else "arith.truncf"
    return [f"%{name} = {op} {value} : {source} to {target}"], f"%{name}"


class Case:
    """One function (`text`), its `arguments` and the `result` it must give."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.values = np.random.default_rng(seed)
        self.name = f"case{seed}"
        self.arguments = []
        self.declarations = []
        self.lines = []
        self.choose_sizes()
        self.contract()
        for step in range(self.rng.choice([0, 1, 1, 2, 3])):
            self.consume(step)
        order = [self.outer.index(dim) for dim in self.dims]
        self.result = self.result.transpose(order)

    @property
    def text(self):
        result = self.type(self.dims, self.element)
        body = "\n".join("  " + line for line in self.lines)
        return (
            f"func.func @{self.name}({', '.join(self.declarations)}) -> {result} {{\n"
            f"{body}\n  return {self.current} : {result}\n}}\n"
        )

    def choose_sizes(self):
        self.batch = [f"b{i}" for i in range(self.rng.choice([0, 0, 0, 1, 2]))]
        self.outer = self.batch + ["m", "n"]
        self.size = {b: self.rng.choice([1, 2, 3]) for b in self.batch}
        for dim in "mnk":
            self.size[dim] = self.rng.choice(EXTENTS)
        if self.rng.random() < 0.05:
            self.size[self.rng.choice("mnk")] = 0

    def shape(self, dims):
        return [self.size[dim] for dim in dims]

    def type(self, dims, element):
        return "tensor<" + "".join(f"{n}x" for n in self.shape(dims)) + f"{element}>"

    def argument(self, name, dims, element, limit):
        """Declares an argument of whole numbers up to `limit`."""
        numbers = self.values.integers(-limit, limit + 1, self.shape(dims))
        array = np.asarray(numbers, dtype=DTYPES[element])
        self.arguments.append(array)
        self.declarations.append(f"%{name}: {self.type(dims, element)}")
        return array

    def spread(self, array, dims, order):
        """The array over the dimensions `order`, of size 1 where it lacks one."""
        axes = [dims.index(dim) for dim in order if dim in dims]
        wide = np.asarray(array, dtype=np.float64).transpose(axes)
        return wide.reshape([self.size[d] if d in dims else 1 for d in order])

    def input_dims(self, core):
        """Some batch dimensions and `core`, at times without its first."""
        dims = [b for b in self.batch if self.rng.random() > 0.2] + core
        if self.rng.random() < 0.1:
            dims.remove(core[0])
        if self.rng.random() < 0.5:
            self.rng.shuffle(dims)
        return dims

    def contract(self):
        self.element = self.rng.choice(["f16", "f32"])
        self.dims = list(self.outer)
        if self.rng.random() < 0.3:
            self.rng.shuffle(self.dims)
        lhs = self.input_dims(["m", "k"])
        rhs = self.input_dims(["n", "k"])
        if "m" not in lhs and "n" not in rhs:
            rhs.append("n")
        a = self.argument("a", lhs, "f16", 2)
        b = self.argument("b", rhs, "f16", 2)
        left = self.spread(a, lhs, self.outer + ["k"])[..., 0, :]
        right = self.spread(b, rhs, self.outer + ["k"])[..., 0, :, :]
        product = left @ np.swapaxes(right, -1, -2)
        self.result = np.zeros(self.shape(self.outer)) + product
        self.emit_contraction(lhs, rhs, self.emit_init())

    def emit_init(self):
        if self.rng.random() < 0.3:
            init = self.argument("c", self.dims, self.element, 3)
            self.result = self.result + self.spread(init, self.dims, self.outer)
            return "%c"
        zeros = self.type(self.dims, self.element)
        self.lines.append(f"%zeros = arith.constant dense<0.0> : {zeros}")
        return "%zeros"

    def emit_contraction(self, lhs, rhs, init):
        loops = self.outer + ["k"]
        self.rng.shuffle(loops)
        kinds = [f'"{"reduction" if d == "k" else "parallel"}"' for d in loops]
        maps = [affine_map(loops, dims) for dims in (lhs, rhs, self.dims)]
        widen_x, x = cast("%x", "f16", self.element, "wx")
        widen_y, y = cast("%y", "f16", self.element, "wy")
        result = self.type(self.dims, self.element)
        self.lines += [
            f"%r = linalg.generic {{indexing_maps = [{', '.join(maps)}],",
            f"       iterator_types = [{', '.join(kinds)}]}}",
            f"       ins(%a, %b : {self.type(lhs, 'f16')}, {self.type(rhs, 'f16')})",
            f"       outs({init} : {result}) {{",
            f"^bb0(%x: f16, %y: f16, %o: {self.element}):",
            *widen_x,
            *widen_y,
            f"%p = arith.mulf {x}, {y} : {self.element}",
            f"%s = arith.addf %o, %p : {self.element}",
            f"linalg.yield %s : {self.element}",
            f"}} -> {result}",
        ]
        self.current = "%r"

    def consume(self, step):
        """Appends one elementwise operation on the current result."""
        loops = [f"i{i}" for i in range(len(self.dims))]
        loop_of = dict(zip(self.rng.sample(self.dims, len(self.dims)), loops))
        target = "f32" if self.element == "f16" and self.rng.random() < 0.5 else self.element
        dims = list(self.dims)
        if self.rng.random() < 0.3:
            self.rng.shuffle(dims)
        reads = [(self.current, self.dims, self.element)]
        body, value = cast("%v0", self.element, "f32", "wide")
        more, value = self.emit_step(step, value, reads)
        narrow, value = cast(value, "f32", target, "narrow")
        self.emit_generic(step, loops, loop_of, reads, dims, target, body + more + narrow, value)
        self.current, self.dims, self.element = f"%r{step}", dims, target

    def emit_step(self, step, value, reads):
        """The lines of one random step in f32; updates the expected result."""
        kind = self.rng.choice(["add", "add", "clip", "double", "negate", "cast"])
        if kind == "add":
            dims = [dim for dim in self.dims if self.rng.random() < 0.6]
            self.rng.shuffle(dims)
            element = self.rng.choice(["f16", "f32"])
            array = self.argument(f"x{step}", dims, element, 3)
            reads.append((f"%x{step}", dims, element))
            self.result = self.result + self.spread(array, dims, self.outer)
            widen, added = cast("%v1", element, "f32", "added")
            return widen + [f"%t = arith.addf {value}, {added} : f32"], "%t"
        if kind == "clip":
            self.result = np.maximum(self.result, 0)
            zero = "%null = arith.constant 0.0 : f32"
            return [zero, f"%t = arith.maximumf {value}, %null : f32"], "%t"
        if kind == "double":
            self.result = self.result * 2
            return [f"%t = arith.addf {value}, {value} : f32"], "%t"
        if kind == "negate":
            self.result = -self.result
            return [f"%t = arith.negf {value} : f32"], "%t"
        return [], value

    def emit_generic(self, step, loops, loop_of, reads, dims, element, body, value):
        maps = [affine_map(loops, [loop_of[d] for d in read[1]]) for read in reads]
        maps.append(affine_map(loops, [loop_of[d] for d in dims]))
        names = ", ".join(name for name, _, _ in reads)
        types = ", ".join(self.type(read, kind) for _, read, kind in reads)
        arguments = [f"%v{i}: {kind}" for i, (_, _, kind) in enumerate(reads)]
        parallel = ", ".join(['"parallel"'] * len(loops))
        result = self.type(dims, element)
        self.lines += [
            f"%e{step} = tensor.empty() : {result}",
            f"%r{step} = linalg.generic {{indexing_maps = [{', '.join(maps)}],",
            f"       iterator_types = [{parallel}]}} ins({names} : {types})",
            f"       outs(%e{step} : {result}) {{",
            f"^bb0({', '.join(arguments)}, %o: {element}):",
            *body,
            f"linalg.yield {value} : {element}",
            f"}} -> {result}",
        ]
