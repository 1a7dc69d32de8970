# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Points of the matmul family and their linalg text.

A point is one function: sizes, layouts, types, how the operation is written, a
chain of elementwise steps after it, and perhaps a pinned schedule.
"""

import dataclasses
from typing import Optional, Tuple

# Elementwise steps: (operand or None, text of the body). The operand is a vector
# over columns, one over rows, or a whole matrix (of all batches: plane); %x is the value, %o the operand,
# {i} makes names unique.
STEPS = {
    "bias_row": ("row", ["%y{i} = arith.addf %x{p}, %w{i} : f32"]),
    "bias_column": ("column", ["%y{i} = arith.addf %x{p}, %w{i} : f32"]),
    "residual": ("matrix", ["%y{i} = arith.addf %x{p}, %w{i} : f32"]),
    "residual_plane": ("plane", ["%y{i} = arith.addf %x{p}, %w{i} : f32"]),
    "multiply": ("matrix", ["%y{i} = arith.mulf %x{p}, %w{i} : f32"]),
    "relu": (None, ["%y{i} = arith.maximumf %x{p}, %zero : f32"]),
    "scale": (None, ["%y{i} = arith.mulf %x{p}, %half : f32"]),
    "clamp": (None, ["%l{i} = arith.maximumf %x{p}, %low : f32",
                     "%y{i} = arith.minimumf %l{i}, %high : f32"]),
    "sigmoid": (None, ["%n{i} = arith.negf %x{p} : f32",
                       "%e{i} = math.exp %n{i} : f32",
                       "%s{i} = arith.addf %e{i}, %one : f32",
                       "%y{i} = arith.divf %one, %s{i} : f32"]),
    "silu": (None, ["%n{i} = arith.negf %x{p} : f32",
                    "%e{i} = math.exp %n{i} : f32",
                    "%s{i} = arith.addf %e{i}, %one : f32",
                    "%y{i} = arith.divf %x{p}, %s{i} : f32"]),
    "gelu_tanh": (None, ["%c{i} = arith.mulf %x{p}, %x{p} : f32",
                         "%d{i} = arith.mulf %c{i}, %x{p} : f32",
                         "%f{i} = arith.mulf %d{i}, %cubic : f32",
                         "%g{i} = arith.addf %x{p}, %f{i} : f32",
                         "%h{i} = arith.mulf %g{i}, %sqrt2pi : f32",
                         "%t{i} = math.tanh %h{i} : f32",
                         "%u{i} = arith.addf %t{i}, %one : f32",
                         "%v{i} = arith.mulf %u{i}, %half : f32",
                         "%y{i} = arith.mulf %v{i}, %x{p} : f32"]),
    "gelu_erf": (None, ["%h{i} = arith.mulf %x{p}, %sqrthalf : f32",
                        "%t{i} = math.erf %h{i} : f32",
                        "%u{i} = arith.addf %t{i}, %one : f32",
                        "%v{i} = arith.mulf %u{i}, %half : f32",
                        "%y{i} = arith.mulf %v{i}, %x{p} : f32"]),
}

CONSTANTS = {"zero": "0.0", "half": "0.5", "one": "1.0", "low": "-4.0", "high": "6.0",
             "int8min": "-128.0", "int8max": "127.0",
             "cubic": "0.044715", "sqrt2pi": "0.7978845608", "sqrthalf": "0.7071067812"}

# Steps whose result is exact on small whole numbers.
EXACT_STEPS = {"bias_row", "bias_column", "residual", "residual_plane", "multiply", "relu", "scale", "clamp"}


@dataclasses.dataclass(frozen=True)
class Point:
    """One function."""

    m: int
    n: int
    k: int
    dtype: str = "f16"
    out: str = "f32"  # of the result and the operands of steps
    layout: str = "NN"  # T: the operand is stored transposed
    batch: Optional[int] = None
    form: str = "maps"  # named (only NN), maps, generic
    steps: Tuple[str, ...] = ()
    accumulate: bool = False  # the initial value is an argument, not zero
    chain: bool = False  # one linalg.generic per step, not one for all
    schedule: str = ""
    rhs: str = ""  # type of the right operand, if it is another
    attributes: str = ""  # of the product
    operand: str = ""  # type of the steps' operands; that of the result, if empty

    def __str__(self):
        size = f"{self.m}x{self.n}x{self.k}"
        parts = [size if self.batch is None else f"{self.batch}x{size}", self.layout, self.dtype + self.rhs,
                 f"to_{self.out}", self.form]
        parts += ["acc"] * self.accumulate + ["chain"] * self.chain + list(self.steps)
        if self.attributes:
            parts.append("".join(c if c.isalnum() else "_" for c in self.attributes))
        parts += [f"operands_{self.operand}"] if self.operand else []
        if self.schedule:
            parts.append("".join(c if c.isalnum() else "_" for c in self.schedule))
        return "-".join(parts)

    @property
    def exact(self):
        """Whether small whole numbers stay exact until the last cast."""
        return set(self.steps) <= EXACT_STEPS

    @property
    def sum(self):
        """The type in which products are summed."""
        return "i32" if self.dtype == "i8" else "f32"

    @property
    def rhs_dtype(self):
        return self.rhs or self.dtype

    def lead(self, *dims):
        return list(dims) if self.batch is None else [self.batch, *dims]

    def operands(self):
        """(name, shape, type) of the arguments in order."""
        a = self.lead(self.m, self.k) if self.layout[0] == "N" else self.lead(self.k, self.m)
        b = self.lead(self.k, self.n) if self.layout[1] == "N" else self.lead(self.n, self.k)
        result = [("a", a, self.dtype), ("b", b, self.rhs_dtype)]
        if self.accumulate:
            result.append(("c", self.lead(self.m, self.n), self.sum))
        shapes = {"row": [self.n], "column": [self.m], "matrix": self.lead(self.m, self.n),
                  "plane": [self.m, self.n]}
        for index, step in enumerate(self.steps):
            kind = STEPS[step][0]
            if kind:
                result.append((f"o{index}", shapes[kind], self.operand or self.out))
        return result


def tensor(shape, dtype):
    return "tensor<" + "".join(f"{d}x" for d in shape) + dtype + ">"


def affine_map(dims, results):
    return f"affine_map<({', '.join(dims)}) -> ({', '.join(results)})>"


class Writer:
    """Writes the function of a point."""

    def __init__(self, point, name):
        self.point, self.name, self.lines = point, name, []
        self.lead = [] if point.batch is None else ["b"]
        self.shape = point.lead(point.m, point.n)

    def emit(self, line):
        self.lines.append("  " + line)

    def contraction(self, init):
        """The product as %p."""
        p = self.point
        product = tensor(self.shape, p.sum)
        types = [(tensor(s, t)) for _, s, t in p.operands()[:2]]
        dims = self.lead + ["m", "n", "k"]
        a = self.lead + (["m", "k"] if p.layout[0] == "N" else ["k", "m"])
        b = self.lead + (["k", "n"] if p.layout[1] == "N" else ["n", "k"])
        maps = ", ".join(affine_map(dims, r) for r in (a, b, self.lead + ["m", "n"]))
        attribute = ", ".join([f"dlk.schedule = #dlk.schedule<{p.schedule}>"] * bool(p.schedule) +
                              [p.attributes] * bool(p.attributes))
        ins = (f"ins(%a, %b : {types[0]}, {types[1]}) outs({init} : {product})")
        if p.form == "generic":
            kinds = ", ".join(["\"parallel\""] * (len(dims) - 1) + ["\"reduction\""])
            extra = f" attrs = {{{attribute}}}" if attribute else ""
            self.emit(f"%p = linalg.generic {{indexing_maps = [{maps}], "
                      f"iterator_types = [{kinds}]}} {ins}{extra} {{")
            self.emit(f"^bb0(%l: {p.dtype}, %r: {p.rhs_dtype}, %s: f32):")
            self.emit(f"  %lw = arith.extf %l : {p.dtype} to f32")
            self.emit(f"  %rw = arith.extf %r : {p.rhs_dtype} to f32")
            self.emit("  %pr = arith.mulf %lw, %rw : f32")
            self.emit("  %su = arith.addf %s, %pr : f32")
            self.emit(f"  linalg.yield %su : f32\n  }} -> {product}")
            return
        assert p.form == "maps" or p.layout == "NN"
        op = "linalg.matmul" if p.batch is None else "linalg.batch_matmul"
        written = f" indexing_maps = [{maps}]" if p.form == "maps" else ""
        braces = f" {{{attribute}}}" if attribute else ""
        self.emit(f"%p = {op}{written}{braces} {ins} -> {product}")

    def elementwise(self, source, source_type, steps, target_type, result):
        """One linalg.generic that applies the (index, step) pairs."""
        dims = self.lead + ["m", "n"]
        maps, names, types = [affine_map(dims, dims)], [source], [tensor(self.shape, source_type)]
        arguments = [f"%x: {source_type}"]
        operands = {name: (shape, dtype) for name, shape, dtype in self.point.operands()}
        body, value = [], "%x"
        if source_type == "i32":
            body.append("%float = arith.sitofp %x : i32 to f32")
            value = "%float"
        for index, step in steps:
            kind, text = STEPS[step]
            if kind:
                shape, dtype = operands[f"o{index}"]
                maps.append(affine_map(dims, {"row": ["n"], "column": ["m"], "matrix": dims,
                                              "plane": ["m", "n"]}[kind]))
                names.append(f"%o{index}")
                types.append(tensor(shape, dtype))
                arguments.append(f"%q{index}: {dtype}")
                wide = f"%q{index}"
                if dtype != "f32":
                    body.append(f"%w{index} = arith.extf %q{index} : {dtype} to f32")
                    wide = f"%w{index}"
                text = [line.replace("%w{i}", wide) for line in text]
            body += [line.replace("%x{p}", value).replace("{i}", str(index)) for line in text]
            value = f"%y{index}"
        if target_type == "i8":
            body += [f"%even = math.roundeven {value} : f32",
                     "%least = arith.maximumf %even, %int8min : f32",
                     "%most = arith.minimumf %least, %int8max : f32",
                     "%z = arith.fptosi %most : f32 to i8"]
            value = "%z"
        elif target_type != "f32":
            body.append(f"%z = arith.truncf {value} : f32 to {target_type}")
            value = "%z"
        maps.append(affine_map(dims, dims))
        target = tensor(self.shape, target_type)
        kinds = ", ".join(["\"parallel\""] * len(dims))
        self.emit(f"{result}_empty = tensor.empty() : {target}")
        self.emit(f"{result} = linalg.generic {{indexing_maps = [{', '.join(maps)}], "
                  f"iterator_types = [{kinds}]}} ins({', '.join(names)} : {', '.join(types)}) "
                  f"outs({result}_empty : {target}) {{")
        self.emit(f"^bb0({', '.join(arguments)}, %unused: {target_type}):")
        for line in body:
            self.emit("  " + line)
        self.emit(f"  linalg.yield {value} : {target_type}\n  }} -> {target}")

    def write(self):
        p = self.point
        arguments = ", ".join(f"%{name}: {tensor(shape, dtype)}"
                              for name, shape, dtype in p.operands())
        product, result = tensor(self.shape, p.sum), tensor(self.shape, p.out)
        for name, value in CONSTANTS.items():
            self.emit(f"%{name} = arith.constant {value} : f32")
        init = "%c"
        if not p.accumulate:
            self.emit(f"%empty = tensor.empty() : {product}")
            zero = "%zero"
            if p.sum == "i32":
                self.emit("%zero32 = arith.constant 0 : i32")
                zero = "%zero32"
            self.emit(f"%init = linalg.fill ins({zero} : {p.sum}) outs(%empty : {product}) "
                      f"-> {product}")
            init = "%init"
        self.contraction(init)
        value, kind = "%p", p.sum
        steps = list(enumerate(p.steps))
        if p.chain:
            for index, step in steps[:-1]:
                self.elementwise(value, kind, [(index, step)], "f32", f"%r{index}")
                value, kind = f"%r{index}", "f32"
            steps = steps[-1:]
        if steps or p.out != kind:
            self.elementwise(value, kind, steps, p.out, "%result")
            value = "%result"
        self.emit(f"return {value} : {result}")
        return "\n".join([f"func.func @{self.name}({arguments}) -> {result} {{", *self.lines, "}"])


def module_text(points):
    """A module with one function p0, p1, ... per point."""
    return "\n\n".join(Writer(point, f"p{i}").write() for i, point in enumerate(points)) + "\n"
